//! The user timeout: an end to sending that makes no progress.

mod support;

use support::threads::{self, Job};
use support::tuning::VERDICT_MS;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Handle, ready};
use w5100_sim::{ChipOptions, Conn};

const LIMIT_MS: u32 = 5000;
/// What a wait may be late by: the library's naps.
const LATE_MS: u32 = 30;

/// A connection with a user timeout, to a host with small buffers.
fn limited(lab: &Lab) -> (Handle, Conn) {
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.user_timeout = LIMIT_MS);
    (handle, conn)
}

/// It is told once, and then the connection is over.
#[track_caller]
fn assert_over(lab: &Lab, handle: Handle) {
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
    assert!(!lab.is_connected(handle));
    for _ in 0..3 {
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
        assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    }
    assert_eq!(lab.outstanding(handle), Ok(0));
}

#[test]
fn r4_a_peer_that_vanished_is_given_up_in_time() {
    let lab = Lab::new();
    let (handle, _conn) = limited(&lab);
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"nobody gets this"), Ok(16));
    let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 10));
    assert_eq!(outcome, Err(Error::TimedOut));
    assert!(
        (LIMIT_MS..LIMIT_MS + LATE_MS).contains(&elapsed),
        "{elapsed} ms"
    );
    assert_over(&lab, handle);
    lab.assert_clean();
}

#[test]
fn r4_without_it_the_chip_decides() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"nobody gets this"), Ok(16));
    let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 10));
    assert_eq!(outcome, Err(Error::TimedOut));
    assert!(
        (VERDICT_MS - 10..VERDICT_MS + LATE_MS).contains(&elapsed),
        "{elapsed} ms"
    );
    assert_over(&lab, handle);
}

#[test]
fn r4_a_window_that_stays_closed_is_no_progress() {
    let lab = Lab::new();
    let (handle, conn) = limited(&lab);
    let data = pattern(50_000, 1);
    // Both rings fill in no time.
    let (outcome, elapsed) = lab.timed(|| lab.send(handle, &data));
    let sent = outcome.expect("the rings took some");
    assert!(sent > 0 && sent < data.len(), "{sent} bytes");
    assert!(
        (LIMIT_MS..LIMIT_MS + 200).contains(&elapsed),
        "{elapsed} ms"
    );
    // The count first, and then the error.
    assert_eq!(lab.send(handle, b"x"), Err(Error::TimedOut));
    assert_over(&lab, handle);
    assert!(data.starts_with(&conn.recv_all()));
    lab.assert_clean();
}

#[test]
fn r4_without_it_a_closed_window_is_waited_for_for_ever() {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    lab.timeouts(handle, 0, 1000);
    let data = pattern(50_000, 2);
    let sent = lab.send(handle, &data).expect("the rings took some");
    lab.pass(3_600_000, 1000);
    assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
    assert!(lab.outstanding(handle).unwrap() > 0);
    let mut received = Vec::new();
    for _ in 0..60 {
        lab.world.run_for(1000);
        received.extend(conn.recv_all());
    }
    assert!(received == data[..sent]);
}

#[test]
fn r4_a_slow_peer_is_no_dead_one() {
    let lab = Lab::new();
    let (handle, conn) = limited(&lab);
    let data = pattern(12_000, 3);
    let jobs: Vec<Job<'_, Vec<u8>>> = vec![
        Box::new(|| {
            // Takes far longer than the limit, but never stands still for so long.
            let (outcome, elapsed) = lab.timed(|| lab.send(handle, &data));
            assert_eq!(outcome, Ok(data.len()));
            assert!(elapsed > 4 * LIMIT_MS, "{elapsed} ms");
            Vec::new()
        }),
        Box::new(|| {
            let mut received = Vec::new();
            while received.len() < data.len() {
                lab.world.run_for(3000);
                received.extend(conn.recv_all());
                assert!(
                    lab.world.now_ms() < 300_000,
                    "{} bytes came",
                    received.len()
                );
            }
            received
        }),
    ];
    let outcomes = threads::run(&lab.world, jobs);
    assert!(outcomes[1] == data, "the bytes differ");
    lab.settle();
    assert_eq!(lab.outstanding(handle), Ok(0));
    assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
    lab.assert_clean();
}

#[test]
fn r4_nothing_is_counted_while_nothing_is_outstanding() {
    let lab = Lab::new();
    let (handle, conn) = limited(&lab);
    for round in 0..3 {
        assert_eq!(lab.send(handle, b"acknowledged"), Ok(12));
        lab.settle();
        assert_eq!(lab.outstanding(handle), Ok(0));
        lab.peer.vanish(true);
        lab.pass(10 * LIMIT_MS, 100);
        assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
        // The clock begins with the next byte, also if nobody served the chip meanwhile.
        lab.world.run_for(10 * LIMIT_MS);
        lab.peer.vanish(round % 2 == 0);
        assert_eq!(lab.send(handle, b"late"), Ok(4));
        lab.pass(2000, 100);
        assert!(lab.is_connected(handle), "round {round}");
        lab.peer.vanish(false);
        // The chip repeats it 3 seconds after it was sent.
        lab.pass(2000, 100);
        assert_eq!(lab.outstanding(handle), Ok(0));
        assert!(conn.recv_all().ends_with(b"late"));
    }
    lab.assert_clean();
}

