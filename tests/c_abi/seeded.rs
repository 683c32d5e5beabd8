//! The mistakes of a C program that the contract of `ffi` forbids, each of which Miri must report:
//! `cargo xtask test miri` builds them with `--cfg w5100_seeded_misuse`, runs them one by one and
//! expects that.
#![cfg(w5100_seeded_misuse)]

use crate::session::{Session, connected, peer};
use w5100::ffi::transfer::{w5100_recv, w5100_send};

#[test]
fn a_buffer_that_is_shorter_than_its_length() {
    let _session = Session::new(peer());
    let handle = connected();
    let short = [1u8; 4];
    // SAFETY: none.
    unsafe { w5100_send(handle, short.as_ptr().cast(), 8, 0) };
}

#[test]
fn a_buffer_that_is_gone() {
    let _session = Session::new(peer());
    let handle = connected();
    let gone = Box::into_raw(Box::new([0u8; 8]));
    // SAFETY: none.
    unsafe {
        drop(Box::from_raw(gone));
        w5100_recv(handle, gone.cast(), 8, 0);
    }
}

#[test]
fn a_port_that_is_gone_before_its_device() {
    let session = Session::new(peer());
    // SAFETY: none.
    drop(unsafe { Box::from_raw(session.port) });
    connected();
}

/// A pointer of any thread's.
struct Shared(*mut u8);

// SAFETY: none.
unsafe impl Send for Shared {}

#[test]
fn a_buffer_that_another_thread_writes_to() {
    let _session = Session::new(peer());
    let handle = connected();
    let mut data = [0u8; 8];
    let buffer = Shared(data.as_mut_ptr());
    let other = Shared(buffer.0);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let other = other;
            // SAFETY: none.
            unsafe { *other.0 = 1 };
        });
        // SAFETY: none.
        unsafe { w5100_recv(handle, buffer.0.cast(), 8, 0) };
    });
}
