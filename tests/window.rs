//! Windows that are told of a socket's events: Winsock's asynchronous selection.

mod support;

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use support::*;
use w5100::error::{self, Error};
use w5100::stack::Handle;
use w5100::stack::event::{self, ACCEPT, ALL, CLOSE, CONNECT, READ, WRITE};
use w5100::stack::window::OOB;
use w5100_sim::Service;

const MESSAGE: u32 = 0x401;

/// Winsock's codes: of Windows, not of the library.
const WSAECONNRESET: isize = 10054;
const WSAECONNREFUSED: isize = 10061;
const WSAEHOSTUNREACH: isize = 10065;

/// What a window was told: itself, the message, and the two parameters.
type Told = Vec<(*mut c_void, u32, usize, isize)>;

thread_local! {
    static TOLD: RefCell<Told> = const { RefCell::new(Vec::new()) };
}

extern "C" fn note(window: *mut c_void, message: u32, wparam: usize, lparam: isize) -> isize {
    TOLD.with_borrow_mut(|told| told.push((window, message, wparam, lparam)));
    -1
}

/// Not an address of anything: a window is the program's affair.
fn window(number: usize) -> *mut c_void {
    ptr::without_provenance_mut(number)
}

fn select(lab: &Lab, handle: Handle, events: u8) {
    lab.with(|stack| stack.select_window(handle, events, Some(note), MESSAGE, window(1)));
}

/// Lets everything under way arrive and be told.
fn all_told(lab: &Lab) -> Told {
    for _ in 0..3 {
        lab.world.run_for(SETTLE_MS);
        while event::dispatch(&lab.devices, 0).expect("the chip answers") > 0 {}
    }
    TOLD.take()
}

/// The same, of window 1: the socket, and event and error.
fn told(lab: &Lab) -> Vec<(Handle, isize)> {
    let entries = all_told(lab).into_iter();
    entries
        .map(|(to, message, wparam, lparam)| {
            assert_eq!((to, message), (window(1), MESSAGE));
            (Handle::from_raw(wparam as i32), lparam)
        })
        .collect()
}

/// An event with an error in the high word.
fn with_error(event: u8, error: isize) -> isize {
    isize::from(event) | error << 16
}

fn just(event: u8) -> isize {
    with_error(event, 0)
}

#[test]
fn n9_a_window_is_told_by_its_message_and_the_last_call_wins() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.send(b"x");
    for number in [1, 2] {
        lab.with(|stack| {
            let message = MESSAGE + number;
            let to = window(number as usize);
            stack.select_window(handle, READ | WRITE, Some(note), message, to)?;
            // The last mask and message.
            stack.select_window(handle, READ, Some(note), message + 10, to)
        });
        let wparam = handle.raw() as usize;
        let entry = (window(number as usize), MESSAGE + number + 10, wparam, 1);
        assert_eq!(all_told(&lab), [entry]);
    }
    lab.with(|stack| stack.select_window(handle, 0, None, 0, ptr::null_mut()));
    conn.send(b"more");
    assert_eq!(lab.receive(handle, 1), Ok(b"x".to_vec()));
    assert_eq!(told(&lab), []);
    assert_eq!(lab.receive(handle, 9), Ok(b"more".to_vec()));
    let empty = lab.receive(handle, 9);
    assert_eq!(empty, Err(Error::WouldBlock), "it still does not block");
}

extern "C" fn no_more(_: *mut c_void, _: i32, _: i32, _: i32) {
    panic!("the window came later");
}

#[test]
fn n9_a_window_and_a_callback_take_the_place_of_each_other() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.with(|stack| stack.select_events(handle, ALL, no_more, ptr::null_mut()));
    select(&lab, handle, CLOSE);
    conn.close();
    assert_eq!(told(&lab), [(handle, just(CLOSE))]);
    lab.with(|stack| stack.select_events(handle, 0, no_more, ptr::null_mut()));
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_data_before_a_reset_is_read_first_and_without_an_error() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.send(b"last words");
    lab.world.run_for(SETTLE_MS);
    conn.abort();
    lab.world.run_for(SETTLE_MS);
    select(&lab, handle, ALL & !WRITE);
    assert_eq!(told(&lab), [(handle, just(READ))]);
    assert_eq!(lab.receive(handle, 4), Ok(b"last".to_vec()));
    assert_eq!(told(&lab), [(handle, just(READ))]);
    assert_eq!(lab.receive(handle, 99), Ok(b" words".to_vec()));
    let reset = with_error(CLOSE, WSAECONNRESET);
    assert_eq!(told(&lab), [(handle, reset)]);
    assert_eq!(lab.receive(handle, 1), Err(Error::ConnectionReset));
    assert_eq!(told(&lab), [], "once");
}

