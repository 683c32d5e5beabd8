//! The client on the simulated chip, with a server on its wire.

use std::net::Ipv4Addr;

use smoltcp::wire::DhcpMessageType::{Ack, Decline, Discover, Offer, Release, Request};
use w5100::error::Error;
use w5100::services::dhcp::{Field, State};
use w5100::stack::{DhcpSettings, Direction, Handle, SLOTS};

use crate::server::{BORROWS, LEASED, SECONDS, Server, bound, own_ip, start, state};
use crate::support::*;

#[test]
fn an_address_is_got_and_all_that_comes_with_it() {
    let lab = Lab::new();
    let mut server = Server::new(&lab);
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    assert_eq!(own_ip(&lab), [0; 4], "none until then");
    server.pass(1000);
    assert_eq!(server.heard, [Discover, Request]);
    let (network, dns) = lab.with(|stack| stack.network());
    let address = network.address;
    assert_eq!(address.ip, LEASED);
    assert_eq!((address.mask, address.gateway), (MASK, GATEWAY));
    assert_eq!((address.mac, dns), (MAC, [192, 168, 1, 3]));
    lab.with(|stack| {
        let (_, lease, left) = stack.dhcp_state();
        assert_eq!(stack.dhcp_domain(), b"lan.example");
        assert_eq!(
            [lease[Field::Dns], lease[Field::SecondDns]],
            [[192, 168, 1, 3], [192, 168, 1, 4]]
        );
        assert_eq!(lease[Field::Server], PEER_IP);
        assert!((SECONDS - 2..=SECONDS).contains(&left));
        Ok(())
    });
    lab.assert_clean();
}

#[test]
fn the_lease_is_renewed_in_time_and_connections_go_on() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    server.heard.clear();
    server.pass(SECONDS / 2 * 1000 - 3000);
    assert_eq!(server.heard, []);
    server.pass(4000);
    assert_eq!(server.heard, [Request]);
    assert_eq!(state(&lab), State::Bound);
    assert_eq!(own_ip(&lab), LEASED);
    lab.assert_clean();
}

#[test]
fn a_lease_that_nobody_renews_is_lost_and_its_connections_end() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    let (listener, handle) = connection(&lab);
    server.silent = true;
    server.pass(SECONDS * 1000 + 1000);
    assert_eq!(own_ip(&lab), [0; 4]);
    assert_eq!(
        lab.receive_now(handle, 1).err(),
        Some(Error::ConnectionAborted)
    );
    server.silent = false;
    server.pass(70_000);
    assert_eq!(own_ip(&lab), LEASED);
    lab.close(handle);
    lab.close(listener);
    lab.assert_clean();
}

/// A client of the chip at its leased address.
fn connection(lab: &Lab) -> (Handle, Handle) {
    let listener = lab.listener(PORT, 1);
    let conn = lab.peer.connect(LEASED.into(), PORT);
    lab.settle();
    let handle = lab.accept(listener).expect("a client waits");
    drop(conn);
    (listener, handle)
}

#[test]
fn a_refusal_takes_the_address_away() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    server.refuses = true;
    lab.with(|stack| stack.dhcp_renew());
    server.pass(500);
    assert_eq!(own_ip(&lab), [0; 4]);
    assert_eq!(state(&lab), State::Selecting);
    server.refuses = false;
    server.pass(10_000);
    assert_eq!(own_ip(&lab), LEASED);
}

#[test]
fn an_address_that_another_host_has_is_declined() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    server.heard.clear();
    // Its ARP tells the chip.
    let thief = lab.world.add_simple_peer(LEASED.into());
    assert!(thief.udp_send(9, PEER_IP.into(), 9, b"x"));
    server.pass(1000);
    assert_eq!(server.heard, [Decline]);
    assert_eq!(own_ip(&lab), [0; 4]);
    server.pass(8000);
    assert_eq!(server.heard, [Decline], "a pause of ten seconds");
    server.pass(4000);
    assert_eq!(server.heard[..2], [Decline, Discover]);
}

