//! What a program is told of its address without asking.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use smoltcp::wire::DhcpMessageType::Request;
use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::error::Error;
use w5100::stack::DhcpSettings;
use w5100::stack::event;
use w5100::stack::notice::{BOUND, CONFLICT, LOST, RENEWED};

use crate::server::{LEASED, SECONDS, Server, bound, own_ip, start};
use crate::support::bus::Line;
use crate::support::*;

const ALL: u8 = BOUND | RENEWED | LOST | CONFLICT;

thread_local! {
    /// A callback runs in the task that dispatches, which here is the test's.
    static TOLD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

extern "C" fn note(_: *mut c_void, device: i32, event: u32) {
    assert_eq!(device, 0);
    TOLD.with_borrow_mut(|told| told.push(event as u8));
}

fn watch(lab: &Lab, events: u8) {
    lab.with(|stack| stack.watch_network(events, Some(note), ptr::null_mut()));
}

fn told(lab: &Lab) -> Vec<u8> {
    let count = event::dispatch(&lab.devices, 0).expect("the chip answers");
    let told = TOLD.take();
    assert_eq!(count, told.len());
    told
}

fn asked(lab: &Lab) -> u8 {
    lab.with(|stack| stack.network_events())
}

#[test]
fn each_change_of_the_lease_is_told_by_event_and_by_status() {
    let lab = Lab::new();
    watch(&lab, ALL);
    let mut server = bound(&lab, &DhcpSettings::default());
    assert_eq!((told(&lab), asked(&lab)), (vec![BOUND], BOUND));
    assert_eq!((told(&lab), asked(&lab)), (vec![], 0), "told once");
    server.pass(SECONDS * 1000 / 2 + 1000);
    assert_eq!((told(&lab), asked(&lab)), (vec![RENEWED], RENEWED));
    server.silent = true;
    server.pass(SECONDS * 1000);
    assert_eq!((told(&lab), asked(&lab)), (vec![LOST], LOST));
    server.silent = false;
    server.pass(70_000);
    assert_eq!((told(&lab), asked(&lab)), (vec![BOUND], BOUND));
    lab.with(|stack| stack.dhcp_stop(true));
    server.pass(1000);
    assert_eq!((told(&lab), asked(&lab)), (vec![LOST], LOST));
}

#[test]
fn a_refusal_loses_the_address() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    watch(&lab, ALL);
    assert_eq!(told(&lab), [], "what was before is not told");
    server.refuses = true;
    lab.with(|stack| stack.dhcp_renew());
    server.pass(100);
    assert_eq!(told(&lab), [LOST]);
}

#[test]
fn a_remembered_address_that_is_refused_was_none() {
    let lab = Lab::new();
    watch(&lab, ALL);
    let mut server = Server::new(&lab);
    server.refuses = true;
    let remembers = DhcpSettings {
        remembered: LEASED,
        ..DhcpSettings::default()
    };
    start(&lab, &remembers).expect("there is hardware");
    server.pass(500);
    assert_eq!(server.heard, [Request]);
    assert_eq!((told(&lab), asked(&lab)), (vec![], 0));
}

/// Another host has an address; its ARP tells the chip.
fn take(lab: &Lab, address: [u8; 4]) {
    let thief = lab.world.add_simple_peer(address.into());
    assert!(thief.udp_send(9, PEER_IP.into(), 9, b"x"));
}

#[test]
fn a_conflict_over_a_lease_is_told_before_the_loss() {
    let lab = Lab::new();
    watch(&lab, ALL);
    let mut server = bound(&lab, &DhcpSettings::default());
    assert_eq!(told(&lab), [BOUND]);
    take(&lab, LEASED);
    server.pass(1000);
    assert_eq!(told(&lab), [CONFLICT, LOST]);
    assert_eq!(own_ip(&lab), [0; 4]);
}

#[test]
fn a_conflict_over_a_fixed_address_is_told_and_changes_nothing() {
    let lab = Lab::new();
    watch(&lab, ALL);
    let (handle, conn) = lab.accepted();
    take(&lab, CHIP_IP);
    lab.settle();
    lab.service();
    assert_eq!((told(&lab), asked(&lab)), (vec![CONFLICT], CONFLICT));
    assert_eq!(own_ip(&lab), CHIP_IP);
    assert_eq!(lab.send(handle, b"on"), Ok(2));
    lab.settle();
    assert_eq!(conn.recv_all(), b"on");
}

/// The SPI line of a chip that sees a conflict whenever it is asked (IR, 0x0015).
struct Suspicious(Line);

impl FrameTransfer for Suspicious {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        let reads: Vec<_> = frames
            .iter()
            .map(|frame| frame[..3] == [0x0F, 0, 0x15])
            .collect();
        self.0.transfer(frames)?;
        for (frame, _) in frames.iter_mut().zip(reads).filter(|(_, read)| *read) {
            frame[3] |= 0x80;
        }
        Ok(())
    }
}

/// A host without an address asks as 0.0.0.0, which is what the chip has too.
#[test]
fn without_an_address_there_is_no_conflict() {
    let lab = Lab::over(Setup::default(), |chip| SpiBus::new(Suspicious(Line(chip))));
    lab.enable().expect("the chip answers");
    let events = |ms| {
        lab.world.run_for(ms);
        lab.service();
        lab.with(|stack| stack.network_events())
    };
    assert_eq!(events(1000), CONFLICT);
    lab.with(|stack| stack.dhcp_start(&DhcpSettings::default()));
    assert_eq!(events(1000), 0);
}

#[test]
fn only_what_was_asked_for_is_told_and_the_last_callback_alone() {
    let lab = Lab::new();
    watch(&lab, LOST);
    let server = bound(&lab, &DhcpSettings::default());
    assert_eq!(told(&lab), []);
    watch(&lab, 0);
    take(&lab, LEASED);
    lab.settle();
    lab.service();
    assert_eq!(told(&lab), []);
    let wrong = lab
        .device()
        .with(|stack| stack.watch_network(0x10, Some(note), ptr::null_mut()));
    assert_eq!(wrong, Err(Error::Invalid));
    assert_eq!(asked(&lab), BOUND | LOST | CONFLICT);
    drop(server);
}

#[test]
fn a_device_that_is_disabled_tells_nothing_more() {
    let lab = Lab::new();
    watch(&lab, ALL);
    let server = bound(&lab, &DhcpSettings::default());
    lab.device().disable().expect("it is enabled");
    assert_eq!(
        lab.device().with(|stack| stack.network_events()),
        Err(Error::NetworkDown)
    );
    lab.enable().expect("the chip answers");
    assert_eq!((told(&lab), asked(&lab)), (vec![], 0));
    drop(server);
}

/// A task that waits in dispatch is woken by it.
#[test]
fn a_dispatch_that_waits_ends_with_the_event() {
    let lab = Lab::new();
    let server = bound(&lab, &DhcpSettings::default());
    watch(&lab, ALL);
    take(&lab, LEASED);
    assert_eq!(event::dispatch(&lab.devices, 5000), Ok(2));
    assert_eq!(TOLD.take(), [CONFLICT, LOST]);
    drop(server);
}
