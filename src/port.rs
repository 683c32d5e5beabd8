//! What the library needs of the system it runs on, besides the bus.

use crate::time::Clock;

/// The system: time, sleep, mutual exclusion and the chip's two side pins.
///
/// Everything but the clock has a default that works on a bare machine with
/// one thread.
pub trait Port: Clock {
    /// Sleeps until [`crate::sync::epoch`] differs from `seen` or `timeout_ms`
    /// have passed. Returning early is allowed; the caller looks again.
    fn wait(&self, seen: u32, timeout_ms: u32) {
        let _ = (seen, timeout_ms);
    }

    /// Wakes every task that sleeps in [`Port::wait`]. May be called from an
    /// interrupt.
    fn notify(&self) {}

    /// Takes the system's own mutex round the chip, for its priority
    /// inheritance. The library's safety does not rest on it. What it returns
    /// is given to [`Port::unlock`].
    fn lock(&self) -> *const () {
        core::ptr::null()
    }

    /// Gives the mutex of [`Port::lock`] back.
    fn unlock(&self, taken: *const ()) {
        let _ = taken;
    }

    /// The /INT line: `Some(true)` while it is low, `None` when not wired.
    fn interrupt(&self) -> Option<bool> {
        None
    }

    /// Drives the /RESET pin. False when there is none.
    fn reset(&self, asserted: bool) -> bool {
        let _ = asserted;
        false
    }

    /// 32 random bits, if the system has any.
    fn random(&self) -> Option<u32> {
        None
    }
}
