//! One core whose tasks have fixed priorities: the highest one that can run does, and takes the
//! core from a lower one at any point. Those of one priority take turns.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

/// After so many points somebody spins for ever.
const LIMIT: u32 = 10_000;
/// What passes between two points.
const POINT_US: u64 = 10;
/// So many points, a millisecond, and on to the next frame has a task the core before another one
/// of its priority: it loses it in the worst place, with the lock in its hands.
const SLICE: u32 = 100;

thread_local! {
    static ME: Cell<usize> = const { Cell::new(0) };
}

/// The tasks went on for ever, or none could go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hang;

/// What may take the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// An SPI frame, during which the library holds its lock.
    Frame,
    /// A call of the port, inside the lock or not.
    Port,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Ready,
    /// Until an interrupt releases it.
    Suspended,
    /// In the port's `wait`, which `notify` ends.
    Sleeping {
        until_us: u64,
    },
    /// Wants the system's mutex.
    Blocked,
    Done,
}

/// What the tasks of one run do.
pub(crate) type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

pub(crate) struct Core {
    state: Mutex<State>,
    turn: Condvar,
}

struct State {
    now_us: u64,
    tasks: Vec<Status>,
    /// Their priorities, 0 the highest.
    levels: Vec<u8>,
    running: usize,
    /// Points since it runs.
    used: u32,
    points: Vec<Point>,
    /// At which point the interrupt comes that releases who is suspended.
    interrupt: Option<usize>,
    hung: bool,
}

impl Core {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                now_us: 0,
                tasks: Vec::new(),
                levels: Vec::new(),
                running: 0,
                used: 0,
                points: Vec::new(),
                interrupt: None,
                hung: false,
            }),
            turn: Condvar::new(),
        }
    }

    /// [`Core::run_at`] with a priority for each task, the first one's the highest.
    pub(crate) fn run(
        &self,
        jobs: Vec<Job<'_>>,
        interrupt: Option<usize>,
    ) -> Result<Vec<Point>, Hang> {
        self.run_at((0..).zip(jobs).collect(), interrupt)
    }

    /// Runs the jobs, at their priorities, to their ends. At point number `interrupt`, counted from
    /// 0, those that are suspended are released. Gives the points that were passed.
    pub(crate) fn run_at(
        &self,
        jobs: Vec<(u8, Job<'_>)>,
        interrupt: Option<usize>,
    ) -> Result<Vec<Point>, Hang> {
        let (levels, jobs): (Vec<u8>, Vec<_>) = jobs.into_iter().unzip();
        let mut state = self.lock();
        state.tasks = vec![Status::Ready; jobs.len()];
        state.levels = levels;
        state.running = 0;
        state.used = 0;
        state.interrupt = interrupt;
        state.points.clear();
        drop(state);
        thread::scope(|scope| {
            for (me, job) in jobs.into_iter().enumerate() {
                scope.spawn(move || self.task(me, job));
            }
        });
        let mut state = self.lock();
        state.tasks.clear();
        match state.hung {
            true => Err(Hang),
            false => Ok(state.points.clone()),
        }
    }

    /// The number of the calling task.
    pub(crate) fn me() -> usize {
        ME.get()
    }

    /// There are tasks.
    pub(crate) fn is_running(&self) -> bool {
        !self.lock().tasks.is_empty()
    }

    fn task(&self, me: usize, job: Job<'_>) {
        ME.set(me);
        // One that fails must not leave the others waiting for their turn.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.give_way(self.lock());
            job();
        }));
        let mut state = self.lock();
        state.tasks[me] = Status::Done;
        state.hung |= outcome.is_err();
        self.reschedule(&mut state);
        drop(state);
        match outcome {
            Err(panic) if !panic.is::<Hang>() => resume_unwind(panic),
            _ => {}
        }
    }

    pub(crate) fn now_ms(&self) -> u32 {
        (self.lock().now_us / 1000) as u32
    }

    /// The running task may lose the core here.
    pub(crate) fn point(&self, point: Point) {
        let mut state = self.lock();
        if state.tasks.is_empty() {
            return;
        }
        if state.interrupt == Some(state.points.len()) {
            state.release(|status| status == Status::Suspended);
        }
        state.points.push(point);
        state.hung |= state.points.len() as u32 >= LIMIT;
        state.now_us += POINT_US;
        state.used += 1;
        if state.used >= SLICE && point == Point::Frame {
            state.used = 0;
            state.running = state.next().unwrap_or(state.running);
        }
        self.give_way(state);
    }

    /// Sleeps until the interrupt comes.
    pub(crate) fn suspend(&self) {
        self.stop(self.lock(), Status::Suspended);
    }

    /// Sleeps for so many milliseconds or until [`Core::notify`], unless `skip`: looked at in the
    /// same step.
    pub(crate) fn sleep(&self, ms: u32, skip: impl FnOnce() -> bool) {
        let mut state = self.lock();
        if skip() {
            return;
        }
        let until_us = state.now_us + u64::from(ms) * 1000;
        if state.tasks.is_empty() {
            state.now_us = until_us;
            return;
        }
        self.stop(state, Status::Sleeping { until_us });
    }

    /// Sleeps until [`Core::unblock`].
    pub(crate) fn block(&self) {
        self.stop(self.lock(), Status::Blocked);
    }

    pub(crate) fn unblock(&self) {
        self.ready(|status| status == Status::Blocked);
    }

    pub(crate) fn notify(&self) {
        self.ready(|status| matches!(status, Status::Sleeping { .. }));
    }

    fn ready(&self, which: impl Fn(Status) -> bool) {
        let mut state = self.lock();
        if state.tasks.is_empty() {
            return;
        }
        state.release(which);
        self.give_way(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no task panics inside")
    }

    fn stop(&self, mut state: MutexGuard<'_, State>, status: Status) {
        state.tasks[ME.get()] = status;
        self.give_way(state);
    }

    /// Lets the highest one run, and comes back when this one is it.
    fn give_way(&self, mut state: MutexGuard<'_, State>) {
        self.reschedule(&mut state);
        let state = self.await_turn(state);
        if state.hung {
            drop(state);
            resume_unwind(Box::new(Hang));
        }
    }

    fn await_turn<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let me = ME.get();
        let not_mine = |state: &mut State| state.running != me && !state.hung;
        let turn = self.turn.wait_while(state, not_mine);
        turn.expect("no task panics inside")
    }

    fn reschedule(&self, state: &mut State) {
        match state.highest() {
            Some(task) => state.running = task,
            None => state.hung |= state.tasks.iter().any(|task| *task != Status::Done),
        }
        self.turn.notify_all();
    }
}

