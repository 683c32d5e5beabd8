//! What the library tells about itself.

use super::{answer, device_at, port, required_mut};
use crate::regs::Status;
use crate::stack::{COPY_MAX, Counters, HardwareInfo, Info, LOCK_FRAMES, ROLE_ABSENT, Role};
use crate::words;
use core::ffi::c_char;
use portable_atomic::AtomicI32;

/// Version of this header: incompatible changes.
pub const W5100_VERSION_MAJOR: u32 = 0;
/// Version of this header: additions.
pub const W5100_VERSION_MINOR: u32 = 1;
/// Version of this header: corrections.
pub const W5100_VERSION_PATCH: u32 = 0;

/// The most bytes of a connection that one w5100_recv() gives, whatever the size
/// of the buffer and of the ring.
pub const W5100_COPY_MAX: u32 = 2048;
/// The most frames that any call exchanges in one hold of a device's lock, as
/// long as the chip echoes and takes commands at once; other tasks wait that long at
/// most. Half of it is a copy of W5100_COPY_MAX bytes, after which a longer
/// w5100_send() gives the lock back; the other half only a connected UDP socket
/// needs whose ring is full of what others sent. 4096 frames of 32 bits are 9.4 ms
/// at an SPI clock of 14 MHz, without what the port's `transfer` adds. A chip
/// that fails holds it by time instead: 100 ms, once, to find that it hangs, and
/// 200 ms to set it up again. `w5100_counters.lock_frames_max` tells what was
/// needed so far.
pub const W5100_LOCK_FRAMES: u32 = 4096;
/// The most frames of a w5100_info_look(), if the chip has taken the last command
/// of the socket: else it waits for that, as any call would. One that finds the
/// chip reset sets it up again, which takes more.
pub const W5100_LOOK_FRAMES: u32 = 16;
const _: () = assert!(W5100_COPY_MAX == COPY_MAX as u32);
const _: () = assert!(W5100_LOCK_FRAMES == LOCK_FRAMES);

/// `w5100_hardware.role`: nobody's.
pub const W5100_ROLE_FREE: u8 = 0;
/// In LISTEN for a listener; given up for whoever needs it more.
pub const W5100_ROLE_ARMED: u8 = 1;
/// Connected, waits for accept.
pub const W5100_ROLE_PENDING: u8 = 2;
/// A program's TCP connection, or one being made.
pub const W5100_ROLE_CONNECTION: u8 = 3;
/// A program's UDP or raw socket.
pub const W5100_ROLE_DATAGRAM: u8 = 4;
/// A connection that its program closed, and that is still ending.
pub const W5100_ROLE_ORPHAN: u8 = 5;
/// A datagram socket that its program closed, and that is still sending.
pub const W5100_ROLE_LEAVING: u8 = 6;
/// It has no memory, by `w5100_config` or w5100_set_memory().
pub const W5100_ROLE_ABSENT: u8 = 7;

/// By number.
const ROLE_LIST: [&str; 9] = [
    "free",
    "armed",
    "pending",
    "connection",
    "datagram",
    "orphan",
    "leaving",
    "absent",
    "unknown",
];
static ROLES: [u8; words::length(&ROLE_LIST)] = words::join(&ROLE_LIST);
const _: () = assert!(Role::Leaving as u8 == W5100_ROLE_LEAVING);
const _: () = assert!(ROLE_ABSENT == W5100_ROLE_ABSENT);

/// Reads a device's counts.
///
/// @param device  number from WIZnet_Enable()
/// @param out     filled in
/// @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_counters_get(device: i32, out: *mut Counters) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`.
        let out = unsafe { required_mut(out) }?;
        #[cfg(not(w5100_seeded_race))]
        let counters = device.with(|stack| Ok(stack.counters()))?;
        #[cfg(w5100_seeded_race)]
        let counters = super::seeded_race::counters(device)?;
        *out = counters;
        Ok(0)
    });
    answer(outcome)
}

