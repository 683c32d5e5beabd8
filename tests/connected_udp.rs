//! Connected UDP: the peer alone is heard, and its ICMP port unreachable is told once.

mod support;

use support::threads::{self, Job};
use support::udp::*;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::ready::{ERR, HUP, IN, OUT, RDHUP};
use w5100::stack::{Direction, Endpoint, Handle};
use w5100_sim::PeerHandle;

/// A port of the peer that is open, and two that are not.
const OPEN: u16 = 1000;
const CLOSED: u16 = 1001;
const CLOSED_TOO: u16 = 1002;
/// A port of the chip.
const OWN: u16 = 2000;

/// A call, and the error it tells.
type Way<'a> = &'a dyn Fn(&Lab, Handle) -> Option<Error>;

fn peer(port: u16) -> Endpoint {
    endpoint(PEER_IP, port)
}

/// A bound socket, connected to a port of the peer.
fn connected_to(port: u16, setup: Setup) -> (Lab, Handle) {
    let lab = Lab::with_setup(setup);
    lab.peer.udp_bind(OPEN);
    let handle = lab.udp_at(OWN);
    lab.device().connect(handle, peer(port)).unwrap();
    (lab, handle)
}

fn connected(port: u16) -> (Lab, Handle) {
    connected_to(port, Setup::default())
}

fn stranger(lab: &Lab) -> PeerHandle {
    lab.world.add_simple_peer(OTHER_IP.into())
}

fn error(lab: &Lab, handle: Handle) -> Option<Error> {
    lab.with(|stack| stack.take_error(handle))
}

#[test]
fn the_peers_datagram_is_found_behind_any_number_of_foreign_ones() {
    for wired in [false, true] {
        for foreign in [0, 1, 7, 8, 9, 16, 17, 40, 120] {
            let (lab, handle) = connected_to(
                OPEN,
                Setup {
                    wired,
                    ..Setup::default()
                },
            );
            let stranger = stranger(&lab);
            let fill = || {
                for at in 0..foreign {
                    // A foreign host with the peer's port, and a foreign port of the peer.
                    let (host, port) = [(&stranger, OPEN), (&lab.peer, OPEN + 1)][at % 2];
                    assert!(host.udp_send(port, chip_ip(), OWN, b"x"));
                    lab.world.run_for(1);
                }
                lab.arrives(&lab.peer, OPEN, OWN, b"mine");
            };
            let mine = Ok((b"mine".to_vec(), peer(OPEN)));
            fill();
            assert_eq!(lab.receive_from(handle, 10), mine, "{foreign} before it");
            fill();
            assert_eq!(lab.available(handle), 4, "{foreign} before it");
            assert_eq!(lab.receive_from(handle, 10), mine);
            fill();
            assert_eq!(lab.poll(handle, IN, Some(0)), IN, "{foreign} before it");
            assert_eq!(lab.receive_from(handle, 10), mine);
            fill();
            let (found, elapsed) = lab.timed(|| lab.await_from(handle, 10));
            assert_eq!(found, mine);
            assert!(elapsed <= 10, "{foreign} before it: {elapsed} ms");
            assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
            lab.assert_clean();
        }
    }
}

