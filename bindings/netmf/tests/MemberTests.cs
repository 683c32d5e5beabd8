using System;
using System.Text;

using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;
using GHIElectronics.NETMF.Net.Sockets;
using Microsoft.SPOT.Hardware;

/// <summary>Members one by one: addresses, options, arguments, errors.</summary>
public static class MemberTests
{
    public static void errors_have_winsocks_numbers()
    {
        Board.Start();
        Check.ThrowsError(10047, () => new Socket((AddressFamily)99, SocketType.Stream, ProtocolType.Tcp));
        Check.ThrowsError(10044, () => new Socket(AddressFamily.InterNetwork, (SocketType)9, ProtocolType.Tcp));
        Check.ThrowsError(10041,
            () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Udp));
        using (Socket listener = Board.Listen(80))
        using (Socket socket = Board.Tcp())
        {
            Check.ThrowsError(10022, () => listener.Bind(new IPEndPoint(IPAddress.Any, 81)));
            Check.ThrowsError(10022, () => Check.Equal(0, listener.Available));
            Check.ThrowsError(10048, () => socket.Bind(new IPEndPoint(IPAddress.Any, 80)));
            Check.ThrowsError(10049,
                () => socket.Bind(new IPEndPoint(IPAddress.Parse("192.168.1.9"), 0)));
            Check.ThrowsError(10049, () => socket.Connect(Board.HostPort(0)));
            Check.ThrowsError(10057, () => socket.Receive(new byte[1]));
            Check.ThrowsError(10057, () => socket.Send(new byte[1]));
            Check.ThrowsError(10057, () => Check.Equal(null, socket.RemoteEndPoint));
            Check.ThrowsError(10022, () => socket.Accept());
            Check.ThrowsError(10042, () => socket.SetSocketOption(
                SocketOptionLevel.Socket, SocketOptionName.DontRoute, true));
        }
        int nobody;
        using (Server server = new Server())
        {
            nobody = server.Port;
        }
        using (Socket socket = Board.Tcp())
        {
            Check.ThrowsError(10061, () => socket.Connect(Board.HostPort(nobody)));
        }
    }

    public static void a_connect_to_an_address_that_nobody_has_is_10065()
    {
        Board.Start();
        using (Socket socket = Board.Tcp())
        {
            // It takes the chip 1.8 seconds to find out, whatever the timeouts say.
            socket.SendTimeout = 50;
            Check.ThrowsError(10065, () => socket.Connect(new IPEndPoint(IPAddress.Parse("192.168.1.99"), 7)));
        }
    }

    public static void there_is_no_network_before_there_is_an_address()
    {
        Board.Enable();
        Check.ThrowsError(10050, () => Board.Tcp());
        Check.ThrowsError(10050, () => Check.Equal(null, NetworkInterface.IPAddress));
        Check.ThrowsError(10050, () => NetworkInterface.EnableStaticDns(Board.Server));
        Check.ThrowsError(10050, () => WIZnet_W5100.ReintializeNetworking());
        Check.ThrowsError(10050, () => Dns.GetHostEntry("localhost"));
        Check.ThrowsError(10022, () => Dhcp.RenewDhcpLease());
        Board.Start();
        Board.Tcp().Close();
    }

    public static void the_chip_tells_its_addresses()
    {
        Board.Start();
        NetworkInterface.EnableStaticDns(Board.Server);
        Check.Equal("192.168.1.201", new IPAddress(NetworkInterface.IPAddress).ToString());
        Check.Equal("255.255.255.0", new IPAddress(NetworkInterface.SubnetMask).ToString());
        Check.Equal("192.168.1.1", new IPAddress(NetworkInterface.GatewayAddress).ToString());
        Check.Equal("192.168.1.2", new IPAddress(NetworkInterface.DnsServer).ToString());
        byte[] moved = { 192, 168, 1, 77 };
        NetworkInterface.EnableStaticIP(moved, Board.Mask, Board.Gateway, Board.Mac);
        Check.Equal("192.168.1.77", new IPAddress(NetworkInterface.IPAddress).ToString());
        Check.Equal("192.168.1.2", new IPAddress(NetworkInterface.DnsServer).ToString());
        Client client;
        Socket session = Board.Session(out client);
        Check.Equal("192.168.1.77", ((IPEndPoint)session.LocalEndPoint).Address.ToString());
    }

    public static void a_fixed_address_ends_dhcp_and_frees_its_socket()
    {
        Board.Enable();
        Dhcp.EnableDhcp(Board.Mac);
        Check.Equal(new IPAddress(Board.Leased), new IPAddress(NetworkInterface.IPAddress));
        Check.Equal("", Board.DhcpName());
        Socket[] sessions = new Socket[4];
        Client client;
        for (int i = 0; i < 3; i++)
        {
            sessions[i] = Board.Session(out client);
        }
        Check.ThrowsNoFreeSockets(() => Board.Session(out client));
        NetworkInterface.EnableStaticIP(Board.Leased, Board.Mask, Board.Gateway, Board.Mac);
        sessions[3] = Board.Session(out client);
        sessions[3].Send(new byte[] { 65 });
        Check.Equal(65, (int)client.Receive(1)[0]);
        Check.ThrowsError(10022, () => Dhcp.ReleaseDhcpLease());
        Check.ThrowsNoFreeSockets(() => Dhcp.EnableDhcp(Board.Mac));
        Check.Equal(new IPAddress(Board.Leased), new IPAddress(NetworkInterface.IPAddress));
        sessions[3].Send(new byte[] { 66 });
        Check.Equal(66, (int)client.Receive(1)[0]);
    }

    public static void names_of_hosts_are_found_or_null()
    {
        Board.Start();
        Check.Equal(null, Dns.GetHostEntry("localhost")); // there is no server yet
        NetworkInterface.EnableStaticDns(Board.Server);
        IPHostEntry host = Dns.GetHostEntry("localhost");
        Check.Equal("localhost", host.HostName);
        Check.Equal(1, host.AddressList.Length);
        Check.Equal("192.168.1.1", host.AddressList[0].ToString());
        Check.Equal("10.1.2.3", Dns.GetHostEntry("10.1.2.3").AddressList[0].ToString());
        Check.Equal("192.168.1.201", Dns.GetHostEntry("").AddressList[0].ToString());
        Check.Equal(null, Dns.GetHostEntry("nobody.example"));
        Check.ThrowsError(10022, () => Dns.GetHostEntry(new string('a', 64) + ".example"));
        Check.Throws<ArgumentNullException>(() => Dns.GetHostEntry(null));
        using (Server server = new Server())
        using (Socket socket = Board.Tcp())
        {
            socket.Connect(new IPEndPoint(host.AddressList[0], server.Port));
            server.Accept().Dispose();
        }
    }

    public static void both_ends_of_a_session_are_known()
    {
        Board.Start();
        using (Socket server = Board.Listen(8080))
        using (Client client = new Client(Board.Reach(8080)))
        using (Socket session = server.Accept())
        {
            Check.Equal(new IPEndPoint(new IPAddress(Board.Ip), 8080), (IPEndPoint)session.LocalEndPoint);
            IPEndPoint peer = (IPEndPoint)session.RemoteEndPoint;
            Check.Equal("192.168.1.1", peer.Address.ToString());
            Check.That(peer.Port > 0, "the peer has a port");
            client.Send("abc");
            byte[] buffer = new byte[6];
            Check.Equal(3, Whole(session, buffer, 2, 3, SocketFlags.Peek));
            Check.Equal(3, session.Receive(buffer, 2, 4, SocketFlags.None));
            Check.Equal("\0\0abc\0", Encoding.ASCII.GetString(buffer));
            Check.ThrowsError(10045, () => session.Receive(buffer, SocketFlags.OutOfBand));
        }
    }

    private static int Whole(Socket socket, byte[] buffer, int offset, int length, SocketFlags flags)
    {
        while (socket.Available < length)
        {
            socket.Poll(-1, SelectMode.SelectRead);
        }
        return socket.Receive(buffer, offset, length, flags);
    }

    public static void options_are_set_and_read()
    {
        Board.Start();
        Client client;
        using (Socket socket = Board.Session(out client))
        {
            const SocketOptionLevel Any = SocketOptionLevel.Socket;
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay, true);
            Check.Equal(1, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay));
            socket.SetSocketOption(Any, SocketOptionName.ReuseAddress, true);
            Check.Equal(0, (int)socket.GetSocketOption(Any, SocketOptionName.ExclusiveAddressUse));
            socket.SetSocketOption(Any, SocketOptionName.ExclusiveAddressUse, true);
            Check.Equal(0, (int)socket.GetSocketOption(Any, SocketOptionName.ReuseAddress));
            socket.SetSocketOption(Any, SocketOptionName.KeepAlive, new byte[] { 1, 0, 0, 0 });
            Check.Equal(1, (int)socket.GetSocketOption(Any, SocketOptionName.KeepAlive));
            Check.Equal(-1, (int)socket.GetSocketOption(Any, SocketOptionName.Linger));
            socket.SetSocketOption(Any, SocketOptionName.Linger, 3);
            Check.Equal(3, (int)socket.GetSocketOption(Any, SocketOptionName.Linger));
            byte[] linger = new byte[8];
            socket.GetSocketOption(Any, SocketOptionName.Linger, linger);
            Check.Equal("01-00-00-00-03-00-00-00", BitConverter.ToString(linger));
            socket.SetSocketOption(Any, SocketOptionName.Linger, new byte[8]);
            Check.Equal(1, (int)socket.GetSocketOption(Any, SocketOptionName.DontLinger));
            socket.SetSocketOption(Any, SocketOptionName.ReceiveTimeout, 70);
            Check.Equal(70, socket.ReceiveTimeout);
            Check.Equal(0, (int)socket.GetSocketOption(Any, SocketOptionName.Error));
            Check.Equal((int)SocketType.Stream, (int)socket.GetSocketOption(Any, SocketOptionName.Type));
            byte[] four = new byte[4];
            socket.GetSocketOption(Any, SocketOptionName.AcceptConnection, four);
            Check.Equal("00-00-00-00", BitConverter.ToString(four));
            Check.ThrowsError(10022, () => socket.GetSocketOption(Any, SocketOptionName.Type, new byte[3]));
        }
    }

    public static void a_reset_of_the_chip_ends_sockets_and_new_ones_work()
    {
        Board.Start();
        NetworkInterface.EnableStaticDns(Board.Server);
        Client client;
        Socket before = Board.Session(out client);
        WIZnet_W5100.ReintializeNetworking();
        Check.ThrowsError(10038, () => before.Send(new byte[1]));
        Check.Equal("192.168.1.201", new IPAddress(NetworkInterface.IPAddress).ToString());
        Check.Equal("192.168.1.2", new IPAddress(NetworkInterface.DnsServer).ToString());
        Socket after = Board.Session(out client);
        after.Send(new byte[] { 66 });
        Check.Equal(66, (int)client.Receive(1)[0]);
    }

    public static void a_reset_of_the_chip_gets_the_address_by_dhcp_again()
    {
        Board.Enable();
        Dhcp.EnableDhcp(Board.Mac, "first");
        WIZnet_W5100.ReintializeNetworking();
        Check.Equal(new IPAddress(Board.Leased), new IPAddress(NetworkInterface.IPAddress));
        Board.DhcpHeard(3, 2);
        Check.Equal("first", Board.DhcpName());
        Client client;
        Socket session = Board.Session(out client);
        session.Send(new byte[] { 68 });
        Check.Equal(68, (int)client.Receive(1)[0]);
    }

    public static void arguments_that_cannot_be_are_told_before_the_chip_is_asked()
    {
        Board.Start();
        Client client;
        Socket socket = Board.Session(out client);
        Check.Throws<ArgumentNullException>(() => socket.Send(null));
        Check.Throws<ArgumentOutOfRangeException>(() => socket.Send(new byte[4], 5, SocketFlags.None));
        Check.Throws<ArgumentOutOfRangeException>(() => socket.Receive(new byte[4], 5, 0, SocketFlags.None));
        Check.Throws<ArgumentOutOfRangeException>(() => socket.Receive(new byte[4], 1, 4, SocketFlags.None));
        Check.Throws<ArgumentNullException>(() => socket.Connect(null));
        Check.Throws<ArgumentNullException>(() => NetworkInterface.EnableStaticDns(null));
        Check.Throws<ArgumentException>(
            () => NetworkInterface.EnableStaticIP(Board.Ip, Board.Mask, new byte[3], Board.Mac));
        Check.Throws<ArgumentNullException>(() => Dhcp.EnableDhcp(Board.Mac, null));
        Check.Throws<ArgumentException>(
            () => WIZnet_W5100.Enable(SPI.SPI_module.SPI1, Cpu.Pin.GPIO_Pin1, Cpu.Pin.GPIO_Pin1));
        Check.Throws<ArgumentException>(() => IPAddress.Parse("1.2.3"));
        Check.Throws<ArgumentException>(() => IPAddress.Parse("1.2.3.256"));
        Check.Throws<ArgumentException>(() => IPAddress.Parse("1.2.3.+4"));
        Check.Throws<ArgumentOutOfRangeException>(() => new IPEndPoint(IPAddress.Any, 65536));
        Check.Equal(new IPAddress(0x0100007F), IPAddress.Loopback);
        Check.Equal(0, socket.Send(new byte[0]));
        socket.Send(new byte[] { 67 });
        Check.Equal(67, (int)client.Receive(1)[0]);
    }
}
