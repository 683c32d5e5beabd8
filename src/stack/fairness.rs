//! Fairness at the lock, which is only ever tried.
//!
//! A task that calls in a tight loop has the lock most of the time, and another
//! one may find it taken at every try. So one that was passed over too often sets
//! a flag, and whoever comes anew and sees it steps back for one nap, a longer one
//! than that of who was passed over. The flag is taken away by who set it, once it
//! is in, or by one that stepped back and then found the lock free. Nobody waits
//! *for* the flag: a task that starves holds up no other for longer than that nap,
//! and one that dies leaves nothing that lasts.
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
pub(super) struct Fairness {
    #[cfg(feature = "events")]
    overtaken: AtomicBool,
}

/// One task's way into the lock.
#[derive(Debug, Default)]
pub(super) struct Visit {
    /// How often it was passed over.
    #[cfg(feature = "events")]
    tries: u32,
    #[cfg(feature = "events")]
    stepped_back: bool,
}

#[cfg(feature = "events")]
impl Fairness {
    pub(super) const fn new() -> Self {
        Self {
            overtaken: AtomicBool::new(false),
        }
    }

    /// False if the task is to step back: once, before its first try.
    pub(super) fn may_try(&self, visit: &mut Visit) -> bool {
        if visit.tries == 0 && !visit.stepped_back {
            sync::step();
            visit.stepped_back = self.overtaken.load(Ordering::Relaxed);
            return !visit.stepped_back;
        }
        true
    }

    /// Another task has the lock.
    pub(super) fn passed_over(&self, visit: &mut Visit) {
        visit.tries = visit.tries.saturating_add(1);
        if visit.tries >= PATIENCE {
            sync::step();
            self.overtaken.store(true, Ordering::Relaxed);
        }
    }

    /// The task has the lock.
    pub(super) fn is_in(&self, visit: &Visit) {
        if visit.tries >= PATIENCE || (visit.stepped_back && visit.tries == 0) {
            sync::step();
            self.overtaken.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(not(feature = "events"))]
impl Fairness {
    pub(super) const fn new() -> Self {
        Self {}
    }

    pub(super) const fn may_try(&self, _visit: &mut Visit) -> bool {
        true
    }

    pub(super) const fn passed_over(&self, _visit: &mut Visit) {}

    pub(super) const fn is_in(&self, _visit: &Visit) {}
}
