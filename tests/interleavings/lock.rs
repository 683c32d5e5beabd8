//! The lock: tried, and slept for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::explore::explore;
use crate::rig::{Flaw, Rig, Setup};
use crate::world::step;
use w5100::error::Error;

/// Tasks that go through the lock again and again, none with anything that would wake another.
pub(crate) fn crowd(tasks: usize, times: usize, flaw: Flaw) {
    let rig = Rig::new(Setup {
        flaw,
        ..Setup::default()
    });
    let inside = Arc::new(AtomicUsize::new(0));
    let start = rig.world.now();
    let jobs = (0..tasks).map(|_| {
        let inside = inside.clone();
        rig.job(move |rig| {
            for _ in 0..times {
                let outcome = rig.device().with(|_| {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
                    step();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    Err::<(), _>(Error::WouldBlock)
                });
                assert_eq!(outcome, Err(Error::WouldBlock));
            }
        })
    });
    rig.run(jobs.collect());
    let took = rig.world.now() - start;
    assert!(took <= (tasks * times) as u32, "{took} ms for the lock");
}

#[test]
fn w5_three_tasks_at_the_lock_all_get_in() {
    explore("lock", 2, || crowd(3, 2, Flaw::None));
}

/// One task holds the lock for long and comes back at once, again and again, one is passed over
/// meanwhile, and one comes anew. When all wake in the same moment the wrong one may be the first.
#[cfg(feature = "events")]
#[test]
fn w5_who_was_passed_over_is_so_at_most_once_more() {
    /// As long as a task sleeps for the lock until others step back, and a nap more.
    const HOLD_MS: u32 = 9;
    /// The naps of who was passed over, and of one that it finds inside.
    const SLACK_MS: u32 = 3;
    fn enter(rig: &Rig, ms: u32) {
        let outcome = rig.device().with(|_| {
            if ms > 0 {
                rig.world.sleep(ms, false);
            }
            Err::<(), _>(Error::WouldBlock)
        });
        assert_eq!(outcome, Err(Error::WouldBlock));
    }
    explore("lock, one is passed over", 2, || {
        let rig = Rig::new(Setup::default());
        let start = rig.world.now();
        let hog = rig.job(|rig| (0..4).for_each(|_| enter(rig, HOLD_MS)));
        let passed = rig.job(move |rig| {
            enter(rig, 0);
            let took = rig.world.now() - start;
            assert!(took <= 2 * HOLD_MS + SLACK_MS, "passed over for {took} ms");
        });
        let newcomer = rig.job(|rig| {
            rig.world.sleep(HOLD_MS - 1, false);
            enter(rig, 0);
        });
        rig.run(vec![hog, passed, newcomer]);
        // Nothing is left that would hold up the next.
        let end = rig.world.now();
        enter(&rig, 0);
        assert_eq!(rig.world.now(), end);
    });
}
