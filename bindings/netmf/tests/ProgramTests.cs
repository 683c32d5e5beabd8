using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

/// <summary>The other programs, with peers of this computer.</summary>
public static class ProgramTests
{
    public static void the_web_server_serves_its_page()
    {
        Program program = new Program("HttpServer");
        program.Prints("*** Web Server Listening");
        int port = Board.Reach(80);
        for (int visitor = 1; visitor <= 6; visitor++)
        {
            Check.That(Get(port, "/").Contains("You are visitor " + visitor + "."), "a page for each visitor");
        }
        Check.Equal(404, Status(port, "/none"));
        using (Client client = new Client(port))
        {
            client.Send("POST / HTTP/1.1\r\n\r\n");
            Check.That(client.ReceiveAll().StartsWith("HTTP/1.1 400 "), "only GET is known");
        }
        program.Runs();
    }

    public static void the_http_listener_serves_this_computers_client_and_its_own()
    {
        Program program = new Program("HttpListenerServer");
        program.Prints("*** Web Server Listening");
        int port = Board.Reach(80);
        Check.Equal("GET /a?b=c \n", Get(port, "/a?b=c"));
        Check.Equal(404, Status(port, "/none"));
        HttpWebRequest post = Request(port, "/form");
        post.Method = "POST";
        byte[] body = Encoding.ASCII.GetBytes(new string('x', 5000));
        post.ContentLength = body.Length;
        post.ServicePoint.Expect100Continue = false;
        post.GetRequestStream().Write(body, 0, body.Length);
        Check.Equal("POST /form " + new string('x', 5000) + "\n", Text(post));
        using (Client client = new Client(port))
        {
            client.Send("nonsense\r\n\r\n");
            Check.That(client.ReceiveAll().StartsWith("HTTP/1.1 400 "), "nonsense is told");
        }

        // The chip as its own client: the way leads over this computer.
        var request = GHIElectronics.NETMF.Net.HttpWebRequest.Create("http://192.168.1.1:" + port + "/self");
        request.Method = "PUT";
        request.ContentLength = 3;
        request.ContentType = "text/plain";
        request.GetRequestStream().Write(Encoding.ASCII.GetBytes("abc"), 0, 3);
        using (var response = request.GetResponse())
        using (var reader = new StreamReader(response.GetResponseStream()))
        {
            Check.Equal(GHIElectronics.NETMF.Net.HttpStatusCode.OK, response.StatusCode);
            Check.Equal("text/plain", response.ContentType);
            Check.Equal("PUT /self abc\n", reader.ReadToEnd());
        }
        Check.Throws<ArgumentException>(() => GHIElectronics.NETMF.Net.HttpWebRequest.Create("ftp://a/"));
        program.Runs();
    }

    public static void the_client_talks_to_a_server()
    {
        using (Server server = new Server())
        {
            Program program = new Program("TcpClient", "192.168.1.1", server.Port.ToString(), "good day");
            using (Client peer = server.Accept())
            {
                Check.Equal("good day\n", Encoding.ASCII.GetString(peer.Receive(9)));
                program.Prints("connected to 192.168.1.1:" + server.Port);
                peer.Send("and to you\n");
                program.Prints("and to you");
            }
            program.Prints("the server has ended");
            program.Ends();
        }
    }

    public static void twenty_pings_take_a_socket_each_and_give_it_back()
    {
        using (UdpClient echo = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
        {
            int port = ((IPEndPoint)echo.Client.LocalEndPoint).Port;
            Background server = new Background(() =>
            {
                for (int i = 0; i < 20; i++)
                {
                    IPEndPoint from = null;
                    byte[] datagram = echo.Receive(ref from);
                    echo.Send(datagram, datagram.Length, from);
                }
            });
            Program program = new Program("UdpPing", "192.168.1.1", port.ToString(), "20");
            program.Prints("20 of 20 answered");
            program.Ends();
            server.Join();
        }
    }

    public static void an_address_is_leased_renewed_and_given_back()
    {
        const byte Discover = 1, Request = 3, Release = 7;
        Program program = new Program("DhcpAndNames", "localhost", "nobody.example");
        program.Prints("address 192.168.1.100");
        program.Prints("mask 255.255.255.0");
        program.Prints("gateway 192.168.1.1");
        program.Prints("names 192.168.1.2");
        program.Prints("localhost 192.168.1.1");
        program.Prints("nobody.example is not known");
        program.Prints("renewed 192.168.1.100");
        program.Prints("released 0.0.0.0");
        program.Prints("again 192.168.1.100");
        program.Ends();
        Check.Equal("fez-on-mono", Board.DhcpName());
        Board.DhcpHeard(Release, 1);
        Board.DhcpHeard(Discover, 2);
        Board.DhcpHeard(Request, 3);
    }

    private static HttpWebRequest Request(int port, string path)
    {
        HttpWebRequest request = WebRequest.CreateHttp("http://127.0.0.1:" + port + path);
        request.KeepAlive = false;
        request.Proxy = null;
        request.Timeout = Board.PatienceMs;
        return request;
    }

    private static string Get(int port, string path)
    {
        return Text(Request(port, path));
    }

    private static string Text(HttpWebRequest request)
    {
        using (WebResponse response = request.GetResponse())
        using (StreamReader reader = new StreamReader(response.GetResponseStream()))
        {
            return reader.ReadToEnd();
        }
    }

    private static int Status(int port, string path)
    {
        try
        {
            Get(port, path);
        }
        catch (WebException exception)
        {
            using (HttpWebResponse response = (HttpWebResponse)exception.Response)
            {
                return (int)response.StatusCode;
            }
        }
        return 200;
    }
}
