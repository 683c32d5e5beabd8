using System;
using System.Threading;

namespace GHIElectronics.NETMF.Net.Sockets
{
    /// <summary>
    /// A socket on the chip. Calls wait unless they say otherwise, and any thread may make any call
    /// at any time.
    /// </summary>
    /// <remarks>
    /// All calls: a failure is a <see cref="SocketException"/> with a number of
    /// <see cref="SocketError"/>; when no hardware socket can be had, a plain <see cref="Exception"/>
    /// with the message "No free sockets"; after <see cref="Close"/>, an
    /// <see cref="ObjectDisposedException"/>. A call that waits while another thread closes the
    /// socket ends with <see cref="SocketError.ObjectDisposed"/>.
    /// </remarks>
    public partial class Socket : IDisposable
    {
        private const short PollIn = 1;
        private const short PollOut = 4;
        private const short PollError = 8;
        private const short PollHangUp = 16;
        private const short PollInvalid = 32;
        private const uint AddressLength = 16;
        private const uint BytesThatWait = 0x4004667F;

        private readonly SocketType type;
        private int handle;

        /// <summary>Makes a socket. Does not wait, and takes none of the chip's four yet.</summary>
        /// <param name="addressFamily">Has to be <see cref="AddressFamily.InterNetwork"/>.</param>
        /// <param name="socketType">What it carries.</param>
        /// <param name="protocolType">The type's protocol.</param>
        /// <exception cref="SocketException">10047, 10044, 10041: they do not fit; 10050: the chip
        /// has no address yet.</exception>
        public Socket(AddressFamily addressFamily, SocketType socketType, ProtocolType protocolType)
        {
            type = socketType;
            handle = Failure.Check(
                NativeMethods.w5100_socket((int)addressFamily, (int)socketType, (int)protocolType));
            WaitForEver();
        }

        private Socket(int accepted)
        {
            type = SocketType.Stream;
            handle = accepted;
            WaitForEver();
        }

        /// <summary>Closes a socket that the program has lost.</summary>
        ~Socket()
        {
            Dispose(false);
        }

        /// <summary>
        /// Ends the socket: what was sent goes out in the background, and calls that wait on it end.
        /// Waits only with <see cref="SocketOptionName.Linger"/>. Again it does nothing.
        /// </summary>
        public void Close()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        void IDisposable.Dispose()
        {
            Close();
        }

        /// <summary>Ends the socket.</summary>
        /// <param name="disposing">False when the program has lost it.</param>
        protected virtual void Dispose(bool disposing)
        {
            int closed = Interlocked.Exchange(ref handle, 0);
            if (closed > 0)
            {
                NativeMethods.w5100_close(closed);
            }
        }

        /// <summary>Gives the socket an address of its own. Does not wait.</summary>
        /// <param name="localEP">An <see cref="IPEndPoint"/>: <see cref="IPAddress.Any"/> or the
        /// chip's address; port 0 takes any free one.</param>
        /// <exception cref="SocketException">10022: it has one; 10048: the port is in use; 10049: not
        /// the chip's address.</exception>
        public void Bind(EndPoint localEP)
        {
            NativeAddress address = Native(localEP, "localEP");
            Check(NativeMethods.w5100_bind(Handle, ref address, AddressLength));
            if (type == SocketType.Dgram)
            {
                Reach();
            }
        }

        /// <summary>Has the socket wait for clients. A listener takes none of the sessions away.</summary>
        /// <param name="backlog">Clients that may wait for <see cref="Accept"/>, 1 to 4; others
        /// count as the nearest.</param>
        /// <exception cref="SocketException">10022: it is connected; 10048: another one listens
        /// there.</exception>
        public void Listen(int backlog)
        {
            Check(NativeMethods.w5100_listen(Handle, backlog));
            Reach();
        }

        /// <summary>Waits for a client, however long it takes.</summary>
        /// <returns>The session with it.</returns>
        /// <exception cref="SocketException">10022: the socket does not listen.</exception>
        public Socket Accept()
        {
            int open = Handle;
            int result;
            do
            {
                result = NativeMethods.w5100_accept(open, IntPtr.Zero, IntPtr.Zero);
            }
            while (WouldBlock(result));
            return new Socket(Check(result));
        }

        /// <summary>
        /// Connects to a peer, however long it takes. For datagrams it only says where they go.
        /// </summary>
        /// <param name="remoteEP">An <see cref="IPEndPoint"/>.</param>
        /// <exception cref="Exception">"No free sockets": all four are in use; at once.</exception>
        /// <exception cref="SocketException">10061: nobody listens there; 10060: the peer does not
        /// answer; 10065: nobody has that address; 10056: the socket is connected.</exception>
        public void Connect(EndPoint remoteEP)
        {
            NativeAddress address = Native(remoteEP, "remoteEP");
            int result = NativeMethods.w5100_connect(Handle, ref address, AddressLength);
            if (result < 0)
            {
                SocketError code = Failure.Code(result);
                if (code != SocketError.InProgress && code != SocketError.WouldBlock)
                {
                    Check(result);
                }
                Poll(Timeout.Infinite, SelectMode.SelectWrite);
            }
            GC.KeepAlive(this);
        }

