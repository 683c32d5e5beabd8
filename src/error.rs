//! The one table of errors: name, number, Winsock number and text.
//!
//! Numbers are those of Linux, explicit, and only ever appended.

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Error {
    /// EINTR: the wait was ended from outside.
    Interrupted = 4,
    /// EIO: the bus itself failed.
    Io = 5,
    /// EBADF: not a handle, or one that is closed.
    BadHandle = 9,
    /// EAGAIN: the call would block, or its timeout is over.
    WouldBlock = 11,
    /// EACCES: broadcast without SO_BROADCAST.
    Access = 13,
    /// EFAULT: NULL where data is needed.
    Fault = 14,
    /// EINVAL: an argument or state that makes no sense for the call.
    Invalid = 22,
    /// EMFILE: the handle table is full.
    TooManyHandles = 24,
    /// ENOTTY: an ioctl request that is not known.
    UnknownRequest = 25,
    /// EPIPE: sending is over on this socket.
    Pipe = 32,
    /// EDOM: a time value out of its range.
    Domain = 33,
    /// EDESTADDRREQ: a datagram without a destination.
    DestinationRequired = 89,
    /// EMSGSIZE: a datagram too large to send.
    MessageSize = 90,
    /// EPROTOTYPE: the protocol does not fit the socket type.
    PrototypeMismatch = 91,
    /// ENOPROTOOPT: no such option.
    NoSuchOption = 92,
    /// EPROTONOSUPPORT: no such protocol.
    ProtocolNotSupported = 93,
    /// ESOCKTNOSUPPORT: no such socket type.
    SocketTypeNotSupported = 94,
    /// EOPNOTSUPP: the call is not for this kind of socket.
    NotSupported = 95,
    /// EAFNOSUPPORT: not AF_INET.
    FamilyNotSupported = 97,
    /// EADDRINUSE: another socket has the port.
    AddressInUse = 98,
    /// EADDRNOTAVAIL: not an address of this chip, or none to connect to.
    AddressNotAvailable = 99,
    /// ENETDOWN: the chip does not answer, or is not enabled.
    NetworkDown = 100,
    /// ENETUNREACH: there is no way to that network.
    NetworkUnreachable = 101,
    /// ENETRESET: the chip was reset under the connection.
    NetworkReset = 102,
    /// ECONNABORTED: the connection was ended on this side.
    ConnectionAborted = 103,
    /// ECONNRESET: the peer reset the connection.
    ConnectionReset = 104,
    /// ENOBUFS: no hardware socket can be had.
    NoHardwareSocket = 105,
    /// EISCONN: connected already.
    IsConnected = 106,
    /// ENOTCONN: not connected.
    NotConnected = 107,
    /// ESHUTDOWN: the direction was shut down.
    Shutdown = 108,
    /// ETIMEDOUT: the peer does not answer any more.
    TimedOut = 110,
    /// ECONNREFUSED: nobody listens there.
    ConnectionRefused = 111,
    /// EHOSTUNREACH: no answer to ARP.
    HostUnreachable = 113,
    /// EALREADY: a connect is under way.
    Already = 114,
    /// EINPROGRESS: the connect goes on in the background.
    InProgress = 115,
}

/// What every fallible call returns.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// The positive number, as in `W5100_E...`.
    pub const fn number(self) -> i32 {
        self as i32
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The error.
    pub error: Error,
    /// Its POSIX name.
    pub name: &'static core::ffi::CStr,
    /// Its number in Winsock.
    pub winsock: u16,
    /// A sentence for people.
    pub text: &'static core::ffi::CStr,
}

/// The row of an error number of either sign, if there is such an error.
pub fn lookup(number: i32) -> Option<&'static Row> {
    let number = number.unsigned_abs();
    TABLE.iter().find(|row| row.error as u32 == number)
}

const fn row(
    error: Error,
    name: &'static core::ffi::CStr,
    winsock: u16,
    text: &'static core::ffi::CStr,
) -> Row {
    Row {
        error,
        name,
        winsock,
        text,
    }
}

