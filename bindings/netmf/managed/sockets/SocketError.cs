namespace GHIElectronics.NETMF.Net.Sockets
{
    /// <summary>What went wrong, in Winsock's numbers.</summary>
    public enum SocketError
    {
        /// <summary>None.</summary>
        Success = 0,

        /// <summary>No number is known.</summary>
        SocketError = -1,

        /// <summary>A wait was ended.</summary>
        Interrupted = 10004,

        /// <summary>A broadcast without <see cref="SocketOptionName.Broadcast"/>.</summary>
        AccessDenied = 10013,

        /// <summary>A buffer is missing.</summary>
        Fault = 10014,

        /// <summary>An argument, or the socket's state.</summary>
        InvalidArgument = 10022,

        /// <summary>No socket is free; told as "No free sockets".</summary>
        TooManyOpenSockets = 10024,

        /// <summary>Nothing there yet.</summary>
        WouldBlock = 10035,

        /// <summary>A call is under way.</summary>
        InProgress = 10036,

        /// <summary>A connect is under way.</summary>
        AlreadyInProgress = 10037,

        /// <summary>Not an open socket.</summary>
        NotSocket = 10038,

        /// <summary>A datagram needs a destination.</summary>
        DestinationAddressRequired = 10039,

        /// <summary>A datagram is too large.</summary>
        MessageSize = 10040,

        /// <summary>The protocol is not the type's.</summary>
        ProtocolType = 10041,

        /// <summary>No such option.</summary>
        ProtocolOption = 10042,

        /// <summary>No such protocol.</summary>
        ProtocolNotSupported = 10043,

        /// <summary>No such type.</summary>
        SocketNotSupported = 10044,

        /// <summary>Not for this kind of socket.</summary>
        OperationNotSupported = 10045,

        /// <summary>No such family of protocols.</summary>
        ProtocolFamilyNotSupported = 10046,

        /// <summary>No such family of addresses.</summary>
        AddressFamilyNotSupported = 10047,

        /// <summary>The port is in use.</summary>
        AddressAlreadyInUse = 10048,

        /// <summary>Not an address of the chip, or none to connect to.</summary>
        AddressNotAvailable = 10049,

        /// <summary>The chip has no address yet, or does not answer.</summary>
        NetworkDown = 10050,

        /// <summary>The network cannot be reached.</summary>
        NetworkUnreachable = 10051,

        /// <summary>The connection was lost when the chip was reset.</summary>
        NetworkReset = 10052,

        /// <summary>The connection was ended on this side.</summary>
        ConnectionAborted = 10053,

        /// <summary>The peer reset the connection.</summary>
        ConnectionReset = 10054,

        /// <summary>No hardware socket is free; told as "No free sockets".</summary>
        NoBufferSpaceAvailable = 10055,

        /// <summary>The socket is connected.</summary>
        IsConnected = 10056,

        /// <summary>The socket is not connected.</summary>
        NotConnected = 10057,

        /// <summary>Sending is over.</summary>
        Shutdown = 10058,

        /// <summary>The time is over, or the peer does not answer.</summary>
        TimedOut = 10060,

        /// <summary>Nobody listens there.</summary>
        ConnectionRefused = 10061,

        /// <summary>The host is down.</summary>
        HostDown = 10064,

        /// <summary>Nobody has that address.</summary>
        HostUnreachable = 10065,

        /// <summary>There is no host of that name.</summary>
        HostNotFound = 11001,

        /// <summary>No server of names answered.</summary>
        TryAgain = 11002,

        /// <summary>The server of names failed.</summary>
        NoRecovery = 11003,

        /// <summary>The name has no address.</summary>
        NoData = 11004,

        /// <summary>The socket was closed by another thread while the call waited.</summary>
        ObjectDisposed = unchecked((int)0x99000000),
    }
}
