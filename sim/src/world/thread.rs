//! Waiting for the world, and taking part in its clock.

use std::sync::PoisonError;
use std::time::Duration;

use super::World;
use super::waiting::Change;

impl World {
    /// The event token: it changes with each [`notify`](Self::notify) and with each falling edge
    /// of the /INT of any chip.
    pub fn events(&self) -> u64 {
        self.with(|state| state.events)
    }

    /// Change the event token and wake all who wait for that.
    pub fn notify(&self) {
        self.with(|state| state.events += 1);
    }

    /// Sleep until [`events`](Self::events) is not `token` any more, `timeout_ms` milliseconds
    /// at most. What happened since the token was read is never missed.
    pub fn wait(&self, token: u64, timeout_ms: u32) {
        self.sleep(Change::Events(token), self.deadline(timeout_ms));
    }

    /// Let the world run for `milliseconds`.
    pub fn run_for(&self, milliseconds: u32) {
        self.sleep(Change::Never, self.deadline(milliseconds));
    }

    /// Let the world run until `condition` holds, looking after each thing that happens, for
    /// `limit_ms` milliseconds at most. Returns whether it holds.
    pub fn run_until(&self, mut condition: impl FnMut() -> bool, limit_ms: u32) -> bool {
        let deadline = self.deadline(limit_ms);
        loop {
            let (steps, now_ns) = self.with(|state| (state.steps, state.now_ns()));
            if condition() {
                return true;
            }
            if now_ns >= deadline {
                return false;
            }
            self.sleep(Change::Steps(steps), deadline);
        }
    }

    /// Let one more thread take part in the virtual clock until the guard is dropped: time jumps
    /// only while as many threads wait as take part. To leave no gap, enter on behalf of a thread
    /// before it is started, and move the guard into it.
    ///
    /// Either all threads that use the world take part, or none. With none, time jumps whenever
    /// one of them waits, which suits a single thread.
    #[must_use = "the thread takes part until the guard is dropped"]
    pub fn enter_thread(&self) -> ThreadGuard {
        self.register_thread();
        ThreadGuard {
            world: self.clone(),
        }
    }

    pub(crate) fn register_thread(&self) {
        self.with(|state| state.waiting.register());
    }

    pub(crate) fn unregister_thread(&self) {
        self.with(|state| state.waiting.unregister());
        // The others may now be all there are.
        self.owner.shared.changed.notify_all();
    }

    fn deadline(&self, timeout_ms: u32) -> u64 {
        self.with(|state| state.now_ns() + u64::from(timeout_ms) * 1_000_000)
    }

    fn sleep(&self, change: Change, deadline_ns: u64) {
        let shared = &self.owner.shared;
        let mut state = shared.lock();
        let id = state.waiting.enter(change, deadline_ns);
        loop {
            state.catch_up();
            shared.publish(&state);
            if !state.is_blocked(id) {
                break;
            }
            if !state.is_virtual() {
                let left = Duration::from_nanos(deadline_ns - state.now_ns());
                let slept = shared.changed.wait_timeout(state, left);
                state = slept.unwrap_or_else(PoisonError::into_inner).0;
            } else if state.all_wait() {
                state.jump();
            } else {
                let slept = shared.changed.wait(state);
                state = slept.unwrap_or_else(PoisonError::into_inner);
            }
        }
        state.waiting.leave(id);
        if !state.waiting.is_empty() {
            // This thread may have been the one that kept time from moving on.
            shared.changed.notify_all();
        }
    }
}

/// A thread's part in the virtual clock: see [`World::enter_thread`].
pub struct ThreadGuard {
    world: World,
}

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        self.world.unregister_thread();
    }
}
