//! Address resolution, retransmission and why a socket is closed.

use smoltcp::wire::TcpControl;
use w5100_sim::ChipOptions;

use crate::bench::*;
use crate::host::Peer;

const PORT_OF_PEER: u16 = 5000;

/// Socket 0 opened with `mode` and aimed at the scripted host.
fn aimed(mode: u8, hosts: bool) -> Bench {
    let mut bench = Bench::one(ChipOptions::default());
    if !hosts {
        bench.hosts.clear();
    }
    bench.open(0, 0, mode, 3000);
    bench.target(0, 0, HOST, PORT_OF_PEER);
    bench
}

#[test]
fn point_06_sr_shows_arp_while_an_address_is_looked_for() {
    for (mode, command, after) in [(0x21, CONNECT, 0x15), (2, SEND, 0x22), (3, SEND, 0x32)] {
        let mut bench = aimed(mode, false);
        if command == SEND {
            bench.fill(0, 0, 0, b"data");
        }
        bench.command(0, 0, command);
        assert_eq!(bench.read(0, sn(0, SR)), 0x01, "mode {mode}");
        bench.hosts.push((HOST, HOST_MAC));
        assert!(
            bench.until(SECOND, |b| b.status(0, 0) == after),
            "mode {mode}"
        );
        assert_eq!(bench.read(0, sn(0, DHAR) + 5), 99, "the address found");
    }
}

#[test]
fn point_06_early_silicon_shows_the_protocol_too() {
    for (mode, status) in [(1, 0x11), (2, 0x21), (3, 0x31)] {
        let options = ChipOptions {
            early_arp_status: true,
            ..ChipOptions::default()
        };
        let mut bench = Bench::one(options);
        bench.hosts.clear();
        bench.open(0, 0, mode, 3000);
        bench.target(0, 0, HOST, PORT_OF_PEER);
        bench.fill(0, 0, 0, b"data");
        bench.command(0, 0, if mode == 1 { CONNECT } else { SEND });
        assert_eq!(bench.read(0, sn(0, SR)), status);
    }
}

#[test]
fn point_06_arp_runs_again_only_for_another_address() {
    let mut bench = aimed(2, true);
    for _ in 0..3 {
        bench.send(0, 0, b"data");
    }
    assert_eq!(bench.udp_sent().len(), 3);
    assert_eq!(bench.arp_requests().len(), 1);
    let other = std::net::Ipv4Addr::new(10, 0, 0, 98);
    bench.hosts.push((other, HOST_MAC));
    bench.target(0, 0, other, PORT_OF_PEER);
    bench.send(0, 0, b"data");
    assert_eq!(bench.arp_requests().len(), 2);
}

#[test]
fn point_06_send_mac_uses_the_address_given() {
    let mut bench = aimed(2, false);
    bench.write(0, sn(0, DHAR), &[2, 2, 2, 2, 2, 2]);
    bench.fill(0, 0, 0, b"data");
    bench.command(0, 0, SEND_MAC);
    assert_eq!(bench.datagrams()[0].to_mac.0, [2; 6]);
    assert!(bench.arp_requests().is_empty());
}

#[test]
fn point_07_arp_gives_up_after_rtr_times_rcr_plus_one() {
    for (mode, after) in [(2, 0x22), (3, 0x32)] {
        let mut bench = aimed(mode, false);
        bench.send(0, 0, b"data");
        assert!(bench.until(3 * SECOND, |b| b.interrupts(0, 0) == TIMEOUT));
        let requests = bench.arp_requests();
        assert_eq!(requests.len(), 9);
        assert_eq!(bench.now - requests[0].0, 1_800_000);
        assert_eq!(bench.status(0, 0), after, "still open");
        assert_eq!(
            bench.read16(0, sn(0, TX_RD)),
            4,
            "what was to be sent is forgotten"
        );
        assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2048);
    }
}

#[test]
fn point_07_arp_follows_rtr_and_rcr() {
    let mut bench = aimed(2, false);
    bench.write16(0, 0x0017, 500);
    bench.write(0, 0x0019, &[3]);
    bench.send(0, 0, b"data");
    assert!(bench.until(3 * SECOND, |b| b.interrupts(0, 0) == TIMEOUT));
    assert_eq!(bench.arp_requests().len(), 4);
    assert_eq!(bench.now - bench.arp_requests()[0].0, 200_000);
}

