//! Connecting: blocking, not blocking, and all the ways it fails.

mod support;

use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Handle, ready};
use w5100_sim::{ChipOptions, ResetStyle, Service};

/// ARP gives up after RTR x (RCR + 1).
const ARP_MS: u32 = RETRY_TIME as u32 / 10 * (RETRY_COUNT as u32 + 1);
/// TCP gives up after the retry times doubled, from 200 ms, eight times and capped.
const TCP_MS: std::ops::Range<u32> = 30_000..34_000;
const CLOSED_PORT: u16 = 999;

/// The peer's MAC is known to the chip, and it answers no more.
fn vanished_peer(lab: &Lab) {
    let (handle, conn) = lab.connected();
    conn.abort();
    lab.settle();
    lab.close(handle);
    // Only what carries IP is lost, so that ARP is answered.
    let keep_arp = |_, frame: &[u8]| frame.get(12..14) == Some(&[0x08, 0x06][..]);
    lab.world.set_filter(Some(Box::new(keep_arp)));
}

fn connect_to(lab: &Lab, handle: Handle, ip: [u8; 4], port: u16) -> (Result<()>, u32) {
    lab.timed(|| lab.device().connect(handle, endpoint(ip, port)))
}

fn so_error(lab: &Lab, handle: Handle) -> Option<Error> {
    lab.with(|stack| stack.take_error(handle))
}

#[test]
fn connect_gives_a_connection() {
    let lab = Lab::new();
    let (handle, conn) = lab.connected();
    lab.echo(handle, &conn, &pattern(5000, 1));
    assert_eq!(lab.connect(handle), Err(Error::IsConnected));
    lab.assert_clean();
}

