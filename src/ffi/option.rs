//! Socket options and ioctl requests.

use super::{ChipStack, on_stack, required_mut};
use crate::error::{Error, Result};
use crate::stack::Handle;
use core::ffi::c_void;

/// The level of the options of any socket.
pub const W5100_SOL_SOCKET: i32 = 0xFFFF;
/// `int32_t`, read only: 1 if the socket listens.
pub const W5100_SO_ACCEPTCONN: i32 = 0x0002;
/// `int32_t`: not 0 lets the socket share a port at bind with others that have
/// this option, none of which may listen.
pub const W5100_SO_REUSEADDR: i32 = 0x0004;
/// `int32_t`: not 0 allows datagrams to broadcast addresses.
pub const W5100_SO_BROADCAST: i32 = 0x0020;
/// `uint32_t`: milliseconds that send and connect wait at most; 0 for ever.
pub const W5100_SO_SNDTIMEO: i32 = 0x1005;
/// `uint32_t`: milliseconds that recv and accept wait at most; 0 for ever.
pub const W5100_SO_RCVTIMEO: i32 = 0x1006;
/// `int32_t`, read only: the `W5100_E...` number that waits to be told, or 0;
/// reading it clears it.
pub const W5100_SO_ERROR: i32 = 0x1007;
/// `int32_t`, read only: W5100_SOCK_STREAM, W5100_SOCK_DGRAM or W5100_SOCK_RAW.
pub const W5100_SO_TYPE: i32 = 0x1008;
/// `int32_t`: not 0 makes the calls of this socket not wait. 0 gives
/// -W5100_EINVAL while w5100_wsa_async_select() has a window told of its events.
pub const W5100_SO_NONBLOCK: i32 = 0x1101;
/// w5100_ioctl(): tells the bytes that wait to be received.
pub const W5100_FIONREAD: u32 = 0x4004667F;
/// w5100_ioctl(): as W5100_SO_NONBLOCK.
pub const W5100_FIONBIO: u32 = 0x8004667E;

/// A value as C has it, and the bytes of it that count.
pub(super) struct Value {
    pub(super) bytes: [u8; 8],
    pub(super) size: u32,
}

impl Value {
    pub(super) const fn word(word: u32) -> Self {
        Self::words(word, 0, 4)
    }

    pub(super) const fn words(first: u32, second: u32, size: u32) -> Self {
        let [a, b, c, d] = first.to_ne_bytes();
        let [e, f, g, h] = second.to_ne_bytes();
        Self {
            bytes: [a, b, c, d, e, f, g, h],
            size,
        }
    }

    pub(super) const fn first(&self) -> u32 {
        let [a, b, c, d, ..] = self.bytes;
        u32::from_ne_bytes([a, b, c, d])
    }
}

/// What a window is told of does not block, as Winsock has it.
#[cfg(feature = "events")]
fn may_block(stack: &ChipStack, handle: Handle) -> Result<()> {
    match stack.has_window(handle) {
        true => Err(Error::Invalid),
        false => Ok(()),
    }
}

/// Sets one of the options above; `None` if it is none of them.
fn set_basic(stack: &mut ChipStack, handle: Handle, name: i32, value: u32) -> Result<Option<()>> {
    let on = value != 0;
    #[cfg(feature = "events")]
    if name == W5100_SO_NONBLOCK && !on {
        may_block(stack, handle)?;
    }
    let settings = stack.settings(handle)?;
    match name {
        W5100_SO_REUSEADDR => settings.reuse_address = on,
        W5100_SO_BROADCAST => settings.broadcast = on,
        W5100_SO_NONBLOCK => settings.nonblocking = on,
        W5100_SO_SNDTIMEO => settings.send_timeout = value,
        W5100_SO_RCVTIMEO => settings.receive_timeout = value,
        _ => return Ok(None),
    }
    Ok(Some(()))
}

/// Reads one of the options above; reading W5100_SO_ERROR clears it only with
/// `take`.
fn get_basic(stack: &mut ChipStack, handle: Handle, name: i32, take: bool) -> Result<Option<u32>> {
    let settings = *stack.settings(handle)?;
    Ok(Some(match name {
        W5100_SO_REUSEADDR => settings.reuse_address.into(),
        W5100_SO_BROADCAST => settings.broadcast.into(),
        W5100_SO_NONBLOCK => settings.nonblocking.into(),
        W5100_SO_SNDTIMEO => settings.send_timeout,
        W5100_SO_RCVTIMEO => settings.receive_timeout,
        W5100_SO_ACCEPTCONN => stack.listens(handle)?.into(),
        W5100_SO_TYPE => stack.kind(handle)?.number().into(),
        W5100_SO_ERROR if take => stack
            .take_error(handle)?
            .map_or(0, |error| error.number() as u32),
        W5100_SO_ERROR => 0,
        _ => return Ok(None),
    }))
}

