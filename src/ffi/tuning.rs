//! Options that few programs set. The archive has them with its feature
//! `options`, which is on by default.

use super::ChipStack;
use super::device_at;
use super::option::{Value, W5100_SOL_SOCKET};
use super::socket::{W5100_IPPROTO_IP, W5100_IPPROTO_TCP};
use super::{answer, required};
use crate::chip::MemorySplit;
use crate::error::{Error, Result};
use crate::stack::{Handle, Options};

/// `int32_t`: not 0 probes a connection that is silent; see W5100_TCP_KEEPIDLE.
///
/// This option and those that follow are in a library built with its part
/// `options`, as it is by default; in another they give -W5100_ENOPROTOOPT. Those
/// of level W5100_SOL_SOCKET can be set on any socket, and count where they
/// mean something.
pub const W5100_SO_KEEPALIVE: i32 = 0x0008;
/// `w5100_linger`: what w5100_close() does with a connection.
pub const W5100_SO_LINGER: i32 = 0x0080;
/// `int32_t`, TCP: bytes that may be unacknowledged at a time, 1 to 8192. Reads back
/// as no more than the hardware socket's transmit memory; that of the smallest
/// one while the socket has none.
pub const W5100_SO_SNDBUF: i32 = 0x1001;
/// `int32_t`: bytes of receive memory. Setting it, 1 to 8192, deals the memory
/// of the whole device, both directions, in equal parts of 1, 2, 4 or 8 KiB: at
/// 4096 two hardware sockets are left, at 8192 one. -W5100_EBUSY while any
/// hardware socket is in use and the size is another one. See
/// w5100_set_memory().
pub const W5100_SO_RCVBUF: i32 = 0x1002;
/// `uint32_t`: milliseconds that a connection may wait for its program after
/// the peer's FIN without a byte being moved. It is then ended, its hardware
/// socket is free, what was not read is lost, and the program gets
/// -W5100_ECONNABORTED once. 0: for ever (requirement F2).
pub const W5100_SO_CLOSE_WAIT_TIMEOUT: i32 = 0x1102;
/// `int32_t`: not 0 has a W5100_AF_PACKET socket receive all frames, not only
/// broadcasts and those to this chip. Before its first use.
pub const W5100_SO_PROMISCUOUS: i32 = 0x1103;
/// `uint32_t`: a mark of the program's, shown by w5100_info_get() and by what is
/// built on it; the library does nothing with it. 0 at first. Accepted sockets
/// have it from their listener (requirement W12).
pub const W5100_SO_TAG: i32 = 0x1104;
/// Level W5100_IPPROTO_TCP, `int32_t`: 0 lets the chip delay its ACKs. It is 1 at
/// first, since with 2 KiB of memory a delayed ACK costs a peer seconds. The
/// chip never delays what it sends. Counts from the next connect or listen on;
/// accepted sockets have it from their listener (requirement W11).
pub const W5100_TCP_NODELAY: i32 = 1;
/// Level W5100_IPPROTO_TCP, `int32_t`: seconds of silence before the first
/// probe, 1 to 32767; 7200 at first.
///
/// The chip itself repeats a probe that is not answered and gives up as for any
/// segment (`retry_time`, `retry_count`; 31.8 s at first): the connection then
/// ends with -W5100_ETIMEDOUT. It cannot probe before the program has sent a
/// byte, and has no need to while bytes are unacknowledged.
pub const W5100_TCP_KEEPIDLE: i32 = 4;
/// Level W5100_IPPROTO_TCP, `int32_t`: seconds between two probes, 1 to 32767;
/// 75 at first.
pub const W5100_TCP_KEEPINTVL: i32 = 5;
/// Level W5100_IPPROTO_TCP, `int32_t`: probes in one round, 1 to 127; 9 at
/// first. After a round without a verdict of the chip the next one begins.
pub const W5100_TCP_KEEPCNT: i32 = 6;
/// Level W5100_IPPROTO_TCP: another name of W5100_TCP_NODELAY.
pub const W5100_TCP_QUICKACK: i32 = 12;
/// Level W5100_IPPROTO_TCP, `int32_t`: milliseconds that sent bytes may make no
/// progress, whether the peer is silent or keeps its window closed; then the
/// connection is dropped with -W5100_ETIMEDOUT. 0 at first: as long as the chip
/// retries, and for ever with a closed window (RFC 5482; requirement R4).
pub const W5100_TCP_USER_TIMEOUT: i32 = 18;
/// Level W5100_IPPROTO_IP, `int32_t`: type of service, 0 to 255; 0 at first.
pub const W5100_IP_TOS: i32 = 3;
/// Level W5100_IPPROTO_IP, `int32_t`: time to live, 1 to 255, or -1 for the
/// default of 128.
pub const W5100_IP_TTL: i32 = 4;
/// Level W5100_IPPROTO_IP, `int32_t`, UDP: time to live of datagrams to groups, 1
/// to 255, or -1 for the default of 1.
pub const W5100_IP_MULTICAST_TTL: i32 = 10;
/// Level W5100_IPPROTO_IP, `w5100_ip_mreq`, UDP, set only: joins a group. The
/// hardware socket is opened anew, so datagrams that wait are lost. Errors:
/// -W5100_EINVAL (no group's address), -W5100_EADDRNOTAVAIL (not this chip's
/// interface), -W5100_EADDRINUSE (a member already), -W5100_ENOBUFS (no hardware
/// socket can be had, or it is a member of another group).
///
/// As a member a socket sends to its group alone (else -W5100_EOPNOTSUPP): the
/// chip's multicast mode fixes the destination's MAC.
pub const W5100_IP_ADD_MEMBERSHIP: i32 = 12;
/// Level W5100_IPPROTO_IP, `w5100_ip_mreq`, UDP, set only: leaves the group;
/// -W5100_EADDRNOTAVAIL if it is no member.
pub const W5100_IP_DROP_MEMBERSHIP: i32 = 13;

