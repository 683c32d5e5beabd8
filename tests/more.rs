//! `MSG_MORE`: the parts of several calls become one datagram.

mod support;

use support::udp::*;
use support::*;
use w5100::chip::MemorySplit;
use w5100::error::Error;
use w5100::stack::ready::OUT;
use w5100::stack::{Endpoint, Handle};

/// A port of the peer.
const PEER: u16 = 1000;
/// A port of the chip.
const OWN: u16 = 2000;
/// The most that one Ethernet frame carries.
const LARGEST: usize = 1472;
const RING: usize = 2048;

fn peer() -> Endpoint {
    endpoint(PEER_IP, PEER)
}

fn open(setup: Setup) -> (Lab, Handle) {
    let lab = Lab::with_setup(setup);
    lab.peer.udp_bind(PEER);
    let handle = lab.udp_at(OWN);
    lab.world.record(true);
    (lab, handle)
}

fn bound() -> (Lab, Handle) {
    open(Setup::default())
}

/// Datagrams that the device sent since the last look: where to, and what.
fn sent(lab: &Lab) -> Vec<([u8; 4], u16, Vec<u8>)> {
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(UDP).into_iter();
    packets
        .map(|packet| (packet.to, packet.ports().1, packet.data().to_vec()))
        .collect()
}

#[test]
fn the_parts_are_one_datagram_on_the_wire() {
    let (lab, handle) = bound();
    for count in [1, 2, 3, 20] {
        for at in 0..count {
            assert_eq!(lab.send_part(handle, &[at; 3], peer()), Ok(3));
            assert_eq!(sent(&lab), [], "not before the last part");
        }
        assert_eq!(lab.send_to(handle, b"end", peer()), Ok(3));
        let mut expected: Vec<u8> = (0..count).flat_map(|at| [at; 3]).collect();
        expected.extend(b"end");
        assert_eq!(sent(&lab), [(PEER_IP, PEER, expected)]);
    }
    lab.assert_clean();
}

#[test]
fn parts_of_any_size_wrap_at_the_rings_end() {
    let (lab, handle) = bound();
    let mut total = 0;
    for round in 0..300usize {
        let length = round * 37 % LARGEST + 1;
        let data = pattern(length, round as u8);
        let piece = round % 13 * 11 + 1;
        let mut parts = data.chunks(piece).peekable();
        while let Some(part) = parts.next() {
            let sent = match parts.peek() {
                Some(_) => lab.send_part(handle, part, peer()),
                None => lab.send_to(handle, part, peer()),
            };
            assert_eq!(sent, Ok(part.len()));
        }
        assert_eq!(lab.peer_got(&lab.peer, PEER), Some(data), "round {round}");
        total += length;
    }
    assert!(total > 50 * RING);
    lab.assert_clean();
}

#[test]
fn the_first_part_says_where_it_goes() {
    let (lab, handle) = bound();
    let stranger = lab.world.add_simple_peer(OTHER_IP.into());
    stranger.udp_bind(5);
    lab.peer.udp_bind(PEER + 1);
    let expected = [(PEER_IP, PEER, b"abc".to_vec())];
    let elsewhere = endpoint(PEER_IP, PEER + 1);
    for later in [Some(peer()), Some(other(5)), Some(elsewhere), None] {
        assert_eq!(lab.send_part(handle, b"a", peer()), Ok(1));
        assert_eq!(lab.send_part(handle, b"b", later), Ok(1), "{later:?}");
        assert_eq!(lab.send_to(handle, b"c", later), Ok(1), "{later:?}");
        assert_eq!(sent(&lab), expected, "{later:?}");
    }
    // The next one goes where it says, and no further than that.
    assert_eq!(lab.send_to(handle, b"d", other(5)), Ok(1));
    assert_eq!(sent(&lab), [(OTHER_IP, 5, b"d".to_vec())]);
    let outcome = lab.send_to(handle, b"e", None);
    assert_eq!(outcome, Err(Error::DestinationRequired));
    let outcome = lab.send_part(handle, b"e", None);
    assert_eq!(outcome, Err(Error::DestinationRequired));

    // Connected, with a first part to another.
    lab.device().connect(handle, peer()).unwrap();
    assert_eq!(lab.send_part(handle, b"x", other(5)), Ok(1));
    assert_eq!(lab.send_to(handle, b"y", None), Ok(1));
    assert_eq!(sent(&lab), [(OTHER_IP, 5, b"xy".to_vec())]);
    assert_eq!(lab.send_part(handle, b"a", None), Ok(1));
    assert_eq!(lab.send_part(handle, b"b", None), Ok(1));
    assert_eq!(lab.send_to(handle, b"c", None), Ok(1));
    assert_eq!(sent(&lab), expected);
}

