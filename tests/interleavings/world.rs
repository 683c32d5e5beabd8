//! Tasks, and a clock that only moves when all of them sleep.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::sync::mpsc::{Sender, channel};
use shuttle::thread;
use w5100::sync;

/// What one task of a scenario does.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Tasks of the last scenario.
pub(crate) static TASKS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// That of the schedule under way; all tasks are coroutines of one thread.
    static WORLD: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

pub(crate) struct World {
    state: Mutex<State>,
    /// Where shuttle may switch.
    pulse: AtomicBool,
}

struct State {
    now: u32,
    /// Tasks that have not ended.
    tasks: usize,
    sleepers: Vec<Sleeper>,
}

struct Sleeper {
    until: u32,
    /// Sleeps in the port, and ends when the port is notified.
    in_port: bool,
    wake: Sender<()>,
}

/// Another task may come in here.
pub(crate) fn step() {
    if ALONE.get() {
        return;
    }
    let world = WORLD.with(|world| world.borrow().clone());
    if let Some(world) = world {
        world.pulse.load(Ordering::SeqCst);
    }
}

/// Runs `action` without other tasks coming in: what prepares a scenario, and what a port does
/// under the system's own lock.
pub(crate) fn alone<T>(action: impl FnOnce() -> T) -> T {
    let before = ALONE.replace(true);
    let result = action();
    ALONE.set(before);
    result
}

impl World {
    /// A new one, which the tasks of this schedule are in.
    pub(crate) fn new() -> Arc<Self> {
        let world = Arc::new(Self {
            state: Mutex::new(State {
                now: 0,
                tasks: 0,
                sleepers: Vec::new(),
            }),
            pulse: AtomicBool::new(false),
        });
        WORLD.set(Some(world.clone()));
        // A schedule that failed may have left it.
        ALONE.set(false);
        sync::on_step(step);
        world
    }

    pub(crate) fn now(&self) -> u32 {
        self.state.lock().unwrap().now
    }

    /// Runs the jobs, a task each, to their ends.
    pub(crate) fn run(self: &Arc<Self>, jobs: Vec<Job>) {
        self.state.lock().unwrap().tasks = jobs.len();
        TASKS.store(jobs.len(), Ordering::Relaxed);
        let spawn = |job: Job| {
            let world = self.clone();
            thread::spawn(move || {
                job();
                world.state.lock().unwrap().tasks -= 1;
                world.pass_time();
            })
        };
        let tasks: Vec<_> = jobs.into_iter().map(spawn).collect();
        for task in tasks {
            task.join().expect("the task does not panic");
        }
    }

    /// What a port must do: looks whether the epoch still is `seen` and goes to sleep, in one step
    /// as seen by `notify`.
    pub(crate) fn wait(&self, seen: u32, timeout_ms: u32) {
        step();
        if alone(sync::epoch) == seen {
            self.sleep(timeout_ms, true);
        }
    }

    /// Ends every `wait`.
    pub(crate) fn notify(&self) {
        step();
        self.wake(|sleeper| sleeper.in_port);
    }

    /// Sleeps until `ms` have passed, and on until another task's sleep ends, so that both go on
    /// at the same moment.
    pub(crate) fn meet(&self, ms: u32) {
        self.sleep(ms, false);
        let state = self.state.lock().unwrap();
        let now = state.now;
        let next = state.sleepers.iter().map(|sleeper| sleeper.until).min();
        drop(state);
        if let Some(next) = next {
            self.sleep(next - now, false);
        }
    }

    /// Sleeps, in the port or not, without looking at anything first.
    pub(crate) fn sleep(&self, ms: u32, in_port: bool) {
        let (wake, woken) = channel();
        let mut state = self.state.lock().unwrap();
        if state.tasks == 0 {
            // The scenario is being prepared.
            state.now += ms;
            return;
        }
        let until = state.now.saturating_add(ms);
        state.sleepers.push(Sleeper {
            until,
            in_port,
            wake,
        });
        drop(state);
        self.pass_time();
        woken.recv().expect("somebody wakes it");
    }

    /// Once all tasks sleep, lets the time pass until the first one wakes.
    fn pass_time(&self) {
        let mut state = self.state.lock().unwrap();
        if state.sleepers.len() < state.tasks {
            return;
        }
        let Some(next) = state.sleepers.iter().map(|sleeper| sleeper.until).min() else {
            return;
        };
        assert!(next < u32::MAX, "all tasks wait for ever");
        state.now = next;
        drop(state);
        self.wake(|sleeper| sleeper.until <= next);
    }

    fn wake(&self, whom: impl Fn(&Sleeper) -> bool) {
        let mut state = self.state.lock().unwrap();
        let (woken, rest) = state.sleepers.drain(..).partition(whom);
        state.sleepers = rest;
        drop(state);
        let woken: Vec<Sleeper> = woken;
        for sleeper in woken {
            sleeper.wake.send(()).expect("it sleeps");
        }
    }
}
