using System;

namespace GHIElectronics.NETMF.Net.Sockets
{
    // Sending and receiving.
    public unsafe partial class Socket
    {
        private readonly object sending = new object();

        /// <summary>Sends all of a buffer to the peer; see the call with an offset.</summary>
        /// <param name="buffer">What to send.</param>
        /// <returns>Its length.</returns>
        public int Send(byte[] buffer)
        {
            return Send(buffer, 0, Length(buffer), SocketFlags.None);
        }

        /// <summary>Sends all of a buffer to the peer; see the call with an offset.</summary>
        /// <param name="buffer">What to send.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>Its length.</returns>
        public int Send(byte[] buffer, SocketFlags socketFlags)
        {
            return Send(buffer, 0, Length(buffer), socketFlags);
        }

        /// <summary>Sends the first bytes of a buffer; see the call with an offset.</summary>
        /// <param name="buffer">Where they are.</param>
        /// <param name="size">How many.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>How many.</returns>
        public int Send(byte[] buffer, int size, SocketFlags socketFlags)
        {
            return Send(buffer, 0, size, socketFlags);
        }

        /// <summary>
        /// Sends bytes to the peer, and waits until the chip has all of them. Of a datagram socket
        /// they are one datagram.
        /// </summary>
        /// <param name="buffer">Where they are.</param>
        /// <param name="offset">The first one.</param>
        /// <param name="size">How many.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>How many.</returns>
        /// <exception cref="SocketException">10060: <see cref="SendTimeout"/> is over, or the peer
        /// does not answer; 10054, 10053, 10058: the connection is over; 10057: there was none.
        /// Some of the bytes may have been sent.</exception>
        public int Send(byte[] buffer, int offset, int size, SocketFlags socketFlags)
        {
            CheckRange(buffer, offset, size);
            Patience patience = Patience.Of(sendTimeout);
            int open = Handle;
            int sent = 0;
            // The bytes of two threads do not mix.
            lock (sending)
            {
                fixed (byte* first = buffer)
                {
                    do
                    {
                        int result = NativeMethods.w5100_send(
                            open, first + offset + sent, (UIntPtr)(size - sent), (int)socketFlags);
                        sent += WouldBlock(result) ? 0 : Check(result);
                        CheckTime(patience, sent < size);
                    }
                    while (sent < size);
                }
            }
            return sent;
        }

        /// <summary>Sends a datagram; see the call with an offset.</summary>
        /// <param name="buffer">All of it is the datagram.</param>
        /// <param name="remoteEP">Where to.</param>
        /// <returns>Its length.</returns>
        public int SendTo(byte[] buffer, EndPoint remoteEP)
        {
            return SendTo(buffer, 0, Length(buffer), SocketFlags.None, remoteEP);
        }

        /// <summary>Sends a datagram; see the call with an offset.</summary>
        /// <param name="buffer">All of it is the datagram.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Where to.</param>
        /// <returns>Its length.</returns>
        public int SendTo(byte[] buffer, SocketFlags socketFlags, EndPoint remoteEP)
        {
            return SendTo(buffer, 0, Length(buffer), socketFlags, remoteEP);
        }

        /// <summary>Sends a datagram; see the call with an offset.</summary>
        /// <param name="buffer">It begins with the datagram.</param>
        /// <param name="size">The datagram's bytes.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Where to.</param>
        /// <returns>Its length.</returns>
        public int SendTo(byte[] buffer, int size, SocketFlags socketFlags, EndPoint remoteEP)
        {
            return SendTo(buffer, 0, size, socketFlags, remoteEP);
        }

        /// <summary>
        /// Sends a datagram. Waits while the one before it is under way. On a connection it is
        /// <see cref="Send(byte[], int, int, SocketFlags)"/>.
        /// </summary>
        /// <param name="buffer">Where it is.</param>
        /// <param name="offset">Its first byte.</param>
        /// <param name="size">Its bytes, 1 to 1472.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Where to: an <see cref="IPEndPoint"/>.</param>
        /// <returns>Its length.</returns>
        /// <exception cref="Exception">"No free sockets": all four are in use.</exception>
        /// <exception cref="SocketException">10040: it is too large; 10013: a broadcast without its
        /// option; 10065: nobody had the address of an earlier one.</exception>
        public int SendTo(byte[] buffer, int offset, int size, SocketFlags socketFlags, EndPoint remoteEP)
        {
            CheckRange(buffer, offset, size);
            NativeAddress address = Native(remoteEP, "remoteEP");
            if (type == SocketType.Stream)
            {
                return Send(buffer, offset, size, socketFlags);
            }
            Patience patience = Patience.Of(sendTimeout);
            int open = Handle;
            int result;
            fixed (byte* first = buffer)
            {
                do
                {
                    result = NativeMethods.w5100_sendto(
                        open, first + offset, (UIntPtr)size, (int)socketFlags, ref address, AddressLength);
                    CheckTime(patience, WouldBlock(result));
                }
                while (WouldBlock(result));
            }
            return Check(result);
        }