#[test]
fn r4_each_acknowledged_byte_begins_it_anew() {
    let lab = Lab::new();
    let (handle, _conn) = limited(&lab);
    for _ in 0..5 {
        lab.peer.vanish(true);
        assert_eq!(lab.send(handle, b"x"), Ok(1));
        lab.pass(2000, 50);
        lab.peer.vanish(false);
        // The chip repeats it 3 seconds after it was sent.
        lab.pass(2000, 50);
        assert_eq!(lab.outstanding(handle), Ok(0));
    }
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"x"), Ok(1));
    let begin = lab.world.now_ms();
    // More that is sent is no progress.
    let limit = LIMIT_MS + LATE_MS;
    let elapsed = lab.pass_until(limit, || {
        let sent = lab.device().send(handle, b"y", true);
        sent.is_err_and(|error| error != Error::WouldBlock)
    });
    assert!(elapsed + LATE_MS > LIMIT_MS, "{elapsed} ms since {begin}");
    assert_over(&lab, handle);
}

#[test]
fn r4_who_waits_is_woken() {
    let lab = Lab::new();
    let (handle, _conn) = limited(&lab);
    lab.peer.vanish(true);
    let jobs: Vec<Job<'_, (Result<usize>, u32)>> = vec![
        Box::new(|| lab.timed(|| lab.send(handle, &[1; 10_000]))),
        Box::new(|| lab.timed(|| lab.receive(handle, 10).map(|data| data.len()))),
        Box::new(|| {
            let events = ready::IN | ready::RDHUP;
            lab.timed(|| Ok(lab.poll(handle, events, None) as usize))
        }),
    ];
    let outcomes = threads::run(&lab.world, jobs);
    for (_, elapsed) in &outcomes {
        assert!((LIMIT_MS..LIMIT_MS + 200).contains(elapsed), "{elapsed} ms");
    }
    // The ring took 2048 bytes; the error is told once, by whichever call is free to.
    assert_eq!(outcomes[0].0, Ok(2048));
    assert!(
        matches!(outcomes[1].0, Err(Error::TimedOut)),
        "{:?}",
        outcomes[1].0
    );
    let revents = outcomes[2].0.unwrap() as i16;
    assert_eq!(revents & (ready::IN | ready::HUP), ready::IN | ready::HUP);
    assert_over(&lab, handle);
}

#[test]
fn r4_what_was_received_before_can_still_be_read() {
    for rx_survives_close in [true, false] {
        let lab = Lab::with_setup(Setup {
            options: ChipOptions {
                rx_survives_close,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let (handle, conn) = limited(&lab);
        assert_eq!(conn.send(b"last words"), 10);
        lab.settle();
        lab.peer.vanish(true);
        assert_eq!(lab.send(handle, b"nobody gets this"), Ok(16));
        lab.pass(LIMIT_MS + LATE_MS, 10);
        assert!(!lab.is_connected(handle));
        // Else the chip itself has thrown them away.
        if rx_survives_close {
            assert_eq!(lab.receive(handle, 4), Ok(b"last".to_vec()));
            assert_eq!(lab.receive(handle, 10), Ok(b" words".to_vec()));
        }
        assert_eq!(lab.receive(handle, 10), Err(Error::TimedOut));
        assert_over(&lab, handle);
    }
}

#[test]
fn r4_it_holds_after_either_sides_fin() {
    for ours in [true, false] {
        let lab = Lab::new();
        let (handle, conn) = limited(&lab);
        if !ours {
            conn.close();
            lab.settle();
        }
        lab.peer.vanish(true);
        assert_eq!(lab.send(handle, b"nobody gets this"), Ok(16));
        let begin = lab.world.now_ms();
        if ours {
            lab.with(|stack| stack.shutdown(handle, Direction::Write));
        }
        lab.pass_until(LIMIT_MS + LATE_MS, || lab.free_sockets() == 4);
        let elapsed = lab.world.now_ms() - begin;
        assert!(elapsed >= LIMIT_MS, "{elapsed} ms");
        assert_eq!(lab.so_error(handle), Some(Error::TimedOut));
        assert_over(&lab, handle);
    }
}

#[test]
fn r4_one_dead_peer_costs_the_others_nothing() {
    let lab = Lab::new();
    let (dead, _conn) = limited(&lab);
    let (live, live_conn) = lab.connected();
    lab.set(live, |options| options.user_timeout = LIMIT_MS);
    lab.timeouts(dead, 0, 100);
    // Reads nothing.
    assert!(lab.send(dead, &[1; 10_000]).is_ok());
    let begin = lab.world.now_ms();
    while lab.world.now_ms() - begin < 2 * LIMIT_MS {
        lab.echo(live, &live_conn, b"none of our business");
        lab.world.run_for(50);
    }
    assert_eq!(lab.receive(dead, 1), Err(Error::TimedOut));
    assert!(lab.is_connected(live));
}
