//! Socket options and ioctl requests.

use super::give;
use crate::error::{Error, Result};
use crate::ffi::option::{self, W5100_FIONBIO, W5100_FIONREAD, W5100_SO_ERROR, W5100_SOL_SOCKET};
use crate::ffi::tuning::{Linger, W5100_SO_LINGER, W5100_SO_RCVBUF};
use crate::ffi::{answer, lookup};
use crate::stack::Handle;
use core::ffi::{c_char, c_void};

/// The negative of `SO_LINGER`: an `int`, not 0 has close not linger.
const DONTLINGER: i32 = !W5100_SO_LINGER;
/// The negative of `SO_REUSEADDR`, which is what a socket has anyway.
const EXCLUSIVEADDRUSE: i32 = !option::W5100_SO_REUSEADDR;
/// Bytes of an option that is an `int`, or Winsock's `linger`: two `u16`.
const WORD: u32 = 4;
const LINGER: u32 = size_of::<Linger>() as u32;

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_ioctl(handle: i32, request: i32, value: *mut i32) -> i32 {
    let request = request as u32;
    // SAFETY: by the contract of `ffi`.
    let outcome = match unsafe { value.as_ref() } {
        // It never blocks, whatever is asked for.
        Some(_) if request == W5100_FIONBIO => answer(lookup(Handle::from_raw(handle)).map(|_| 0)),
        None if matches!(request, W5100_FIONBIO | W5100_FIONREAD) => {
            let open = lookup(Handle::from_raw(handle));
            answer(open.and(Err(Error::Fault)))
        }
        // SAFETY: likewise.
        _ => unsafe { option::w5100_ioctl(handle, request, value) },
    };
    give(handle, outcome)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_setsockopt(
    handle: i32,
    level: i32,
    name: i32,
    value: *const c_char,
    length: i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    let outcome = unsafe { set(handle, level, name, value, length) };
    give(handle, outcome.unwrap_or_else(|error| answer(Err(error))))
}

unsafe fn set(
    handle: i32,
    level: i32,
    name: i32,
    value: *const c_char,
    length: i32,
) -> Result<i32> {
    lookup(Handle::from_raw(handle))?;
    let length = u32::try_from(length).map_err(|_| Error::Invalid)?;
    let word = || {
        if value.is_null() {
            return Err(Error::Fault);
        }
        if length < WORD {
            return Err(Error::Invalid);
        }
        // SAFETY: not NULL, and `length` bytes are there by the contract of `ffi`.
        Ok(unsafe { value.cast::<u32>().read_unaligned() })
    };
    let linger = match (level, name) {
        // The device's memory is not a socket's to deal.
        (W5100_SOL_SOCKET, W5100_SO_RCVBUF | EXCLUSIVEADDRUSE) => {
            word()?;
            return Ok(0);
        }
        (W5100_SOL_SOCKET, W5100_SO_LINGER) => {
            let word = word()?.to_le();
            Linger {
                l_onoff: (word & 0xFFFF) as i32,
                l_linger: (word >> 16) as i32,
            }
        }
        (W5100_SOL_SOCKET, DONTLINGER) => Linger {
            l_onoff: i32::from(word()? == 0),
            l_linger: 0,
        },
        // SAFETY: by the contract of `ffi`.
        _ => unsafe {
            let value = value.cast::<c_void>();
            return Ok(option::w5100_setsockopt(handle, level, name, value, length));
        },
    };
    let name = W5100_SO_LINGER;
    let value = (&raw const linger).cast::<c_void>();
    // SAFETY: a value of this function's own, and its size.
    Ok(unsafe { option::w5100_setsockopt(handle, level, name, value, LINGER) })
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_getsockopt(
    handle: i32,
    level: i32,
    name: i32,
    value: *mut c_char,
    length: *mut i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    let outcome = unsafe { get(handle, level, name, value, length) };
    give(handle, outcome.unwrap_or_else(|error| answer(Err(error))))
}

unsafe fn get(
    handle: i32,
    level: i32,
    name: i32,
    value: *mut c_char,
    length: *mut i32,
) -> Result<i32> {
    lookup(Handle::from_raw(handle))?;
    // SAFETY: by the contract of `ffi`.
    let length = unsafe { length.as_mut() }.ok_or(Error::Fault)?;
    if value.is_null() {
        return Err(Error::Fault);
    }
    if *length < WORD as i32 {
        return Err(Error::Invalid);
    }
    let asked = match (level, name) {
        (W5100_SOL_SOCKET, DONTLINGER) => W5100_SO_LINGER,
        (W5100_SOL_SOCKET, EXCLUSIVEADDRUSE) => option::W5100_SO_REUSEADDR,
        _ => name,
    };
    let mut found = [0_i32; 2];
    let mut size = LINGER;
    let out = (&raw mut found).cast::<c_void>();
    // SAFETY: a place of this function's own, and its size.
    let outcome = unsafe { option::w5100_getsockopt(handle, level, asked, out, &mut size) };
    if outcome < 0 {
        return Ok(outcome);
    }
    let [first, second] = found;
    let word = match (level, name) {
        (W5100_SOL_SOCKET, W5100_SO_ERROR) if first != 0 => super::code_of(-first),
        (W5100_SOL_SOCKET, W5100_SO_LINGER) => {
            ((first & 0xFFFF) as u32 | (second as u32) << 16).to_le() as i32
        }
        (W5100_SOL_SOCKET, DONTLINGER | EXCLUSIVEADDRUSE) => i32::from(first == 0),
        _ => first,
    };
    // SAFETY: not NULL, and 4 bytes are there, as was checked.
    unsafe { value.cast::<i32>().write_unaligned(word) };
    *length = WORD as i32;
    Ok(0)
}
