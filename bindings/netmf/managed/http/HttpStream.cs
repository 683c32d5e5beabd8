using System;
using System.IO;
using System.Text;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>A connection, by lines and bytes; what was read too far is kept.</summary>
    internal class HttpStream : Stream
    {
        private const int LongestLine = 4096;
        private const int MostHeaders = 100;

        private readonly Socket socket;
        private readonly byte[] buffer = new byte[1024];
        private int next;
        private int end;
        private long left = long.MaxValue;

        internal HttpStream(Socket connected)
        {
            socket = connected;
        }

        internal Socket Socket
        {
            get { return socket; }
        }

        /// <summary>The body that can be read is so long; -1 goes to the end of the connection.</summary>
        internal void SetBody(long length)
        {
            left = length < 0 ? long.MaxValue : length;
        }

        /// <summary>A line without its end; null at the end of the connection.</summary>
        internal string ReadLine()
        {
            StringBuilder line = new StringBuilder();
            while (line.Length <= LongestLine)
            {
                if (next == end && !Fill())
                {
                    return null;
                }
                char symbol = (char)buffer[next++];
                if (symbol == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }
                line.Append(symbol);
            }
            throw new InvalidDataException("a line is too long");
        }

        /// <summary>Lines up to the empty one.</summary>
        internal WebHeaderCollection ReadHeaders()
        {
            WebHeaderCollection headers = new WebHeaderCollection();
            for (int i = 0; i < MostHeaders; i++)
            {
                string line = ReadLine();
                if (string.IsNullOrEmpty(line))
                {
                    return headers;
                }
                int colon = line.IndexOf(':');
                if (colon < 1)
                {
                    throw new InvalidDataException("not a header");
                }
                headers.Add(line.Substring(0, colon).Trim(), line.Substring(colon + 1).Trim());
            }
            throw new InvalidDataException("too many headers");
        }

        /// <summary>A first line and headers.</summary>
        internal void WriteHead(string first, WebHeaderCollection headers)
        {
            StringBuilder head = new StringBuilder(first + "\r\n");
            foreach (string name in headers.AllKeys)
            {
                head.Append(name + ": " + headers[name] + "\r\n");
            }
            socket.Send(Encoding.UTF8.GetBytes(head + "\r\n"));
        }

        public override int Read(byte[] to, int offset, int count)
        {
            count = (int)Math.Min(count, left);
            if (count == 0 || (next == end && !Fill()))
            {
                return 0;
            }
            count = Math.Min(count, end - next);
            Array.Copy(buffer, next, to, offset, count);
            next += count;
            left -= count;
            return count;
        }

        public override void Write(byte[] from, int offset, int count)
        {
            socket.Send(from, offset, count, SocketFlags.None);
        }

        private bool Fill()
        {
            next = 0;
            end = 0;
            end = socket.Receive(buffer);
            return end > 0;
        }

        protected override void Dispose(bool disposing)
        {
            socket.Close();
            base.Dispose(disposing);
        }

        public override bool CanRead
        {
            get { return true; }
        }

        public override bool CanWrite
        {
            get { return true; }
        }

        public override bool CanSeek
        {
            get { return false; }
        }

        public override long Length
        {
            get { throw new NotSupportedException(); }
        }

        public override long Position
        {
            get { throw new NotSupportedException(); }
            set { throw new NotSupportedException(); }
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin)
        {
            throw new NotSupportedException();
        }

        public override void SetLength(long value)
        {
            throw new NotSupportedException();
        }
    }
}