fn get(stack: &mut ChipStack, handle: Handle, level: i32, name: i32, take: bool) -> Result<Value> {
    if level == W5100_SOL_SOCKET
        && let Some(word) = get_basic(stack, handle, name, take)?
    {
        return Ok(Value::word(word));
    }
    #[cfg(feature = "options")]
    return super::tuning::get(stack, handle, level, name);
    #[cfg(not(feature = "options"))]
    Err(Error::NoSuchOption)
}

fn set(stack: &mut ChipStack, handle: Handle, level: i32, name: i32, value: &Value) -> Result<()> {
    if level == W5100_SOL_SOCKET && set_basic(stack, handle, name, value.first())?.is_some() {
        return Ok(());
    }
    #[cfg(feature = "options")]
    return super::tuning::set(stack, handle, level, name, value);
    #[cfg(not(feature = "options"))]
    Err(Error::NoSuchOption)
}

/// The size of an option's value.
fn size_of_value(stack: &mut ChipStack, handle: Handle, level: i32, name: i32) -> Result<u32> {
    #[cfg(feature = "options")]
    if super::tuning::is_membership(level, name) {
        return Ok(8);
    }
    Ok(get(stack, handle, level, name, false)?.size)
}

/// Sets an option.
///
/// @param handle  socket
/// @param level   W5100_SOL_SOCKET, W5100_IPPROTO_TCP or W5100_IPPROTO_IP
/// @param name    `W5100_SO_...`, `W5100_TCP_...`, `W5100_IP_...`
/// @param value   its value, of the type told with the name
/// @param length  bytes in `value`, at least those of the type
/// @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name, one
///   that cannot be set, or one that is not for this kind of socket),
///   -W5100_EFAULT, -W5100_EINVAL (`length` too small, or a value out of its
///   range), and what is told with the name
///
/// A call that waits already takes a new timeout into account when it next looks
/// at the chip. Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_setsockopt(
    handle: i32,
    level: i32,
    name: i32,
    value: *const c_void,
    length: u32,
) -> i32 {
    on_stack(handle, |stack, handle| {
        let size = size_of_value(stack, handle, level, name)?;
        if value.is_null() {
            return Err(Error::Fault);
        }
        if length < size {
            return Err(Error::Invalid);
        }
        let mut given = Value::words(0, 0, size);
        // SAFETY: not NULL and, by the contract of this module, valid for
        // `length` bytes, of which the first 4 or 8 are copied.
        unsafe {
            let to = given.bytes.as_mut_ptr();
            core::ptr::copy_nonoverlapping(value.cast(), to, size as usize);
        }
        set(stack, handle, level, name, &given)?;
        Ok(0)
    })
}

/// Reads an option.
///
/// @param handle  socket
/// @param level   W5100_SOL_SOCKET, W5100_IPPROTO_TCP or W5100_IPPROTO_IP
/// @param name    `W5100_SO_...`, `W5100_TCP_...`, `W5100_IP_...`
/// @param value   where it is written, with the type told with the name
/// @param length  in: size of `value`, at least that of the type; out: the
///                type's
/// @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name, or
///   one that is not for this kind of socket), -W5100_EFAULT, -W5100_EINVAL
///   (`length` too small)
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_getsockopt(
    handle: i32,
    level: i32,
    name: i32,
    value: *mut c_void,
    length: *mut u32,
) -> i32 {
    on_stack(handle, |stack, handle| {
        let size = get(stack, handle, level, name, false)?.size;
        // SAFETY: by the contract of this module.
        let length = unsafe { required_mut(length) }?;
        if value.is_null() {
            return Err(Error::Fault);
        }
        if *length < size {
            return Err(Error::Invalid);
        }
        let found = get(stack, handle, level, name, true)?;
        // SAFETY: not NULL and, by the contract of this module, valid for
        // `*length` bytes, which is no less than is copied.
        unsafe {
            let from = found.bytes.as_ptr();
            core::ptr::copy_nonoverlapping(from, value.cast(), size as usize);
        }
        *length = size;
        Ok(0)
    })
}

/// Asks or sets what has no option.
///
/// @param handle   socket
/// @param request  W5100_FIONREAD: writes the bytes that w5100_recv() would
///                 give at once (UDP: of the next datagram).
///                 W5100_FIONBIO: not 0 makes the calls not wait
/// @param value    read or written
/// @return 0, or -W5100_EBADF, -W5100_ENOTTY (unknown request),
///   -W5100_EINVAL (W5100_FIONREAD on a listener; W5100_FIONBIO as told with
///   W5100_SO_NONBLOCK), -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_ioctl(handle: i32, request: u32, value: *mut i32) -> i32 {
    on_stack(handle, |stack, handle| {
        if !matches!(request, W5100_FIONREAD | W5100_FIONBIO) {
            return Err(Error::UnknownRequest);
        }
        // SAFETY: by the contract of this module.
        let value = unsafe { required_mut(value) }?;
        if request == W5100_FIONREAD {
            *value = stack.available(handle)? as i32;
        } else {
            #[cfg(feature = "events")]
            if *value == 0 {
                may_block(stack, handle)?;
            }
            stack.settings(handle)?.nonblocking = *value != 0;
        }
        Ok(0)
    })
}
