//! shutdown, in its three directions and in every phase of a socket.

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Handle, ready};
use w5100_sim::Conn;

const DIRECTIONS: [Direction; 3] = [Direction::Read, Direction::Write, Direction::Both];

fn shutdown(lab: &Lab, handle: Handle, direction: Direction) -> Result<()> {
    lab.device().with(|stack| stack.shutdown(handle, direction))
}

fn reads(direction: Direction) -> bool {
    direction != Direction::Write
}

fn writes(direction: Direction) -> bool {
    direction != Direction::Read
}

/// What holds for both ends after a shutdown of a connection that was open both ways.
fn check_ends(lab: &Lab, handle: Handle, conn: &Conn, direction: Direction) {
    if writes(direction) {
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    } else {
        assert_eq!(lab.send(handle, b"goes out"), Ok(8));
    }
    assert_eq!(conn.send(b"comes in"), 8);
    lab.settle();
    assert_eq!(conn.unacknowledged(), 0, "the chip acknowledges");
    assert_eq!(conn.is_finished(), writes(direction), "{direction:?}");
    if !writes(direction) {
        assert_eq!(conn.recv_all(), b"goes out");
    }
    let received = lab.receive_now(handle, 100);
    if reads(direction) {
        assert_eq!(received, Ok(Vec::new()));
        assert_eq!(lab.available(handle), 0);
    } else {
        assert_eq!(received, Ok(b"comes in".to_vec()));
        assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
    }
}

#[test]
fn f6_each_direction_ends_what_it_says_and_nothing_else() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        for (handle, conn) in [lab.accepted(), lab.connected()] {
            lab.echo(handle, &conn, b"both ways");
            assert_eq!(shutdown(&lab, handle, direction), Ok(()));
            check_ends(&lab, handle, &conn, direction);
            // Again it changes nothing.
            assert_eq!(shutdown(&lab, handle, direction), Ok(()));
            check_ends_again(&lab, handle, direction);
        }
        lab.assert_clean();
    }
}

fn check_ends_again(lab: &Lab, handle: Handle, direction: Direction) {
    let sent = lab.send(handle, b"x");
    assert_eq!(sent.is_ok(), !writes(direction));
    let received = lab.receive_now(handle, 1);
    assert_eq!(received == Ok(Vec::new()), reads(direction));
}

#[test]
fn f6_poll_tells_of_the_directions_that_are_over() {
    let lab = Lab::new();
    let all = ready::IN | ready::OUT | ready::RDHUP;
    let expected = [
        (Direction::Read, ready::IN | ready::OUT | ready::RDHUP),
        (Direction::Write, ready::OUT),
        (
            Direction::Both,
            ready::IN | ready::OUT | ready::RDHUP | ready::HUP,
        ),
    ];
    for (direction, revents) in expected {
        let (handle, _conn) = lab.accepted();
        assert_eq!(lab.poll(handle, all, Some(0)), ready::OUT);
        assert_eq!(shutdown(&lab, handle, direction), Ok(()));
        lab.settle();
        assert_eq!(lab.poll(handle, all, Some(0)), revents, "{direction:?}");
    }
}

#[test]
fn f6_shutdown_wakes_who_waits() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        lab.peer.set_buffers(1000, 1000);
        let (handle, _conn) = lab.accepted();
        // Unless shut down, both wait for these.
        lab.timeouts(handle, 3000, 3000);
        let jobs: Vec<Job<'_, (Result<usize>, u32)>> = vec![
            Box::new(|| lab.timed(|| lab.receive(handle, 10).map(|data| data.len()))),
            Box::new(|| lab.timed(|| lab.send(handle, &[1; 20_000]))),
            Box::new(|| {
                lab.world.run_for(1000);
                (shutdown(&lab, handle, direction).map(|()| 0), 0)
            }),
        ];
        let outcomes = threads::run(&lab.world, jobs);
        let (received, waited) = outcomes[0];
        if reads(direction) {
            assert_eq!(received, Ok(0));
            assert!((1000..1015).contains(&waited), "{waited} ms");
        } else {
            assert_eq!(received, Err(Error::WouldBlock));
        }
        let (sent, waited) = outcomes[1];
        assert!(sent.is_ok_and(|sent| sent > 0 && sent < 20_000), "{sent:?}");
        let expected = if writes(direction) { 1000 } else { 3000 };
        assert!(
            (expected..expected + 100).contains(&waited),
            "{waited} ms, {direction:?}"
        );
    }
}