/// Reads a row of a device's socket table: what is known without asking the chip
/// (requirement F8).
///
/// @param device  number from WIZnet_Enable()
/// @param index   row, from 0
/// @param out     filled in if the row has a socket
/// @return 1 if it has one, 0 if not, -W5100_EINVAL (no such device, or past
///   the last row), -W5100_EFAULT
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_info_get(device: i32, index: u32, out: *mut Info) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`.
        let out = unsafe { required_mut(out) }?;
        let row = device.with(|stack| stack.info(index as usize))?;
        Ok(fill(out, row))
    });
    answer(outcome)
}

/// The same, after the chip was asked what has changed: W5100_LOOK_FRAMES frames
/// at most for a socket that has hardware, none for others. What it learns is
/// handled as by any call, so a look does for the socket what a poll would. In a
/// library built without its part `stats` the chip is not asked.
///
/// @param device  number from WIZnet_Enable()
/// @param index   row, from 0
/// @param out     filled in if the row has a socket
/// @return 1 if it has one, 0 if not, -W5100_EINVAL (no such device, or past
///   the last row), -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_info_look(device: i32, index: u32, out: *mut Info) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`.
        let out = unsafe { required_mut(out) }?;
        let row = device.with(|stack| stack.look_at(index as usize))?;
        Ok(fill(out, row))
    });
    answer(outcome)
}

fn fill(out: &mut Info, row: Option<Info>) -> usize {
    match row {
        Some(row) => {
            *out = row;
            1
        }
        None => 0,
    }
}

/// Tells who holds a hardware socket, as far as is known without asking the chip.
///
/// @param device  number from WIZnet_Enable()
/// @param number  hardware socket, 0 to 3
/// @param out     filled in
/// @return 0, or -W5100_EINVAL (no such device, or past the last one),
///   -W5100_EFAULT
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_hardware_get(
    device: i32,
    number: u32,
    out: *mut HardwareInfo,
) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`.
        let out = unsafe { required_mut(out) }?;
        *out = device.with(|stack| stack.hardware_info(number as usize))?;
        Ok(0)
    });
    answer(outcome)
}

/// The name of what a hardware socket is used for: "connection".
///
/// @param role  `W5100_ROLE_...`, as in `w5100_hardware.role`
/// @return a constant string, never NULL; "unknown" for an unknown role
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_role_name(role: u8) -> *const c_char {
    let last = ROLE_LIST.len() - 1;
    words::nth(&ROLES, usize::from(role).min(last)).as_ptr()
}

/// The name of a hardware socket's status: "ESTABLISHED".
///
/// @param status  Sn_SR, as in `w5100_info.status`
/// @return a constant string, never NULL; "UNKNOWN" for an unknown status
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_state_name(status: u8) -> *const c_char {
    Status(status).name().as_ptr()
}

/// Where the calling task's `errno` is, by the word of the first device's port
/// that has an `errno_location`. The core itself never uses it; the views that
/// set `errno` do.
///
/// @return never NULL; one `int` for all tasks if no port tells
///
/// Does not block. Any task.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_errno_location() -> *mut i32 {
    static SHARED: AtomicI32 = AtomicI32::new(0);
    port::errno_location().unwrap_or(SHARED.as_ptr())
}

/// The library's version: "0.1.0".
///
/// @return a constant string
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The library's version as a number.
///
/// @return major * 65536 + minor * 256 + patch
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_version_number() -> u32 {
    W5100_VERSION_MAJOR << 16 | W5100_VERSION_MINOR << 8 | W5100_VERSION_PATCH
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn the_header_has_the_version_of_the_package() {
        let numbers = [
            W5100_VERSION_MAJOR,
            W5100_VERSION_MINOR,
            W5100_VERSION_PATCH,
        ];
        let text = numbers.map(|number| std::format!("{number}")).join(".");
        assert_eq!(text, env!("CARGO_PKG_VERSION"));
    }
}
