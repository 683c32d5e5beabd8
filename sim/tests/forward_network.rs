//! The forward network: real sockets of this machine reach a host on the wire, and the other way
//! round. The host stands where a chip would be.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use w5100_sim::{ChipOptions, Conn, Identity, Link, PeerHandle, Service, World};

const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 1);
const HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 20);
const PATIENCE: Duration = Duration::from_secs(20);
const PATIENCE_MS: u32 = 20_000;

fn network() -> (World, PeerHandle) {
    let world = World::forward(GATEWAY).expect("a thread and a poll");
    let peer = world.add_peer(Identity {
        gateway: Some(GATEWAY),
        ..HOST.into()
    });
    (world, peer)
}

/// A connection of this machine to port 80 of the peer, both ends.
fn session(world: &World, peer: &PeerHandle) -> (TcpStream, Conn) {
    peer.listen(80);
    let port = world.forward_port(0, HOST, 80).expect("a free port");
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("listening");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("not zero");
    let mut accepted = None;
    world.run_until(
        || {
            accepted = accepted.take().or_else(|| peer.accept(80));
            accepted.is_some()
        },
        PATIENCE_MS,
    );
    (stream, accepted.expect("connected through"))
}

#[test]
fn four_clients_echo_a_mebibyte_each_at_once() {
    const SIZE: usize = 1 << 20;
    let (world, peer) = network();
    peer.listen_service(7, Service::Echo);
    let port = world.forward_port(0, HOST, 7).expect("a free port");
    thread::scope(|scope| {
        for seed in 0..4u8 {
            scope.spawn(move || {
                let sent: Vec<u8> = (0..SIZE)
                    .map(|i| (i / 251) as u8 ^ i as u8 ^ seed)
                    .collect();
                let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("listens");
                stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
                let mut writer = stream.try_clone().expect("a descriptor");
                let received = thread::scope(|scope| {
                    scope.spawn(|| {
                        writer.write_all(&sent).expect("written");
                        writer.shutdown(Shutdown::Write).expect("open");
                    });
                    let mut received = Vec::new();
                    stream.read_to_end(&mut received).expect("read to the end");
                    received
                });
                assert!(received == sent, "what came back is not what was sent");
            });
        }
    });
}

#[test]
fn faults_of_the_link_change_no_bytes() {
    let (world, peer) = network();
    peer.listen_service(7, Service::Echo);
    let port = world.forward_port(0, HOST, 7).expect("a free port");
    world.set_link(Link {
        jitter_us: 1_000,
        loss_permille: 20,
        duplicate_permille: 20,
        reorder_permille: 20,
        corrupt_permille: 20,
        ..world.link()
    });
    let sent: Vec<u8> = (0..65_536u32).map(|i| (i / 251) as u8 ^ i as u8).collect();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream.write_all(&sent).expect("buffers hold it");
    stream.shutdown(Shutdown::Write).expect("open");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("read to the end");
    assert!(received == sent, "what came back is not what was sent");
}

#[test]
fn each_direction_closes_by_itself() {
    let (world, peer) = network();
    let (mut stream, conn) = session(&world, &peer);
    stream.write_all(b"question").expect("written");
    stream.shutdown(Shutdown::Write).expect("open");
    assert!(world.run_until(|| conn.available() == 8, PATIENCE_MS));
    assert_eq!(conn.recv_all(), b"question");
    assert!(world.run_until(|| conn.is_finished(), PATIENCE_MS));

    assert_eq!(conn.send(b"answer"), 6);
    conn.close();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("a clean end");
    assert_eq!(answer, b"answer");
    assert!(!conn.was_reset());
}