/// Value of W5100_SO_LINGER.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Linger {
    /// 0: close returns at once, and the connection has ten seconds to end in
    /// the background.
    pub l_onoff: i32,
    /// Seconds that close waits for the end, and that it may take in the
    /// background if the socket does not block; more than 65534 count as so
    /// many. Not looked at if `l_onoff` is 0. 0: the connection is dropped
    /// at once and silently; the peer learns of it when it next sends.
    pub l_linger: i32,
}

/// Value of W5100_IP_ADD_MEMBERSHIP and W5100_IP_DROP_MEMBERSHIP.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IpMreq {
    /// The group, 224.0.0.0 to 239.255.255.255, first byte first.
    pub imr_multiaddr: [u8; 4],
    /// 0.0.0.0 or the chip's IP.
    pub imr_interface: [u8; 4],
}

/// Whether an option is one of the two that can only be set.
pub(super) fn is_membership(level: i32, name: i32) -> bool {
    level == W5100_IPPROTO_IP && matches!(name, W5100_IP_ADD_MEMBERSHIP | W5100_IP_DROP_MEMBERSHIP)
}

/// Refuses an option that means nothing for the socket.
fn check_kind(stack: &mut ChipStack, handle: Handle, level: i32, name: i32) -> Result<()> {
    let stream = !stack.kind(handle)?.is_datagram();
    match (level, name) {
        (W5100_SOL_SOCKET, _) => Ok(()),
        (W5100_IPPROTO_TCP, _) if stream => Ok(()),
        (W5100_IPPROTO_IP, W5100_IP_TOS | W5100_IP_TTL) => Ok(()),
        (W5100_IPPROTO_IP, _) if !stream => Ok(()),
        _ => Err(Error::NoSuchOption),
    }
}

/// Reads one of the options above.
pub(super) fn get(stack: &mut ChipStack, handle: Handle, level: i32, name: i32) -> Result<Value> {
    check_kind(stack, handle, level, name)?;
    let options = *stack.settings(handle)?.options();
    let word = match (level, name) {
        (W5100_SOL_SOCKET, W5100_SO_LINGER) => {
            let seconds = options.linger.unwrap_or(0).into();
            return Ok(Value::words(options.linger.is_some().into(), seconds, 8));
        }
        (W5100_SOL_SOCKET, W5100_SO_KEEPALIVE) => options.keepalive.into(),
        (W5100_SOL_SOCKET, W5100_SO_SNDBUF) => stack.send_buffer(handle)?.into(),
        (W5100_SOL_SOCKET, W5100_SO_RCVBUF) => stack.receive_buffer(handle)?.into(),
        (W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT) => options.close_wait_timeout,
        (W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS) => options.promiscuous.into(),
        (W5100_SOL_SOCKET, W5100_SO_TAG) => options.tag,
        (W5100_IPPROTO_TCP, W5100_TCP_NODELAY | W5100_TCP_QUICKACK) => {
            (!options.delayed_ack).into()
        }
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE) => options.keep_idle_s().into(),
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL) => options.keep_interval_s().into(),
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT) => options.keep_probes().into(),
        (W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT) => options.user_timeout,
        (W5100_IPPROTO_IP, W5100_IP_TOS) => options.tos.into(),
        (W5100_IPPROTO_IP, W5100_IP_TTL) => options.unicast_ttl().into(),
        (W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL) => options.group_ttl().into(),
        _ => return Err(Error::NoSuchOption),
    };
    Ok(Value::word(word))
}

/// A number that has to be in a range.
fn within(value: u32, low: u32, high: u32) -> Result<u32> {
    match value {
        value if value < low || value > high => Err(Error::Invalid),
        value => Ok(value),
    }
}

