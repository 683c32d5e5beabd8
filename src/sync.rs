//! What tells waiting tasks that something happened.
//!
//! One counter for the whole library, the *epoch*, moves on with every change
//! that a waiting task could be interested in. A task reads it, tries its
//! operation, and goes to sleep only if the epoch is still the same: a change
//! between the try and the sleep is then never missed (an event count). One
//! counter serves all devices, since a poll may hold sockets of several.

use portable_atomic::{AtomicU32, Ordering};

static EPOCH: AtomicU32 = AtomicU32::new(0);

/// The present epoch, to be read before the state that a wait depends on.
pub fn epoch() -> u32 {
    step();
    EPOCH.load(Ordering::SeqCst)
}

/// Moves the epoch on. Callable from an interrupt; wakes nobody by itself.
pub fn advance() {
    step();
    EPOCH.fetch_add(1, Ordering::SeqCst);
}

/// Stands before every access to what tasks share outside the lock, and to the
/// lock. Does nothing, unless built with `--cfg w5100_interleavings`: then
/// `tests/interleavings` decides here which task goes on.
#[cfg(not(w5100_interleavings))]
#[inline(always)]
pub(crate) fn step() {}

#[cfg(w5100_interleavings)]
pub use interleavings::{on_step, step};

/// The hook of `tests/interleavings`.
#[cfg(w5100_interleavings)]
mod interleavings {
    use spin::Mutex;

    static HOOK: Mutex<fn()> = Mutex::new(|| ());

    /// Has `hook` called at every step.
    pub fn on_step(hook: fn()) {
        *HOOK.lock() = hook;
    }

    /// Another task may come in here.
    pub fn step() {
        let hook = *HOOK.lock();
        hook();
    }
}
