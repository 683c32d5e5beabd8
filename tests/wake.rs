//! A close or a shutdown from another thread ends every call that waits, in bounded time.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};

use support::threads::{self, Job, take_turn};
use support::*;
use w5100::error::{Error, Result};
#[cfg(feature = "events")]
use w5100::stack::event;
use w5100::stack::{Direction, Handle, PollEntry, ready};

/// When the call has surely come to rest.
const CLOSE_AT_MS: u32 = 700;
/// A wake goes through the port at once; without it a waiting task looks again only after up to
/// 500 ms when /INT is wired.
const WAKE_MS: u64 = 2;

/// Has `call` wait in one thread and ends it by `end` in another, with `answer`; with /INT wired,
/// and not.
fn woken_by(
    prepare: impl Fn(&Lab) -> Handle,
    call: impl Fn(&Lab, Handle) -> Result<()> + Sync,
    end: impl Fn(&Lab, Handle) + Sync,
    answer: Result<()>,
) {
    let _turn = take_turn();
    for wired in [false, true] {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        let handle = prepare(&lab);
        let ended_at = AtomicU64::new(0);
        let waiter: Job<'_, u64> = Box::new(|| {
            assert_eq!(call(&lab, handle), answer);
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
    let end = |lab: &Lab, handle| lab.close(handle);
    woken_by(prepare, call, end, Err(Error::BadHandle));
}

fn woken_by_disable(
    prepare: impl Fn(&Lab) -> Handle,
    call: impl Fn(&Lab, Handle) -> Result<()> + Sync,
    error: Error,
) {
    let end = |lab: &Lab, _| lab.device().disable().expect("it is enabled");
    woken_by(prepare, call, end, Err(error));
}

fn woken_by_shutdown(
    prepare: impl Fn(&Lab) -> Handle,
    call: impl Fn(&Lab, Handle) -> Result<()> + Sync,
    direction: Direction,
    answer: Result<()>,
) {
    let end = |lab: &Lab, handle| lab.with(|stack| stack.shutdown(handle, direction));
    woken_by(prepare, call, end, answer);
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

/// What went out before the peer's window closed is counted first; then the error.
fn send(lab: &Lab, handle: Handle) -> Result<()> {
    lab.send(handle, &vec![1; 100_000]).map(drop)?;
    lab.send(handle, b"more").map(drop)
}

/// A recv that gives the end of the stream.
fn receive_end(lab: &Lab, handle: Handle) -> Result<()> {
    let data = lab.receive(handle, 10)?;
    assert!(data.is_empty());
    Ok(())
}

fn listener(lab: &Lab) -> Handle {
    lab.listener(PORT, 4)
}

/// A UDP socket whose first datagram looks for a host that is not there.
#[cfg(feature = "udp")]
fn in_arp(lab: &Lab) -> Handle {
    let handle = lab.udp();
    lab.with(|stack| stack.connect(handle, endpoint(NOBODY, 9)));
    lab.send_to(handle, b"first", None).expect("it is taken");
    handle
}

#[cfg(feature = "udp")]
fn send_second(lab: &Lab, handle: Handle) -> Result<()> {
    lab.send_to(handle, b"second", None).map(drop)
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
    woken_by_close(silent_connection, send);
}

#[test]
fn w7_close_from_another_thread_wakes_accept() {
    woken_by_close(listener, |lab, handle| lab.accept(handle).map(drop));
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
    woken_by_disable(silent_connection, receive, Error::BadHandle);
}

#[test]
fn w7_close_from_another_thread_wakes_a_poll_for_room() {
    woken_by_close(silent_connection, |lab, handle| {
        lab.nonblocking(handle);
        // Until nothing goes any more.
        while lab.poll(handle, ready::OUT, Some(50)) != 0 {
            let _ = lab.send(handle, &[1; 2048]);
        }
        poll_for(lab, handle, ready::OUT)
    });
}

#[test]
#[cfg(feature = "udp")]
fn w7_close_from_another_thread_wakes_sendto_while_arp_goes_on() {
    woken_by_close(in_arp, send_second);
}

#[test]
fn w7_shutdown_from_another_thread_wakes_recv() {
    let end = Direction::Read;
    woken_by_shutdown(silent_connection, receive_end, end, Ok(()));
    let end = Direction::Both;
    woken_by_shutdown(silent_connection, receive_end, end, Ok(()));
}

#[test]
fn w7_shutdown_from_another_thread_wakes_send() {
    let pipe = Err(Error::Pipe);
    woken_by_shutdown(silent_connection, send, Direction::Write, pipe);
    woken_by_shutdown(silent_connection, send, Direction::Both, pipe);
}

#[test]
fn w7_shutdown_from_another_thread_wakes_poll() {
    let call = |lab: &Lab, handle| {
        let revents = lab.poll(handle, ready::IN, None);
        assert_eq!(revents, ready::IN | ready::HUP);
        Ok(())
    };
    woken_by_shutdown(silent_connection, call, Direction::Both, Ok(()));
}

#[test]
#[cfg(feature = "udp")]
fn w7_shutdown_from_another_thread_wakes_datagram_calls() {
    let receive = |lab: &Lab, handle| {
        let received = lab.device().receive_from(handle, &mut [0], false, false)?;
        assert_eq!(received.length, 0);
        Ok(())
    };
    let connected = |lab: &Lab| {
        let handle = lab.udp();
        lab.with(|stack| stack.connect(handle, endpoint(PEER_IP, 9)));
        handle
    };
    woken_by_shutdown(connected, receive, Direction::Read, Ok(()));
    woken_by_shutdown(in_arp, send_second, Direction::Write, Err(Error::Pipe));
}

#[test]
#[cfg(feature = "events")]
fn w7_shutdown_from_another_thread_wakes_accept() {
    let accept = |lab: &Lab, handle| lab.accept(handle).map(drop);
    for direction in [Direction::Read, Direction::Both] {
        woken_by_shutdown(listener, accept, direction, Err(Error::Invalid));
    }
    let poll = |lab: &Lab, handle| {
        assert_eq!(lab.poll(handle, ready::IN, None), ready::HUP);
        Ok(())
    };
    woken_by_shutdown(listener, poll, Direction::Read, Ok(()));
}

#[test]
#[cfg(feature = "events")]
fn w7_shutdown_from_another_thread_wakes_connect() {
    let connect = |lab: &Lab, handle| lab.device().connect(handle, endpoint(NOBODY, PEER_PORT));
    for direction in [Direction::Read, Direction::Write, Direction::Both] {
        woken_by_shutdown(Lab::tcp, connect, direction, Err(Error::ConnectionReset));
    }
}

/// There is nothing to shut down, as on Linux, which ends the wait all the same.
#[test]
#[cfg(all(feature = "events", feature = "udp"))]
fn w7_shutdown_from_another_thread_wakes_recvfrom_without_a_peer() {
    let receive = |lab: &Lab, handle| {
        let received = lab.device().receive_from(handle, &mut [0], false, false)?;
        assert_eq!(received.length, 0);
        Ok(())
    };
    let end = |lab: &Lab, handle| {
        let shut = |stack: &mut w5100::stack::Stack<_, _>| stack.shutdown(handle, Direction::Read);
        assert_eq!(lab.device().with(shut), Err(Error::NotConnected));
    };
    woken_by(Lab::udp, receive, end, Ok(()));
}

#[test]
fn w7_disable_from_another_thread_wakes_accept_and_poll() {
    let accept = |lab: &Lab, handle| lab.accept(handle).map(drop);
    woken_by_disable(listener, accept, Error::BadHandle);
    let poll = |lab: &Lab, handle| poll_for(lab, handle, ready::IN);
    woken_by_disable(listener, poll, Error::BadHandle);
}

#[test]
#[cfg(feature = "events")]
fn w7_disable_from_another_thread_wakes_dispatch() {
    let dispatch = |lab: &Lab, _| event::dispatch(&lab.devices, w5100::time::FOREVER).map(drop);
    woken_by_disable(listener, dispatch, Error::NetworkDown);
}

/// A connection with a linger time whose peer acknowledges nothing more.
#[cfg(feature = "options")]
fn lingering(lab: &Lab) -> Handle {
    let handle = silent_connection(lab);
    lab.set(handle, |options| options.linger = Some(5));
    lab.peer.vanish(true);
    lab.send(handle, b"never acknowledged")
        .expect("there is room");
    handle
}

#[test]
#[cfg(feature = "options")]
fn w7_disable_from_another_thread_wakes_a_close_that_lingers() {
    let close = |lab: &Lab, handle| lab.device().close(handle);
    woken_by_disable(lingering, close, Error::NetworkDown);
}

/// Its handle is dead from the start, so that there is nothing for a second close to end.
#[test]
#[cfg(feature = "options")]
fn w7_a_close_that_lingers_is_not_cut_short_by_another() {
    let lab = Lab::new();
    let handle = lingering(&lab);
    let first: Job<'_, (Result<()>, u32)> = Box::new(|| lab.close_timed(handle));
    let second: Job<'_, (Result<()>, u32)> = Box::new(|| {
        lab.world.run_for(CLOSE_AT_MS);
        lab.close_timed(handle)
    });
    let closed = threads::run(&lab.world, vec![first, second]);
    assert_eq!(closed[0].0, Err(Error::WouldBlock));
    assert!((5_000..5_020).contains(&closed[0].1), "{} ms", closed[0].1);
    assert_eq!(closed[1].0, Err(Error::BadHandle));
    assert!(closed[1].1 <= 1, "{} ms", closed[1].1);
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
