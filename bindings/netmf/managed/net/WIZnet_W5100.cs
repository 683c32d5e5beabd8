using System;

using GHIElectronics.NETMF.Net.Sockets;

using Microsoft.SPOT.Hardware;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>The chip. It comes first, then an address, then sockets.</summary>
    public static class WIZnet_W5100
    {
        /// <summary>
        /// Says where the chip is. All four of its sockets are the program's; DHCP, while it is on,
        /// keeps one of them. Does not wait.
        /// </summary>
        /// <param name="spi">The interface that it hangs on.</param>
        /// <param name="chipSelect">The pin that selects it.</param>
        /// <param name="reset">The pin that resets it.</param>
        /// <exception cref="ArgumentException">Both pins are the same one, or there is no chip
        /// select.</exception>
        public static void Enable(SPI.SPI_module spi, Cpu.Pin chipSelect, Cpu.Pin reset)
        {
            Enable(spi, chipSelect, reset, false);
        }

        /// <summary>
        /// The same, and says whether one of the chip's four sockets is always kept for DHCP and
        /// DNS. Three sessions run then, and a fourth client waits until one has ended.
        /// </summary>
        /// <param name="spi">The interface that it hangs on.</param>
        /// <param name="chipSelect">The pin that selects it.</param>
        /// <param name="reset">The pin that resets it.</param>
        /// <param name="reserveSocket">Whether a socket is kept.</param>
        /// <exception cref="ArgumentException">Both pins are the same one, or there is no chip
        /// select.</exception>
        public static void Enable(SPI.SPI_module spi, Cpu.Pin chipSelect, Cpu.Pin reset, bool reserveSocket)
        {
            if (spi < SPI.SPI_module.SPI1 || spi > SPI.SPI_module.SPI4)
            {
                throw new ArgumentException("no such interface", "spi");
            }
            if (chipSelect == Cpu.Pin.GPIO_NONE || chipSelect == reset)
            {
                throw new ArgumentException("the chip needs a pin of its own to select it", "chipSelect");
            }
            Failure.Check(NativeMethods.w5100_host_enable(reserveSocket ? 1 : 0));
        }

        /// <summary>
        /// Resets the chip and sets it up as it was. Sessions end, and all sockets are of no use any
        /// more: their calls give SocketException 10038. With DHCP it waits for an address again.
        /// </summary>
        /// <exception cref="SocketException">10050: the chip had no address yet, or does not answer;
        /// 10060: no server of DHCP did for 30 seconds.</exception>
        public static void ReintializeNetworking()
        {
            NetworkInformation.Dhcp.CheckInTime(NativeMethods.w5100_host_reset());
        }
    }
}
