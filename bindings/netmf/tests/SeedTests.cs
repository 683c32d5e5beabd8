using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;

using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.Sockets;

/// <summary>The published echo server, with clients of this computer.</summary>
public static class SeedTests
{
    private const int Blocks = 20;

    public static void the_published_program_serves_the_four_sessions_its_author_wanted()
    {
        Program program = Start("EchoServer");
        int port = Board.Reach(80);
        List<Client> clients = Sessions(program, port, 4);
        EchoAtOnce(clients);

        Client fifth = null;
        int refusals = 0;
        Background waiting = new Background(
            () => fifth = Client.Served(port, () => Interlocked.Increment(ref refusals)));
        Await(() => Volatile.Read(ref refusals) >= 3);
        Check.Equal(4, program.Count("New Sesion"));
        Leave(program, clients);
        waiting.Join();
        clients.Add(fifth);
        EchoAtOnce(clients);
        Check.Equal(5, program.Count("New Sesion"));
        program.Runs();
    }

    public static void with_a_socket_reserved_three_sessions_run_and_the_fourth_waits_its_turn()
    {
        ThreeAndOneThatWaits("EchoServerReserved");
    }

    public static void with_dhcp_on_three_sessions_run_and_the_fourth_waits_its_turn()
    {
        ThreeAndOneThatWaits("EchoServerDhcp");
        Board.DhcpHeard(3, 1); // the address did come by DHCP
    }

    public static void a_connect_while_four_sessions_are_open_has_no_free_socket()
    {
        Program program = Start("EchoServer");
        List<Client> clients = Sessions(program, Board.Reach(80), 4);
        using (Server server = new Server())
        using (Socket fifth = Board.Tcp())
        {
            Check.ThrowsNoFreeSockets(() => fifth.Connect(Board.HostPort(server.Port)));
            Leave(program, clients);
            // The same socket, once there is one for it: its connection may still be ending.
            Retry(() => fifth.Connect(Board.HostPort(server.Port)));
            using (Client peer = server.Accept())
            {
                fifth.Send(Encoding.ASCII.GetBytes("here"));
                Check.Equal("here", Encoding.ASCII.GetString(peer.Receive(4)));
            }
        }
        EchoAtOnce(clients);
        program.Runs();
    }

    public static void a_datagram_or_a_name_while_four_sessions_are_open_has_no_free_socket()
    {
        Program program = Start("EchoServer");
        List<Client> clients = Sessions(program, Board.Reach(80), 4);
        using (Socket datagram = Board.Udp())
        {
            Check.ThrowsNoFreeSockets(() => datagram.SendTo(new byte[1], Board.HostPort(9)));
        }
        Check.ThrowsNoFreeSockets(() => Dns.GetHostEntry("gateway"));
        EchoAtOnce(clients);
        program.Runs();
    }

    public static void the_reserved_socket_asks_for_names_while_three_sessions_run()
    {
        Program program = Start("EchoServerReserved");
        List<Client> clients = Sessions(program, Board.Reach(80), 3);
        GHIElectronics.NETMF.Net.NetworkInformation.NetworkInterface.EnableStaticDns(Board.Server);
        Check.Equal("192.168.1.1", Dns.GetHostEntry("localhost").AddressList[0].ToString());
        using (Socket fourth = Board.Tcp())
        {
            Check.ThrowsNoFreeSockets(() => fourth.Connect(Board.HostPort(9)));
        }
        EchoAtOnce(clients);
        program.Runs();
    }

    private static void ThreeAndOneThatWaits(string name)
    {
        Program program = Start(name);
        int port = Board.Reach(80);
        List<Client> clients = Sessions(program, port, 3);
        Client fourth = null;
        int refusals = 0;
        Background waiting = new Background(
            () => fourth = Client.Served(port, () => Interlocked.Increment(ref refusals)));
        Await(() => Volatile.Read(ref refusals) >= 3);
        EchoAtOnce(clients);
        Check.Equal(3, program.Count("New Sesion"));
        Check.That(waiting.IsAlive, "the fourth client waits");

        Leave(program, clients);
        waiting.Join();
        Check.Equal(4, program.Count("New Sesion"));
        clients.Add(fourth);
        EchoAtOnce(clients);
        program.Runs();
    }

    private static Program Start(string name)
    {
        Program program = new Program(name);
        program.Prints("*** Echo Server Listening");
        return program;
    }

    /// <summary>One after the other, as the program's author asks for.</summary>
    private static List<Client> Sessions(Program program, int port, int count)
    {
        List<Client> clients = new List<Client>();
        for (int i = 1; i <= count; i++)
        {
            clients.Add(Client.Served(port));
            program.Prints("New Sesion", i);
        }
        return clients;
    }

    private static void Leave(Program program, List<Client> clients)
    {
        clients[0].Dispose();
        clients.RemoveAt(0);
        program.Prints("Remote Disconnect");
    }

    private static void EchoAtOnce(List<Client> clients)
    {
        List<Background> sessions = clients.Select(
            (client, number) => new Background(() => client.EchoBlocks(number, Blocks))).ToList();
        sessions.ForEach(session => session.Join());
    }

    private static void Await(Func<bool> condition)
    {
        Check.That(SpinWait.SpinUntil(condition, Board.PatienceMs), "what is waited for happens");
    }

    private static void Retry(Action action)
    {
        DateTime end = DateTime.UtcNow.AddMilliseconds(Board.PatienceMs);
        while (true)
        {
            try
            {
                action();
                return;
            }
            catch (Exception exception)
            {
                Check.Equal("No free sockets", exception.Message);
                Check.That(DateTime.UtcNow < end, "a socket is free");
                Thread.Sleep(10); // before the next try
            }
        }
    }
}
