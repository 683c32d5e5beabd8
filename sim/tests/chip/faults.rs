//! Broken chips.

use smoltcp::wire::TcpControl;
use w5100_sim::ChipOptions;

use crate::bench::*;
use crate::host::{Peer, udp};

#[test]
fn point_14_a_swallowed_send_never_finishes_until_a_reset() {
    for (mode, n) in [(2, 0), (3, 1)] {
        let mut bench = Bench::one(ChipOptions::default());
        bench.open(0, n, mode, 7);
        bench.target(0, n, HOST, 9);
        bench.chips[0].faults_mut().swallow_send = true;
        bench.send(0, n, b"lost");
        bench.run(60 * SECOND);
        assert_eq!(bench.interrupts(0, n), 0, "neither SEND_OK nor TIMEOUT");
        assert_ne!(bench.read16(0, sn(n, TX_RD)), bench.read16(0, sn(n, TX_WR)));
        bench.command(0, n, CLOSE);
        bench.command(0, n, OPEN);
        bench.send(0, n, b"lost too");
        bench.run(60 * SECOND);
        assert_eq!(bench.interrupts(0, n), 0);
        assert!(bench.datagrams().is_empty());

        bench.write(0, 0x0000, &[0x80]);
        bench.configure(0);
        bench.open(0, n, mode, 7);
        bench.target(0, n, HOST, 9);
        bench.send(0, n, b"sent");
        assert_eq!(bench.interrupts(0, n), SEND_OK);
    }
}

#[test]
fn an_absent_chip_drives_a_constant() {
    let mut bench = Bench::one(ChipOptions::default());
    for level in [0x00, 0xFF] {
        bench.chips[0].faults_mut().absent = Some(level);
        assert_eq!(bench.frame(0, [0x0F, 0x00, 0x17, 0]), [level; 4]);
        bench.frame(0, [0xF0, 0x00, 0x19, 3]);
    }
    bench.chips[0].faults_mut().absent = None;
    assert_eq!(bench.read(0, 0x0019), 8, "the write reached nobody");
}

#[test]
fn a_hung_chip_never_accepts_a_command() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.chips[0].faults_mut().hung = true;
    bench.write(0, sn(0, MR), &[2]);
    bench.write(0, sn(0, CR), &[OPEN]);
    bench.run(10 * SECOND);
    assert_eq!(bench.read(0, sn(0, CR)), OPEN);
    assert_eq!(bench.status(0, 0), 0);
}

#[test]
fn every_nth_frame_can_be_garbled() {
    for (lost, value) in [(false, 4), (true, 8)] {
        let mut bench = Bench::one(ChipOptions::default());
        let frames = bench.chips[0].counters().frames as u32;
        bench.chips[0].faults_mut().corrupt_every = frames + 2;
        bench.chips[0].faults_mut().corrupt_lost = lost;
        assert_eq!(bench.frame(0, [0x0F, 0x00, 0x17, 0]), [0, 1, 2, 7]);
        assert_eq!(
            bench.frame(0, [0xF0, 0x00, 0x19, 4]),
            [0xFF, 0xFE, 0xFD, 0xFC]
        );
        assert_eq!(bench.read(0, 0x0019), value);
    }
}

#[test]
fn a_chip_can_reset_itself() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 0, 2, 7);
    bench.chips[0].faults_mut().reset_now = true;
    assert_eq!(bench.read(0, sn(0, SR)), 0);
    assert_eq!(bench.read(0, 0x000F), 0, "SIPR");
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"x"));
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 0);
}

#[test]
fn a_command_that_a_surprise_reset_overtakes_is_no_misuse() {
    let mut bench = Bench::one(ChipOptions::default());
    for (mode, code) in [(2, SEND), (2, RECV), (1, LISTEN), (1, CONNECT)] {
        bench.open(0, 0, mode, 7);
        bench.chips[0].faults_mut().reset_now = true;
        bench.write(0, sn(0, CR), &[code]);
        assert_eq!(bench.chips[0].counters().misuses, 0, "{code:02x}");
        // Whoever has seen it knows better.
        assert_eq!(bench.read(0, sn(0, SR)), 0);
        bench.write(0, sn(0, CR), &[code]);
        assert_eq!(bench.chips[0].counters().misuses, 1, "{code:02x}");
        bench = Bench::one(ChipOptions::default());
    }
}

