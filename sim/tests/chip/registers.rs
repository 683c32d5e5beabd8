//! Register values, latches, pointers and interrupts.

use w5100_sim::ChipOptions;

use crate::bench::*;
use crate::host::{Peer, udp};

#[test]
fn reset_values() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.write(0, sn(2, MR), &[0x21]);
    bench.write(0, 0x0000, &[0x80]);
    assert_eq!(bench.read(0, 0x0000), 0, "MR.RST clears itself");
    assert_eq!(bench.read16(0, 0x0017), 0x07D0);
    for (addr, value) in [
        (0x0019, 8),
        (0x001A, 0x55),
        (0x001B, 0x55),
        (0x0028, 0x28),
        (0x000F, 0),
    ] {
        assert_eq!(bench.read(0, addr), value, "{addr:04x}");
    }
    for n in 0..4 {
        assert_eq!(bench.read(0, sn(n, MR)), 0);
        assert_eq!(bench.read(0, sn(n, DHAR) + 5), 0xFF);
        assert_eq!(bench.read(0, sn(n, 0x16)), 0x80, "TTL");
        assert_eq!(bench.read16(0, sn(n, TX_FSR)), 0x0800);
        assert_eq!(bench.read16(0, sn(n, RX_RSR)), 0);
    }
}

#[test]
fn a_reset_can_take_time() {
    let mut bench = Bench::one(ChipOptions {
        reset_time: 5000,
        ..ChipOptions::default()
    });
    bench.open(0, 0, 2, 7);
    bench.write(0, 0x0000, &[0x80]);
    bench.write(0, 0x0019, &[3]);
    assert_eq!((bench.read(0, 0x0000), bench.read16(0, 0x0017)), (0x80, 0));
    bench.now += 5000;
    assert_eq!(
        (bench.read(0, 0x0000), bench.read16(0, 0x0017)),
        (0, 0x07D0)
    );
    assert_eq!((bench.read(0, 0x0019), bench.read(0, sn(0, SR))), (8, 0));
}

#[test]
fn the_reset_pin_holds_the_chip() {
    let mut bench = Bench::one(ChipOptions::default());
    let now = bench.now;
    bench.chips[0].reset_pin(now, true);
    assert_eq!(bench.read16(0, 0x0017), 0, "nothing to read during reset");
    bench.write(0, 0x0019, &[3]);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"x"));
    assert_eq!(bench.chips[0].counters().packets_received, 0);
    bench.chips[0].reset_pin(now, false);
    assert_eq!(bench.read(0, 0x0019), 8);
}

#[test]
fn read_only_registers_do_not_change() {
    let mut bench = Bench::one(ChipOptions::default());
    for addr in [
        0x001C,
        0x002A,
        0x002E,
        sn(0, SR),
        sn(0, TX_FSR),
        sn(0, TX_RD),
        sn(0, RX_RSR),
    ] {
        let before = bench.read(0, addr);
        bench.write(0, addr, &[!before]);
        assert_eq!(bench.read(0, addr), before, "{addr:04x}");
    }
}

#[test]
fn point_01_latched_registers_show_the_old_value_until_a_command() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 0, 2, 7);
    bench.target(0, 0, HOST, 9);
    assert_eq!(bench.read(0, sn(0, DIPR)), 0);
    assert_eq!(bench.read16(0, sn(0, DPORT)), 0);
    bench.fill(0, 0, 0, b"abc");
    assert_eq!(bench.read16(0, sn(0, TX_WR)), 0);
    bench.command(0, 0, SEND);
    assert_eq!(bench.read(0, sn(0, DIPR)), 10);
    assert_eq!(bench.read16(0, sn(0, DPORT)), 9);
    assert_eq!(bench.read16(0, sn(0, TX_WR)), 3);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"xy"));
    bench.write16(0, sn(0, RX_RD), 10);
    assert_eq!(bench.read16(0, sn(0, RX_RD)), 0);
    bench.command(0, 0, RECV);
    assert_eq!(bench.read16(0, sn(0, RX_RD)), 10);
    bench.write16(0, sn(1, MSSR), 536);
    bench.write(0, sn(1, DHAR), &[2; 6]);
    assert_eq!(bench.read16(0, sn(1, MSSR)), 0);
    assert_eq!(bench.read(0, sn(1, DHAR)), 0xFF);
    bench.open(0, 1, 1, 80);
    assert_eq!(bench.read16(0, sn(1, MSSR)), 536);
    assert_eq!(bench.read(0, sn(1, DHAR)), 2);
}

