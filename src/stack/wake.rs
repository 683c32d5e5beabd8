//! Wake handles: a poll that has one in its set can be ended from any task or
//! interrupt, without closing anything.
//!
//! A signal takes no lock. Each slot of the table has a word beside the lock
//! that holds the handle of the wake handle in it: as it is while quiet, negated
//! once signalled, 0 if the slot has none. So a signal finds out with one
//! compare-and-swap whether its handle is still open, and one for a closed
//! handle never reaches the next.

use super::{Device, Handle, SLOTS};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::sync;
use portable_atomic::{AtomicI32, Ordering};

/// The words of one device.
#[derive(Debug)]
pub(super) struct Wakes([AtomicI32; SLOTS]);

impl Wakes {
    pub(super) const fn new() -> Self {
        Self([const { AtomicI32::new(0) }; SLOTS])
    }

    /// Puts `to` into the word of a handle's slot, and gives what stood there;
    /// `None`, and no change, if that is not the handle, signalled or not. It may
    /// be turned by others meanwhile, and is then tried anew.
    fn turn(&self, handle: Handle, to: i32) -> Option<i32> {
        let quiet = handle.raw();
        let word = self.0.get(handle.slot())?;
        sync::step();
        let mut from = word.load(Ordering::SeqCst);
        // The negative of no word but a handle is one.
        while quiet > 0 && (from == quiet || from == -quiet) {
            sync::step();
            match word.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(from) => return Some(from),
                Err(other) => from = other,
            }
        }
        None
    }

    /// True if `handle` is a wake handle that was signalled.
    pub(super) fn is_signalled(&self, handle: Handle) -> bool {
        sync::step();
        // The negative of no word but a handle is one.
        handle.raw() > 0
            && self
                .0
                .get(handle.slot())
                .is_some_and(|word| word.load(Ordering::SeqCst) == -handle.raw())
    }

    fn open(&self, handle: Handle) {
        if let Some(word) = self.0.get(handle.slot()) {
            word.store(handle.raw(), Ordering::SeqCst);
        }
    }

    /// Forgets a handle that is being closed; a newer one in its slot stays.
    pub(super) fn close(&self, handle: Handle) {
        self.turn(handle, 0);
    }

    /// Forgets all.
    pub(super) fn close_all(&self) {
        for word in &self.0 {
            word.store(0, Ordering::SeqCst);
        }
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// Makes a wake handle. It takes a slot of the table, and no hardware.
    ///
    /// # Errors
    /// [`Error::TooManyHandles`], [`Error::NetworkDown`] if not enabled.
    pub fn wake_handle(&self) -> Result<Handle> {
        self.with(|stack| {
            let handle = stack.insert_wake()?;
            // Under the lock, so that a close of all comes before or after.
            self.wakes.open(handle);
            Ok(handle)
        })
    }

    /// Signals a wake handle: every poll with it in its set ends, now or when
    /// it begins, until [`Device::quiet`]. Callable from an interrupt.
    ///
    /// # Errors
    /// [`Error::BadHandle`] if it is no open wake handle.
    pub fn signal(&self, handle: Handle) -> Result<()> {
        self.wakes
            .turn(handle, handle.raw().wrapping_neg())
            .ok_or(Error::BadHandle)?;
        self.wake();
        Ok(())
    }

    /// Takes the signal back, and tells whether there was one. Callable from an
    /// interrupt.
    ///
    /// # Errors
    /// [`Error::BadHandle`] if it is no open wake handle.
    pub fn quiet(&self, handle: Handle) -> Result<bool> {
        let quiet = handle.raw();
        self.wakes
            .turn(handle, quiet)
            .map(|before| before != quiet)
            .ok_or(Error::BadHandle)
    }
}
