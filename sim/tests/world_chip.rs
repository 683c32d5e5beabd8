//! A chip in the world: what SPI costs, what /INT wakes, cables.

use std::net::Ipv4Addr;
use std::thread;

use w5100_sim::{ChipHandle, ChipOptions, PeerHandle, World};

const CHIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PORT: u16 = 9;

fn write(chip: &ChipHandle, address: u16, bytes: &[u8]) {
    for (at, &byte) in (address..).zip(bytes) {
        let [high, low] = at.to_be_bytes();
        chip.transfer(&mut [[0xF0, high, low, byte]]);
    }
}

/// A chip with a UDP socket at port 9 that pulls /INT when a datagram arrives, and a peer.
fn scene(world: &World) -> (ChipHandle, PeerHandle) {
    let chip = world.add_chip(ChipOptions::default());
    write(&chip, 0x0005, &[255, 255, 255, 0]); // SUBR
    write(&chip, 0x0009, &[2, 0, 0, 0, 0, 1]); // SHAR
    write(&chip, 0x000F, &CHIP.octets()); // SIPR
    write(&chip, 0x0016, &[0x01]); // IMR: socket 0
    write(&chip, 0x0400, &[0x02]); // S0_MR: UDP
    write(&chip, 0x0404, &PORT.to_be_bytes()); // S0_PORT
    write(&chip, 0x0401, &[0x01]); // OPEN
    (chip, world.add_simple_peer(PEER))
}

#[test]
fn a_frame_takes_its_time_on_the_spi() {
    let world = World::wire(0);
    let chip = world.add_chip(ChipOptions::default());
    chip.transfer(&mut [[0x0F, 0, 0, 0]; 1000]);
    assert_eq!(world.now(), 2290);
    world.set_frame_time(8_000); // 4 MHz
    chip.transfer_bytes(&mut [0x0F; 4 * 10 + 3]);
    assert_eq!(world.now(), 2290 + 80);
    assert_eq!(chip.counters().frames, 1010, "the odd bytes are no frame");
}

#[test]
fn the_falling_edge_of_int_ends_a_wait() {
    let world = World::wire(0);
    let (chip, peer) = scene(&world);
    let token = world.events();
    peer.udp_send(5000, CHIP, PORT, b"hello");
    world.wait(token, 10_000);
    assert!(chip.int_low());
    assert!(world.now() < 1_000, "ARP and a datagram at 50 us a frame");

    // Still low: a level is no event.
    let token = world.events();
    world.wait(token, 10);
    assert!(world.now() >= 10_000);
    write(&chip, 0x0402, &[0xFF]); // S0_IR
    assert!(!chip.int_low());
    assert_eq!(world.events(), token, "neither is the rising edge");
}

#[test]
fn an_edge_before_the_wait_is_not_lost() {
    let world = World::wire(0);
    let (chip, peer) = scene(&world);
    let token = world.events();
    peer.udp_send(5000, CHIP, PORT, b"hello");
    assert!(world.run_until(|| chip.int_low(), 1_000));
    let before = world.now();
    world.wait(token, 10_000);
    assert_eq!(world.now(), before);
}

#[test]
fn int_wakes_a_thread_in_real_time() {
    let world = World::wire_in_real_time(0).expect("a thread");
    let (chip, peer) = scene(&world);
    let token = world.events();
    let waiter = thread::spawn({
        let world = world.clone();
        move || {
            world.wait(token, 20_000);
            world.now_ms()
        }
    });
    peer.udp_send(5000, CHIP, PORT, b"hello");
    assert!(waiter.join().expect("no panic") < 10_000);
    assert!(chip.int_low());
}

#[test]
fn a_pulled_cable_carries_nothing() {
    let world = World::wire(0);
    let (chip, peer) = scene(&world);
    peer.ping(CHIP, b"1");
    world.run_for(10);
    assert!(peer.ping_reply().is_some());
    chip.plug(false);
    peer.ping(CHIP, b"2");
    world.run_for(10);
    assert!(peer.ping_reply().is_none());
    chip.plug(true);
    peer.ping(CHIP, b"3");
    world.run_for(10);
    assert_eq!(peer.ping_reply(), Some((CHIP, b"3".to_vec())));
}

#[test]
fn a_thread_can_be_entered_before_it_starts() {
    let world = World::wire(0);
    let mine = world.enter_thread();
    let guard = world.enter_thread();
    let other = thread::spawn({
        let world = world.clone();
        move || {
            let _guard = guard;
            let began = world.now();
            world.run_for(5);
            began
        }
    });
    // Time cannot have moved before the other thread ran, however late that is.
    world.run_for(10);
    drop(mine);
    assert_eq!(other.join().expect("no panic"), 0);
}

#[test]
fn a_chip_reaches_the_next_one_through_the_switch() {
    let world = World::wire(0);
    let (first, _) = scene(&world);
    let second = world.add_chip(ChipOptions::default());
    write(&second, 0x0005, &[255, 255, 255, 0]);
    write(&second, 0x0009, &[2, 0, 0, 0, 0, 2]);
    write(&second, 0x000F, &[10, 0, 0, 3]);
    write(&second, 0x0400, &[0x02]);
    write(&second, 0x0404, &[0x13, 0x88]);
    write(&second, 0x0401, &[0x01]);
    write(&second, 0x040C, &CHIP.octets()); // S0_DIPR
    write(&second, 0x0410, &PORT.to_be_bytes()); // S0_DPORT
    write(&second, 0x4000, b"hi");
    write(&second, 0x0424, &[0, 2]); // S0_TX_WR
    write(&second, 0x0401, &[0x20]); // SEND
    let token = world.events();
    world.wait(token, 1_000); // the first chip's /INT
    assert!(first.int_low());
    // Header: the sender's address and port, the length; then the payload.
    let received: Vec<u8> = (0x6000..0x600A)
        .map(|at| first.with(|chip| chip.peek(at)))
        .collect();
    assert_eq!(received, [10, 0, 0, 3, 0x13, 0x88, 0, 2, b'h', b'i']);
}
