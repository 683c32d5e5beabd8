//! Binding: who has which port, and what getsockname says.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, Kind};

/// The first port of those given out by the system (RFC 6335, section 6).
const FIRST_DYNAMIC: u16 = 49152;

fn first_port(seed: u32) -> u16 {
    let lab = Lab::with_setup(Setup {
        seed,
        ..Setup::default()
    });
    let handle = lab.tcp();
    lab.bind(handle, 0).unwrap();
    lab.local(handle).port
}

fn reuse(lab: &Lab, handle: Handle) {
    lab.with(|stack| {
        stack.settings(handle)?.reuse_address = true;
        Ok(())
    });
}

#[test]
fn w1_bind_to_port_0_picks_a_free_port_each_time() {
    let lab = Lab::new();
    let mut ports: Vec<_> = (0..8)
        .map(|_| {
            let handle = lab.tcp();
            assert_eq!(lab.bind(handle, 0), Ok(()));
            lab.local(handle).port
        })
        .collect();
    assert!(ports.iter().all(|port| *port >= FIRST_DYNAMIC));
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 8);
}

#[test]
fn w1_the_first_port_depends_on_the_seed() {
    assert_eq!(first_port(1), first_port(1));
    let ports = [1, 2, 3, 0x1234_5678, 0x8765_4321, u32::MAX].map(first_port);
    for (at, port) in ports.iter().enumerate() {
        assert!(!ports[..at].contains(port), "{ports:?}");
    }
}

#[test]
fn w1_a_port_is_found_beside_any_that_are_bound() {
    // The search starts just below the end of the range, with all that follow taken.
    let lab = Lab::with_setup(Setup {
        seed: 0xFFFE,
        ..Setup::default()
    });
    for port in [0xFFFE, 0xFFFF, FIRST_DYNAMIC, FIRST_DYNAMIC + 1] {
        let handle = lab.tcp();
        assert_eq!(lab.bind(handle, port), Ok(()));
    }
    let handle = lab.tcp();
    assert_eq!(lab.bind(handle, 0), Ok(()));
    assert!(lab.local(handle).port > FIRST_DYNAMIC + 1);
}

#[test]
fn w2_bind_is_the_reservation() {
    let lab = Lab::new();
    for kind in [Kind::Tcp, Kind::Udp] {
        let first = lab.socket(kind);
        assert_eq!(lab.bind(first, 5000), Ok(()));
        let second = lab.socket(kind);
        assert_eq!(lab.bind(second, 5000), Err(Error::AddressInUse));
        // Not bound by that, so it can still have another.
        assert_eq!(lab.local(second).port, 0);
        assert_eq!(lab.bind(second, 5001), Ok(()));
        lab.close(first);
        let third = lab.socket(kind);
        assert_eq!(lab.bind(third, 5000), Ok(()));
    }
}

#[test]
fn w2_reuseaddr_shares_a_port_that_nobody_listens_on() {
    let lab = Lab::new();
    let [first, second, third] = [0; 3].map(|_| lab.tcp());
    reuse(&lab, second);
    assert_eq!(lab.bind(first, 5000), Ok(()));
    // Both have to say so.
    assert_eq!(lab.bind(second, 5000), Err(Error::AddressInUse));
    reuse(&lab, first);
    assert_eq!(lab.bind(second, 5000), Ok(()));
    lab.with(|stack| stack.listen(first, 1));
    let listened = lab.device().with(|stack| stack.listen(second, 1));
    assert_eq!(listened, Err(Error::AddressInUse));
    reuse(&lab, third);
    assert_eq!(lab.bind(third, 5000), Err(Error::AddressInUse));
}

#[test]
fn w2_a_listener_can_come_back_while_its_clients_stay() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let client = lab.client();
    let accepted = lab.accept(listener).unwrap();
    lab.close(listener);
    lab.listener(PORT, 4);
    lab.echo(accepted, &client, b"still here");
    let _second = lab.client();
}

#[test]
fn w3_an_implicit_bind_never_takes_a_bound_port() {
    let seed = 0x0100;
    let next = first_port(seed);
    let lab = Lab::with_setup(Setup {
        seed,
        ..Setup::default()
    });
    for port in next..next + 4 {
        let handle = lab.tcp();
        assert_eq!(lab.bind(handle, port), Ok(()));
    }
    let (connected, _conn) = lab.connected();
    let port = lab.local(connected).port;
    assert!(port >= FIRST_DYNAMIC && !(next..next + 4).contains(&port));

    let listener = lab.tcp();
    lab.with(|stack| stack.listen(listener, 1));
    let listening = lab.local(listener).port;
    assert!(listening >= FIRST_DYNAMIC && listening != port);
    assert!(!(next..next + 4).contains(&listening));
}

