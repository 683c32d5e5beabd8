//! Datagrams: what `sendto` and `recvfrom` promise, and what the chip must never be asked to do.

mod support;

use support::udp::*;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Endpoint, Handle, ready};
use w5100_sim::ChipOptions;

/// A port of the peer that keeps what it gets.
const KEEP: u16 = 1000;
/// A port of the chip.
const OWN: u16 = 2000;
/// The most that one Ethernet frame carries.
const LARGEST: usize = 1472;
/// ARP gives up after RTR x (RCR + 1).
const ARP_MS: u32 = RETRY_TIME as u32 / 10 * (RETRY_COUNT as u32 + 1);

fn open(setup: Setup) -> (Lab, Handle) {
    let lab = Lab::with_setup(setup);
    lab.peer.udp_bind(KEEP);
    let handle = lab.udp();
    lab.bind(handle, OWN).expect("the port is free");
    (lab, handle)
}

fn bound() -> (Lab, Handle) {
    open(Setup::default())
}

fn send(lab: &Lab, handle: Handle, data: &[u8], peer: Option<Endpoint>) -> Result<usize> {
    lab.device().send_to(handle, data, peer, false)
}

fn keeper() -> Option<Endpoint> {
    Some(endpoint(PEER_IP, KEEP))
}

/// What one recvfrom of `length` bytes gives, if a datagram waits.
fn receive(lab: &Lab, handle: Handle, length: usize) -> Result<(Vec<u8>, Endpoint)> {
    let mut data = vec![0; length];
    let datagram = lab.device().receive_from(handle, &mut data, false, true)?;
    data.truncate(datagram.length.into());
    Ok((data, datagram.from))
}

