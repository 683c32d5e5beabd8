// A web server with GHI's HttpListener: a page that says what was asked for, and what was sent.
//
//     mono HttpListenerServer.exe

using System;
using System.IO;
using System.Text;
using System.Threading;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;

public static class HttpListenerServer
{
    public static void Main()
    {
        byte[] ip = { 192, 168, 1, 201 };
        byte[] subnet = { 255, 255, 255, 0 };
        byte[] gateway = { 192, 168, 1, 1 };
        byte[] mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };
        WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
        NetworkInterface.EnableStaticIP(ip, subnet, gateway, mac);

        HttpListener listener = new HttpListener("http", 80);
        listener.Start();
        Debug.Print("*** Web Server Listening");
        while (true)
        {
            HttpListenerContext context = listener.GetContext();
            new Thread(() => Answer(context)).Start();
        }
    }

    private static void Answer(HttpListenerContext context)
    {
        try
        {
            string sent = new StreamReader(context.Request.InputStream).ReadToEnd();
            byte[] page = Encoding.UTF8.GetBytes(
                context.Request.HttpMethod + " " + context.Request.RawUrl + " " + sent + "\n");
            if (context.Request.RawUrl == "/none")
            {
                context.Response.StatusCode = (int)HttpStatusCode.NotFound;
            }
            context.Response.ContentType = "text/plain";
            context.Response.ContentLength64 = page.Length;
            context.Response.OutputStream.Write(page, 0, page.Length);
            context.Response.Close();
        }
        catch (Exception exception)
        {
            Debug.Print(exception.Message);
            context.Close();
        }
    }
}
