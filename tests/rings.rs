//! Datagrams at the ends of the rings: headers and payloads that wrap, at each place they can.

mod support;

use support::udp::*;
use support::*;
use w5100::chip::MemorySplit;
use w5100::error::Error;
use w5100::stack::Handle;
use w5100_sim::ChipOptions;

/// A port of the peer.
const PEER: u16 = 1000;
/// A port of the chip.
const OWN: u16 = 2000;
/// What the chip puts before each datagram.
const HEADER: usize = 8;
/// The most that one Ethernet frame carries.
const LARGEST: usize = 1472;
/// Registers of hardware socket 0 that hold the pointers of what was put in, high byte.
const TX_WR: u16 = 0x0424;
const RX_WR: u16 = 0x042A;

fn open(setup: Setup) -> (Lab, Handle) {
    let lab = Lab::with_setup(setup);
    lab.peer.udp_bind(PEER);
    let handle = lab.udp_at(OWN);
    (lab, handle)
}

/// Rings of so many KiB for hardware socket 0.
fn rings_of(kib: u8) -> Setup {
    let split = |kib| match kib {
        1 => [1; 4],
        2 => [2; 4],
        4 => [4, 4, 0, 0],
        _ => [8, 0, 0, 0],
    };
    Setup {
        split: MemorySplit {
            rx: split(kib),
            tx: split(kib),
        },
        ..Setup::default()
    }
}

fn pointer(lab: &Lab, register: u16) -> usize {
    let [high, low] = lab
        .chip
        .with(|chip| [chip.peek(register), chip.peek(register + 1)]);
    u16::from_be_bytes([high, low]).into()
}

fn send(lab: &Lab, handle: Handle, data: &[u8]) {
    let sent = lab.send_to(handle, data, endpoint(PEER_IP, PEER));
    assert_eq!(sent, Ok(data.len()));
    lab.world.run_for(2);
    let (_, received) = lab.peer.udp_recv(PEER).expect("it arrives");
    assert!(received == data, "{} bytes differ", data.len());
}

fn receive(lab: &Lab, handle: Handle, data: &[u8]) {
    assert!(lab.peer.udp_send(PEER, chip_ip(), OWN, data));
    lab.world.run_for(2);
    assert_eq!(lab.available(handle), data.len());
    let received = lab.receive_datagram(handle, LARGEST + 1, false, true);
    assert!(
        received == whole(data, endpoint(PEER_IP, PEER)),
        "{} bytes differ",
        data.len()
    );
}

/// Sends until the pointer stands `before_end` bytes before the end of the ring.
fn place_tx(lab: &Lab, handle: Handle, ring: usize, before_end: usize) {
    loop {
        let at = pointer(lab, TX_WR) % ring;
        let way = (2 * ring - before_end - at) % ring;
        if way == 0 {
            return;
        }
        send(lab, handle, &vec![0xF1; way.min(LARGEST).min(ring)]);
    }
}

/// The same for what is received, where each datagram has its header.
fn place_rx(lab: &Lab, handle: Handle, ring: usize, before_end: usize) {
    loop {
        let at = pointer(lab, RX_WR) % ring;
        let way = (2 * ring - before_end - at) % ring;
        match way {
            0 => return,
            // Too near for a header: once round.
            _ if way < HEADER => receive(lab, handle, &[0xF2; 30]),
            // What is left after this one has room for a header.
            _ => {
                let step = way.min(400);
                let left = way - step;
                let step = if left > 0 && left < HEADER {
                    step - HEADER
                } else {
                    step
                };
                receive(lab, handle, &vec![0xF2; step - HEADER]);
            }
        }
    }
}

#[test]
fn each_way_to_wrap_while_sending() {
    for latched_registers in [true, false] {
        for kib in [1, 2, 8] {
            let mut setup = rings_of(kib);
            setup.options = ChipOptions {
                latched_registers,
                ..ChipOptions::default()
            };
            let (lab, handle) = open(setup);
            let ring = usize::from(kib) << 10;
            for length in [1, 2, 3, 9, 500, ring.min(LARGEST)] {
                for before_end in [0, 1, 2, length - 1, length, length + 1, length / 2] {
                    place_tx(&lab, handle, ring, before_end);
                    assert_eq!((pointer(&lab, TX_WR) + before_end) % ring, 0);
                    send(&lab, handle, &pattern(length, before_end as u8));
                }
            }
            lab.assert_clean();
        }
    }
}

