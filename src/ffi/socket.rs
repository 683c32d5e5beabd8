//! Making, connecting and closing sockets.

use super::address::{AddressOut, SockAddrIn, endpoint, is_unspecified};
use super::error::W5100_ENETDOWN;
use super::{DEVICES, answer, device_at, device_of, on_socket, on_stack};
use crate::error::{Error, Result};
use crate::stack::{Direction, Handle, Kind};

/// Address family: none. w5100_connect() with it takes the peer of a datagram
/// socket away.
pub const W5100_AF_UNSPEC: i32 = 0;
/// Address family: IPv4.
pub const W5100_AF_INET: i32 = 2;
/// Address family: Ethernet frames.
pub const W5100_AF_PACKET: i32 = 17;
/// Socket type: a TCP stream.
pub const W5100_SOCK_STREAM: i32 = 1;
/// Socket type: UDP datagrams; in a library built with its part `udp`.
pub const W5100_SOCK_DGRAM: i32 = 2;
/// Socket type: IP packets of one protocol or, in W5100_AF_PACKET, frames; in a
/// library built with its part `raw`.
pub const W5100_SOCK_RAW: i32 = 3;
/// Protocol: the type's own. As a level of options: IP.
pub const W5100_IPPROTO_IP: i32 = 0;
/// Protocol: ICMP.
pub const W5100_IPPROTO_ICMP: i32 = 1;
/// Protocol: TCP.
pub const W5100_IPPROTO_TCP: i32 = 6;
/// Protocol: UDP.
pub const W5100_IPPROTO_UDP: i32 = 17;
/// w5100_shutdown(): receiving is over.
pub const W5100_SHUT_RD: i32 = 0;
/// w5100_shutdown(): sending is over.
pub const W5100_SHUT_WR: i32 = 1;
/// w5100_shutdown(): both.
pub const W5100_SHUT_RDWR: i32 = 2;

/// Makes a socket on the first device that is enabled; see w5100_socket_on().
///
/// @param family    W5100_AF_INET or W5100_AF_PACKET
/// @param kind      W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW
/// @param protocol  see w5100_socket_on()
/// @return a handle above 0, or a negative error as w5100_socket_on()
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_socket(family: i32, kind: i32, protocol: i32) -> i32 {
    let mut outcome = -W5100_ENETDOWN;
    for device in 0..DEVICES.len() as i32 {
        outcome = w5100_socket_on(device, family, kind, protocol);
        if outcome != -W5100_ENETDOWN {
            break;
        }
    }
    outcome
}

/// Makes a socket on a device. It takes a hardware socket only when it must:
/// to connect, to listen, or to bind, send or receive datagrams.
///
/// A W5100_SOCK_RAW socket of W5100_AF_INET sends and receives the payload of
/// IP packets of its protocol, 1480 bytes at most; addresses have port 0. One of
/// W5100_AF_PACKET sends and receives whole Ethernet frames of 14 to 1514 bytes
/// with w5100_send() and w5100_recv(); it needs the first hardware socket, so
/// there can be one, and it receives broadcasts and frames to this chip (see
/// W5100_SO_PROMISCUOUS).
///
/// @param device    number from WIZnet_Enable()
/// @param family    W5100_AF_INET, or W5100_AF_PACKET for frames
/// @param kind      W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW
/// @param protocol  0, or the type's own: W5100_IPPROTO_TCP or W5100_IPPROTO_UDP.
///                  W5100_SOCK_RAW: the IP protocol, 1 to 255 but those two; 0
///                  for frames
/// @return a handle above 0, or
///   - -W5100_EAFNOSUPPORT, -W5100_ESOCKTNOSUPPORT: unknown family or type
///   - -W5100_EPROTOTYPE: the protocol is not the type's
///   - -W5100_EPROTONOSUPPORT, -W5100_EINVAL: no IP protocol that the chip can
///     leave to a program
///   - -W5100_EMFILE: the device's handle table is full (`W5100_SOCKETS`)
///   - -W5100_EINVAL: no such device
///   - -W5100_ENETDOWN: not enabled
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_socket_on(device: i32, family: i32, kind: i32, protocol: i32) -> i32 {
    let make = || {
        let kind = kind_of(family, kind, protocol)?;
        let handle = device_at(device)?.with(|stack| stack.socket(kind))?;
        Ok(handle.raw() as usize)
    };
    answer(make())
}

/// The kind of socket that C means.
fn kind_of(family: i32, kind: i32, protocol: i32) -> Result<Kind> {
    let raw = cfg!(feature = "raw");
    let (kind, own) = match (family, kind) {
        (W5100_AF_INET, W5100_SOCK_STREAM) => (Kind::Tcp, W5100_IPPROTO_TCP),
        (W5100_AF_INET, W5100_SOCK_DGRAM) if cfg!(feature = "udp") => {
            (Kind::Udp, W5100_IPPROTO_UDP)
        }
        (W5100_AF_INET, W5100_SOCK_RAW) if raw => return raw_kind(protocol),
        (W5100_AF_PACKET, W5100_SOCK_RAW) if raw => (Kind::Packet, W5100_IPPROTO_IP),
        (W5100_AF_INET, _) => return Err(Error::SocketTypeNotSupported),
        (W5100_AF_PACKET, _) if raw => return Err(Error::SocketTypeNotSupported),
        _ => return Err(Error::FamilyNotSupported),
    };
    if protocol == 0 || protocol == own {
        Ok(kind)
    } else {
        Err(Error::PrototypeMismatch)
    }
}