#[test]
fn datagrams_go_out_with_their_sizes() {
    for latched_registers in [true, false] {
        let (lab, handle) = open(Setup {
            options: ChipOptions {
                latched_registers,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        // Far more than the ring holds, so that it wraps at many places.
        for length in (1..=LARGEST).step_by(97).chain([LARGEST]) {
            let data = pattern(length, length as u8);
            assert_eq!(send(&lab, handle, &data, keeper()), Ok(length));
            lab.world.run_for(5);
            let (from, received) = lab.peer.udp_recv(KEEP).expect("it arrives");
            assert_eq!((*from.ip(), from.port()), (chip_ip(), OWN));
            assert!(received == data, "{length} bytes");
        }
        lab.assert_clean();
    }
}

#[test]
fn datagrams_come_in_with_their_senders() {
    let (lab, handle) = bound();
    let other = lab.world.add_simple_peer([192, 168, 1, 11].into());
    for round in 0..200 {
        let data = pattern(round * 7 % 600 + 1, round as u8);
        assert!(lab.peer.udp_send(KEEP, chip_ip(), OWN, &data));
        assert!(other.udp_send(77, chip_ip(), OWN, b"from another"));
        lab.settle();
        let first = receive(&lab, handle, 2000);
        assert_eq!(first, Ok((data, endpoint(PEER_IP, KEEP))));
        let second = receive(&lab, handle, 2000);
        let from = endpoint([192, 168, 1, 11], 77);
        assert_eq!(second, Ok((b"from another".to_vec(), from)));
        assert_eq!(receive(&lab, handle, 1), Err(Error::WouldBlock));
    }
    lab.assert_clean();
}

#[test]
fn a_short_recvfrom_truncates_and_the_rest_is_gone() {
    let (lab, handle) = bound();
    for data in [&b"abcdefgh"[..], b"second"] {
        assert!(lab.peer.udp_send(KEEP, chip_ip(), OWN, data));
    }
    lab.settle();
    assert_eq!(lab.available(handle), 8);
    assert_eq!(
        receive(&lab, handle, 3),
        Ok((b"abc".to_vec(), keeper().unwrap()))
    );
    assert_eq!(lab.available(handle), 6);
    assert_eq!(
        receive(&lab, handle, 10),
        Ok((b"second".to_vec(), keeper().unwrap()))
    );
    assert_eq!(lab.available(handle), 0);
}

#[test]
fn an_empty_datagram_is_received_and_never_sent() {
    let (lab, handle) = bound();
    assert!(lab.peer.udp_send(KEEP, chip_ip(), OWN, b""));
    assert!(lab.peer.udp_send(KEEP, chip_ip(), OWN, b"next"));
    lab.settle();
    assert_eq!(
        receive(&lab, handle, 10),
        Ok((Vec::new(), keeper().unwrap()))
    );
    assert_eq!(
        receive(&lab, handle, 10),
        Ok((b"next".to_vec(), keeper().unwrap()))
    );

    // A SEND of nothing locks the chip up.
    let before = lab.chip.counters().commands;
    assert_eq!(send(&lab, handle, b"", keeper()), Err(Error::NotSupported));
    assert_eq!(lab.chip.counters().commands, before);
}

#[test]
fn n14_a_datagram_too_large_is_refused() {
    let (lab, handle) = bound();
    for length in [LARGEST + 1, 2048, 65_535, 100_000] {
        let outcome = send(&lab, handle, &vec![0; length], keeper());
        assert_eq!(outcome, Err(Error::MessageSize), "{length} bytes");
    }
    let (lab, handle) = open(Setup {
        split: w5100::chip::MemorySplit {
            rx: [1; 4],
            tx: [1; 4],
        },
        ..Setup::default()
    });
    assert_eq!(
        send(&lab, handle, &[1; 1025], keeper()),
        Err(Error::MessageSize)
    );
    assert_eq!(send(&lab, handle, &[1; 1024], keeper()), Ok(1024));
}

#[test]
fn n13_broadcast_needs_the_option() {
    let (lab, handle) = bound();
    let broadcasts = [[255; 4], [192, 168, 1, 255]].map(|ip| Some(endpoint(ip, KEEP)));
    for peer in broadcasts {
        assert_eq!(send(&lab, handle, b"all", peer), Err(Error::Access));
    }
    lab.with(|stack| {
        stack.settings(handle)?.broadcast = true;
        Ok(())
    });
    for peer in broadcasts {
        assert_eq!(send(&lab, handle, b"all", peer), Ok(3));
        lab.settle();
        assert!(lab.peer.udp_recv(KEEP).is_some(), "{peer:?}");
    }
}

#[test]
fn sendto_refuses_what_is_no_destination() {
    let (lab, handle) = bound();
    assert_eq!(
        send(&lab, handle, b"x", None),
        Err(Error::DestinationRequired)
    );
    let port_0 = Some(endpoint(PEER_IP, 0));
    assert_eq!(send(&lab, handle, b"x", port_0), Err(Error::Invalid));
    let stream = lab.tcp();
    assert_eq!(send(&lab, stream, b"x", keeper()), Err(Error::NotSupported));
}

#[test]
fn a_host_without_arp_is_unreachable() {
    let (lab, handle) = bound();
    let nobody = Some(endpoint(NOBODY, KEEP));
    assert_eq!(send(&lab, handle, b"lost", nobody), Ok(4));
    lab.timeouts(handle, 10_000, 0);
    let mut data = [0; 10];
    let (outcome, elapsed) =
        lab.timed(|| lab.device().receive_from(handle, &mut data, false, false));
    assert_eq!(outcome, Err(Error::HostUnreachable));
    assert!(
        (ARP_MS - 10..ARP_MS + 50).contains(&elapsed),
        "{elapsed} ms"
    );
    // Told once; the socket goes on.
    assert_eq!(send(&lab, handle, b"found", keeper()), Ok(5));
    lab.settle();
    assert_eq!(
        lab.peer.udp_recv(KEEP).map(|(_, data)| data),
        Some(b"found".to_vec())
    );
}

#[test]
fn poll_of_a_connected_socket_does_not_tell_of_foreign_datagrams() {
    let (lab, handle) = bound();
    lab.device().connect(handle, keeper().unwrap()).unwrap();
    for _ in 0..3 {
        assert!(lab.peer.udp_send(KEEP + 1, chip_ip(), OWN, b"foreign port"));
        lab.settle();
        assert_eq!(
            lab.poll(handle, ready::IN | ready::OUT, Some(0)),
            ready::OUT
        );
        assert_eq!(lab.poll(handle, ready::IN, Some(50)), 0);
    }
    assert!(lab.peer.udp_send(KEEP + 1, chip_ip(), OWN, b"foreign port"));
    assert!(lab.peer.udp_send(KEEP, chip_ip(), OWN, b"peer"));
    lab.settle();
    assert_eq!(lab.poll(handle, ready::IN, Some(1000)), ready::IN);
    let (data, _) = receive(&lab, handle, 10).unwrap();
    assert_eq!(data, b"peer");
}

#[test]
fn poll_and_recvfrom_wait_for_a_datagram() {
    let (lab, handle) = bound();
    lab.peer.udp_echo(KEEP + 2);
    let echo = endpoint(PEER_IP, KEEP + 2);
    for round in 0..50 {
        let data = pattern(200, round);
        assert_eq!(send(&lab, handle, &data, Some(echo)), Ok(200));
        if round % 2 == 0 {
            assert_eq!(lab.poll(handle, ready::IN, Some(1000)), ready::IN);
        }
        let mut back = [0; 300];
        let received = lab.device().receive_from(handle, &mut back, false, false);
        assert_eq!(received, Ok(datagram(200, echo)));
        assert_eq!(back[..200], data[..]);
    }
    lab.assert_clean();
}

#[test]
fn peek_leaves_the_datagram_however_often() {
    let (lab, handle) = bound();
    let from = keeper().unwrap();
    lab.arrives(&lab.peer, KEEP, OWN, b"first");
    lab.arrives(&lab.peer, KEEP, OWN, b"second");
    for length in [0, 3, 10, 3, 10] {
        let (data, found) = lab.receive_datagram(handle, length, true, true).unwrap();
        let part = &b"first"[..length.min(5)];
        assert_eq!(
            (&data[..], found),
            (part, datagram_cut(part.len() as u16, 5, from))
        );
    }
    for data in [&b"first"[..], b"second"] {
        let received = lab.receive_datagram(handle, 10, false, true);
        assert_eq!(received, whole(data, from));
    }
    assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
}

#[test]
fn a_buffer_of_no_bytes_takes_a_datagram() {
    let (lab, handle) = bound();
    lab.arrives(&lab.peer, KEEP, OWN, b"first");
    lab.arrives(&lab.peer, KEEP, OWN, b"second");
    let (_, found) = lab.receive_datagram(handle, 0, false, true).unwrap();
    assert_eq!((found.length, found.whole), (0, 5));
    assert_eq!(lab.available(handle), 6);
}

#[test]
fn a_recv_that_may_not_wait_or_not_for_ever_ends() {
    let (lab, handle) = bound();
    lab.timeouts(handle, 250, 0);
    let (outcome, elapsed) = lab.timed(|| lab.await_from(handle, 10));
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((250..260).contains(&elapsed), "{elapsed} ms");
    lab.nonblocking(handle);
    for dont_wait in [false, true] {
        let receive = || lab.receive_datagram(handle, 10, false, dont_wait);
        let (outcome, elapsed) = lab.timed(receive);
        assert_eq!(outcome, Err(Error::WouldBlock));
        assert!(elapsed <= 1, "{elapsed} ms");
        lab.arrives(&lab.peer, KEEP, OWN, b"there");
        assert_eq!(receive(), whole(b"there", keeper().unwrap()));
    }
}

#[test]
fn the_second_of_two_sends_waits_for_the_first() {
    let (lab, handle) = bound();
    let nobody = Some(endpoint(NOBODY, KEEP));
    assert_eq!(send(&lab, handle, b"1", nobody), Ok(1));
    // One after the other goes through the chip; this one does not wait.
    for _ in 0..5 {
        let (outcome, elapsed) = lab.timed(|| lab.device().send_to(handle, b"2", keeper(), true));
        assert_eq!(outcome, Err(Error::WouldBlock));
        assert!(elapsed <= 1, "{elapsed} ms");
        assert_eq!(lab.poll(handle, ready::OUT, Some(100)), 0);
    }
    lab.timeouts(handle, 0, 300);
    let (outcome, elapsed) = lab.timed(|| send(&lab, handle, b"2", keeper()));
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((300..310).contains(&elapsed), "{elapsed} ms");
    lab.timeouts(handle, 0, 0);
    // It gets to know what became of the first, and is not sent.
    let (outcome, elapsed) = lab.timed(|| send(&lab, handle, b"2", keeper()));
    assert_eq!(outcome, Err(Error::HostUnreachable));
    assert!(
        (ARP_MS - 900..ARP_MS - 700).contains(&elapsed),
        "{elapsed} ms"
    );
    assert_eq!(lab.peer_got(&lab.peer, KEEP), None);
    // Two to a host that answers both arrive.
    for data in [b"3", b"4"] {
        assert_eq!(send(&lab, handle, data, keeper()), Ok(1));
    }
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"3".to_vec()));
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"4".to_vec()));
}

