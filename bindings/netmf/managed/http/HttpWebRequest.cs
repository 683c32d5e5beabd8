using System;
using System.IO;

using GHIElectronics.NETMF.Net.Sockets;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>A request to a web server, on a connection of its own.</summary>
    public class HttpWebRequest : IDisposable
    {
        private const int UsualPort = 80;

        private HttpStream stream;

        private HttpWebRequest(Uri address)
        {
            Address = address;
            Method = "GET";
            Timeout = 100000;
            ContentLength = -1;
            Headers = new WebHeaderCollection();
        }

        /// <summary>Makes a request. Nothing is sent yet.</summary>
        /// <param name="requestUriString">Such as "http://192.168.1.1:8080/page".</param>
        /// <returns>The request.</returns>
        /// <exception cref="ArgumentException">It is no address of that form.</exception>
        public static HttpWebRequest Create(string requestUriString)
        {
            Uri address;
            if (!Uri.TryCreate(requestUriString, UriKind.Absolute, out address) || address.Scheme != "http")
            {
                throw new ArgumentException("not an address of http", "requestUriString");
            }
            return new HttpWebRequest(address);
        }

        /// <summary>Where it goes.</summary>
        public Uri Address { get; private set; }

        /// <summary>The method; "GET" at first.</summary>
        public string Method { get; set; }

        /// <summary>Milliseconds that sending and receiving wait each; -1 for ever.</summary>
        public int Timeout { get; set; }

        /// <summary>Bytes of the body; -1, as at first: there is none.</summary>
        public long ContentLength { get; set; }

        /// <summary>The body's type; null if it is not told.</summary>
        public string ContentType { get; set; }

        /// <summary>Further headers.</summary>
        public WebHeaderCollection Headers { get; private set; }

        /// <summary>
        /// Connects and sends the head; the body is to be written here, then
        /// <see cref="GetResponse"/> called. <see cref="ContentLength"/> has to be set before.
        /// </summary>
        /// <returns>Where the body goes.</returns>
        /// <exception cref="WebException">No server can be reached.</exception>
        public Stream GetRequestStream()
        {
            if (stream == null)
            {
                stream = Try(Send);
            }
            return stream;
        }

        /// <summary>Sends the request if that was not done, and waits for the answer's head.</summary>
        /// <returns>The answer, whatever its status.</returns>
        /// <exception cref="WebException">There is none.</exception>
        public HttpWebResponse GetResponse()
        {
            GetRequestStream();
            return Try(() => new HttpWebResponse(stream));
        }

        /// <summary>Gives up.</summary>
        public void Dispose()
        {
            if (stream != null)
            {
                stream.Close();
            }
        }

        private T Try<T>(Func<T> step)
        {
            try
            {
                return step();
            }
            catch (Exception exception)
            {
                Dispose();
                if (exception is SocketException || exception is InvalidDataException)
                {
                    throw new WebException(exception.Message, exception);
                }
                throw;
            }
        }

        private HttpStream Send()
        {
            IPHostEntry host = Dns.GetHostEntry(Address.Host);
            if (host == null)
            {
                throw new WebException("no such host: " + Address.Host, null);
            }
            Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                int port = Address.Port > 0 ? Address.Port : UsualPort;
                socket.Connect(new IPEndPoint(host.AddressList[0], port));
                socket.SendTimeout = Timeout;
                socket.ReceiveTimeout = Timeout;
                Headers["Host"] = Address.Authority;
                Headers["Connection"] = "close";
                if (ContentLength >= 0)
                {
                    Headers["Content-Length"] = ContentLength.ToString();
                }
                if (ContentType != null)
                {
                    Headers["Content-Type"] = ContentType;
                }
                HttpStream connection = new HttpStream(socket);
                connection.WriteHead(Method + " " + Address.PathAndQuery + " HTTP/1.1", Headers);
                return connection;
            }
            catch (Exception)
            {
                socket.Close();
                throw;
            }
        }
    }

    /// <summary>What a web server has answered.</summary>
    public class HttpWebResponse : IDisposable
    {
        private readonly HttpStream stream;

        internal HttpWebResponse(HttpStream connection)
        {
            stream = connection;
            string line = connection.ReadLine() ?? "";
            string[] words = line.Split(new[] { ' ' }, 3);
            int status;
            if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) ||
                !int.TryParse(words[1], out status))
            {
                throw new InvalidDataException("not an answer of http");
            }
            StatusCode = (HttpStatusCode)status;
            StatusDescription = words.Length > 2 ? words[2] : "";
            Headers = connection.ReadHeaders();
            connection.SetBody(Headers.Length);
        }

        /// <summary>How it went.</summary>
        public HttpStatusCode StatusCode { get; private set; }

        /// <summary>The words after it.</summary>
        public string StatusDescription { get; private set; }

        /// <summary>The headers.</summary>
        public WebHeaderCollection Headers { get; private set; }

        /// <summary>Bytes of the body; -1: up to the end of the connection.</summary>
        public long ContentLength
        {
            get { return Headers.Length; }
        }

        /// <summary>The body's type; null if it is not told.</summary>
        public string ContentType
        {
            get { return Headers["Content-Type"]; }
        }

        /// <summary>The body.</summary>
        /// <returns>It ends where the body does. One in chunks comes as it was sent.</returns>
        public Stream GetResponseStream()
        {
            return stream;
        }

        /// <summary>Ends the connection.</summary>
        public void Close()
        {
            stream.Close();
        }

        void IDisposable.Dispose()
        {
            Close();
        }
    }
}
