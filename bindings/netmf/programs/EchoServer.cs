// The echo server of a GHI forum thread, "W5100 - Issue - Maximum number of sockets". Its using
// lines and its code are as published. The page has lost its lines without words, and some short
// ones; put back here are, beside braces and indentation:
//
//   - in Main: server.Bind(localEndPoint); server.Listen(MAX_SESSIONS); newSession.Start();
//   - in SessionThread: the try; the else before "int bytesRead" and the one before
//     "Poll False"; in its catch: socket.Close(); Debug.Print(ex.Message); return;
//
// Everything else, what its author calls not a good idea included, is the author's.

using System;
using System.Threading;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.Sockets;
using GHIElectronics.NETMF.Net.NetworkInformation;
using System.Text;
//using Socket = GHIElectronics.NETMF.Net.Sockets.Socket;

namespace EchoServer
{
    public class EchoServer
    {
        private static int sessionCount = 0;
        private const int MAX_SESSIONS = 4;

        // putting the new session into a static variable
        // to be picked up by the new session thread is
        // NOT a good idea. It will create a race condition
        // should two sessions start at the same time
        // This was only done for testing...
        private static Socket newSessionSocket = null;

        public static void Main()
        {
            const Int32 c_port = 80;

            byte[] ip = { 192, 168, 1, 201 };
            byte[] subnet = { 255, 255, 255, 0 };
            byte[] gateway = { 192, 168, 1, 1 };
            byte[] mac = { 43, 185, 44, 2, 206, 127 };
            WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
            NetworkInterface.EnableStaticIP(ip, subnet, gateway, mac);
            NetworkInterface.EnableStaticDns(new byte[] { 192, 168, 1, 1 });

            Socket server = new Socket(AddressFamily.InterNetwork,
            SocketType.Stream, ProtocolType.Tcp);
            IPEndPoint localEndPoint = new IPEndPoint(IPAddress.Any, c_port);
            server.Bind(localEndPoint);
            server.Listen(MAX_SESSIONS);

            Debug.Print("*** Echo Server Listening");

            while (true)
            {
                // check for four running sessions
                if (sessionCount < MAX_SESSIONS)
                {

                    // Wait for a client to connect.
                    newSessionSocket = server.Accept();
                    Debug.Print("New Sesion");

                    Thread newSession = new Thread(new ThreadStart(SessionThread));
                    Interlocked.Increment(ref sessionCount);
                    newSession.Start();
                }
            }
        }

        static private void SessionThread()
        {
            byte[] buffer = new byte[1024];
            Socket socket = newSessionSocket;
            socket.ReceiveTimeout = -1;

            while (true)
            {
                try
                {
                    if (socket.Poll(-1, SelectMode.SelectRead))
                    {
                        int bytesToRead = socket.Available;
                        //Debug.Print("bytesToRead: " + bytesToRead.ToString());
                        if (bytesToRead == 0)
                            throw new Exception("Remote Disconnect");
                        else
                        {
                            int bytesRead = socket.Receive(buffer, bytesToRead, SocketFlags.None);
                            socket.Send(buffer, bytesRead, SocketFlags.None);
                            socket.Poll(-1, SelectMode.SelectWrite);
                        }
                    }
                    else
                        Debug.Print("Poll False");
                }
                catch (Exception ex)
                {
                    Interlocked.Decrement(ref sessionCount);
                    socket.Close();
                    Debug.Print(ex.Message);
                    return;
                }
            }
        }
    }
}