/// The times between segments of chip 0, and from the last one until it gave up.
fn pauses(bench: &Bench, from: usize) -> Vec<u64> {
    let mut times: Vec<u64> = bench.segments(PORT_OF_PEER)[from..]
        .iter()
        .map(|segment| segment.at)
        .collect();
    times.push(bench.now);
    times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / 1000)
        .collect()
}

/// RTR doubled up to the last value under 65536 units, 31.8 s in all.
const PAUSES: [u64; 9] = [200, 400, 800, 1600, 3200, 6400, 6400, 6400, 6400];

#[test]
fn point_07_a_syn_is_repeated_for_31_8_seconds() {
    let mut bench = aimed(0x21, true);
    bench.command(0, 0, CONNECT);
    assert!(bench.until(40 * SECOND, |b| b.status(0, 0) == 0));
    assert_eq!(pauses(&bench, 0), PAUSES);
    assert_eq!(PAUSES.iter().sum::<u64>(), 31_800);
    assert_eq!(bench.interrupts(0, 0), TIMEOUT);
}

#[test]
fn point_07_a_syn_ack_is_repeated_too() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    Peer::new(PORT_OF_PEER, 80).send(&mut bench, TcpControl::Syn, &[]);
    assert!(bench.until(40 * SECOND, |b| b.status(0, 0) == 0));
    assert_eq!(pauses(&bench, 0), PAUSES);
    assert_eq!(bench.interrupts(0, 0), TIMEOUT);
}

#[test]
fn point_07_data_is_repeated_for_31_8_seconds() {
    let mut bench = aimed(0x21, true);
    let mut peer = Peer::new(PORT_OF_PEER, 3000);
    peer.be_connected(&mut bench, 0);
    bench.run(100 * SECOND);
    assert_eq!(bench.status(0, 0), 0x17, "a silent connection lives");
    let before = bench.segments(PORT_OF_PEER).len();
    bench.send(0, 0, b"data");
    assert!(bench.until(40 * SECOND, |b| b.status(0, 0) == 0));
    assert_eq!(pauses(&bench, before), PAUSES);
    let all = bench.segments(PORT_OF_PEER).split_off(before);
    assert!(
        all.iter()
            .all(|segment| segment.payload == b"data" && segment.seq == all[0].seq)
    );
    assert_eq!(bench.interrupts(0, 0) & (TIMEOUT | DISCONNECTED), TIMEOUT);
}

#[test]
fn point_07_a_lost_segment_is_repeated_and_acknowledged() {
    let mut bench = aimed(0x21, true);
    let mut peer = Peer::new(PORT_OF_PEER, 3000);
    peer.be_connected(&mut bench, 0);
    bench.send(0, 0, b"one");
    bench.run(SECOND);
    peer.acknowledge(&mut bench);
    let before = bench.segments(PORT_OF_PEER).len();
    bench.run(60 * SECOND);
    assert_eq!(
        bench.segments(PORT_OF_PEER).len(),
        before,
        "nothing is left to repeat"
    );
    assert_eq!(bench.status(0, 0), 0x17);
}

#[test]
fn data_that_comes_in_while_ours_is_repeated_is_acknowledged() {
    for wait in 0..40 {
        let mut bench = aimed(0x01, true);
        let mut peer = Peer::new(PORT_OF_PEER, 3000);
        peer.be_connected(&mut bench, 0);
        bench.send(0, 0, b"lost");
        bench.run(wait * SECOND / 10);
        peer.data(&mut bench, b"x");
        bench.run(SECOND / 4);
        let sent = bench.segments(PORT_OF_PEER);
        assert!(
            sent.iter().any(|segment| segment.ack == Some(peer.seq)),
            "after {wait}00 ms"
        );
    }
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_does_not_count() {
    let mut bench = aimed(0x21, true);
    let mut peer = Peer::new(PORT_OF_PEER, 3000);
    peer.be_connected(&mut bench, 0);
    bench.send(0, 0, b"data");
    peer.ack = Some(bench.sent_end(PORT_OF_PEER) + 1);
    peer.send(&mut bench, TcpControl::None, &[]);
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2044);
    let before = bench.segments(PORT_OF_PEER).len();
    assert!(bench.until(SECOND / 2, |b| b.segments(PORT_OF_PEER).len() > before));
    assert_eq!(
        bench.segments(PORT_OF_PEER)[before].payload,
        b"data",
        "sent again"
    );
}

