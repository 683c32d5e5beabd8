namespace GHIElectronics.NETMF.FEZ
{
    /// <summary>The pins of a FEZ board, by what is printed beside them.</summary>
    public static class FEZ_Pin
    {
        /// <summary>
        /// Pins for digital signals. The numbers are this library's own: no wire goes by them.
        /// </summary>
        public enum Digital
        {
            /// <summary>Pin IO0 of the processor.</summary>
            IO0 = 0,
            /// <summary>Pin IO1 of the processor.</summary>
            IO1 = 1,
            /// <summary>Pin IO2 of the processor.</summary>
            IO2 = 2,
            /// <summary>Pin IO3 of the processor.</summary>
            IO3 = 3,
            /// <summary>Pin IO4 of the processor.</summary>
            IO4 = 4,
            /// <summary>Pin IO5 of the processor.</summary>
            IO5 = 5,
            /// <summary>Pin IO6 of the processor.</summary>
            IO6 = 6,
            /// <summary>Pin IO7 of the processor.</summary>
            IO7 = 7,
            /// <summary>Pin IO8 of the processor.</summary>
            IO8 = 8,
            /// <summary>Pin IO9 of the processor.</summary>
            IO9 = 9,
            /// <summary>Pin IO10 of the processor.</summary>
            IO10 = 10,
            /// <summary>Pin IO11 of the processor.</summary>
            IO11 = 11,
            /// <summary>Pin IO12 of the processor.</summary>
            IO12 = 12,
            /// <summary>Pin IO13 of the processor.</summary>
            IO13 = 13,
            /// <summary>Pin IO14 of the processor.</summary>
            IO14 = 14,
            /// <summary>Pin IO15 of the processor.</summary>
            IO15 = 15,
            /// <summary>Pin IO16 of the processor.</summary>
            IO16 = 16,
            /// <summary>Pin IO17 of the processor.</summary>
            IO17 = 17,
            /// <summary>Pin IO18 of the processor.</summary>
            IO18 = 18,
            /// <summary>Pin IO19 of the processor.</summary>
            IO19 = 19,
            /// <summary>Pin IO20 of the processor.</summary>
            IO20 = 20,
            /// <summary>Pin IO21 of the processor.</summary>
            IO21 = 21,
            /// <summary>Pin IO22 of the processor.</summary>
            IO22 = 22,
            /// <summary>Pin IO23 of the processor.</summary>
            IO23 = 23,
            /// <summary>Pin IO24 of the processor.</summary>
            IO24 = 24,
            /// <summary>Pin IO25 of the processor.</summary>
            IO25 = 25,
            /// <summary>Pin IO26 of the processor.</summary>
            IO26 = 26,
            /// <summary>Pin IO27 of the processor.</summary>
            IO27 = 27,
            /// <summary>Pin IO28 of the processor.</summary>
            IO28 = 28,
            /// <summary>Pin IO29 of the processor.</summary>
            IO29 = 29,
            /// <summary>Pin IO30 of the processor.</summary>
            IO30 = 30,
            /// <summary>Pin IO31 of the processor.</summary>
            IO31 = 31,
            /// <summary>Pin IO32 of the processor.</summary>
            IO32 = 32,
            /// <summary>Pin IO33 of the processor.</summary>
            IO33 = 33,
            /// <summary>Pin IO34 of the processor.</summary>
            IO34 = 34,
            /// <summary>Pin IO35 of the processor.</summary>
            IO35 = 35,
            /// <summary>Pin IO36 of the processor.</summary>
            IO36 = 36,
            /// <summary>Pin IO37 of the processor.</summary>
            IO37 = 37,
            /// <summary>Pin IO38 of the processor.</summary>
            IO38 = 38,
            /// <summary>Pin IO39 of the processor.</summary>
            IO39 = 39,
            /// <summary>Pin IO40 of the processor.</summary>
            IO40 = 40,
            /// <summary>Pin IO41 of the processor.</summary>
            IO41 = 41,
            /// <summary>Pin IO42 of the processor.</summary>
            IO42 = 42,
            /// <summary>Pin IO43 of the processor.</summary>
            IO43 = 43,
            /// <summary>Pin IO44 of the processor.</summary>
            IO44 = 44,
            /// <summary>Pin IO45 of the processor.</summary>
            IO45 = 45,
            /// <summary>Pin IO46 of the processor.</summary>
            IO46 = 46,
            /// <summary>Pin IO47 of the processor.</summary>
            IO47 = 47,
            /// <summary>Pin IO48 of the processor.</summary>
            IO48 = 48,
            /// <summary>Pin IO49 of the processor.</summary>
            IO49 = 49,
            /// <summary>Pin IO50 of the processor.</summary>
            IO50 = 50,
            /// <summary>Pin IO51 of the processor.</summary>
            IO51 = 51,
            /// <summary>Pin IO52 of the processor.</summary>
            IO52 = 52,
            /// <summary>Pin IO53 of the processor.</summary>
            IO53 = 53,
            /// <summary>Pin IO54 of the processor.</summary>
            IO54 = 54,
            /// <summary>Pin IO55 of the processor.</summary>
            IO55 = 55,
            /// <summary>Pin IO56 of the processor.</summary>
            IO56 = 56,
            /// <summary>Pin IO57 of the processor.</summary>
            IO57 = 57,
            /// <summary>Pin IO58 of the processor.</summary>
            IO58 = 58,
            /// <summary>Pin IO59 of the processor.</summary>
            IO59 = 59,
            /// <summary>Pin IO60 of the processor.</summary>
            IO60 = 60,
            /// <summary>Pin IO61 of the processor.</summary>
            IO61 = 61,
            /// <summary>Pin IO62 of the processor.</summary>
            IO62 = 62,
            /// <summary>Pin IO63 of the processor.</summary>
            IO63 = 63,
            /// <summary>Pin IO64 of the processor.</summary>
            IO64 = 64,
            /// <summary>Pin IO65 of the processor.</summary>
            IO65 = 65,
            /// <summary>Pin IO66 of the processor.</summary>
            IO66 = 66,
            /// <summary>Pin IO67 of the processor.</summary>
            IO67 = 67,
            /// <summary>Pin IO68 of the processor.</summary>
            IO68 = 68,
            /// <summary>Pin IO69 of the processor.</summary>
            IO69 = 69,
            /// <summary>Pin IO70 of the processor.</summary>
            IO70 = 70,
            /// <summary>Pin IO71 of the processor.</summary>
            IO71 = 71,
            /// <summary>Pin IO72 of the processor.</summary>
            IO72 = 72,
            /// <summary>Pin IO73 of the processor.</summary>
            IO73 = 73,
            /// <summary>Pin IO74 of the processor.</summary>
            IO74 = 74,
            /// <summary>Pin IO75 of the processor.</summary>
            IO75 = 75,
            /// <summary>Di0 of the header.</summary>
            Di0 = 100,
            /// <summary>Di1 of the header.</summary>
            Di1 = 101,
            /// <summary>Di2 of the header.</summary>
            Di2 = 102,
            /// <summary>Di3 of the header.</summary>
            Di3 = 103,
            /// <summary>Di4 of the header.</summary>
            Di4 = 104,
            /// <summary>Di5 of the header.</summary>
            Di5 = 105,
            /// <summary>Di6 of the header.</summary>
            Di6 = 106,
            /// <summary>Di7 of the header.</summary>
            Di7 = 107,
            /// <summary>Di8 of the header.</summary>
            Di8 = 108,
            /// <summary>Di9 of the header.</summary>
            Di9 = 109,
            /// <summary>Di10 of the header.</summary>
            Di10 = 110,
            /// <summary>Di11 of the header.</summary>
            Di11 = 111,
            /// <summary>Di12 of the header.</summary>
            Di12 = 112,
            /// <summary>Di13 of the header.</summary>
            Di13 = 113,
        }
    }
}
