//! Error numbers, names and texts.

use crate::error::lookup;
use core::ffi::c_char;

/// The wait was ended by another task.
pub const W5100_EINTR: i32 = 4;
/// The port's `transfer` failed.
pub const W5100_EIO: i32 = 5;
/// Not an open socket handle.
pub const W5100_EBADF: i32 = 9;
/// The call would block, or its timeout is over.
pub const W5100_EAGAIN: i32 = 11;
/// Another name of W5100_EAGAIN.
pub const W5100_EWOULDBLOCK: i32 = 11;
/// Broadcast without SO_BROADCAST.
pub const W5100_EACCES: i32 = 13;
/// NULL pointer where data is needed.
pub const W5100_EFAULT: i32 = 14;
/// Not while hardware sockets are in use.
pub const W5100_EBUSY: i32 = 16;
/// Invalid argument, or the socket's state does not allow the call.
pub const W5100_EINVAL: i32 = 22;
/// All socket handles are in use.
pub const W5100_EMFILE: i32 = 24;
/// Unknown ioctl request.
pub const W5100_ENOTTY: i32 = 25;
/// Sending is over on this socket.
pub const W5100_EPIPE: i32 = 32;
/// Time value out of range.
pub const W5100_EDOM: i32 = 33;
/// A datagram needs a destination.
pub const W5100_EDESTADDRREQ: i32 = 89;
/// Datagram too large.
pub const W5100_EMSGSIZE: i32 = 90;
/// The protocol does not fit the socket type.
pub const W5100_EPROTOTYPE: i32 = 91;
/// No such socket option.
pub const W5100_ENOPROTOOPT: i32 = 92;
/// No such protocol.
pub const W5100_EPROTONOSUPPORT: i32 = 93;
/// No such socket type.
pub const W5100_ESOCKTNOSUPPORT: i32 = 94;
/// The operation is not for this kind of socket.
pub const W5100_EOPNOTSUPP: i32 = 95;
/// Not AF_INET.
pub const W5100_EAFNOSUPPORT: i32 = 97;
/// The port is in use.
pub const W5100_EADDRINUSE: i32 = 98;
/// Not an address of this chip, or none to connect to.
pub const W5100_EADDRNOTAVAIL: i32 = 99;
/// The device is not enabled, or its chip does not answer.
pub const W5100_ENETDOWN: i32 = 100;
/// Network unreachable.
pub const W5100_ENETUNREACH: i32 = 101;
/// The connection was lost when the chip was reset.
pub const W5100_ENETRESET: i32 = 102;
/// The connection was ended on this side.
pub const W5100_ECONNABORTED: i32 = 103;
/// The peer reset the connection.
pub const W5100_ECONNRESET: i32 = 104;
/// No hardware socket can be had.
pub const W5100_ENOBUFS: i32 = 105;
/// The socket is connected.
pub const W5100_EISCONN: i32 = 106;
/// The socket is not connected.
pub const W5100_ENOTCONN: i32 = 107;
/// The socket has been shut down.
pub const W5100_ESHUTDOWN: i32 = 108;
/// The peer does not answer.
pub const W5100_ETIMEDOUT: i32 = 110;
/// Nobody listens there.
pub const W5100_ECONNREFUSED: i32 = 111;
/// No answer to ARP.
pub const W5100_EHOSTUNREACH: i32 = 113;
/// A connect is under way.
pub const W5100_EALREADY: i32 = 114;
/// The connect goes on in the background.
pub const W5100_EINPROGRESS: i32 = 115;
/// There is no host of that name, or it has no address. Not one of POSIX.
pub const W5100_EHOSTNOTFOUND: i32 = 201;
/// No name server answered, or none is known. Not one of POSIX.
pub const W5100_ENAMESERVER: i32 = 202;

/// A sentence about an error.
///
/// @param error  a `W5100_E...` number, positive or negative
/// @return a constant string, never NULL; an unknown number has one too
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_strerror(error: i32) -> *const c_char {
    match lookup(error) {
        Some(row) => row.text,
        None if error == 0 => c"Success",
        None => c"Unknown error",
    }
    .as_ptr()
}

/// The name of an error: "EBADF".
///
/// @param error  a `W5100_E...` number, positive or negative
/// @return a constant string, never NULL; "UNKNOWN" for an unknown number
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_error_name(error: i32) -> *const c_char {
    lookup(error).map_or(c"UNKNOWN", |row| row.name).as_ptr()
}
