// A web server: one page, which counts its visitors.
//
//     mono HttpServer.exe

using System;
using System.Text;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;
using GHIElectronics.NETMF.Net.Sockets;

public static class HttpServer
{
    private const int LongestRequest = 2048;

    public static void Main()
    {
        byte[] ip = { 192, 168, 1, 201 };
        byte[] subnet = { 255, 255, 255, 0 };
        byte[] gateway = { 192, 168, 1, 1 };
        byte[] mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };
        WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
        NetworkInterface.EnableStaticIP(ip, subnet, gateway, mac);

        Socket server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Any, 80));
        server.Listen(4);
        Debug.Print("*** Web Server Listening");

        for (int visitors = 1; ; visitors++)
        {
            using (Socket client = server.Accept())
            {
                try
                {
                    Serve(client, visitors);
                }
                catch (Exception exception)
                {
                    Debug.Print(exception.Message);
                }
            }
        }
    }

    private static void Serve(Socket client, int visitors)
    {
        client.ReceiveTimeout = 5000;
        client.SendTimeout = 5000;
        string request = ReadHead(client);
        string[] words = request.Split(' ');
        if (words.Length < 3 || words[0] != "GET")
        {
            Answer(client, "400 Bad Request", "text/plain", "I only know GET.\n");
        }
        else if (words[1] != "/")
        {
            Answer(client, "404 Not Found", "text/plain", "There is nothing here.\n");
        }
        else
        {
            Answer(client, "200 OK", "text/html",
                "<html><body><p>You are visitor " + visitors + ".</p></body></html>\n");
        }
    }

    /// <summary>Up to the empty line.</summary>
    private static string ReadHead(Socket client)
    {
        byte[] buffer = new byte[LongestRequest];
        int length = 0;
        string text = "";
        while (length < buffer.Length && text.IndexOf("\r\n\r\n", StringComparison.Ordinal) < 0)
        {
            int count = client.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (count == 0)
            {
                break;
            }
            length += count;
            text = Encoding.UTF8.GetString(buffer, 0, length);
        }
        return text;
    }

    private static void Answer(Socket client, string status, string type, string body)
    {
        byte[] content = Encoding.UTF8.GetBytes(body);
        client.Send(Encoding.UTF8.GetBytes(
            "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " +
            content.Length + "\r\nConnection: close\r\n\r\n"));
        client.Send(content);
    }
}
