namespace Microsoft.SPOT.Hardware
{
    /// <summary>The processor of the board.</summary>
    public static class Cpu
    {
        /// <summary>
        /// A pin of the processor. Any number is one; here nothing is wired to it.
        /// </summary>
        public enum Pin
        {
            /// <summary>No pin.</summary>
            GPIO_NONE = -1,
            /// <summary>Pin 0.</summary>
            GPIO_Pin0 = 0,
            /// <summary>Pin 1.</summary>
            GPIO_Pin1 = 1,
            /// <summary>Pin 2.</summary>
            GPIO_Pin2 = 2,
            /// <summary>Pin 3.</summary>
            GPIO_Pin3 = 3,
            /// <summary>Pin 4.</summary>
            GPIO_Pin4 = 4,
            /// <summary>Pin 5.</summary>
            GPIO_Pin5 = 5,
            /// <summary>Pin 6.</summary>
            GPIO_Pin6 = 6,
            /// <summary>Pin 7.</summary>
            GPIO_Pin7 = 7,
            /// <summary>Pin 8.</summary>
            GPIO_Pin8 = 8,
            /// <summary>Pin 9.</summary>
            GPIO_Pin9 = 9,
            /// <summary>Pin 10.</summary>
            GPIO_Pin10 = 10,
            /// <summary>Pin 11.</summary>
            GPIO_Pin11 = 11,
            /// <summary>Pin 12.</summary>
            GPIO_Pin12 = 12,
            /// <summary>Pin 13.</summary>
            GPIO_Pin13 = 13,
            /// <summary>Pin 14.</summary>
            GPIO_Pin14 = 14,
            /// <summary>Pin 15.</summary>
            GPIO_Pin15 = 15,
        }
    }

    /// <summary>The serial peripheral interfaces of the processor.</summary>
    public static class SPI
    {
        /// <summary>One of the interfaces. Here the simulated chip hangs on each of them.</summary>
        public enum SPI_module
        {
            /// <summary>Interface 1.</summary>
            SPI1 = 0,
            /// <summary>Interface 2.</summary>
            SPI2 = 1,
            /// <summary>Interface 3.</summary>
            SPI3 = 2,
            /// <summary>Interface 4.</summary>
            SPI4 = 3,
        }
    }
}
