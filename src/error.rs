//! The one table of errors: name, number, Winsock number and text.
//!
//! Numbers are those of Linux, where it has such an error, explicit, and only ever
//! appended.

use crate::words::{self, Table};
use core::ffi::CStr;

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
    /// EBUSY: not while hardware sockets are in use.
    Busy = 16,
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
    /// Not one of POSIX: there is no host of that name, or it has no address.
    HostNotFound = 201,
    /// Not one of POSIX: no name server answered, or none is known.
    NameServer = 202,
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
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The error.
    pub error: Error,
    /// Its number in Winsock.
    pub winsock: u16,
    /// Its POSIX name.
    pub name: &'static CStr,
    /// A sentence for people.
    pub text: &'static CStr,
}

/// The row of an error number of either sign, if there is such an error.
pub fn lookup(number: i32) -> Option<Row> {
    let number = number.unsigned_abs();
    let at = NUMBERS
        .iter()
        .position(|(error, _)| *error as u32 == number)?;
    let (error, winsock) = *NUMBERS.get(at)?;
    Some(Row {
        error,
        winsock,
        name: words::nth(&NAMES, at),
        text: words::nth(&TEXTS, at),
    })
}

/// The Winsock number of an error number of either sign. Unlike [`lookup`] it
/// does not have the words linked.
pub fn winsock_number(number: i32) -> Option<u16> {
    let number = number.unsigned_abs();
    let found = NUMBERS.iter().find(|(error, _)| *error as u32 == number);
    found.map(|(_, winsock)| *winsock)
}

const COUNT: usize = 38;

/// All errors: the error, its Winsock number, its POSIX name, its text.
#[rustfmt::skip]
const TABLE: Table<(Error, u16), COUNT> = [
    ((Error::Interrupted, 10004), "EINTR", "Wait ended by another task"),
    ((Error::Io, 10050), "EIO", "Bus transfer failed"),
    ((Error::BadHandle, 10038), "EBADF", "Not an open socket handle"),
    ((Error::WouldBlock, 10035), "EAGAIN", "Operation would block, or its timeout is over"),
    ((Error::Access, 10013), "EACCES", "Broadcast needs SO_BROADCAST"),
    ((Error::Fault, 10014), "EFAULT", "NULL pointer where data is needed"),
    ((Error::Busy, 10022), "EBUSY", "Not while hardware sockets are in use"),
    ((Error::Invalid, 10022), "EINVAL", "Invalid argument or socket state"),
    ((Error::TooManyHandles, 10024), "EMFILE", "All socket handles are in use"),
    ((Error::UnknownRequest, 10022), "ENOTTY", "Unknown ioctl request"),
    ((Error::Pipe, 10058), "EPIPE", "Sending is over on this socket"),
    ((Error::Domain, 10022), "EDOM", "Time value out of range"),
    ((Error::DestinationRequired, 10039), "EDESTADDRREQ", "Destination address required"),
    ((Error::MessageSize, 10040), "EMSGSIZE", "Datagram too large"),
    ((Error::PrototypeMismatch, 10041), "EPROTOTYPE", "Protocol does not fit the socket type"),
    ((Error::NoSuchOption, 10042), "ENOPROTOOPT", "No such socket option"),
    ((Error::ProtocolNotSupported, 10043), "EPROTONOSUPPORT", "No such protocol"),
    ((Error::SocketTypeNotSupported, 10044), "ESOCKTNOSUPPORT", "No such socket type"),
    ((Error::NotSupported, 10045), "EOPNOTSUPP", "Operation not supported on this socket"),
    ((Error::FamilyNotSupported, 10047), "EAFNOSUPPORT", "Address family not supported"),
    ((Error::AddressInUse, 10048), "EADDRINUSE", "Port already in use"),
    ((Error::AddressNotAvailable, 10049), "EADDRNOTAVAIL", "Address not available"),
    ((Error::NetworkDown, 10050), "ENETDOWN", "The chip does not answer or is not enabled"),
    ((Error::NetworkUnreachable, 10051), "ENETUNREACH", "Network unreachable"),
    ((Error::NetworkReset, 10052), "ENETRESET", "Connection lost when the chip was reset"),
    ((Error::ConnectionAborted, 10053), "ECONNABORTED", "Connection aborted"),
    ((Error::ConnectionReset, 10054), "ECONNRESET", "Connection reset by peer"),
    ((Error::NoHardwareSocket, 10055), "ENOBUFS", "No hardware socket free"),
    ((Error::IsConnected, 10056), "EISCONN", "Socket is already connected"),
    ((Error::NotConnected, 10057), "ENOTCONN", "Socket is not connected"),
    ((Error::Shutdown, 10058), "ESHUTDOWN", "Socket has been shut down"),
    ((Error::TimedOut, 10060), "ETIMEDOUT", "Connection timed out"),
    ((Error::ConnectionRefused, 10061), "ECONNREFUSED", "Connection refused"),
    ((Error::HostUnreachable, 10065), "EHOSTUNREACH", "No route to host: no answer to ARP"),
    ((Error::Already, 10037), "EALREADY", "Connect already in progress"),
    ((Error::InProgress, 10036), "EINPROGRESS", "Connect now in progress"),
    ((Error::HostNotFound, 11001), "EHOSTNOTFOUND", "No such host"),
    ((Error::NameServer, 11002), "ENAMESERVER", "No name server answers"),
];

static NUMBERS: [(Error, u16); COUNT] = words::keys(&TABLE);
const NAME_LIST: [&str; COUNT] = words::firsts(&TABLE);
const TEXT_LIST: [&str; COUNT] = words::seconds(&TABLE);
static NAMES: [u8; words::length(&NAME_LIST)] = words::join(&NAME_LIST);
static TEXTS: [u8; words::length(&TEXT_LIST)] = words::join(&TEXT_LIST);

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
    fn every_row_is_found_by_its_number() {
        for ((error, winsock), name, text) in TABLE {
            let row = lookup(error.number()).unwrap();
            assert_eq!((row.error, row.winsock), (error, winsock));
            assert_eq!(winsock_number(-error.number()), Some(winsock));
            assert_eq!(row.name.to_str(), Ok(name));
            assert_eq!(row.text.to_str(), Ok(text));
        }
    }

    #[test]
    fn no_number_appears_twice() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(TABLE[at + 1..].iter().all(|other| other.0.0 != row.0.0));
        }
    }
}