#[test]
fn the_first_part_has_to_say_where_it_goes() {
    let (lab, handle) = bound();
    let part = |to| lab.send_part(handle, b"x", to);
    assert_eq!(part(None), Err(Error::DestinationRequired));
    assert_eq!(part(Some(endpoint(PEER_IP, 0))), Err(Error::Invalid));
    assert_eq!(part(Some(endpoint([255; 4], 9))), Err(Error::Access));
    assert_eq!(lab.send_to(handle, b"whole", peer()), Ok(5));
    assert_eq!(sent(&lab), [(PEER_IP, PEER, b"whole".to_vec())]);
}

#[test]
fn too_long_in_all_is_refused_and_what_was_collected_is_gone() {
    let small = MemorySplit {
        rx: [1; 4],
        tx: [1; 4],
    };
    let setup = Setup {
        split: small,
        ..Setup::default()
    };
    for (lab, handle, most) in [
        bound_with(Setup::default(), LARGEST),
        bound_with(setup, 1024),
    ] {
        for more in [true, false] {
            assert_eq!(
                lab.send_part(handle, &vec![1; most - 10], peer()),
                Ok(most - 10)
            );
            let outcome = match more {
                true => lab.send_part(handle, &[2; 11], peer()),
                false => lab.send_to(handle, &[2; 11], peer()),
            };
            assert_eq!(outcome, Err(Error::MessageSize));
            assert_eq!(lab.send_to(handle, b"anew", peer()), Ok(4));
            assert_eq!(sent(&lab), [(PEER_IP, PEER, b"anew".to_vec())]);
        }
        // Exactly as much as fits goes out.
        assert_eq!(
            lab.send_part(handle, &vec![1; most - 10], peer()),
            Ok(most - 10)
        );
        assert_eq!(lab.send_to(handle, &[2; 10], peer()), Ok(10));
        assert_eq!(sent(&lab)[0].2.len(), most);
        // One part that is too long by itself collects nothing.
        let outcome = lab.send_part(handle, &vec![1; most + 1], peer());
        assert_eq!(outcome, Err(Error::MessageSize));
        assert_eq!(lab.send_to(handle, b"anew", peer()), Ok(4));
        assert_eq!(sent(&lab), [(PEER_IP, PEER, b"anew".to_vec())]);
        lab.assert_clean();
    }
}

fn bound_with(setup: Setup, most: usize) -> (Lab, Handle, usize) {
    let (lab, handle) = open(setup);
    (lab, handle, most)
}

#[test]
fn an_empty_last_part_sends_what_there_is() {
    let (lab, handle) = bound();
    assert_eq!(lab.send_part(handle, b"all", peer()), Ok(3));
    assert_eq!(lab.send_part(handle, b"", peer()), Ok(0));
    assert_eq!(lab.send_to(handle, b"", peer()), Ok(0));
    assert_eq!(sent(&lab), [(PEER_IP, PEER, b"all".to_vec())]);
    // A datagram of nothing stays what the chip cannot send.
    let commands = lab.chip.counters().commands;
    let outcome = lab.send_to(handle, b"", peer());
    assert_eq!(outcome, Err(Error::NotSupported));
    assert_eq!(lab.chip.counters().commands, commands);
}

#[test]
fn receiving_and_polling_go_on_between_the_parts() {
    let (lab, handle) = bound();
    for round in 0..30u8 {
        let data = pattern(600, round);
        for part in data.chunks(200) {
            assert_eq!(lab.send_part(handle, part, peer()), Ok(200));
            let reply = pattern(321, round);
            lab.arrives(&lab.peer, PEER, OWN, &reply);
            assert_eq!(lab.poll(handle, OUT, Some(0)), OUT);
            let received = lab.receive_from(handle, LARGEST);
            assert_eq!(received, Ok((reply, peer())));
        }
        assert_eq!(lab.send_to(handle, b"", peer()), Ok(0));
        assert_eq!(lab.peer_got(&lab.peer, PEER), Some(data));
    }
    lab.assert_clean();
}

