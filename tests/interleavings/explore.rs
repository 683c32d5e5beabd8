//! What is explored: all schedules with few preemptions, and samples of the others.

use std::fmt::Arguments;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::world::TASKS;

/// Schedules drawn at random, and by PCT, which has few preemptions at random places.
const SAMPLES: usize = 1000;
const PCT_DEPTH: usize = 4;
const SEED: u64 = 5100;
/// A schedule with more steps never ends.
const LONGEST: usize = 20_000;

/// The epoch is one for the whole program, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs `scenario` under every schedule with at most `preemptions` preemptions, then under
/// samples with any number of them.
pub(crate) fn explore(name: &str, preemptions: usize, scenario: fn()) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let all = Runner::new(Bounded::new(preemptions), config()).run(scenario);
    Runner::new(RandomScheduler::new_from_seed(SEED, SAMPLES), config()).run(scenario);
    Runner::new(
        PctScheduler::new_from_seed(SEED, PCT_DEPTH, SAMPLES),
        config(),
    )
    .run(scenario);
    let tasks = TASKS.load(Ordering::Relaxed);
    tell(format_args!(
        "{name}: {tasks} tasks, all {all} schedules with at most {preemptions} preemptions, \
         {SAMPLES} random ones, {SAMPLES} by PCT of depth {PCT_DEPTH}"
    ));
}

/// Some schedule of `scenario`, which has a bug, fails with a message that holds `finding`.
pub(crate) fn finds(name: &str, preemptions: usize, finding: &str, scenario: fn()) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let explored = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(Bounded::new(preemptions), config()).run(move || {
            count.fetch_add(1, Ordering::Relaxed);
            scenario();
        })
    }));
    let Err(failure) = explored else {
        panic!("{name}: not found with {preemptions} preemptions");
    };
    let message = failure.downcast_ref::<String>().cloned();
    let message = message.or_else(|| failure.downcast_ref::<&str>().map(|text| text.to_string()));
    let message = message.expect("a panic has a message");
    assert!(
        message.contains(finding),
        "{name}: another failure: {message}"
    );
    let runs = runs.load(Ordering::Relaxed);
    tell(format_args!(
        "{name}: found in schedule {runs} with at most {preemptions} preemptions"
    ));
}

/// Past the test harness, which keeps what a test that passes prints.
fn tell(text: Arguments<'_>) {
    writeln!(std::io::stdout(), "{text}").expect("standard output is open");
}

fn config() -> Config {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(LONGEST);
    config.failure_persistence = FailurePersistence::Print;
    config
}

/// Depth first through all schedules with a bounded number of preemptions: switches away from a
/// task that could go on. Switches at which it could not are free.
struct Bounded {
    preemptions: usize,
    left: usize,
    /// The choices of this schedule: where there was more than one, which of how many.
    choices: Vec<(usize, usize)>,
    at: usize,
    begun: bool,
}

impl Bounded {
    fn new(preemptions: usize) -> Self {
        Self {
            preemptions,
            left: preemptions,
            choices: Vec::new(),
            at: 0,
            begun: false,
        }
    }

    fn choose(&mut self, among: usize) -> usize {
        if among == 1 {
            return 0;
        }
        if self.at == self.choices.len() {
            self.choices.push((0, among));
        }
        let (choice, of) = self.choices[self.at];
        assert_eq!(of, among, "a schedule does not repeat");
        self.at += 1;
        choice
    }
}

impl Scheduler for Bounded {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.begun {
            while let Some((choice, of)) = self.choices.pop() {
                if choice + 1 < of {
                    self.choices.push((choice + 1, of));
                    break;
                }
            }
            if self.choices.is_empty() {
                return None;
            }
        }
        self.begun = true;
        self.at = 0;
        self.left = self.preemptions;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _is_yielding: bool,
    ) -> Option<TaskId> {
        let tasks: Vec<_> = runnable.iter().map(|task| task.id()).collect();
        let Some(current) = current.filter(|current| tasks.contains(current)) else {
            return Some(tasks[self.choose(tasks.len())]);
        };
        if self.left == 0 {
            return Some(current);
        }
        let others: Vec<_> = tasks.into_iter().filter(|task| *task != current).collect();
        match self.choose(others.len() + 1) {
            0 => Some(current),
            other => {
                self.left -= 1;
                Some(others[other - 1])
            }
        }
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("nothing is drawn")
    }
}
