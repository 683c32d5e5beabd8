//! The table of Winsock's error codes: number, name and text.
//!
//! Its numbers are those of Windows. Which of them stands for an error of the
//! core is told by the table in [`crate::error`].

use crate::words::{self, Table};
use core::ffi::CStr;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The number that `WSAGetLastError` gives.
    pub number: u16,
    /// The name of the macro.
    pub name: &'static CStr,
    /// A sentence for people.
    pub text: &'static CStr,
}

/// `WSAEDISCON`, and the number that some lists print for it. No other code has
/// that number.
const DISCON: u16 = 10101;
const DISCON_IN_LISTS: i32 = 10094;

/// The row of a code, if there is such a code.
pub fn lookup(number: i32) -> Option<Row> {
    let number = if number == DISCON_IN_LISTS {
        DISCON
    } else {
        u16::try_from(number).ok()?
    };
    let at = NUMBERS.iter().position(|&row| row == number)?;
    Some(Row {
        number,
        name: words::nth(&NAMES, at),
        text: words::nth(&TEXTS, at),
    })
}

const COUNT: usize = 53;

/// All codes, by their numbers.
#[rustfmt::skip]
const TABLE: Table<u16, COUNT> = [
    (6, "WSA_INVALID_HANDLE", "Not a valid event handle"),
    (8, "WSA_NOT_ENOUGH_MEMORY", "Out of memory"),
    (87, "WSA_INVALID_PARAMETER", "A parameter is not valid"),
    (995, "WSA_OPERATION_ABORTED", "Overlapped operation given up"),
    (996, "WSA_IO_INCOMPLETE", "Overlapped operation not finished yet"),
    (997, "WSA_IO_PENDING", "Overlapped operation goes on in the background"),
    (10004, "WSAEINTR", "Blocking call was interrupted"),
    (10013, "WSAEACCES", "Not permitted; a broadcast needs SO_BROADCAST"),
    (10014, "WSAEFAULT", "Bad pointer, or too little room behind it"),
    (10022, "WSAEINVAL", "Invalid argument or socket state"),
    (10024, "WSAEMFILE", "No more sockets can be made"),
    (10035, "WSAEWOULDBLOCK", "Not done yet, and the socket does not block"),
    (10036, "WSAEINPROGRESS", "A blocking call is under way"),
    (10037, "WSAEALREADY", "Already under way"),
    (10038, "WSAENOTSOCK", "Not an open socket"),
    (10039, "WSAEDESTADDRREQ", "Destination address required"),
    (10040, "WSAEMSGSIZE", "Datagram larger than can be sent, or than the buffer"),
    (10041, "WSAEPROTOTYPE", "Protocol does not fit the socket type"),
    (10042, "WSAENOPROTOOPT", "No such socket option"),
    (10043, "WSAEPROTONOSUPPORT", "No such protocol"),
    (10044, "WSAESOCKTNOSUPPORT", "No such socket type"),
    (10045, "WSAEOPNOTSUPP", "Operation not supported on this socket"),
    (10046, "WSAEPFNOSUPPORT", "No such protocol family"),
    (10047, "WSAEAFNOSUPPORT", "No such address family"),
    (10048, "WSAEADDRINUSE", "Address already in use"),
    (10049, "WSAEADDRNOTAVAIL", "Address not available"),
    (10050, "WSAENETDOWN", "Network is down: the chip does not answer"),
    (10051, "WSAENETUNREACH", "Network unreachable"),
    (10052, "WSAENETRESET", "Connection lost when the network was reset"),
    (10053, "WSAECONNABORTED", "Connection aborted on this side"),
    (10054, "WSAECONNRESET", "Connection reset by peer"),
    (10055, "WSAENOBUFS", "No hardware socket free"),
    (10056, "WSAEISCONN", "Socket is already connected"),
    (10057, "WSAENOTCONN", "Socket is not connected"),
    (10058, "WSAESHUTDOWN", "Socket has been shut down"),
    (10060, "WSAETIMEDOUT", "Timed out"),
    (10061, "WSAECONNREFUSED", "Connection refused"),
    (10064, "WSAEHOSTDOWN", "Host is down"),
    (10065, "WSAEHOSTUNREACH", "No route to host"),
    (10067, "WSAEPROCLIM", "Too many users of the library"),
    (10091, "WSASYSNOTREADY", "Network not ready: no device is enabled"),
    (10092, "WSAVERNOTSUPPORTED", "Winsock version not supported"),
    (10093, "WSANOTINITIALISED", "WSAStartup comes first"),
    (10101, "WSAEDISCON", "The peer is shutting down"),
    (10104, "WSAEINVALIDPROCTABLE", "Invalid procedure table of a provider"),
    (10105, "WSAEINVALIDPROVIDER", "Invalid version of a provider"),
    (10106, "WSAEPROVIDERFAILEDINIT", "A provider did not start"),
    (10107, "WSASYSCALLFAILURE", "A system call failed"),
    (10109, "WSATYPE_NOT_FOUND", "Class type not found"),
    (11001, "WSAHOST_NOT_FOUND", "Host not found"),
    (11002, "WSATRY_AGAIN", "Host not found for now; try again"),
    (11003, "WSANO_RECOVERY", "Name server failed"),
    (11004, "WSANO_DATA", "Name has no address"),
];

static NUMBERS: [u16; COUNT] = words::keys(&TABLE);
const NAME_LIST: [&str; COUNT] = words::firsts(&TABLE);
const TEXT_LIST: [&str; COUNT] = words::seconds(&TABLE);
static NAMES: [u8; words::length(&NAME_LIST)] = words::join(&NAME_LIST);
static TEXTS: [u8; words::length(&TEXT_LIST)] = words::join(&TEXT_LIST);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n12_every_row_is_found_by_its_number() {
        for (number, name, text) in TABLE {
            let row = lookup(number.into()).unwrap();
            assert_eq!(row.number, number);
            assert_eq!(row.name.to_str(), Ok(name));
            assert_eq!(row.text.to_str(), Ok(text));
        }
    }

    #[test]
    fn rows_stand_in_order_so_that_none_is_there_twice() {
        assert!(TABLE.is_sorted_by(|one, next| one.0 < next.0));
    }

    #[test]
    fn n12_other_numbers_have_no_row() {
        for number in [0, -1, -10038, 10094 + 0x1_0000, 10009, i32::MIN, i32::MAX] {
            assert!(lookup(number).is_none(), "{number}");
        }
    }

    #[test]
    fn n12_wsaediscon_is_found_by_the_number_that_lists_print_too() {
        assert_eq!(lookup(10094).map(|row| row.number), Some(10101));
    }
}
