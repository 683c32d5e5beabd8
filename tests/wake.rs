//! A close from another thread ends every call that waits, in bounded time.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};

use support::threads::{self, Job};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Handle, PollEntry, Stack, ready};

/// When the call has surely come to rest.
const CLOSE_AT_MS: u32 = 700;
/// A wake goes through the port at once; without it a waiting task looks again only after up to
/// 500 ms when /INT is wired.
const WAKE_MS: u64 = 2;

/// Has `call` wait in one thread and ends it by `end` in another; with /INT wired, and not.
fn woken_by(
    prepare: impl Fn(&Lab) -> Handle,
    call: impl Fn(&Lab, Handle) -> Result<()> + Sync,
    end: impl Fn(&Lab, Handle) + Sync,
) {
    for wired in [false, true] {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        let handle = prepare(&lab);
        let ended_at = AtomicU64::new(0);
        let waiter: Job<'_, u64> = Box::new(|| {
            assert_eq!(call(&lab, handle), Err(Error::BadHandle));
            lab.world.now()
        });
        let closer: Job<'_, u64> = Box::new(|| {
            lab.world.run_for(CLOSE_AT_MS);
            ended_at.store(lab.world.now(), Ordering::SeqCst);
            end(&lab, handle);
            0
        });
        let woken_at = threads::run(&lab.world, vec![waiter, closer])[0];
        let ended_at = ended_at.load(Ordering::SeqCst);
        assert!(woken_at >= ended_at, "the call waits until then");
        let late = woken_at - ended_at;
        assert!(late < WAKE_MS * 1000, "{late} us, /INT wired: {wired}");
    }
}

fn woken_by_close(
    prepare: impl Fn(&Lab) -> Handle,
    call: impl Fn(&Lab, Handle) -> Result<()> + Sync,
) {
    woken_by(prepare, call, |lab, handle| lab.close(handle));
}

/// A connection to a peer that neither sends nor reads.
fn silent_connection(lab: &Lab) -> Handle {
    let (handle, conn) = lab.connected();
    // Dropping it would close it.
    std::mem::forget(conn);
    handle
}

fn receive(lab: &Lab, handle: Handle) -> Result<()> {
    lab.receive(handle, 10).map(drop)
}

fn poll_for(lab: &Lab, handle: Handle, events: i16) -> Result<()> {
    let mut set = [PollEntry {
        fd: handle.raw(),
        events,
        revents: 0,
    }];
    assert_eq!(poll(&lab.devices, &mut set, None)?, 1);
    assert_eq!(set[0].revents, ready::NVAL);
    Err(Error::BadHandle)
}

#[test]
fn w7_close_from_another_thread_wakes_recv() {
    woken_by_close(silent_connection, receive);
}

#[test]
fn w7_close_from_another_thread_wakes_send() {
    woken_by_close(silent_connection, |lab, handle| {
        // What went out before the peer's window closed is counted first.
        lab.send(handle, &vec![1; 100_000]).map(drop)?;
        lab.send(handle, b"more").map(drop)
    });
}

#[test]
fn w7_close_from_another_thread_wakes_accept() {
    let prepare = |lab: &Lab| lab.listener(PORT, 4);
    woken_by_close(prepare, |lab, handle| lab.accept(handle).map(drop));
}

#[test]
fn w7_close_from_another_thread_wakes_connect() {
    let call = |lab: &Lab, handle| {
        let nobody = endpoint(NOBODY, PEER_PORT);
        lab.device().connect(handle, nobody)
    };
    woken_by_close(Lab::tcp, call);
}

#[test]
fn w7_close_from_another_thread_wakes_poll() {
    woken_by_close(silent_connection, |lab, handle| {
        poll_for(lab, handle, ready::IN)
    });
    let listener = |lab: &Lab| lab.listener(PORT, 4);
    woken_by_close(listener, |lab, handle| poll_for(lab, handle, ready::IN));
}

#[test]
#[cfg(feature = "udp")]
fn w7_close_from_another_thread_wakes_recvfrom() {
    let prepare = |lab: &Lab| {
        let handle = lab.udp();
        lab.bind(handle, 9).unwrap();
        handle
    };
    woken_by_close(prepare, |lab, handle| {
        let received = lab.device().receive_from(handle, &mut [0], false, false);
        received.map(drop)
    });
}

#[test]
fn w7_disable_from_another_thread_wakes_recv() {
    let end = |lab: &Lab, _| lab.with(Stack::disable);
    woken_by(silent_connection, receive, end);
}

#[test]
fn w7_one_monitor_thread_closes_what_others_wait_on() {
    let lab = Lab::new();
    let handles = [0; 4].map(|_| {
        let (handle, conn) = lab.accepted();
        std::mem::forget(conn);
        handle
    });
    let mut jobs: Vec<Job<'_, Result<()>>> = Vec::new();
    for handle in &handles {
        jobs.push(Box::new(|| receive(&lab, *handle)));
    }
    jobs.push(Box::new(|| {
        lab.world.run_for(CLOSE_AT_MS);
        handles.iter().for_each(|handle| lab.close(*handle));
        Err(Error::BadHandle)
    }));
    for outcome in threads::run(&lab.world, jobs) {
        assert_eq!(outcome, Err(Error::BadHandle));
    }
    assert_eq!(lab.open_handles(), 0);
}