/// A time to live; -1 is the default.
fn time_to_live(value: u32) -> Result<u8> {
    match value {
        u32::MAX => Ok(0),
        value => Ok(within(value, 1, 255)? as u8),
    }
}

/// Sets one of the options above.
pub(super) fn set(
    stack: &mut ChipStack,
    handle: Handle,
    level: i32,
    name: i32,
    value: &Value,
) -> Result<()> {
    check_kind(stack, handle, level, name)?;
    if is_membership(level, name) {
        return change_membership(stack, handle, name, value);
    }
    let number = value.first();
    if (level, name) == (W5100_SOL_SOCKET, W5100_SO_RCVBUF) {
        return stack.set_receive_buffer(handle, within(number, 1, 8192)? as u16);
    }
    let mut options = *stack.settings(handle)?.options();
    set_one(&mut options, level, name, value)?;
    stack.set_options(handle, options)
}

fn set_one(options: &mut Options, level: i32, name: i32, value: &Value) -> Result<()> {
    let number = value.first();
    let on = number != 0;
    match (level, name) {
        (W5100_SOL_SOCKET, W5100_SO_LINGER) => {
            let [.., a, b, c, d] = value.bytes;
            let seconds = u32::from_ne_bytes([a, b, c, d]);
            options.linger = match on {
                true => Some(within(seconds, 0, i32::MAX as u32)?.min(0xFFFE) as u16),
                false => None,
            };
        }
        (W5100_SOL_SOCKET, W5100_SO_KEEPALIVE) => options.keepalive = on,
        (W5100_SOL_SOCKET, W5100_SO_SNDBUF) => {
            options.send_limit = within(number, 1, i32::MAX as u32)?.min(8192) as u16;
        }
        (W5100_SOL_SOCKET, W5100_SO_CLOSE_WAIT_TIMEOUT) => options.close_wait_timeout = number,
        (W5100_SOL_SOCKET, W5100_SO_PROMISCUOUS) => options.promiscuous = on,
        (W5100_SOL_SOCKET, W5100_SO_TAG) => options.tag = number,
        (W5100_IPPROTO_TCP, W5100_TCP_NODELAY | W5100_TCP_QUICKACK) => options.delayed_ack = !on,
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPIDLE) => {
            options.keep_idle = within(number, 1, 32767)? as u16;
        }
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPINTVL) => {
            options.keep_interval = within(number, 1, 32767)? as u16;
        }
        (W5100_IPPROTO_TCP, W5100_TCP_KEEPCNT) => {
            options.keep_count = within(number, 1, 127)? as u8;
        }
        (W5100_IPPROTO_TCP, W5100_TCP_USER_TIMEOUT) => {
            options.user_timeout = within(number, 0, i32::MAX as u32)?;
        }
        (W5100_IPPROTO_IP, W5100_IP_TOS) => options.tos = within(number, 0, 255)? as u8,
        (W5100_IPPROTO_IP, W5100_IP_TTL) => options.ttl = time_to_live(number)?,
        (W5100_IPPROTO_IP, W5100_IP_MULTICAST_TTL) => {
            options.multicast_ttl = time_to_live(number)?;
        }
        _ => return Err(Error::NoSuchOption),
    }
    Ok(())
}

fn change_membership(
    stack: &mut ChipStack,
    handle: Handle,
    name: i32,
    value: &Value,
) -> Result<()> {
    let [a, b, c, d, interface @ ..] = value.bytes;
    let group = [a, b, c, d];
    if interface != [0; 4] && interface != stack.network()?.0.address.ip {
        return Err(Error::AddressNotAvailable);
    }
    if name == W5100_IP_ADD_MEMBERSHIP {
        stack.join(handle, group)
    } else {
        stack.leave(handle, group)
    }
}

/// Deals a device's memory anew. Only in a library built with its part `options`,
/// as it is by default.
///
/// @param device  number from WIZnet_Enable()
/// @param rx_kib  4 numbers: KiB of receive memory for each hardware socket, as
///                in `w5100_config`
/// @param tx_kib  4 numbers: KiB of transmit memory, likewise
/// @return 0, or
///   - -W5100_EBUSY: a hardware socket is in use, be it by a listener or by a
///     connection that is still closing
///   - -W5100_EFAULT: NULL
///   - -W5100_EINVAL: no such device, or an impossible split
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_set_memory(
    device: i32,
    rx_kib: *const u8,
    tx_kib: *const u8,
) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`: NULL, or 4 bytes.
        let (rx, tx) = unsafe {
            (
                *required(rx_kib.cast::<[u8; 4]>())?,
                *required(tx_kib.cast::<[u8; 4]>())?,
            )
        };
        device.with(|stack| stack.set_memory(MemorySplit { rx, tx }))?;
        Ok(0)
    });
    answer(outcome)
}
