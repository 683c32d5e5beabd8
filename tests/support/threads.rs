//! Threads that share the virtual clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use w5100_sim::World;

/// What one thread does.
pub(crate) type Job<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

/// Runs the jobs at once, each in a thread that takes part in the clock of `world`, and gives
/// their results in order. The caller must not take part itself.
pub(crate) fn run<'a, T: Send>(world: &World, jobs: Vec<Job<'a, T>>) -> Vec<T> {
    thread::scope(|scope| {
        // All enter before the first starts, or it could let time run ahead.
        let entered: Vec<_> = jobs
            .into_iter()
            .map(|job| (world.enter_thread(), job))
            .collect();
        let threads: Vec<_> = entered
            .into_iter()
            .map(|(guard, job)| {
                scope.spawn(move || {
                    let _guard = guard;
                    job()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("the thread does not panic"))
            .collect()
    })
}

/// Keeps the other tests of the program away. They all move the one epoch, which ends sleeps.
pub(crate) fn take_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
