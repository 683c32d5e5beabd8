//! Closing: linger in its three forms, and what becomes of the hardware.

mod support;

use support::threads::{self, Job};
use support::tuning::{VERDICT_MS, from_chip, segments};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::Handle;
use w5100_sim::{ChipOptions, Conn, ResetStyle, TcpState};

/// A call that does not wait takes some frames on the bus, and no more.
const AT_ONCE_MS: u32 = 5;
/// What a wait may be late by: a nap of the library's.
const LATE_MS: u32 = 15;

/// The host answers no more.
fn vanished(lab: &Lab, _: &Conn) {
    lab.peer.vanish(true);
}

/// The host's program reads no more, and its window is closed.
fn stopped(lab: &Lab, _: &Conn) {
    lab.settle();
}

/// A connection whose bytes will not all be acknowledged.
fn stuck(linger: Option<u16>, how: fn(&Lab, &Conn)) -> (Lab, Handle, Conn) {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.linger = linger);
    lab.nonblocking(handle);
    for _ in 0..10 {
        // Until both rings are full.
        let _ = lab.send(handle, &[7; 700]);
        lab.settle();
    }
    how(&lab, &conn);
    lab.with(|stack| {
        stack.settings(handle)?.nonblocking = false;
        Ok(())
    });
    (lab, handle, conn)
}