#[test]
fn f6_what_was_sent_before_arrives() {
    for direction in [Direction::Write, Direction::Both] {
        let lab = Lab::new();
        lab.peer.ack_delay(Some(50));
        let (handle, conn) = lab.accepted();
        let data = pattern(5000, 4);
        assert_eq!(lab.send(handle, &data), Ok(data.len()));
        assert_eq!(shutdown(&lab, handle, direction), Ok(()));
        lab.settle();
        lab.settle();
        assert!(conn.recv_all() == data);
        assert!(conn.is_finished());
        // DISCON before the ring is empty would be a misuse.
        lab.assert_clean();
    }
}

#[test]
fn f6_both_ends_shut_down_leave_nothing_behind() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.close();
    lab.settle();
    // The peer's end first, and then this one.
    assert_eq!(shutdown(&lab, handle, Direction::Write), Ok(()));
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    assert_eq!(shutdown(&lab, handle, Direction::Both), Ok(()));

    // This end first.
    let (handle, conn) = lab.accepted();
    assert_eq!(shutdown(&lab, handle, Direction::Both), Ok(()));
    lab.settle();
    conn.close();
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    lab.assert_clean();
}

#[test]
fn f6_without_a_connection_shutdown_is_enotconn() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        let fresh = lab.tcp();
        let failed = lab.tcp();
        let refused = lab.device().connect(failed, endpoint(PEER_IP, 999));
        assert_eq!(refused, Err(Error::ConnectionRefused));
        for handle in [fresh, failed] {
            let outcome = shutdown(&lab, handle, direction);
            assert_eq!(outcome, Err(Error::NotConnected));
        }
    }
}

#[test]
#[cfg(feature = "events")]
fn f6_a_listener_that_is_shut_down_listens_no_more_and_may_again() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        let listener = lab.listener(PORT, 2);
        let (accepted, client) = (lab.client(), lab.accept(listener).unwrap());
        let waiting = lab.client();
        assert_eq!(shutdown(&lab, listener, direction), Ok(()));
        lab.settle();
        if direction == Direction::Write {
            lab.accept(listener).expect("it listens as ever");
            continue;
        }
        assert_eq!(lab.accept(listener).err(), Some(Error::Invalid));
        assert_eq!(lab.free_sockets(), 3, "who waited is dropped");
        lab.echo(client, &accepted, b"who was accepted stays");
        assert_eq!(
            shutdown(&lab, listener, direction),
            Err(Error::NotConnected)
        );
        lab.with(|stack| stack.listen(listener, 1));
        let again = lab.client();
        let served = lab.accept(listener).unwrap();
        lab.echo(served, &again, b"at the same port");
        drop(waiting);
        lab.assert_clean();
    }
}

#[test]
#[cfg(feature = "events")]
fn f6_a_connect_that_is_shut_down_is_given_up_and_may_be_tried_again() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let started = lab.device().connect(handle, endpoint(NOBODY, PORT));
        assert_eq!(started, Err(Error::InProgress));
        assert_eq!(shutdown(&lab, handle, direction), Ok(()));
        assert_eq!(lab.free_sockets(), 4);
        let told = lab.with(|stack| stack.take_error(handle));
        assert_eq!(told, Some(Error::ConnectionReset));
        let again = lab.device().connect(handle, endpoint(PEER_IP, 999));
        assert_eq!(again, Err(Error::InProgress));
        lab.assert_clean();
    }
}

#[test]
fn f6_after_the_end_of_a_connection_shutdown_is_no_error() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        let (handle, conn) = lab.accepted();
        conn.abort();
        lab.settle();
        assert_eq!(shutdown(&lab, handle, direction), Ok(()));
        let (fresh, conn) = lab.accepted();
        // A reset that nobody has seen as yet.
        conn.abort();
        lab.world.run_for(SETTLE_MS);
        assert_eq!(shutdown(&lab, fresh, direction), Ok(()));
        lab.settle();
        assert_eq!(lab.free_sockets(), 4);
    }
}

#[test]
fn f6_a_reset_that_nobody_has_seen_is_not_lost_by_shutdown() {
    for direction in DIRECTIONS {
        let lab = Lab::new();
        let (handle, conn) = lab.accepted();
        conn.abort();
        lab.world.run_for(SETTLE_MS);
        assert_eq!(shutdown(&lab, handle, direction), Ok(()));
        lab.settle();
        assert_eq!(lab.so_error(handle), Some(Error::ConnectionReset));
        assert_eq!(lab.so_error(handle), None);
        // The chip has no meaning for DISCON then.
        lab.assert_clean();
    }
}
