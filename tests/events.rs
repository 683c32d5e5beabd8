//! Events: what a program is told of a socket, when, and how often.

mod support;

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use support::*;
use w5100::error::Error;
use w5100::stack::event::{self, ACCEPT, ALL, CLOSE, CONNECT, READ, WRITE};
use w5100::stack::{Handle, ready};

/// What was told: the socket, the event, the error's number.
type Told = Vec<(Handle, u8, i32)>;

thread_local! {
    /// A callback runs in the task that dispatches, which here is the test's.
    static TOLD: RefCell<Told> = const { RefCell::new(Vec::new()) };
}

extern "C" fn note(_: *mut c_void, handle: i32, event: i32, error: i32) {
    let entry = (Handle::from_raw(handle), event as u8, error);
    TOLD.with_borrow_mut(|told| told.push(entry));
}

fn select(lab: &Lab, handle: Handle, events: u8) {
    lab.with(|stack| stack.select_events(handle, events, note, ptr::null_mut()));
}

/// Lets everything under way arrive and be told, and gives what was.
fn told(lab: &Lab) -> Told {
    for _ in 0..3 {
        lab.world.run_for(SETTLE_MS);
        while event::dispatch(&lab.devices, 0).expect("the chip answers") > 0 {}
    }
    TOLD.take()
}

#[test]
fn n9_the_last_mask_wins_and_the_socket_does_not_block() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, ALL);
    assert_eq!(told(&lab), [(handle, WRITE, 0)]);
    assert_eq!(lab.receive(handle, 1), Err(Error::WouldBlock));
    select(&lab, handle, CLOSE);
    conn.send(b"x");
    assert_eq!(told(&lab), []);
    select(&lab, handle, READ);
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    select(&lab, handle, 0);
    conn.close();
    assert_eq!(told(&lab), []);
    let unknown = lab
        .device()
        .with(|stack| stack.select_events(handle, 4, note, ptr::null_mut()));
    assert_eq!(unknown, Err(Error::Invalid));
}

#[test]
fn n9_read_is_told_again_while_data_is_left() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, READ);
    conn.send(b"three");
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    // Not before it is read, however much comes.
    conn.send(b"more");
    assert_eq!(told(&lab), []);
    assert_eq!(lab.receive(handle, 5), Ok(b"three".to_vec()));
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    assert_eq!(lab.receive(handle, 5), Ok(b"more".to_vec()));
    assert_eq!(told(&lab), []);
    conn.send(b"again");
    assert_eq!(told(&lab), [(handle, READ, 0)]);
}

#[test]
fn n9_close_is_told_once_and_only_after_the_data_was_drained() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, READ | CLOSE);
    conn.send(b"last words");
    conn.close();
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    assert_eq!(lab.receive(handle, 4), Ok(b"last".to_vec()));
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    assert_eq!(lab.receive(handle, 10), Ok(b" words".to_vec()));
    assert_eq!(told(&lab), [(handle, CLOSE, 0)]);
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_a_reset_is_told_with_its_error_which_recv_tells_too() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, ALL & !WRITE);
    conn.abort();
    let reset = Error::ConnectionReset.number();
    assert_eq!(told(&lab), [(handle, CLOSE, reset)]);
    assert_eq!(lab.receive(handle, 1), Err(Error::ConnectionReset));
}

#[test]
fn n9_accept_is_told_for_each_client() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    select(&lab, listener, ALL);
    assert_eq!(told(&lab), []);
    let _clients = [lab.client(), lab.client()];
    assert_eq!(told(&lab), [(listener, ACCEPT, 0)]);
    let first = lab.accept(listener).unwrap();
    assert_eq!(told(&lab), [(listener, ACCEPT, 0)]);
    lab.accept(listener).unwrap();
    assert_eq!(told(&lab), []);
    // What a listener is watched for is not its clients' affair.
    assert_eq!(lab.poll(first, ready::OUT, Some(0)), ready::OUT);
}

#[test]
fn n9_connect_is_told_with_how_it_ended() {
    let lab = Lab::new();
    let handle = lab.tcp();
    select(&lab, handle, ALL);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    let refused = Error::ConnectionRefused.number();
    assert_eq!(told(&lab), [(handle, CONNECT, refused)]);
    // It was told, so the next connect is a new one.
    lab.peer.listen(PEER_PORT);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    assert_eq!(told(&lab), [(handle, CONNECT, 0), (handle, WRITE, 0)]);
}

#[test]
fn n9_write_is_told_again_after_a_send_that_would_block() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.set_service(w5100_sim::Service::Manual);
    select(&lab, handle, WRITE);
    assert_eq!(told(&lab), [(handle, WRITE, 0)]);
    assert_eq!(lab.send(handle, b"fits"), Ok(4));
    assert_eq!(told(&lab), []);
    while lab.send(handle, &[7; 500]).is_ok() {
        lab.world.run_for(SETTLE_MS);
    }
    assert_eq!(told(&lab), [], "the peer does not read");
    for _ in 0..3 {
        conn.recv_all();
        lab.world.run_for(SETTLE_MS);
    }
    assert_eq!(told(&lab), [(handle, WRITE, 0)]);
    assert!(lab.send(handle, b"x").is_ok());
}

