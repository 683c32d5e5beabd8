//! Socket options and ioctl requests.

use super::{on_stack, required, required_mut};
use crate::error::{Error, Result};
use crate::stack::Settings;
use core::ffi::c_void;

/// The level of all options here.
pub const W5100_SOL_SOCKET: i32 = 0xFFFF;
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
/// `int32_t`, read only: W5100_SOCK_STREAM or W5100_SOCK_DGRAM.
pub const W5100_SO_TYPE: i32 = 0x1008;
/// `int32_t`: not 0 makes the calls of this socket not wait.
pub const W5100_SO_NONBLOCK: i32 = 0x1101;
/// w5100_ioctl(): tells the bytes that wait to be received.
pub const W5100_FIONREAD: u32 = 0x4004667F;
/// w5100_ioctl(): as W5100_SO_NONBLOCK.
pub const W5100_FIONBIO: u32 = 0x8004667E;

/// All option values are 32 bits.
const VALUE_SIZE: u32 = 4;

fn check_level(level: i32) -> Result<()> {
    if level == W5100_SOL_SOCKET {
        Ok(())
    } else {
        Err(Error::NoSuchOption)
    }
}

fn set(settings: &mut Settings, name: i32, value: u32) -> Result<()> {
    let on = value != 0;
    match name {
        W5100_SO_REUSEADDR => settings.reuse_address = on,
        W5100_SO_BROADCAST => settings.broadcast = on,
        W5100_SO_NONBLOCK => settings.nonblocking = on,
        W5100_SO_SNDTIMEO => settings.send_timeout = value,
        W5100_SO_RCVTIMEO => settings.receive_timeout = value,
        _ => return Err(Error::NoSuchOption),
    }
    Ok(())
}

fn get(settings: &Settings, name: i32) -> Result<u32> {
    Ok(match name {
        W5100_SO_REUSEADDR => settings.reuse_address.into(),
        W5100_SO_BROADCAST => settings.broadcast.into(),
        W5100_SO_NONBLOCK => settings.nonblocking.into(),
        W5100_SO_SNDTIMEO => settings.send_timeout,
        W5100_SO_RCVTIMEO => settings.receive_timeout,
        _ => return Err(Error::NoSuchOption),
    })
}

/// Sets an option.
///
/// @param handle  socket
/// @param level   W5100_SOL_SOCKET
/// @param name    `W5100_SO_...`
/// @param value   its value, of the type told with the name; aligned
/// @param length  bytes in `value`, at least 4
/// @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name, or
///   one that cannot be set), -W5100_EFAULT, -W5100_EINVAL (`length` too small)
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
        let settings = stack.settings(handle)?;
        check_level(level)?;
        get(settings, name)?;
        if value.is_null() {
            return Err(Error::Fault);
        }
        if length < VALUE_SIZE {
            return Err(Error::Invalid);
        }
        // SAFETY: by the contract of this module; the length was checked.
        let value = unsafe { required(value.cast::<u32>()) }?;
        set(settings, name, *value)?;
        Ok(0)
    })
}

/// Reads an option.
///
/// @param handle  socket
/// @param level   W5100_SOL_SOCKET
/// @param name    `W5100_SO_...`
/// @param value   where it is written, with the type told with the name; aligned
/// @param length  in: size of `value`, at least 4; out: 4
/// @return 0, or -W5100_EBADF, -W5100_ENOPROTOOPT (unknown level or name),
///   -W5100_EFAULT, -W5100_EINVAL (`length` too small)
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
        let settings = *stack.settings(handle)?;
        check_level(level)?;
        if !matches!(name, W5100_SO_ERROR | W5100_SO_TYPE) {
            get(&settings, name)?;
        }
        // SAFETY: by the contract of this module.
        let length = unsafe { required_mut(length) }?;
        if value.is_null() {
            return Err(Error::Fault);
        }
        if *length < VALUE_SIZE {
            return Err(Error::Invalid);
        }
        // SAFETY: by the contract of this module; the length was checked.
        let value = unsafe { required_mut(value.cast::<u32>()) }?;
        *value = match name {
            W5100_SO_ERROR => stack
                .take_error(handle)?
                .map_or(0, |error| error.number() as u32),
            W5100_SO_TYPE => stack.kind(handle)?.number().into(),
            _ => get(&settings, name)?,
        };
        *length = VALUE_SIZE;
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
///   -W5100_EINVAL (W5100_FIONREAD on a listener), -W5100_EFAULT,
///   -W5100_ENETDOWN, -W5100_EIO
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
            stack.settings(handle)?.nonblocking = *value != 0;
        }
        Ok(0)
    })
}
