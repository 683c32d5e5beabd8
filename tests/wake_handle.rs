//! Wake handles: a poll ends from another thread, without anything being closed.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use support::bus::hooked;
use support::threads::{self, Job, take_turn};
use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, PollEntry, ready};

fn entry(handle: Handle) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events: ready::IN,
        revents: 0,
    }
}

#[test]
fn w8_a_signal_before_the_poll_is_not_lost() {
    let lab = Lab::new();
    let device = lab.device();
    let handle = device.wake_handle().unwrap();
    let mut set = [entry(handle)];
    assert_eq!(poll(&lab.devices, &mut set, Some(5)), Ok(0));
    device.signal(handle).unwrap();
    let (count, elapsed) = lab.timed(|| poll(&lab.devices, &mut set, None));
    assert_eq!((count, set[0].revents), (Ok(1), ready::IN));
    assert!(elapsed <= 1, "{elapsed} ms");
    // It stays until it is cleared.
    assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(1));
    assert_eq!(device.quiet(handle), Ok(true));
    assert_eq!(device.quiet(handle), Ok(false));
    assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(0));
}

#[test]
fn a_closed_wake_handle_never_signals_the_next_one() {
    let lab = Lab::new();
    let device = lab.device();
    let old = device.wake_handle().unwrap();
    device.signal(old).unwrap();
    device.close(old).unwrap();
    let new = device.wake_handle().unwrap();
    assert_eq!(device.signal(old), Err(Error::BadHandle));
    assert_eq!(device.quiet(old), Err(Error::BadHandle));
    assert_eq!(device.close(old), Err(Error::BadHandle));
    assert_eq!(lab.poll(new, ready::IN, Some(0)), 0);
    assert_eq!(device.quiet(new), Ok(false));
    let closed = [old.raw(), 0, -1, -new.raw(), i32::MIN, i32::MAX];
    for raw in closed {
        let handle = Handle::from_raw(raw);
        assert_eq!(device.signal(handle), Err(Error::BadHandle), "{raw}");
        assert_eq!(device.quiet(handle), Err(Error::BadHandle), "{raw}");
    }
}

#[test]
fn a_wake_handle_is_no_socket_and_a_socket_no_wake_handle() {
    let lab = Lab::new();
    let device = lab.device();
    let wake = device.wake_handle().unwrap();
    let socket = lab.tcp();
    assert_eq!(device.signal(socket), Err(Error::BadHandle));
    assert_eq!(
        device.receive(wake, &mut [0], false, true),
        Err(Error::NotSupported)
    );
    assert_eq!(device.send(wake, b"x", true), Err(Error::NotSupported));
    assert_eq!(
        device.with(|stack| stack.listen(wake, 1)),
        Err(Error::NotSupported)
    );
    assert_eq!(
        device.with(|stack| stack.settings(wake).map(drop)),
        Err(Error::NotSupported)
    );
    device.disable().unwrap();
    assert_eq!(device.signal(wake), Err(Error::BadHandle));
}

/// Signalled while polls sleep; so many of them wait for it.
fn signalled_during(polls: usize, wired: bool) {
    let _turn = take_turn();
    let lab = Lab::with_setup(Setup {
        wired,
        ..Setup::default()
    });
    let handle = lab.device().wake_handle().unwrap();
    let mut jobs: Vec<Job<'_, u64>> = vec![Box::new(|| {
        lab.world.run_for(5_000);
        let now = lab.world.now();
        lab.device().signal(handle).unwrap();
        now
    })];
    for _ in 0..polls {
        jobs.push(Box::new(|| {
            assert_eq!(lab.poll(handle, ready::IN, None), ready::IN);
            lab.world.now()
        }));
    }
    let times = threads::run(&lab.world, jobs);
    for woken in &times[1..] {
        let late = woken.checked_sub(times[0]).expect("it waits until then");
        assert!(late <= 2_000, "{late} us, /INT wired: {wired}");
    }
    assert_eq!(lab.device().quiet(handle), Ok(true));
    assert_eq!(lab.poll(handle, ready::IN, Some(20)), 0);
}