#[test]
fn point_01_registers_can_be_plain() {
    let mut bench = Bench::one(ChipOptions {
        latched_registers: false,
        ..ChipOptions::default()
    });
    bench.open(0, 0, 2, 7);
    bench.target(0, 0, HOST, 9);
    assert_eq!(bench.read16(0, sn(0, DPORT)), 9);
    bench.fill(0, 0, 0, b"abc");
    assert_eq!(bench.read16(0, sn(0, TX_WR)), 3);
    bench.command(0, 0, SEND);
    assert_eq!(bench.udp_sent(), [(7, 9, b"abc".to_vec())]);
}

#[test]
fn point_02_tcp_pointers_start_from_the_initial_sequence_number() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    assert_eq!(bench.read16(0, sn(0, TX_WR)), 0, "OPEN zeroes the pointers");
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    let syn_ack = bench.segments(5000)[0].seq;
    let start = syn_ack.wrapping_add(1) as u16;
    assert_ne!(start, 0, "the seed gives another number");
    assert_eq!(bench.read16(0, sn(0, TX_WR)), start, "passive open");
    assert_eq!(bench.read16(0, sn(0, TX_RD)), start);

    bench.open(0, 1, 0x21, 3000);
    bench.target(0, 1, HOST, 6000);
    Peer::new(6000, 3000).be_connected(&mut bench, 1);
    let start = bench.segments(6000)[0].seq.wrapping_add(1) as u16;
    assert_eq!(bench.read16(0, sn(1, TX_WR)), start, "active open");
    bench.command(0, 1, OPEN);
    assert_eq!(bench.read16(0, sn(1, TX_WR)), 0);
}

#[test]
fn point_02_tcp_pointers_can_start_from_zero() {
    let options = ChipOptions {
        random_tx_pointers: false,
        ..ChipOptions::default()
    };
    let mut bench = Bench::one(options);
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(5000, 80);
    peer.connect(&mut bench);
    assert_eq!(bench.read16(0, sn(0, TX_WR)), 0);
    bench.send(0, 0, b"hello");
    assert_eq!(bench.segments(5000).last().unwrap().payload, b"hello");
    assert_eq!(bench.read16(0, sn(0, TX_RD)), 5);
}

#[test]
fn socket_interrupts_are_summed_in_ir_and_gated_by_imr() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 2, 2, 7);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"x"));
    assert_eq!(bench.read(0, 0x0015), 0x04, "socket 2");
    assert!(!bench.chips[0].int_low(), "IMR is 0");
    bench.write(0, 0x0016, &[0xCF]);
    assert!(bench.chips[0].int_low());
    bench.write(0, 0x0015, &[0xFF]);
    assert_eq!(bench.read(0, 0x0015), 0x04, "only Sn_IR clears it");
    bench.write(0, sn(2, IR), &[RECEIVED]);
    assert_eq!(bench.read(0, 0x0015), 0);
    assert!(!bench.chips[0].int_low());
}

#[test]
fn imr_may_gate_the_bits_of_ir_too() {
    let mut bench = Bench::one(ChipOptions {
        imr_gates_ir: true,
        ..ChipOptions::default()
    });
    bench.open(0, 2, 2, 7);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"x"));
    assert_eq!(bench.read(0, 0x0015), 0);
    bench.write(0, 0x0016, &[0x04]);
    assert_eq!(bench.read(0, 0x0015), 0x04);
}

#[test]
fn a_command_can_take_time() {
    let mut bench = Bench::one(ChipOptions {
        command_time: 100,
        ..ChipOptions::default()
    });
    bench.write(0, sn(0, MR), &[2]);
    bench.write(0, sn(0, CR), &[OPEN]);
    assert_eq!(bench.read(0, sn(0, CR)), OPEN);
    assert_eq!(bench.status(0, 0), 0);
    bench.write(0, sn(0, CR), &[CLOSE]);
    assert_eq!(
        bench.chips[0].counters().misuses,
        1,
        "a command on top of another"
    );
    assert!(bench.until(100, |b| b.status(0, 0) == 0x22));
    assert_eq!(bench.read(0, sn(0, CR)), 0);
}
