//! Two scripted peers on a wire: what the other tests stand on.

use std::net::{Ipv4Addr, SocketAddrV4};

use w5100_sim::{Conn, Link, PeerHandle, Service, TcpState, World};

const ALICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn pair(seed: u64) -> (World, PeerHandle, PeerHandle) {
    let world = World::wire(seed);
    let (alice, bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    (world, alice, bob)
}

/// A connection from `client` to port 80 of `server`, both ends.
fn connected(world: &World, client: &PeerHandle, server: &PeerHandle) -> (Conn, Conn) {
    let connection = client.connect(BOB, 80);
    let mut accepted = None;
    world.run_until(
        || {
            accepted = accepted.take().or_else(|| server.accept(80));
            accepted.is_some()
        },
        1_000,
    );
    assert_eq!(connection.state(), TcpState::Established);
    (connection, accepted.expect("established at both ends"))
}

#[test]
fn a_connection_carries_bytes_and_closes_one_way_at_a_time() {
    let (world, alice, bob) = pair(1);
    bob.listen(80);
    let (client, server) = connected(&world, &alice, &bob);
    assert!(bob.accept(80).is_none(), "there is only one");
    assert_eq!(server.remote(), client.local());

    assert_eq!(client.send(b"question"), 8);
    client.close();
    assert!(world.run_until(|| server.available() == 8, 100));
    assert!(
        !server.is_finished(),
        "there is something to read before the end"
    );
    assert_eq!(server.recv_all(), b"question");
    assert!(server.is_finished());
    assert_eq!(server.state(), TcpState::CloseWait);

    assert_eq!(server.send(b"answer"), 6);
    server.close();
    assert!(world.run_until(|| client.is_finished() || client.available() == 6, 100));
    assert_eq!(client.recv_all(), b"answer");
    assert!(world.run_until(|| server.state() == TcpState::Closed, 1_000));
    assert_eq!((client.received(), server.received()), (6, 8));
    assert!(!client.was_reset() && !server.was_reset());
}

#[test]
fn a_port_nobody_listens_on_refuses() {
    let (world, alice, bob) = pair(1);
    let refused = alice.connect(BOB, 81);
    assert!(world.run_until(|| refused.state() == TcpState::Closed, 100));
    assert!(refused.was_reset());

    bob.listen(82);
    bob.unlisten(82);
    let late = alice.connect(BOB, 82);
    assert!(world.run_until(|| late.was_reset(), 100));
}

#[test]
fn abort_sends_reset() {
    let (world, alice, bob) = pair(1);
    bob.listen(80);
    let (client, server) = connected(&world, &alice, &bob);
    client.abort();
    assert!(world.run_until(|| server.was_reset(), 100));
    assert_eq!(server.state(), TcpState::Closed);
    assert_eq!(server.send(b"x"), 0);
    assert_eq!(server.recv(&mut [0; 4]), 0);
}

#[test]
fn several_connections_to_one_port_at_once() {
    let (world, alice, bob) = pair(1);
    bob.listen_service(7, Service::Echo);
    let clients: Vec<_> = (0..8).map(|_| alice.connect(BOB, 7)).collect();
    assert!(world.run_until(|| clients.iter().all(|client| client.is_open()), 1_000));
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.send(&[number as u8; 3000]), 3000);
    }
    assert!(world.run_until(
        || clients.iter().all(|client| client.available() == 3000),
        1_000
    ));
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.recv_all(), vec![number as u8; 3000]);
        client.close();
    }
    // The echo closes when the client has.
    assert!(world.run_until(|| clients.iter().all(|client| client.is_finished()), 1_000));
}

#[test]
fn a_peer_that_does_not_read_closes_its_window() {
    let (world, alice, bob) = pair(1);
    bob.set_buffers(2048, 2048);
    bob.listen(80);
    let (client, server) = connected(&world, &alice, &bob);
    assert_eq!(client.send(&[7; 5000]), 5000);
    world.run_for(10_000);
    assert_eq!(server.received(), 2048);
    assert_eq!(client.unacknowledged(), 5000 - 2048);
    server.set_service(Service::Discard);
    assert!(world.run_until(|| server.received() == 5000, 10_000));
}

#[test]
fn a_vanished_peer_is_silent_and_comes_back_as_it_was() {
    let (world, alice, bob) = pair(1);
    bob.listen(80);
    let (client, server) = connected(&world, &alice, &bob);
    bob.vanish(true);
    client.send(b"hello?");
    world.run_for(1_500);
    assert_eq!((server.received(), client.unacknowledged()), (0, 6));
    bob.vanish(false);
    assert!(world.run_until(|| server.received() == 6, 60_000));
}

#[test]
fn delayed_acknowledgments_are_held_back() {
    let (world, alice, bob) = pair(1);
    bob.ack_delay(Some(100));
    bob.listen(80);
    let (client, _server) = connected(&world, &alice, &bob);
    let sent = world.now();
    client.send(b"x");
    assert!(world.run_until(|| client.unacknowledged() == 0, 1_000));
    let took = world.now() - sent;
    assert!(
        (100_000..150_000).contains(&took),
        "acknowledged after {took} us"
    );
}

#[test]
fn a_lossy_wire_that_reorders_delivers_all_the_same() {
    let (world, alice, bob) = pair(42);
    bob.listen_service(80, Service::Discard);
    let (client, server) = connected(&world, &alice, &bob);
    let faults = Link {
        loss_permille: 50,
        duplicate_permille: 50,
        reorder_permille: 50,
        ..world.link()
    };
    world.set_link(faults);
    let mut sent = 0;
    let all = world.run_until(
        || {
            sent += client.send(&vec![1; 200_000 - sent]);
            server.received() == 200_000
        },
        600_000,
    );
    assert!(all, "{} of {sent} bytes arrived", server.received());
}

#[test]
fn datagrams_and_their_echo() {
    let (world, alice, bob) = pair(1);
    bob.udp_echo(7);
    bob.udp_bind(9);
    assert!(alice.udp_send(5000, BOB, 7, b"echo me"));
    assert!(alice.udp_send(5000, BOB, 9, b"keep me"));
    world.run_for(10);
    assert_eq!(
        alice.udp_recv(5000),
        Some((SocketAddrV4::new(BOB, 7), b"echo me".to_vec()))
    );
    assert_eq!(alice.udp_recv(5000), None);
    assert_eq!(
        bob.udp_recv(9),
        Some((SocketAddrV4::new(ALICE, 5000), b"keep me".to_vec()))
    );
}

#[test]
fn ping_is_answered() {
    let (world, alice, _bob) = pair(1);
    alice.ping(BOB, b"abcdefgh");
    world.run_for(10);
    assert_eq!(alice.ping_reply(), Some((BOB, b"abcdefgh".to_vec())));
    assert_eq!(alice.ping_reply(), None);
}

#[test]
fn injected_frames_arrive_unchanged() {
    let (world, alice, bob) = pair(1);
    let mut frame = vec![0xFF; 6];
    frame.extend([2, 0, 0, 0, 0, 9, 0x88, 0xB5]); // EtherType for experiments
    frame.extend([0x5A; 46]);
    bob.capture(true);
    alice.inject(&frame);
    world.run_for(1);
    assert_eq!(bob.captured(), [frame]);
    assert!(bob.captured().is_empty());
}