/// The chip keeps TCP and UDP to itself.
fn raw_kind(protocol: i32) -> Result<Kind> {
    match protocol {
        W5100_IPPROTO_IP | W5100_IPPROTO_TCP | W5100_IPPROTO_UDP => {
            Err(Error::ProtocolNotSupported)
        }
        1..=255 => Ok(Kind::Raw(protocol as u8)),
        _ => Err(Error::Invalid),
    }
}

/// Reserves a local port.
///
/// @param handle   socket
/// @param address  `sin_addr`: 0.0.0.0 or the chip's IP; `sin_port`: 0 has a
///                 free port of 49152 to 65535 chosen, beginning at a random one
/// @param length   sizeof(w5100_sockaddr_in)
/// @return 0, or
///   - -W5100_EBADF
///   - -W5100_EFAULT: `address` is NULL
///   - -W5100_EINVAL: `length` too small, or bound already
///   - -W5100_EAFNOSUPPORT
///   - -W5100_EADDRNOTAVAIL: not this chip's IP
///   - -W5100_EADDRINUSE: another socket of the same kind has the port, and not
///     both have W5100_SO_REUSEADDR, or it listens. Connections accepted on a
///     port do not hold it, and neither does one that was closed.
///   - -W5100_ENOBUFS: UDP, and no hardware socket can be had: a bound UDP
///     socket holds one, since it receives from here on
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_bind(handle: i32, address: *const SockAddrIn, length: u32) -> i32 {
    on_stack(handle, |stack, handle| {
        // SAFETY: by the contract of this module.
        let local = unsafe { endpoint(address, length) }?;
        stack.bind(handle, local)?;
        Ok(0)
    })
}

/// Makes a TCP socket wait for clients. Never fails for want of a hardware
/// socket: one is put in LISTEN whenever one is free. Clients are connected by
/// the chip whether w5100_accept() is called or not.
///
/// A listener costs no session: with static addresses all four hardware sockets
/// can carry connections. While they do, further clients are refused by the
/// chip, and served again as soon as one is free.
///
/// @param handle   socket; bound to a free port if it is not bound
/// @param backlog  clients that may wait for w5100_accept(); clamped to 1..4.
///                 Called again on a listener, it changes the backlog
/// @return 0, or
///   - -W5100_EBADF
///   - -W5100_EOPNOTSUPP: a UDP socket
///   - -W5100_EINVAL: connected, connecting, or has been
///   - -W5100_EADDRINUSE: another socket listens on the port
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_listen(handle: i32, backlog: i32) -> i32 {
    on_stack(handle, |stack, handle| {
        stack.listen(handle, backlog)?;
        Ok(0)
    })
}

/// Takes the client that has waited longest. The new socket blocks, and has the
/// listener's other options.
///
/// @param handle   listening socket
/// @param address  the client's address, or NULL
/// @param length   in: size of `address`; out: bytes written. Not used if
///                 `address` is NULL
/// @return a handle above 0, or
///   - -W5100_EAGAIN: nobody waits, and the socket does not block or its
///     W5100_SO_RCVTIMEO is over
///   - -W5100_EBADF: also when the listener is closed while waiting
///   - -W5100_EINVAL: does not listen, or `length` too small
///   - -W5100_EOPNOTSUPP: a UDP socket
///   - -W5100_EFAULT: `address` without `length`
///   - -W5100_EMFILE: the handle table is full; the client goes on waiting
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_accept(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut u32,
) -> i32 {
    on_socket(handle, |device, handle, _| {
        // SAFETY: by the contract of this module.
        let out = unsafe { AddressOut::new(address, length) }?;
        let accepted = device.accept(handle)?;
        if out.is_wanted() {
            // A chip that fails now will say so at the next call; the client
            // is not to be lost for it.
            let peer = device.with(|stack| stack.peer(accepted));
            out.write(peer.unwrap_or_default());
        }
        Ok(accepted.raw() as usize)
    })
}

