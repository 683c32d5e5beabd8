//! UDP, IPRAW, MACRAW, multicast, ICMP.

use std::net::Ipv4Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, EthernetAddress, EthernetProtocol, Icmpv4DstUnreachable, Icmpv4Packet,
    Icmpv4Repr, IpProtocol, Ipv4Repr,
};
use w5100_sim::ChipOptions;

use crate::bench::*;
use crate::host::{datagram, udp};

const BROADCAST: Ipv4Addr = Ipv4Addr::BROADCAST;
const BROADCAST_MAC: EthernetAddress = EthernetAddress::BROADCAST;

fn opened(mode: u8, port: u16) -> Bench {
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 0, mode, port);
    bench
}

#[test]
fn point_08_udp_header_in_the_ring() {
    let mut bench = opened(2, 7);
    bench.inject(&udp(0x1234, chip_ip(0), chip_mac(0), 7, b"hello"));
    assert_eq!(bench.interrupts(0, 0), RECEIVED);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 13);
    assert_eq!(
        bench.take(0, 0, 13),
        b"\x0a\x00\x00\x63\x12\x34\x00\x05hello"
    );
}

#[test]
fn point_08_ipraw_header_in_the_ring() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.write(0, sn(0, PROTO), &[89]);
    bench.open(0, 0, 3, 0);
    bench.inject(&datagram(
        IpProtocol::from(89),
        chip_ip(0),
        chip_mac(0),
        b"route",
    ));
    bench.inject(&datagram(
        IpProtocol::from(90),
        chip_ip(0),
        chip_mac(0),
        b"other",
    ));
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 11);
    assert_eq!(bench.take(0, 0, 11), b"\x0a\x00\x00\x63\x00\x05route");
}

#[test]
fn point_08_macraw_header_in_the_ring_counts_itself() {
    let mut bench = opened(4, 0);
    let frame = ethernet(
        HOST_MAC,
        chip_mac(0),
        EthernetProtocol::Unknown(0x88B5),
        &[7; 50],
    );
    bench.inject(&frame);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 66);
    let ring = bench.take(0, 0, 66);
    assert_eq!((&ring[..2], &ring[2..]), (&[0u8, 66][..], &frame[..]));
}

#[test]
fn macraw_filters_by_address_with_mf() {
    let elsewhere = ethernet(
        HOST_MAC,
        EthernetAddress([2; 6]),
        EthernetProtocol::Unknown(0x88B5),
        &[7; 50],
    );
    for (mode, waiting) in [(0x04, 66), (0x44, 0)] {
        let mut bench = opened(mode, 0);
        bench.inject(&elsewhere);
        assert_eq!(bench.read16(0, sn(0, RX_RSR)), waiting);
    }
    let mut bench = Bench::one(ChipOptions::default());
    bench.open(0, 1, 4, 0);
    assert_eq!(bench.status(0, 1), 0, "socket 0 only");
}

#[test]
fn macraw_sends_the_frame_as_it_is() {
    let mut bench = opened(4, 0);
    let frame = ethernet(
        chip_mac(0),
        HOST_MAC,
        EthernetProtocol::Unknown(0x88B5),
        &[7; 50],
    );
    bench.send(0, 0, &frame);
    assert_eq!(bench.seen.last().unwrap().bytes, frame);
    assert_eq!(bench.interrupts(0, 0), SEND_OK);
}

#[test]
fn ipraw_sends_with_its_protocol_tos_and_ttl() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.write(0, sn(0, PROTO), &[89, 0xB8, 3]);
    bench.open(0, 0, 3, 0);
    bench.target(0, 0, HOST, 0);
    bench.send(0, 0, b"route");
    let sent = &bench.datagrams()[0];
    assert_eq!((u8::from(sent.protocol), sent.tos, sent.ttl), (89, 0xB8, 3));
    assert_eq!(
        (sent.to, sent.to_mac, &sent.payload[..]),
        (HOST, HOST_MAC, &b"route"[..])
    );
}

