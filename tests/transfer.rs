//! Bytes arrive as they were sent: every split of the memory, every reading of the datasheet,
//! every bus, and a wire that loses frames.

mod support;

use support::bus::{DirectPins, HalLine, IndirectPins};
use support::*;
use w5100::bus::{Bus, DirectBus, HalSpi, IndirectBus, SpiBus};
use w5100::chip::MemorySplit;
use w5100::error::Error;
use w5100::stack::Handle;
use w5100_sim::{ChipOptions, Conn, Link, ResetStyle};

const MEGABYTE: usize = 1 << 20;

fn split(sizes: [u8; 4]) -> Setup {
    Setup {
        split: MemorySplit {
            rx: sizes,
            tx: sizes,
        },
        ..Setup::default()
    }
}

/// Numbers that look random, for lengths.
struct Lengths(u32);

impl Lengths {
    fn next(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit + 1
    }
}

/// The device sends `data` in pieces of any length up to `largest`.
fn send_all<B: Bus>(lab: &Lab<B>, handle: Handle, conn: &Conn, data: &[u8], largest: usize) {
    let mut lengths = Lengths(1);
    let mut rest = data;
    let mut received = Vec::new();
    let mut idle = 0;
    while received.len() < data.len() {
        let length = lengths.next(largest).min(rest.len());
        match lab.device().send(handle, &rest[..length], true) {
            Ok(sent) => rest = &rest[sent..],
            Err(error) => assert_eq!(error, Error::WouldBlock),
        }
        let arrived = conn.recv_all();
        idle = if arrived.is_empty() { idle + 1 } else { 0 };
        assert!(idle < 60_000, "stuck after {} bytes", received.len());
        received.extend(arrived);
        if rest.is_empty() || idle > 0 {
            lab.world.run_for(1);
        }
    }
    assert!(received == data, "the bytes differ");
}

/// The device receives `data` in pieces of any length up to `largest`.
fn receive_all<B: Bus>(lab: &Lab<B>, handle: Handle, conn: &Conn, data: &[u8], largest: usize) {
    let mut lengths = Lengths(2);
    let mut rest = data;
    let mut received = Vec::new();
    while received.len() < data.len() {
        rest = &rest[conn.send(rest)..];
        let length = lengths.next(largest);
        let piece = lab.receive(handle, length).expect("more is to come");
        assert!(!piece.is_empty(), "the end after {} bytes", received.len());
        received.extend(piece);
    }
    assert!(received == data, "the bytes differ");
}

/// Connections both ways, data both ways, ends from both sides.
fn scenario<B: Bus>(lab: &Lab<B>) {
    lab.enable().expect("the chip answers");
    let (accepted, client) = lab.accepted();
    lab.echo(accepted, &client, &pattern(10_000, 1));
    let (connected, server) = lab.connected();
    lab.echo(connected, &server, &pattern(10_000, 2));

    client.close();
    assert_eq!(lab.receive(accepted, 10), Ok(Vec::new()));
    lab.close(accepted);
    lab.close(connected);
    lab.settle();
    assert!(server.is_finished());
    server.close();
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));

    let (accepted, client) = lab.accepted();
    client.abort();
    assert_eq!(lab.receive(accepted, 10), Err(Error::ConnectionReset));
    lab.close(accepted);
    let refused = lab.device().connect(lab.tcp(), endpoint(PEER_IP, 999));
    assert_eq!(refused, Err(Error::ConnectionRefused));
    lab.assert_clean();
}