#[test]
fn misuse_is_counted() {
    let mut bench = Bench::one(ChipOptions::default());
    let mut expect = |n: u16, code: u8| {
        let before = bench.chips[0].counters().misuses;
        bench.command(0, n, code);
        assert_eq!(bench.chips[0].counters().misuses, before + 1, "{code:02x}");
    };
    for code in [
        LISTEN, CONNECT, DISCON, SEND, SEND_MAC, SEND_KEEP, RECV, 0x03,
    ] {
        expect(0, code);
    }
    bench.open(0, 1, 2, 7);
    bench.target(0, 1, HOST, 9);
    bench.write16(0, sn(1, TX_WR), 2049);
    bench.command(0, 1, SEND);
    assert_eq!(bench.chips[0].counters().misuses, 9, "SEND beyond TX_FSR");
    bench.write16(0, sn(1, RX_RD), 1);
    bench.command(0, 1, RECV);
    assert_eq!(bench.chips[0].counters().misuses, 10, "RECV beyond RX_RSR");
    bench.open(0, 2, 2, 7);
    bench.hosts.clear();
    bench.target(0, 2, HOST, 9);
    bench.send(0, 2, b"one");
    bench.fill(0, 2, 3, b"two");
    bench.command(0, 2, SEND);
    assert_eq!(bench.chips[0].counters().misuses, 11, "SEND before SEND_OK");
}

#[test]
fn a_command_that_the_end_of_the_connection_overtook_is_no_misuse() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    assert_eq!(bench.read(0, sn(0, SR)), 0x17, "ESTABLISHED");
    peer.send(&mut bench, TcpControl::Rst, &[]);
    bench.command(0, 0, SEND);
    bench.command(0, 0, DISCON);
    assert_eq!(bench.chips[0].counters().misuses, 0);
    assert_eq!(bench.read(0, sn(0, SR)), 0, "CLOSED");
    bench.command(0, 0, SEND);
    assert_eq!(bench.chips[0].counters().misuses, 1, "known by now");
}

#[test]
fn a_command_that_was_given_before_the_end_and_accepted_after_it_is_no_misuse() {
    let mut bench = Bench::one(ChipOptions {
        command_time: 50,
        ..ChipOptions::default()
    });
    let give = |bench: &mut Bench, code| {
        bench.write(0, sn(0, CR), &[code]);
        bench.run(100);
    };
    bench.write(0, sn(0, MR), &[1]);
    bench.write16(0, sn(0, PORT), 80);
    give(&mut bench, OPEN);
    give(&mut bench, LISTEN);
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    bench.write(0, sn(0, CR), &[SEND]);
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(bench.read(0, sn(0, SR)), 0, "CLOSED");
    assert_eq!(bench.read(0, sn(0, CR)), SEND, "not accepted yet");
    bench.run(100);
    assert_eq!(bench.chips[0].counters().misuses, 0);
    give(&mut bench, SEND);
    assert_eq!(bench.chips[0].counters().misuses, 1, "known by now");
}

#[test]
fn impatience_with_tcp_is_counted() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.window = 2;
    peer.connect(&mut bench);
    bench.send(0, 0, b"one");
    assert_eq!(bench.chips[0].counters().misuses, 0);
    bench.send(0, 0, b"two");
    assert_eq!(bench.chips[0].counters().misuses, 1, "SEND before SEND_OK");
    bench.command(0, 0, DISCON);
    assert_eq!(
        bench.chips[0].counters().misuses,
        2,
        "DISCON before the ring is empty"
    );
}