#[test]
fn the_end_may_come_from_the_chip_first() {
    let (world, peer) = network();
    let (mut stream, conn) = session(&world, &peer);
    conn.close();
    assert_eq!(stream.read(&mut [0; 8]).expect("a clean end"), 0);
    stream.write_all(b"still here").expect("written");
    assert!(world.run_until(|| conn.available() == 10, PATIENCE_MS));
    drop(stream);
    assert_eq!(conn.recv_all(), b"still here");
    assert!(world.run_until(|| conn.is_finished(), PATIENCE_MS));
}

#[test]
fn a_reset_from_the_chip_resets_the_client() {
    let (world, peer) = network();
    let (mut stream, conn) = session(&world, &peer);
    conn.abort();
    let error = stream.read(&mut [0; 8]).expect_err("reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_reset_from_the_client_reaches_the_chip() {
    let (world, peer) = network();
    let (stream, conn) = session(&world, &peer);
    socket2::SockRef::from(&stream)
        .set_linger(Some(Duration::ZERO))
        .expect("a TCP socket");
    drop(stream);
    assert!(world.run_until(|| conn.was_reset(), PATIENCE_MS));
}

#[test]
fn a_refused_client_is_reset() {
    let (world, _peer) = network();
    let port = world.forward_port(0, HOST, 81).expect("a free port");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("listening");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    let error = stream.read(&mut [0; 8]).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_chip_that_does_not_read_stops_the_client() {
    let (world, peer) = network();
    peer.set_buffers(2048, 2048);
    let (mut stream, conn) = session(&world, &peer);
    stream.set_nonblocking(true).expect("a socket");
    // All buffers on the way, the kernel's included, are bounded: it ends.
    let chunk = [9; 65_536];
    let mut sent = 0u64;
    let full = world.run_until(
        || loop {
            match stream.write(&chunk) {
                Ok(length) => sent += length as u64,
                Err(error) => return error.kind() == ErrorKind::WouldBlock && sent > 2048,
            }
            assert!(sent < 1 << 28, "somebody keeps it all");
        },
        PATIENCE_MS,
    );
    assert!(full);
    assert!(world.run_until(|| conn.received() == 2048, PATIENCE_MS));

    conn.set_service(Service::Discard);
    stream.shutdown(Shutdown::Write).expect("open");
    assert!(
        world.run_until(|| conn.received() == sent, PATIENCE_MS),
        "{}",
        conn.received()
    );
}

#[test]
fn a_client_that_does_not_read_stops_the_chip() {
    let (world, peer) = network();
    let (mut stream, conn) = session(&world, &peer);
    let mut sent = 0u64;
    loop {
        let before = sent;
        world.run_until(
            || {
                sent += conn.send(&[5; 16_384]) as u64;
                sent > before + (1 << 20)
            },
            300,
        );
        if sent == before {
            break; // 300 ms without room
        }
        assert!(sent < 1 << 28, "somebody keeps it all");
    }
    conn.close();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("a clean end");
    assert_eq!(received.len() as u64, sent);
}

#[test]
fn a_chip_connects_to_a_server_of_this_machine() {
    let (world, peer) = network();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let first = peer.connect(GATEWAY, port);
    let second = peer.connect(GATEWAY, port);
    let mut streams: Vec<_> = (0..2)
        .map(|_| listener.accept().expect("accepted").0)
        .collect();
    assert!(world.run_until(|| first.is_open() && second.is_open(), PATIENCE_MS));
    first.send(b"1");
    second.send(b"2");
    let mut seen: Vec<u8> = streams
        .iter_mut()
        .map(|stream| {
            let mut byte = [0];
            stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
            stream.read_exact(&mut byte).expect("one byte");
            stream.write_all(&byte).expect("written");
            byte[0]
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, b"12");
    assert!(world.run_until(
        || first.available() == 1 && second.available() == 1,
        PATIENCE_MS
    ));
    assert_eq!(
        (first.recv_all(), second.recv_all()),
        (b"1".to_vec(), b"2".to_vec())
    );
}

#[test]
fn a_chip_is_refused_where_nobody_listens() {
    let (world, peer) = network();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let conn = peer.connect(GATEWAY, port);
    assert!(world.run_until(|| conn.was_reset(), PATIENCE_MS));
}

#[test]
fn datagrams_go_both_ways() {
    let (world, peer) = network();
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    server.set_read_timeout(Some(PATIENCE)).expect("not zero");
    let port = server.local_addr().expect("bound").port();
    peer.udp_bind(5000);
    assert!(peer.udp_send(5000, GATEWAY, port, b"from the chip"));
    let mut buffer = [0; 64];
    let (length, from) = server.recv_from(&mut buffer).expect("arrived");
    assert_eq!(&buffer[..length], b"from the chip");
    server.send_to(b"to the chip", from).expect("sent");
    let mut answer = None;
    world.run_until(
        || {
            answer = answer.take().or_else(|| peer.udp_recv(5000));
            answer.is_some()
        },
        PATIENCE_MS,
    );
    let (from, payload) = answer.expect("arrived");
    assert_eq!(
        (*from.ip(), from.port(), &payload[..]),
        (GATEWAY, port, &b"to the chip"[..])
    );
}

#[test]
fn clients_of_a_forwarded_udp_port_get_their_own_answers() {
    let (world, peer) = network();
    peer.udp_echo(7);
    let port = world.forward_udp_port(0, HOST, 7).expect("a free port");
    let clients: Vec<_> = (0..3u8)
        .map(|number| {
            let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            client.set_read_timeout(Some(PATIENCE)).expect("not zero");
            client
                .send_to(&[number; 3], (Ipv4Addr::LOCALHOST, port))
                .expect("sent");
            client
        })
        .collect();
    for (number, client) in clients.iter().enumerate() {
        let mut buffer = [0; 8];
        let length = client.recv(&mut buffer).expect("its answer");
        assert_eq!(&buffer[..length], &[number as u8; 3]);
    }
}

#[test]
fn a_taken_port_is_an_error_and_so_is_a_wire() {
    let (world, _peer) = network();
    let port = world.forward_port(0, HOST, 80).expect("a free port");
    let taken = world.forward_port(port, HOST, 80).expect_err("taken");
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    let wire = World::wire(0)
        .forward_port(0, HOST, 80)
        .expect_err("no gateway");
    assert_eq!(wire.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_chip_is_told_that_a_udp_port_is_closed() {
    const IR: u16 = 0x0015;
    const UNREACH: u8 = 0x40;
    let (world, peer) = network();
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = server.local_addr().expect("bound").port();
    drop(server);
    drop(peer);
    let chip = world.add_chip(ChipOptions::default());
    let write = |address: u16, bytes: &[u8]| {
        for (at, &byte) in (address..).zip(bytes) {
            let [high, low] = at.to_be_bytes();
            chip.transfer(&mut [[0xF0, high, low, byte]]);
        }
    };
    write(0x0005, &[255, 255, 255, 0]); // SUBR
    write(0x0009, &[2, 0, 0, 0, 0, 1]); // SHAR
    write(0x000F, &[192, 168, 7, 30]); // SIPR
    write(0x0400, &[0x02]); // S0_MR: UDP
    write(0x0404, &[0, 9]); // S0_PORT
    write(0x0401, &[0x01]); // OPEN
    write(0x040C, &GATEWAY.octets()); // S0_DIPR
    write(0x0410, &port.to_be_bytes()); // S0_DPORT
    write(0x0424, &[0, 1]); // S0_TX_WR
    write(0x0401, &[0x20]); // SEND
    let peek = |address| chip.with(|chip| chip.peek(address));
    assert!(world.run_until(|| peek(IR) & UNREACH != 0, PATIENCE_MS));
    let uipr = [0x2A, 0x2B, 0x2C, 0x2D].map(peek);
    assert_eq!(uipr, GATEWAY.octets());
    assert_eq!([0x2E, 0x2F].map(peek), port.to_be_bytes());
}