#[test]
fn r6_linger_zero_frees_the_hardware_at_once_and_sends_nothing() {
    for stray in [ResetStyle::Rfc, ResetStyle::Zero, ResetStyle::Silent] {
        let lab = Lab::with_setup(Setup {
            options: ChipOptions {
                stray,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let (handle, conn) = lab.accepted();
        lab.set(handle, |options| options.linger = Some(0));
        lab.world.record(true);
        let (outcome, elapsed) = lab.close_timed(handle);
        assert_eq!(outcome, Ok(()));
        assert!(elapsed < AT_ONCE_MS, "{elapsed} ms");
        assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
        lab.settle();
        assert!(segments(&lab.world).is_empty(), "something was sent");
        assert_eq!(conn.state(), TcpState::Established);

        // The peer learns of it with its next segment, if the chip answers strays.
        assert_eq!(conn.send(b"hello?"), 6);
        lab.settle();
        let reset = from_chip(&lab.world).iter().any(|segment| segment.rst);
        assert_eq!(reset, stray != ResetStyle::Silent, "{stray:?}");
        let expected = match stray {
            ResetStyle::Rfc => TcpState::Closed,
            // Numbers that are not its own do not impress it.
            ResetStyle::Zero | ResetStyle::Silent => TcpState::Established,
        };
        assert_eq!(conn.state(), expected, "{stray:?}");
        lab.assert_clean();
    }
}

#[test]
fn r6_linger_zero_frees_the_hardware_though_bytes_are_on_their_way() {
    for how in [vanished, stopped] {
        let (lab, handle, _conn) = stuck(Some(0), how);
        lab.world.record(true);
        let (outcome, elapsed) = lab.close_timed(handle);
        assert_eq!(outcome, Ok(()));
        assert!(elapsed < AT_ONCE_MS, "{elapsed} ms");
        assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
        lab.pass(60_000, 100);
        assert!(from_chip(&lab.world).iter().all(|segment| !segment.fin));
        lab.assert_clean();
    }
}

#[test]
fn r6_without_linger_close_returns_at_once_and_all_bytes_arrive() {
    let lab = Lab::new();
    lab.peer.ack_delay(Some(50));
    let (handle, conn) = lab.accepted();
    let data = pattern(2000, 1);
    assert_eq!(lab.send(handle, &data), Ok(data.len()));
    let (outcome, elapsed) = lab.close_timed(handle);
    assert_eq!(outcome, Ok(()));
    assert!(elapsed < AT_ONCE_MS, "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 3);
    lab.settle();
    assert!(conn.recv_all() == data);
    assert!(conn.is_finished());
    conn.close();
    lab.settle();
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn r6_linger_waits_until_all_is_acknowledged_and_the_connection_over() {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.linger = Some(60));
    let data = pattern(6000, 2);
    let jobs: Vec<Job<'_, (Vec<u8>, u32)>> = vec![
        Box::new(|| {
            assert_eq!(lab.send(handle, &data), Ok(data.len()));
            assert_eq!(lab.device().close(handle), Ok(()));
            let now = lab.world.now_ms();
            assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
            (Vec::new(), now)
        }),
        Box::new(|| {
            // A slow reader, who takes its time with its own end too.
            let mut received = Vec::new();
            while !conn.is_finished() {
                received.extend(conn.recv_all());
                lab.world.run_for(100);
                assert!(lab.world.now_ms() < 60_000, "the end never comes");
            }
            lab.world.run_for(3000);
            let now = lab.world.now_ms();
            conn.close();
            (received, now)
        }),
    ];
    let mut outcomes = threads::run(&lab.world, jobs);
    let (received, ended) = outcomes.pop().unwrap();
    let (_, closed) = outcomes.pop().unwrap();
    assert!(received == data, "the bytes differ");
    assert!(
        (ended..ended + LATE_MS).contains(&closed),
        "{ended} {closed}"
    );
    lab.assert_clean();
}

#[test]
fn r6_linger_gives_up_when_its_time_is_over() {
    for how in [vanished, stopped] {
        for seconds in [1u16, 3, 25] {
            let (lab, handle, _conn) = stuck(Some(seconds), how);
            lab.world.record(true);
            let (outcome, elapsed) = lab.close_timed(handle);
            assert_eq!(outcome, Err(Error::WouldBlock));
            let limit = u32::from(seconds) * 1000;
            assert!(
                (limit..limit + LATE_MS).contains(&elapsed),
                "{elapsed} of {limit} ms"
            );
            assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
            lab.settle();
            // Dropped silently.
            let segments = from_chip(&lab.world);
            assert!(segments.iter().all(|segment| !segment.fin && !segment.rst));
            lab.assert_clean();
        }
    }
}

#[test]
fn r6_linger_waits_for_a_peer_that_does_not_close_its_end() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.linger = Some(2));
    assert_eq!(lab.send(handle, b"all of it"), Ok(9));
    let (outcome, elapsed) = lab.close_timed(handle);
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((2000..2000 + LATE_MS).contains(&elapsed), "{elapsed} ms");
    assert_eq!(conn.recv_all(), b"all of it");
    assert!(conn.is_finished());
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
}

#[test]
fn r6_a_connection_that_breaks_ends_the_linger() {
    // The chip gives up.
    let (lab, handle, _conn) = stuck(Some(60), vanished);
    let (outcome, elapsed) = lab.close_timed(handle);
    assert_eq!(outcome, Err(Error::ConnectionAborted));
    assert!(elapsed <= VERDICT_MS + LATE_MS, "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 4);

    // The peer resets; the chip is reset, which a waiting task sees twice a second.
    type Break = fn(&Lab, &Conn);
    let breaks: [(Break, u32); 2] = [
        (|_, conn| conn.abort(), LATE_MS),
        (
            |lab, _| lab.chip.with(|chip| chip.faults_mut().reset_now = true),
            1000,
        ),
    ];
    for (end, late) in breaks {
        let (lab, handle, conn) = stuck(Some(60), stopped);
        let jobs: Vec<Job<'_, (Result<()>, u32)>> = vec![
            Box::new(|| lab.close_timed(handle)),
            Box::new(|| {
                lab.world.run_for(1000);
                end(&lab, &conn);
                (Ok(()), 0)
            }),
        ];
        let (outcome, elapsed) = threads::run(&lab.world, jobs)[0];
        assert_eq!(outcome, Err(Error::ConnectionAborted));
        assert!((990..1000 + late).contains(&elapsed), "{elapsed} ms");
        assert_eq!(lab.free_sockets(), 4);
    }
}

#[test]
fn r6_a_nonblocking_socket_does_not_wait_and_its_orphan_has_the_linger_time() {
    for (linger, limit) in [(Some(2), 2000), (Some(20), 20_000), (None, 10_000)] {
        for blocking in [false, true] {
            // One that waits is shown above.
            if blocking && linger.is_some() {
                continue;
            }
            let (lab, handle, _conn) = stuck(linger, stopped);
            if !blocking {
                lab.nonblocking(handle);
            }
            let (outcome, elapsed) = lab.close_timed(handle);
            assert_eq!(outcome, Ok(()));
            assert!(elapsed < AT_ONCE_MS, "{elapsed} ms");
            lab.pass(limit - 50, 10);
            assert_eq!(lab.free_sockets(), 3, "before {limit} ms");
            lab.pass(70, 10);
            assert_eq!((lab.free_sockets(), lab.statuses()), (4, [0; 4]));
        }
    }
}

#[test]
fn r6_the_handle_is_dead_from_the_start_of_a_lingering_close() {
    let (lab, handle, _conn) = stuck(Some(5), stopped);
    let jobs: Vec<Job<'_, (Result<()>, u32)>> = vec![
        Box::new(|| {
            lab.world.run_for(100);
            lab.close_timed(handle)
        }),
        // Waits when the close begins.
        Box::new(|| lab.timed(|| lab.receive(handle, 10).map(drop))),
        Box::new(|| lab.timed(|| lab.send(handle, b"x").map(drop))),
        // Comes while it goes on.
        Box::new(|| {
            lab.world.run_for(1000);
            let dead = Err(Error::BadHandle);
            assert_eq!(lab.receive(handle, 10).map(drop), dead);
            assert_eq!(lab.send(handle, b"x").map(drop), dead);
            assert_eq!(
                lab.device().with(|stack| stack.state(handle)).map(drop),
                dead
            );
            assert_eq!(lab.close_timed(handle), (dead, 0));
            (dead, 100)
        }),
    ];
    let outcomes = threads::run(&lab.world, jobs);
    assert_eq!(outcomes[0].0, Err(Error::WouldBlock));
    for (outcome, elapsed) in &outcomes[1..] {
        assert_eq!(*outcome, Err(Error::BadHandle));
        assert!((100..100 + LATE_MS).contains(elapsed), "{elapsed} ms");
    }
}

