using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

/// <summary>A TCP connection of this computer's own.</summary>
public class Client : IDisposable
{
    private const int PauseMs = 20;

    private readonly Socket socket;

    public Client(Socket connected)
    {
        socket = connected;
        socket.ReceiveTimeout = Board.PatienceMs;
        socket.SendTimeout = Board.PatienceMs;
        socket.NoDelay = true;
    }

    public Client(int port)
        : this(Connected(port))
    {
    }

    private static Socket Connected(int port)
    {
        Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    /// <summary>
    /// Tries until the echo server answers. The chip refuses clients while it has no socket that
    /// listens; `refused` is told of each time.
    /// </summary>
    public static Client Served(int port, Action refused = null)
    {
        DateTime end = DateTime.UtcNow.AddMilliseconds(Board.PatienceMs);
        while (true)
        {
            Client client = null;
            try
            {
                client = new Client(port);
                client.Echo(Encoding.ASCII.GetBytes("hello"));
                return client;
            }
            catch (Exception exception)
            {
                if (client != null)
                {
                    client.Dispose();
                }
                if (DateTime.UtcNow > end)
                {
                    throw new CheckFailed("no echo server answers: " + exception.Message);
                }
                if (refused != null)
                {
                    refused();
                }
                Thread.Sleep(PauseMs); // before the next try, as any client would
            }
        }
    }

    public void Send(byte[] bytes)
    {
        int sent = 0;
        while (sent < bytes.Length)
        {
            sent += socket.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
        }
    }

    public void Send(string text)
    {
        Send(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Exactly so many bytes.</summary>
    public byte[] Receive(int length)
    {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length)
        {
            int count = socket.Receive(bytes, done, length - done, SocketFlags.None);
            if (count == 0)
            {
                throw new CheckFailed("the connection has ended after " + done + " of " + length + " bytes");
            }
            done += count;
        }
        return bytes;
    }

    /// <summary>Everything until the other side ends.</summary>
    public string ReceiveAll()
    {
        StringBuilder text = new StringBuilder();
        byte[] bytes = new byte[4096];
        int count;
        while ((count = socket.Receive(bytes)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(bytes, 0, count));
        }
        return text.ToString();
    }

    /// <summary>Sends, and expects the same bytes back.</summary>
    public void Echo(byte[] bytes)
    {
        Send(bytes);
        byte[] back = Receive(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (back[i] != bytes[i])
            {
                throw new CheckFailed("byte " + i + " came back otherwise");
            }
        }
    }

    /// <summary>
    /// Echoes so many blocks of bytes of its own. The published program has room for 1024 bytes.
    /// </summary>
    public void EchoBlocks(int number, int blocks)
    {
        Random random = new Random(number);
        byte[] block = new byte[1000];
        for (int i = 0; i < blocks; i++)
        {
            random.NextBytes(block);
            Echo(block);
        }
    }

    public void ShutdownSend()
    {
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends the connection with RST.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose()
    {
        socket.Close();
    }
}

/// <summary>A TCP server of this computer's own, at any free port.</summary>
public class Server : IDisposable
{
    private readonly TcpListener listener = new TcpListener(IPAddress.Loopback, 0);

    public Server()
    {
        listener.Start();
    }

    public int Port
    {
        get { return ((IPEndPoint)listener.LocalEndpoint).Port; }
    }

    public Client Accept()
    {
        Check.That(listener.Server.Poll(Board.PatienceMs * 1000, SelectMode.SelectRead), "somebody connects");
        return new Client(listener.AcceptSocket());
    }

    public void Dispose()
    {
        listener.Stop();
    }
}
