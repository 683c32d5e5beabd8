//! SO_KEEPALIVE: probes that the library has the chip send, and what comes of them.

mod support;

use support::tuning::{VERDICT_MS, from_chip};
use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, Options};
use w5100_sim::{Conn, Service};

/// What every connection here has sent: no probe has this length.
const GREETING: &[u8] = b"hello";
/// Between two service steps of a program that is busy elsewhere.
const STEP_MS: u32 = 50;
const HOUR_MS: u32 = 3_600_000;

fn keepalive(idle: u16, interval: u16, count: u8) -> Options {
    Options {
        keepalive: true,
        keep_idle: idle,
        keep_interval: interval,
        keep_count: count,
        ..Options::DEFAULT
    }
}

/// A connection on which the device has sent, all acknowledged, and when.
fn greeted(lab: &Lab, options: Options) -> (Handle, Conn, u32) {
    let (handle, conn) = lab.accepted();
    lab.set(handle, |own| *own = options);
    assert_eq!(lab.send(handle, GREETING), Ok(GREETING.len()));
    let begin = lab.world.now_ms();
    lab.settle();
    assert_eq!(conn.recv_all(), GREETING);
    lab.world.record(true);
    (handle, conn, begin)
}

/// When the chip sent probes, each a single byte, since the last call; milliseconds since `begin`.
fn probes(lab: &Lab, begin: u32) -> Vec<u32> {
    let sent = from_chip(&lab.world);
    let probes = sent.iter().filter(|segment| segment.length == 1);
    probes.map(|segment| segment.at_ms - begin).collect()
}

/// Each of `times` is one of the `expected`, or up to a step later.
#[track_caller]
fn assert_times(times: &[u32], expected: &[u32]) {
    let late = |(time, due): (&u32, &u32)| time.checked_sub(*due).is_some_and(|l| l <= 4 * STEP_MS);
    assert!(
        times.len() == expected.len() && times.iter().zip(expected).all(late),
        "{times:?}, expected {expected:?}"
    );
}

#[test]
fn n15_a_dead_peer_is_found() {
    // Idle, interval, count; and the seconds until the last probe of the first round goes out, or
    // the one whose repetitions end before there is another.
    for (idle, interval, count, last) in [
        (60, 75, 9, 60),
        (60, 10, 3, 80),
        (1, 1, 1, 1),
        (1, 1, 127, 127),
        (2, 3, 40, 119),
        (5, 32, 5, 5),
        (5, 31, 3, 67),
    ] {
        let lab = Lab::new();
        let options = keepalive(idle, interval, count);
        let (handle, _conn, begin) = greeted(&lab, options);
        lab.peer.vanish(true);
        assert_eq!(lab.receive(handle, 1), Err(Error::TimedOut));
        let elapsed = lab.world.now_ms() - begin;
        let expected = last * 1000 + VERDICT_MS;
        // Each probe waits for a nap of the library's.
        let late = u32::from(count) * 10 + 500;
        assert!(
            (expected - 10..expected + late).contains(&elapsed),
            "{idle} {interval} {count}: {elapsed}, expected {expected} ms"
        );
        assert_eq!(lab.free_sockets(), 4);
        assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
        lab.assert_clean();
    }
}

#[test]
fn n15_without_it_a_dead_peer_is_never_found() {
    let lab = Lab::new();
    let options = Options {
        keepalive: false,
        ..keepalive(1, 1, 1)
    };
    let (handle, _conn, begin) = greeted(&lab, options);
    lab.peer.vanish(true);
    lab.pass(3 * HOUR_MS, 1000);
    assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
    assert!(lab.is_connected(handle));
    assert_times(&probes(&lab, begin), &[]);
}

#[test]
fn n15_it_is_off_at_first_and_then_two_hours_of_silence_are_granted() {
    let lab = Lab::new();
    let (handle, _conn, _) = greeted(&lab, Options::DEFAULT);
    assert!(!lab.with(|stack| Ok(stack.settings(handle)?.options().keepalive)));
    lab.set(handle, |options| options.keepalive = true);
    assert_eq!(lab.send(handle, GREETING), Ok(GREETING.len()));
    let begin = lab.world.now_ms();
    let step = 4 * STEP_MS;
    lab.pass(2 * HOUR_MS + 5 * 75_000 - 2000, step);
    // RFC 1122, 4.2.3.6, and then every 75 seconds.
    let expected = [0, 1, 2, 3, 4].map(|probe| 2 * HOUR_MS + probe * 75_000);
    let times = probes(&lab, begin);
    assert_eq!(times.len(), expected.len(), "{times:?}");
    for (probe, (time, due)) in (1..).zip(times.iter().zip(expected)) {
        assert!((due..=due + probe * step).contains(time), "{times:?}");
    }
}

#[test]
fn n15_probes_go_out_after_idle_and_then_at_each_interval_count_times() {
    let lab = Lab::new();
    let (handle, _conn, begin) = greeted(&lab, keepalive(10, 2, 3));
    lab.pass(10_000 + 2 * 2000 + VERDICT_MS, STEP_MS);
    // The peer answers each.
    assert_times(&probes(&lab, begin), &[10_000, 12_000, 14_000]);

    // It is there, so another round follows, though not before the chip had its time.
    lab.pass(15_000, STEP_MS);
    let next = 14_000 + VERDICT_MS + 10_000;
    assert_times(&probes(&lab, begin + next), &[0, 2000, 4000]);
    assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
    lab.assert_clean();
}

