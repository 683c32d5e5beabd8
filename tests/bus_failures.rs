//! A bus that fails for a moment, at any frame: what was not done is not done later, and no
//! socket is lost.

mod support;

use support::bus::{FailingLine, LineFault, failing};
use support::*;
use w5100::bus::{Frame, SpiBus};
use w5100::chip::MemorySplit;
use w5100::error::{Error, Result};
use w5100::stack::{Endpoint, Handle};

type Failing = Lab<SpiBus<FailingLine>>;

/// A port of the peer, and one of the chip.
const KEEP: u16 = 1000;
const OWN: u16 = 2000;
const GROUP: [u8; 4] = [239, 1, 2, 3];
/// The library looks again at what failed within this time.
const NOTICE_MS: u32 = 1000;

fn keeper() -> Endpoint {
    endpoint(PEER_IP, KEEP)
}

/// SEND into Sn_CR of any socket.
fn is_send(frame: &Frame) -> bool {
    matches!(frame, [0xF0, 4..=7, 0x01, 0x20])
}

#[test]
fn a_listen_that_failed_on_the_bus_is_repaired() {
    let (lab, fault) = failing();
    let listener = lab.tcp();
    lab.bind(listener, PORT).unwrap();
    // LISTEN into Sn_CR of any socket.
    fault.set(|frame| matches!(frame, [0xF0, 4..=7, 0x01, 0x02]));
    let outcome = lab.device().with(|stack| stack.listen(listener, 1));
    assert_eq!(outcome, Err(Error::Io));
    assert!(!fault.is_set(), "the fault did not occur");
    lab.await_armed(1000);
    let client = lab.client();
    let handle = lab.accept(listener).unwrap();
    lab.echo(handle, &client, b"served");
}

#[test]
fn a_send_that_failed_on_the_bus_sends_nothing_later() {
    let (lab, fault) = failing();
    let (handle, conn) = lab.accepted();
    // Sn_TX_WR of any socket.
    fault.set(|frame| matches!(frame, [0xF0, 4..=7, 0x24, _]));
    assert_eq!(lab.send(handle, b"one"), Err(Error::Io));
    assert!(!fault.is_set(), "the fault did not occur");
    assert_eq!(lab.send(handle, b"two"), Ok(3));
    lab.settle();
    assert_eq!(conn.recv_all(), b"two");
}

#[test]
fn what_was_read_is_the_programs_though_it_cannot_be_given_back() {
    // Sn_RX_RD of any socket, and the RECV command.
    let faults: [fn(&Frame) -> bool; 2] = [
        |frame| matches!(frame, [0xF0, 4..=7, 0x28, _]),
        |frame| matches!(frame, [0xF0, 4..=7, 0x01, 0x40]),
    ];
    for choice in faults {
        let (lab, fault) = failing();
        let (handle, conn) = lab.accepted();
        let data = pattern(6000, 3);
        assert_eq!(conn.send(&data), data.len());
        lab.settle();
        fault.set(choice);
        let mut received = Vec::new();
        let mut errors = 0;
        while received.len() < data.len() {
            match lab.receive(handle, 700) {
                Ok(piece) => received.extend(piece),
                Err(error) => {
                    assert_eq!(error, Error::Io);
                    errors += 1;
                    assert!(errors <= 1, "one fault, one error at most");
                }
            }
        }
        assert!(!fault.is_set(), "the fault did not occur");
        assert!(received == data, "the bytes differ");
        lab.settle();
        assert_eq!(conn.unacknowledged(), 0);
    }
}

#[test]
fn a_datagram_that_was_read_is_not_lost_or_read_twice() {
    let (lab, fault) = failing();
    let handle = lab.udp();
    lab.bind(handle, PORT).unwrap();
    lab.peer.udp_bind(7);
    for text in ["one", "two"] {
        lab.peer.udp_send(7, chip_ip(), PORT, text.as_bytes());
        lab.settle();
        fault.set(|frame| matches!(frame, [0xF0, 4..=7, 0x28, _]));
        let mut data = [0; 10];
        let received = lab
            .device()
            .receive_from(handle, &mut data, false, false)
            .expect("the datagram was read");
        assert_eq!(&data[..received.length.into()], text.as_bytes());
        assert!(!fault.is_set(), "the fault did not occur");
        let more = lab.device().receive_from(handle, &mut data, false, true);
        assert_eq!(more, Err(Error::WouldBlock));
    }
}

