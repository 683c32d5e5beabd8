using System;
using System.Threading;

namespace GHIElectronics.NETMF.Net.Sockets
{
    // Options and time limits.
    public partial class Socket
    {
        private int receiveTimeout = Timeout.Infinite;
        private int sendTimeout = Timeout.Infinite;

        /// <summary>
        /// Milliseconds that receiving waits at most; -1, as at first, or 0 for ever.
        /// </summary>
        /// <exception cref="ArgumentOutOfRangeException">It is below -1.</exception>
        public int ReceiveTimeout
        {
            get { return receiveTimeout; }
            set { SetTime(SocketOptionName.ReceiveTimeout, value); }
        }

        /// <summary>Milliseconds that sending waits at most; -1, as at first, or 0 for ever.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is below -1.</exception>
        public int SendTimeout
        {
            get { return sendTimeout; }
            set { SetTime(SocketOptionName.SendTimeout, value); }
        }

        /// <summary>Sets an option that is a number.</summary>
        /// <param name="optionLevel">Whose option it is.</param>
        /// <param name="optionName">Which.</param>
        /// <param name="optionValue">Its value.</param>
        /// <exception cref="SocketException">10042: there is no such option; 10022: it cannot have
        /// that value.</exception>
        public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, int optionValue)
        {
            if (optionLevel != SocketOptionLevel.Socket)
            {
                SetNumber(optionLevel, optionName, optionValue);
                return;
            }
            switch (optionName)
            {
                case SocketOptionName.ReceiveTimeout:
                case SocketOptionName.SendTimeout:
                    SetTime(optionName, optionValue);
                    break;
                case SocketOptionName.Linger:
                    SetLinger(optionValue >= 0, optionValue);
                    break;
                case SocketOptionName.DontLinger:
                    SetLinger(optionValue == 0, 0);
                    break;
                case SocketOptionName.ExclusiveAddressUse:
                    SetNumber(optionLevel, SocketOptionName.ReuseAddress, optionValue == 0 ? 1 : 0);
                    break;
                default:
                    SetNumber(optionLevel, optionName, optionValue);
                    break;
            }
        }