#[test]
fn an_unreachable_host_is_err_until_it_was_told() {
    let (lab, handle) = bound();
    assert_eq!(
        send(&lab, handle, b"x", Some(endpoint(NOBODY, KEEP))),
        Ok(1)
    );
    let (revents, elapsed) = lab.timed(|| lab.poll(handle, ready::IN, None));
    assert_eq!(revents, ready::IN | ready::ERR);
    assert!(
        (ARP_MS - 10..ARP_MS + 50).contains(&elapsed),
        "{elapsed} ms"
    );
    let told = || lab.with(|stack| stack.take_error(handle));
    assert_eq!((told(), told()), (Some(Error::HostUnreachable), None));
    assert_eq!(
        lab.poll(handle, ready::IN | ready::OUT, Some(0)),
        ready::OUT
    );
}

#[test]
fn n13_what_is_a_broadcast_depends_on_the_mask() {
    let (lab, handle) = bound();
    let mut network = lab.network().address;
    network.mask = [255, 255, 0, 0];
    lab.with(|stack| stack.set_address(&network, DNS));
    let outcome = |ip| send(&lab, handle, b"x", Some(endpoint(ip, KEEP)));
    assert_eq!(outcome([192, 168, 255, 255]), Err(Error::Access));
    assert_eq!(outcome([255; 4]), Err(Error::Access));
    // A host like others here, though nobody has it.
    assert_eq!(outcome([192, 168, 1, 255]), Ok(1));
}

#[test]
fn n14_the_largest_datagram_is_that_of_a_frame_in_a_large_ring() {
    let (lab, handle) = open(Setup::one_socket());
    for (length, outcome) in [
        (LARGEST, Ok(LARGEST)),
        (LARGEST + 1, Err(Error::MessageSize)),
    ] {
        assert_eq!(send(&lab, handle, &vec![7; length], keeper()), outcome);
    }
    assert_eq!(
        lab.peer_got(&lab.peer, KEEP).map(|data| data.len()),
        Some(LARGEST)
    );
    assert_eq!(lab.peer_got(&lab.peer, KEEP), None);
}

#[test]
fn who_only_asks_so_error_learns_of_an_unreachable_host() {
    let (lab, handle) = bound();
    assert_eq!(send(&lab, handle, b"x", Some(endpoint(NOBODY, 1))), Ok(1));
    let told = || lab.with(|stack| stack.take_error(handle));
    assert_eq!(told(), None);
    lab.world.run_for(ARP_MS + 100);
    assert_eq!(told(), Some(Error::HostUnreachable));
    assert_eq!(told(), None);
}
