using System;
using System.Runtime.InteropServices;
using System.Threading;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;
using GHIElectronics.NETMF.Net.Sockets;
using Microsoft.SPOT.Hardware;

/// <summary>The simulated board, and what is to be known of its network.</summary>
public static class Board
{
    /// <summary>No event is waited for longer than that; then the test has failed.</summary>
    public const int PatienceMs = 20000;

    public static readonly byte[] Ip = { 192, 168, 1, 201 };
    public static readonly byte[] Mask = { 255, 255, 255, 0 };
    public static readonly byte[] Gateway = { 192, 168, 1, 1 };
    public static readonly byte[] Mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };

    /// <summary>The server of DHCP and DNS.</summary>
    public static readonly byte[] Server = { 192, 168, 1, 2 };
    public static readonly byte[] Leased = { 192, 168, 1, 100 };

    [DllImport("w5100_host", CallingConvention = CallingConvention.Cdecl)]
    private static extern int w5100_host_reach(ushort chipPort, int datagram);

    [DllImport("w5100_host", CallingConvention = CallingConvention.Cdecl)]
    private static extern int w5100_host_dhcp_heard(byte kind, int count, int timeoutMs);

    [DllImport("w5100_host", CallingConvention = CallingConvention.Cdecl)]
    private static extern int w5100_host_dhcp_name(byte[] text, int room);

    [DllImport("w5100_host", CallingConvention = CallingConvention.Cdecl)]
    internal static extern int w5100_host_complaints();

    public static void Enable(bool reserveSocket = false)
    {
        Cpu.Pin select = (Cpu.Pin)FEZ_Pin.Digital.Di10, reset = (Cpu.Pin)FEZ_Pin.Digital.Di9;
        if (reserveSocket)
        {
            WIZnet_W5100.Enable(SPI.SPI_module.SPI1, select, reset, true);
        }
        else
        {
            WIZnet_W5100.Enable(SPI.SPI_module.SPI1, select, reset);
        }
    }

    /// <summary>A chip with a fixed address.</summary>
    public static void Start(bool reserveSocket = false)
    {
        Enable(reserveSocket);
        NetworkInterface.EnableStaticIP(Ip, Mask, Gateway, Mac);
    }

    /// <summary>The port of 127.0.0.1 that leads to a listener.</summary>
    public static int Reach(int chipPort)
    {
        return Found(w5100_host_reach((ushort)chipPort, 0));
    }

    /// <summary>The port of 127.0.0.1 that leads to a datagram socket.</summary>
    public static int ReachDatagrams(int chipPort)
    {
        return Found(w5100_host_reach((ushort)chipPort, 1));
    }

    private static int Found(int port)
    {
        Check.That(port > 0 && port <= 65535, "a port leads to the chip");
        return port;
    }

    /// <summary>Waits until the server has heard so many messages of a kind.</summary>
    public static void DhcpHeard(byte kind, int count)
    {
        Check.Equal(count, w5100_host_dhcp_heard(kind, count, PatienceMs));
    }

    /// <summary>The host's name in the last message.</summary>
    public static string DhcpName()
    {
        byte[] text = new byte[256];
        int length = w5100_host_dhcp_name(text, text.Length);
        Check.That(length >= 0, "the server has heard a message");
        return System.Text.Encoding.ASCII.GetString(text, 0, length);
    }

    public static Socket Tcp()
    {
        return new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    }

    public static Socket Udp()
    {
        return new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    }

    /// <summary>A port of this computer as the chip sees it.</summary>
    public static IPEndPoint HostPort(int port)
    {
        return new IPEndPoint(new IPAddress(Gateway), port);
    }

    public static Socket Listen(int port, int backlog = 4)
    {
        Socket server = Tcp();
        server.Bind(new IPEndPoint(IPAddress.Any, port));
        server.Listen(backlog);
        return server;
    }

    /// <summary>A session of the chip's with a client of this computer.</summary>
    public static Socket Session(out Client client)
    {
        using (Server server = new Server())
        {
            Socket socket = Tcp();
            socket.Connect(HostPort(server.Port));
            client = server.Accept();
            return socket;
        }
    }
}