#[test]
fn a_datagram_without_room_is_dropped_whole() {
    let mut bench = opened(2, 7);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, &[1; 1400]));
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, &[2; 633]));
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 1408);
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, &[2; 632]));
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 2048);
}

#[test]
fn udp_is_taken_for_the_own_address_broadcasts_and_the_own_port() {
    let mut bench = opened(2, 7);
    let subnet = Ipv4Addr::new(10, 0, 0, 255);
    for (ip, mac, port, taken) in [
        (chip_ip(0), chip_mac(0), 7, true),
        (BROADCAST, BROADCAST_MAC, 7, true),
        (subnet, BROADCAST_MAC, 7, true),
        (chip_ip(0), chip_mac(0), 8, false),
        (Ipv4Addr::new(10, 0, 0, 50), chip_mac(0), 7, false),
        (
            Ipv4Addr::new(224, 1, 1, 1),
            EthernetAddress([1, 0, 0x5E, 1, 1, 1]),
            7,
            false,
        ),
    ] {
        let before = bench.read16(0, sn(0, RX_RSR));
        bench.inject(&udp(9, ip, mac, port, b"x"));
        let grown = bench.read16(0, sn(0, RX_RSR)) - before;
        assert_eq!(grown, if taken { 9 } else { 0 }, "{ip} {port}");
    }
}

#[test]
fn point_13_an_empty_datagram_locks_the_engine_up() {
    let mut bench = opened(2, 7);
    bench.target(0, 0, HOST, 9);
    bench.command(0, 0, SEND);
    bench.run(10 * SECOND);
    assert_eq!(bench.interrupts(0, 0), 0, "neither SEND_OK nor TIMEOUT");
    bench.send(0, 0, b"more");
    bench.inject(&udp(9, chip_ip(0), chip_mac(0), 7, b"x"));
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 0);
    assert!(bench.seen.is_empty());
    bench.write(0, 0x0000, &[0x80]);
    bench.configure(0);
    bench.open(0, 0, 2, 7);
    bench.target(0, 0, HOST, 9);
    bench.send(0, 0, b"again");
    assert_eq!(bench.udp_sent().len(), 1, "a reset cures it");
}

#[test]
fn point_13_a_long_datagram_is_split_without_notice() {
    let mut bench = opened(2, 7);
    bench.target(0, 0, HOST, 9);
    bench.send(0, 0, &[5; 1500]);
    let sizes: Vec<_> = bench
        .udp_sent()
        .iter()
        .map(|(_, _, bytes)| bytes.len())
        .collect();
    assert_eq!(sizes, [1472, 28]);
    assert_eq!(bench.interrupts(0, 0), SEND_OK);
}

#[test]
fn point_15_without_an_own_address_arp_asks_for_the_gateway() {
    let mut bench = opened(2, 7);
    bench.write(0, 0x000F, &[0; 4]);
    bench.target(0, 0, HOST, 9);
    bench.send(0, 0, b"x");
    assert_eq!(bench.arp_requests()[0].1, GATEWAY);
    assert!(bench.until(3 * SECOND, |b| b.interrupts(0, 0) == TIMEOUT));

    bench.write(0, 0x0005, &[0; 4]);
    bench.send(0, 0, b"x");
    assert_eq!(
        bench.arp_requests().last().unwrap().1,
        HOST,
        "with SUBR cleared"
    );
    bench.write(0, 0x0005, &[255, 255, 255, 0]);
    let asked = bench.arp_requests().len();
    bench.target(0, 0, BROADCAST, 9);
    bench.send(0, 0, b"x");
    assert_eq!(bench.arp_requests().len(), asked, "a broadcast needs none");
    assert_eq!(bench.datagrams().last().unwrap().to_mac, BROADCAST_MAC);
}

