//! What poll reports in each state of a socket, as Linux does.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::ready::{ERR, HUP, IN, NVAL, OUT, RDHUP};
use w5100::stack::{Direction, Handle, PollEntry};

/// All that a program can ask for.
const ALL: i16 = IN | OUT | RDHUP;

fn entry(fd: i32, events: i16) -> PollEntry {
    PollEntry {
        fd,
        events,
        revents: 0x5A5A,
    }
}

fn now(lab: &Lab, handle: Handle) -> i16 {
    lab.poll(handle, ALL, Some(0))
}

fn shutdown(lab: &Lab, handle: Handle, direction: Direction) {
    lab.with(|stack| stack.shutdown(handle, direction));
}

#[test]
fn a_fresh_socket_is_out_and_hup() {
    let lab = Lab::new();
    let handle = lab.tcp();
    assert_eq!(now(&lab, handle), OUT | HUP);
    assert_eq!(lab.poll(handle, 0, Some(0)), HUP);
}

#[test]
fn a_listener_is_in_exactly_while_a_client_waits() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    assert_eq!(now(&lab, listener), 0);
    let _client = lab.client();
    assert_eq!(now(&lab, listener), IN);
    lab.accept(listener).unwrap();
    assert_eq!(now(&lab, listener), 0);
}

#[test]
fn a_connection_is_in_with_data_and_out_with_room() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(now(&lab, handle), OUT);
    conn.send(b"x");
    lab.world.run_for(SETTLE_MS);
    for _ in 0..3 {
        assert_eq!(now(&lab, handle), IN | OUT);
        assert_eq!(lab.poll(handle, IN, Some(0)), IN);
    }
    lab.receive(handle, 10).unwrap();
    assert_eq!(now(&lab, handle), OUT);
    assert_eq!(lab.poll(handle, IN, Some(0)), 0);
}

#[test]
fn the_peers_fin_is_in_and_rdhup() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.close();
    lab.world.run_for(SETTLE_MS);
    assert_eq!(now(&lab, handle), IN | OUT | RDHUP);
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    assert_eq!(now(&lab, handle), IN | OUT | RDHUP);
    assert_eq!(lab.poll(handle, 0, Some(0)), 0);
}

#[test]
fn both_directions_down_is_hup() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    shutdown(&lab, handle, Direction::Write);
    assert_eq!(now(&lab, handle), OUT);
    conn.close();
    lab.settle();
    assert_eq!(now(&lab, handle), IN | OUT | HUP | RDHUP);
    assert_eq!(lab.poll(handle, 0, Some(0)), HUP);

    let (handle, _conn) = lab.accepted();
    shutdown(&lab, handle, Direction::Both);
    assert_eq!(now(&lab, handle), IN | OUT | HUP | RDHUP);
}

#[test]
fn a_reset_is_err_until_it_was_told() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.abort();
    lab.world.run_for(SETTLE_MS);
    assert_eq!(now(&lab, handle), IN | OUT | ERR | HUP | RDHUP);
    let told = lab.with(|stack| stack.take_error(handle));
    assert_eq!(told, Some(Error::ConnectionReset));
    assert_eq!(now(&lab, handle), IN | OUT | HUP | RDHUP);
}

#[test]
fn a_reset_that_was_told_leaves_in_and_hup_while_data_are_unread() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.send(b"unread");
    lab.settle();
    conn.abort();
    lab.settle();
    let told = lab.with(|stack| stack.take_error(handle));
    assert_eq!(told, Some(Error::ConnectionReset));
    assert_eq!(now(&lab, handle), IN | OUT | HUP | RDHUP);
    assert_eq!(lab.receive(handle, 10), Ok(b"unread".to_vec()));
    assert_eq!(now(&lab, handle), IN | OUT | HUP | RDHUP);
}

#[test]
fn a_udp_socket_is_out_and_in_with_a_datagram() {
    let lab = Lab::new();
    let handle = lab.udp();
    assert_eq!(now(&lab, handle), OUT);
    lab.bind(handle, 9).unwrap();
    assert_eq!(now(&lab, handle), OUT);
    assert!(lab.peer.udp_send(7, chip_ip(), 9, b"x"));
    lab.world.run_for(SETTLE_MS);
    assert_eq!(now(&lab, handle), IN | OUT);
}

#[test]
fn negative_handles_are_ignored_and_closed_ones_are_nval() {
    let lab = Lab::new();
    let open = lab.tcp();
    let closed = lab.tcp();
    lab.close(closed);
    let mut set = [
        entry(-1, ALL),
        entry(closed.raw(), ALL),
        entry(i32::MIN, ALL),
        entry(open.raw(), 0),
        entry(0, ALL),
        entry(i32::MAX, 0),
    ];
    assert_eq!(poll(&lab.devices, &mut set, None), Ok(4));
    let revents = set.map(|entry| entry.revents);
    assert_eq!(revents, [0, NVAL, 0, HUP, NVAL, NVAL]);
}

#[test]
fn poll_counts_the_ready_of_many() {
    let lab = Lab::new();
    let sessions = [0; 4].map(|_| lab.accepted());
    for at in [1, 3] {
        sessions[at].1.send(b"x");
    }
    lab.world.run_for(SETTLE_MS);
    let mut set = [0, 1, 2, 3].map(|at| entry(sessions[at].0.raw(), IN));
    assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(2));
    assert_eq!(set.map(|entry| entry.revents), [0, IN, 0, IN]);
}

#[test]
fn a_wait_that_begins_before_a_tick_is_not_cut_short() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    for _ in 0..50 {
        // A service step takes a few microseconds, so each round begins elsewhere in the tick.
        while lab.world.now() % 1000 < 900 {
            lab.service();
        }
        let start = lab.world.now();
        assert_eq!(lab.poll(handle, IN, Some(1)), 0);
        let elapsed = lab.world.now() - start;
        assert!((1000..3000).contains(&elapsed), "{elapsed} us");
    }
}

#[test]
fn the_timeout_is_a_lower_bound() {
    for wired in [false, true] {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        let (handle, _conn) = lab.accepted();
        for limit in [1, 2, 10, 499, 3000] {
            let (revents, elapsed) = lab.timed(|| lab.poll(handle, IN, Some(limit)));
            assert_eq!(revents, 0);
            assert!((limit..=limit + 2).contains(&elapsed), "{elapsed} ms");
        }
        let (revents, elapsed) = lab.timed(|| lab.poll(handle, IN, Some(0)));
        assert!(revents == 0 && elapsed <= 1, "{elapsed} ms");
    }
}
