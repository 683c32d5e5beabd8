//! Names of hosts, told to a function.

use super::{answer, device_at, required, text};
use crate::error::{Error, Result};
use crate::stack::lookup::REQUESTS;
use core::ffi::{c_char, c_void};

/// Names that a device looks up for functions at a time.
pub const W5100_RESOLVE_REQUESTS: u32 = 4;
const _: () = assert!(REQUESTS == W5100_RESOLVE_REQUESTS as usize);

/// A function that is told the address of a host: its context; 0, or the
/// `W5100_E...` number of what w5100_resolve() would have answered; and 4 bytes,
/// first byte first, 0.0.0.0 if there is none.
pub type ResolveCallback = Option<extern "C" fn(context: *mut c_void, error: i32, ip: *const u8)>;

/// Looks up the address of a host like w5100_resolve(), and has a function told. The
/// library's calls on any socket, and w5100_service(), drive it. In a library built
/// with its parts `dns` and `events`, as it is by default.
///
/// The function is called once, inside w5100_dispatch(), in the task that called
/// that, and never inside this call, also if the answer is known. It holds nothing
/// of the library's and may call anything, this function too. It is not called any
/// more after w5100_resolve_cancel() or WIZnet_Disable(); but a w5100_dispatch() that
/// is under way in another task when they return may still do so.
///
/// @param device    number from WIZnet_Enable()
/// @param name      host, ended by a NUL; 253 bytes at most. It is not copied: it
///                  must stay as it is until the function was called, or no longer
///                  can be
/// @param callback  the function
/// @param context   given back to it; may be NULL
/// @return 0: it will be told; or
///   - -W5100_EAGAIN: W5100_RESOLVE_REQUESTS names wait already
///   - -W5100_ENOBUFS: no hardware socket can be had
///   - -W5100_EMFILE: the handle table is full
///   - -W5100_EINVAL: no such device, or what is no name
///   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///   - what w5100_resolve() answers, if that is known
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_resolve_async(
    device: i32,
    name: *const c_char,
    callback: ResolveCallback,
    context: *mut c_void,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    answer(unsafe { begin(device, name, callback, context) })
}

unsafe fn begin(
    number: i32,
    name: *const c_char,
    callback: ResolveCallback,
    context: *mut c_void,
) -> Result<usize> {
    let device = device_at(number)?;
    let callback = callback.ok_or(Error::Fault)?;
    // SAFETY: by the contract of `ffi` NULL, or a string; and by that of the
    // function it stays for as long as it is used.
    let name: &'static [u8] = unsafe {
        required(name)?;
        text(name)
    };
    device.with(|stack| stack.resolve_for(name, callback, context))?;
    Ok(0)
}

/// Forgets the names that were to be told to this function with this context.
///
/// @param device    number from WIZnet_Enable()
/// @param callback  the function
/// @param context   as it was given
/// @return how many they were, or -W5100_EINVAL (no such device), -W5100_EFAULT,
///   -W5100_ENETDOWN
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_resolve_cancel(
    device: i32,
    callback: ResolveCallback,
    context: *mut c_void,
) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        let callback = callback.ok_or(Error::Fault)?;
        device.with(|stack| stack.cancel_resolve(callback, context))
    });
    answer(outcome)
}
