//! Multicast groups: joined and left with IGMP, sent to as a member or as anybody.

mod support;

use support::udp::*;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::Handle;
use w5100_sim::{ChipOptions, PeerHandle};

const GROUP: [u8; 4] = [239, 129, 2, 3];
/// RFC 1112, 6.4: the low 23 bits of the group, so 129 becomes 1.
const GROUP_MAC: [u8; 6] = [0x01, 0x00, 0x5E, 0x01, 2, 3];
const OTHER_GROUP: [u8; 4] = [224, 0, 0, 251];
const ALL_ROUTERS: [u8; 4] = [224, 0, 0, 2];
/// IGMPv2 (RFC 2236).
const REPORT: u8 = 0x16;
const LEAVE: u8 = 0x17;
/// A port of the chip, and of the group.
const OWN: u16 = 5000;
/// A port of the peer.
const FROM: u16 = 1000;

/// A bound socket, and the wire recorded from here on.
fn bound(setup: Setup) -> (Lab, Handle) {
    let lab = Lab::with_setup(setup);
    lab.peer.udp_bind(FROM);
    lab.world.record(true);
    let handle = lab.udp_at(OWN);
    (lab, handle)
}

fn member() -> (Lab, Handle) {
    let (lab, handle) = bound(Setup::default());
    lab.with(|stack| stack.join(handle, GROUP));
    (lab, handle)
}

fn join(lab: &Lab, handle: Handle, group: [u8; 4]) -> Result<()> {
    lab.device().with(|stack| stack.join(handle, group))
}

fn leave(lab: &Lab, handle: Handle, group: [u8; 4]) -> Result<()> {
    lab.device().with(|stack| stack.leave(handle, group))
}

/// IGMP messages sent since the last look: type, group named, destination.
fn igmp(lab: &Lab) -> Vec<(u8, [u8; 4], [u8; 4])> {
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(IGMP).into_iter();
    let named = |packet: &Packet| packet.payload[4..8].try_into().unwrap();
    packets
        .inspect(|packet| assert_eq!(packet.ttl, 1))
        .map(|packet| (packet.payload[0], named(&packet), packet.to))
        .collect()
}

/// `from` sends to port [`OWN`] of a group or of the chip.
fn sends(lab: &Lab, from: &PeerHandle, to: [u8; 4], data: &[u8]) {
    assert!(from.udp_send(FROM, to.into(), OWN, data));
    lab.world.run_for(SETTLE_MS);
}

/// UDP packets that the device sent since the last look: MAC, IP, TTL.
fn sent(lab: &Lab) -> Vec<([u8; 6], [u8; 4], u8)> {
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(UDP).into_iter();
    packets
        .map(|packet| (packet.to_mac, packet.to, packet.ttl))
        .collect()
}

