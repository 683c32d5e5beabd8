//! A task that calls in a tight loop keeps no other from the lock, of its own priority or a higher
//! one; and what lets the others in holds nobody up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Died, Rig, Waiting, urgent};
use crate::cpu::{Core, Hang, Job};
use w5100::stack::{self, PollEntry, ready};

const HIGH: u8 = 0;
const LOW: u8 = 1;

/// Sleeps of a task that finds the lock taken each time; in the last one newcomers step back.
const NAPS: u32 = 8;

/// Looks at a socket without waiting, as fast as it can, for so long as `goes_on` says.
fn hog(rig: &Rig, mut goes_on: impl FnMut() -> bool) {
    while goes_on() {
        let mut set = [PollEntry {
            fd: rig.handle.raw(),
            events: ready::IN | ready::OUT,
            revents: 0,
        }];
        assert_eq!(stack::poll(&rig.device, &mut set, 0), Ok(1));
    }
}

#[test]
fn w5_a_task_gets_in_beside_one_that_calls_without_a_pause() {
    let rig = Rig::new(Waiting::Asleep);
    let done = AtomicBool::new(false);
    let busy = || hog(&rig, || !done.load(Ordering::SeqCst));
    let modest = || {
        for times in 1..=3 {
            urgent(&rig);
            let naps = rig.waits(Core::me());
            assert!(naps <= NAPS * times, "{naps} naps for {times} calls");
            // The other one comes back meanwhile.
            rig.core.sleep(3, || false);
        }
        done.store(true, Ordering::SeqCst);
    };
    let jobs: Vec<(u8, Job<'_>)> = vec![(LOW, Box::new(busy)), (LOW, Box::new(modest))];
    let points = rig.core.run_at(jobs, None).expect("it gets in");
    assert!(rig.waits(1) > NAPS, "the lock was never taken for long");
    println!("{} points, {} naps", points.len(), rig.waits(1));
}

/// A high task that comes at point number `at`, while of two low ones one has the lock most of the
/// time and the other starves: its naps, none if it came too late.
fn beside_a_starving_task(at: usize) -> Result<u32, Hang> {
    let rig = Rig::new(Waiting::Asleep);
    let done = AtomicBool::new(false);
    let high = || {
        rig.core.suspend();
        urgent(&rig);
    };
    let busy = || hog(&rig, || !done.load(Ordering::SeqCst));
    let starving = || {
        for _ in 0..2 {
            urgent(&rig);
        }
        done.store(true, Ordering::SeqCst);
    };
    let jobs: Vec<(u8, Job<'_>)> = vec![
        (HIGH, Box::new(high)),
        (LOW, Box::new(busy)),
        (LOW, Box::new(starving)),
    ];
    rig.core.run_at(jobs, Some(at))?;
    Ok(rig.waits(0))
}

#[test]
fn w5_a_low_task_that_starves_holds_up_no_high_one() {
    let mut most = 0;
    // By then the low one has been passed over often enough, and has got in.
    for at in (0..1200).step_by(7) {
        let naps = beside_a_starving_task(at);
        let naps = naps.unwrap_or_else(|_| panic!("point {at}: somebody hangs"));
        // It may have to step back once itself.
        assert!(naps <= NAPS + 1, "point {at}: {naps} naps");
        most = most.max(naps);
    }
    println!("{most} naps at most");
}

#[test]
fn w5_a_task_that_dies_at_the_lock_leaves_nothing_that_lasts() {
    const CALLS: u32 = 100;
    let rig = Rig::with_death(Waiting::Asleep, Some((1, NAPS)));
    let died = AtomicBool::new(false);
    let mut left = CALLS;
    let busy = || {
        hog(&rig, || {
            left -= u32::from(died.load(Ordering::SeqCst));
            left > 0
        });
    };
    let mortal = || {
        let outcome = catch_unwind(AssertUnwindSafe(|| urgent(&rig)));
        assert!(outcome.is_err_and(|how| how.is::<Died>()), "it got in");
        died.store(true, Ordering::SeqCst);
    };
    let jobs: Vec<(u8, Job<'_>)> = vec![(LOW, Box::new(busy)), (LOW, Box::new(mortal))];
    rig.core.run_at(jobs, None).expect("the other one goes on");
    // It had set the flag, which one call noticed.
    assert_eq!(rig.waits(0), 1);
}