#[test]
fn connect_refused_tells_at_once_and_may_be_tried_again() {
    let lab = Lab::new();
    let handle = lab.tcp();
    let (outcome, elapsed) = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
    assert_eq!(outcome, Err(Error::ConnectionRefused));
    assert!(elapsed < 50, "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 4);
    assert_eq!(so_error(&lab, handle), None);

    lab.peer.listen_service(PEER_PORT, Service::Echo);
    assert_eq!(lab.connect(handle), Ok(()));
    assert_eq!(lab.send(handle, b"second try"), Ok(10));
    assert_eq!(lab.receive(handle, 20), Ok(b"second try".to_vec()));
}

#[test]
fn connect_without_an_answer_times_out() {
    let lab = Lab::new();
    vanished_peer(&lab);
    let handle = lab.tcp();
    let (outcome, elapsed) = connect_to(&lab, handle, PEER_IP, PEER_PORT);
    assert_eq!(outcome, Err(Error::TimedOut));
    assert!(TCP_MS.contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn connect_without_arp_finds_the_host_unreachable() {
    for early_arp_status in [false, true] {
        let lab = Lab::with_setup(Setup {
            options: ChipOptions {
                early_arp_status,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let handle = lab.tcp();
        let (outcome, elapsed) = connect_to(&lab, handle, NOBODY, PEER_PORT);
        assert_eq!(outcome, Err(Error::HostUnreachable));
        assert!(
            (ARP_MS - 10..ARP_MS + 50).contains(&elapsed),
            "{elapsed} ms"
        );
        assert_eq!(lab.free_sockets(), 4);
    }
}

#[test]
fn a_host_without_arp_never_seems_to_refuse() {
    // ARP gives up at another moment of the library's look at the chip each time.
    for frame_ns in (2000..2400).step_by(10) {
        let lab = Lab::new();
        lab.world.set_frame_time(frame_ns);
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let (outcome, _) = connect_to(&lab, handle, NOBODY, PEER_PORT);
        assert_eq!(outcome, Err(Error::InProgress));
        lab.world.run_for(ARP_MS - 10);
        let error = loop {
            lab.service();
            if let Some(error) = so_error(&lab, handle) {
                break error;
            }
            assert!(lab.world.now_ms() < ARP_MS + 1000, "nothing is told");
        };
        assert_eq!(error, Error::HostUnreachable, "{frame_ns} ns per frame");
    }
}

#[test]
fn connect_refuses_what_is_no_destination() {
    let lab = Lab::new();
    let handle = lab.tcp();
    for (ip, port) in [(PEER_IP, 0), ([0; 4], PEER_PORT)] {
        let (outcome, _) = connect_to(&lab, handle, ip, port);
        assert_eq!(outcome, Err(Error::AddressNotAvailable));
    }
    lab.peer.listen(PEER_PORT);
    assert_eq!(lab.connect(handle), Ok(()));
}

#[test]
fn connect_stops_waiting_after_the_send_timeout() {
    let lab = Lab::new();
    let handle = lab.tcp();
    lab.timeouts(handle, 0, 300);
    let (outcome, elapsed) = connect_to(&lab, handle, NOBODY, PEER_PORT);
    assert_eq!(outcome, Err(Error::InProgress));
    assert!((300..320).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.connect(handle), Err(Error::Already));
}

#[test]
fn a_nonblocking_connect_goes_on_in_the_background() {
    let lab = Lab::new();
    lab.peer.listen_service(PEER_PORT, Service::Echo);
    let handle = lab.tcp();
    lab.nonblocking(handle);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    assert_eq!(lab.connect(handle), Err(Error::Already));
    assert_eq!(lab.send(handle, b"x"), Err(Error::WouldBlock));
    assert_eq!(lab.receive(handle, 1), Err(Error::WouldBlock));
    assert_eq!(lab.poll(handle, ready::IN | ready::OUT, Some(0)), 0);

    assert_eq!(lab.poll(handle, ready::OUT, Some(1000)), ready::OUT);
    assert_eq!(so_error(&lab, handle), None);
    assert_eq!(lab.connect(handle), Err(Error::IsConnected));
    assert_eq!(lab.send(handle, b"hello"), Ok(5));
    assert_eq!(lab.poll(handle, ready::IN, Some(1000)), ready::IN);
    assert_eq!(lab.receive(handle, 10), Ok(b"hello".to_vec()));
}

#[test]
fn a_nonblocking_connect_that_is_refused_tells_by_poll_and_so_error() {
    let lab = Lab::new();
    let handle = lab.tcp();
    lab.nonblocking(handle);
    let (outcome, _) = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
    assert_eq!(outcome, Err(Error::InProgress));
    let all = ready::IN | ready::OUT | ready::HUP;
    let events = ready::IN | ready::OUT;
    assert_eq!(lab.poll(handle, events, Some(1000)), all | ready::ERR);
    assert_eq!(so_error(&lab, handle), Some(Error::ConnectionRefused));
    assert_eq!(lab.poll(handle, events, Some(0)), all);
    assert_eq!(so_error(&lab, handle), None);

    lab.peer.listen(PEER_PORT);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    assert_eq!(lab.poll(handle, ready::OUT, Some(1000)), ready::OUT);
}

#[test]
fn a_refusal_with_zero_numbers_or_none_ends_as_a_timeout() {
    for refuse in [ResetStyle::Zero, ResetStyle::Silent] {
        // A second chip does the refusing.
        let lab = Lab::new();
        let _other = lab.neighbour(Setup {
            options: ChipOptions {
                refuse,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let handle = lab.tcp();
        let (outcome, elapsed) = connect_to(&lab, handle, NEIGHBOUR_IP, CLOSED_PORT);
        assert_eq!(outcome, Err(Error::TimedOut), "{refuse:?}");
        assert!(TCP_MS.contains(&elapsed), "{elapsed} ms");
    }
}

#[test]
fn a_connect_that_is_closed_frees_its_hardware() {
    let lab = Lab::new();
    for _ in 0..20 {
        let handle = lab.tcp();
        lab.nonblocking(handle);
        assert_eq!(
            connect_to(&lab, handle, NOBODY, 1).0,
            Err(Error::InProgress)
        );
        lab.close(handle);
        assert_eq!(lab.free_sockets(), 4);
    }
}

#[test]
fn a_failed_connect_is_told_once_and_may_be_tried_again() {
    // By SO_ERROR, by connect, by recv and by send; then the next connect begins anew.
    let tell: [fn(&Lab, Handle) -> Error; 4] = [
        |lab, handle| so_error(lab, handle).unwrap(),
        |lab, handle| lab.connect(handle).unwrap_err(),
        |lab, handle| lab.receive(handle, 1).unwrap_err(),
        |lab, handle| lab.send(handle, b"x").unwrap_err(),
    ];
    for tell in tell {
        for (ip, port, error) in [
            (PEER_IP, CLOSED_PORT, Error::ConnectionRefused),
            (NOBODY, PEER_PORT, Error::HostUnreachable),
        ] {
            let lab = Lab::new();
            lab.peer.listen(PEER_PORT);
            let handle = lab.tcp();
            lab.nonblocking(handle);
            assert_eq!(connect_to(&lab, handle, ip, port).0, Err(Error::InProgress));
            assert_eq!(lab.connect(handle), Err(Error::Already));
            lab.pass_until(5000, || lab.free_sockets() == 4);
            assert_eq!(tell(&lab, handle), error);
            assert_eq!(so_error(&lab, handle), None);
            assert_eq!(lab.receive(handle, 1), Err(Error::NotConnected));

            assert_eq!(lab.connect(handle), Err(Error::InProgress));
            assert_eq!(lab.poll(handle, ready::OUT, Some(1000)), ready::OUT);
            assert_eq!(so_error(&lab, handle), None);
            assert_eq!(lab.connect(handle), Err(Error::IsConnected));
            lab.settle();
            let conn = lab.peer.accept(PEER_PORT).unwrap();
            lab.echo(handle, &conn, b"at the second try");
            lab.assert_clean();
        }
    }
}

#[test]
fn a_blocking_connect_that_failed_has_told() {
    let lab = Lab::new();
    let handle = lab.tcp();
    for _ in 0..3 {
        let (refused, _) = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
        assert_eq!(refused, Err(Error::ConnectionRefused));
        assert_eq!(so_error(&lab, handle), None);
    }
    let (other, conn) = lab.connected();
    lab.echo(other, &conn, b"others go on");
    assert_eq!(lab.connect(handle), Ok(()));
    assert_eq!(lab.connect(handle), Err(Error::IsConnected));
}

#[test]
fn a_program_that_only_asks_connect_or_so_error_learns_how_it_ended() {
    for by_connect in [true, false] {
        let lab = Lab::new();
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let (started, _) = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
        assert_eq!(started, Err(Error::InProgress));
        // Nobody else serves the chip.
        lab.world.run_for(SETTLE_MS);
        if by_connect {
            assert_eq!(lab.connect(handle), Err(Error::ConnectionRefused));
        } else {
            assert_eq!(so_error(&lab, handle), Some(Error::ConnectionRefused));
        }
        lab.peer.listen(PEER_PORT);
        assert_eq!(lab.connect(handle), Err(Error::InProgress));
        lab.world.run_for(SETTLE_MS);
        if !by_connect {
            assert_eq!(so_error(&lab, handle), None);
        }
        assert_eq!(lab.connect(handle), Err(Error::IsConnected));
    }
}

#[test]
fn connect_to_all_or_to_a_group_finds_no_network() {
    let lab = Lab::new();
    lab.world.record(true);
    let handle = lab.tcp();
    let directed = [192, 168, 1, 255];
    for ip in [[255; 4], directed, [224, 0, 0, 1], [239, 255, 255, 255]] {
        for nonblocking in [false, true] {
            if nonblocking {
                lab.nonblocking(handle);
            }
            let (outcome, elapsed) = connect_to(&lab, handle, ip, PEER_PORT);
            assert_eq!(outcome, Err(Error::NetworkUnreachable), "{ip:?}");
            assert!(elapsed <= 1, "{elapsed} ms");
        }
    }
    lab.settle();
    assert!(lab.world.recorded().is_empty(), "it asked the wire");
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn who_only_asks_learns_that_a_host_does_not_answer() {
    for by_connect in [true, false] {
        let lab = Lab::new();
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let ask = || match by_connect {
            true => connect_to(&lab, handle, NOBODY, PEER_PORT).0.err(),
            false => so_error(&lab, handle),
        };
        let (started, _) = connect_to(&lab, handle, NOBODY, PEER_PORT);
        assert_eq!(started, Err(Error::InProgress));
        let error = loop {
            lab.world.run_for(10);
            match ask() {
                None | Some(Error::Already) => {}
                Some(error) => break error,
            }
            assert!(lab.world.now_ms() < ARP_MS + 200, "nothing is told");
        };
        assert_eq!(error, Error::HostUnreachable);
        assert!(lab.world.now_ms() >= ARP_MS);
    }
}