#[test]
fn port_unreachable_is_told_once_by_the_call_that_comes_next() {
    let told = Some(Error::ConnectionRefused);
    let send = |lab: &Lab, handle| lab.send_to(handle, b"again", None).err();
    let receive = |lab: &Lab, handle| lab.receive_from(handle, 10).err();
    let so_error = |lab: &Lab, handle| error(lab, handle);
    let ways: [Way<'_>; 3] = [&send, &receive, &so_error];
    // The library had a chance to look, or not.
    for served in [true, false] {
        for (at, way) in ways.iter().enumerate() {
            let (lab, handle) = connected(CLOSED);
            assert_eq!(lab.send_to(handle, b"anyone?", None), Ok(7));
            lab.world.run_for(SETTLE_MS);
            if served {
                lab.service();
            }
            assert_eq!(way(&lab, handle), told, "way {at}, served: {served}");
            assert_eq!(error(&lab, handle), None);
            assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
            // The socket goes on, and is told of the next one too.
            assert_eq!(lab.send_to(handle, b"still?", None), Ok(6));
            lab.settle();
            assert_eq!(lab.send_to(handle, b"so?", None).err(), told);
            assert_eq!(lab.with(|stack| stack.peer(handle)), peer(CLOSED));
        }
    }
}

#[test]
fn port_unreachable_is_err_until_it_was_told() {
    let (lab, handle) = connected(CLOSED);
    assert_eq!(lab.poll(handle, IN | OUT, Some(0)), OUT);
    lab.send_to(handle, b"anyone?", None).unwrap();
    assert_eq!(lab.poll(handle, IN, Some(1000)), IN | ERR);
    assert_eq!(lab.poll(handle, 0, Some(0)), ERR);
    assert_eq!(error(&lab, handle), Some(Error::ConnectionRefused));
    assert_eq!(lab.poll(handle, IN | OUT, Some(0)), OUT);
}

#[test]
fn port_unreachable_ends_a_recv_that_waits() {
    for wired in [false, true] {
        let setup = Setup {
            wired,
            ..Setup::default()
        };
        let (lab, handle) = connected_to(CLOSED, setup);
        // Far longer than a look at the chip takes: recv waits for it.
        let mut link = lab.world.link();
        link.latency_us = 700_000;
        lab.world.set_link(link);
        lab.send_to(handle, b"anyone?", None).unwrap();
        let (outcome, elapsed) = lab.timed(|| lab.await_from(handle, 10));
        assert_eq!(outcome, Err(Error::ConnectionRefused));
        // ARP and the datagram, there and back.
        assert!((2800..2830).contains(&elapsed), "{elapsed} ms");
    }
}

#[test]
fn port_unreachable_is_told_to_nobody_else() {
    let lab = Lab::new();
    let _stranger = stranger(&lab);
    let unconnected = lab.udp_at(OWN);
    let elsewhere = lab.udp_at(OWN + 1);
    let same_port = lab.udp_at(OWN + 2);
    lab.device().connect(elsewhere, peer(CLOSED_TOO)).unwrap();
    lab.device().connect(same_port, other(CLOSED)).unwrap();
    let told_nobody = || {
        lab.settle();
        for handle in [unconnected, elsewhere, same_port] {
            assert_eq!(error(&lab, handle), None);
            assert_eq!(lab.poll(handle, IN, Some(0)), 0);
            assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
        }
    };
    lab.send_to(unconnected, b"anyone?", peer(CLOSED)).unwrap();
    told_nobody();

    let refused = lab.udp_at(OWN + 3);
    lab.device().connect(refused, peer(CLOSED)).unwrap();
    lab.send_to(refused, b"anyone?", None).unwrap();
    told_nobody();
    assert_eq!(error(&lab, refused), Some(Error::ConnectionRefused));
}

#[test]
fn what_a_connected_socket_sends_aside_is_not_its_peers_refusal() {
    let (lab, handle) = connected(OPEN);
    lab.send_to(handle, b"aside", peer(CLOSED)).unwrap();
    lab.settle();
    assert_eq!(error(&lab, handle), None);
    assert_eq!(lab.send_to(handle, b"to my peer", None), Ok(10));
    assert_eq!(lab.peer_got(&lab.peer, OPEN), Some(b"to my peer".to_vec()));
}

#[test]
fn af_unspec_takes_the_peer_away() {
    let (lab, handle) = connected(OPEN);
    let stranger = stranger(&lab);
    assert_eq!(lab.local(handle), endpoint(CHIP_IP, OWN));
    lab.with(|stack| stack.disconnect(handle));
    let outcome = lab.device().with(|stack| stack.peer(handle));
    assert_eq!(outcome, Err(Error::NotConnected));
    assert_eq!(lab.local(handle), endpoint([0; 4], OWN));
    assert!(!lab.with(|stack| stack.is_connected(handle)));

    lab.arrives(&stranger, 9, OWN, b"from anyone");
    let received = lab.receive_from(handle, 20);
    assert_eq!(received, Ok((b"from anyone".to_vec(), other(9))));
    let outcome = lab.send_to(handle, b"where to?", None);
    assert_eq!(outcome, Err(Error::DestinationRequired));
    assert_eq!(lab.send_to(handle, b"there", peer(OPEN)), Ok(5));
    assert_eq!(lab.peer_got(&lab.peer, OPEN), Some(b"there".to_vec()));

    // A refusal is nobody's now, and doing it twice is no error.
    lab.send_to(handle, b"anyone?", peer(CLOSED)).unwrap();
    lab.settle();
    assert_eq!(error(&lab, handle), None);
    lab.with(|stack| stack.disconnect(handle));
    // One that was never connected or bound takes no hardware for it.
    let fresh = lab.udp();
    lab.with(|stack| stack.disconnect(fresh));
    assert_eq!(lab.free_sockets(), 3);
}

#[test]
fn connect_again_changes_the_peer() {
    let (lab, handle) = connected(OPEN);
    let stranger = stranger(&lab);
    stranger.udp_bind(5);
    assert_eq!(lab.send_to(handle, b"one", None), Ok(3));
    lab.device().connect(handle, other(5)).unwrap();
    assert_eq!(lab.with(|stack| stack.peer(handle)), other(5));
    assert_eq!(lab.send_to(handle, b"two", None), Ok(3));
    assert_eq!(lab.peer_got(&lab.peer, OPEN), Some(b"one".to_vec()));
    assert_eq!(lab.peer_got(&stranger, 5), Some(b"two".to_vec()));
    assert_eq!(lab.peer_got(&lab.peer, OPEN), None);

    lab.arrives(&lab.peer, OPEN, OWN, b"from the old one");
    lab.arrives(&stranger, 5, OWN, b"from the new one");
    let received = lab.receive_from(handle, 20);
    assert_eq!(received, Ok((b"from the new one".to_vec(), other(5))));
    assert_eq!(lab.receive_from(handle, 20), Err(Error::WouldBlock));
    // The port stays.
    assert_eq!(lab.local(handle), endpoint(CHIP_IP, OWN));
}

#[test]
fn sendto_with_an_address_goes_there_and_the_peer_stays() {
    let (lab, handle) = connected(OPEN);
    let stranger = stranger(&lab);
    stranger.udp_bind(5);
    for round in 0..20u8 {
        let to = (round % 3 == 0).then_some(other(5));
        assert_eq!(lab.send_to(handle, &[round; 4], to), Ok(4));
        let expected = (round % 3 == 0).then_some(vec![round; 4]);
        assert_eq!(lab.peer_got(&stranger, 5), expected);
        let expected = (round % 3 != 0).then_some(vec![round; 4]);
        assert_eq!(lab.peer_got(&lab.peer, OPEN), expected);
        assert_eq!(lab.with(|stack| stack.peer(handle)), peer(OPEN));
    }
    // Nor is the other one heard.
    lab.arrives(&stranger, 5, OWN, b"foreign");
    assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
}

#[test]
fn what_is_no_peer_is_refused_and_nothing_is_taken() {
    let lab = Lab::new();
    let handle = lab.udp();
    for nobody in [peer(0), endpoint([0; 4], OPEN)] {
        let outcome = lab.device().connect(handle, nobody);
        assert_eq!(outcome, Err(Error::AddressNotAvailable));
    }
    assert_eq!(lab.free_sockets(), 4);
    let outcome = lab.device().with(|stack| stack.peer(handle));
    assert_eq!(outcome, Err(Error::NotConnected));
    // A connect binds: the peer can answer from here on.
    lab.device().connect(handle, peer(OPEN)).unwrap();
    let own = lab.local(handle).port;
    assert!(own >= 49152);
    lab.arrives(&lab.peer, OPEN, own, b"answer");
    assert_eq!(
        lab.receive_from(handle, 10),
        Ok((b"answer".to_vec(), peer(OPEN)))
    );
}

#[test]
fn f6_shutdown_needs_a_peer() {
    let lab = Lab::new();
    let handle = lab.udp_at(OWN);
    for direction in [Direction::Read, Direction::Write, Direction::Both] {
        let outcome = lab.device().with(|stack| stack.shutdown(handle, direction));
        assert_eq!(outcome, Err(Error::NotConnected));
    }
}

#[test]
fn f6_shutdown_of_a_connected_socket_ends_one_direction_or_both() {
    for (direction, read, write) in [
        (Direction::Read, true, false),
        (Direction::Write, false, true),
        (Direction::Both, true, true),
    ] {
        let (lab, handle) = connected(OPEN);
        lab.arrives(&lab.peer, OPEN, OWN, b"before");
        for _ in 0..2 {
            lab.with(|stack| stack.shutdown(handle, direction));
        }
        // What came before it is the program's, as on Linux.
        let before = Ok((b"before".to_vec(), peer(OPEN)));
        assert_eq!(lab.receive_from(handle, 10), before);
        let nothing = match read {
            true => Ok(Vec::new()),
            false => Err(Error::WouldBlock),
        };
        for _ in 0..2 {
            let received = lab.receive_from(handle, 10).map(|(data, _)| data);
            assert_eq!(received, nothing, "{direction:?}");
        }
        let sent = match write {
            true => Err(Error::Pipe),
            false => Ok(3),
        };
        assert_eq!(lab.send_to(handle, b"out", None), sent, "{direction:?}");
        assert_eq!(lab.send_to(handle, b"out", peer(OPEN)), sent);
        let expected = match (read, write) {
            (true, true) => IN | OUT | RDHUP | HUP,
            (true, false) => IN | OUT | RDHUP,
            _ => OUT,
        };
        lab.settle();
        let revents = lab.poll(handle, IN | OUT | RDHUP, Some(0));
        assert_eq!(revents, expected, "{direction:?}");
    }
}

#[test]
fn f6_shutdown_ends_a_recv_that_waits() {
    let (lab, handle) = connected(OPEN);
    let jobs: Vec<Job<'_, Result<Vec<u8>>>> = vec![
        Box::new(|| lab.await_from(handle, 10).map(|(data, _)| data)),
        Box::new(|| {
            lab.world.run_for(500);
            lab.with(|stack| stack.shutdown(handle, Direction::Read));
            Ok(Vec::new())
        }),
    ];
    let (outcomes, elapsed) = lab.timed(|| threads::run(&lab.world, jobs));
    assert_eq!(outcomes[0], Ok(Vec::new()));
    assert!((500..600).contains(&elapsed), "{elapsed} ms");
}

#[test]
fn what_waits_behind_datagrams_of_others_that_are_known_is_found() {
    let lab = Lab::new();
    let handle = lab.udp_at(PORT);
    let stranger = lab.world.add_simple_peer(OTHER_IP.into());
    lab.arrives(&stranger, PEER_PORT, PORT, b"foreign");
    let waiting = || lab.with(|stack| stack.available(handle));
    assert_eq!(waiting(), 7);
    let peer = endpoint(PEER_IP, PEER_PORT);
    lab.device().connect(handle, peer).expect("it is known");
    lab.arrives(&lab.peer, PEER_PORT, PORT, b"mine");
    assert_eq!(waiting(), 4);
    assert_eq!(lab.receive_from(handle, 9), Ok((b"mine".to_vec(), peer)));
}