#[test]
fn release_gives_the_address_back_and_stop_keeps_it() {
    for release in [true, false] {
        let lab = Lab::new();
        let mut server = bound(&lab, &DhcpSettings::default());
        server.heard.clear();
        lab.with(|stack| stack.dhcp_stop(release));
        server.pass(1000);
        match release {
            true => assert_eq!((&server.heard[..], own_ip(&lab)), (&[Release][..], [0; 4])),
            false => assert_eq!((&server.heard[..], own_ip(&lab)), (&[][..], LEASED)),
        }
        assert_eq!(state(&lab), State::Off);
        assert_eq!(lab.open_handles(), 0);
    }
}

#[test]
fn a_start_right_after_a_release_begins_anew() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    server.heard.clear();
    lab.with(|stack| stack.dhcp_stop(true));
    // It goes out, but the library has not seen so yet.
    lab.world.run_for(SETTLE_MS);
    assert_eq!(start(&lab, &DhcpSettings::default()), Ok(()));
    assert_eq!(own_ip(&lab), [0; 4]);
    assert_eq!(
        start(&lab, &DhcpSettings::default()),
        Err(Error::Already),
        "but once"
    );
    server.pass(1000);
    assert_eq!(server.heard, [Release, Discover, Request]);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
}

#[test]
fn g3_dhcp_holds_a_hardware_socket_only_while_it_is_enabled() {
    let lab = Lab::new();
    assert_eq!(lab.free_sockets(), 4);
    let mut server = bound(&lab, &DhcpSettings::default());
    server.pass(1000);
    assert_eq!(lab.free_sockets(), 3);
    lab.with(|stack| stack.dhcp_stop(false));
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn g3_a_policy_borrows_one_at_renewal_only() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    server.pass(1000);
    assert_eq!(lab.free_sockets(), 4);
    // A listener has two of them, and lends one.
    let listener = lab.listener(PORT, 4);
    server.heard.clear();
    server.pass(SECONDS / 2 * 1000 + 1000);
    assert_eq!(server.heard, [Request]);
    assert_eq!((lab.free_sockets(), state(&lab)), (4, State::Bound));
    lab.close(listener);
}

#[test]
fn without_hardware_it_does_not_start() {
    let lab = Lab::new();
    let sockets: Vec<_> = (0..4).map(|at| lab.udp_at(100 + at)).collect();
    assert_eq!(
        start(&lab, &DhcpSettings::default()),
        Err(Error::NoHardwareSocket)
    );
    assert_eq!((state(&lab), own_ip(&lab)), (State::Off, CHIP_IP));
    assert_eq!(lab.open_handles(), 4);
    sockets.into_iter().for_each(|handle| lab.close(handle));
    start(&lab, &DhcpSettings::default()).expect("there is now");
    assert_eq!(start(&lab, &DhcpSettings::default()), Err(Error::Already));
}

/// The chip would never hear an acknowledgement again.
#[test]
fn a_start_ends_the_connections_under_the_address_before() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionAborted));
    assert_eq!(lab.free_sockets(), 3);
}

#[test]
fn answers_for_others_change_nothing() {
    let lab = Lab::new();
    let mut server = Server::new(&lab);
    server.silent = true;
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    server.pass(500);
    for (xid, mac) in [(1, MAC), (0, [2, 0, 0, 0, 0, 9])] {
        server.answer(Offer, xid, mac, true);
        server.answer(Ack, xid, mac, true);
    }
    assert!(lab.peer.udp_send(67, Ipv4Addr::BROADCAST, 68, b"short"));
    server.pass(500);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Selecting, [0; 4]));
    lab.assert_clean();
}