/// Connects a socket. On UDP it only sets the peer: w5100_send() goes there,
/// and datagrams of others are dropped.
///
/// @param handle   socket; bound to a free port if it is not bound
/// @param address  the peer; neither `sin_addr` nor `sin_port` may be 0 (raw: the
///                 port is not looked at). For datagrams, a `sin_family` of
///                 W5100_AF_UNSPEC takes the peer away
/// @param length   sizeof(w5100_sockaddr_in)
/// @return 0, or
///   - -W5100_EINPROGRESS: the socket does not block, or its
///     W5100_SO_SNDTIMEO is over; it goes on, and w5100_poll() with
///     W5100_POLLOUT tells when it is done, W5100_SO_ERROR how
///   - -W5100_EALREADY: one is under way
///   - -W5100_EISCONN: connected
///   - -W5100_ECONNREFUSED: the peer refused
///   - -W5100_ETIMEDOUT: the peer does not answer (31.8 s at the chip's
///     default retries)
///   - -W5100_EHOSTUNREACH: no answer to ARP (1.8 s, likewise). The two are
///     told apart only if the library was called while ARP went on
///   - -W5100_ENETRESET: the chip was reset meanwhile
///   - -W5100_ECONNABORTED: it failed, and another call was told why
///   - -W5100_ENOBUFS: no hardware socket can be had; at once
///   - -W5100_EBADF: also when closed while waiting
///   - -W5100_EFAULT: `address` is NULL
///   - -W5100_EINVAL: `length` too small
///   - -W5100_EAFNOSUPPORT
///   - -W5100_EADDRNOTAVAIL: address or port 0
///   - -W5100_EADDRINUSE: not bound, and no free port was found
///   - -W5100_ENETUNREACH: TCP to a broadcast's or a group's address
///   - -W5100_EOPNOTSUPP: a listener, or a socket for frames
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// After a failure another connect may be tried on the same socket.
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_connect(
    handle: i32,
    address: *const SockAddrIn,
    length: u32,
) -> i32 {
    on_socket(handle, |device, handle, kind| {
        // SAFETY: by the contract of this module.
        if kind.is_datagram() && unsafe { is_unspecified(address, length) } {
            device.with(|stack| stack.disconnect(handle))?;
            return Ok(0);
        }
        // SAFETY: by the contract of this module.
        let peer = unsafe { endpoint(address, length) }?;
        device.connect(handle, peer)?;
        Ok(0)
    })
}

/// Ends one or both directions of a connection. Ending the sending one has a
/// FIN sent when all data is acknowledged.
///
/// It also ends waits where there is no connection, in a library built with its
/// part `events`, as it is by default. A listener stops to listen, unless `how` is
/// W5100_SHUT_WR: accept gives -W5100_EINVAL, and it may listen again. A connect
/// under way is given up: it ends with -W5100_ECONNRESET, and another may be tried.
/// A datagram socket without a peer is shut down too, though the answer is
/// -W5100_ENOTCONN.
///
/// @param handle  socket
/// @param how     W5100_SHUT_RD, W5100_SHUT_WR or W5100_SHUT_RDWR
/// @return 0 (also when it was done before), or -W5100_EBADF, -W5100_EINVAL
///   (unknown `how`), -W5100_ENOTCONN, -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block; wakes tasks that wait on the socket. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_shutdown(handle: i32, how: i32) -> i32 {
    on_stack(handle, |stack, handle| {
        let direction = match how {
            W5100_SHUT_RD => Direction::Read,
            W5100_SHUT_WR => Direction::Write,
            W5100_SHUT_RDWR => Direction::Both,
            _ => return Err(Error::Invalid),
        };
        stack.shutdown(handle, direction)?;
        Ok(0)
    })
}

/// Closes a socket. The handle is invalid from here on; tasks that wait on it
/// get -W5100_EBADF (w5100_poll(): W5100_POLLNVAL). A connection is ended in
/// the background: what was sent goes out, then a FIN, for 10 s at most. This is
/// done by the library's later calls that wait, or by w5100_service(). A
/// listener drops the clients that wait for accept; accepted ones stay.
///
/// With W5100_SO_LINGER and a time of 0 a connection is dropped at once, and its
/// hardware socket is free; with another time, on a socket that blocks, the call
/// waits until all was acknowledged and the connection is over.
///
/// Data that was received and not read is lost. The chip cannot tell the peer
/// of that by a RST.
///
/// @param handle  socket
/// @return 0, or
///   - -W5100_EBADF
///   - -W5100_EWOULDBLOCK: the linger time was over, and the connection dropped
///   - -W5100_ECONNABORTED: it ended, while the call waited, before all was
///     acknowledged
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// In every case but the first the socket is closed by this call. Blocks with
/// W5100_SO_LINGER only. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_close(handle: i32) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(device_of(handle).and_then(|device| device.close(handle).map(|()| 0)))
}

/// Tells whether a connection is up.
///
/// @param handle  socket
/// @return 1 from the connection to the peer's FIN or RST, though data may wait
///   to be received after that; else 0. UDP: 1 while the socket has a peer. Or
///   -W5100_EBADF, -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only (requirement F3).
#[unsafe(no_mangle)]
pub extern "C" fn w5100_is_connected(handle: i32) -> i32 {
    on_stack(handle, |stack, handle| {
        stack.is_connected(handle).map(usize::from)
    })
}

/// Tells what the chip shows of a socket.
///
/// @param handle  socket
/// @return Sn_SR of its hardware socket, LISTEN for a listener, 0 (CLOSED) for a
///   socket without hardware; w5100_state_name() has the name. Or -W5100_EBADF,
///   -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only (requirement F4).
#[unsafe(no_mangle)]
pub extern "C" fn w5100_state(handle: i32) -> i32 {
    on_stack(handle, |stack, handle| {
        stack.state(handle).map(|status| status.0.into())
    })
}
