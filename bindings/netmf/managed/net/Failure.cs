using System;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>What the library's errors are to a program.</summary>
    internal static class Failure
    {
        internal const string NoFreeSockets = "No free sockets";

        /// <summary>The Winsock number of a result below 0.</summary>
        internal static SocketError Code(int result)
        {
            return (SocketError)NativeMethods.w5100_wsa_error(result);
        }

        /// <summary>Lets results from 0 on pass, and throws for the others.</summary>
        internal static int Check(int result)
        {
            if (result < 0)
            {
                throw Of(Code(result));
            }
            return result;
        }

        /// <summary>A lack of sockets is told by its message alone.</summary>
        internal static Exception Of(SocketError code)
        {
            if (code == SocketError.NoBufferSpaceAvailable || code == SocketError.TooManyOpenSockets)
            {
                return new Exception(NoFreeSockets);
            }
            return new SocketException(code);
        }
    }
}