#[test]
fn a_wait_ends_with_the_lease_or_its_time() {
    let lab = Lab::new();
    assert_eq!(lab.device().dhcp_wait(0), Err(Error::Invalid));
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    let (outcome, elapsed) = lab.timed(|| lab.device().dhcp_wait(2000));
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((2000..2100).contains(&elapsed), "{elapsed}");
    Server::new(&lab).pass(20_000);
    assert_eq!(lab.device().dhcp_wait(0), Ok(()));
}

#[test]
fn a_reset_of_the_chip_keeps_the_lease() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    // MR.RST, written behind the library's back.
    lab.chip.transfer(&mut [[0xF0, 0, 0, 0x80]]);
    server.pass(2000);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
    server.heard.clear();
    lab.with(|stack| stack.dhcp_renew());
    server.pass(1000);
    assert_eq!(server.heard, [Request]);
}

#[test]
fn a_device_that_is_disabled_has_no_client_any_more() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    lab.device().disable().expect("it is enabled");
    lab.enable().expect("the chip answers");
    server.heard.clear();
    server.pass(SECONDS * 1000);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Off, CHIP_IP));
    assert_eq!((server.heard.len(), lab.open_handles()), (0, 0));
    start(&lab, &DhcpSettings::default()).expect("anew");
}

/// A client that borrows finds its port taken: everybody else goes on.
#[test]
fn a_socket_that_the_program_shut_down_is_replaced() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    let rows = (0..SLOTS).find_map(|index| lab.with(|stack| stack.info(index)));
    let own = Handle::from_raw(rows.expect("the client's").handle);
    // As everywhere without a peer; but it has an effect.
    let told = lab
        .device()
        .with(|stack| stack.shutdown(own, Direction::Both));
    assert_eq!(told, Err(Error::NotConnected));
    server.heard.clear();
    server.pass(SECONDS / 2 * 1000 + 1000);
    assert_eq!(
        (&server.heard[..], state(&lab)),
        (&[Request][..], State::Bound)
    );
    assert_eq!((lab.free_sockets(), lab.open_handles()), (3, 1));
}

#[test]
fn a_port_that_a_program_took_meanwhile_stops_nobody_else() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    server.pass(1000);
    let thief = lab.udp_at(68);
    server.heard.clear();
    server.pass(SECONDS / 2 * 1000 + 1000);
    assert_eq!(server.heard, []);
    assert_eq!(state(&lab), State::Renewing);
    lab.close(thief);
    server.pass(1000);
    assert_eq!(
        (&server.heard[..], state(&lab)),
        (&[Request][..], State::Bound)
    );
}

/// Errata 2 and 3: without an address, and with a mask, the chip asks for the gateway's MAC
/// whomever it is to reach.
#[test]
fn while_there_is_no_address_a_neighbour_is_asked_for_by_its_own() {
    let lab = Lab::new();
    let mut server = Server::new(&lab);
    server.silent = true;
    start(&lab, &DhcpSettings::default()).expect("there is hardware");
    server.pass(100);
    let handle = lab.udp_at(PORT);
    lab.world.record(true);
    assert_eq!(
        lab.send_to(handle, b"x", endpoint(PEER_IP, PEER_PORT)),
        Ok(1)
    );
    server.pass(100);
    let frames = lab.world.recorded();
    // ARP: who has the last four bytes?
    let arp = |frame: &&[u8]| frame[12..14] == [8, 6] && frame[6..12] == MAC;
    let asked = frames.iter().map(|one| &one.frame[..]).filter(arp);
    let wanted: Vec<_> = asked.map(|frame| frame[38..42].to_vec()).collect();
    assert_eq!(wanted, [PEER_IP]);
    // With an address there is the mask again.
    server.silent = false;
    server.pass(10_000);
    assert_eq!(own_ip(&lab), LEASED);
    let held = lab.chip.with(|chip| [5, 6, 7, 8].map(|at| chip.peek(at)));
    assert_eq!(held, MASK);
}