#[test]
fn n15_a_live_peer_that_is_silent_keeps_the_connection() {
    for (idle, interval, count) in [(5, 1, 127), (1, 1, 1), (60, 10, 6)] {
        let lab = Lab::new();
        let (handle, conn, begin) = greeted(&lab, keepalive(idle, interval, count));
        lab.pass(3 * HOUR_MS, 200);
        assert!(!probes(&lab, begin).is_empty());
        assert_eq!(lab.receive_now(handle, 1), Err(Error::WouldBlock));
        // The probes were no data.
        assert_eq!(conn.received(), GREETING.len() as u64);
        lab.echo(handle, &conn, b"still here");
        lab.assert_clean();
    }
}

#[test]
fn n15_traffic_in_either_direction_begins_the_silence_anew() {
    let lab = Lab::new();
    let (handle, conn, begin) = greeted(&lab, keepalive(10, 2, 3));
    for _ in 0..10 {
        lab.pass(9000, STEP_MS);
        assert_eq!(conn.send(GREETING), GREETING.len());
        lab.pass(STEP_MS, STEP_MS);
        assert_eq!(lab.receive_now(handle, 10), Ok(GREETING.to_vec()));
        lab.pass(9000, STEP_MS);
        assert_eq!(lab.send(handle, GREETING), Ok(GREETING.len()));
    }
    assert_times(&probes(&lab, begin), &[]);
    let last = lab.world.now_ms();
    lab.pass(13_000, STEP_MS);
    assert_times(&probes(&lab, last), &[10_000, 12_000]);
    // In the midst of a round, too.
    assert_eq!(lab.send(handle, GREETING), Ok(GREETING.len()));
    let last = lab.world.now_ms();
    lab.pass(11_000, STEP_MS);
    assert_times(&probes(&lab, last), &[10_000]);
    lab.assert_clean();
}

#[test]
fn n15_there_is_no_probe_before_the_first_byte_was_sent() {
    let lab = Lab::new();
    for (handle, conn) in [lab.accepted(), lab.connected()] {
        lab.set(handle, |options| *options = keepalive(1, 1, 3));
        lab.world.record(true);
        lab.pass(60_000, STEP_MS);
        // What comes in changes nothing.
        assert_eq!(conn.send(GREETING), GREETING.len());
        lab.pass(60_000, STEP_MS);
        assert_times(&probes(&lab, 0), &[]);
        assert_eq!(lab.receive_now(handle, 10), Ok(GREETING.to_vec()));
    }
    // The chip has no meaning for SEND_KEEP then.
    lab.assert_clean();
}

#[test]
fn n15_there_is_no_probe_while_bytes_are_unacknowledged_or_after_the_fin() {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn, _) = greeted(&lab, keepalive(1, 1, 3));
    lab.timeouts(handle, 0, 1000);
    assert!(lab.send(handle, &[1; 10_000]).is_ok());
    // The window is closed, which the chip looks after.
    lab.pass(60_000, STEP_MS);
    conn.set_service(Service::Discard);
    lab.pass(60_000, STEP_MS);
    assert_eq!(lab.outstanding(handle), Ok(0));
    conn.set_service(Service::Manual);
    let shutdown = |stack: &mut w5100::stack::Stack<_, _>| {
        stack.shutdown(handle, w5100::stack::Direction::Write)
    };
    lab.with(shutdown);
    lab.pass(60_000, STEP_MS);
    assert_eq!(conn.send(GREETING), GREETING.len());
    lab.pass(STEP_MS, STEP_MS);
    assert_eq!(lab.receive_now(handle, 10), Ok(GREETING.to_vec()));
    lab.assert_clean();
}

#[test]
fn n15_a_dead_peer_is_found_after_its_fin_too() {
    let lab = Lab::new();
    let (handle, conn, _) = greeted(&lab, keepalive(10, 5, 2));
    conn.close();
    lab.settle();
    lab.peer.vanish(true);
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    let begin = lab.world.now_ms();
    lab.pass(10_000 + 5000 + VERDICT_MS + 500, STEP_MS);
    assert_eq!(
        lab.send(handle, b"x"),
        Err(Error::TimedOut),
        "since {begin}"
    );
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn n15_accepted_sockets_inherit_it() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 1);
    lab.set(listener, |options| *options = keepalive(10, 2, 1));
    let conn = lab.client();
    let handle = lab.accept(listener).unwrap();
    assert_eq!(lab.send(handle, GREETING), Ok(GREETING.len()));
    let begin = lab.world.now_ms();
    lab.world.record(true);
    lab.pass(12_000, STEP_MS);
    assert_times(&probes(&lab, begin), &[10_000]);
    drop(conn);
}

#[test]
fn n15_it_costs_no_frame_while_it_is_off_or_not_due() {
    let frames = |options| {
        let lab = Lab::new();
        let (_handle, _conn, _) = greeted(&lab, options);
        let before = lab.chip.counters().frames;
        for _ in 0..100 {
            lab.world.run_for(100);
            lab.service();
        }
        lab.chip.counters().frames - before
    };
    let off = frames(Options::DEFAULT);
    assert_eq!(frames(keepalive(60, 10, 3)), off);
    // Each looks at the common IR, and twice a second at a little more.
    assert!((100..500).contains(&off), "{off} frames");
}
