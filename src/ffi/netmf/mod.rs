//! The socket layer of NETMF-style runtimes: `include/w5100_netmf.h`, which also
//! describes each function.
//!
//! No call waits, whatever the socket's settings say: the sockets of this layer never
//! block. What is asked for in vain is noted ([`crate::stack::parked`]), so that the
//! runtime is told when to ask again.

pub mod adapter;
pub mod event;
pub mod names;
pub mod option;
pub mod select;
pub mod socket;
pub mod transfer;

use super::address::SockAddrIn;
use super::{DEVICES, device_of, lookup};
use crate::error::{self, Error, Result};
use crate::stack::{Handle, SLOTS};
use portable_atomic::{AtomicI32, AtomicU16, Ordering};

/// What a call returns that failed; the last error says why.
const SOCKET_ERROR: i32 = -1;

const WSAEINVAL: i32 = 10022;
/// No socket can be had, be it a handle or one of the chip's.
const WSAEMFILE: i32 = 10024;
const WSAEWOULDBLOCK: i32 = 10035;
const WSAENOTSOCK: i32 = 10038;

/// Bytes of an address.
const ADDRESS_SIZE: i32 = size_of::<SockAddrIn>() as i32;

/// The last error of all threads: the runtime's interpreter is one task.
static LAST: AtomicI32 = AtomicI32::new(0);

/// The last error told of the socket in each slot.
static ERRORS: [AtomicU16; DEVICES.len() * SLOTS] =
    [const { AtomicU16::new(0) }; DEVICES.len() * SLOTS];

fn error_of(handle: i32) -> Option<&'static AtomicU16> {
    let handle = Handle::from_raw(handle);
    let at = handle.device().checked_mul(SLOTS)?;
    ERRORS.get(at.checked_add(handle.slot())?)
}

/// The number that the runtime knows an error by.
fn code(error: Error) -> i32 {
    code_of(-error.number())
}

/// The same of one that a call of the core returned.
fn code_of(result: i32) -> i32 {
    const NO_HARDWARE: i32 = -Error::NoHardwareSocket.number();
    const IN_PROGRESS: i32 = -Error::InProgress.number();
    match result {
        NO_HARDWARE => WSAEMFILE,
        IN_PROGRESS => WSAEWOULDBLOCK,
        result => error::winsock_number(result).map_or(WSAEINVAL, i32::from),
    }
}

fn fail(code: i32) -> i32 {
    LAST.store(code, Ordering::Relaxed);
    SOCKET_ERROR
}

/// A result of the core's on a socket as the runtime sees it.
fn give(handle: i32, result: i32) -> i32 {
    if result >= 0 {
        return result;
    }
    let code = code_of(result);
    if code != WSAENOTSOCK {
        note(handle, code);
    }
    fail(code)
}

fn note(handle: i32, code: i32) {
    if let Some(error) = error_of(handle) {
        error.store(code as u16, Ordering::Relaxed);
    }
}

/// The same; and if the call would have to wait, the runtime is told when `events`
/// of [`crate::stack::ready`] are there.
fn give_or_park(handle: i32, result: i32, events: i16) -> i32 {
    let waits = [Error::WouldBlock, Error::InProgress];
    if waits.iter().any(|error| -error.number() == result) {
        park(handle, events);
    }
    give(handle, result)
}

fn park(handle: i32, events: i16) {
    let handle = Handle::from_raw(handle);
    let idle = device_of(handle).and_then(|device| {
        device.with(|stack| {
            stack.park(handle, events);
            Ok(stack.idle_ms())
        })
    });
    if let Ok(idle) = idle {
        event::wanted(idle);
    }
}

/// Nobody of this layer waits on the socket inside a call.
fn make_nonblocking(handle: i32) {
    // A handle that was just made.
    let _ = lookup(Handle::from_raw(handle)).and_then(|(device, _)| {
        device.with(|stack| {
            stack.settings(Handle::from_raw(handle))?.nonblocking = true;
            Ok(())
        })
    });
    note(handle, 0);
}

/// An address of the runtime's, which may stand at any place in memory.
///
/// # Safety
/// As the module `ffi` says, but for the alignment.
unsafe fn address_in(address: *const SockAddrIn, length: i32) -> Result<SockAddrIn> {
    if address.is_null() {
        return Err(Error::Fault);
    }
    if length < ADDRESS_SIZE {
        return Err(Error::Invalid);
    }
    // SAFETY: not NULL, and `length` bytes are there by the contract of `ffi`.
    Ok(unsafe { address.read_unaligned() })
}

/// Where an address is to be written: nowhere if it is NULL.
///
/// # Safety
/// As [`address_in`].
unsafe fn check_out(address: *mut SockAddrIn, length: *const i32) -> Result<()> {
    if address.is_null() {
        return Ok(());
    }
    // SAFETY: NULL or an `int`, by the contract of `ffi`.
    match unsafe { length.as_ref() } {
        None => Err(Error::Fault),
        Some(length) if *length < ADDRESS_SIZE => Err(Error::Invalid),
        Some(_) => Ok(()),
    }
}

/// Writes it there, after [`check_out`] had nothing against it.
///
/// # Safety
/// As [`address_in`].
unsafe fn put(value: SockAddrIn, address: *mut SockAddrIn, length: *mut i32) {
    if address.is_null() {
        return;
    }
    // SAFETY: as checked, there is room for an address, and there is its length.
    unsafe {
        address.write_unaligned(value);
        length.write(ADDRESS_SIZE);
    }
}

const NO_ADDRESS: SockAddrIn = SockAddrIn {
    sin_family: 0,
    sin_port: 0,
    sin_addr: [0; 4],
    sin_zero: [0; 8],
};
