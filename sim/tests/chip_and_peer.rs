//! The chip and another TCP implementation: an echo over many windows, also on a lossy wire.

use std::net::Ipv4Addr;

use w5100_sim::{ChipHandle, ChipOptions, Link, TcpState, World};

const CHIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

const RX_RSR: u16 = 0x0426;
const RX_RD: u16 = 0x0428;
const TX_FSR: u16 = 0x0420;
const TX_RD: u16 = 0x0422;
const TX_WR: u16 = 0x0424;
const CR: u16 = 0x0401;
const SR: u16 = 0x0403;

fn read(chip: &ChipHandle, addr: u16) -> u8 {
    let [high, low] = addr.to_be_bytes();
    let mut frames = [[0x0F, high, low, 0]];
    chip.transfer(&mut frames);
    frames[0][3]
}

fn read16(chip: &ChipHandle, addr: u16) -> u16 {
    u16::from_be_bytes([read(chip, addr), read(chip, addr + 1)])
}

fn write(chip: &ChipHandle, addr: u16, bytes: &[u8]) {
    for (at, &byte) in (addr..).zip(bytes) {
        let [high, low] = at.to_be_bytes();
        chip.transfer(&mut [[0xF0, high, low, byte]]);
    }
}

/// A chip whose socket 0, in `mode`, listens on port 7.
fn listening(world: &World, mode: u8) -> ChipHandle {
    let chip = world.add_chip(ChipOptions::default());
    write(&chip, 0x0005, &[255, 255, 255, 0]);
    write(&chip, 0x0009, &[2, 0, 0, 0, 0, 1]);
    write(&chip, 0x000F, &CHIP.octets());
    write(&chip, 0x0400, &[mode]);
    write(&chip, 0x0404, &[0, 7]);
    write(&chip, CR, &[0x01]);
    write(&chip, CR, &[0x02]);
    chip
}

/// Sends back what the RX ring holds, as far as the TX ring has room.
fn echo(chip: &ChipHandle) {
    let count = read16(chip, RX_RSR).min(read16(chip, TX_FSR));
    if count == 0 || read16(chip, TX_RD) != read16(chip, TX_WR) {
        return;
    }
    let (from, to) = (read16(chip, RX_RD), read16(chip, TX_WR));
    for n in 0..count {
        let byte = read(chip, 0x6000 + (from.wrapping_add(n) & 0x7FF));
        write(chip, 0x4000 + (to.wrapping_add(n) & 0x7FF), &[byte]);
    }
    write(chip, TX_WR, &to.wrapping_add(count).to_be_bytes());
    write(chip, CR, &[0x20]);
    write(chip, RX_RD, &from.wrapping_add(count).to_be_bytes());
    write(chip, CR, &[0x40]);
}

/// Sends `data` through the chip's echo; returns what came back.
fn through_the_echo(world: &World, chip: &ChipHandle, data: &[u8]) -> Vec<u8> {
    let peer = world.add_simple_peer(PEER);
    let client = peer.connect(CHIP, 7);
    assert!(world.run_until(|| client.state() == TcpState::Established, 60_000));
    let (mut left, mut got) = (data, Vec::new());
    let complete = world.run_until(
        || {
            left = &left[client.send(left)..];
            echo(chip);
            got.extend(client.recv_all());
            got.len() == data.len()
        },
        1_000_000,
    );
    assert!(complete, "{} of {} bytes came back", got.len(), data.len());
    client.close();
    assert!(
        world.run_until(|| read(chip, SR) == 0x1C, 60_000),
        "CLOSE_WAIT"
    );
    write(chip, CR, &[0x08]);
    assert!(world.run_until(|| read(chip, SR) == 0, 60_000), "CLOSED");
    got
}

#[test]
fn a_peer_gets_back_what_it_sent() {
    for mode in [0x21, 0x01] {
        let world = World::wire(1);
        let chip = listening(&world, mode);
        let data: Vec<u8> = (0..100_000u32).map(|i| (i * 13 + i / 257) as u8).collect();
        assert!(through_the_echo(&world, &chip, &data) == data);
        assert_eq!(chip.counters().misuses, 0);
    }
}

#[test]
fn a_bad_wire_only_takes_longer() {
    for seed in 1..6 {
        let world = World::wire(seed);
        let chip = listening(&world, 0x21);
        world.set_link(Link {
            loss_permille: 50,
            duplicate_permille: 30,
            reorder_permille: 50,
            ..Link::default()
        });
        let data: Vec<u8> = (0..30_000u32).map(|i| (i * 13 + i / 257) as u8).collect();
        assert!(through_the_echo(&world, &chip, &data) == data);
        assert_eq!(chip.counters().misuses, 0);
    }
}

#[test]
fn one_seed_gives_one_trace() {
    let trace = |seed| {
        let world = World::wire(seed);
        let chip = listening(&world, 0x21);
        world.set_link(Link {
            loss_permille: 50,
            ..Link::default()
        });
        through_the_echo(&world, &chip, &[5; 10_000]);
        world.trace_hash()
    };
    assert_eq!(trace(1), trace(1));
    assert_ne!(trace(1), trace(2));
}
