//! Ring memory, its split, and counts that change between two frames.

use smoltcp::wire::TcpControl;
use w5100_sim::ChipOptions;

use crate::bench::*;
use crate::host::{Peer, udp};

#[test]
fn point_02_a_ring_is_split_at_its_end() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 1, 2, 7);
    bench.target(0, 1, HOST, 9);
    let first = vec![0x11; 1400];
    let second: Vec<u8> = (0..1000u16).map(|i| i as u8).collect();
    bench.send(0, 1, &first);
    bench.send(0, 1, &second);
    assert_eq!(
        bench.chips[0].peek(0x4800),
        second[2048 - 1400],
        "wrapped to the ring's base"
    );
    assert_eq!(bench.udp_sent()[1].2, second);
    assert_eq!(bench.read16(0, sn(1, TX_WR)), 2400, "the pointer runs free");

    for payload in [&first, &second] {
        bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, payload));
        let waiting = bench.read16(0, sn(1, RX_RSR));
        assert_eq!(bench.take(0, 1, waiting)[8..], payload[..]);
    }
    assert_eq!(bench.read16(0, sn(1, RX_RD)), 2416);
}

#[test]
fn memory_is_dealt_out_from_socket_0_up() {
    let mut bench = Bench::one(ChipOptions::default());
    // Socket 0: 4 KiB, socket 1: 2 KiB, sockets 2 and 3: 1 KiB.
    bench.write(0, 0x001A, &[0x06, 0x06]);
    for (n, size) in [(0, 4096), (1, 2048), (2, 1024), (3, 1024)] {
        assert_eq!(bench.read16(0, sn(n, TX_FSR)), size);
    }
    for (n, base) in [(0u16, 0x6000), (1, 0x7000), (2, 0x7800), (3, 0x7C00)] {
        bench.open(0, n, 2, 100 + n);
        bench.inject(&udp(9, chip_ip(0), chip_mac(0), 100 + n, &[n as u8 + 1]));
        assert_eq!(
            bench.chips[0].peek(base + 8),
            n as u8 + 1,
            "payload behind the header"
        );
    }
}

#[test]
fn point_03_datagrams_give_their_room_back_at_send_ok() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.hosts.clear();
    bench.open(0, 0, 2, 7);
    bench.target(0, 0, HOST, 9);
    bench.send(0, 0, &[0; 100]);
    assert_eq!(
        bench.read16(0, sn(0, TX_FSR)),
        1948,
        "waiting for the address"
    );
    assert_eq!(bench.read16(0, sn(0, TX_RD)), 0);
    bench.hosts.push((HOST, HOST_MAC));
    assert!(bench.until(SECOND, |b| b.interrupts(0, 0) & SEND_OK != 0));
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2048);
    assert_eq!(bench.read16(0, sn(0, TX_RD)), 100);
}

#[test]
fn point_03_tcp_gives_room_back_as_the_peer_acknowledges() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    let start = bench.read16(0, sn(0, TX_RD));
    bench.send(0, 0, &[7; 600]);
    assert_eq!(
        bench.interrupts(0, 0) & SEND_OK,
        SEND_OK,
        "sent, not acknowledged"
    );
    assert_eq!(bench.read16(0, sn(0, TX_RD)), start.wrapping_add(600));
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 1448);
    peer.ack = Some(peer.ack.unwrap() + 200);
    peer.send(&mut bench, TcpControl::None, &[]);
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 1648);
    peer.acknowledge(&mut bench);
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2048);
}

#[test]
fn send_into_a_closed_window_is_done_when_the_window_opens() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.window = 100;
    peer.connect(&mut bench);
    let start = bench.read16(0, sn(0, TX_RD));
    bench.send(0, 0, &[7; 300]);
    assert_eq!(bench.interrupts(0, 0) & SEND_OK, 0);
    assert_eq!(
        bench.read16(0, sn(0, TX_RD)),
        start.wrapping_add(100),
        "what fitted went out"
    );
    peer.window = 8192;
    peer.acknowledge(&mut bench);
    assert_eq!(bench.interrupts(0, 0) & SEND_OK, SEND_OK);
    assert_eq!(bench.read16(0, sn(0, TX_RD)), start.wrapping_add(300));
}

#[test]
fn a_peer_may_keep_its_window_closed_for_long() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    peer.window = 0;
    peer.send(&mut bench, TcpControl::None, &[]);
    bench.send(0, 0, b"patience");
    let end = bench.now + 60 * SECOND;
    while bench.now < end {
        let seen = bench.segments(5000).len();
        assert!(
            bench.until(10 * SECOND, |b| b.segments(5000).len() > seen),
            "a probe"
        );
        assert_eq!(bench.segments(5000).last().unwrap().payload, b"p");
        peer.send(&mut bench, TcpControl::None, &[]);
    }
    assert_eq!(bench.status(0, 0), 0x17);
    assert_eq!(bench.interrupts(0, 0) & SEND_OK, 0);
    peer.window = 100;
    peer.send(&mut bench, TcpControl::None, &[]);
    assert_eq!(bench.segments(5000).last().unwrap().payload, b"patience");
    assert_eq!(bench.interrupts(0, 0) & SEND_OK, SEND_OK);
}

/// A single read, high byte first, of a count that only grows never shows too much; low byte
/// first it can.
#[test]
fn point_04_a_count_read_high_byte_first_is_never_too_large() {
    let mut low_first_was_wrong = false;
    for already in (0..1000).step_by(17) {
        for more in [1, 100, 256, 300, 700] {
            let mut bench = Bench::one(ChipOptions::default());
            bench.open(0, 0, 2, 7);
            let datagram = |n: usize| udp(9, chip_ip(0), chip_mac(0), 7, &vec![1; n]);
            bench.inject(&datagram(already));
            let low_before = bench.read(0, sn(0, RX_RSR) + 1);
            let high = bench.read(0, sn(0, RX_RSR));
            bench.inject(&datagram(more));
            let low = bench.read(0, sn(0, RX_RSR) + 1);
            let high_after = bench.read(0, sn(0, RX_RSR));
            let truth = bench.peek16(0, sn(0, RX_RSR));
            assert_eq!(usize::from(truth), already + more + 16);
            assert!(u16::from_be_bytes([high, low]) <= truth);
            low_first_was_wrong |= u16::from_be_bytes([high_after, low_before]) > truth;
        }
    }
    assert!(low_first_was_wrong, "the counts are torn between frames");
}
