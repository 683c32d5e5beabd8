using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

using GHIElectronics.NETMF.Net.NetworkInformation;

using EndPoint = GHIElectronics.NETMF.Net.EndPoint;
using IPAddress = GHIElectronics.NETMF.Net.IPAddress;
using IPEndPoint = GHIElectronics.NETMF.Net.IPEndPoint;
using SelectMode = GHIElectronics.NETMF.Net.Sockets.SelectMode;
using Socket = GHIElectronics.NETMF.Net.Sockets.Socket;
using SocketException = GHIElectronics.NETMF.Net.Sockets.SocketException;
using SocketFlags = GHIElectronics.NETMF.Net.Sockets.SocketFlags;

/// <summary>How calls on a socket wait and end.</summary>
public static class SocketTests
{
    private const int Closed = unchecked((int)0x99000000);

    private static byte[] Bytes(string text)
    {
        return Encoding.ASCII.GetBytes(text);
    }

    public static void close_from_another_thread_ends_a_blocked_accept()
    {
        Board.Start();
        EndsWhenClosed(() => Board.Listen(80), socket => socket.Accept());
    }

    public static void close_from_another_thread_ends_a_blocked_receive()
    {
        Board.Start();
        Client client = null;
        EndsWhenClosed(() => Board.Session(out client), socket => socket.Receive(new byte[1]));
        EndsWhenClosed(() => Board.Session(out client), socket => socket.Poll(-1, SelectMode.SelectRead));
        Check.Equal("", client.ReceiveAll()); // the connection did end
    }

    public static void close_from_another_thread_ends_a_blocked_send()
    {
        Board.Start();
        Client client = null;
        byte[] block = new byte[65536];
        EndsWhenClosed(() => Board.Session(out client), socket =>
        {
            while (true)
            {
                socket.Send(block); // the peer does not read
            }
        });
    }

    /// <summary>
    /// Close may come before the other thread is in its call, which then says so itself: then again.
    /// </summary>
    private static void EndsWhenClosed(Func<Socket> make, Action<Socket> call)
    {
        for (int tries = 0; tries < 100; tries++)
        {
            Socket socket = make();
            Exception how = null;
            ManualResetEvent begins = new ManualResetEvent(false);
            Background waiting = new Background(() =>
            {
                begins.Set();
                try
                {
                    call(socket);
                }
                catch (Exception exception)
                {
                    how = exception;
                }
            });
            begins.WaitOne();
            Thread.Sleep(tries); // what the test says does not depend on it
            socket.Close();
            waiting.Join();
            if (how is SocketException)
            {
                Check.Equal(Closed, ((SocketException)how).ErrorCode);
                return;
            }
            Check.That(how is ObjectDisposedException, "a closed socket is told, not " + how);
        }
        throw new CheckFailed("no call was waiting when its socket was closed");
    }

