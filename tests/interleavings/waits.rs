//! What ends a wait ends it at once, whenever it comes.
//!
//! The waiting task is in its longest naps when the other one comes, in the very moment in which a
//! nap ends: a wake-up that got lost would cost the next nap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::explore::explore;
use crate::rig::{PEER, Rig, Setup};
use crate::tiny::Peer;
use crate::world::alone;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Endpoint, Handle, Kind, SLOTS, ready};

/// By then a nap is as long as it gets.
const LATE_MS: u32 = 300;
/// What trying the lock again may cost, three times.
const SLACK_MS: u32 = 3;
/// Preemptions, all schedules with which are explored.
const BOUND: usize = 3;
/// The same where a call has twice as many places to switch at.
const LONG_CALL_BOUND: usize = 2;

/// Has `call` wait on a handle, and `end` end it in another task.
pub(crate) fn woken<T: PartialEq + std::fmt::Debug + Send + 'static>(
    rig: Arc<Rig>,
    handle: Handle,
    call: fn(&Rig, Handle) -> T,
    end: fn(&Rig, Handle),
    answer: T,
) {
    let ended_at = Arc::new(AtomicU32::new(0));
    let told = ended_at.clone();
    let waiter = rig.job(move |rig| {
        assert_eq!(call(rig, handle), answer);
        let late = rig.world.now() - ended_at.load(Ordering::SeqCst);
        assert!(late <= SLACK_MS, "woken {late} ms late");
    });
    let ender = rig.job(move |rig| {
        rig.world.meet(LATE_MS);
        told.store(rig.world.now(), Ordering::SeqCst);
        end(rig, handle);
    });
    rig.run(vec![waiter, ender]);
}

pub(crate) fn receive(rig: &Rig, handle: Handle) -> Result<usize> {
    rig.device().receive(handle, &mut [0; 8], false, false)
}

/// Data arrives, and the interrupt handler runs.
pub(crate) fn data_arrives(rig: &Rig, _handle: Handle) {
    rig.chip(|chip| chip.deliver(b"data"));
    rig.device().wake();
}

pub(crate) fn connection(setup: Setup) -> (Arc<Rig>, Handle) {
    let rig = Rig::new(setup);
    let handle = rig.connected();
    (rig, handle)
}

fn listener() -> (Arc<Rig>, Handle) {
    let rig = Rig::new(Setup::default());
    let handle = alone(|| {
        let handle = rig.tcp();
        let listening = rig.device().with(|stack| stack.listen(handle, 4));
        listening.expect("the chip listens");
        handle
    });
    (rig, handle)
}

#[test]
fn w8_data_that_comes_at_any_moment_ends_receive() {
    explore("receive, data", BOUND, || {
        let (rig, handle) = connection(Setup::default());
        woken(rig, handle, receive, data_arrives, Ok(4));
    });
}

#[test]
fn w8_data_that_comes_at_any_moment_ends_poll() {
    explore("poll, data", BOUND, || {
        let (rig, handle) = connection(Setup::default());
        let call = |rig: &Rig, handle| rig.poll(handle, ready::IN);
        woken(rig, handle, call, data_arrives, Ok(ready::IN));
    });
}

#[test]
fn w8_a_client_that_comes_at_any_moment_ends_accept() {
    explore("accept, client", BOUND, || {
        let (rig, handle) = listener();
        let call = |rig: &Rig, handle| rig.device().accept(handle).map(drop);
        let end = |rig: &Rig, _handle: Handle| {
            rig.chip(|chip| chip.client());
            rig.device().wake();
        };
        woken(rig, handle, call, end, Ok(()));
    });
}