#[test]
fn a_join_is_reported_and_the_groups_datagrams_come_in() {
    for latched_registers in [true, false] {
        let (lab, handle) = bound(Setup {
            options: ChipOptions {
                latched_registers,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        sends(&lab, &lab.peer, GROUP, b"not yet");
        assert_eq!(lab.receive_from(handle, 20), Err(Error::WouldBlock));
        assert_eq!(igmp(&lab), []);

        lab.with(|stack| stack.join(handle, GROUP));
        assert_eq!(igmp(&lab), [(REPORT, GROUP, GROUP)]);
        assert_eq!(lab.free_sockets(), 3);
        sends(&lab, &lab.peer, GROUP, b"to the group");
        sends(&lab, &lab.peer, OTHER_GROUP, b"to another");
        sends(&lab, &lab.peer, CHIP_IP, b"to the chip");
        let from = endpoint(PEER_IP, FROM);
        for data in [&b"to the group"[..], b"to the chip"] {
            assert_eq!(lab.receive_from(handle, 20), Ok((data.to_vec(), from)));
        }
        assert_eq!(lab.receive_from(handle, 20), Err(Error::WouldBlock));
        lab.assert_clean();
    }
}

#[test]
fn a_leave_is_sent_and_the_groups_datagrams_stop() {
    let (lab, handle) = member();
    assert_eq!(igmp(&lab).len(), 1);
    lab.with(|stack| stack.leave(handle, GROUP));
    assert_eq!(igmp(&lab), [(LEAVE, GROUP, ALL_ROUTERS)]);
    sends(&lab, &lab.peer, GROUP, b"to the group");
    assert_eq!(lab.receive_from(handle, 20), Err(Error::WouldBlock));
    // The socket is what it was before: its port, and any destination.
    sends(&lab, &lab.peer, CHIP_IP, b"to the chip");
    assert!(lab.receive_from(handle, 20).is_ok());
    assert_eq!(lab.send_to(handle, b"x", endpoint(PEER_IP, FROM)), Ok(1));
    assert_eq!(lab.peer_got(&lab.peer, FROM), Some(b"x".to_vec()));
    // And may join again, another one.
    lab.with(|stack| stack.join(handle, OTHER_GROUP));
    assert_eq!(igmp(&lab), [(REPORT, OTHER_GROUP, OTHER_GROUP)]);
    sends(&lab, &lab.peer, OTHER_GROUP, b"to the group");
    assert!(lab.receive_from(handle, 20).is_ok());
    lab.assert_clean();
}

#[test]
fn close_leaves_the_group() {
    let (lab, handle) = member();
    assert_eq!(igmp(&lab).len(), 1);
    lab.close(handle);
    assert_eq!(igmp(&lab), [(LEAVE, GROUP, ALL_ROUTERS)]);
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn a_join_takes_hardware_and_a_port() {
    let lab = Lab::new();
    let handle = lab.udp();
    lab.with(|stack| stack.join(handle, GROUP));
    let own = lab.local(handle).port;
    assert!(own >= 49152);
    assert!(lab.peer.udp_send(FROM, GROUP.into(), own, b"hello"));
    lab.world.run_for(SETTLE_MS);
    assert!(lab.receive_from(handle, 10).is_ok());
    // Three more, then there is no hardware.
    for _ in 0..3 {
        let another = lab.udp();
        lab.with(|stack| stack.join(another, GROUP));
    }
    let fifth = lab.udp();
    assert_eq!(join(&lab, fifth, GROUP), Err(Error::NoHardwareSocket));
}

#[test]
fn what_cannot_be_joined_or_left_is_refused() {
    let (lab, handle) = member();
    assert_eq!(igmp(&lab).len(), 1);
    assert_eq!(join(&lab, handle, GROUP), Err(Error::AddressInUse));
    assert_eq!(
        join(&lab, handle, OTHER_GROUP),
        Err(Error::NoHardwareSocket)
    );
    assert_eq!(
        leave(&lab, handle, OTHER_GROUP),
        Err(Error::AddressNotAvailable)
    );
    for no_group in [
        [0; 4],
        [255; 4],
        [223, 255, 255, 255],
        [240, 0, 0, 0],
        PEER_IP,
    ] {
        assert_eq!(
            join(&lab, handle, no_group),
            Err(Error::Invalid),
            "{no_group:?}"
        );
        let outcome = leave(&lab, handle, no_group);
        assert!(outcome.is_err(), "{no_group:?}");
    }
    let fresh = lab.udp();
    assert_eq!(leave(&lab, fresh, GROUP), Err(Error::AddressNotAvailable));
    for stream in [lab.tcp(), lab.listener(PORT, 1)] {
        assert_eq!(join(&lab, stream, GROUP), Err(Error::NoSuchOption));
        assert_eq!(leave(&lab, stream, GROUP), Err(Error::NoSuchOption));
    }
    // None of it was heard on the wire or cost the membership.
    assert_eq!(igmp(&lab), []);
    sends(&lab, &lab.peer, GROUP, b"still");
    assert!(lab.receive_from(handle, 10).is_ok());
    // The ends of the range are groups.
    for group in [[224, 0, 0, 1], [239, 255, 255, 255]] {
        let another = lab.udp();
        assert_eq!(join(&lab, another, group), Ok(()), "{group:?}");
        lab.close(another);
    }
}

#[test]
fn a_member_sends_to_its_group_alone() {
    let (lab, handle) = member();
    let outside = lab.world.add_simple_peer(OTHER_IP.into());
    outside.udp_bind(OWN);
    assert!(lab.peer.join(GROUP.into()));
    lab.peer.udp_bind(OWN);
    for round in 0..3u8 {
        assert_eq!(
            lab.send_to(handle, &[round; 5], endpoint(GROUP, OWN)),
            Ok(5)
        );
        assert_eq!(sent(&lab), [(GROUP_MAC, GROUP, 1)]);
        assert_eq!(lab.peer_got(&lab.peer, OWN), Some(vec![round; 5]));
        assert_eq!(lab.peer_got(&outside, OWN), None);
        for to in [endpoint(PEER_IP, FROM), endpoint(OTHER_GROUP, OWN)] {
            assert_eq!(lab.send_to(handle, b"x", to), Err(Error::NotSupported));
        }
        assert_eq!(sent(&lab), []);
    }
    // Another port of the group is reached too.
    lab.peer.udp_bind(FROM + 1);
    assert_eq!(lab.send_to(handle, b"y", endpoint(GROUP, FROM + 1)), Ok(1));
    assert_eq!(lab.peer_got(&lab.peer, FROM + 1), Some(b"y".to_vec()));
    lab.assert_clean();
}

#[test]
fn anybody_sends_to_a_group_and_then_to_single_hosts() {
    for latched_registers in [true, false] {
        let (lab, handle) = bound(Setup {
            options: ChipOptions {
                latched_registers,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let stranger = lab.world.add_simple_peer(OTHER_IP.into());
        assert!(lab.peer.join(GROUP.into()));
        let known = (peer_mac(PEER_IP), PEER_IP, 128);
        let new = (peer_mac(OTHER_IP), OTHER_IP, 128);
        let group = (GROUP_MAC, GROUP, 1);
        let other_group = ([0x01, 0x00, 0x5E, 0, 0, 251], OTHER_GROUP, 1);
        for host in [&lab.peer, &stranger] {
            host.udp_bind(OWN);
        }
        let order = [
            known,
            group,
            group,
            known,
            group,
            new,
            other_group,
            known,
            group,
            group,
        ];
        for (at, (mac, ip, ttl)) in order.into_iter().enumerate() {
            let data = [at as u8; 3];
            assert_eq!(lab.send_to(handle, &data, endpoint(ip, OWN)), Ok(3));
            assert_eq!(sent(&lab), [(mac, ip, ttl)], "datagram {at}");
            let to_peer = ip == PEER_IP || ip == GROUP;
            let got = lab.peer_got(&lab.peer, OWN);
            assert_eq!(got, to_peer.then(|| data.to_vec()), "datagram {at}");
        }
        assert!(stranger.udp_recv(OWN).is_some());
        lab.assert_clean();
    }
}

#[test]
fn a_connected_socket_sends_to_a_group_aside_and_to_its_peer() {
    let (lab, handle) = bound(Setup::default());
    lab.device()
        .connect(handle, endpoint(PEER_IP, FROM))
        .unwrap();
    for _ in 0..3 {
        assert_eq!(lab.send_to(handle, b"x", endpoint(GROUP, OWN)), Ok(1));
        assert_eq!(lab.send_to(handle, b"y", None), Ok(1));
        let packets = sent(&lab);
        let to_peer = (peer_mac(PEER_IP), PEER_IP, 128);
        assert_eq!(packets, [(GROUP_MAC, GROUP, 1), to_peer]);
    }
    // A group may be the peer.
    lab.device().connect(handle, endpoint(GROUP, OWN)).unwrap();
    for _ in 0..2 {
        assert_eq!(lab.send_to(handle, b"z", None), Ok(1));
        assert_eq!(sent(&lab), [(GROUP_MAC, GROUP, 1)]);
    }
}

#[test]
fn ttl_and_tos_are_on_the_wire() {
    let (lab, handle) = bound(Setup::default());
    let fields = |to: [u8; 4]| {
        assert_eq!(lab.send_to(handle, b"x", endpoint(to, OWN)), Ok(1));
        lab.world.run_for(SETTLE_MS);
        let packets = lab.packets_of(UDP);
        assert_eq!(packets.len(), 1);
        (packets[0].tos, packets[0].ttl)
    };
    assert_eq!(fields(PEER_IP), (0, 128));
    assert_eq!(fields(GROUP), (0, 1));
    // Of an open socket, to the same destination and to others.
    lab.set_options(handle, |options| options.tos = 0x10);
    assert_eq!(fields(GROUP), (0x10, 1));
    lab.set_options(handle, |options| options.multicast_ttl = 33);
    assert_eq!(fields(GROUP), (0x10, 33));
    assert_eq!(fields(PEER_IP), (0x10, 128));
    lab.set_options(handle, |options| options.ttl = 7);
    assert_eq!(fields(PEER_IP), (0x10, 7));
    assert_eq!(fields(GROUP), (0x10, 33));
    lab.set_options(handle, |options| {
        (options.tos, options.ttl, options.multicast_ttl) = (0, 0, 0);
    });
    assert_eq!(fields(PEER_IP), (0, 128));
    assert_eq!(fields(GROUP), (0, 1));

    // The hardware socket is the next one's, with its own defaults or settings.
    lab.set_options(handle, |options| (options.tos, options.ttl) = (3, 9));
    lab.close(handle);
    let handle = lab.udp_at(OWN);
    lab.send_to(handle, b"x", endpoint(PEER_IP, OWN)).unwrap();
    lab.world.run_for(SETTLE_MS);
    let fields = lab.packets_of(UDP)[0].clone();
    assert_eq!((fields.tos, fields.ttl), (0, 128));
}

#[test]
fn a_members_ttl_and_tos_are_on_the_wire() {
    let (lab, handle) = bound(Setup::default());
    lab.set_options(handle, |options| {
        (options.multicast_ttl, options.tos) = (5, 4)
    });
    lab.with(|stack| stack.join(handle, GROUP));
    let fields = || {
        assert_eq!(lab.send_to(handle, b"x", endpoint(GROUP, OWN)), Ok(1));
        lab.world.run_for(SETTLE_MS);
        let packets = lab.packets_of(UDP);
        (packets[0].tos, packets[0].ttl)
    };
    assert_eq!(fields(), (4, 5));
    lab.set_options(handle, |options| options.multicast_ttl = 0);
    assert_eq!(fields(), (4, 1));
}
