using System;
using System.IO;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>A web server: one request on each connection, which its answer ends.</summary>
    public class HttpListener : IDisposable
    {
        private const int UsualPort = 80;
        private const int Patience = 30000;

        private readonly int port;
        private Socket server;

        /// <summary>A server at port 80. It does not listen yet.</summary>
        /// <param name="prefix">Has to be "http".</param>
        /// <exception cref="ArgumentException">It is not.</exception>
        public HttpListener(string prefix)
            : this(prefix, -1)
        {
        }

        /// <summary>A server at another port.</summary>
        /// <param name="prefix">Has to be "http".</param>
        /// <param name="port">The port; -1 is 80.</param>
        /// <exception cref="ArgumentException">The prefix is another.</exception>
        /// <exception cref="ArgumentOutOfRangeException">It is no port.</exception>
        public HttpListener(string prefix, int port)
        {
            if (prefix != "http")
            {
                throw new ArgumentException("only http", "prefix");
            }
            if (port < -1 || port == 0 || port > IPEndPoint.MaxPort)
            {
                throw new ArgumentOutOfRangeException("port");
            }
            this.port = port == -1 ? UsualPort : port;
        }

        /// <summary>Whether it listens.</summary>
        public bool IsListening
        {
            get { return server != null; }
        }

        /// <summary>Has it listen. Again it does nothing.</summary>
        /// <exception cref="SocketException">As <see cref="Socket.Bind"/> and
        /// <see cref="Socket.Listen"/>.</exception>
        public void Start()
        {
            if (server == null)
            {
                Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                socket.Listen(4);
                server = socket;
            }
        }

        /// <summary>Has it listen no more; a <see cref="GetContext"/> that waits ends.</summary>
        public void Stop()
        {
            Socket socket = server;
            server = null;
            if (socket != null)
            {
                socket.Close();
            }
        }

        /// <summary>As <see cref="Stop"/>.</summary>
        public void Close()
        {
            Stop();
        }

        void IDisposable.Dispose()
        {
            Stop();
        }

        /// <summary>
        /// Waits for a request. What is none is answered with 400, and the wait goes on; a client
        /// that says nothing for 30 seconds is left.
        /// </summary>
        /// <returns>The request, and the answer to be given.</returns>
        /// <exception cref="InvalidOperationException">It does not listen.</exception>
        /// <exception cref="SocketException">It was stopped meanwhile.</exception>
        public HttpListenerContext GetContext()
        {
            while (true)
            {
                Socket socket = server;
                if (socket == null)
                {
                    throw new InvalidOperationException("Start comes first");
                }
                HttpListenerContext context = Read(socket.Accept());
                if (context != null)
                {
                    return context;
                }
            }
        }

        private static HttpListenerContext Read(Socket client)
        {
            client.ReceiveTimeout = Patience;
            client.SendTimeout = Patience;
            HttpStream stream = new HttpStream(client);
            HttpListenerContext context = new HttpListenerContext(stream);
            try
            {
                if (context.Request.Read(stream))
                {
                    return context;
                }
                context.Response.StatusCode = (int)HttpStatusCode.BadRequest;
                context.Response.Close();
            }
            catch (SocketException)
            {
                stream.Close(); // it has left
            }
            return null;
        }
    }

    /// <summary>A request and its answer.</summary>
    public class HttpListenerContext
    {
        private readonly HttpStream stream;

        internal HttpListenerContext(HttpStream connection)
        {
            stream = connection;
            Request = new HttpListenerRequest(connection);
            Response = new HttpListenerResponse(connection);
        }

        /// <summary>What the client wants.</summary>
        public HttpListenerRequest Request { get; private set; }

        /// <summary>What it gets.</summary>
        public HttpListenerResponse Response { get; private set; }

        /// <summary>Ends the connection, answered or not.</summary>
        public void Close()
        {
            stream.Close();
        }
    }

    /// <summary>What a client wants.</summary>
    public class HttpListenerRequest
    {
        internal HttpListenerRequest(HttpStream stream)
        {
            InputStream = stream;
            RemoteEndPoint = (IPEndPoint)stream.Socket.RemoteEndPoint;
            LocalEndPoint = (IPEndPoint)stream.Socket.LocalEndPoint;
            Headers = new WebHeaderCollection();
        }

        /// <summary>The method: "GET".</summary>
        public string HttpMethod { get; private set; }

        /// <summary>What it is about: "/page?query".</summary>
        public string RawUrl { get; private set; }

        /// <summary>The headers.</summary>
        public WebHeaderCollection Headers { get; private set; }

        /// <summary>The body; it ends after <see cref="ContentLength64"/> bytes.</summary>
        public Stream InputStream { get; private set; }

        /// <summary>The client's address.</summary>
        public IPEndPoint RemoteEndPoint { get; private set; }

        /// <summary>The address that it came to.</summary>
        public IPEndPoint LocalEndPoint { get; private set; }

        /// <summary>Bytes of the body; 0 if there is none.</summary>
        public long ContentLength64
        {
            get { return Math.Max(Headers.Length, 0); }
        }

        /// <summary>The body's type; null if it is not told.</summary>
        public string ContentType
        {
            get { return Headers["Content-Type"]; }
        }

        /// <summary>The client's program; null if it is not told.</summary>
        public string UserAgent
        {
            get { return Headers["User-Agent"]; }
        }

        /// <summary>False for what is no request.</summary>
        internal bool Read(HttpStream stream)
        {
            try
            {
                string[] words = (stream.ReadLine() ?? "").Split(' ');
                if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
                {
                    return false;
                }
                HttpMethod = words[0];
                RawUrl = words[1];
                Headers = stream.ReadHeaders();
            }
            catch (InvalidDataException)
            {
                return false;
            }
            stream.SetBody(ContentLength64);
            return true;
        }
    }

    /// <summary>What a client gets. Its head goes out with the first byte, or when it is closed.</summary>
    public class HttpListenerResponse
    {
        private readonly HttpStream stream;
        private bool begun;

        internal HttpListenerResponse(HttpStream connection)
        {
            stream = connection;
            StatusCode = (int)HttpStatusCode.OK;
            Headers = new WebHeaderCollection();
            ContentLength64 = -1;
            OutputStream = new Body(this);
        }

        /// <summary>How it went, as a number of <see cref="HttpStatusCode"/>; 200 at first.</summary>
        public int StatusCode { get; set; }

        /// <summary>The words after it; null has them made of the number.</summary>
        public string StatusDescription { get; set; }

        /// <summary>Bytes of the body; -1, as at first: up to the end of the connection.</summary>
        public long ContentLength64 { get; set; }

        /// <summary>The body's type; null if it is not told.</summary>
        public string ContentType { get; set; }

        /// <summary>Further headers.</summary>
        public WebHeaderCollection Headers { get; private set; }

        /// <summary>The body. Closing it closes the answer.</summary>
        public Stream OutputStream { get; private set; }

        /// <summary>Ends the answer and the connection.</summary>
        public void Close()
        {
            if (!begun)
            {
                ContentLength64 = 0;
                Begin();
            }
            stream.Close();
        }

        private void Begin()
        {
            begun = true;
            if (ContentLength64 >= 0)
            {
                Headers["Content-Length"] = ContentLength64.ToString();
            }
            if (ContentType != null)
            {
                Headers["Content-Type"] = ContentType;
            }
            Headers["Connection"] = "close";
            string words = StatusDescription ?? ((HttpStatusCode)StatusCode).ToString();
            stream.WriteHead("HTTP/1.1 " + StatusCode + " " + words, Headers);
        }

        /// <summary>What is written goes out after the head.</summary>
        private class Body : HttpStream
        {
            private readonly HttpListenerResponse response;

            internal Body(HttpListenerResponse owner)
                : base(owner.stream.Socket)
            {
                response = owner;
            }

            public override void Write(byte[] from, int offset, int count)
            {
                if (!response.begun)
                {
                    response.Begin();
                }
                base.Write(from, offset, count);
            }

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                {
                    response.Close();
                }
            }
        }
    }
}
