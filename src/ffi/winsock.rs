//! What the Winsock view needs of the library: its counted start, the last
//! error of each task, and the table of its codes. The calls themselves are in
//! `include/w5100_winsock.h`.

use super::{DEVICES, PORTS, port};
use crate::error;
use crate::winsock::lookup;
use core::ffi::c_char;
use portable_atomic::{AtomicI32, AtomicU32, Ordering};

const WSAEFAULT: i32 = 10014;
const WSAEINVAL: i32 = 10022;
const WSAEPROCLIM: i32 = 10067;
const WSASYSNOTREADY: i32 = 10091;
const WSAVERNOTSUPPORTED: i32 = 10092;
const WSANOTINITIALISED: i32 = 10093;

const SOCKET_ERROR: i32 = -1;

/// Major and minor, so that versions compare as numbers.
const LOWEST_VERSION: u16 = 0x0100;
const HIGHEST_VERSION: u16 = 0x0202;

/// Starts that no cleanup has answered yet, or [`ENDING`].
static STARTS: AtomicU32 = AtomicU32::new(0);

/// The last cleanup is closing the sockets: neither started, nor to be started.
const ENDING: u32 = u32::MAX;

/// Starts the Winsock view; `WSAStartup` calls it. Each start needs a
/// w5100_wsa_cleanup() of its own.
///
/// @param version  the version the program asks for: major in the low byte,
///                 minor in the high one
/// @param granted  the version it gets, in the same form: what it asked for, or
///                 2.2 if that is lower
/// @return 0, or a Winsock code, which is not stored as the last error:
///   - 10014 (WSAEFAULT): `granted` is NULL
///   - 10092 (WSAVERNOTSUPPORTED): below 1.0
///   - 10091 (WSASYSNOTREADY): no device is enabled, or another task is in its
///     last w5100_wsa_cleanup()
///   - 10067 (WSAEPROCLIM): started 4,294,967,294 times
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_wsa_startup(version: u16, granted: *mut u16) -> i32 {
    // SAFETY: NULL or valid, by the contract of `ffi`.
    let Some(granted) = (unsafe { granted.as_mut() }) else {
        return WSAEFAULT;
    };
    let wanted = version.swap_bytes();
    if wanted < LOWEST_VERSION {
        return WSAVERNOTSUPPORTED;
    }
    if PORTS.iter().all(|cell| cell.get().is_none()) {
        return WSASYSNOTREADY;
    }
    let counted = STARTS.fetch_update(Ordering::AcqRel, Ordering::Acquire, |starts| {
        starts.checked_add(1).filter(|&starts| starts != ENDING)
    });
    match counted {
        Ok(_) => {
            *granted = wanted.min(HIGHEST_VERSION).swap_bytes();
            0
        }
        Err(ENDING) => WSASYSNOTREADY,
        Err(_) => WSAEPROCLIM,
    }
}

/// Takes one start back; `WSACleanup` calls it. With the last one every socket
/// of every device is closed, also those that were not made through the Winsock
/// view. Their handles stay invalid after a new start, and their connections end
/// in the background as after w5100_close() on a socket that does not block.
///
/// @return 0, or -1 and the last error is 10093 (WSANOTINITIALISED): not
///   started, or another task is in its last w5100_wsa_cleanup()
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_cleanup() -> i32 {
    let counted = STARTS.fetch_update(Ordering::AcqRel, Ordering::Acquire, |starts| match starts {
        0 | ENDING => None,
        1 => Some(ENDING),
        more => Some(more - 1),
    });
    match counted {
        Ok(1) => {
            for device in &DEVICES {
                // A device that is not enabled has no sockets.
                device.close_each();
            }
            STARTS.store(0, Ordering::Release);
            0
        }
        Ok(_) => 0,
        Err(_) => fail(WSANOTINITIALISED),
    }
}

/// Whether the Winsock view is started.
///
/// @return true from the first w5100_wsa_startup() to the last
///   w5100_wsa_cleanup()
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_started() -> bool {
    !matches!(STARTS.load(Ordering::Acquire), 0 | ENDING)
}

/// The last error of all tasks, if no port tells where each has its own.
static SHARED: AtomicI32 = AtomicI32::new(0);

fn fail(code: i32) -> i32 {
    w5100_wsa_set_last_error(code);
    SOCKET_ERROR
}

/// Reads the calling task's last Winsock error.
///
/// @return the code, 0 if there was none. It is where `last_error_location` of
///   the first enabled device's port says
///
/// Does not block. Any task.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_last_error() -> i32 {
    match port::last_error_location() {
        // SAFETY: the calling task's own, by the port's word.
        Some(location) => unsafe { location.read() },
        None => SHARED.load(Ordering::Relaxed),
    }
}

/// Sets the calling task's last Winsock error.
///
/// @param code  any
///
/// Does not block. Any task.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_set_last_error(code: i32) {
    match port::last_error_location() {
        // SAFETY: the calling task's own, by the port's word.
        Some(location) => unsafe { location.write(code) },
        None => SHARED.store(code, Ordering::Relaxed),
    }
}

/// The Winsock code of one of the library's errors.
///
/// @param error  a `W5100_E...` number, positive or negative; 0 gives 0
/// @return the code; 10022 (WSAEINVAL) for an unknown number
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_error(error: i32) -> i32 {
    if error == 0 {
        return 0;
    }
    error::winsock_number(error).map_or(WSAEINVAL, i32::from)
}

/// Turns a result of the library's calls into one of Winsock's.
///
/// @param result  what a call returned
/// @return `result` if it is 0 or above, with the last error as it was; else
///   -1 (SOCKET_ERROR), and the last error is set
///
/// Does not block. Any task.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_result(result: i32) -> i32 {
    if result < 0 {
        fail(w5100_wsa_error(result))
    } else {
        result
    }
}

/// A sentence about a Winsock code.
///
/// @param code  what w5100_wsa_last_error() gives. 10094, which some lists print
///              for WSAEDISCON, is understood as that
/// @return a constant string, never NULL; an unknown code has one too
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_strerror(code: i32) -> *const c_char {
    match lookup(code) {
        Some(row) => row.text,
        None if code == 0 => c"Success",
        None => c"Unknown error",
    }
    .as_ptr()
}

/// The name of a Winsock code: "WSAENOTSOCK".
///
/// @param code  what w5100_wsa_last_error() gives; 10094 is WSAEDISCON too
/// @return a constant string, never NULL; "UNKNOWN" for an unknown code
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_error_name(code: i32) -> *const c_char {
    lookup(code).map_or(c"UNKNOWN", |row| row.name).as_ptr()
}