/// All errors.
#[rustfmt::skip]
pub static TABLE: [Row; 35] = [
    row(Error::Interrupted, c"EINTR", 10004, c"Wait ended by another task"),
    row(Error::Io, c"EIO", 10101, c"Bus transfer failed"),
    row(Error::BadHandle, c"EBADF", 10038, c"Not an open socket handle"),
    row(Error::WouldBlock, c"EAGAIN", 10035, c"Operation would block, or its timeout is over"),
    row(Error::Access, c"EACCES", 10013, c"Broadcast needs SO_BROADCAST"),
    row(Error::Fault, c"EFAULT", 10014, c"NULL pointer where data is needed"),
    row(Error::Invalid, c"EINVAL", 10022, c"Invalid argument or socket state"),
    row(Error::TooManyHandles, c"EMFILE", 10024, c"All socket handles are in use"),
    row(Error::UnknownRequest, c"ENOTTY", 10022, c"Unknown ioctl request"),
    row(Error::Pipe, c"EPIPE", 10058, c"Sending is over on this socket"),
    row(Error::Domain, c"EDOM", 10022, c"Time value out of range"),
    row(Error::DestinationRequired, c"EDESTADDRREQ", 10039, c"Destination address required"),
    row(Error::MessageSize, c"EMSGSIZE", 10040, c"Datagram too large"),
    row(Error::PrototypeMismatch, c"EPROTOTYPE", 10041, c"Protocol does not fit the socket type"),
    row(Error::NoSuchOption, c"ENOPROTOOPT", 10042, c"No such socket option"),
    row(Error::ProtocolNotSupported, c"EPROTONOSUPPORT", 10043, c"No such protocol"),
    row(Error::SocketTypeNotSupported, c"ESOCKTNOSUPPORT", 10044, c"No such socket type"),
    row(Error::NotSupported, c"EOPNOTSUPP", 10045, c"Operation not supported on this socket"),
    row(Error::FamilyNotSupported, c"EAFNOSUPPORT", 10047, c"Address family not supported"),
    row(Error::AddressInUse, c"EADDRINUSE", 10048, c"Port already in use"),
    row(Error::AddressNotAvailable, c"EADDRNOTAVAIL", 10049, c"Address not available"),
    row(Error::NetworkDown, c"ENETDOWN", 10050, c"The chip does not answer or is not enabled"),
    row(Error::NetworkUnreachable, c"ENETUNREACH", 10051, c"Network unreachable"),
    row(Error::NetworkReset, c"ENETRESET", 10052, c"Connection lost when the chip was reset"),
    row(Error::ConnectionAborted, c"ECONNABORTED", 10053, c"Connection aborted"),
    row(Error::ConnectionReset, c"ECONNRESET", 10054, c"Connection reset by peer"),
    row(Error::NoHardwareSocket, c"ENOBUFS", 10055, c"No hardware socket free"),
    row(Error::IsConnected, c"EISCONN", 10056, c"Socket is already connected"),
    row(Error::NotConnected, c"ENOTCONN", 10057, c"Socket is not connected"),
    row(Error::Shutdown, c"ESHUTDOWN", 10058, c"Socket has been shut down"),
    row(Error::TimedOut, c"ETIMEDOUT", 10060, c"Connection timed out"),
    row(Error::ConnectionRefused, c"ECONNREFUSED", 10061, c"Connection refused"),
    row(Error::HostUnreachable, c"EHOSTUNREACH", 10065, c"No route to host: no answer to ARP"),
    row(Error::Already, c"EALREADY", 10037, c"Connect already in progress"),
    row(Error::InProgress, c"EINPROGRESS", 10036, c"Connect now in progress"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_with_either_sign() {
        assert_eq!(lookup(-9).map(|row| row.error), Some(Error::BadHandle));
        assert_eq!(lookup(9).map(|row| row.name), Some(c"EBADF"));
        assert!(lookup(0).is_none());
        assert!(lookup(i32::MIN).is_none());
    }

    #[test]
    fn no_number_appears_twice() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(TABLE[at + 1..].iter().all(|other| other.error != row.error));
        }
    }
}
