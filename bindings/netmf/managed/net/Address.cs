using System;
using System.Globalization;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>An IPv4 address.</summary>
    public class IPAddress
    {
        private readonly byte[] bytes;

        /// <summary>0.0.0.0: any address of this chip.</summary>
        public static readonly IPAddress Any = new IPAddress(new byte[] { 0, 0, 0, 0 });

        /// <summary>127.0.0.1. The chip has no such address, and sends nothing to it.</summary>
        public static readonly IPAddress Loopback = new IPAddress(new byte[] { 127, 0, 0, 1 });

        /// <summary>Makes an address of its four bytes, the first one first.</summary>
        /// <param name="newAddressBytes">Four bytes; copied.</param>
        /// <exception cref="ArgumentNullException">There is none.</exception>
        /// <exception cref="ArgumentException">They are not four.</exception>
        public IPAddress(byte[] newAddressBytes)
        {
            if (newAddressBytes == null)
            {
                throw new ArgumentNullException("newAddressBytes");
            }
            if (newAddressBytes.Length != 4)
            {
                throw new ArgumentException("an address has four bytes", "newAddressBytes");
            }
            bytes = (byte[])newAddressBytes.Clone();
        }

        /// <summary>Makes an address of a number whose lowest byte is the address's first.</summary>
        /// <param name="newAddress">0 to 0xFFFFFFFF.</param>
        /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
        public IPAddress(long newAddress)
        {
            if (newAddress < 0 || newAddress > 0xFFFFFFFF)
            {
                throw new ArgumentOutOfRangeException("newAddress");
            }
            bytes = new[]
            {
                (byte)newAddress, (byte)(newAddress >> 8), (byte)(newAddress >> 16), (byte)(newAddress >> 24)
            };
        }

        /// <summary>Reads an address such as "192.168.1.201".</summary>
        /// <param name="ipString">Four decimal numbers of 0 to 255, with points between.</param>
        /// <returns>The address.</returns>
        /// <exception cref="ArgumentNullException">There is no text.</exception>
        /// <exception cref="ArgumentException">It is no address.</exception>
        public static IPAddress Parse(string ipString)
        {
            if (ipString == null)
            {
                throw new ArgumentNullException("ipString");
            }
            string[] words = ipString.Split('.');
            byte[] bytes = new byte[4];
            bool good = words.Length == 4;
            for (int i = 0; good && i < 4; i++)
            {
                good = byte.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]);
            }
            if (!good)
            {
                throw new ArgumentException("not an IP address", "ipString");
            }
            return new IPAddress(bytes);
        }

        /// <summary>The four bytes, the first one first.</summary>
        /// <returns>A copy.</returns>
        public byte[] GetAddressBytes()
        {
            return (byte[])bytes.Clone();
        }

        /// <summary>The address as text.</summary>
        /// <returns>Such as "192.168.1.201".</returns>
        public override string ToString()
        {
            return bytes[0] + "." + bytes[1] + "." + bytes[2] + "." + bytes[3];
        }

        /// <summary>Whether another object is the same address.</summary>
        /// <param name="obj">Any object, or null.</param>
        /// <returns>True if all four bytes are the same.</returns>
        public override bool Equals(object obj)
        {
            IPAddress other = obj as IPAddress;
            return other != null && other.GetHashCode() == GetHashCode();
        }

        /// <summary>A number that is the same for the same address.</summary>
        /// <returns>The four bytes.</returns>
        public override int GetHashCode()
        {
            return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24;
        }
    }

    /// <summary>Where a socket sends to, or is reached at.</summary>
    public abstract class EndPoint
    {
    }

    /// <summary>An IPv4 address and a port.</summary>
    public class IPEndPoint : EndPoint
    {
        /// <summary>The smallest port: any free one.</summary>
        public const int MinPort = 0;

        /// <summary>The largest port.</summary>
        public const int MaxPort = 65535;

        /// <summary>Makes one of an address and a port.</summary>
        /// <param name="address">The address.</param>
        /// <param name="port">0 to 65535.</param>
        /// <exception cref="ArgumentNullException">There is no address.</exception>
        /// <exception cref="ArgumentOutOfRangeException">It is no port.</exception>
        public IPEndPoint(IPAddress address, int port)
        {
            if (address == null)
            {
                throw new ArgumentNullException("address");
            }
            if (port < MinPort || port > MaxPort)
            {
                throw new ArgumentOutOfRangeException("port");
            }
            Address = address;
            Port = port;
        }

        /// <summary>Makes one of an address as a number and a port.</summary>
        /// <param name="address">A number whose lowest byte is the first of the address.</param>
        /// <param name="port">0 to 65535.</param>
        public IPEndPoint(long address, int port)
            : this(new IPAddress(address), port)
        {
        }

        /// <summary>The address.</summary>
        public IPAddress Address { get; private set; }

        /// <summary>The port.</summary>
        public int Port { get; private set; }

        /// <summary>The address and the port as text.</summary>
        /// <returns>Such as "192.168.1.201:80".</returns>
        public override string ToString()
        {
            return Address + ":" + Port;
        }

        /// <summary>Whether another object is the same address and port.</summary>
        /// <param name="obj">Any object, or null.</param>
        /// <returns>True if both are the same.</returns>
        public override bool Equals(object obj)
        {
            IPEndPoint other = obj as IPEndPoint;
            return other != null && other.Port == Port && other.Address.Equals(Address);
        }

        /// <summary>A number that is the same for the same address and port.</summary>
        /// <returns>Made of both.</returns>
        public override int GetHashCode()
        {
            return Address.GetHashCode() ^ Port;
        }

        internal NativeAddress ToNative()
        {
            byte[] ip = Address.GetAddressBytes();
            return new NativeAddress
            {
                Family = (ushort)AddressFamily.InterNetwork,
                PortHigh = (byte)(Port >> 8),
                PortLow = (byte)Port,
                A = ip[0],
                B = ip[1],
                C = ip[2],
                D = ip[3],
            };
        }

        internal static IPEndPoint FromNative(NativeAddress address)
        {
            byte[] ip = { address.A, address.B, address.C, address.D };
            return new IPEndPoint(new IPAddress(ip), address.PortHigh << 8 | address.PortLow);
        }
    }
}
