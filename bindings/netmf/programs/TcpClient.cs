// A TCP client: says a line to a server and prints what it answers, until the server ends.
//
//     mono TcpClient.exe 192.168.1.1 7 "hello"

using System;
using System.Text;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;
using GHIElectronics.NETMF.Net.Sockets;

public static class TcpClient
{
    public static void Main(string[] args)
    {
        byte[] ip = { 192, 168, 1, 201 };
        byte[] subnet = { 255, 255, 255, 0 };
        byte[] gateway = { 192, 168, 1, 1 };
        byte[] mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };
        WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
        NetworkInterface.EnableStaticIP(ip, subnet, gateway, mac);

        using (Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Connect(new IPEndPoint(IPAddress.Parse(args[0]), int.Parse(args[1])));
            Debug.Print("connected to " + socket.RemoteEndPoint);
            socket.Send(Encoding.UTF8.GetBytes(args[2] + "\n"));

            byte[] buffer = new byte[256];
            int count;
            while ((count = socket.Receive(buffer)) > 0)
            {
                Debug.Print(Encoding.UTF8.GetString(buffer, 0, count).TrimEnd('\n'));
            }
        }
        Debug.Print("the server has ended");
    }
}
