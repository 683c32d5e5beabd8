//! What the library tells about itself. Nothing here touches the chip.

use super::{answer, device_at, port, required_mut};
use crate::regs::Status;
use crate::stack::{Counters, Info};
use core::ffi::c_char;
use portable_atomic::AtomicI32;

/// Version of this header: incompatible changes.
pub const W5100_VERSION_MAJOR: u32 = 0;
/// Version of this header: additions.
pub const W5100_VERSION_MINOR: u32 = 1;
/// Version of this header: corrections.
pub const W5100_VERSION_PATCH: u32 = 0;

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

/// Reads a row of a device's socket table.
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
        let info = device.with(|stack| stack.info(index as usize))?;
        Ok(info.map_or(0, |info| {
            *out = info;
            1
        }))
    });
    answer(outcome)
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