#[test]
fn w8_a_signal_from_another_thread_ends_every_poll_of_the_handle() {
    for wired in [true, false] {
        signalled_during(1, wired);
        signalled_during(4, wired);
    }
}

/// As an interrupt does that comes while the library uses the bus: the task that it interrupts
/// holds the lock.
#[test]
fn w8_a_signal_takes_no_lock_and_asks_nothing_of_the_port_but_to_notify() {
    let _turn = take_turn();
    let calls = Arc::new(AtomicU32::new(0));
    let device = Arc::new(std::sync::OnceLock::<&'static (dyn Fn() + Send + Sync)>::new());
    let interrupt = Arc::clone(&device);
    let lab = Box::leak(Box::new(hooked(Setup::default(), move |_, _| {
        if let Some(interrupt) = interrupt.get() {
            interrupt();
        }
        true
    })));
    let lab: &'static Lab<_> = lab;
    let handle = lab.device().wake_handle().unwrap();
    // A lock, an unlock.
    let locked = Arc::clone(&calls);
    lab.observer.set(move || {
        locked.fetch_add(1, Ordering::SeqCst);
    });
    let (once, counted) = (AtomicU32::new(0), Arc::clone(&calls));
    let handler = move || {
        if once.fetch_add(1, Ordering::SeqCst) == 0 {
            let state = || (lab.interrupts.sleeps(), lab.chip.counters().frames);
            let before = (counted.load(Ordering::SeqCst), state());
            let token = lab.world.events();
            assert_eq!(lab.device().signal(handle), Ok(()));
            assert_eq!((counted.load(Ordering::SeqCst), state()), before);
            assert_eq!(lab.world.events(), token + 1, "one notify");
        }
    };
    let set = device.set(Box::leak(Box::new(handler)));
    assert!(set.is_ok());
    // The first frame of the poll's own look is where it comes in.
    let mut entries = [entry(handle)];
    assert_eq!(poll(&lab.devices, &mut entries, None), Ok(1));
    assert_eq!(entries[0].revents, ready::IN);
}

#[test]
fn w8_closing_the_wake_handle_ends_the_poll() {
    let _turn = take_turn();
    let lab = Lab::new();
    let handle = lab.device().wake_handle().unwrap();
    let closer: Job<'_, u64> = Box::new(|| {
        lab.world.run_for(700);
        lab.device().close(handle).unwrap();
        lab.world.now()
    });
    let waiter: Job<'_, u64> = Box::new(|| {
        assert_eq!(lab.poll(handle, ready::IN, None), ready::NVAL);
        lab.world.now()
    });
    let times = threads::run(&lab.world, vec![closer, waiter]);
    assert!(times[1] <= times[0] + 2_000, "{times:?}");
}

/// What each signal stands for is seen, though several may be seen as one.
#[test]
fn w8_no_signal_is_lost_among_many() {
    const ROUNDS: u32 = 500;
    let _turn = take_turn();
    let lab = Lab::new();
    let handle = lab.device().wake_handle().unwrap();
    let made = AtomicU32::new(0);
    let producer: Job<'_, ()> = Box::new(|| {
        for round in 0..ROUNDS {
            made.fetch_add(1, Ordering::SeqCst);
            lab.device().signal(handle).unwrap();
            if round % 3 == 0 {
                lab.world.run_for(round % 4);
            }
        }
    });
    let consumer: Job<'_, ()> = Box::new(|| {
        while made.load(Ordering::SeqCst) < ROUNDS || lab.poll(handle, ready::IN, Some(0)) != 0 {
            assert_eq!(lab.poll(handle, ready::IN, Some(10_000)), ready::IN);
            assert_eq!(lab.device().quiet(handle), Ok(true));
        }
    });
    threads::run(&lab.world, vec![producer, consumer]);
    assert_eq!(made.load(Ordering::SeqCst), ROUNDS);
}
