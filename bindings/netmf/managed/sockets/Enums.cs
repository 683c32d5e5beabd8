using System;

namespace GHIElectronics.NETMF.Net.Sockets
{
    /// <summary>What addresses a socket has.</summary>
    public enum AddressFamily
    {
        /// <summary>None.</summary>
        Unspecified = 0,

        /// <summary>IPv4.</summary>
        InterNetwork = 2,
    }

    /// <summary>What a socket carries.</summary>
    public enum SocketType
    {
        /// <summary>Bytes in order: TCP.</summary>
        Stream = 1,

        /// <summary>Datagrams: UDP.</summary>
        Dgram = 2,

        /// <summary>IP packets of one protocol.</summary>
        Raw = 3,
    }

    /// <summary>What protocol a socket speaks.</summary>
    public enum ProtocolType
    {
        /// <summary>The one of the socket's type.</summary>
        IP = 0,

        /// <summary>ICMP, for raw sockets.</summary>
        Icmp = 1,

        /// <summary>TCP.</summary>
        Tcp = 6,

        /// <summary>UDP.</summary>
        Udp = 17,
    }

    /// <summary>What <see cref="Socket.Poll"/> waits for.</summary>
    public enum SelectMode
    {
        /// <summary>Data, a client, or the end of the connection.</summary>
        SelectRead = 0,

        /// <summary>Room to send, or the end of a connect.</summary>
        SelectWrite = 1,

        /// <summary>An error.</summary>
        SelectError = 2,
    }

    /// <summary>How one call sends or receives.</summary>
    [Flags]
    public enum SocketFlags
    {
        /// <summary>As usual.</summary>
        None = 0,

        /// <summary>Urgent data, which the chip does not have: 10045.</summary>
        OutOfBand = 1,

        /// <summary>Leaves what is received where it is.</summary>
        Peek = 2,

        /// <summary>Past the gateway, which the chip cannot: 10045.</summary>
        DontRoute = 4,
    }

    /// <summary>Whose option it is.</summary>
    public enum SocketOptionLevel
    {
        /// <summary>Of IP.</summary>
        IP = 0,

        /// <summary>Of TCP.</summary>
        Tcp = 6,

        /// <summary>Of UDP: there is none.</summary>
        Udp = 17,

        /// <summary>Of any socket.</summary>
        Socket = 65535,
    }

    /// <summary>
    /// Options of a socket. Those of IP and TCP have numbers of their own level. An option that is
    /// not supported gives 10042.
    /// </summary>
    public enum SocketOptionName
    {
        /// <summary>Not supported.</summary>
        Debug = 1,

        /// <summary>TCP: 0 lets the chip delay its acknowledgments; it never delays what it sends.</summary>
        NoDelay = 1,

        /// <summary>Whether the socket listens; read only.</summary>
        AcceptConnection = 2,

        /// <summary>IP: 0 to 255.</summary>
        TypeOfService = 3,

        /// <summary>Shares a port at bind.</summary>
        ReuseAddress = 4,

        /// <summary>IP: time to live, 1 to 255.</summary>
        IpTimeToLive = 4,

        /// <summary>Probes a connection that is silent.</summary>
        KeepAlive = 8,

        /// <summary>IP: time to live of datagrams to groups.</summary>
        MulticastTimeToLive = 10,

        /// <summary>IP: joins a group; eight bytes, the group and this interface or 0.0.0.0.</summary>
        AddMembership = 12,

        /// <summary>IP: leaves it.</summary>
        DropMembership = 13,

        /// <summary>Not supported.</summary>
        DontRoute = 16,

        /// <summary>Allows datagrams to broadcast addresses.</summary>
        Broadcast = 32,

        /// <summary>
        /// What closing does with a connection: seconds to wait for its end, 0 drops it, -1 lets it
        /// end in the background, as at first. As bytes: two numbers of four bytes, 0 or 1 and the
        /// seconds.
        /// </summary>
        Linger = 128,

        /// <summary>Not 0: closing does not wait, as at first.</summary>
        DontLinger = -129,

        /// <summary>Not 0: takes <see cref="ReuseAddress"/> back.</summary>
        ExclusiveAddressUse = -5,

        /// <summary>Bytes that may be unacknowledged.</summary>
        SendBuffer = 4097,

        /// <summary>Bytes of the chip's memory for receiving.</summary>
        ReceiveBuffer = 4098,

        /// <summary>As <see cref="Socket.SendTimeout"/>.</summary>
        SendTimeout = 4101,

        /// <summary>As <see cref="Socket.ReceiveTimeout"/>.</summary>
        ReceiveTimeout = 4102,

        /// <summary>
        /// The error that waits to be told, as in <see cref="SocketError"/>, or 0; reading takes it
        /// away.
        /// </summary>
        Error = 4103,

        /// <summary>The <see cref="SocketType"/>; read only.</summary>
        Type = 4104,
    }
}
