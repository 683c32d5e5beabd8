//! Who owns the world's state, and the thread that keeps a real-time world going.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mio::{Events, Poll, Registry, Token, Waker};

use super::state::State;
use crate::node::Micros;

const WAKE: Token = Token(usize::MAX);

pub(crate) struct Shared {
    state: Mutex<State>,
    pub(super) changed: Condvar,
    engine: Option<Waker>,
    stop: AtomicBool,
}

impl Shared {
    /// The state, even after a thread has panicked with it: a failing test must not hang others.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wake whoever waits for what has become of the state.
    pub(super) fn publish(&self, state: &State) {
        if state.has_ready_waiter() {
            self.changed.notify_all();
        }
        let oversleeps = |until| state.next_due().is_some_and(|due| due < until);
        if state.engine_sleeps_until.is_some_and(oversleeps) {
            self.wake_engine();
        }
    }

    fn wake_engine(&self) {
        if let Some(waker) = &self.engine {
            // Fails only when the machine is out of memory for its events; the thread then
            // wakes at the time it had planned.
            let _ = waker.wake();
        }
    }
}

/// Holds the state, and ends the thread when the last handle is gone.
pub(crate) struct Owner {
    pub(super) shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    /// For a virtual clock: nothing happens but in calls.
    pub(super) fn at_rest(state: State) -> Self {
        Self {
            shared: Arc::new(Shared::new(state, None)),
            thread: None,
        }
    }

    /// For real time. `set_up` adds what waits for the host's sockets or devices.
    pub(super) fn running(
        mut state: State,
        set_up: impl FnOnce(&mut State, Registry) -> io::Result<()>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        set_up(&mut state, poll.registry().try_clone()?)?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let shared = Arc::new(Shared::new(state, Some(waker)));
        let engine = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("w5100-sim".into())
            .spawn(move || engine.run(poll))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.wake_engine();
        if let Some(thread) = self.thread.take() {
            // A panic in that thread has already been reported by it.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(state: State, engine: Option<Waker>) -> Self {
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            engine,
            stop: AtomicBool::new(false),
        }
    }

    fn run(&self, mut poll: Poll) {
        let mut events = Events::with_capacity(256);
        while !self.stop.load(Ordering::Acquire) {
            let timeout = self.run_due();
            match poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => panic!("cannot wait for the host's sockets: {error}"),
            }
            let mut state = self.lock();
            state.engine_sleeps_until = None;
            if !events.is_empty() {
                state.host_events(events.iter());
            }
        }
    }

    /// Do what is due; how long it is until there is more.
    fn run_due(&self) -> Option<Duration> {
        let mut state = self.lock();
        state.catch_up();
        self.publish(&state);
        let due = state.next_due();
        state.engine_sleeps_until = Some(due.unwrap_or(Micros::MAX));
        due.map(|due| Duration::from_micros(due.saturating_sub(state.now())))
    }
}