#[test]
fn each_way_to_wrap_while_receiving() {
    for latched_registers in [true, false] {
        for kib in [1, 2, 8] {
            let mut setup = rings_of(kib);
            setup.options = ChipOptions {
                latched_registers,
                ..ChipOptions::default()
            };
            let (lab, handle) = open(setup);
            let ring = usize::from(kib) << 10;
            for length in [0, 1, 2, 9, 500, (ring - HEADER).min(LARGEST)] {
                // The header is cut at each of its bytes, then the payload, then nothing.
                let payload = [
                    1,
                    2,
                    length / 2,
                    length.saturating_sub(1),
                    length,
                    length + 1,
                ];
                for before_end in (0..=HEADER).chain(payload.map(|at| HEADER + at)) {
                    place_rx(&lab, handle, ring, before_end);
                    assert_eq!((pointer(&lab, RX_WR) + before_end) % ring, 0);
                    receive(&lab, handle, &pattern(length, before_end as u8));
                }
            }
            lab.assert_clean();
        }
    }
}

#[test]
fn a_datagram_cut_at_the_rings_end_leaves_the_next_one_whole() {
    let (lab, handle) = open(Setup::default());
    let from = endpoint(PEER_IP, PEER);
    for before_end in (0..40).step_by(3) {
        place_rx(&lab, handle, 2048, before_end);
        let first = pattern(100, before_end as u8);
        let second = pattern(50, !before_end as u8);
        lab.arrives(&lab.peer, PEER, OWN, &first);
        lab.arrives(&lab.peer, PEER, OWN, &second);
        let cut = datagram_cut(10, 100, from);
        for peek in [true, true, false] {
            let received = lab.receive_datagram(handle, 10, peek, true);
            assert_eq!(received, Ok((first[..10].to_vec(), cut)));
        }
        let received = lab.receive_datagram(handle, 100, false, true);
        assert_eq!(received, whole(&second, from));
    }
}

#[test]
fn a_full_ring_loses_what_does_not_fit_and_nothing_else() {
    for kib in [1, 2] {
        let (lab, handle) = open(rings_of(kib));
        let ring = usize::from(kib) << 10;
        for round in 0..20u8 {
            // Four fit exactly, whatever the place.
            let length = ring / 4 - HEADER;
            for at in 0..6u8 {
                lab.arrives(&lab.peer, PEER, OWN, &pattern(length, round ^ at));
            }
            for at in 0..4u8 {
                let received = lab.receive_from(handle, LARGEST);
                let expected = pattern(length, round ^ at);
                assert!(received == Ok((expected, endpoint(PEER_IP, PEER))));
            }
            assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
            // The next four begin somewhere else.
            receive(&lab, handle, &pattern(13, round));
        }
        lab.assert_clean();
    }
}

/// xorshift32: the sizes are the same in each run.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit
    }
}

#[test]
fn thousands_of_datagrams_of_random_sizes_both_ways() {
    for (kib, rounds) in [(1, 1000), (2, 1500), (8, 500)] {
        let (lab, handle) = open(rings_of(kib));
        let largest = LARGEST.min((usize::from(kib) << 10) - HEADER);
        let mut random = Random(u32::from(kib));
        let (mut sent, mut received) = (0, 0);
        for round in 0..rounds {
            // Small ones, large ones, and those about as long as a header.
            let mut size = || match random.below(4) {
                0 => random.below(20),
                1 => largest - random.below(20),
                _ => random.below(largest + 1),
            };
            let (out, come) = (size().max(1), size());
            send(&lab, handle, &pattern(out, round as u8));
            receive(&lab, handle, &pattern(come, !round as u8));
            sent += out;
            received += come + HEADER;
            assert_eq!(pointer(&lab, TX_WR), sent % (1 << 16));
            assert_eq!(pointer(&lab, RX_WR), received % (1 << 16));
        }
        assert!(sent.min(received) > 3 << 16, "the pointers wrap");
        lab.assert_clean();
    }
}