impl State {
    fn release(&mut self, which: impl Fn(Status) -> bool) {
        for task in &mut self.tasks {
            if which(*task) {
                *task = Status::Ready;
            }
        }
    }

    /// The task that runs now. If all sleep, time passes until the first wakes.
    fn highest(&mut self) -> Option<usize> {
        let asleep = |task: &Status| match task {
            Status::Sleeping { until_us } => Some(*until_us),
            _ => None,
        };
        if !self.tasks.contains(&Status::Ready) {
            let first = self.tasks.iter().filter_map(asleep).min()?;
            self.now_us = self.now_us.max(first);
        }
        let now = self.now_us;
        self.release(|task| asleep(&task).is_some_and(|until| until <= now));
        let top = self.top()?;
        if self.is_ready(self.running) && self.levels[self.running] == top {
            return Some(self.running);
        }
        self.used = 0;
        self.next()
    }

    fn is_ready(&self, task: usize) -> bool {
        self.tasks[task] == Status::Ready
    }

    /// The highest priority of those that can run.
    fn top(&self) -> Option<u8> {
        let ready = (0..self.tasks.len()).filter(|task| self.is_ready(*task));
        ready.map(|task| self.levels[task]).min()
    }

    /// The one after the running task among those of the highest priority; that one itself if there
    /// is no other.
    fn next(&self) -> Option<usize> {
        let top = self.top()?;
        let count = self.tasks.len();
        (1..=count)
            .map(|step| (self.running + step) % count)
            .find(|task| self.is_ready(*task) && self.levels[*task] == top)
    }
}
