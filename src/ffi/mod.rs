//! The C boundary: one file for each noun, and this one for what they share.
//!
//! # Safety contract of every exported function
//!
//! * A pointer is NULL or points to an object of its type that is valid for
//!   the call, and aligned; a buffer has the length given with it. NULL is
//!   answered, never followed.
//! * The port given to `WIZnet_Enable` stays valid and unchanged until
//!   `WIZnet_Disable` and all other calls on the device have returned, and its
//!   callbacks do what the header says.
//! * Nothing else is needed: handles, numbers and lengths may be any.
//!
//! `unsafe` in this layer rests on this contract and on nothing else.
#![allow(unsafe_code)]
// It is stated here, once for all.
#![allow(clippy::missing_safety_doc)]

pub mod address;
pub mod device;
#[cfg(feature = "dhcp")]
pub mod dhcp;
#[cfg(feature = "dns")]
pub mod dns;
pub mod error;
#[cfg(feature = "events")]
pub mod event;
#[cfg(all(feature = "dns", feature = "events"))]
pub mod lookup;
#[cfg(feature = "dns")]
pub mod netdb;
#[cfg(feature = "netmf")]
pub mod netmf;
#[cfg(feature = "events")]
pub mod network;
pub mod option;
pub mod poll;
pub mod port;
#[cfg(any(feature = "dhcp", feature = "dns"))]
pub mod reserve;
#[cfg(w5100_seeded_race)]
mod seeded_race;
pub mod socket;
pub mod status;
pub mod transfer;
#[cfg(feature = "options")]
pub mod tuning;
#[cfg(feature = "events")]
pub mod wake;
#[cfg(feature = "events")]
pub mod window;
pub mod winsock;

#[cfg(all(target_os = "none", feature = "bare-metal"))]
mod bare_metal;

use crate::bus::SpiBus;
use crate::error::{Error, Result};
use crate::stack::{self, Handle, Kind, Stack};
use core::slice;
use port::{PortCell, PortRef};

type Device = stack::Device<SpiBus<PortRef>, PortRef>;

/// The stack behind it.
type ChipStack = Stack<SpiBus<PortRef>, PortRef>;

static PORTS: [PortCell; stack::DEVICES] = [const { PortCell::new() }; stack::DEVICES];

static DEVICES: [Device; stack::DEVICES] = include!(concat!(env!("OUT_DIR"), "/devices.rs"));

const fn device(number: u8) -> Device {
    let port = PortRef::new(number);
    Device::from_parts(port, Stack::new(SpiBus::new(port), port, number))
}

/// The device of a number from C.
fn device_at(number: i32) -> Result<&'static Device> {
    usize::try_from(number)
        .ok()
        .and_then(|number| DEVICES.get(number))
        .ok_or(Error::Invalid)
}

/// The device of a handle.
fn device_of(handle: Handle) -> Result<&'static Device> {
    DEVICES.get(handle.device()).ok_or(Error::BadHandle)
}

/// A result as C sees it.
fn answer(result: Result<usize>) -> i32 {
    match result {
        // A count above this cannot arise: buffers are cut to it.
        Ok(count) => i32::try_from(count).unwrap_or(i32::MAX),
        Err(error) => -error.number(),
    }
}

/// The device of an open handle, and the socket's kind.
#[inline(never)]
fn lookup(handle: Handle) -> Result<(&'static Device, Kind)> {
    let device = device_of(handle)?;
    let kind = device.with(|stack| stack.kind(handle))?;
    Ok((device, kind))
}

/// Runs `action` for a handle from C that is open.
fn on_socket(
    handle: i32,
    action: impl FnOnce(&'static Device, Handle, Kind) -> Result<usize>,
) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(lookup(handle).and_then(|(device, kind)| action(device, handle, kind)))
}

/// Runs `action` on the stack of an open handle.
fn on_stack(handle: i32, action: impl FnOnce(&mut ChipStack, Handle) -> Result<usize>) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(device_of(handle).and_then(|device| {
        device.with(|stack| {
            stack.kind(handle)?;
            action(stack, handle)
        })
    }))
}

/// Runs `action` on the stack of a handle that may be a wake handle.
#[cfg(feature = "events")]
fn on_any(handle: i32, action: impl FnOnce(&mut ChipStack, Handle) -> Result<usize>) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(device_of(handle).and_then(|device| device.with(|stack| action(stack, handle))))
}

/// A buffer to read from. No more than an `int32_t` can count is used.
///
/// # Safety
/// As the module says.
unsafe fn bytes<'a>(data: *const u8, length: usize) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::Fault);
    }
    let length = length.min(i32::MAX as usize);
    // SAFETY: not NULL, and valid for `length` bytes by the contract.
    Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// A buffer to write to, likewise.
///
/// # Safety
/// As the module says.
unsafe fn bytes_mut<'a>(data: *mut u8, length: usize) -> Result<&'a mut [u8]> {
    if length == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(Error::Fault);
    }
    let length = length.min(i32::MAX as usize);
    // SAFETY: not NULL, and valid for `length` bytes by the contract, which
    // also has nobody else use the buffer during the call.
    Ok(unsafe { slice::from_raw_parts_mut(data, length) })
}

/// A string. None that the library takes has as many bytes as are looked at.
///
/// # Safety
/// As the module says; not NULL.
#[cfg(any(feature = "dhcp", feature = "dns"))]
#[inline(never)]
unsafe fn text<'a>(string: *const core::ffi::c_char) -> &'a [u8] {
    let string = string.cast::<u8>();
    let mut length = 0;
    // SAFETY: by the contract it goes on up to its NUL, which ends this.
    while length < 300 && unsafe { *string.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: so many bytes were just read.
    unsafe { slice::from_raw_parts(string, length) }
}

/// What a pointer that may not be NULL points to.
///
/// # Safety
/// As the module says.
unsafe fn required<'a, T>(pointer: *const T) -> Result<&'a T> {
    // SAFETY: NULL or valid, by the contract.
    unsafe { pointer.as_ref() }.ok_or(Error::Fault)
}

/// The same, to be written to.
///
/// # Safety
/// As the module says.
unsafe fn required_mut<'a, T>(pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: NULL or valid, by the contract.
    unsafe { pointer.as_mut() }.ok_or(Error::Fault)
}