#[test]
fn datagrams_are_told_too() {
    let lab = Lab::new();
    let handle = lab.udp();
    lab.bind(handle, PORT).unwrap();
    select(&lab, handle, READ);
    lab.peer.udp_send(7, chip_ip(), PORT, b"one");
    lab.peer.udp_send(7, chip_ip(), PORT, b"two");
    assert_eq!(told(&lab), [(handle, READ, 0)]);
    for left in [1, 0] {
        let received = lab.device().receive_from(handle, &mut [0; 9], false, true);
        assert_eq!(received.map(|datagram| datagram.length), Ok(3));
        assert_eq!(told(&lab).len(), left);
    }
}

#[test]
fn w8_a_wake_handle_ends_a_dispatch() {
    let lab = Lab::new();
    let device = lab.device();
    let handle = device.wake_handle().unwrap();
    select(&lab, handle, READ);
    let (count, elapsed) = lab.timed(|| event::dispatch(&lab.devices, 20));
    assert_eq!(count, Ok(0));
    assert!((20..25).contains(&elapsed), "{elapsed} ms");
    device.signal(handle).unwrap();
    assert_eq!(event::dispatch(&lab.devices, 60_000), Ok(1));
    assert_eq!(TOLD.take(), [(handle, READ, 0)]);
    assert_eq!(device.quiet(handle), Ok(false), "it was taken back");
    device.disable().unwrap();
    let down = event::dispatch(&lab.devices, 0);
    assert_eq!(down, Err(Error::NetworkDown));
}

#[test]
fn a_slot_used_again_is_not_told_of() {
    let lab = Lab::new();
    let (old, conn) = lab.accepted();
    select(&lab, old, ALL);
    lab.close(old);
    conn.close();
    assert_eq!(told(&lab), []);
    let (new, conn) = lab.accepted();
    conn.send(b"x");
    assert_ne!(new, old);
    assert_eq!(told(&lab), []);
}

/// Another task that dispatches, or clears, may be faster once the call was chosen.
#[test]
fn w8_a_signal_that_was_taken_back_meanwhile_is_not_told() {
    let lab = Arc::new(Lab::new());
    let handle = lab.device().wake_handle().unwrap();
    select(&lab, handle, READ);
    lab.device().signal(handle).unwrap();
    let (other, mut steps) = (lab.clone(), 0);
    // In and out of the lock for a service step, and for the first slot.
    lab.observer.set(move || {
        steps += 1;
        if steps == 4 {
            assert_eq!(other.device().quiet(handle), Ok(true));
        }
    });
    let count = event::dispatch(&lab.devices, 0);
    lab.observer.clear();
    assert_eq!((count, TOLD.take()), (Ok(0), Vec::new()));
}

#[test]
fn a_call_with_a_closed_handle_enables_nothing_for_the_next_one_in_its_slot() {
    let lab = Lab::new();
    let old = lab.tcp();
    lab.close(old);
    let new = lab.udp_at(PORT);
    assert_eq!(new.raw() & 0x7F, old.raw() & 0x7F, "the same slot");
    select(&lab, new, READ);
    lab.arrives(&lab.peer, PEER_PORT, PORT, b"x");
    assert_eq!(told(&lab), [(new, READ, 0)]);
    assert_eq!(lab.receive(old, 1), Err(Error::BadHandle));
    assert_eq!(told(&lab), []);
}

/// An error has no two ways to the program, and none comes that was not.
#[test]
fn n9_why_a_connect_failed_is_told_once_by_whatever_tells_it_first() {
    let lab = Lab::new();
    let refused = Error::ConnectionRefused;
    let closed = endpoint(PEER_IP, PEER_PORT);
    // Frames that take so long that the answer is there before connect returns.
    lab.world.set_frame_time(3_000_000);
    let handle = lab.tcp();
    select(&lab, handle, CONNECT);
    assert_eq!(lab.device().connect(handle, closed), Err(refused));
    assert_eq!(told(&lab), []);
    lab.world.set_frame_time(3_000);
    for asks in [false, true] {
        let handle = lab.tcp();
        select(&lab, handle, CONNECT);
        let begun = lab.device().connect(handle, closed);
        assert_eq!(begun, Err(Error::InProgress));
        lab.settle();
        if asks {
            assert_eq!(lab.with(|stack| stack.take_error(handle)), Some(refused));
            assert_eq!(told(&lab), []);
        } else {
            assert_eq!(told(&lab), [(handle, CONNECT, refused.number())]);
            assert_eq!(lab.with(|stack| stack.take_error(handle)), None);
        }
    }
}