#[test]
fn point_17_a_pulled_cable_shows_only_when_something_is_sent() {
    let mut bench = aimed(0x21, true);
    let mut peer = Peer::new(PORT_OF_PEER, 3000);
    peer.be_connected(&mut bench, 0);
    bench.cut = true;
    bench.run(3600 * SECOND);
    assert_eq!(
        (bench.status(0, 0), bench.interrupts(0, 0)),
        (0x17, CONNECTED)
    );
    bench.send(0, 0, b"anybody?");
    bench.run(32 * SECOND);
    assert_eq!(bench.status(0, 0), 0);
    assert_eq!(bench.interrupts(0, 0), CONNECTED | SEND_OK | TIMEOUT);
}

#[test]
fn point_17_there_is_no_loopback_to_the_own_address() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 1, 80);
    bench.open(0, 0, 0x21, 3000);
    bench.target(0, 0, chip_ip(0), 80);
    bench.command(0, 0, CONNECT);
    assert!(bench.until(3 * SECOND, |b| b.status(0, 0) == 0));
    assert_eq!(bench.interrupts(0, 0), TIMEOUT);
    assert_eq!(bench.status(0, 1), 0x14);
}

#[test]
fn point_18_timeout_during_arp_means_unreachable() {
    let mut bench = aimed(0x21, false);
    bench.command(0, 0, CONNECT);
    while bench.interrupts(0, 0) & TIMEOUT == 0 {
        assert_eq!(bench.status(0, 0), 0x01, "ARP until the end");
        let due = w5100_sim::Node::wake_at(&bench.chips[0], bench.now).expect("a deadline");
        bench.now = due;
        bench.settle();
    }
    assert_eq!((bench.status(0, 0), bench.interrupts(0, 0)), (0, TIMEOUT));
    assert!(bench.segments(PORT_OF_PEER).is_empty());
}

#[test]
fn point_18_a_reset_in_synsent_means_refused() {
    let mut bench = aimed(0x21, true);
    bench.command(0, 0, CONNECT);
    let mut peer = Peer::new(PORT_OF_PEER, 3000);
    peer.ack = Some(0);
    peer.seq = 0;
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(
        bench.status(0, 0),
        0x15,
        "a reset with zero numbers is not for us"
    );
    peer.ack = Some(bench.sent_end(PORT_OF_PEER));
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(bench.status(0, 0), 0);
    assert_eq!(bench.interrupts(0, 0) & (TIMEOUT | CONNECTED), 0);
}

#[test]
fn point_18_a_retransmission_timeout_is_told_by_timeout() {
    // What is not acknowledged is a SYN, or data.
    for connected in [false, true] {
        let mut bench = aimed(0x21, true);
        if connected {
            Peer::new(PORT_OF_PEER, 3000).be_connected(&mut bench, 0);
            bench.send(0, 0, b"data");
        } else {
            bench.command(0, 0, CONNECT);
        }
        assert!(bench.until(40 * SECOND, |b| b.interrupts(0, 0) & TIMEOUT != 0));
        assert_eq!(bench.status(0, 0), 0, "connected: {connected}");
        assert_eq!(bench.interrupts(0, 0) & DISCONNECTED, 0);
    }
}

#[test]
fn point_18_a_reset_when_established_has_no_timeout() {
    for unacknowledged in [false, true] {
        let mut bench = aimed(0x21, true);
        let mut peer = Peer::new(PORT_OF_PEER, 3000);
        peer.be_connected(&mut bench, 0);
        if unacknowledged {
            bench.send(0, 0, b"data");
        }
        peer.send(&mut bench, TcpControl::Rst, &[]);
        bench.run(40 * SECOND);
        assert_eq!(bench.status(0, 0), 0);
        let events = bench.interrupts(0, 0) & (TIMEOUT | DISCONNECTED);
        assert_eq!(events, DISCONNECTED, "unacknowledged: {unacknowledged}");
    }
}
