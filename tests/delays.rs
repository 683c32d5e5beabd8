//! No time lost on acknowledgements: the peer's (W10) and this side's (W11).

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::Error;
use w5100::regs::Status;
use w5100::stack::Handle;
use w5100_sim::Conn;

/// Sn_MR of a TCP socket, without and with the ND bit.
const DELAYS: u8 = 0x01;
const DELAYS_NOT: u8 = 0x21;
/// The chip delays an ACK for RTR.
const DELAY_MS: u32 = RETRY_TIME as u32 / 10;

/// Sn_MR of the four hardware sockets.
fn modes(lab: &Lab) -> [u8; 4] {
    lab.chip
        .with(|chip| [0x0400, 0x0500, 0x0600, 0x0700].map(|register| chip.peek(register)))
}

/// Sn_MR of those in LISTEN.
fn listening_modes(lab: &Lab) -> Vec<u8> {
    let modes = modes(lab).into_iter().zip(lab.statuses());
    let listening = modes.filter(|(_, status)| *status == LISTEN);
    listening.map(|(mode, _)| mode).collect()
}

fn mode_of(lab: &Lab, handle: Handle) -> u8 {
    modes(lab)[usize::from(lab.row(handle).hardware)]
}

fn delay(lab: &Lab, handle: Handle, on: bool) {
    lab.set(handle, |options| options.delayed_ack = on);
}

/// The milliseconds until what the peer sends is acknowledged; the program does nothing.
fn ack_time(lab: &Lab, conn: &Conn) -> u32 {
    let begin = lab.world.now_ms();
    assert_eq!(conn.send(b"anybody there?"), 14);
    let acknowledged = || conn.unacknowledged() == 0;
    assert!(lab.world.run_until(acknowledged, 10 * DELAY_MS));
    lab.world.now_ms() - begin
}

#[test]
fn w11_the_chip_delays_no_ack_unless_asked() {
    let lab = Lab::new();
    for (handle, conn) in [lab.accepted(), lab.connected()] {
        assert_eq!(mode_of(&lab, handle), DELAYS_NOT);
        let elapsed = ack_time(&lab, &conn);
        assert!(elapsed <= 2, "{elapsed} ms");
    }
}

#[test]
fn w11_a_program_may_let_it_delay_them() {
    let lab = Lab::new();
    lab.peer.listen(PEER_PORT);
    let handle = lab.tcp();
    delay(&lab, handle, true);
    lab.connect(handle).unwrap();
    lab.settle();
    let conn = lab.peer.accept(PEER_PORT).unwrap();
    assert_eq!(mode_of(&lab, handle), DELAYS);
    let elapsed = ack_time(&lab, &conn);
    assert!((DELAY_MS..DELAY_MS + 10).contains(&elapsed), "{elapsed} ms");
    // A connection that is made stays as it is.
    delay(&lab, handle, false);
    assert_eq!(mode_of(&lab, handle), DELAYS);
    assert_eq!(lab.receive(handle, 100).map(|data| data.len()), Ok(14));
    lab.echo(handle, &conn, &pattern(3000, 1));
    lab.assert_clean();
}

#[test]
fn w11_a_failed_connect_takes_the_new_choice_at_its_next_try() {
    let lab = Lab::new();
    let handle = lab.tcp();
    assert_eq!(lab.connect(handle), Err(Error::ConnectionRefused));
    delay(&lab, handle, true);
    lab.peer.listen(PEER_PORT);
    assert_eq!(lab.connect(handle), Ok(()));
    assert_eq!(mode_of(&lab, handle), DELAYS);
}

#[test]
fn w11_accepted_sockets_inherit_it() {
    for on in [false, true] {
        let lab = Lab::new();
        let listener = lab.tcp();
        delay(&lab, listener, on);
        lab.bind(listener, PORT).unwrap();
        lab.with(|stack| stack.listen(listener, 4));
        lab.settle();
        let expected = if on { DELAYS } else { DELAYS_NOT };
        assert_eq!(listening_modes(&lab), [expected; 2]);
        for _ in 0..3 {
            let conn = lab.client();
            let handle = lab.accept(listener).unwrap();
            assert_eq!(mode_of(&lab, handle), expected);
            let inherited = lab.with(|stack| Ok(stack.settings(handle)?.options().delayed_ack));
            assert_eq!(inherited, on);
            let elapsed = ack_time(&lab, &conn);
            assert_eq!(elapsed >= DELAY_MS, on, "{elapsed} ms");
        }
    }
}