/// Sends until it succeeds, and gives what failed before.
#[track_caller]
fn send_at_last(send: impl Fn() -> Result<usize>, length: usize) -> Vec<Error> {
    let mut errors = Vec::new();
    loop {
        match send() {
            Ok(sent) => {
                assert_eq!(sent, length);
                return errors;
            }
            Err(error) => errors.push(error),
        }
        assert!(errors.len() < 20, "{errors:?}");
    }
}

#[test]
fn a_stream_never_carries_what_a_send_could_not_announce() {
    for count in 1..12 {
        let (lab, fault) = failing();
        let (handle, conn) = lab.accepted();
        assert_eq!(lab.send(handle, b"first"), Ok(5));
        lab.settle();
        fault.set_for(is_send, count, false);
        assert_eq!(lab.send(handle, b"one"), Err(Error::Io));
        let errors = send_at_last(|| lab.send(handle, b"two"), 3);
        assert!(errors.iter().all(|error| *error == Error::Io), "{errors:?}");
        assert!(!fault.is_set(), "the fault did not occur");
        assert_eq!(lab.send(handle, b"three"), Ok(5));
        lab.settle();
        assert_eq!(conn.recv_all(), b"firsttwothree", "{count} in a row");
        assert_eq!(lab.outstanding(handle), Ok(0));
        lab.assert_clean();
    }
}

/// All that came to the peer's port.
fn datagrams(lab: &Failing) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| lab.peer_got(&lab.peer, KEEP)).collect()
}

/// An enabled device with a bound UDP socket that has sent one datagram.
fn bound() -> (Failing, LineFault, Handle) {
    let (lab, fault) = failing();
    lab.peer.udp_bind(KEEP);
    let handle = lab.udp_at(OWN);
    assert_eq!(lab.send_to(handle, b"first", keeper()), Ok(5));
    assert_eq!(datagrams(&lab), [b"first"]);
    (lab, fault, handle)
}

#[test]
fn a_datagram_never_carries_what_a_send_could_not_announce() {
    for count in 1..12 {
        let (lab, fault, handle) = bound();
        fault.set_for(is_send, count, false);
        assert_eq!(lab.send_to(handle, b"one", keeper()), Err(Error::Io));
        let errors = send_at_last(|| lab.send_to(handle, b"two", keeper()), 3);
        assert!(errors.iter().all(|error| *error == Error::Io), "{errors:?}");
        assert!(!fault.is_set(), "the fault did not occur");
        assert_eq!(datagrams(&lab), [b"two"], "{count} in a row");
        lab.assert_clean();
    }
}

#[test]
fn a_send_that_arrived_though_the_bus_failed_is_no_part_of_the_next() {
    for count in 1..12 {
        let (lab, fault, handle) = bound();
        fault.set_for(is_send, count, true);
        // Whether it went out can be known only if the bus answers at once.
        let outcome = lab.send_to(handle, b"one", keeper());
        assert!(matches!(outcome, Ok(3) | Err(Error::Io)), "{outcome:?}");
        send_at_last(|| lab.send_to(handle, b"two", keeper()), 3);
        assert_eq!(datagrams(&lab), [b"one", b"two"], "{count} in a row");
        lab.assert_clean();

        let (lab, fault) = failing();
        let (handle, conn) = lab.accepted();
        fault.set_for(is_send, count, true);
        let outcome = lab.send(handle, b"one");
        assert!(matches!(outcome, Ok(3) | Err(Error::Io)), "{outcome:?}");
        send_at_last(|| lab.send(handle, b"two"), 3);
        lab.settle();
        assert_eq!(conn.recv_all(), b"onetwo", "{count} in a row");
        assert_eq!(lab.outstanding(handle), Ok(0));
        lab.assert_clean();
    }
}