#[test]
fn two_sockets_collect_apart() {
    let (lab, first) = bound();
    let second = lab.udp_at(OWN + 1);
    for _ in 0..3 {
        assert_eq!(lab.send_part(first, b"a", peer()), Ok(1));
        assert_eq!(lab.send_part(second, b"1", peer()), Ok(1));
        assert_eq!(lab.send_part(first, b"b", peer()), Ok(1));
        assert_eq!(lab.send_to(second, b"2", peer()), Ok(1));
        assert_eq!(lab.send_to(first, b"c", peer()), Ok(1));
        let mut sent: Vec<_> = sent(&lab).into_iter().map(|(.., data)| data).collect();
        // ARP may have either wait for the other.
        sent.sort();
        assert_eq!(sent, [b"12".to_vec(), b"abc".to_vec()]);
    }
}

#[test]
fn the_last_part_is_not_sent_alone_whoever_was_told_of_the_reset() {
    let (lab, handle) = bound();
    assert_eq!(lab.send_part(handle, b"head", peer()), Ok(4));
    lab.chip.with(|chip| chip.faults_mut().reset_now = true);
    // Noticed by whoever waits, which may be another task.
    assert_eq!(lab.await_from(handle, 1), Err(Error::NetworkReset));
    let outcome = lab.send_to(handle, b"tail", peer());
    assert_eq!(outcome, Err(Error::NetworkReset));
    assert_eq!(sent(&lab), []);
    assert_eq!(lab.send_to(handle, b"anew", peer()), Ok(4));
    assert_eq!(sent(&lab), [(PEER_IP, PEER, b"anew".to_vec())]);
    lab.assert_clean();
}

#[test]
fn a_close_forgets_the_parts() {
    let (lab, handle) = bound();
    assert_eq!(lab.send_part(handle, b"lost", peer()), Ok(4));
    lab.close(handle);
    let handle = lab.udp_at(OWN);
    assert_eq!(lab.send_to(handle, b"anew", peer()), Ok(4));
    assert_eq!(sent(&lab), [(PEER_IP, PEER, b"anew".to_vec())]);
}

#[test]
fn parts_go_to_a_group_as_well() {
    const GROUP: [u8; 4] = [239, 1, 2, 3];
    let (lab, handle) = bound();
    for member in [false, true] {
        if member {
            lab.with(|stack| stack.join(handle, GROUP));
        }
        assert_eq!(lab.send_part(handle, b"to ", endpoint(GROUP, 9)), Ok(3));
        assert_eq!(lab.send_to(handle, b"all", endpoint(GROUP, 9)), Ok(3));
        assert_eq!(sent(&lab), [(GROUP, 9, b"to all".to_vec())]);
    }
}

#[test]
fn a_join_or_a_leave_between_the_parts_sends_no_part_alone() {
    let (lab, handle) = bound();
    lab.with(|stack| {
        stack.settings(handle)?.broadcast = true;
        Ok(())
    });
    let group = [239, 1, 2, 3];
    let at_group = endpoint(group, PEER);
    type Change<'a> = &'a dyn Fn();
    let changes: [(Change<'_>, Endpoint); 2] = [
        (&|| lab.with(|stack| stack.join(handle, group)), peer()),
        (&|| lab.with(|stack| stack.leave(handle, group)), at_group),
    ];
    for (change, before) in changes {
        assert_eq!(lab.send_part(handle, b"head", before), Ok(4));
        change();
        let outcome = lab.send_to(handle, b"tail", at_group);
        assert_eq!(outcome, Err(Error::NetworkReset));
        assert_eq!(sent(&lab), []);
        assert_eq!(lab.send_to(handle, b"anew", at_group), Ok(4));
        assert_eq!(sent(&lab), [(group, PEER, b"anew".to_vec())]);
    }
    lab.assert_clean();
}
