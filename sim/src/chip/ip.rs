//! What arrives: from the Ethernet frame to the socket it is for.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, Icmpv4DstUnreachable, Icmpv4Message,
    Icmpv4Packet, Icmpv4Repr, IpProtocol, Ipv4Packet, UdpPacket,
};

use super::core::{Core, Ipv4Header};
use super::regs::{common, socket as reg, status};
use super::socket::{Socket, Task};
use super::{arp, igmp, tcp};
use crate::node::Micros;

const ICMP: u8 = 1;

/// One Ethernet frame arrives.
pub(crate) fn receive(core: &mut Core, sockets: &mut [Socket; 4], now: Micros, bytes: &[u8]) {
    let Ok(frame) = EthernetFrame::new_checked(bytes) else {
        return;
    };
    let to = frame.dst_addr();
    let own = core.mac();
    if to == own || to.is_broadcast() || to.is_multicast() {
        match frame.ethertype() {
            EthernetProtocol::Arp => {
                if let Some((ip, mac)) = arp::receive(core, frame.payload()) {
                    for socket in sockets
                        .iter_mut()
                        .filter_map(|s| s.learn(ip, mac).then_some(s))
                    {
                        socket.resolved(core, mac, now);
                    }
                }
            }
            EthernetProtocol::Ipv4 => {
                datagram(core, sockets, frame.src_addr(), frame.payload(), now);
            }
            _ => {}
        }
    }
    if sockets[0].wants_frame(own, to) {
        sockets[0].deliver_frame(core, bytes);
    }
}

/// One IPv4 datagram; fragments are not put together.
fn datagram(
    core: &mut Core,
    sockets: &mut [Socket; 4],
    from: EthernetAddress,
    bytes: &[u8],
    now: Micros,
) {
    let Ok(packet) = Ipv4Packet::new_checked(bytes) else {
        return;
    };
    let fragment = packet.more_frags() || packet.frag_offset() != 0;
    if packet.version() != 4 || !packet.verify_checksum() || fragment {
        core.counters.packets_dropped += 1;
        return;
    }
    let to = packet.dst_addr();
    let own = to == core.ip() && !to.is_unspecified();
    if !own && !core.is_broadcast(to) && !to.is_multicast() {
        return;
    }
    let protocol = u8::from(packet.next_header());
    if let Some(socket) = sockets.iter_mut().find(|s| s.wants_ip(protocol)) {
        socket.deliver_ip(core, packet.src_addr(), packet.payload());
    }
    match packet.next_header() {
        IpProtocol::Tcp if own => tcp::receive(core, sockets, from, &packet, now),
        IpProtocol::Udp => udp(core, sockets, &packet),
        IpProtocol::Icmp if own => icmp(core, from, &packet),
        IpProtocol::Igmp => {
            for socket in sockets.iter().filter(|s| s.is_multicast()) {
                if igmp::asks_for(packet.payload(), socket.peer_ip()) {
                    socket.join(core);
                }
            }
        }
        _ => {}
    }
}

fn udp(core: &mut Core, sockets: &mut [Socket; 4], packet: &Ipv4Packet<&[u8]>) {
    let (from, to) = (packet.src_addr(), packet.dst_addr());
    let Ok(udp) = UdpPacket::new_checked(packet.payload()) else {
        return;
    };
    if !udp.verify_checksum(&from.into(), &to.into()) {
        core.counters.packets_dropped += 1;
        return;
    }
    if let Some(socket) = sockets.iter_mut().find(|s| s.wants_udp(to, udp.dst_port())) {
        socket.deliver_udp(core, from, udp.src_port(), udp.payload());
    }
}

/// Answers pings unless MR.PB is set, and notes port unreachable.
fn icmp(core: &mut Core, from: EthernetAddress, packet: &Ipv4Packet<&[u8]>) {
    let checks = ChecksumCapabilities::default();
    let Ok(message) = Icmpv4Packet::new_checked(packet.payload()) else {
        return;
    };
    if message.verify_checksum() && message.msg_type() == Icmpv4Message::DstUnreachable {
        note_unreachable(core, &message);
        return;
    }
    match Icmpv4Repr::parse(&message, &checks) {
        Ok(Icmpv4Repr::EchoRequest {
            ident,
            seq_no,
            data,
        }) if core.regs[common::MR] & common::MR_PB == 0 => {
            let reply = Icmpv4Repr::EchoReply {
                ident,
                seq_no,
                data,
            };
            let mut bytes = vec![0; reply.buffer_len()];
            reply.emit(&mut Icmpv4Packet::new_unchecked(&mut bytes[..]), &checks);
            let destination = packet.src_addr();
            let header = Ipv4Header {
                protocol: ICMP,
                source: packet.dst_addr(),
                destination,
                tos: 0,
                ttl: 128,
            };
            core.send_ipv4(from, &header, &bytes);
        }
        _ => {}
    }
}

/// Notes whose port is closed. The message quotes the header of what was sent and at least eight
/// bytes after it, mostly not all (RFC 792), so that the lengths in it do not fit.
fn note_unreachable(core: &mut Core, message: &Icmpv4Packet<&[u8]>) {
    let quoted = message.data();
    let header = quoted
        .first()
        .map_or(0, |first| usize::from(first & 0x0F) * 4);
    let port = Icmpv4DstUnreachable::PortUnreachable;
    if message.msg_code() != u8::from(port) || header < 20 {
        return;
    }
    if let (Some(ip), Some(port)) = (quoted.get(16..20), quoted.get(header + 2..header + 4)) {
        core.store(common::UIPR, ip);
        core.store(common::UPORT, port);
        core.regs[common::IR] |= common::IR_UNREACH;
    }
}

impl Socket {
    /// The receiver's hardware address came in: goes on with what waited for it.
    fn resolved(&mut self, core: &mut Core, mac: EthernetAddress, now: Micros) {
        if self.protocol() == reg::TCP {
            self.connect(core, now);
        } else {
            self.task = Task::Transmit(mac);
        }
    }

    /// Does what is due.
    pub(crate) fn poll(&mut self, core: &mut Core, now: Micros) {
        if self.poll_resolve(core, now) {
            if self.protocol() == reg::TCP {
                self.raise(reg::TIMEOUT);
                self.set_status(status::CLOSED);
            } else {
                self.forget_datagram();
            }
        }
        if let Task::Transmit(mac) = self.task {
            self.transmit_datagram(core, mac);
        }
        self.poll_connection(core, now);
    }
}
