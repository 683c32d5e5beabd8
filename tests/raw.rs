//! Raw sockets: IP packets of one protocol (IPRAW) and Ethernet frames (MACRAW).

mod support;

use support::udp::*;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::ready::{IN, OUT};
use w5100::stack::{Endpoint, Handle, Kind};

/// An IP protocol that no host here knows.
const PROTOCOL: u8 = 200;
/// The most that an IPRAW socket sends, and a MACRAW one.
const LARGEST: usize = 1480;
const LONGEST_FRAME: usize = 1514;
const BROADCAST: [u8; 6] = [0xFF; 6];
/// An Ethertype for experiments (IEEE 802).
const ETHERTYPE: [u8; 2] = [0x88, 0xB5];

fn host(ip: [u8; 4]) -> Endpoint {
    endpoint(ip, 0)
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !(sum as u16)
}

/// An ICMP echo request (RFC 792).
fn echo_request(identifier: u16, sequence: u16, data: &[u8]) -> Vec<u8> {
    let mut message = vec![8, 0, 0, 0];
    message.extend(identifier.to_be_bytes());
    message.extend(sequence.to_be_bytes());
    message.extend(data);
    let sum = checksum(&message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    message
}

/// An IP packet to the chip in an Ethernet frame.
fn ip_frame(from: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend((20 + payload.len() as u16).to_be_bytes());
    header.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
    header.extend(from);
    header.extend(CHIP_IP);
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [&MAC[..], &peer_mac(from), &[0x08, 0x00], &header, payload].concat()
}

fn frame(to: [u8; 6], from: [u8; 6], data: &[u8]) -> Vec<u8> {
    [&to[..], &from, &ETHERTYPE, data].concat()
}

fn raw(protocol: u8) -> (Lab, Handle) {
    let lab = Lab::new();
    let handle = lab.socket(Kind::Raw(protocol));
    (lab, handle)
}

/// A MACRAW socket that receives.
fn packet(lab: &Lab) -> Handle {
    let handle = lab.socket(Kind::Packet);
    lab.bind(handle, 0).expect("hardware socket 0 is free");
    handle
}

fn inject(lab: &Lab, frame: &[u8]) {
    lab.peer.inject(frame);
    lab.world.run_for(SETTLE_MS);
}

fn receive_frame(lab: &Lab, handle: Handle) -> Result<Vec<u8>> {
    lab.receive_from(handle, 2000).map(|(frame, _)| frame)
}

#[test]
fn a_ping_is_answered() {
    let (lab, handle) = raw(ICMP);
    for sequence in 0..20u16 {
        let data = pattern(usize::from(sequence) * 70, sequence as u8);
        let request = echo_request(7, sequence, &data);
        assert_eq!(
            lab.send_to(handle, &request, host(PEER_IP)),
            Ok(request.len())
        );
        let (reply, from) = lab.await_from(handle, 2000).unwrap();
        // The IP header is not there, and the checksum holds.
        assert_eq!((from, checksum(&reply)), (host(PEER_IP), 0));
        assert_eq!(reply[..2], [0, 0], "an echo reply");
        assert_eq!(reply[4..], request[4..]);
    }
    assert_eq!(lab.free_sockets(), 3);
    lab.assert_clean();
}

#[test]
fn a_packet_goes_out_behind_an_ip_header() {
    let (lab, handle) = raw(PROTOCOL);
    lab.world.record(true);
    lab.set_options(handle, |options| (options.ttl, options.tos) = (9, 0x20));
    for length in [1, 20, 700, LARGEST] {
        let data = pattern(length, 5);
        assert_eq!(lab.send_to(handle, &data, host(PEER_IP)), Ok(length));
        lab.world.run_for(SETTLE_MS);
        let packets = lab.packets_of(PROTOCOL);
        let expected = Packet {
            to_mac: peer_mac(PEER_IP),
            from_mac: MAC,
            tos: 0x20,
            ttl: 9,
            protocol: PROTOCOL,
            from: CHIP_IP,
            to: PEER_IP,
            payload: data,
        };
        assert!(packets == [expected], "{length} bytes");
    }
    lab.assert_clean();
}

#[test]
fn packets_of_its_protocol_come_in_as_they_are() {
    let (lab, handle) = raw(PROTOCOL);
    lab.bind(handle, 0).unwrap();
    for round in 0..100u8 {
        let data = pattern(usize::from(round) * 14, round);
        inject(&lab, &ip_frame(PEER_IP, PROTOCOL, &data));
        inject(&lab, &ip_frame(PEER_IP, PROTOCOL + 1, b"another's"));
        assert_eq!(lab.available(handle), data.len());
        assert_eq!(lab.poll(handle, IN, Some(0)), IN);
        let received = lab.receive_datagram(handle, 2000, false, true);
        assert!(received == whole(&data, host(PEER_IP)), "round {round}");
        assert_eq!(lab.receive_from(handle, 10), Err(Error::WouldBlock));
    }
    lab.assert_clean();
}

#[test]
fn a_short_recvfrom_truncates_a_packet() {
    let (lab, handle) = raw(PROTOCOL);
    lab.bind(handle, 0).unwrap();
    inject(&lab, &ip_frame(PEER_IP, PROTOCOL, b"abcdef"));
    inject(&lab, &ip_frame(PEER_IP, PROTOCOL, b"next"));
    let cut = datagram_cut(3, 6, host(PEER_IP));
    for peek in [true, false] {
        let received = lab.receive_datagram(handle, 3, peek, true);
        assert_eq!(received, Ok((b"abc".to_vec(), cut)));
    }
    let received = lab.receive_datagram(handle, 9, false, true);
    assert_eq!(received, whole(b"next", host(PEER_IP)));
}

#[test]
fn a_connected_raw_socket_hears_its_peer_alone() {
    let (lab, handle) = raw(PROTOCOL);
    let outcome = lab.send_to(handle, b"x", None);
    assert_eq!(outcome, Err(Error::DestinationRequired));
    lab.device().connect(handle, host(PEER_IP)).unwrap();
    assert_eq!(lab.with(|stack| stack.peer(handle)), host(PEER_IP));
    assert_eq!(lab.send_to(handle, b"x", None), Ok(1));
    inject(&lab, &ip_frame(OTHER_IP, PROTOCOL, b"foreign"));
    inject(&lab, &ip_frame(PEER_IP, PROTOCOL, b"peer"));
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"peer".to_vec(), host(PEER_IP))));
    lab.with(|stack| stack.disconnect(handle));
    inject(&lab, &ip_frame(OTHER_IP, PROTOCOL, b"anyone"));
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"anyone".to_vec(), host(OTHER_IP))));
}