        /// <summary>Receives into a buffer; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <returns>How many bytes.</returns>
        public int Receive(byte[] buffer)
        {
            return Receive(buffer, 0, Length(buffer), SocketFlags.None);
        }

        /// <summary>Receives into a buffer; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>How many bytes.</returns>
        public int Receive(byte[] buffer, SocketFlags socketFlags)
        {
            return Receive(buffer, 0, Length(buffer), socketFlags);
        }

        /// <summary>Receives into a buffer; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="size">How many bytes at most.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>How many bytes.</returns>
        public int Receive(byte[] buffer, int size, SocketFlags socketFlags)
        {
            return Receive(buffer, 0, size, socketFlags);
        }

        /// <summary>Receives what there is, waiting for the first byte.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="offset">Where in it.</param>
        /// <param name="size">How many bytes at most; of a longer datagram the rest is lost.</param>
        /// <param name="socketFlags">How.</param>
        /// <returns>How many bytes; 0 when the peer has ended the connection and all was read.</returns>
        /// <exception cref="SocketException">10060: <see cref="ReceiveTimeout"/> is over; 10054: the
        /// peer has reset the connection, told once; 10057: there was none.</exception>
        public int Receive(byte[] buffer, int offset, int size, SocketFlags socketFlags)
        {
            CheckRange(buffer, offset, size);
            Patience patience = Patience.Of(receiveTimeout);
            int open = Handle;
            int result;
            fixed (byte* first = buffer)
            {
                do
                {
                    result = NativeMethods.w5100_recv(
                        open, first + offset, (UIntPtr)size, (int)socketFlags);
                    CheckTime(patience, WouldBlock(result));
                }
                while (WouldBlock(result));
            }
            return Check(result);
        }

        /// <summary>Receives a datagram; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="remoteEP">Who sent it.</param>
        /// <returns>How many bytes.</returns>
        public int ReceiveFrom(byte[] buffer, ref EndPoint remoteEP)
        {
            return ReceiveFrom(buffer, 0, Length(buffer), SocketFlags.None, ref remoteEP);
        }

        /// <summary>Receives a datagram; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Who sent it.</param>
        /// <returns>How many bytes.</returns>
        public int ReceiveFrom(byte[] buffer, SocketFlags socketFlags, ref EndPoint remoteEP)
        {
            return ReceiveFrom(buffer, 0, Length(buffer), socketFlags, ref remoteEP);
        }

        /// <summary>Receives a datagram; see the call with an offset.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="size">How many bytes at most.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Who sent it.</param>
        /// <returns>How many bytes.</returns>
        public int ReceiveFrom(byte[] buffer, int size, SocketFlags socketFlags, ref EndPoint remoteEP)
        {
            return ReceiveFrom(buffer, 0, size, socketFlags, ref remoteEP);
        }

        /// <summary>Waits for a datagram. What does not fit is lost.</summary>
        /// <param name="buffer">Where to.</param>
        /// <param name="offset">Where in it.</param>
        /// <param name="size">How many bytes at most.</param>
        /// <param name="socketFlags">How.</param>
        /// <param name="remoteEP">Any, but not null; who sent it, afterwards.</param>
        /// <returns>How many bytes; 0 for an empty datagram.</returns>
        /// <exception cref="Exception">"No free sockets": all four are in use.</exception>
        /// <exception cref="SocketException">10060: <see cref="ReceiveTimeout"/> is over; 10065: nobody
        /// had the address of an earlier datagram of ours.</exception>
        public int ReceiveFrom(byte[] buffer, int offset, int size, SocketFlags socketFlags,
            ref EndPoint remoteEP)
        {
            CheckRange(buffer, offset, size);
            NativeAddress address = Native(remoteEP, "remoteEP");
            uint length = AddressLength;
            Patience patience = Patience.Of(receiveTimeout);
            int open = Handle;
            int result;
            fixed (byte* first = buffer)
            {
                do
                {
                    result = NativeMethods.w5100_recvfrom(
                        open, first + offset, (UIntPtr)size, (int)socketFlags, ref address, ref length);
                    CheckTime(patience, WouldBlock(result));
                }
                while (WouldBlock(result));
            }
            Check(result);
            remoteEP = IPEndPoint.FromNative(address);
            return result;
        }

        /// <summary>A call that would wait on has waited as long as it may.</summary>
        private static void CheckTime(Patience patience, bool waits)
        {
            if (waits && patience.IsOver)
            {
                throw new SocketException(SocketError.TimedOut);
            }
        }

        private static int Length(byte[] buffer)
        {
            return buffer != null ? buffer.Length : 0;
        }

        private static void CheckRange(byte[] buffer, int offset, int size)
        {
            if (buffer == null)
            {
                throw new ArgumentNullException("buffer");
            }
            if (offset < 0 || offset > buffer.Length)
            {
                throw new ArgumentOutOfRangeException("offset");
            }
            if (size < 0 || size > buffer.Length - offset)
            {
                throw new ArgumentOutOfRangeException("size");
            }
        }
    }
}