#[test]
fn foreign_targets_go_through_the_gateway() {
    let mut bench = opened(2, 7);
    bench.hosts = vec![(GATEWAY, HOST_MAC)];
    bench.target(0, 0, Ipv4Addr::new(192, 0, 2, 1), 9);
    bench.send(0, 0, b"x");
    assert_eq!(bench.arp_requests()[0].1, GATEWAY);
    assert_eq!(bench.datagrams()[0].to, Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(bench.datagrams()[0].to_mac, HOST_MAC);
}

/// The IGMP messages chip 0 sent, as (type, destination, group).
fn igmp_sent(bench: &Bench) -> Vec<(u8, Ipv4Addr, [u8; 4])> {
    let all = bench
        .datagrams()
        .into_iter()
        .filter(|d| d.protocol == IpProtocol::Igmp);
    all.map(|d| (d.payload[0], d.to, d.payload[4..8].try_into().unwrap()))
        .collect()
}

#[test]
fn point_16_multicast_joins_at_open_and_leaves_at_close() {
    let group = Ipv4Addr::new(239, 129, 2, 3);
    let group_mac = EthernetAddress([0x01, 0x00, 0x5E, 0x01, 0x02, 0x03]);
    for (mode, report) in [(0x82, 0x16), (0xA2, 0x12)] {
        let mut bench = Bench::one(ChipOptions::default());
        bench.write(0, sn(0, DHAR), group_mac.as_bytes());
        bench.target(0, 0, group, 7000);
        bench.open(0, 0, mode, 7001);
        let joined = (report, group, group.octets());
        assert_eq!(igmp_sent(&bench), [joined]);
        assert_eq!(bench.datagrams()[0].to_mac, group_mac);

        bench.inject(&udp(9, group, group_mac, 7001, b"to all"));
        assert_eq!(bench.read16(0, sn(0, RX_RSR)), 14);
        bench.inject(&udp(
            9,
            Ipv4Addr::new(239, 129, 2, 4),
            group_mac,
            7001,
            b"to others",
        ));
        assert_eq!(bench.read16(0, sn(0, RX_RSR)), 14);
        bench.send(0, 0, b"from us");
        assert_eq!(bench.udp_sent(), [(7001, 7000, b"from us".to_vec())]);
        assert_eq!(bench.datagrams().last().unwrap().to_mac, group_mac);

        let query = [0x11, 100, 0xEE, 0x9B, 0, 0, 0, 0];
        let all_systems = Ipv4Addr::new(224, 0, 0, 1);
        let all_systems_mac = EthernetAddress([1, 0, 0x5E, 0, 0, 1]);
        bench.inject(&datagram(
            IpProtocol::Igmp,
            all_systems,
            all_systems_mac,
            &query,
        ));
        assert_eq!(igmp_sent(&bench), [joined, joined]);

        bench.command(0, 0, CLOSE);
        let left = (0x17, Ipv4Addr::new(224, 0, 0, 2), group.octets());
        let leaves = if mode == 0x82 { &[left][..] } else { &[] };
        assert_eq!(igmp_sent(&bench)[2..], *leaves);
    }
}

/// Sends an ICMP message to chip 0.
fn icmp(bench: &mut Bench, repr: &Icmpv4Repr<'_>) {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(
        &mut Icmpv4Packet::new_unchecked(&mut bytes[..]),
        &ChecksumCapabilities::default(),
    );
    bench.inject(&datagram(IpProtocol::Icmp, chip_ip(0), chip_mac(0), &bytes));
}