#[test]
fn w4_getsockname_gives_the_port_always_and_the_ip_once_connected() {
    let lab = Lab::new();
    let handle = lab.tcp();
    assert_eq!(lab.local(handle), endpoint([0; 4], 0));
    lab.bind(handle, 5000).unwrap();
    assert_eq!(lab.local(handle), endpoint([0; 4], 5000));
    lab.peer.listen(PEER_PORT);
    lab.connect(handle).unwrap();
    assert_eq!(lab.local(handle), endpoint(CHIP_IP, 5000));

    let (accepted, _conn) = lab.accepted();
    assert_eq!(lab.local(accepted), endpoint(CHIP_IP, PORT));

    let own = lab.tcp();
    lab.with(|stack| stack.bind(own, endpoint(CHIP_IP, 5002)));
    assert_eq!(lab.local(own), endpoint(CHIP_IP, 5002));

    let datagram = lab.udp();
    lab.bind(datagram, 5003).unwrap();
    assert_eq!(lab.local(datagram), endpoint([0; 4], 5003));
    lab.connect(datagram).unwrap();
    assert_eq!(lab.local(datagram), endpoint(CHIP_IP, 5003));
}

#[test]
fn w4_a_udp_bind_that_failed_leaves_no_name() {
    let lab = Lab::new();
    for number in 0..4 {
        let taken = lab.udp();
        assert_eq!(lab.bind(taken, 1000 + number), Ok(()));
    }
    let handle = lab.udp();
    for ip in [[0; 4], CHIP_IP] {
        let bound = lab
            .device()
            .with(|stack| stack.bind(handle, endpoint(ip, 53)));
        assert_eq!(bound, Err(Error::NoHardwareSocket));
        assert_eq!(lab.local(handle), endpoint([0; 4], 0));
    }
}

#[test]
fn getpeername_needs_a_connection() {
    let lab = Lab::new();
    let peer_of = |handle| lab.device().with(|stack| stack.peer(handle));
    let handle = lab.tcp();
    assert_eq!(peer_of(handle), Err(Error::NotConnected));
    lab.nonblocking(handle);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    assert_eq!(peer_of(handle), Err(Error::NotConnected));
    let (connected, _conn) = lab.connected();
    assert_eq!(peer_of(connected), Ok(endpoint(PEER_IP, PEER_PORT)));
    let listener = lab.listener(PORT, 1);
    assert_eq!(peer_of(listener), Err(Error::NotConnected));
    let datagram = lab.udp();
    assert_eq!(peer_of(datagram), Err(Error::NotConnected));
}

#[test]
fn bind_refuses_what_makes_no_sense() {
    let lab = Lab::new();
    let handle = lab.tcp();
    let foreign = lab
        .device()
        .with(|stack| stack.bind(handle, endpoint(PEER_IP, 5000)));
    assert_eq!(foreign, Err(Error::AddressNotAvailable));
    assert_eq!(lab.bind(handle, 5000), Ok(()));
    assert_eq!(lab.bind(handle, 5001), Err(Error::Invalid));
    let (connected, _conn) = lab.connected();
    assert_eq!(lab.bind(connected, 5002), Err(Error::Invalid));
}

#[test]
fn n11_listen_and_accept_on_the_wrong_kind_of_socket() {
    let lab = Lab::new();
    let listen = |handle| lab.device().with(|stack| stack.listen(handle, 1));
    let [tcp, udp] = [lab.tcp(), lab.udp()];
    assert_eq!(lab.accept(tcp), Err(Error::Invalid));
    assert_eq!(lab.accept(udp), Err(Error::NotSupported));
    assert_eq!(listen(udp), Err(Error::NotSupported));
    let (connected, _conn) = lab.connected();
    assert_eq!(listen(connected), Err(Error::Invalid));
    assert_eq!(lab.accept(connected), Err(Error::Invalid));
    let listener = lab.listener(PORT, 1);
    assert_eq!(listen(listener), Ok(()));
    assert_eq!(lab.connect(listener), Err(Error::NotSupported));
}
