//! The C face: `include/w5100_sim.h`, generated from this module by cbindgen.
//!
//! # The safety contract
//! It holds for every function here, and the header states it for C programs:
//! - A pointer to a world, chip, peer or connection is NULL or came from this library and was not
//!   freed. Chips and peers live as long as their world.
//! - Any other pointer is NULL or points to as many bytes as the function says, which nobody else
//!   writes during the call (or touches, where the function writes).
//! - NULL gives an error or does nothing; it is never followed.
//! - No panic crosses the boundary: a failed assertion inside is reported on standard error and
//!   becomes the function's error value, or the end of the program where panics abort.
#![allow(unsafe_code)]
// The contract is stated once, above and in the header.
#![allow(clippy::missing_safety_doc)]

mod chip;
mod conn;
mod fault;
mod peer;
mod port;
mod tap;
mod world;

pub use chip::*;
pub use conn::*;
pub use fault::*;
pub use peer::*;
pub use port::*;
pub use tap::*;
pub use world::*;

use std::ffi::{CStr, c_char};
use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a function that returns an int32_t gives when it fails.
pub const W5100_SIM_ERROR: i32 = -1;

/// Run `body`; a panic in it becomes `failed`.
fn guard<R>(failed: R, body: impl FnOnce() -> R) -> R {
    // The world recovers from a panic under its lock, so it may be used again.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(failed)
}

/// Like [`guard`], where `None` (a NULL, a refusal) becomes `failed` too.
fn attempt<R>(failed: R, body: impl FnOnce() -> Option<R>) -> R {
    guard(None, body).unwrap_or(failed)
}

/// 0, or the error value.
fn status(body: impl FnOnce() -> Option<()>) -> i32 {
    attempt(W5100_SIM_ERROR, || body().map(|()| 0))
}

/// SAFETY: `bytes` is NULL or points to `N` bytes.
unsafe fn array<const N: usize>(bytes: *const u8) -> Option<[u8; N]> {
    // SAFETY: the caller's promise; an array of bytes has no alignment.
    unsafe { bytes.cast::<[u8; N]>().as_ref() }.copied()
}

/// SAFETY: `ip` is NULL or points to 4 bytes.
unsafe fn address(ip: *const u8) -> Option<Ipv4Addr> {
    // SAFETY: the caller's promise.
    unsafe { array::<4>(ip) }.map(Ipv4Addr::from)
}

/// SAFETY: `data` is NULL or points to `length` bytes that nobody writes while the slice lives.
unsafe fn slice<'a>(data: *const u8, length: usize) -> Option<&'a [u8]> {
    if length == 0 {
        return Some(&[]);
    }
    let fits = !data.is_null() && isize::try_from(length).is_ok();
    // SAFETY: the caller's promise; not NULL, and no longer than an object can be.
    fits.then(|| unsafe { std::slice::from_raw_parts(data, length) })
}

/// SAFETY: `data` is NULL or points to `length` bytes that nobody touches while the slice lives.
unsafe fn slice_mut<'a>(data: *mut u8, length: usize) -> Option<&'a mut [u8]> {
    if length == 0 {
        return Some(&mut []);
    }
    let fits = !data.is_null() && isize::try_from(length).is_ok();
    // SAFETY: the caller's promise; not NULL, and no longer than an object can be.
    fits.then(|| unsafe { std::slice::from_raw_parts_mut(data, length) })
}

/// SAFETY: `text` is NULL or points to a string that ends with a NUL.
unsafe fn string<'a>(text: *const c_char) -> Option<&'a str> {
    // SAFETY: the caller's promise; not NULL.
    let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })?;
    text.to_str().ok()
}
