//! A chip that is reset behind the library's back, takes no commands any more or falls silent:
//! noticed and set up again, also for programs that never wait.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use support::bus::hooked;
use support::*;
use w5100::bus::{Bus, Frame};
use w5100::error::{Error, Result};
use w5100::stack::ready::{ERR, IN};
use w5100::stack::{Handle, PollEntry};
use w5100_sim::{ChipHandle, Conn};

/// The library looks this often whether the chip is still what it was.
const CHECK_MS: u32 = 500;
/// A chip that fails is found and set up again within this time.
const NOTICE_MS: u32 = 1000;
/// What a chip has to take a command; and an absent one to answer.
const COMMAND_MS: u32 = 100;
const DOWN_MS: u32 = 200;
/// A call that does not wait takes some frames on the bus, and no more.
const AT_ONCE_MS: u32 = 5;
/// Between two turns of a program's loop.
const TURN_MS: u32 = 10;
/// A port of the chip, and one of the peer.
const OWN: u16 = 2000;
const KEEP: u16 = 1000;

/// MR.RST: resets the chip.
const RESET: Frame = [0xF0, 0x00, 0x00, 0x80];
const IMR: u16 = 0x0016;

/// One turn of a loop that never waits, and the call that it makes.
type Turn<B> = (&'static str, fn(&Lab<B>, &Sockets) -> Result<()>);

/// What a program has open.
struct Sockets {
    listener: Handle,
    stream: Handle,
    datagrams: Handle,
    client: Conn,
}

fn sockets<B: Bus>(lab: &Lab<B>) -> Sockets {
    let listener = lab.listener(PORT, 4);
    let client = lab.client();
    let sockets = Sockets {
        listener,
        stream: lab.accept(listener).expect("a client waits"),
        datagrams: lab.udp_at(OWN),
        client,
    };
    for handle in [listener, sockets.stream, sockets.datagrams] {
        lab.nonblocking(handle);
    }
    sockets
}

/// Repeats `turn` until the chip was set up again, and gives how long that took and the errors
/// other than EAGAIN.
#[track_caller]
fn turns<B: Bus>(lab: &Lab<B>, sockets: &Sockets, turn: Turn<B>, limit: u32) -> (u32, Vec<Error>) {
    let begin = lab.world.now_ms();
    let mut errors = Vec::new();
    let before = lab.resets();
    while lab.resets() == before {
        let elapsed = lab.world.now_ms() - begin;
        assert!(elapsed <= limit, "{} does not notice", turn.0);
        lab.world.run_for(TURN_MS);
        errors.extend(turn.1(lab, sockets).err());
    }
    errors.retain(|error| *error != Error::WouldBlock);
    (lab.world.now_ms() - begin, errors)
}

/// Each socket has told of the reset once, now or before, and all of them work.
#[track_caller]
fn goes_on<B: Bus>(lab: &Lab<B>, sockets: &Sockets, told: &[Error]) {
    let mut told = told.to_vec();
    for handle in [sockets.stream, sockets.datagrams, sockets.stream] {
        told.extend(lab.so_error(handle));
    }
    assert_eq!(told, [Error::NetworkReset; 2]);
    lab.close(sockets.stream);
    lab.peer.udp_bind(KEEP);
    lab.arrives(&lab.peer, KEEP, OWN, b"in");
    let keeper = endpoint(PEER_IP, KEEP);
    let received = lab.receive_from(sockets.datagrams, 10);
    assert_eq!(received, Ok((b"in".to_vec(), keeper)));
    assert_eq!(lab.send_to(sockets.datagrams, b"out", keeper), Ok(3));
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"out".to_vec()));
    // Its socket is one of four, the others have clients.
    lab.await_armed(SETTLE_MS);
    let mut clients = Vec::new();
    for number in 0..3 {
        let client = lab.client();
        let session = lab.accept(sockets.listener).expect("a client waits");
        lab.echo(session, &client, &pattern(5000, number));
        clients.push(client);
    }
    lab.assert_clean();
}

/// The calls that notice, each of them alone.
fn ways<B: Bus>() -> [Turn<B>; 5] {
    [
        ("service", |lab, _| {
            lab.device().with(|stack| stack.service())
        }),
        ("accept", |lab, on| lab.accept(on.listener).map(drop)),
        ("poll", |lab, on| {
            let mut set = [PollEntry {
                fd: on.stream.raw(),
                events: IN,
                revents: 0,
            }];
            support::poll(&lab.devices, &mut set, Some(0))?;
            match set[0].revents & ERR {
                0 => Ok(()),
                _ => Err(lab.so_error(on.stream).expect("there is an error")),
            }
        }),
        ("recv", |lab, on| lab.receive(on.stream, 10).map(drop)),
        ("recvfrom", |lab, on| {
            lab.receive_from(on.datagrams, 10).map(drop)
        }),
    ]
}

