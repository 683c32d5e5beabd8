// A ping by UDP: for each one a socket is made, a datagram is sent, its echo is waited for, and the
// socket is closed.
//
//     mono UdpPing.exe 192.168.1.1 7 20

using System;
using System.Text;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;
using GHIElectronics.NETMF.Net.Sockets;

public static class UdpPing
{
    private const int PatienceMs = 5000;

    public static void Main(string[] args)
    {
        byte[] ip = { 192, 168, 1, 201 };
        byte[] subnet = { 255, 255, 255, 0 };
        byte[] gateway = { 192, 168, 1, 1 };
        byte[] mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };
        WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
        NetworkInterface.EnableStaticIP(ip, subnet, gateway, mac);

        EndPoint server = new IPEndPoint(IPAddress.Parse(args[0]), int.Parse(args[1]));
        int answered = 0;
        int count = int.Parse(args[2]);
        for (int i = 1; i <= count; i++)
        {
            if (Ping(server, i))
            {
                answered++;
            }
        }
        Debug.Print(answered + " of " + count + " answered");
    }

    private static bool Ping(EndPoint server, int number)
    {
        Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            byte[] question = Encoding.UTF8.GetBytes("ping " + number);
            byte[] answer = new byte[64];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            socket.SendTo(question, server);
            if (!socket.Poll(PatienceMs * 1000, SelectMode.SelectRead))
            {
                return false;
            }
            int length = socket.ReceiveFrom(answer, ref from);
            return from.Equals(server) && Encoding.UTF8.GetString(answer, 0, length) == "ping " + number;
        }
        finally
        {
            socket.Close();
        }
    }
}
