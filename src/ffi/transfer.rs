//! Sending and receiving.

use super::address::{AddressOut, SockAddrIn, endpoint};
use super::{bytes, bytes_mut, on_socket, on_stack};
use crate::error::{Error, Result};
use crate::stack::Endpoint;
use core::ffi::c_void;

/// w5100_recv(), w5100_recvfrom(): leave the data where it is.
pub const W5100_MSG_PEEK: i32 = 0x02;
/// w5100_recv(), w5100_recvfrom(): the result counts the whole datagram, also
/// what did not fit in the buffer. Not for TCP.
pub const W5100_MSG_TRUNC: i32 = 0x20;
/// This one call does not wait.
pub const W5100_MSG_DONTWAIT: i32 = 0x40;
/// w5100_send(), w5100_sendto(): more of this datagram follows. The parts are
/// sent as one datagram, to where the first one was to go, by the first call
/// without this flag. On TCP it changes nothing.
pub const W5100_MSG_MORE: i32 = 0x8000;

/// Refuses flags that mean nothing here.
fn check_flags(flags: i32, known: i32) -> Result<()> {
    if flags & !known == 0 {
        Ok(())
    } else {
        Err(Error::NotSupported)
    }
}

/// Sends on a connected socket. On TCP all of `data` is sent before the call
/// returns, unless it may not wait; the bytes of two calls never mix. On UDP
/// one datagram goes to the connected peer.
///
/// @param handle  socket
/// @param data    may be NULL if `length` is 0
/// @param length  bytes; 0 on TCP does nothing; 1..1472 on UDP, 1..1480 on a raw
///                socket, 14..1514 for a frame, and not above the socket's
///                transmit memory
/// @param flags   0, W5100_MSG_DONTWAIT, W5100_MSG_MORE
/// @return the bytes taken, which on TCP are fewer than `length` only if the
///   call may not wait, its time is over or an error came after the first
///   ones (the next call tells it); or
///   - -W5100_EAGAIN: no room, and the socket does not block or its
///     W5100_SO_SNDTIMEO is over
///   - -W5100_ECONNRESET, -W5100_ETIMEDOUT, -W5100_ENETRESET,
///     -W5100_ECONNABORTED (W5100_SO_CLOSE_WAIT_TIMEOUT): the connection ended
///     so; told once, then -W5100_EPIPE
///   - -W5100_EPIPE: sending is over
///   - -W5100_ENOTCONN, -W5100_EDESTADDRREQ (datagrams)
///   - -W5100_EACCES: connected to a broadcast address without
///     W5100_SO_BROADCAST
///   - -W5100_ENOBUFS (frames): the first hardware socket cannot be had
///   - -W5100_EMSGSIZE (datagrams; what W5100_MSG_MORE has collected is lost)
///   - -W5100_EOPNOTSUPP: unknown flag; an empty datagram, which the chip cannot
///     send; the member of a group to anyone else
///   - -W5100_EINVAL: a frame of fewer than 14 bytes
///   - -W5100_EHOSTUNREACH (datagrams): an earlier one got no answer to ARP
///   - -W5100_ECONNREFUSED (connected UDP): the peer's host said of an earlier
///     one that the port is closed
///   - -W5100_ENETRESET (datagrams): the chip was reset, and what was under way
///     is lost; told once, and the socket goes on
///   - -W5100_EBADF: also when closed while waiting
///   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///
/// Taken means copied to the chip, not acknowledged; see w5100_outstanding().
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_send(
    handle: i32,
    data: *const c_void,
    length: usize,
    flags: i32,
) -> i32 {
    // SAFETY: by the contract of this module.
    unsafe { send(handle, data, length, flags, || Ok(None)) }
}

/// What send and sendto share; `peer` is asked only for a datagram.
unsafe fn send(
    handle: i32,
    data: *const c_void,
    length: usize,
    flags: i32,
    peer: impl FnOnce() -> Result<Option<Endpoint>>,
) -> i32 {
    on_socket(handle, |device, handle, kind| {
        check_flags(flags, W5100_MSG_DONTWAIT | W5100_MSG_MORE)?;
        let dont_wait = flags & W5100_MSG_DONTWAIT != 0;
        // SAFETY: by the contract of this module.
        let data = unsafe { bytes(data.cast(), length) }?;
        if !kind.is_datagram() {
            device.send(handle, data, dont_wait)
        } else if flags & W5100_MSG_MORE != 0 {
            device.send_part(handle, data, peer()?, dont_wait)
        } else {
            device.send_to(handle, data, peer()?, dont_wait)
        }
    })
}