/// What a program that never waits is told within a second, other than that nothing waits.
fn told(lab: &Failing, handle: Handle) -> Vec<Error> {
    let mut errors = Vec::new();
    for _ in 0..NOTICE_MS / 10 {
        lab.world.run_for(10);
        errors.extend(lab.receive_from(handle, 10).err());
    }
    errors.retain(|error| *error != Error::WouldBlock);
    errors
}

/// The socket hears what is sent to its port, and sends.
#[track_caller]
fn works(lab: &Failing, handle: Handle, to: Endpoint) {
    lab.arrives(&lab.peer, KEEP, OWN, b"in");
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"in".to_vec(), keeper())));
    assert_eq!(lab.send_to(handle, b"out", to), Ok(3));
    lab.settle();
    assert_eq!(lab.local(handle).port, OWN);
}

/// Has the bus fail at each frame of `change` in turn, until it is through before that.
fn failing_at_each_frame(
    member: bool,
    change: impl Fn(&Failing, Handle) -> Result<()>,
    mut check: impl FnMut(&Failing, Handle),
) {
    for at in 0.. {
        let (lab, fault, handle) = bound();
        if member {
            lab.with(|stack| stack.join(handle, GROUP));
        }
        fault.set_after(at, 1);
        let outcome = change(&lab, handle);
        if fault.is_set() {
            assert!(at >= 8, "only {at} frames");
            return;
        }
        // What the bus answers after a command may do in place of its echo.
        assert!(matches!(outcome, Ok(()) | Err(Error::Io)), "{outcome:?}");
        // It works at once, or tells that it lost what waited.
        let errors = told(&lab, handle);
        match errors[..] {
            [] | [Error::NetworkReset] => {}
            _ => panic!("frame {at}: {errors:?}"),
        }
        check(&lab, handle);
        assert_eq!(lab.so_error(handle), None);
    }
}

#[test]
fn a_join_that_fails_at_any_frame_leaves_no_deaf_socket() {
    let join = |lab: &Failing, handle| lab.device().with(|stack| stack.join(handle, GROUP));
    failing_at_each_frame(false, join, |lab, handle| {
        // A member sends to its group alone.
        let left = lab.device().with(|stack| stack.leave(handle, GROUP));
        assert!(matches!(left, Ok(()) | Err(Error::AddressNotAvailable)));
        works(lab, handle, keeper());
    });
}

#[test]
fn a_leave_that_fails_at_any_frame_leaves_no_deaf_socket() {
    let leave = |lab: &Failing, handle| lab.device().with(|stack| stack.leave(handle, GROUP));
    failing_at_each_frame(true, leave, |lab, handle| {
        let left = lab.device().with(|stack| stack.leave(handle, GROUP));
        assert!(matches!(left, Ok(()) | Err(Error::AddressNotAvailable)));
        works(lab, handle, keeper());
    });
}

#[test]
fn a_split_that_fails_half_way_leaves_chip_and_library_agreed() {
    // RMSR, TMSR.
    let faults: [fn(&Frame) -> bool; 2] = [
        |frame| matches!(frame, [0xF0, 0, 0x1A, _]),
        |frame| matches!(frame, [0xF0, 0, 0x1B, _]),
    ];
    for choice in faults {
        let (lab, fault) = failing();
        fault.set(choice);
        let split = MemorySplit {
            rx: [4, 2, 1, 1],
            tx: [4, 2, 1, 1],
        };
        let outcome = lab.device().with(|stack| stack.set_memory(split));
        assert_eq!(outcome, Err(Error::Io));
        assert!(!fault.is_set(), "the fault did not occur");
        lab.service();
        let (handle, conn) = lab.accepted();
        let (rx, tx) =
            lab.with(|stack| Ok((stack.receive_buffer(handle)?, stack.send_buffer(handle)?)));
        // Two bits a socket: 1, 2, 4, 8 KiB; it has the first hardware socket.
        let ring = |register| 1024 << (lab.chip.with(|chip| chip.peek(register)) & 3);
        assert_eq!((rx, tx), (ring(0x001A), ring(0x001B)));
        lab.echo(handle, &conn, &pattern(20_000, 5));
        lab.assert_clean();
    }
}