#[test]
fn point_17_the_chip_answers_ping_unless_pb_is_set() {
    let mut bench = Bench::one(ChipOptions::default());
    let ping = Icmpv4Repr::EchoRequest {
        ident: 0x55,
        seq_no: 3,
        data: b"0123456789",
    };
    icmp(&mut bench, &ping);
    let reply = &bench.datagrams()[0];
    assert_eq!((reply.to, reply.to_mac), (HOST, HOST_MAC));
    let packet = Icmpv4Packet::new_checked(&reply.payload[..]).unwrap();
    assert_eq!(
        Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()).unwrap(),
        Icmpv4Repr::EchoReply {
            ident: 0x55,
            seq_no: 3,
            data: b"0123456789"
        }
    );
    bench.write(0, 0x0000, &[0x10]);
    icmp(&mut bench, &ping);
    assert_eq!(bench.datagrams().len(), 1);
}

#[test]
fn port_unreachable_is_noted() {
    let mut bench = Bench::one(ChipOptions::default());
    let header = Ipv4Repr {
        src_addr: chip_ip(0),
        dst_addr: Ipv4Addr::new(10, 0, 0, 50),
        next_header: IpProtocol::Udp,
        payload_len: 9,
        hop_limit: 64,
    };
    let data = [0x00, 0x07, 0x12, 0x34, 0, 9, 0, 0, 1];
    let reason = Icmpv4DstUnreachable::HostUnreachable;
    icmp(
        &mut bench,
        &Icmpv4Repr::DstUnreachable {
            reason,
            header,
            data: &data,
        },
    );
    assert_eq!(bench.read(0, 0x0015), 0, "ports only");
    let reason = Icmpv4DstUnreachable::PortUnreachable;
    icmp(
        &mut bench,
        &Icmpv4Repr::DstUnreachable {
            reason,
            header,
            data: &data,
        },
    );
    assert_eq!(bench.read(0, 0x0015), 0x40);
    let uipr: Vec<u8> = (0x002A..0x002E).map(|addr| bench.read(0, addr)).collect();
    assert_eq!(uipr, [10, 0, 0, 50]);
    assert_eq!(bench.read16(0, 0x002E), 0x1234);
    bench.write(0, 0x0015, &[0x40]);
    assert_eq!(bench.read(0, 0x0015), 0);
}

#[test]
fn port_unreachable_may_quote_the_datagram_in_part() {
    let mut bench = Bench::one(ChipOptions::default());
    let header = Ipv4Repr {
        src_addr: chip_ip(0),
        dst_addr: HOST,
        next_header: IpProtocol::Udp,
        payload_len: 1008,
        hop_limit: 64,
    };
    let message = Icmpv4Repr::DstUnreachable {
        reason: Icmpv4DstUnreachable::PortUnreachable,
        header,
        data: &[0x00, 0x07, 0x12, 0x34, 0x03, 0xF0, 0, 0],
    };
    icmp(&mut bench, &message);
    assert_eq!(bench.read(0, 0x0015), 0x40);
    assert_eq!(bench.read16(0, 0x002E), 0x1234);
}

#[test]
fn the_chip_answers_arp_and_notes_a_conflict() {
    let mut bench = Bench::one(ChipOptions::default());
    let nobody = EthernetAddress([0; 6]);
    bench.inject(&arp(
        ArpOperation::Request,
        (HOST_MAC, HOST),
        (nobody, chip_ip(0)),
    ));
    assert!(bench.seen.is_empty(), "not addressed to us");
    let mut ask = arp(
        ArpOperation::Request,
        (HOST_MAC, HOST),
        (nobody, chip_ip(0)),
    );
    ask[..6].copy_from_slice(BROADCAST_MAC.as_bytes());
    bench.inject(&ask);
    let expected = arp(
        ArpOperation::Reply,
        (chip_mac(0), chip_ip(0)),
        (HOST_MAC, HOST),
    );
    assert_eq!(bench.seen[0].bytes, expected);
    assert_eq!(bench.read(0, 0x0015), 0);
    bench.inject(&arp(
        ArpOperation::Reply,
        (HOST_MAC, chip_ip(0)),
        (chip_mac(0), chip_ip(0)),
    ));
    assert_eq!(bench.read(0, 0x0015), 0x80, "CONFLICT");
}
