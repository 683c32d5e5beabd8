//! Names that are looked up for a callback.

// A callback is given plain pointers.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use w5100::error::{Error, Result};
use w5100::stack::event;
use w5100::stack::lookup::REQUESTS;

use crate::ADDRESS;
use crate::client::{pass, server};
use crate::support::*;

/// Which request, the error's number, the address.
type Told = Vec<(usize, i32, [u8; 4])>;

thread_local! {
    /// A callback runs in the task that dispatches, which here is the test's.
    static TOLD: RefCell<Told> = const { RefCell::new(Vec::new()) };
}

extern "C" fn note(context: *mut c_void, error: i32, ip: *const u8) {
    // SAFETY: the library gives four bytes.
    let ip = unsafe { *ip.cast::<[u8; 4]>() };
    TOLD.with_borrow_mut(|told| told.push((context.addr(), error, ip)));
}

/// Looks a name up as the request of this number.
fn request(lab: &Lab, number: usize, name: &'static str) -> Result<()> {
    let context = ptr::without_provenance_mut(number);
    lab.device()
        .with(|stack| stack.resolve_for(name.as_bytes(), note, context))
}

fn told(lab: &Lab) -> Told {
    for _ in 0..=REQUESTS {
        event::dispatch(&lab.devices, 0).expect("the chip answers");
    }
    TOLD.take()
}

#[test]
fn all_are_told_once_and_the_hardware_is_given_back() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let names = ["a.example", "b.example", "a.example", "10.1.2.3"];
    for (number, name) in names.into_iter().enumerate() {
        assert_eq!(request(&lab, number, name), Ok(()));
    }
    assert_eq!(names.len(), REQUESTS);
    assert_eq!(request(&lab, 9, "c.example"), Err(Error::WouldBlock));
    assert_eq!(
        told(&lab),
        [(3, 0, ADDRESS)],
        "but not from inside the call"
    );
    let asked = pass(&lab, &server, 500);
    assert_eq!(asked, ["a.example", "b.example"]);
    let expected: Told = [0, 1, 2].map(|number| (number, 0, ADDRESS)).into();
    assert_eq!(told(&lab), expected);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    assert_eq!(told(&lab), []);
    // What takes the place of one that was told has no answer yet.
    assert_eq!(request(&lab, 5, "c.example"), Ok(()));
    assert_eq!(told(&lab), []);
    assert_eq!(pass(&lab, &server, 500), ["c.example"]);
    assert_eq!(told(&lab), [(5, 0, ADDRESS)]);
}

#[test]
fn what_goes_wrong_is_told_too() {
    let lab = Lab::new();
    let silent = server(&lab, DNS);
    assert_eq!(request(&lab, 1, "a.example"), Ok(()));
    for _ in 0..4000 {
        lab.service();
        lab.world.run_for(10);
    }
    assert!(silent.udp_recv(53).is_some(), "it was asked");
    let expected = (1, Error::NameServer.number(), [0; 4]);
    assert_eq!(told(&lab), [expected]);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
}

#[test]
fn g5_what_can_be_told_at_once_is() {
    let lab = Lab::new();
    assert_eq!(request(&lab, 1, "a..b"), Err(Error::Invalid));
    let busy: Vec<_> = (0..4).map(|_| lab.udp()).collect();
    for (at, handle) in busy.iter().enumerate() {
        lab.bind(*handle, 6000 + at as u16).expect("free");
    }
    let refused = request(&lab, 2, "a.example");
    assert_eq!(refused, Err(Error::NoHardwareSocket));
    assert_eq!(told(&lab), []);
    assert_eq!(lab.open_handles(), 4);
}

/// The second name's turn comes when no hardware is left.
#[test]
fn g5_a_request_whose_turn_finds_none_free_is_told() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    assert_eq!(request(&lab, 1, "a.example"), Ok(()));
    let busy: Vec<_> = (0..3).map(|_| lab.udp()).collect();
    for (at, handle) in busy.iter().enumerate() {
        lab.bind(*handle, 6000 + at as u16).expect("free");
    }
    assert_eq!(pass(&lab, &server, 500), ["a.example"]);
    lab.bind(lab.udp(), 6009).expect("free again");
    assert_eq!(request(&lab, 2, "b.example"), Err(Error::NoHardwareSocket));
    assert_eq!(told(&lab), [(1, 0, ADDRESS)]);
}

#[test]
fn a_request_that_was_cancelled_is_not_told() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    assert_eq!(request(&lab, 1, "a.example"), Ok(()));
    assert_eq!(request(&lab, 1, "10.1.2.3"), Ok(()), "answered already");
    assert_eq!(request(&lab, 2, "b.example"), Ok(()));
    let cancel = |number: usize| {
        let context = ptr::without_provenance_mut(number);
        lab.with(|stack| stack.cancel_resolve(note, context))
    };
    assert_eq!((cancel(1), cancel(1), cancel(7)), (2, 0, 0));
    pass(&lab, &server, 500);
    assert_eq!(told(&lab), [(2, 0, ADDRESS)]);
}

#[test]
fn a_device_that_is_disabled_tells_nobody() {
    let lab = Lab::new();
    assert_eq!(request(&lab, 1, "a.example"), Ok(()));
    assert_eq!(request(&lab, 2, "10.1.2.3"), Ok(()));
    lab.device().disable().expect("it is enabled");
    assert_eq!(request(&lab, 3, "10.1.2.3"), Err(Error::NetworkDown));
    lab.enable().expect("the chip answers");
    assert_eq!(request(&lab, 4, "10.1.2.3"), Ok(()));
    assert_eq!(told(&lab), [(4, 0, ADDRESS)], "only what was asked since");
    assert_eq!(lab.free_sockets(), 4);
}

extern "C" fn ask_again(context: *mut c_void, error: i32, ip: *const u8) {
    note(context, error, ip);
    // SAFETY: the test gave its lab, which outlives the dispatch.
    let lab = unsafe { &*context.cast::<Lab>() };
    let again = lab
        .device()
        .with(|stack| stack.resolve_for(b"10.1.2.3", ask_again, context));
    assert_eq!(again, Ok(()));
}

/// A callback that always has something more to ask does not keep dispatch for ever.
#[test]
fn what_a_callback_asks_is_told_by_the_next_dispatch() {
    let lab = Lab::new();
    let context = ptr::from_ref(&lab).cast_mut().cast::<c_void>();
    lab.with(|stack| stack.resolve_for(b"10.1.2.3", ask_again, context));
    for _ in 0..3 {
        let ran = event::dispatch(&lab.devices, 0).expect("the chip answers");
        assert!((1..=REQUESTS).contains(&ran), "{ran}");
    }
}
