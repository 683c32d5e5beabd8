//! Making, connecting and closing sockets.

use super::{
    ADDRESS_SIZE, LAST, NO_ADDRESS, address_in, check_out, fail, give, give_or_park,
    make_nonblocking, put,
};
use crate::error::Error;
use crate::ffi::address::{SockAddrIn, w5100_getpeername, w5100_getsockname};
use crate::ffi::{answer, socket};
use crate::stack::ready;
use portable_atomic::Ordering;

/// A call of the core that writes an address.
type Name = unsafe extern "C" fn(i32, *mut SockAddrIn, *mut u32) -> i32;

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_socket(family: i32, kind: i32, protocol: i32) -> i32 {
    let handle = match family {
        socket::W5100_AF_INET => socket::w5100_socket(family, kind, protocol),
        _ => answer(Err(Error::FamilyNotSupported)),
    };
    if handle < 0 {
        return fail(super::code_of(handle));
    }
    make_nonblocking(handle);
    handle
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_bind(
    handle: i32,
    address: *const SockAddrIn,
    length: i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`; then an address of this function's own.
    let outcome = unsafe {
        match address_in(address, length) {
            Ok(address) => socket::w5100_bind(handle, &address, ADDRESS_SIZE as u32),
            Err(error) => refuse(handle, error),
        }
    };
    give(handle, outcome)
}

/// A bad argument; but of a bad handle that is told.
fn refuse(handle: i32, error: Error) -> i32 {
    match super::lookup(super::Handle::from_raw(handle)) {
        Ok(_) => answer(Err(error)),
        Err(error) => answer(Err(error)),
    }
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_connect(
    handle: i32,
    address: *const SockAddrIn,
    length: i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`; then an address of this function's own.
    let outcome = unsafe {
        match address_in(address, length) {
            Ok(address) => socket::w5100_connect(handle, &address, ADDRESS_SIZE as u32),
            Err(error) => refuse(handle, error),
        }
    };
    if outcome >= 0 {
        // The interpreter looks at it whatever is returned.
        LAST.store(0, Ordering::Relaxed);
    }
    give_or_park(handle, outcome, ready::OUT)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_listen(handle: i32, backlog: i32) -> i32 {
    give(handle, socket::w5100_listen(handle, backlog))
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_accept(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    if let Err(error) = unsafe { check_out(address, length) } {
        return give(handle, refuse(handle, error));
    }
    let mut peer = NO_ADDRESS;
    let mut size = ADDRESS_SIZE as u32;
    // SAFETY: an address of this function's own.
    let accepted = unsafe { socket::w5100_accept(handle, &mut peer, &mut size) };
    if accepted < 0 {
        return give_or_park(handle, accepted, ready::IN);
    }
    make_nonblocking(accepted);
    // SAFETY: it was checked before.
    unsafe { put(peer, address, length) };
    accepted
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_shutdown(handle: i32, how: i32) -> i32 {
    give(handle, socket::w5100_shutdown(handle, how))
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_close(handle: i32) -> i32 {
    match socket::w5100_close(handle) {
        // In any other case the socket is closed, and nobody asks again.
        outcome if outcome == answer(Err(Error::BadHandle)) => give(handle, outcome),
        _ => 0,
    }
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_getpeername(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    unsafe { name(handle, address, length, w5100_getpeername) }
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_getsockname(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    unsafe { name(handle, address, length, w5100_getsockname) }
}

unsafe fn name(handle: i32, address: *mut SockAddrIn, length: *mut i32, ask: Name) -> i32 {
    let mut found = NO_ADDRESS;
    let mut size = ADDRESS_SIZE as u32;
    // SAFETY: by the contract of `ffi`; then an address of this function's own.
    let outcome = unsafe {
        match check_out(address, length) {
            Ok(()) if !address.is_null() => ask(handle, &mut found, &mut size),
            Ok(()) => refuse(handle, Error::Fault),
            Err(error) => refuse(handle, error),
        }
    };
    if outcome >= 0 {
        // SAFETY: it was checked before.
        unsafe { put(found, address, length) };
    }
    give(handle, outcome)
}
