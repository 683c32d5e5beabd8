//! What happens to a device's address.

use super::{answer, device_at, required_mut};
use crate::error::{Error, Result};
use crate::stack::notice::{BOUND, CONFLICT, LOST, RENEWED};
use core::ffi::c_void;

/// Event of a device: DHCP got an address, where there was none or another.
pub const W5100_NETWORK_BOUND: u32 = 0x01;
/// The lease goes on.
pub const W5100_NETWORK_RENEWED: u32 = 0x02;
/// The address of DHCP is lost, and its connections have ended: the lease is over,
/// the server refused it, it was given back, or another host has the address.
pub const W5100_NETWORK_LOST: u32 = 0x04;
/// Another host has this chip's address, be it one of DHCP or a fixed one
/// (datasheet: IR, CONFLICT). DHCP declines it and asks for another; a fixed one
/// stays. Told again as long as that host is heard.
pub const W5100_NETWORK_CONFLICT: u32 = 0x08;
const _: () = {
    assert!(BOUND as u32 == W5100_NETWORK_BOUND);
    assert!(RENEWED as u32 == W5100_NETWORK_RENEWED);
    assert!(LOST as u32 == W5100_NETWORK_LOST);
    assert!(CONFLICT as u32 == W5100_NETWORK_CONFLICT);
};

/// A function that is told of a device: its context, the device's number, and one
/// `W5100_NETWORK_...` bit.
pub type NetworkCallback = Option<extern "C" fn(context: *mut c_void, device: i32, event: u32)>;

/// Has a function told of what happens to a device's address, in place of the one
/// that was set before. In a library built with its part `events`, as it is by
/// default.
///
/// The function runs inside w5100_dispatch(), in the task that called that, and
/// nowhere else. It holds nothing of the library's and may call anything. It is
/// called once for each event; of events that come between two dispatches each is
/// told once, CONFLICT first, then LOST, BOUND and RENEWED. A w5100_dispatch() that
/// is under way in another task when this call returns may still run the function
/// that was set before, once. WIZnet_Disable() ends it.
///
/// @param device    number from WIZnet_Enable()
/// @param events    `W5100_NETWORK_...` bits; 0 for none any more
/// @param callback  the function; may be NULL if `events` is 0
/// @param context   given back to it; may be NULL
/// @return 0, or -W5100_EINVAL (no such device, or unknown event), -W5100_EFAULT,
///   -W5100_ENETDOWN
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_network_watch(
    device: i32,
    events: u32,
    callback: NetworkCallback,
    context: *mut c_void,
) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // None that does not fit is known.
        let events = u8::try_from(events).unwrap_or(u8::MAX);
        if callback.is_none() && events != 0 {
            return Err(Error::Fault);
        }
        device.with(|stack| stack.watch_network(events, callback, context))?;
        Ok(0)
    });
    answer(outcome)
}

/// Tells what happened to a device's address since this was asked last, or since
/// the device was enabled, whatever a function set with w5100_network_watch() was
/// told. Asking takes it away.
///
/// @param device  number from WIZnet_Enable()
/// @param events  `W5100_NETWORK_...` bits, filled in
/// @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT, -W5100_ENETDOWN
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_network_events(device: i32, events: *mut u32) -> i32 {
    // SAFETY: by the contract of `ffi`.
    answer(unsafe { network_events(device, events) })
}

unsafe fn network_events(device: i32, events: *mut u32) -> Result<usize> {
    let device = device_at(device)?;
    // SAFETY: by the contract of `ffi`.
    let events = unsafe { required_mut(events) }?;
    *events = device.with(|stack| stack.network_events())?.into();
    Ok(0)
}
