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
