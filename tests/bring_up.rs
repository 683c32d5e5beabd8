//! Enable and disable; chips that do not answer, and chips that stop to.

mod support;

use support::*;
use w5100::chip::MemorySplit;
use w5100::error::Error;
use w5100::stack::{Kind, Stack};
use w5100_sim::ChipOptions;

/// An absent or dead chip is reported within this time.
const LIMIT_MS: u32 = 200;

fn disabled(reset_pin: bool) -> Lab {
    Lab::disabled(Setup {
        reset_pin,
        ..Setup::default()
    })
}

#[test]
fn g6_an_absent_chip_is_reported_within_200_ms() {
    for miso in [0x00, 0xFF] {
        for reset_pin in [false, true] {
            let lab = disabled(reset_pin);
            lab.chip.with(|chip| chip.faults_mut().absent = Some(miso));
            let (outcome, elapsed) = lab.timed(|| lab.enable());
            assert_eq!(outcome, Err(Error::NetworkDown), "MISO {miso:02X}");
            assert!(elapsed <= LIMIT_MS, "{elapsed} ms");

            // The device can be tried again, and is not enabled meanwhile.
            let socket = lab.device().with(|stack| stack.socket(Kind::Tcp));
            assert_eq!(socket, Err(Error::NetworkDown));
            lab.chip.with(|chip| chip.faults_mut().absent = None);
            assert_eq!(lab.enable(), Ok(()));
        }
    }
}

#[test]
fn g6_a_chip_held_in_reset_is_reported_within_200_ms() {
    let lab = disabled(false);
    lab.chip.reset(true);
    let (outcome, elapsed) = lab.timed(|| lab.enable());
    assert_eq!(outcome, Err(Error::NetworkDown));
    assert!(elapsed <= LIMIT_MS, "{elapsed} ms");
}

#[test]
fn g6_a_chip_that_needs_its_time_after_reset_is_waited_for() {
    // The PLL takes 10 ms (datasheet, "Reset timing"); the chip shows 00 or MR.RST meanwhile.
    for milliseconds in [1, 10, 20, 50] {
        for reset_pin in [false, true] {
            let lab = Lab::with_setup(Setup {
                options: ChipOptions {
                    reset_time: milliseconds * 1000,
                    ..ChipOptions::default()
                },
                reset_pin,
                ..Setup::default()
            });
            let (handle, conn) = lab.accepted();
            lab.echo(handle, &conn, b"up");
        }
    }
}

#[test]
fn g6_a_chip_that_takes_no_commands_is_reported_within_200_ms() {
    let lab = Lab::new();
    lab.chip.with(|chip| chip.faults_mut().hung = true);
    let handle = lab.tcp();
    let (outcome, elapsed) = lab.timed(|| lab.connect(handle));
    assert_eq!(outcome, Err(Error::NetworkDown));
    assert!(elapsed <= LIMIT_MS, "{elapsed} ms");
    let datagram = lab.udp();
    let (outcome, elapsed) = lab.timed(|| lab.bind(datagram, 9));
    assert_eq!(outcome, Err(Error::NetworkDown));
    assert!(elapsed <= LIMIT_MS, "{elapsed} ms");
}

#[test]
fn g6_addresses_are_set_and_read_back() {
    let lab = Lab::new();
    let (network, dns) = lab.with(|stack| stack.network());
    assert_eq!(network, lab.network());
    assert_eq!(dns, DNS);
    // What the chip holds, by the register map: GAR, SUBR, SHAR, SIPR.
    let bytes = |range: std::ops::Range<u16>| -> Vec<u8> {
        lab.chip
            .with(|chip| range.map(|register| chip.peek(register)).collect())
    };
    assert_eq!(bytes(0x0001..0x0005), GATEWAY);
    assert_eq!(bytes(0x0005..0x0009), MASK);
    assert_eq!(bytes(0x0009..0x000F), MAC);
    assert_eq!(bytes(0x000F..0x0013), CHIP_IP);

    let other = address([192, 168, 1, 202], [0x02, 0, 0, 0, 0, 9]);
    lab.with(|stack| stack.set_address(&other, [9, 9, 9, 9]));
    let (network, dns) = lab.with(|stack| stack.network());
    assert_eq!((network.address, dns), (other, [9, 9, 9, 9]));
    assert_eq!(bytes(0x000F..0x0013), other.ip);

    lab.listener(PORT, 1);
    let conn = lab.peer.connect(other.ip.into(), PORT);
    lab.settle();
    assert!(conn.is_open());
}

#[test]
fn g6_a_configuration_that_cannot_be_is_refused() {
    let lab = disabled(true);
    let refused = |change: &dyn Fn(&mut w5100::chip::Network)| {
        let mut network = lab.network();
        change(&mut network);
        let outcome = lab.device().with(|stack| stack.enable(&network, DNS, 1));
        assert_eq!(outcome, Err(Error::Invalid), "{network:?}");
    };
    refused(&|network| network.address.mac = [0; 6]);
    refused(&|network| network.address.mac = [0xFF; 6]);
    for rx in [[8, 1, 0, 0], [3, 1, 1, 1], [4, 4, 1, 0], [2, 2, 2, 16]] {
        refused(&|network| network.split = MemorySplit { rx, tx: [2; 4] });
        refused(&|network| network.split = MemorySplit { rx: [2; 4], tx: rx });
    }
    assert_eq!(lab.enable(), Ok(()));
}

#[test]
fn enable_twice_is_refused_and_changes_nothing() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(lab.enable(), Err(Error::Already));
    lab.echo(handle, &conn, b"undisturbed");
}

#[test]
fn disable_ends_all_handles_for_ever() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    let listener = lab.listener(PORT, 1);
    lab.with(Stack::disable);
    for old in [handle, listener] {
        assert_eq!(lab.send(old, b"x"), Err(Error::BadHandle));
        let closed = lab.device().with(|stack| stack.close(old));
        assert_eq!(closed, Err(Error::BadHandle));
    }
    assert_eq!(lab.device().with(Stack::disable), Err(Error::NetworkDown));
    assert_eq!(lab.enable(), Ok(()));
    for old in [handle, listener] {
        assert_eq!(lab.send(old, b"x"), Err(Error::BadHandle));
    }
    let (handle, conn) = lab.accepted();
    lab.echo(handle, &conn, b"up again");
}