#[test]
fn r6_an_orphan_given_up_on_demand_ends_its_close() {
    let lab = Lab::new();
    let sessions: Vec<_> = (0..4).map(|_| lab.accepted()).collect();
    lab.peer.vanish(true);
    for (handle, _) in &sessions {
        assert_eq!(lab.send(*handle, b"nobody reads this"), Ok(17));
        lab.set(*handle, |options| options.linger = Some(20));
    }
    let close = |at: usize, after: u32| -> Job<'_, (Result<()>, u32)> {
        let (lab, handle) = (&lab, sessions[at].0);
        Box::new(move || {
            lab.world.run_for(after);
            let (outcome, _) = lab.close_timed(handle);
            (outcome, lab.world.now_ms())
        })
    };
    let begin = lab.world.now_ms();
    let jobs: Vec<Job<'_, (Result<()>, u32)>> = vec![
        close(2, 100),
        close(0, 200),
        close(3, 300),
        Box::new(|| {
            for port in [1000, 1001] {
                lab.world.run_for(5000);
                let handle = lab.udp();
                assert_eq!(lab.bind(handle, port), Ok(()));
            }
            (Ok(()), 0)
        }),
    ];
    let outcomes = threads::run(&lab.world, jobs);
    let expected = [
        (Error::ConnectionAborted, 5000),
        (Error::ConnectionAborted, 10_000),
        (Error::WouldBlock, 20_300),
    ];
    for ((outcome, at), (error, after)) in outcomes.iter().zip(expected) {
        assert_eq!(*outcome, Err(error));
        let elapsed = at - begin;
        assert!(
            (after..after + LATE_MS).contains(&elapsed),
            "{elapsed}, expected {after} ms"
        );
    }
}

#[test]
fn r6_accepted_sockets_inherit_linger_and_the_rest() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.nonblocking(listener);
    lab.set(listener, |options| {
        options.linger = Some(7);
        options.keepalive = true;
        options.keep_idle = 11;
        options.keep_interval = 12;
        options.keep_count = 13;
        options.user_timeout = 14;
        options.close_wait_timeout = 15;
        options.delayed_ack = true;
        options.send_limit = 16;
    });
    let _client = lab.client();
    let accepted = lab.accept(listener).unwrap();
    let of = |handle| lab.with(|stack| Ok(*stack.settings(handle)?));
    assert_eq!(of(accepted).options(), of(listener).options());
    assert!(!of(accepted).nonblocking);
}
