using System;

namespace GHIElectronics.NETMF.Net.Sockets
{
    /// <summary>
    /// A call on a socket failed. A lack of sockets is not told so, but by a plain
    /// <see cref="Exception"/> whose message is "No free sockets".
    /// </summary>
    public class SocketException : Exception
    {
        private readonly SocketError code;

        /// <summary>Makes one of what went wrong.</summary>
        /// <param name="errorCode">The number.</param>
        public SocketException(SocketError errorCode)
            : base(Enum.IsDefined(typeof(SocketError), errorCode)
                ? errorCode + " (" + (int)errorCode + ")"
                : "Socket error " + (int)errorCode)
        {
            code = errorCode;
        }

        /// <summary>What went wrong, as a number of <see cref="SocketError"/>.</summary>
        public int ErrorCode
        {
            get { return (int)code; }
        }
    }
}
