//! Sending and receiving.

use super::{ADDRESS_SIZE, NO_ADDRESS, address_in, check_out, give, give_or_park, put};
use crate::error::{Error, Result};
use crate::ffi::address::SockAddrIn;
use crate::ffi::transfer::{self, W5100_MSG_DONTWAIT, W5100_MSG_PEEK};
use crate::ffi::{answer, lookup};
use crate::stack::{Handle, ready};
use core::ffi::{c_char, c_void};

/// What a call of the core takes for these arguments; no call waits.
fn arguments(handle: i32, length: i32, flags: i32, known: i32) -> Result<(usize, i32)> {
    lookup(Handle::from_raw(handle))?;
    if flags & !known != 0 {
        return Err(Error::NotSupported);
    }
    let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
    Ok((length, flags | W5100_MSG_DONTWAIT))
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_send(
    handle: i32,
    data: *const c_char,
    length: i32,
    flags: i32,
) -> i32 {
    let outcome = match arguments(handle, length, flags, 0) {
        // SAFETY: by the contract of `ffi`.
        Ok((length, flags)) => unsafe {
            transfer::w5100_send(handle, data.cast::<c_void>(), length, flags)
        },
        Err(error) => answer(Err(error)),
    };
    give_or_park(handle, outcome, ready::OUT)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_sendto(
    handle: i32,
    data: *const c_char,
    length: i32,
    flags: i32,
    address: *const SockAddrIn,
    address_length: i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    let outcome = unsafe { send_to(handle, data, length, flags, address, address_length) };
    give_or_park(
        handle,
        outcome.unwrap_or_else(|error| answer(Err(error))),
        ready::OUT,
    )
}

unsafe fn send_to(
    handle: i32,
    data: *const c_char,
    length: i32,
    flags: i32,
    address: *const SockAddrIn,
    address_length: i32,
) -> Result<i32> {
    let (length, flags) = arguments(handle, length, flags, 0)?;
    let data = data.cast::<c_void>();
    if address.is_null() {
        // SAFETY: by the contract of `ffi`.
        return Ok(unsafe { transfer::w5100_send(handle, data, length, flags) });
    }
    // SAFETY: by the contract of `ffi`.
    let to = unsafe { address_in(address, address_length) }?;
    let size = ADDRESS_SIZE as u32;
    // SAFETY: likewise, and the address is this function's own.
    Ok(unsafe { transfer::w5100_sendto(handle, data, length, flags, &to, size) })
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_recv(
    handle: i32,
    data: *mut c_char,
    length: i32,
    flags: i32,
) -> i32 {
    let outcome = match arguments(handle, length, flags, W5100_MSG_PEEK) {
        // SAFETY: by the contract of `ffi`.
        Ok((length, flags)) => unsafe {
            transfer::w5100_recv(handle, data.cast::<c_void>(), length, flags)
        },
        Err(error) => answer(Err(error)),
    };
    give_or_park(handle, outcome, ready::IN)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_recvfrom(
    handle: i32,
    data: *mut c_char,
    length: i32,
    flags: i32,
    address: *mut SockAddrIn,
    address_length: *mut i32,
) -> i32 {
    let checked = arguments(handle, length, flags, W5100_MSG_PEEK).and_then(|given| {
        // SAFETY: by the contract of `ffi`.
        unsafe { check_out(address, address_length) }?;
        Ok(given)
    });
    let (length, flags) = match checked {
        Ok(given) => given,
        Err(error) => return give(handle, answer(Err(error))),
    };
    let mut from = NO_ADDRESS;
    let mut size = ADDRESS_SIZE as u32;
    let data = data.cast::<c_void>();
    // SAFETY: by the contract of `ffi`, and the address is this function's own.
    let outcome = unsafe {
        match address.is_null() {
            true => transfer::w5100_recv(handle, data, length, flags),
            false => transfer::w5100_recvfrom(handle, data, length, flags, &mut from, &mut size),
        }
    };
    if outcome >= 0 {
        // SAFETY: it was checked before.
        unsafe { put(from, address, address_length) };
    }
    give_or_park(handle, outcome, ready::IN)
}