#[test]
fn w7_close_at_any_moment_ends_receive() {
    explore("receive, close", BOUND, || {
        let (rig, handle) = connection(Setup::default());
        woken(rig, handle, receive, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn w7_close_at_any_moment_ends_receive_without_an_interrupt_line() {
    explore("receive, close, /INT not wired", BOUND, || {
        let setup = Setup {
            polled: true,
            ..Setup::default()
        };
        let (rig, handle) = connection(setup);
        woken(rig, handle, receive, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn w7_shutdown_at_any_moment_ends_receive() {
    explore("receive, shutdown", BOUND, || {
        let (rig, handle) = connection(Setup::default());
        let end = |rig: &Rig, handle| {
            let down =
                |stack: &mut w5100::stack::Stack<_, _>| stack.shutdown(handle, Direction::Read);
            rig.device().with(down).expect("it is connected");
        };
        woken(rig, handle, receive, end, Ok(0));
    });
}

#[test]
fn w7_close_at_any_moment_ends_send() {
    explore("send, close", LONG_CALL_BOUND, || {
        // The peer never acknowledges anything, and the ring is full.
        let (rig, handle) = connection(Setup::default());
        let filled = alone(|| rig.device().send(handle, &[1; 1024], true));
        assert_eq!(filled, Ok(1024));
        let call = |rig: &Rig, handle| rig.device().send(handle, b"more", false);
        woken(rig, handle, call, Rig::close, Err(Error::BadHandle));
    });
}

/// A monitor finds the connection that owes an acknowledgment in the table, and closes it.
fn monitor(rig: &Rig, handle: Handle) {
    let device = rig.device();
    let rows = (0..SLOTS).filter_map(|slot| device.with(|stack| stack.info(slot)).ok()?);
    let stuck: Vec<_> = rows.filter(|row| row.outstanding > 0).collect();
    assert_eq!(stuck.len(), 1);
    assert_eq!(stuck[0].handle, handle.raw());
    rig.close(handle);
}

#[test]
fn r7_a_monitor_closes_the_socket_of_a_blocked_writer_at_any_moment() {
    explore("send, monitor", LONG_CALL_BOUND, || {
        let (rig, handle) = connection(Setup::default());
        let filled = alone(|| rig.device().send(handle, &[1; 1024], true));
        assert_eq!(filled, Ok(1024));
        let call = |rig: &Rig, handle| rig.device().send(handle, b"more", false);
        woken(rig, handle, call, monitor, Err(Error::BadHandle));
    });
}

#[test]
fn w7_shutdown_at_any_moment_ends_send() {
    explore("send, shutdown", LONG_CALL_BOUND, || {
        let (rig, handle) = connection(Setup::default());
        let filled = alone(|| rig.device().send(handle, &[1; 1024], true));
        assert_eq!(filled, Ok(1024));
        let call = |rig: &Rig, handle| rig.device().send(handle, b"more", false);
        let end = |rig: &Rig, handle| {
            let down =
                |stack: &mut w5100::stack::Stack<_, _>| stack.shutdown(handle, Direction::Write);
            rig.device().with(down).expect("it is connected");
        };
        woken(rig, handle, call, end, Err(Error::Pipe));
    });
}

#[test]
fn w7_close_at_any_moment_ends_accept() {
    explore("accept, close", BOUND, || {
        let (rig, handle) = listener();
        let call = |rig: &Rig, handle| rig.device().accept(handle).map(drop);
        woken(rig, handle, call, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn w7_close_at_any_moment_ends_connect() {
    explore("connect, close", LONG_CALL_BOUND, || {
        let rig = Rig::new(Setup {
            peer: Peer {
                deaf: true,
                ..Peer::default()
            },
            ..Setup::default()
        });
        let handle = alone(|| rig.tcp());
        let call = |rig: &Rig, handle| rig.device().connect(handle, PEER);
        woken(rig, handle, call, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn w7_close_at_any_moment_ends_recvfrom() {
    explore("recvfrom, close", BOUND, || {
        let rig = Rig::new(Setup::default());
        let handle = alone(|| {
            let handle = rig.socket(Kind::Udp);
            let any = Endpoint {
                ip: [0; 4],
                port: 9,
            };
            let bound = rig.device().with(|stack| stack.bind(handle, any));
            bound.expect("the hardware socket is free");
            handle
        });
        let call = |rig: &Rig, handle| {
            let received = rig.device().receive_from(handle, &mut [0; 8], false, false);
            received.map(drop)
        };
        woken(rig, handle, call, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn w7_close_at_any_moment_ends_poll() {
    explore("poll, close", BOUND, || {
        let (rig, handle) = connection(Setup::default());
        let call = |rig: &Rig, handle| rig.poll(handle, ready::IN);
        woken(rig, handle, call, Rig::close, Ok(ready::NVAL));
    });
}
