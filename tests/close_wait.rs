//! A connection whose peer has closed waits for its program: visibly, and for as long as that wants.

mod support;

use support::tuning::from_chip;
use support::*;
use w5100::error::Error;
use w5100::regs::Status;
use w5100::stack::{Handle, ready};
use w5100_sim::{Conn, TcpState};

const LIMIT_MS: u32 = 5000;
/// What the age may be off by: when the FIN came, and when the library looked.
const LATE_MS: u32 = 2 * SETTLE_MS;

/// A connection that the peer has closed, and when it was told to.
fn left(lab: &Lab, limit: u32) -> (Handle, Conn, u32) {
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.close_wait_timeout = limit);
    conn.close();
    let begin = lab.world.now_ms();
    lab.pass(50, 10);
    assert_eq!(lab.state(handle), Status::CLOSE_WAIT);
    (handle, conn, begin)
}

#[test]
fn f2_close_wait_is_visible_with_its_age_and_lasts() {
    let lab = Lab::new();
    let (handle, conn, begin) = left(&lab, 0);
    for pause in [0, 1000, 60_000, 3_600_000, 24 * 3_600_000] {
        lab.world.run_for(pause);
        lab.service();
        let row = lab.row(handle);
        assert_eq!(Status(row.status), Status::CLOSE_WAIT);
        assert_eq!(Status(row.status).name(), c"CLOSE_WAIT");
        let age = lab.world.now_ms() - begin;
        assert!(
            row.age_ms.abs_diff(age) < LATE_MS,
            "{} of {age} ms",
            row.age_ms
        );
    }
    assert_eq!(lab.state(handle), Status::CLOSE_WAIT);
    assert_eq!(lab.free_sockets(), 3);
    // It is as good as before.
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    assert_eq!(lab.send(handle, b"half open"), Ok(9));
    lab.settle();
    assert_eq!(conn.recv_all(), b"half open");
}

#[test]
fn f2_the_age_is_that_of_the_state() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.pass(60_000, 1000);
    let row = lab.row(handle);
    assert_eq!(Status(row.status), Status::ESTABLISHED);
    assert!(row.age_ms.abs_diff(60_000) < 1000, "{} ms", row.age_ms);
    conn.close();
    lab.pass(100, 10);
    let row = lab.row(handle);
    assert_eq!(Status(row.status), Status::CLOSE_WAIT);
    assert!(row.age_ms <= 100, "{} ms", row.age_ms);
    lab.close(handle);
    assert_eq!(lab.row(lab.tcp()).age_ms, 0);
}

#[test]
fn f2_it_is_reaped_after_the_time_that_the_program_sets() {
    let lab = Lab::new();
    lab.world.record(true);
    let (handle, conn, begin) = left(&lab, LIMIT_MS);
    lab.pass(begin + LIMIT_MS - 20 - lab.world.now_ms(), 10);
    assert_eq!(lab.state(handle), Status::CLOSE_WAIT);
    assert!(from_chip(&lab.world).iter().all(|segment| !segment.fin));
    lab.pass(200, 10);
    // The peer sees a FIN, and no reset.
    let sent = from_chip(&lab.world);
    assert!(sent.iter().any(|segment| segment.fin));
    assert!(sent.iter().all(|segment| !segment.rst));
    assert!(conn.is_finished());
    assert_eq!(conn.state(), TcpState::TimeWait);
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));

    let events = ready::IN | ready::OUT;
    let all = events | ready::ERR | ready::HUP;
    assert_eq!(lab.poll(handle, events, Some(0)), all);
    assert_eq!(lab.receive(handle, 10), Err(Error::ConnectionAborted));
    for _ in 0..3 {
        assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    }
    lab.assert_clean();
}

#[test]
fn f2_send_and_so_error_tell_of_it_too() {
    let lab = Lab::new();
    let (handle, _conn, _) = left(&lab, LIMIT_MS);
    lab.pass(LIMIT_MS + LATE_MS, 10);
    assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionAborted));
    assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    let (handle, _conn, _) = left(&lab, LIMIT_MS);
    lab.pass(LIMIT_MS + LATE_MS, 10);
    assert_eq!(lab.so_error(handle), Some(Error::ConnectionAborted));
    assert_eq!(lab.so_error(handle), None);
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
}

#[test]
fn f2_what_was_not_read_is_lost() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.close_wait_timeout = LIMIT_MS);
    assert_eq!(conn.send(&pattern(1500, 1)), 1500);
    conn.close();
    lab.pass(LIMIT_MS + LATE_MS, 10);
    assert_eq!(lab.receive(handle, 10), Err(Error::ConnectionAborted));
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    assert_eq!(conn.state(), TcpState::TimeWait);
}

#[test]
fn f2_a_program_that_moves_bytes_is_not_disturbed() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.close_wait_timeout = LIMIT_MS);
    let data = pattern(1500, 2);
    assert_eq!(conn.send(&data), data.len());
    conn.close();
    lab.settle();
    let mut received = Vec::new();
    while received.len() < data.len() {
        lab.pass(LIMIT_MS - 1000, 100);
        received.extend(lab.receive(handle, 200).unwrap());
    }
    assert!(received == data);
    for _ in 0..5 {
        lab.pass(LIMIT_MS - 1000, 100);
        assert_eq!(lab.send(handle, b"and on"), Ok(6));
    }
    assert_eq!(lab.state(handle), Status::CLOSE_WAIT);
    lab.settle();
    assert_eq!(conn.recv_all().len(), 30);
    // And then it does nothing more.
    lab.pass(LIMIT_MS, 100);
    assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionAborted));
    lab.assert_clean();
}

#[test]
fn f2_only_a_peer_that_has_closed_counts() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.close_wait_timeout = LIMIT_MS);
    lab.pass(10 * LIMIT_MS, 100);
    assert!(lab.is_connected(handle));
    lab.echo(handle, &conn, b"as ever");
    // Long silence before the FIN does not count as one after it.
    lab.pass(10 * LIMIT_MS, 100);
    conn.close();
    lab.pass(LIMIT_MS - 100, 100);
    assert_eq!(lab.state(handle), Status::CLOSE_WAIT);
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
}

#[test]
fn f2_an_unanswered_fin_holds_the_hardware_no_longer_than_any_orphan() {
    let lab = Lab::new();
    let (handle, _conn, _) = left(&lab, LIMIT_MS);
    lab.peer.vanish(true);
    lab.pass(LIMIT_MS + LATE_MS, 10);
    assert_eq!(lab.receive(handle, 1), Err(Error::ConnectionAborted));
    assert_eq!(lab.free_sockets(), 3);
    lab.pass(10_000, 10);
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
}

#[test]
fn f2_the_time_of_a_client_that_waited_begins_when_it_is_accepted() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.set(listener, |options| options.close_wait_timeout = LIMIT_MS);
    let client = lab.client();
    client.send(b"request");
    lab.settle();
    client.close();
    lab.pass(3 * LIMIT_MS, 100);
    let handle = lab.accept(listener).expect("a client waits");
    lab.pass(LIMIT_MS - 200, 100);
    assert_eq!(lab.receive_now(handle, 100), Ok(b"request".to_vec()));
    assert_eq!(lab.receive_now(handle, 100), Ok(Vec::new()));
    assert_eq!(lab.send(handle, b"answer"), Ok(6));
    lab.settle();
    assert_eq!(client.recv_all(), b"answer");
}
