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
    EPOCH.load(Ordering::SeqCst)
}

/// Moves the epoch on. Callable from an interrupt; wakes nobody by itself.
pub fn advance() {
    EPOCH.fetch_add(1, Ordering::SeqCst);
}