#[test]
fn n9_close_is_told_after_the_data_and_once() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, READ | CLOSE);
    conn.send(b"last");
    conn.close();
    for byte in *b"last" {
        assert_eq!(told(&lab), [(handle, just(READ))]);
        assert_eq!(lab.receive(handle, 1), Ok(vec![byte]));
    }
    assert_eq!(told(&lab), [(handle, just(CLOSE))]);
    assert_eq!(lab.receive(handle, 1), Ok(Vec::new()));
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_write_is_told_at_first_and_after_a_send_that_would_block() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.set_service(Service::Manual);
    select(&lab, handle, WRITE);
    assert_eq!(told(&lab), [(handle, just(WRITE))]);
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
    assert_eq!(told(&lab), [(handle, just(WRITE))]);
    assert!(lab.send(handle, b"x").is_ok());
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_connect_is_told_with_winsocks_error() {
    let lab = Lab::new();
    let handle = lab.tcp();
    select(&lab, handle, ALL);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    let refused = with_error(CONNECT, WSAECONNREFUSED);
    assert_eq!(told(&lab), [(handle, refused)]);
    let nobody = lab.device().connect(handle, endpoint(NOBODY, PEER_PORT));
    assert_eq!(nobody, Err(Error::InProgress));
    lab.world.run_for(60_000);
    let unreachable = with_error(CONNECT, WSAEHOSTUNREACH);
    assert_eq!(told(&lab), [(handle, unreachable)]);
    lab.peer.listen(PEER_PORT);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    let expected = [(handle, just(CONNECT)), (handle, just(WRITE))];
    assert_eq!(told(&lab), expected);
}

#[test]
fn n9_a_connect_that_failed_before_anybody_asked_is_told() {
    let lab = Lab::new();
    let handle = lab.tcp();
    lab.with(|stack| {
        stack.settings(handle)?.nonblocking = true;
        Ok(())
    });
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    assert_eq!(told(&lab), []);
    select(&lab, handle, CONNECT | READ);
    let refused = with_error(CONNECT, WSAECONNREFUSED);
    assert_eq!(told(&lab), [(handle, refused)]);
    select(&lab, handle, CONNECT);
    assert_eq!(told(&lab), [], "it was told");
}

#[test]
fn n9_accept_is_told_while_a_client_waits() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    select(&lab, listener, ACCEPT);
    let _clients = [lab.client(), lab.client(), lab.client()];
    for _ in 0..3 {
        assert_eq!(told(&lab), [(listener, just(ACCEPT))]);
        assert!(lab.accept(listener).is_ok());
    }
    assert_eq!(told(&lab), []);
    assert_eq!(lab.accept(listener), Err(Error::WouldBlock));
}

#[test]
fn n9_an_accepted_socket_has_its_listeners_window_and_does_not_block() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    select(&lab, listener, ACCEPT | READ | WRITE | OOB);
    let conn = lab.client();
    assert_eq!(told(&lab), [(listener, just(ACCEPT))]);
    let handle = lab.accept(listener).unwrap();
    assert_eq!(lab.receive(handle, 1), Err(Error::WouldBlock));
    assert_eq!(told(&lab), [(handle, just(WRITE))]);
    conn.send(b"x");
    assert_eq!(told(&lab), [(handle, just(READ))]);
    // It is the socket's own: what becomes of the listener is none of its.
    lab.close(listener);
    assert_eq!(lab.receive(handle, 1), Ok(b"x".to_vec()));
    conn.send(b"y");
    assert_eq!(told(&lab), [(handle, just(READ))]);
    select(&lab, handle, CLOSE);
    conn.close();
    assert_eq!(told(&lab), []);
    assert_eq!(lab.receive(handle, 1), Ok(b"y".to_vec()));
    assert_eq!(told(&lab), [(handle, just(CLOSE))]);
}

#[test]
fn n9_neither_a_callback_nor_a_cancelled_window_is_inherited() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let blocks = |handle| {
        lab.with(|stack| Ok(!stack.settings(handle)?.nonblocking && !stack.has_window(handle)))
    };
    lab.with(|stack| stack.select_events(listener, CLOSE, no_more, ptr::null_mut()));
    let _conn = lab.client();
    assert!(blocks(lab.accept(listener).unwrap()));
    select(&lab, listener, ACCEPT);
    select(&lab, listener, 0);
    let _conn = lab.client();
    assert!(blocks(lab.accept(listener).unwrap()));
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_a_slot_used_again_gets_no_message_of_the_old_socket() {
    let lab = Lab::new();
    let (old, conn) = lab.connected();
    select(&lab, old, ALL);
    conn.send(b"unread");
    lab.world.run_for(SETTLE_MS);
    lab.close(old);
    // It could be told that it can send.
    let new = lab.udp();
    assert_eq!(new.raw() & 0x1F, old.raw() & 0x1F, "the slot is used again");
    assert_eq!(told(&lab), []);
    let late = lab
        .device()
        .with(|stack| stack.select_window(old, ALL, Some(note), MESSAGE, window(1)));
    assert_eq!(late, Err(Error::BadHandle));
    assert_eq!(told(&lab), []);
}

#[test]
fn n9_what_cannot_be_selected_changes_nothing() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    select(&lab, handle, READ);
    lab.device()
        .with(|stack| {
            let mut select = |events, procedure| {
                stack.select_window(handle, events, procedure, MESSAGE, window(2))
            };
            assert_eq!(select(READ | 0x40, Some(note)), Err(Error::Invalid));
            assert_eq!(select(CLOSE, None), Err(Error::Fault));
            Ok(())
        })
        .unwrap();
    conn.send(b"x");
    assert_eq!(told(&lab), [(handle, just(READ))]);
}

#[test]
fn n12_the_error_words_are_positive_in_a_parameter_of_32_bits() {
    for number in 1..200 {
        let code = error::winsock_number(number).unwrap_or(0);
        assert!(code < 0x8000, "{number}: {code}");
    }
}