        /// <summary>Waits until a call would not.</summary>
        /// <param name="microSeconds">How long at most, rounded up to milliseconds; below 0: for
        /// ever.</param>
        /// <param name="mode">What to wait for. <see cref="SelectMode.SelectRead"/> also ends when
        /// the connection has: <see cref="Available"/> is 0 then.</param>
        /// <returns>Whether it is so; false when the time is over.</returns>
        /// <exception cref="SocketException">With <see cref="SelectMode.SelectWrite"/>, the error that
        /// a connection or a connect has ended with.</exception>
        public bool Poll(int microSeconds, SelectMode mode)
        {
            int limit = microSeconds < 0 ? -1 : microSeconds / 1000 + (microSeconds % 1000 != 0 ? 1 : 0);
            short events = mode == SelectMode.SelectRead ? PollIn
                : mode == SelectMode.SelectWrite ? PollOut : PollError;
            NativePoll entry = new NativePoll { Handle = Handle, Events = events };
            Patience patience = new Patience(limit);
            int count;
            do
            {
                count = Check(NativeMethods.w5100_poll(ref entry, 1, patience.Slice));
                if ((entry.Found & PollInvalid) != 0)
                {
                    throw Lost();
                }
            }
            while (count == 0 && !patience.IsOver);
            if (count == 0)
            {
                return false;
            }
            bool wrong = (entry.Found & PollError) != 0;
            if (wrong && mode == SelectMode.SelectWrite)
            {
                int error = (int)GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
                if (error != 0)
                {
                    throw Failure.Of((SocketError)error);
                }
            }
            return mode != SelectMode.SelectError || wrong;
        }

        /// <summary>
        /// Bytes that can be received at once; of a datagram socket, those of the next datagram.
        /// </summary>
        /// <exception cref="SocketException">10022: the socket listens.</exception>
        public int Available
        {
            get
            {
                int bytes = 0;
                Check(NativeMethods.w5100_ioctl(Handle, BytesThatWait, ref bytes));
                return bytes;
            }
        }

        /// <summary>The socket's own address; port 0 while it has none.</summary>
        public EndPoint LocalEndPoint
        {
            get
            {
                NativeAddress address = new NativeAddress();
                uint length = AddressLength;
                Check(NativeMethods.w5100_getsockname(Handle, ref address, ref length));
                return IPEndPoint.FromNative(address);
            }
        }

        /// <summary>The peer's address.</summary>
        /// <exception cref="SocketException">10057: there is no peer.</exception>
        public EndPoint RemoteEndPoint
        {
            get
            {
                NativeAddress address = new NativeAddress();
                uint length = AddressLength;
                Check(NativeMethods.w5100_getpeername(Handle, ref address, ref length));
                return IPEndPoint.FromNative(address);
            }
        }

        private int Handle
        {
            get
            {
                int open = Volatile.Read(ref handle);
                if (open == 0)
                {
                    throw new ObjectDisposedException("Socket");
                }
                return open;
            }
        }

        private static bool WouldBlock(int result)
        {
            return result < 0 && Failure.Code(result) == SocketError.WouldBlock;
        }

        /// <summary>Lets results from 0 on pass. The socket lives until here.</summary>
        private int Check(int result)
        {
            if (result < 0)
            {
                SocketError code = Failure.Code(result);
                throw code == SocketError.NotSocket ? Lost() : Failure.Of(code);
            }
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>The handle was closed while a call used it, or ended with the chip.</summary>
        private Exception Lost()
        {
            bool closed = Volatile.Read(ref handle) == 0;
            return Failure.Of(closed ? SocketError.ObjectDisposed : SocketError.NotSocket);
        }

        /// <summary>Has programs of this computer find the socket; not all ports can be had.</summary>
        private void Reach()
        {
            ushort port = (ushort)((IPEndPoint)LocalEndPoint).Port;
            NativeMethods.w5100_host_reach(port, type == SocketType.Dgram ? 1 : 0);
        }

        private static NativeAddress Native(EndPoint endPoint, string name)
        {
            if (endPoint == null)
            {
                throw new ArgumentNullException(name);
            }
            IPEndPoint address = endPoint as IPEndPoint;
            if (address == null)
            {
                throw new ArgumentException("not an IPEndPoint", name);
            }
            return address.ToNative();
        }
    }
}