        /// <summary>Sets an option that is on or off.</summary>
        /// <param name="optionLevel">Whose option it is.</param>
        /// <param name="optionName">Which.</param>
        /// <param name="optionValue">Whether it is on.</param>
        /// <exception cref="SocketException">As for a number.</exception>
        public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, bool optionValue)
        {
            SetSocketOption(optionLevel, optionName, optionValue ? 1 : 0);
        }

        /// <summary>Sets an option that is bytes; numbers have four, the lowest first.</summary>
        /// <param name="optionLevel">Whose option it is.</param>
        /// <param name="optionName">Which.</param>
        /// <param name="optionValue">Its value.</param>
        /// <exception cref="ArgumentNullException">There is none.</exception>
        /// <exception cref="SocketException">As for a number; 10022: too few bytes.</exception>
        public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, byte[] optionValue)
        {
            if (optionValue == null)
            {
                throw new ArgumentNullException("optionValue");
            }
            bool number = optionLevel == SocketOptionLevel.Socket && optionName != SocketOptionName.Linger;
            if (number && optionValue.Length >= 4)
            {
                SetSocketOption(optionLevel, optionName, BitConverter.ToInt32(optionValue, 0));
                return;
            }
            SetBytes(optionLevel, optionName, optionValue);
        }

        /// <summary>Reads an option that is a number.</summary>
        /// <param name="optionLevel">Whose option it is.</param>
        /// <param name="optionName">Which.</param>
        /// <returns>An <see cref="int"/>.</returns>
        /// <exception cref="SocketException">10042: there is no such option.</exception>
        public object GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName)
        {
            byte[] value = new byte[8];
            if (optionLevel != SocketOptionLevel.Socket)
            {
                GetBytes(optionLevel, optionName, value);
                return BitConverter.ToInt32(value, 0);
            }
            switch (optionName)
            {
                case SocketOptionName.ReceiveTimeout:
                    return receiveTimeout;
                case SocketOptionName.SendTimeout:
                    return sendTimeout;
                case SocketOptionName.Linger:
                case SocketOptionName.DontLinger:
                    GetBytes(optionLevel, SocketOptionName.Linger, value);
                    return Lingering(optionName, value);
                case SocketOptionName.ExclusiveAddressUse:
                    GetBytes(optionLevel, SocketOptionName.ReuseAddress, value);
                    return BitConverter.ToInt32(value, 0) == 0 ? 1 : 0;
                case SocketOptionName.Error:
                    GetBytes(optionLevel, optionName, value);
                    return NativeMethods.w5100_wsa_error(BitConverter.ToInt32(value, 0));
                default:
                    GetBytes(optionLevel, optionName, value);
                    return BitConverter.ToInt32(value, 0);
            }
        }

        /// <summary>Reads an option as bytes, the lowest of a number first.</summary>
        /// <param name="optionLevel">Whose option it is.</param>
        /// <param name="optionName">Which.</param>
        /// <param name="val">Filled in; at least four bytes, eight for
        /// <see cref="SocketOptionName.Linger"/>.</param>
        /// <exception cref="ArgumentNullException">There is none.</exception>
        /// <exception cref="SocketException">10042: there is no such option; 10022: too few
        /// bytes.</exception>
        public void GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, byte[] val)
        {
            if (val == null)
            {
                throw new ArgumentNullException("val");
            }
            if (optionLevel == SocketOptionLevel.Socket && optionName != SocketOptionName.Linger)
            {
                byte[] number = BitConverter.GetBytes((int)GetSocketOption(optionLevel, optionName));
                if (val.Length < number.Length)
                {
                    throw new SocketException(SocketError.InvalidArgument);
                }
                number.CopyTo(val, 0);
                return;
            }
            GetBytes(optionLevel, optionName, val);
        }

        private static int Lingering(SocketOptionName name, byte[] value)
        {
            bool on = BitConverter.ToInt32(value, 0) != 0;
            if (name == SocketOptionName.DontLinger)
            {
                return on ? 0 : 1;
            }
            return on ? BitConverter.ToInt32(value, 4) : -1;
        }

        private void SetTime(SocketOptionName name, int value)
        {
            if (value < Timeout.Infinite)
            {
                throw new ArgumentOutOfRangeException("value");
            }
            SetNumber(SocketOptionLevel.Socket, name, Patience.Of(value).Slice);
            if (name == SocketOptionName.ReceiveTimeout)
            {
                receiveTimeout = value;
            }
            else
            {
                sendTimeout = value;
            }
        }

        /// <summary>As at first.</summary>
        private void WaitForEver()
        {
            SetTime(SocketOptionName.ReceiveTimeout, Timeout.Infinite);
            SetTime(SocketOptionName.SendTimeout, Timeout.Infinite);
        }

        private void SetLinger(bool on, int seconds)
        {
            byte[] value = new byte[8];
            BitConverter.GetBytes(on ? 1 : 0).CopyTo(value, 0);
            BitConverter.GetBytes(on ? seconds : 0).CopyTo(value, 4);
            SetBytes(SocketOptionLevel.Socket, SocketOptionName.Linger, value);
        }

        private void SetNumber(SocketOptionLevel level, SocketOptionName name, int value)
        {
            SetBytes(level, name, BitConverter.GetBytes(value));
        }

        private void SetBytes(SocketOptionLevel level, SocketOptionName name, byte[] value)
        {
            Check(NativeMethods.w5100_setsockopt(Handle, (int)level, (int)name, value, (uint)value.Length));
        }

        private void GetBytes(SocketOptionLevel level, SocketOptionName name, byte[] value)
        {
            uint length = (uint)value.Length;
            Check(NativeMethods.w5100_getsockopt(Handle, (int)level, (int)name, value, ref length));
        }
    }
}
