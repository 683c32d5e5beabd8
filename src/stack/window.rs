//! Events told to a window: Winsock's asynchronous selection.
//!
//! It differs from a callback's in what the function is given, and in that it is
//! inherited by the sockets that are accepted from a listener.

use super::event::{ALL, Target, Watcher};
use super::{Handle, Stack};
use crate::bus::Bus;
use crate::error::{self, Result};
use crate::port::Port;
use core::ffi::c_void;
use portable_atomic::Ordering;

/// Urgent data. A window may ask for it and is never told: the chip hands such
/// data over with all other.
pub const OOB: u8 = 0x04;
/// A window's function, by Winsock's rules: the window, its message, the raw
/// handle, and one of the events above with the Winsock number of what went wrong
/// in the upper half. What it returns is not looked at.
pub type WindowProcedure =
    extern "C" fn(window: *mut c_void, message: u32, wparam: usize, lparam: isize) -> isize;

/// What a window is given of an event: the socket, and the event below the Winsock
/// number of `error`.
pub(super) fn parameters(handle: Handle, event: u8, error: i32) -> (usize, isize) {
    // Handles are positive, and no number of Winsock's reaches the sign.
    let error = error::winsock_number(error).map_or(0, usize::from);
    let lparam = usize::from(event) | error << 16;
    (handle.raw() as usize, lparam as isize)
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// As [`Stack::select_events`], for a window, which is told by its `procedure`
    /// with `message`.
    /// Sockets that are accepted from a listener so selected have all of it too.
    /// [`OOB`] may be among the events.
    ///
    /// # Errors
    /// Those of [`Stack::select_events`]; [`error::Error::Fault`] for events and no
    /// procedure.
    pub fn select_window(
        &mut self,
        handle: Handle,
        events: u8,
        procedure: Option<WindowProcedure>,
        message: u32,
        window: *mut c_void,
    ) -> Result<()> {
        let target = match procedure {
            Some(procedure) => Target::Window { procedure, message },
            None => Target::Nobody,
        };
        self.set_watcher(handle, events, ALL | OOB, target, window)
    }

    /// True while a window is told of the socket's events.
    pub fn has_window(&self, handle: Handle) -> bool {
        self.watchers.get(handle.slot()).is_some_and(|watcher| {
            watcher.handle == handle.raw()
                && watcher.mask != 0
                && matches!(watcher.target, Target::Window { .. })
        })
    }

    /// A window that is told of a listener is told of its clients too.
    pub(super) fn inherit_window(&mut self, listener: Handle, accepted: Handle) {
        if self.has_window(listener)
            && let Some(&Watcher {
                mask,
                target,
                ref context,
                ..
            }) = self.watchers.get(listener.slot())
        {
            let window = context.load(Ordering::Relaxed);
            // The socket is there, and the events were known.
            let _ = self.set_watcher(accepted, mask, mask, target, window);
        }
    }
}
