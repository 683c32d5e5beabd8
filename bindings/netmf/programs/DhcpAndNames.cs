// An address by DHCP, under a name of our own; names of hosts; the lease renewed, given back, and
// got again.
//
//     mono DhcpAndNames.exe localhost

using System;

using Microsoft.SPOT;
using Microsoft.SPOT.Hardware;

using GHIElectronics.NETMF.FEZ;
using GHIElectronics.NETMF.Net;
using GHIElectronics.NETMF.Net.NetworkInformation;

public static class DhcpAndNames
{
    public static void Main(string[] args)
    {
        byte[] mac = { 0x02, 0x08, 0xDC, 0x00, 0x00, 0x01 };
        WIZnet_W5100.Enable(SPI.SPI_module.SPI1, (Cpu.Pin)FEZ_Pin.Digital.Di10, (Cpu.Pin)FEZ_Pin.Digital.Di9);
        Dhcp.EnableDhcp(mac, "fez-on-mono");
        Debug.Print("address " + new IPAddress(NetworkInterface.IPAddress));
        Debug.Print("mask " + new IPAddress(NetworkInterface.SubnetMask));
        Debug.Print("gateway " + new IPAddress(NetworkInterface.GatewayAddress));
        Debug.Print("names " + new IPAddress(NetworkInterface.DnsServer));

        foreach (string name in args)
        {
            IPHostEntry host = Dns.GetHostEntry(name);
            Debug.Print(name + " " + (host != null ? host.AddressList[0].ToString() : "is not known"));
        }

        Dhcp.RenewDhcpLease();
        Debug.Print("renewed " + new IPAddress(NetworkInterface.IPAddress));
        Dhcp.ReleaseDhcpLease();
        Debug.Print("released " + new IPAddress(NetworkInterface.IPAddress));
        Dhcp.RenewDhcpLease();
        Debug.Print("again " + new IPAddress(NetworkInterface.IPAddress));
    }
}