#[test]
fn what_a_raw_socket_cannot_send_is_refused() {
    let (lab, handle) = raw(PROTOCOL);
    let send = |length: usize, to| lab.send_to(handle, &vec![1; length], to);
    assert_eq!(send(LARGEST + 1, host(PEER_IP)), Err(Error::MessageSize));
    assert_eq!(send(0, host(PEER_IP)), Err(Error::NotSupported));
    assert_eq!(send(1, host([0; 4])), Err(Error::Invalid));
    assert_eq!(send(1, host([255; 4])), Err(Error::Access));
    assert_eq!(lab.chip.counters().commands, 0);
    assert_eq!(send(1, host(NOBODY)), Ok(1));
    assert_eq!(lab.await_from(handle, 1), Err(Error::HostUnreachable));
    assert_eq!(send(1, host(PEER_IP)), Ok(1));
}

#[test]
fn bind_gives_a_raw_socket_its_ip_only() {
    let (lab, handle) = raw(PROTOCOL);
    let bind = |local| lab.device().with(|stack| stack.bind(handle, local));
    assert_eq!(bind(host(PEER_IP)), Err(Error::AddressNotAvailable));
    assert_eq!(bind(endpoint(CHIP_IP, 77)), Ok(()));
    assert_eq!(lab.local(handle), host(CHIP_IP));
    // Two of one protocol are no conflict; the chip gives each packet to one of them.
    let second = lab.socket(Kind::Raw(PROTOCOL));
    lab.bind(second, 0).unwrap();
    assert_eq!(lab.free_sockets(), 2);
}

#[test]
fn a_frame_goes_out_as_it_is() {
    let lab = Lab::new();
    let handle = lab.socket(Kind::Packet);
    lab.peer.capture(true);
    for length in [14, 15, 60, 1000, LONGEST_FRAME] {
        let bytes = frame(BROADCAST, MAC, &pattern(length - 14, length as u8));
        assert_eq!(lab.send_to(handle, &bytes, None), Ok(length));
        lab.world.run_for(SETTLE_MS);
        assert!(lab.peer.captured() == [bytes], "{length} bytes");
    }
    // To one host, and from any address.
    let bytes = frame(peer_mac(PEER_IP), [2, 9, 9, 9, 9, 9], b"hello");
    assert_eq!(lab.send_to(handle, &bytes, None), Ok(bytes.len()));
    lab.world.run_for(SETTLE_MS);
    assert_eq!(lab.peer.captured(), [bytes]);
    lab.assert_clean();
}

