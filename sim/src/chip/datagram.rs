//! UDP, IPRAW and MACRAW: whole datagrams in the rings.

use core::net::Ipv4Addr;

use smoltcp::wire::{EthernetAddress, UdpPacket};

use super::core::Core;
use super::regs::{socket as reg, status};
use super::socket::{Socket, Task};
use crate::node::Micros;

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
/// Payload of one UDP datagram; a longer SEND is split without notice.
const MAX_UDP: usize = 1472;
const MAX_IP: usize = 1480;
/// An Ethernet header.
const SHORTEST_FRAME: usize = 14;

impl Socket {
    /// SEND or SEND_MAC of a datagram: looks up the receiver and sends at the next poll.
    pub(crate) fn send_datagram(&mut self, core: &mut Core, with_mac: bool, now: Micros) {
        let free = self.tx_free(core);
        self.take(reg::DIPR);
        self.take(reg::DPORT);
        self.take(reg::TX_WR);
        let added = self.word(reg::TX_WR).wrapping_sub(self.tx_wr);
        self.tx_wr = self.word(reg::TX_WR);
        if added > free {
            core.counters.misuses += 1;
        }
        if self.stuck {
            return;
        }
        if self.tx_wr == self.tx_rd && self.protocol() == reg::UDP {
            // The IP engine does not survive an empty datagram.
            core.counters.misuses += 1;
            core.locked_up = true;
            return;
        }
        let receiver = if with_mac {
            self.take(reg::DHAR);
            Some(self.peer_mac())
        } else if self.protocol() == reg::MACRAW || self.is_multicast() {
            Some(self.peer_mac())
        } else {
            self.resolve(core, now)
        };
        if let Some(mac) = receiver {
            self.task = Task::Transmit(mac);
        }
    }

    /// Sends what is in the ring.
    pub(crate) fn transmit_datagram(&mut self, core: &mut Core, to: EthernetAddress) {
        let length = self.tx_wr.wrapping_sub(self.tx_rd);
        let bytes = core.tx_ring(self.index).read(&core.tx, self.tx_rd, length);
        let udp = self.protocol() == reg::UDP;
        let header = self.header(core, if udp { UDP } else { self.regs[reg::PROTO] });
        match self.protocol() {
            reg::UDP => bytes.chunks(MAX_UDP).for_each(|part| {
                let datagram = self.udp(core.ip(), part);
                core.send_ipv4(to, &header, &datagram);
            }),
            reg::IPRAW => bytes.chunks(MAX_IP).for_each(|part| {
                core.send_ipv4(to, &header, part);
            }),
            _ if bytes.len() < SHORTEST_FRAME => core.counters.misuses += 1,
            _ => core.outbox.push(bytes),
        }
        self.task = Task::Idle;
        self.tx_rd = self.tx_wr;
        self.set_status(self.datagram_status());
        self.raise(reg::SEND_OK);
    }

    /// Nobody answered for the receiver: what was to be sent is forgotten.
    pub(crate) fn forget_datagram(&mut self) {
        self.tx_rd = self.tx_wr;
        self.set_status(self.datagram_status());
        self.raise(reg::TIMEOUT);
    }

    fn datagram_status(&self) -> u8 {
        match self.protocol() {
            reg::UDP => status::UDP,
            reg::IPRAW => status::IPRAW,
            _ => status::MACRAW,
        }
    }

    fn udp(&self, from: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; UDP_HEADER + payload.len()];
        let mut packet = UdpPacket::new_unchecked(&mut bytes[..]);
        packet.set_src_port(self.word(reg::PORT));
        packet.set_dst_port(self.word(reg::DPORT));
        packet.set_len((UDP_HEADER + payload.len()) as u16);
        packet.payload_mut().copy_from_slice(payload);
        packet.fill_checksum(&from.into(), &self.peer_ip().into());
        bytes
    }

    /// True when a datagram to `ip` (ours, a broadcast or a group) and `port` is for this socket.
    pub(crate) fn wants_udp(&self, ip: Ipv4Addr, port: u16) -> bool {
        let group = ip.is_multicast() && !(self.is_multicast() && self.peer_ip() == ip);
        self.is_open_as(reg::UDP) && self.word(reg::PORT) == port && !group
    }

    /// True when datagrams of `protocol` are for this socket.
    pub(crate) fn wants_ip(&self, protocol: u8) -> bool {
        self.is_open_as(reg::IPRAW) && self.regs[reg::PROTO] == protocol
    }

    /// True when a frame to `to` is for this socket in MACRAW mode.
    pub(crate) fn wants_frame(&self, own: EthernetAddress, to: EthernetAddress) -> bool {
        let all = self.mode & reg::FILTER == 0;
        self.is_open_as(reg::MACRAW) && (all || to == own || to.is_broadcast())
    }

    /// A UDP payload, behind its header in the ring: address, port, length.
    pub(crate) fn deliver_udp(&mut self, core: &mut Core, ip: Ipv4Addr, port: u16, bytes: &[u8]) {
        let length = (bytes.len() as u16).to_be_bytes();
        self.deliver(core, &[&ip.octets(), &port.to_be_bytes(), &length, bytes]);
    }

    /// An IP payload, behind its header in the ring: address, length.
    pub(crate) fn deliver_ip(&mut self, core: &mut Core, ip: Ipv4Addr, bytes: &[u8]) {
        self.deliver(
            core,
            &[&ip.octets(), &(bytes.len() as u16).to_be_bytes(), bytes],
        );
    }

    /// An Ethernet frame, behind its header in the ring: a length that counts itself.
    pub(crate) fn deliver_frame(&mut self, core: &mut Core, frame: &[u8]) {
        self.deliver(core, &[&(frame.len() as u16 + 2).to_be_bytes(), frame]);
    }
}