    public static void receive_timeout_is_10060_and_minus_one_or_zero_wait_for_ever()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        Check.Equal(-1, socket.ReceiveTimeout);
        socket.ReceiveTimeout = 100;
        Stopwatch time = Stopwatch.StartNew();
        Check.ThrowsError(10060, () => socket.Receive(new byte[1]));
        Check.That(time.ElapsedMilliseconds >= 100, "it has waited");
        Check.Throws<ArgumentOutOfRangeException>(() => socket.ReceiveTimeout = -2);
        Check.Equal(100, socket.ReceiveTimeout);
        foreach (int forever in new[] { 0, -1 })
        {
            socket.ReceiveTimeout = forever;
            Check.Equal(forever, socket.ReceiveTimeout);
            Background waiting = new Background(() => Check.Equal(1, socket.Receive(new byte[2])));
            Check.That(!socket.Poll(150000, SelectMode.SelectRead), "nothing has come");
            Check.That(waiting.IsAlive, "it waits longer than the time of before");
            client.Send("x");
            waiting.Join();
        }
    }

    public static void poll_without_a_limit_waits_for_ever()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        Background waiting = new Background(
            () => Check.That(socket.Poll(-1, SelectMode.SelectRead), "it ends when there is something"));
        // Longer than the library is asked to wait at a time.
        for (Stopwatch time = Stopwatch.StartNew(); time.ElapsedMilliseconds < 350;)
        {
            Check.That(!socket.Poll(50000, SelectMode.SelectRead), "nothing has come");
            Check.That(waiting.IsAlive, "it waits");
        }
        client.Send("x");
        waiting.Join();
    }

    public static void poll_is_true_and_available_0_after_the_peer_has_closed()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        Stopwatch time = Stopwatch.StartNew();
        Check.That(!socket.Poll(50000, SelectMode.SelectRead), "nothing to read yet");
        Check.That(time.ElapsedMilliseconds >= 50, "it has waited");
        Check.That(socket.Poll(-1, SelectMode.SelectWrite), "room to send");
        client.Send("last words");
        client.ShutdownSend();
        byte[] buffer = new byte[100];
        int length = 0;
        while (length < 10)
        {
            Check.That(socket.Poll(-1, SelectMode.SelectRead), "words");
            int available = socket.Available;
            Check.That(available > 0, "words are available");
            length += socket.Receive(buffer, length, available, SocketFlags.None);
        }
        Check.Equal("last words", Encoding.ASCII.GetString(buffer, 0, length));
        for (int i = 0; i < 2; i++)
        {
            Check.That(socket.Poll(-1, SelectMode.SelectRead), "the end");
            Check.Equal(0, socket.Available);
            Check.Equal(0, socket.Receive(buffer));
        }
        // The other direction is still open.
        socket.Send(Bytes("bye"));
        socket.Close();
        Check.Equal("bye", client.ReceiveAll());
    }

    public static void a_session_killed_with_rst_gives_its_data_then_10054()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        client.Send("last");
        while (socket.Available < 4)
        {
            Check.That(socket.Poll(-1, SelectMode.SelectRead), "words");
        }
        client.Reset();
        Check.That(socket.Poll(-1, SelectMode.SelectError), "an error");
        Check.That(socket.Poll(-1, SelectMode.SelectRead), "words still");
        Check.Equal(4, socket.Available);
        Check.Equal(4, socket.Receive(new byte[9]));
        Check.That(socket.Poll(-1, SelectMode.SelectRead), "no wait any more");
        Check.Equal(0, socket.Available);
        Check.ThrowsError(10054, () => socket.Receive(new byte[9]));
        Check.Equal(0, socket.Receive(new byte[9]));
        Check.ThrowsError(10058, () => socket.Send(new byte[9]));
    }

    public static void the_published_program_frees_the_socket_of_a_session_killed_with_rst()
    {
        Program program = new Program("EchoServer");
        program.Prints("*** Echo Server Listening");
        int port = Board.Reach(80);
        Client[] clients = new Client[4];
        for (int i = 0; i < 4; i++)
        {
            clients[i] = Client.Served(port);
            program.Prints("New Sesion", i + 1);
        }
        clients[2].Reset();
        clients[2] = Client.Served(port);
        foreach (Client client in clients)
        {
            client.EchoBlocks(1, 5);
        }
        program.Prints("New Sesion", 5);
        program.Runs();
    }

    public static void send_completes_the_whole_buffer()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        byte[] sent = new byte[200001];
        new Random(1).NextBytes(sent);
        byte[] got = null;
        Background reader = new Background(() => got = client.Receive(sent.Length - 1));
        Check.Equal(sent.Length - 1, socket.Send(sent, 1, sent.Length - 1, SocketFlags.None));
        reader.Join();
        for (int i = 0; i < got.Length; i++)
        {
            Check.Equal(sent[i + 1], got[i]);
        }
    }

    public static void send_completes_the_whole_buffer_though_the_peer_reads_late()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        byte[] block = new byte[65536];
        new Random(2).NextBytes(block);
        int sent = 0;
        bool reads = false;
        Background writer = new Background(() =>
        {
            do
            {
                Check.Equal(block.Length, socket.Send(block));
                Interlocked.Increment(ref sent);
            }
            while (!Volatile.Read(ref reads));
        });
        // All that is between the two is full when no block is done for longer than the library waits
        // at a time.
        int seen = 0;
        while (SpinWait.SpinUntil(() => Volatile.Read(ref sent) != seen || !writer.IsAlive, 500)
            && writer.IsAlive)
        {
            seen = Volatile.Read(ref sent);
        }
        Volatile.Write(ref reads, true);
        int got = 0;
        Action receive = () =>
        {
            Check.Equal(Convert.ToBase64String(block), Convert.ToBase64String(client.Receive(block.Length)));
            got++;
        };
        while (got <= seen)
        {
            receive(); // the block that did not fit is the last of them
        }
        writer.Join();
        while (got < sent)
        {
            receive();
        }
    }

    public static void send_timeout_is_10060_when_the_peer_does_not_read()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        socket.SendTimeout = 300;
        byte[] block = new byte[65536];
        Check.ThrowsError(10060, () =>
        {
            // More than all that is between the two can hold.
            for (int i = 0; i < 1000; i++)
            {
                Check.Equal(block.Length, socket.Send(block));
            }
        });
    }

    public static void a_listener_is_reached_at_the_port_that_the_environment_names()
    {
        int port;
        using (Server server = new Server())
        {
            port = server.Port; // free once more
        }
        Environment.SetEnvironmentVariable("W5100_HOST_PORTS", "7=0,80=" + port);
        Board.Start();
        using (Socket server = Board.Listen(80))
        using (Client client = new Client(port))
        using (Socket session = server.Accept())
        {
            client.Send("x");
            Check.Equal(1, session.Receive(new byte[1]));
            Check.Equal(port, Board.Reach(80));
            Check.That(!session.Poll(0, SelectMode.SelectError), "no error");
            using (Socket fresh = Board.Tcp())
            {
                Check.That(!fresh.Poll(0, SelectMode.SelectError), "no error");
            }
        }
    }

    public static void a_closed_socket_is_disposed()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        using (socket)
        {
            socket.Send(Bytes("x"));
        }
        socket.Close(); // again it does nothing
        Check.Throws<ObjectDisposedException>(() => socket.Send(Bytes("x")));
        Check.Throws<ObjectDisposedException>(() => socket.Receive(new byte[1]));
        Check.Throws<ObjectDisposedException>(() => socket.Poll(0, SelectMode.SelectRead));
        Check.Throws<ObjectDisposedException>(() => socket.Connect(Board.HostPort(9)));
        Check.Throws<ObjectDisposedException>(() => socket.Bind(new IPEndPoint(IPAddress.Any, 9)));
        Check.Throws<ObjectDisposedException>(() => socket.Listen(1));
        Check.Throws<ObjectDisposedException>(() => socket.Accept());
        Check.Throws<ObjectDisposedException>(() => socket.ReceiveTimeout = 1);
        Check.Throws<ObjectDisposedException>(() => Check.Equal(0, socket.Available));
        Check.Throws<ObjectDisposedException>(() => Check.Equal(null, socket.RemoteEndPoint));
        Check.Equal("x", client.ReceiveAll());
    }

    public static void a_socket_that_the_program_has_lost_is_closed()
    {
        Board.Start();
        Client client = null;
        new Background(() => Board.Session(out client)).Join();
        Background collector = new Background(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        Check.Equal("", client.ReceiveAll());
        collector.Join();
    }

    public static void datagrams_come_and_go()
    {
        Board.Start();
        using (Socket socket = Board.Udp())
        using (UdpClient peer = new UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)))
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, 7000));
            Check.Equal(7000, ((IPEndPoint)socket.LocalEndPoint).Port);
            peer.Client.ReceiveTimeout = Board.PatienceMs;
            peer.Connect(System.Net.IPAddress.Loopback, Board.ReachDatagrams(7000));
            peer.Send(Bytes("one two"), 7);
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            byte[] buffer = new byte[20];
            Check.That(socket.Poll(-1, SelectMode.SelectRead), "a datagram");
            Check.Equal(7, socket.Available);
            Check.Equal(5, socket.ReceiveFrom(buffer, 2, 5, SocketFlags.None, ref from));
            Check.Equal("one t", Encoding.ASCII.GetString(buffer, 2, 5));
            Check.Equal("192.168.1.1", ((IPEndPoint)from).Address.ToString());
            Check.Equal(3, socket.SendTo(Bytes(" back"), 2, 3, SocketFlags.None, from));
            System.Net.IPEndPoint sender = null;
            Check.Equal("ack", Encoding.ASCII.GetString(peer.Receive(ref sender)));
            Check.ThrowsError(10040, () => socket.SendTo(new byte[1473], from));
            socket.ReceiveTimeout = 10;
            Check.ThrowsError(10060, () => socket.ReceiveFrom(buffer, ref from));
        }
    }
}
