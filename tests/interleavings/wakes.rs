//! Wake handles: a signal is never lost, wherever it comes, and never reaches another handle.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::explore::explore;
use crate::rig::{Rig, Setup};
use crate::waits::woken;
use crate::world::alone;
use w5100::error::{Error, Result};
use w5100::stack::{self, Handle, PollEntry, ready};

/// Preemptions, all schedules with which are explored.
const BOUND: usize = 3;
/// By then a poll that misses a signal has looked again, and more than once.
const WHILE_MS: u32 = 1000;

pub(crate) fn wake_handle(setup: Setup) -> (Arc<Rig>, Handle) {
    let rig = Rig::new(setup);
    let handle = alone(|| rig.device().wake_handle()).expect("a slot is free");
    (rig, handle)
}

pub(crate) fn poll_in(rig: &Rig, handle: Handle) -> Result<i16> {
    rig.poll(handle, ready::IN)
}

pub(crate) fn signal(rig: &Rig, handle: Handle) {
    rig.device().signal(handle).expect("it is open");
}

#[test]
fn w8_a_signal_at_any_moment_ends_a_poll_that_sleeps() {
    explore("poll, signal", BOUND, || {
        let (rig, handle) = wake_handle(Setup::default());
        woken(rig, handle, poll_in, signal, Ok(ready::IN));
    });
}

#[test]
fn w7_close_at_any_moment_ends_poll_on_a_wake_handle() {
    explore("poll on a wake handle, close", BOUND, || {
        let (rig, handle) = wake_handle(Setup::default());
        let close = |rig: &Rig, handle| rig.device().close(handle).expect("it is open");
        woken(rig, handle, poll_in, close, Ok(ready::NVAL));
    });
}

/// A poll begins as two signals come, before it, in it or after its look: it ends in the moment of
/// the first, since nothing takes any time.
#[test]
fn w8_a_signal_as_a_poll_begins_is_not_lost() {
    explore("poll begins, two signals", BOUND, || {
        let (rig, handle) = wake_handle(Setup::default());
        let start = rig.world.now();
        let poller = rig.job(move |rig| {
            assert_eq!(poll_in(rig, handle), Ok(ready::IN));
            assert_eq!(rig.world.now(), start, "it slept on");
            assert_eq!(rig.device().quiet(handle), Ok(true));
        });
        let signals = || rig.job(move |rig| signal(rig, handle));
        rig.run(vec![poller, signals(), signals()]);
        let left = poll_now(&rig, handle);
        assert_eq!(rig.device().quiet(handle), Ok(left), "poll and clear agree");
    });
}

/// True if a poll that does not wait tells of a signal.
fn poll_now(rig: &Rig, handle: Handle) -> bool {
    let mut set = [PollEntry {
        fd: handle.raw(),
        events: ready::IN,
        revents: 0,
    }];
    stack::poll(&rig.devices, &mut set, 0).expect("the chip answers") > 0
}

/// One task puts work into a queue and signals, another one waits with poll, and takes what is there
/// with `take`: nothing is left lying.
pub(crate) fn queue(take: fn(&Rig, Handle, &AtomicU32) -> u32) {
    const ITEMS: u32 = 2;
    let (rig, handle) = wake_handle(Setup::default());
    let items = Arc::new(AtomicU32::new(0));
    let source = items.clone();
    let worker = rig.job(move |rig| {
        let mut taken = 0;
        while taken < ITEMS {
            let mut set = [PollEntry {
                fd: handle.raw(),
                events: ready::IN,
                revents: 0,
            }];
            let count = stack::poll(&rig.devices, &mut set, WHILE_MS);
            assert_eq!(count, Ok(1), "work is left lying");
            taken += take(rig, handle, &source);
        }
    });
    let boss = rig.job(move |rig| {
        for _ in 0..ITEMS {
            items.fetch_add(1, Ordering::SeqCst);
            signal(rig, handle);
        }
    });
    rig.run(vec![worker, boss]);
}

#[test]
fn w8_what_is_signalled_after_a_clear_is_told() {
    explore("clear, signal", BOUND, || {
        queue(|rig, handle, items| {
            rig.device().quiet(handle).expect("it is open");
            items.swap(0, Ordering::SeqCst)
        });
    });
}

/// One task signals a handle that another one closes, and whose slot goes to the next wake handle:
/// what that one then is told.
pub(crate) fn closed_and_reused(signal: fn(&Rig, Handle) -> Result<()>) {
    let (rig, old) = wake_handle(Setup::default());
    let successor = Arc::new(Mutex::new(None));
    let found = successor.clone();
    let signaller = rig.job(move |rig| {
        for _ in 0..2 {
            let outcome = signal(rig, old);
            assert!(matches!(outcome, Ok(()) | Err(Error::BadHandle)));
        }
    });
    let owner = rig.job(move |rig| {
        rig.device().close(old).expect("it is open");
        let new = rig.device().wake_handle().expect("a slot is free");
        assert_eq!(new.raw() & 0x1F, old.raw() & 0x1F, "the slot is used again");
        *successor.lock().unwrap() = Some(new);
    });
    rig.run(vec![signaller, owner]);
    let new = found.lock().unwrap().take().expect("it was made");
    assert!(!poll_now(&rig, new), "the next one was signalled");
    assert_eq!(rig.device().quiet(new), Ok(false));
    assert_eq!(rig.device().signal(old), Err(Error::BadHandle));
    assert_eq!(rig.device().signal(new), Ok(()));
    assert!(poll_now(&rig, new));
}

#[test]
fn w6_a_signal_for_a_closed_handle_never_reaches_the_next() {
    explore("signal, close and reuse", BOUND, || {
        closed_and_reused(|rig, old| rig.device().signal(old));
    });
}

/// The same with clears: what the next handle was signalled stays.
#[test]
fn w6_a_clear_of_a_closed_handle_takes_no_signal_from_the_next() {
    explore("clear, close and reuse", BOUND, || {
        let (rig, old) = wake_handle(Setup::default());
        let successor = Arc::new(Mutex::new(None));
        let found = successor.clone();
        let clearer = rig.job(move |rig| {
            for _ in 0..2 {
                let cleared = rig.device().quiet(old);
                assert!(matches!(cleared, Ok(false) | Err(Error::BadHandle)));
            }
        });
        let owner = rig.job(move |rig| {
            rig.device().close(old).expect("it is open");
            let new = rig.device().wake_handle().expect("a slot is free");
            signal(rig, new);
            *successor.lock().unwrap() = Some(new);
        });
        rig.run(vec![clearer, owner]);
        let new = found.lock().unwrap().take().expect("it was made");
        assert!(poll_now(&rig, new), "its signal is gone");
    });
}
