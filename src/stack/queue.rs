//! Fairness at the lock, which is only ever tried.
//!
//! A task that calls in a tight loop has the lock most of the time, and another
//! one may find it taken at every try. So one that was passed over too often sets
//! a flag, and whoever comes anew and sees it steps back for one nap. Nobody waits
//! *for* the flag: a task that starves holds up no other for longer than that, and
//! one that dies leaves a flag that the next to wait takes away.
//!
//! Part of the feature `events`; without it there is no such order.

#[cfg(feature = "events")]
use crate::sync;
#[cfg(feature = "events")]
use portable_atomic::{AtomicBool, Ordering};

/// A task that was passed over so often has newcomers step back.
#[cfg(feature = "events")]
const PATIENCE: u32 = 8;

/// What tells newcomers at a lock to let another one in first.
#[derive(Debug)]
pub(super) struct Queue {
    #[cfg(feature = "events")]
    overtaken: AtomicBool,
}

#[cfg(feature = "events")]
impl Queue {
    pub(super) const fn new() -> Self {
        Self {
            overtaken: AtomicBool::new(false),
        }
    }

    /// False if a task is to sleep before its first try: `naps` counts its sleeps.
    pub(super) fn may_try(&self, naps: u32) -> bool {
        sync::step();
        naps > 0 || !self.overtaken.load(Ordering::Relaxed)
    }

    /// The task has the lock.
    pub(super) fn is_in(&self, naps: u32) {
        if naps > 0 {
            sync::step();
            self.overtaken.store(false, Ordering::Relaxed);
        }
    }

    /// The task goes to sleep for the lock once more.
    pub(super) fn sleeps(&self, naps: u32) {
        if naps >= PATIENCE {
            sync::step();
            self.overtaken.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(not(feature = "events"))]
impl Queue {
    pub(super) const fn new() -> Self {
        Self {}
    }

    pub(super) const fn may_try(&self, _naps: u32) -> bool {
        true
    }

    pub(super) const fn is_in(&self, _naps: u32) {}

    pub(super) const fn sleeps(&self, _naps: u32) {}
}
