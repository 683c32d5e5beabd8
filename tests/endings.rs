//! Connections that end before the library has looked: what it then asks of the chip, and what
//! it tells.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use support::bus::{hooked, register};
use support::threads::{self, Job};
use support::*;
use w5100::bus::Bus;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Handle};
use w5100_sim::{ChipHandle, ChipOptions, Conn};

/// Sn_SR of the hardware socket whose registers are there.
fn status(high: u8) -> u16 {
    u16::from_be_bytes([high, 0x03])
}

/// A chip that ignores RECV once a connection is over, and the number of those it was given.
fn deaf_when_closed() -> (Lab<impl Bus>, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let given = count.clone();
    let lab = hooked(Setup::default(), move |chip: &ChipHandle, frame| {
        let [0xF0, high @ 4..=7, 0x01, 0x40] = frame else {
            return true;
        };
        let open = register(chip, status(high)) != 0;
        given.fetch_add(u32::from(!open), Ordering::SeqCst);
        open
    });
    (lab, count)
}

#[test]
fn what_is_unread_after_a_reset_is_read_once_and_the_chip_is_given_no_recv() {
    // In pieces that leave something, in one that takes all, and in one that asks for more.
    for piece in [1, 5, 8, 100] {
        let (lab, given) = deaf_when_closed();
        let (handle, conn) = lab.accepted();
        conn.send(b"abcdefgh");
        lab.settle();
        conn.abort();
        lab.settle();
        let mut data = Vec::new();
        let error = loop {
            match lab.receive_now(handle, piece) {
                Ok(more) => data.extend(more),
                Err(error) => break error,
            }
            assert!(data.len() <= 8, "{data:?}");
        };
        assert_eq!(
            (&data[..], error),
            (&b"abcdefgh"[..], Error::ConnectionReset)
        );
        for _ in 0..2 {
            assert_eq!(lab.receive_now(handle, piece), Ok(Vec::new()));
        }
        assert_eq!(given.load(Ordering::SeqCst), 0);
        assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    }
}

/// The chip has a byte that is never acknowledged, and then a reset that nobody has seen.
fn reset_unseen(linger: Option<u16>) -> (Lab, Handle, Conn) {
    let lab = Lab::new();
    let (handle, conn) = lab.connected();
    lab.set(handle, |options| options.linger = linger);
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"never"), Ok(5));
    lab.peer.vanish(false);
    conn.abort();
    lab.world.run_for(5);
    (lab, handle, conn)
}

#[test]
fn a_close_that_lingers_does_not_call_a_reset_a_success() {
    let (lab, handle, conn) = reset_unseen(Some(3));
    assert_eq!(lab.device().close(handle), Err(Error::ConnectionAborted));
    assert_eq!(conn.recv_all(), b"");
    lab.settle();
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn a_close_in_the_background_frees_what_was_reset() {
    let (lab, handle, _conn) = reset_unseen(None);
    assert_eq!(lab.device().close(handle), Ok(()));
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
}

/// A FIN that waits for an ACK that never comes, and bytes that nobody reads.
fn fin_wanted(rx_survives_close: bool, user_timeout: u32) -> (Lab, Handle, Conn) {
    let options = ChipOptions {
        rx_survives_close,
        ..ChipOptions::default()
    };
    let lab = Lab::with_setup(Setup {
        options,
        ..Setup::default()
    });
    let (handle, conn) = lab.connected();
    lab.set(handle, |options| options.user_timeout = user_timeout);
    conn.send(b"unread");
    lab.settle();
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"never"), Ok(5));
    lab.with(|stack| stack.shutdown(handle, Direction::Write));
    (lab, handle, conn)
}

/// The end is told once, after the data if the chip kept them, and the chip was not misused.
#[track_caller]
fn ends_with(lab: &Lab, handle: Handle, kept: bool, error: Error) {
    if kept {
        assert_eq!(lab.receive_now(handle, 100), Ok(b"unread".to_vec()));
    }
    assert_eq!(lab.receive_now(handle, 100), Err(error));
    assert_eq!(lab.receive_now(handle, 100), Ok(Vec::new()));
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    lab.assert_clean();
}

#[test]
fn no_fin_is_asked_of_a_connection_that_was_reset() {
    for kept in [false, true] {
        let (lab, handle, conn) = fin_wanted(kept, 0);
        lab.peer.vanish(false);
        conn.abort();
        lab.pass(300, 50);
        ends_with(&lab, handle, kept, Error::ConnectionReset);
    }
}

#[test]
fn no_fin_is_asked_of_a_connection_that_was_given_up() {
    for kept in [false, true] {
        let (lab, handle, _conn) = fin_wanted(kept, 1000);
        lab.pass(3000, 50);
        ends_with(&lab, handle, kept, Error::TimedOut);
    }
}

#[test]
fn a_connection_whose_fin_is_acknowledged_has_ended_well_though_the_chip_is_reset() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.linger = Some(20));
    assert_eq!(lab.send(handle, b"all of it"), Ok(9));
    let jobs: Vec<Job<'_, Result<()>>> = vec![
        Box::new(|| lab.device().close(handle)),
        Box::new(|| {
            // The peer has it all and the FIN, and keeps its own end open.
            lab.world.run_for(1000);
            assert_eq!(conn.recv_all(), b"all of it");
            lab.chip.with(|chip| chip.faults_mut().reset_now = true);
            Ok(())
        }),
    ];
    let (outcomes, elapsed) = lab.timed(|| threads::run(&lab.world, jobs));
    assert_eq!(outcomes[0], Ok(()));
    assert!((1000..2000).contains(&elapsed), "{elapsed} ms");
}
