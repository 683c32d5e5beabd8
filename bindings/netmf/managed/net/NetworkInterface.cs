using System;
using System.Text;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net.NetworkInformation
{
    /// <summary>The chip's addresses.</summary>
    public static class NetworkInterface
    {
        /// <summary>
        /// Gives the chip a fixed address; DHCP ends. Sessions go on as far as their peers let them.
        /// </summary>
        /// <param name="ip">Its IP address, 4 bytes.</param>
        /// <param name="subnet">The subnet mask, 4 bytes.</param>
        /// <param name="gateway">The gateway, 4 bytes.</param>
        /// <param name="mac">Its MAC address, 6 bytes; neither all zeros nor all ones. Of a real
        /// chip the first should be even.</param>
        /// <exception cref="ArgumentNullException">One of them is missing.</exception>
        /// <exception cref="ArgumentException">One has another length.</exception>
        /// <exception cref="SocketException">10022: the MAC address cannot be; 10050: the chip does
        /// not answer.</exception>
        public static void EnableStaticIP(byte[] ip, byte[] subnet, byte[] gateway, byte[] mac)
        {
            CheckLength(ip, 4, "ip");
            CheckLength(subnet, 4, "subnet");
            CheckLength(gateway, 4, "gateway");
            CheckLength(mac, 6, "mac");
            Failure.Check(NativeMethods.w5100_host_static(ip, subnet, gateway, mac));
        }

        /// <summary>Sets the server that is asked for names, until DHCP tells of another.</summary>
        /// <param name="dns">Its IP address, 4 bytes.</param>
        /// <exception cref="ArgumentNullException">It is missing.</exception>
        /// <exception cref="ArgumentException">It has another length.</exception>
        /// <exception cref="SocketException">10050: the chip has no address yet.</exception>
        public static void EnableStaticDns(byte[] dns)
        {
            CheckLength(dns, 4, "dns");
            Failure.Check(NativeMethods.w5100_host_names_server(dns));
        }

        /// <summary>The chip's IP address, 4 bytes; 0.0.0.0 while DHCP has none.</summary>
        /// <exception cref="SocketException">10050: the chip has no address yet.</exception>
        public static byte[] IPAddress
        {
            get { return Read(0); }
        }

        /// <summary>The subnet mask, 4 bytes.</summary>
        /// <exception cref="SocketException">10050: the chip has no address yet.</exception>
        public static byte[] SubnetMask
        {
            get { return Read(4); }
        }

        /// <summary>The gateway's IP address, 4 bytes.</summary>
        /// <exception cref="SocketException">10050: the chip has no address yet.</exception>
        public static byte[] GatewayAddress
        {
            get { return Read(8); }
        }

        /// <summary>The IP address of the server that is asked for names, 4 bytes.</summary>
        /// <exception cref="SocketException">10050: the chip has no address yet.</exception>
        public static byte[] DnsServer
        {
            get { return Read(12); }
        }

        internal static void CheckLength(byte[] bytes, int length, string name)
        {
            if (bytes == null)
            {
                throw new ArgumentNullException(name);
            }
            if (bytes.Length != length)
            {
                throw new ArgumentException("it has " + length + " bytes", name);
            }
        }

        private static byte[] Read(int at)
        {
            byte[] all = new byte[16];
            byte[] four = new byte[4];
            Failure.Check(NativeMethods.w5100_host_addresses(all));
            Array.Copy(all, at, four, 0, 4);
            return four;
        }
    }

    /// <summary>An address by DHCP. While it is on, it keeps one of the chip's four sockets.</summary>
    public static class Dhcp
    {
        /// <summary>How long its calls wait for a server, in milliseconds.</summary>
        private const int Patience = 30000;

        /// <summary>Has the chip get an address, and waits for it, 30 seconds at most.</summary>
        /// <param name="mac">Its MAC address, 6 bytes.</param>
        /// <exception cref="ArgumentNullException">It is missing.</exception>
        /// <exception cref="ArgumentException">It has another length.</exception>
        /// <exception cref="Exception">"No free sockets": none is left for DHCP.</exception>
        /// <exception cref="SocketException">10060: no server answered. It is asked again in the
        /// background. 10022: the MAC address cannot be; 10050: the chip does not answer.</exception>
        public static void EnableDhcp(byte[] mac)
        {
            Start(mac, null);
        }

        /// <summary>The same, with a name that servers show.</summary>
        /// <param name="mac">Its MAC address, 6 bytes.</param>
        /// <param name="hostName">The name; its first 32 bytes count.</param>
        /// <exception cref="ArgumentNullException">One of them is missing.</exception>
        /// <exception cref="ArgumentException">The MAC address has another length.</exception>
        /// <exception cref="Exception">"No free sockets": none is left for DHCP.</exception>
        /// <exception cref="SocketException">As for the call without a name.</exception>
        public static void EnableDhcp(byte[] mac, string hostName)
        {
            if (hostName == null)
            {
                throw new ArgumentNullException("hostName");
            }
            Start(mac, Encoding.UTF8.GetBytes(hostName + "\0"));
        }

        /// <summary>
        /// Has the lease go on, and waits until the server has said so, 30 seconds at most. After
        /// <see cref="ReleaseDhcpLease"/> the chip gets an address again.
        /// </summary>
        /// <exception cref="SocketException">10022: DHCP is not on; 10053: the server refused, and
        /// the address is lost; 10060: no server answered.</exception>
        public static void RenewDhcpLease()
        {
            CheckInTime(NativeMethods.w5100_host_renew(Patience));
        }

        /// <summary>Gives the address back. Sessions end: their calls give 10053.</summary>
        /// <exception cref="SocketException">10022: DHCP is not on; 10060: what is sent before is
        /// still on its way, and so is this.</exception>
        public static void ReleaseDhcpLease()
        {
            CheckInTime(NativeMethods.w5100_host_release());
        }

        /// <summary>Time that is over is 10060 here.</summary>
        internal static void CheckInTime(int result)
        {
            if (result < 0)
            {
                SocketError code = Failure.Code(result);
                throw Failure.Of(code == SocketError.WouldBlock ? SocketError.TimedOut : code);
            }
        }

        private static void Start(byte[] mac, byte[] hostName)
        {
            NetworkInterface.CheckLength(mac, 6, "mac");
            CheckInTime(NativeMethods.w5100_host_dhcp(mac, hostName, Patience));
        }
    }
}
