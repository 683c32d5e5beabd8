using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;

using Socket = GHIElectronics.NETMF.Net.Sockets.Socket;

/// <summary>Many threads, and the garbage collector.</summary>
public static class ThreadTests
{
    private const int Threads = 8;
    private const int Rounds = 12;
    private const int Length = 3000;

    /// <summary>
    /// The chip has four sockets for the eight: who gets none tries again.
    /// </summary>
    public static void eight_threads_have_a_socket_each_while_the_garbage_collector_runs()
    {
        Board.Start();
        using (EchoPeer peer = new EchoPeer())
        {
            bool going = true;
            int collections = 0;
            Background collector = new Background(() =>
            {
                while (Volatile.Read(ref going))
                {
                    byte[][] garbage = Enumerable.Range(0, 100).Select(i => new byte[i * 10]).ToArray();
                    GC.KeepAlive(garbage);
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    Interlocked.Increment(ref collections);
                }
            });
            var threads = Enumerable.Range(0, Threads)
                .Select(number => new Background(() => Work(peer.Port, number))).ToList();
            threads.ForEach(thread => thread.Join());
            Check.That(Volatile.Read(ref collections) >= Threads, "garbage was collected meanwhile");
            Volatile.Write(ref going, false);
            collector.Join();
        }
    }

    private static void Work(int port, int number)
    {
        Random random = new Random(number);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] sent = new byte[Length];
            byte[] got = new byte[Length];
            random.NextBytes(sent);
            using (Socket socket = Board.Tcp())
            {
                Connect(socket, port);
                Check.Equal(Length, socket.Send(sent));
                for (int done = 0; done < Length;)
                {
                    int count = socket.Receive(got, done, Length - done,
                        GHIElectronics.NETMF.Net.Sockets.SocketFlags.None);
                    Check.That(count > 0, "the peer goes on");
                    done += count;
                }
            }
            Check.That(sent.SequenceEqual(got), "the same bytes come back");
        }
    }

    private static void Connect(Socket socket, int port)
    {
        DateTime end = DateTime.UtcNow.AddMilliseconds(Board.PatienceMs);
        while (true)
        {
            try
            {
                socket.Connect(Board.HostPort(port));
                return;
            }
            catch (Exception exception)
            {
                Check.Equal("No free sockets", exception.Message);
                Check.That(DateTime.UtcNow < end, "a socket is free");
                Thread.Sleep(1); // before the next try
            }
        }
    }

    /// <summary>This computer's own echo server.</summary>
    private class EchoPeer : IDisposable
    {
        private readonly TcpListener listener = new TcpListener(IPAddress.Loopback, 0);

        public EchoPeer()
        {
            listener.Start();
            Thread thread = new Thread(Serve) { IsBackground = true };
            thread.Start();
        }

        public int Port
        {
            get { return ((IPEndPoint)listener.LocalEndpoint).Port; }
        }

        public void Dispose()
        {
            listener.Stop();
        }

        private void Serve()
        {
            try
            {
                while (true)
                {
                    TcpClient client = listener.AcceptTcpClient();
                    new Thread(() => Echo(client)) { IsBackground = true }.Start();
                }
            }
            catch (SocketException)
            {
                // the end of the test
            }
        }

        private static void Echo(TcpClient client)
        {
            using (client)
            {
                NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[4096];
                int count;
                while ((count = stream.Read(buffer, 0, buffer.Length)) > 0)
                {
                    stream.Write(buffer, 0, count);
                }
            }
        }
    }
}