#[test]
fn every_memory_split_echoes() {
    for sizes in [
        [8, 0, 0, 0],
        [4, 4, 0, 0],
        [4, 2, 1, 1],
        [1, 1, 2, 4],
        [1, 1, 1, 1],
        [0, 0, 0, 8],
        [0, 4, 0, 4],
        [0, 2, 2, 2],
    ] {
        let lab = Lab::disabled(split(sizes));
        match lab.enable() {
            Ok(()) => {}
            // The chip has no code for a socket without memory: before one with memory it
            // cannot be had.
            Err(error) => {
                assert_eq!((error, sizes[0]), (Error::Invalid, 0), "{sizes:?}");
                continue;
            }
        }
        let listener = lab.listener(PORT, 4);
        let usable = sizes.iter().filter(|kib| **kib > 0).count();
        let sessions: Vec<_> = (0..usable)
            .map(|_| {
                let conn = lab.client();
                (lab.accept(listener).expect("a client waits"), conn)
            })
            .collect();
        assert_eq!(lab.free_sockets(), 0, "{sizes:?}");
        // Three times round the largest ring.
        for (number, (handle, conn)) in (0..).zip(&sessions) {
            lab.echo(*handle, conn, &pattern(25_000, number));
        }
        let refused = lab.peer.connect(chip_ip(), PORT);
        lab.settle();
        assert!(refused.was_reset());
        lab.assert_clean();
    }
}

#[test]
fn a_megabyte_goes_out_in_pieces_of_any_length() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    send_all(&lab, handle, &conn, &pattern(MEGABYTE, 3), 3000);
    lab.assert_clean();
}

#[test]
fn a_megabyte_comes_in_in_pieces_of_any_length() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    receive_all(&lab, handle, &conn, &pattern(MEGABYTE, 4), 3000);
    lab.assert_clean();
}

#[test]
fn small_pieces_fill_and_drain_the_smallest_rings() {
    let lab = Lab::with_setup(split([1, 1, 1, 1]));
    let (handle, conn) = lab.accepted();
    send_all(&lab, handle, &conn, &pattern(50_000, 5), 40);
    receive_all(&lab, handle, &conn, &pattern(50_000, 6), 40);
    lab.assert_clean();
}

#[test]
fn a_wire_that_loses_frames_loses_no_bytes() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.world.set_link(Link {
        loss_permille: 30,
        duplicate_permille: 20,
        reorder_permille: 20,
        ..Link::default()
    });
    send_all(&lab, handle, &conn, &pattern(60_000, 7), 3000);
    receive_all(&lab, handle, &conn, &pattern(60_000, 8), 3000);
    lab.assert_clean();
}

#[test]
fn every_reading_of_the_datasheet_gives_the_same_sockets() {
    // Six switches with two readings each, and those with more in turn.
    for bits in 0..64u32 {
        let on = |bit: u32| bits >> bit & 1 != 0;
        let styles = [ResetStyle::Rfc, ResetStyle::Zero, ResetStyle::Silent];
        let options = ChipOptions {
            seed: u64::from(bits),
            latched_registers: on(0),
            imr_gates_ir: on(1),
            random_tx_pointers: on(2),
            rx_survives_close: on(3),
            early_arp_status: on(4),
            command_time: u64::from(on(5)) * 50,
            refuse: styles[bits as usize % 3],
            stray: styles[bits as usize / 3 % 3],
            ..ChipOptions::default()
        };
        let wired = bits % 5 == 0;
        scenario(&Lab::disabled(Setup {
            options,
            wired,
            ..Setup::default()
        }));
    }
}

#[test]
fn an_embedded_hal_device_carries_the_frames() {
    let setup = Setup::default();
    let lab = Lab::over(setup, |chip| SpiBus::new(HalSpi(HalLine(chip))));
    scenario(&lab);
    assert!(lab.chip.counters().frames > 0);
}

#[test]
fn the_direct_parallel_bus_gives_the_same_sockets() {
    let lab = Lab::over(Setup::default(), |chip| DirectBus::new(DirectPins(chip)));
    scenario(&lab);
    assert_eq!(lab.chip.counters().frames, 0);
}

#[test]
fn the_indirect_parallel_bus_gives_the_same_sockets() {
    let lab = Lab::over(Setup::default(), |chip| {
        IndirectBus::new(IndirectPins(chip))
    });
    scenario(&lab);
    assert_eq!(lab.chip.counters().frames, 0);
}

#[test]
fn the_clock_may_wrap_at_any_moment() {
    for before_ms in [1, 60, 150, 400, 700, 1000] {
        let setup = Setup {
            began_ms: 0u32.wrapping_sub(before_ms),
            ..Setup::default()
        };
        scenario(&Lab::disabled(setup));
    }
}