#[test]
fn a_loop_that_never_waits_notices_a_reset() {
    for wired in [false, true] {
        for turn in ways() {
            let lab = Lab::with_setup(Setup {
                wired,
                ..Setup::default()
            });
            let sockets = sockets(&lab);
            lab.chip.with(|chip| chip.faults_mut().reset_now = true);
            let (_, told) = turns(&lab, &sockets, turn, NOTICE_MS);
            goes_on(&lab, &sockets, &told);
        }
    }
}

/// A chip whose commands stand in Sn_CR for ever when told so, until it is reset.
fn hanging(setup: Setup) -> Lab<impl Bus> {
    hooked(setup, |chip: &ChipHandle, frame| {
        if frame == RESET {
            chip.with(|chip| chip.faults_mut().hung = false);
        }
        true
    })
}

fn hang<B: Bus>(lab: &Lab<B>) {
    lab.chip.with(|chip| chip.faults_mut().hung = true);
}

#[test]
fn a_send_that_waits_for_a_chip_that_hangs_ends_and_the_chip_is_set_up() {
    for reset_pin in [false, true] {
        let lab = hanging(Setup {
            reset_pin,
            ..Setup::default()
        });
        let listener = lab.listener(PORT, 4);
        let _client = lab.client();
        let handle = lab.accept(listener).unwrap();
        hang(&lab);
        assert_eq!(lab.send(handle, b"one"), Ok(3));
        let (outcome, elapsed) = lab.timed(|| lab.send(handle, b"two"));
        assert_eq!(outcome, Err(Error::NetworkReset));
        assert!(elapsed <= NOTICE_MS + COMMAND_MS, "{elapsed} ms");
        assert_eq!(lab.send(handle, b"three"), Err(Error::Pipe));
        lab.close(handle);
        assert_eq!(lab.resets(), 2);
        let mut clients = Vec::new();
        for number in 0..4 {
            let client = lab.client();
            let session = lab.accept(listener).expect("a client waits");
            lab.echo(session, &client, &pattern(5000, number));
            clients.push(client);
        }
    }
}

#[test]
fn a_loop_that_never_waits_notices_a_chip_that_hangs() {
    for turn in ways() {
        let lab = hanging(Setup::default());
        let sockets = sockets(&lab);
        hang(&lab);
        assert_eq!(lab.send(sockets.stream, b"one"), Ok(3));
        let (_, mut told) = turns(&lab, &sockets, turn, NOTICE_MS + COMMAND_MS);
        // While it hangs, a call may say that.
        told.retain(|error| *error != Error::NetworkDown);
        goes_on(&lab, &sockets, &told);
    }
}

#[test]
fn a_socket_closed_on_a_chip_that_hangs_is_no_loss() {
    // Closed in the background; and at once, which takes a command more.
    for silently in [false, true] {
        let lab = hanging(Setup::default());
        let (handle, _conn) = lab.accepted();
        hang(&lab);
        assert_eq!(lab.send(handle, b"one"), Ok(3));
        if silently {
            lab.set(handle, |options| options.linger = Some(0));
        }
        // It may say that the chip failed.
        let (_, elapsed) = lab.timed(|| lab.device().close(handle));
        assert!(elapsed <= COMMAND_MS + AT_ONCE_MS, "{elapsed} ms");
        lab.world.run_for(CHECK_MS);
        let _ = lab.device().with(|stack| stack.service());
        assert_eq!(lab.resets(), 2);
        for port in OWN..OWN + 4 {
            let handle = lab.udp();
            assert_eq!(lab.bind(handle, port), Ok(()));
        }
        lab.assert_clean();
    }
}

#[test]
fn g6_disable_of_a_chip_that_hangs_takes_no_more_than_200_ms() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let sessions: Vec<_> = (0..4)
        .map(|_| {
            let client = lab.client();
            (lab.accept(listener).expect("a client waits"), client)
        })
        .collect();
    hang(&lab);
    for (handle, _) in &sessions {
        assert_eq!(lab.send(*handle, b"one"), Ok(3));
    }
    let (outcome, elapsed) = lab.timed(|| lab.device().with(|stack| stack.disable()));
    assert_eq!(outcome, Ok(()));
    assert!(elapsed <= DOWN_MS, "{elapsed} ms");
}

