//! Threads that wait for the world.

use std::collections::HashMap;

use super::state::State;

/// What a thread waits for besides its deadline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// `State::events` to differ from this.
    Events(u64),
    /// `State::steps` to differ from this.
    Steps(u64),
    /// Nothing.
    Never,
}

#[derive(Clone, Copy)]
struct Waiter {
    change: Change,
    deadline_ns: u64,
}

/// The threads that take part in the virtual clock, and those in a wait.
#[derive(Default)]
pub(super) struct Waiting {
    registered: usize,
    waiters: HashMap<u64, Waiter>,
    next_id: u64,
}

impl Waiting {
    pub(super) fn register(&mut self) {
        self.registered += 1;
    }

    pub(super) fn unregister(&mut self) {
        self.registered = self.registered.saturating_sub(1);
    }

    pub(super) fn enter(&mut self, change: Change, deadline_ns: u64) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.waiters.insert(
            id,
            Waiter {
                change,
                deadline_ns,
            },
        );
        id
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.waiters.remove(&id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    fn earliest_deadline(&self) -> Option<u64> {
        self.waiters.values().map(|waiter| waiter.deadline_ns).min()
    }
}

impl State {
    /// What the waiter came for has not happened, and its time is not up.
    pub(super) fn is_blocked(&self, id: u64) -> bool {
        self.waiting
            .waiters
            .get(&id)
            .is_some_and(|waiter| self.blocks(waiter))
    }

    fn blocks(&self, waiter: &Waiter) -> bool {
        let changed = match waiter.change {
            Change::Events(seen) => self.events != seen,
            Change::Steps(seen) => self.steps != seen,
            Change::Never => false,
        };
        !changed && self.now_ns() < waiter.deadline_ns
    }

    /// Some waiter can go on, but may be asleep.
    pub(super) fn has_ready_waiter(&self) -> bool {
        self.waiting
            .waiters
            .values()
            .any(|waiter| !self.blocks(waiter))
    }

    /// As many threads wait as take part in the clock, and none of them can go on: only time can
    /// change anything.
    pub(super) fn all_wait(&self) -> bool {
        self.waiting.waiters.len() >= self.waiting.registered && !self.has_ready_waiter()
    }

    /// Move the virtual clock to the next thing that happens, or that a waiter waits for.
    pub(super) fn jump(&mut self) {
        let due_ns = self.next_due().map(|due| due.saturating_mul(1_000));
        let target = due_ns
            .into_iter()
            .chain(self.waiting.earliest_deadline())
            .min();
        if let Some(target) = target {
            self.advance_to(target);
        }
    }
}
