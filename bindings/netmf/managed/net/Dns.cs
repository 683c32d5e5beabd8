using System;
using System.Text;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>What is known of a host.</summary>
    public class IPHostEntry
    {
        internal IPHostEntry(string name, IPAddress address)
        {
            HostName = name;
            AddressList = new[] { address };
        }

        /// <summary>The name that was asked for.</summary>
        public string HostName { get; private set; }

        /// <summary>The addresses: there is one.</summary>
        public IPAddress[] AddressList { get; private set; }
    }

    /// <summary>Names of hosts.</summary>
    public static class Dns
    {
        /// <summary>
        /// Looks up the address of a host. It takes a hardware socket for the question and gives it
        /// back. Waits for the answer, up to 10.5 seconds for each server that does not.
        /// </summary>
        /// <param name="hostNameOrAddress">
        /// A name of at most 253 bytes; an address as text is its own answer; "" is the chip's own
        /// address.
        /// </param>
        /// <returns>The host, or null: it is not known, or no server answered.</returns>
        /// <exception cref="ArgumentNullException">There is no name.</exception>
        /// <exception cref="Exception">"No free sockets": none is left for the question.</exception>
        /// <exception cref="SocketException">10022: it is no name; 10050: the chip has no address
        /// yet, or does not answer.</exception>
        public static IPHostEntry GetHostEntry(string hostNameOrAddress)
        {
            if (hostNameOrAddress == null)
            {
                throw new ArgumentNullException("hostNameOrAddress");
            }
            if (hostNameOrAddress.Length == 0)
            {
                return new IPHostEntry("", new IPAddress(NetworkInformation.NetworkInterface.IPAddress));
            }
            byte[] name = Encoding.UTF8.GetBytes(hostNameOrAddress + "\0");
            byte[] ip = new byte[4];
            int result;
            do
            {
                result = NativeMethods.w5100_host_resolve(name, ip, new Patience(-1).Slice);
            }
            while (result < 0 && Failure.Code(result) == SocketError.WouldBlock);
            if (result < 0)
            {
                SocketError code = Failure.Code(result);
                if (code == SocketError.HostNotFound || code == SocketError.TryAgain ||
                    code == SocketError.NoData || code == SocketError.NoRecovery)
                {
                    return null;
                }
                throw Failure.Of(code);
            }
            return new IPHostEntry(hostNameOrAddress, new IPAddress(ip));
        }
    }
}