/// A chip that says nothing when told so, until it is reset: by its pin, or by the command.
fn wedging(reset_pin: bool) -> Lab<impl Bus> {
    let setup = Setup {
        reset_pin,
        ..Setup::default()
    };
    hooked(setup, move |chip: &ChipHandle, frame| {
        // The command gets through, though nothing comes back; the pin clears IMR.
        if (reset_pin && chip.with(|chip| chip.peek(IMR)) == 0) || (!reset_pin && frame == RESET) {
            silence(chip, None);
        }
        true
    })
}

fn silence(chip: &ChipHandle, miso: Option<u8>) {
    chip.with(|chip| chip.faults_mut().absent = miso);
}

#[test]
fn a_chip_that_falls_silent_is_reset() {
    for reset_pin in [false, true] {
        for miso in [0x00, 0xFF] {
            for turn in ways() {
                let lab = wedging(reset_pin);
                let sockets = sockets(&lab);
                silence(&lab.chip, Some(miso));
                // Half a second to find it, and half a second of patience.
                let limit = CHECK_MS + NOTICE_MS;
                let (elapsed, mut told) = turns(&lab, &sockets, turn, limit);
                assert!(elapsed >= CHECK_MS, "after {elapsed} ms");
                assert!(told.contains(&Error::NetworkDown), "{told:?}");
                told.retain(|error| *error != Error::NetworkDown);
                goes_on(&lab, &sockets, &told);
            }
        }
    }
}

#[test]
fn a_short_silence_costs_no_connection() {
    for turn in ways() {
        let lab = Lab::new();
        let sockets = sockets(&lab);
        for round in 0..5 {
            silence(&lab.chip, Some(0));
            for _ in 0..CHECK_MS * 8 / 10 / TURN_MS {
                lab.world.run_for(TURN_MS);
                let outcome = turn.1(&lab, &sockets);
                // A call that asks nothing of the chip cannot know.
                let known = outcome == Err(Error::NetworkDown);
                assert!(known || outcome == Err(Error::WouldBlock), "{outcome:?}");
            }
            silence(&lab.chip, None);
            lab.echo(sockets.stream, &sockets.client, &pattern(3000, round));
        }
        assert_eq!(lab.resets(), 1, "{}", turn.0);
        lab.assert_clean();
    }
}

#[test]
fn a_chip_that_stays_silent_is_woken_no_more_than_twice_a_second() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.nonblocking(listener);
    silence(&lab.chip, Some(0xFF));
    let mut slow = 0;
    let begin = lab.world.now_ms();
    while lab.world.now_ms() - begin < 10_000 {
        lab.world.run_for(TURN_MS);
        let (outcome, elapsed) = lab.timed(|| lab.accept(listener));
        assert_eq!(outcome, Err(Error::NetworkDown));
        assert!(elapsed <= DOWN_MS, "{elapsed} ms");
        slow += u32::from(elapsed > AT_ONCE_MS);
    }
    assert!((10..=20).contains(&slow), "{slow} times in ten seconds");
}

#[test]
fn a_reset_that_fails_half_way_is_done_again_at_once() {
    let deaf = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicBool::new(false));
    let (gone, armed) = (deaf.clone(), next.clone());
    // The chip is reset, and then shows none of its registers.
    let lab = hooked(Setup::default(), move |_: &ChipHandle, frame| {
        let heard = !gone.load(Ordering::SeqCst);
        if frame == RESET && armed.swap(false, Ordering::SeqCst) {
            gone.store(true, Ordering::SeqCst);
        }
        heard
    });
    let handle = lab.udp_at(OWN);
    lab.chip.with(|chip| chip.faults_mut().reset_now = true);
    next.store(true, Ordering::SeqCst);
    while !deaf.load(Ordering::SeqCst) {
        lab.world.run_for(1);
        let _ = lab.device().with(|stack| stack.service());
    }
    deaf.store(false, Ordering::SeqCst);
    lab.service();
    assert_eq!(lab.resets(), 2);
    assert_eq!(lab.so_error(handle), Some(Error::NetworkReset));
    lab.peer.udp_bind(KEEP);
    lab.arrives(&lab.peer, KEEP, OWN, b"in");
    let keeper = endpoint(PEER_IP, KEEP);
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"in".to_vec(), keeper)));
}