#[test]
fn frames_to_the_chip_and_to_all_come_in() {
    for promiscuous in [false, true] {
        let lab = Lab::new();
        let handle = lab.socket(Kind::Packet);
        lab.set_options(handle, |options| options.promiscuous = promiscuous);
        lab.bind(handle, 0).unwrap();
        let from = peer_mac(PEER_IP);
        let to_chip = frame(MAC, from, &pattern(500, 1));
        let to_all = frame(BROADCAST, from, &pattern(LONGEST_FRAME - 14, 2));
        // The switch does not know this host, so the frame comes to all ports.
        let to_another = frame([2, 7, 7, 7, 7, 7], from, b"not for us");
        for round in 0..40 {
            for bytes in [&to_another, &to_chip] {
                inject(&lab, bytes);
            }
            if promiscuous {
                assert!(receive_frame(&lab, handle) == Ok(to_another.clone()));
            }
            assert_eq!(lab.available(handle), to_chip.len());
            assert!(
                receive_frame(&lab, handle) == Ok(to_chip.clone()),
                "round {round}"
            );
            inject(&lab, &to_all);
            assert!(
                receive_frame(&lab, handle) == Ok(to_all.clone()),
                "round {round}"
            );
            assert_eq!(receive_frame(&lab, handle), Err(Error::WouldBlock));
        }
        lab.assert_clean();
    }
}

#[test]
fn arp_and_ip_are_seen_while_the_chip_answers_them() {
    let lab = Lab::new();
    let handle = packet(&lab);
    lab.peer.ping(chip_ip(), b"ping");
    lab.settle();
    let request = receive_frame(&lab, handle).unwrap();
    assert_eq!(request[..6], BROADCAST);
    assert_eq!(request[12..14], [0x08, 0x06]);
    let ping = Packet::parse(&receive_frame(&lab, handle).unwrap()).unwrap();
    assert_eq!((ping.protocol, ping.from), (ICMP, PEER_IP));
    assert!(lab.peer.ping_reply().is_some());
    // The program asks by itself: an ARP request that the chip knows nothing of.
    let probe = [
        &BROADCAST[..],
        &MAC,
        &[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1],
        &MAC,
        &CHIP_IP,
        &[0; 6],
        &PEER_IP,
    ]
    .concat();
    assert_eq!(lab.send_to(handle, &probe, None), Ok(42));
    let (answer, _) = lab.await_from(handle, 100).unwrap();
    assert_eq!(answer[20..22], [0, 2], "a reply");
    assert_eq!(answer[22..32], [&peer_mac(PEER_IP)[..], &PEER_IP].concat());
}

#[test]
fn what_is_no_frame_is_refused() {
    let lab = Lab::new();
    let handle = lab.socket(Kind::Packet);
    let send = |length: usize| lab.send_to(handle, &vec![1; length], None);
    assert_eq!(send(13), Err(Error::Invalid));
    assert_eq!(send(1), Err(Error::Invalid));
    assert!(send(0).is_err());
    assert_eq!(send(LONGEST_FRAME + 1), Err(Error::MessageSize));
    assert_eq!(lab.chip.counters().commands, 0);
    let outcome = lab.device().connect(handle, endpoint(PEER_IP, 1));
    assert_eq!(outcome, Err(Error::NotSupported));
    // A ring below the largest frame bounds it.
    let setup = Setup {
        split: w5100::chip::MemorySplit {
            rx: [1; 4],
            tx: [1; 4],
        },
        ..Setup::default()
    };
    let lab = Lab::with_setup(setup);
    let handle = lab.socket(Kind::Packet);
    let outcome = lab.send_to(handle, &[1; 1025], None);
    assert_eq!(outcome, Err(Error::MessageSize));
    assert_eq!(lab.send_to(handle, &[1; 1024], None), Ok(1024));
}

#[test]
fn frames_need_the_first_hardware_socket() {
    let lab = Lab::new();
    let handle = lab.socket(Kind::Packet);
    let (connection, _conn) = lab.connected();
    assert_eq!(lab.free_sockets(), 3);
    let no = Err(Error::NoHardwareSocket);
    assert_eq!(lab.bind(handle, 0), no);
    assert_eq!(lab.send_to(handle, &[1; 60], None).map(drop), no);
    assert_eq!(receive_frame(&lab, handle).map(drop), no);
    lab.close(connection);
    lab.settle();
    lab.with(|stack| stack.bind(handle, endpoint([0; 4], 0)));
    assert_eq!(lab.poll(handle, OUT, Some(0)), OUT);
    // There is only one.
    let second = lab.socket(Kind::Packet);
    assert_eq!(lab.bind(second, 0), no);
    lab.close(handle);
    assert_eq!(lab.bind(second, 0), Ok(()));
    assert_eq!(lab.free_sockets(), 3);
}

#[test]
fn an_armed_listener_gives_the_first_hardware_socket_up() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.settle();
    assert_eq!(lab.statuses()[0], LISTEN);
    let handle = packet(&lab);
    assert_eq!(lab.statuses()[0], 0x42);
    inject(&lab, &frame(MAC, peer_mac(PEER_IP), b"both"));
    assert!(receive_frame(&lab, handle).is_ok());
    // The listener goes on beside it.
    lab.settle();
    let client = lab.client();
    let session = lab.accept(listener).unwrap();
    lab.echo(session, &client, b"served");
}