/// Sends one datagram on a UDP or raw socket. On TCP the address is not looked at
/// and it is w5100_send().
///
/// @param handle          socket; bound to a free port if it is not bound
/// @param data            the datagram
/// @param length          bytes, as w5100_send()
/// @param flags           0, W5100_MSG_DONTWAIT, W5100_MSG_MORE
/// @param address         the destination; NULL for the connected peer
/// @param address_length  sizeof(w5100_sockaddr_in)
/// @return `length`, or an error as w5100_send() and
///   - -W5100_EINVAL: `address_length` too small, or address or port 0
///   - -W5100_EAFNOSUPPORT
///   - -W5100_EACCES: a broadcast without W5100_SO_BROADCAST
///   - -W5100_ENOBUFS: no hardware socket can be had
///
/// Blocks while the datagram before it is under way: for as long as ARP takes and
/// half a second more at most, 2.3 s unless `retry_time` and `retry_count` say
/// otherwise. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sendto(
    handle: i32,
    data: *const c_void,
    length: usize,
    flags: i32,
    address: *const SockAddrIn,
    address_length: u32,
) -> i32 {
    let peer = || {
        if address.is_null() {
            return Ok(None);
        }
        // SAFETY: by the contract of this module.
        unsafe { endpoint(address, address_length) }.map(Some)
    };
    // SAFETY: by the contract of this module.
    unsafe { send(handle, data, length, flags, peer) }
}

/// Receives from a connected socket: what there is, waiting for the first byte.
///
/// @param handle  socket
/// @param data    buffer; may be NULL if `length` is 0
/// @param length  its size in bytes; 0 gives 0 at once
/// @param flags   0, W5100_MSG_PEEK, W5100_MSG_DONTWAIT
/// @return the bytes received, W5100_COPY_MAX at most; 0 when the peer has ended the
///   connection and all was read, now and at every later call; or
///   - -W5100_EAGAIN: nothing there, and the socket does not block or its
///     W5100_SO_RCVTIMEO is over
///   - -W5100_ECONNRESET, -W5100_ETIMEDOUT, -W5100_ENETRESET,
///     -W5100_ECONNABORTED (W5100_SO_CLOSE_WAIT_TIMEOUT): the connection ended
///     so; told once, after all data, then 0
///   - -W5100_ENOTCONN: never connected
///   - -W5100_EBADF: also when closed while waiting
///   - -W5100_EOPNOTSUPP: unknown flag
///   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///
/// On UDP it is w5100_recvfrom() without an address. Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_recv(
    handle: i32,
    data: *mut c_void,
    length: usize,
    flags: i32,
) -> i32 {
    // SAFETY: by the contract of this module.
    unsafe { receive(handle, data, length, flags, || Ok(AddressOut::NONE)) }
}

/// What recv and recvfrom share.
unsafe fn receive<'a>(
    handle: i32,
    data: *mut c_void,
    length: usize,
    flags: i32,
    out: impl FnOnce() -> Result<AddressOut<'a>>,
) -> i32 {
    on_socket(handle, |device, handle, kind| {
        let more = match kind.is_datagram() {
            true => W5100_MSG_TRUNC,
            false => 0,
        };
        check_flags(flags, W5100_MSG_PEEK | W5100_MSG_DONTWAIT | more)?;
        let peek = flags & W5100_MSG_PEEK != 0;
        let dont_wait = flags & W5100_MSG_DONTWAIT != 0;
        // SAFETY: by the contract of this module.
        let data = unsafe { bytes_mut(data.cast(), length) }?;
        let out = out()?;
        if kind.is_datagram() {
            let datagram = device.receive_from(handle, data, peek, dont_wait)?;
            out.write(datagram.from);
            let count = match flags & W5100_MSG_TRUNC {
                0 => datagram.length,
                _ => datagram.whole,
            };
            return Ok(count.into());
        }
        let received = device.receive(handle, data, peek, dont_wait)?;
        if out.is_wanted() {
            let peer = device.with(|stack| stack.peer(handle));
            out.write(peer.unwrap_or_default());
        }
        Ok(received)
    })
}

/// Receives one datagram. What does not fit in the buffer is lost.
///
/// @param handle          UDP or raw socket; on TCP it is w5100_recv(), with the
///                        peer's address
/// @param data            buffer; may be NULL if `length` is 0
/// @param length          its size in bytes
/// @param flags           0, W5100_MSG_PEEK, W5100_MSG_DONTWAIT, W5100_MSG_TRUNC
/// @param address         the sender's address, or NULL
/// @param address_length  in: size of `address`; out: bytes written
/// @return the bytes received, 0 for an empty datagram; or an error as
///   w5100_recv() and
///   - -W5100_EINVAL: `address_length` too small
///   - -W5100_ENOBUFS: the socket was not bound and no hardware socket can be
///     had
///   - -W5100_EHOSTUNREACH: an earlier datagram of ours got no answer to ARP
///   - -W5100_ECONNREFUSED, -W5100_ENETRESET: as w5100_send()
///
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_recvfrom(
    handle: i32,
    data: *mut c_void,
    length: usize,
    flags: i32,
    address: *mut SockAddrIn,
    address_length: *mut u32,
) -> i32 {
    // SAFETY: by the contract of this module.
    unsafe {
        receive(handle, data, length, flags, || {
            AddressOut::new(address, address_length)
        })
    }
}

/// Tells how many bytes were sent and are not yet acknowledged by the peer.
///
/// @param handle  TCP socket
/// @return bytes, 0 when the connection is over; or -W5100_EBADF,
///   -W5100_ENOTCONN, -W5100_EAGAIN (connecting), -W5100_EOPNOTSUPP (UDP),
///   -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_outstanding(handle: i32) -> i32 {
    on_stack(handle, |stack, handle| {
        stack.outstanding(handle).map(usize::from)
    })
}
