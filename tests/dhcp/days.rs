//! What takes days, on the virtual clock.

use smoltcp::wire::DhcpMessageType::{Discover, Request};
use w5100::error::Error;
use w5100::services::dhcp::{FOREVER, State};
use w5100::stack::DhcpSettings;

use crate::server::{LEASED, Server, own_ip, start, state};
use crate::support::*;

const SECOND_MS: u32 = 1000;
const DAY_S: u32 = 24 * 3600;
const DAY_MS: u32 = DAY_S * SECOND_MS;
const HOUR_MS: u32 = 3600 * SECOND_MS;
/// A program that has nothing else to do serves the chip so often.
const STEP_MS: u32 = SECOND_MS;

/// A device whose clock wraps after so many days.
fn wrapping_after(days: u32) -> Lab {
    Lab::with_setup(Setup {
        began_ms: 0u32.wrapping_sub(days * DAY_MS),
        ..Setup::default()
    })
}

/// A client that has its lease of so many seconds.
#[track_caller]
fn bound(lab: &Lab, seconds: u32) -> Server<'_> {
    let mut server = Server::new(lab);
    server.seconds = seconds;
    start(lab, &DhcpSettings::default()).expect("there is hardware");
    server.pass(500);
    assert_eq!((state(lab), own_ip(lab)), (State::Bound, LEASED));
    server.heard.clear();
    server.heard_ms.clear();
    server
}

/// Milliseconds between one message and the next.
fn pauses(server: &Server<'_>) -> Vec<u32> {
    let times = server.heard_ms.windows(2);
    times.map(|two| two[1].wrapping_sub(two[0])).collect()
}

#[test]
fn a_lease_of_a_day_is_renewed_for_a_week_and_a_connection_goes_on() {
    let lab = wrapping_after(3);
    let mut server = bound(&lab, DAY_S);
    let listener = lab.listener(PORT, 1);
    let conn = lab.peer.connect(LEASED.into(), PORT);
    lab.settle();
    let handle = lab.accept(listener).expect("a client waits");
    server.pass_in(HOUR_MS, STEP_MS);
    for day in 1..=7 {
        server.pass_in(DAY_MS, STEP_MS);
        assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
        lab.echo(handle, &conn, &pattern(3000, day));
    }
    // Twice a day, at half of the lease.
    assert_eq!(server.heard, [Request; 14]);
    for pause in pauses(&server) {
        let late = pause - DAY_MS / 2;
        assert!(late <= 3 * STEP_MS, "{late} ms");
    }
    lab.assert_clean();
}

/// 49.7 days after it began a clock of milliseconds shows what it has shown before.
#[test]
fn a_lease_for_ever_is_kept_over_two_wraps_of_the_clock() {
    let lab = wrapping_after(1);
    let mut server = bound(&lab, FOREVER);
    for _ in 0..60 {
        server.pass_in(DAY_MS, 60 * SECOND_MS);
        let left = lab.with(|stack| Ok(stack.dhcp_state().2));
        assert_eq!((state(&lab), left), (State::Bound, FOREVER));
    }
    assert_eq!((server.heard.len(), own_ip(&lab)), (0, LEASED));
}

#[test]
fn a_lease_of_a_month_is_renewed_over_the_wrap_of_the_clock() {
    let lab = wrapping_after(10);
    let mut server = bound(&lab, 30 * DAY_S);
    server.pass_in(HOUR_MS, STEP_MS);
    for day in 1..=46 {
        server.pass_in(DAY_MS, 10 * SECOND_MS);
        assert_eq!(server.heard.len(), day / 15, "day {day}");
        assert_eq!(own_ip(&lab), LEASED);
    }
}

#[test]
fn without_any_server_the_pauses_grow_and_the_messages_of_a_day_are_few() {
    let lab = wrapping_after(0);
    let mut server = Server::new(&lab);
    server.silent = true;
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    server.pass(300 * SECOND_MS);
    // RFC 2131, 4.1: each a second more or less; and two steps.
    let first = pauses(&server);
    let shortest = [3, 7, 15, 31, 63, 63].map(|pause| pause * SECOND_MS);
    let jitter: Vec<_> = first
        .iter()
        .zip(shortest)
        .map(|(pause, least)| pause - least)
        .collect();
    assert!(
        jitter.iter().all(|part| *part <= 2 * SECOND_MS + 20),
        "{first:?}"
    );
    // Lest many boards ask in step.
    let spread = jitter.iter().max().expect("some") - jitter.iter().min().expect("some");
    assert!(spread > SECOND_MS / 2, "{jitter:?}");
    let begun = server.heard.len();
    server.pass_in(DAY_MS, 500);
    let later = server.heard.len() - begun;
    let (fewest, most) = (DAY_S / 66, DAY_S / 63 + 1);
    assert!((fewest..=most).contains(&(later as u32)), "{later}");
    assert!(server.heard.iter().all(|kind| *kind == Discover));
    server.silent = false;
    server.pass(70 * SECOND_MS);
    assert_eq!(own_ip(&lab), LEASED);
    lab.assert_clean();
}

/// When a lease is asked for again if nobody answers, by RFC 2131, 4.4.5: half of what is left
/// until T2, then until the end, but no less than a minute.
fn schedule(lease: u32) -> Vec<u32> {
    let t2 = lease / 8 * 7;
    let (mut at, mut end) = (lease / 2, t2);
    let mut times = Vec::new();
    while at < lease {
        times.push(at);
        at += ((end - at) / 2).max(60);
        if end == t2 && at >= t2 {
            (at, end) = (t2, lease);
        }
    }
    times
}

#[test]
fn a_server_that_is_gone_is_asked_at_half_of_what_is_left() {
    // No time falls close to T2 or to the end.
    const LEASE_S: u32 = 100_000;
    let lab = wrapping_after(0);
    let mut server = bound(&lab, LEASE_S);
    let begun = lab.world.now_ms();
    server.silent = true;
    server.pass_in(LEASE_S * SECOND_MS - 10 * SECOND_MS, STEP_MS);
    assert_eq!(own_ip(&lab), LEASED, "to its very end");
    let heard: Vec<_> = server
        .heard_ms
        .iter()
        .map(|at| (at - begun) / SECOND_MS)
        .collect();
    let expected = schedule(LEASE_S);
    assert_eq!(heard.len(), expected.len(), "{heard:?}, {expected:?}");
    for (at, due) in heard.iter().zip(expected) {
        // Steps, and their halves and quarters in all that follows.
        assert!((due..=due + 6).contains(at), "{at}, {due}: {heard:?}");
    }
    server.pass_in(12 * SECOND_MS, STEP_MS);
    assert_eq!(own_ip(&lab), [0; 4]);
}

/// Nobody has called the library for longer than the lease is good for.
#[test]
fn a_program_that_slept_past_the_end_of_its_lease_has_no_address() {
    let lab = wrapping_after(1);
    let mut server = bound(&lab, DAY_S);
    let listener = lab.listener(PORT, 1);
    let _conn = lab.peer.connect(LEASED.into(), PORT);
    lab.settle();
    let handle = lab.accept(listener).expect("a client waits");
    lab.world.run_for(2 * DAY_MS);
    lab.service();
    assert_eq!(own_ip(&lab), [0; 4]);
    assert_eq!(lab.receive_now(handle, 1), Err(Error::ConnectionAborted));
    server.pass(10 * SECOND_MS);
    assert_eq!(server.heard, [Discover, Request]);
    assert_eq!(own_ip(&lab), LEASED);
}