#[test]
fn w11_a_change_on_a_listener_counts_for_the_next_client() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let first = lab.client();
    lab.settle();
    assert_eq!(listening_modes(&lab), [DELAYS_NOT; 2]);
    for (on, expected) in [(true, DELAYS), (false, DELAYS_NOT), (true, DELAYS)] {
        delay(&lab, listener, on);
        // At no time does nobody listen.
        assert!(!listening_modes(&lab).is_empty());
        assert!(listening_modes(&lab).iter().all(|mode| *mode == expected));
        lab.settle();
        assert_eq!(listening_modes(&lab), [expected; 2]);
    }
    // Who came before is not disturbed.
    let second = lab.client();
    for (conn, expected) in [(first, DELAYS_NOT), (second, DELAYS)] {
        let handle = lab.accept(listener).unwrap();
        assert_eq!(lab.state(handle), Status::ESTABLISHED);
        assert_eq!(mode_of(&lab, handle), expected);
        lab.echo(handle, &conn, b"served");
    }
    lab.assert_clean();
}

#[test]
fn w11_a_client_that_just_came_is_not_disturbed_by_a_change() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    // The library has not looked since.
    let client = lab.peer.connect(chip_ip(), PORT);
    lab.world.run_for(SETTLE_MS);
    delay(&lab, listener, true);
    assert!(client.is_open());
    let handle = lab.accept(listener).unwrap();
    assert_eq!(mode_of(&lab, handle), DELAYS_NOT);
    lab.echo(handle, &client, b"served");
}

#[test]
fn w11_a_client_that_comes_during_the_change_is_served_or_told() {
    for latency_us in 1..60 {
        let lab = Lab::new();
        let listener = lab.listener(PORT, 4);
        lab.peer.ping(chip_ip(), b"for its MAC");
        lab.settle();
        lab.world.set_link(w5100_sim::Link {
            latency_us,
            ..w5100_sim::Link::default()
        });
        let client = lab.peer.connect(chip_ip(), PORT);
        delay(&lab, listener, true);
        lab.settle();
        if client.was_reset() {
            continue;
        }
        assert!(
            client.is_open(),
            "after {latency_us} us: {}",
            client.state()
        );
        let handle = lab.accept(listener).unwrap();
        lab.echo(handle, &client, b"served");
    }
}

/// Rounds of write, write, read with a peer that answers when it has both; each round's time.
fn rounds(lab: &Lab, handle: Handle, conn: &Conn) -> Vec<u32> {
    const ROUNDS: u8 = 50;
    let jobs: Vec<Job<'_, Vec<u32>>> = vec![
        Box::new(|| {
            let mut times = Vec::new();
            for round in 0..ROUNDS {
                let (answer, elapsed) = lab.timed(|| {
                    assert_eq!(lab.send(handle, b"header"), Ok(6));
                    assert_eq!(lab.send(handle, &[round; 10]), Ok(10));
                    lab.receive(handle, 100)
                });
                assert_eq!(answer, Ok(vec![round]));
                times.push(elapsed);
            }
            times
        }),
        Box::new(|| {
            for round in 0..ROUNDS {
                let complete = || conn.available() == 16;
                assert!(lab.world.run_until(complete, 60_000));
                let request = conn.recv_all();
                assert_eq!(request[6..], [round; 10]);
                assert_eq!(conn.send(&[round]), 1);
            }
            Vec::new()
        }),
    ];
    threads::run(&lab.world, jobs).swap_remove(0)
}

#[test]
fn w10_write_write_read_waits_for_no_delayed_ack() {
    for own_delay in [false, true] {
        let lab = Lab::new();
        lab.peer.ack_delay(Some(200));
        let listener = lab.listener(PORT, 4);
        delay(&lab, listener, own_delay);
        let client = lab.client();
        let accepted = (lab.accept(listener).unwrap(), client);
        let connected = lab.connected();
        for (handle, conn) in [accepted, connected] {
            let times = rounds(&lab, handle, &conn);
            // A few naps, and nothing like 200 ms.
            let slowest = times.iter().max();
            assert!(slowest.is_some_and(|ms| *ms < 50), "{times:?}");
        }
        lab.assert_clean();
    }
}
