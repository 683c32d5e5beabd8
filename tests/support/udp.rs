//! Datagrams between the device and its peers, and the packets that carry them.

use super::{Lab, MAC, SETTLE_MS, chip_ip, datagram, endpoint};
use w5100::bus::Bus;
use w5100::error::Result;
use w5100::stack::{Datagram, Endpoint, Handle};
use w5100_sim::PeerHandle;

/// IP protocols.
pub(crate) const ICMP: u8 = 1;
pub(crate) const IGMP: u8 = 2;
pub(crate) const UDP: u8 = 17;

/// An IP packet on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) to_mac: [u8; 6],
    pub(crate) from_mac: [u8; 6],
    pub(crate) tos: u8,
    pub(crate) ttl: u8,
    pub(crate) protocol: u8,
    pub(crate) from: [u8; 4],
    pub(crate) to: [u8; 4],
    /// Behind the IP header.
    pub(crate) payload: Vec<u8>,
}

impl Packet {
    /// `None` if the frame carries something else.
    pub(crate) fn parse(frame: &[u8]) -> Option<Self> {
        if frame.get(12..14)? != [0x08, 0x00] {
            return None;
        }
        let ip = &frame[14..];
        let header = usize::from(ip[0] & 0x0F) * 4;
        let length = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        Some(Self {
            to_mac: frame[..6].try_into().ok()?,
            from_mac: frame[6..12].try_into().ok()?,
            tos: ip[1],
            ttl: ip[8],
            protocol: ip[9],
            from: ip[12..16].try_into().ok()?,
            to: ip[16..20].try_into().ok()?,
            payload: ip[header..length].to_vec(),
        })
    }

    /// UDP: source and destination port.
    pub(crate) fn ports(&self) -> (u16, u16) {
        let word = |at: usize| u16::from_be_bytes([self.payload[at], self.payload[at + 1]]);
        (word(0), word(2))
    }

    /// UDP: what the datagram carries.
    pub(crate) fn data(&self) -> &[u8] {
        &self.payload[8..]
    }
}

impl<B: Bus> Lab<B> {
    /// A bound UDP socket.
    #[track_caller]
    pub(crate) fn udp_at(&self, port: u16) -> Handle {
        let handle = self.udp();
        self.bind(handle, port).expect("the port is free");
        handle
    }

    /// A sendto that may wait.
    pub(crate) fn send_to(
        &self,
        handle: Handle,
        data: &[u8],
        peer: impl Into<Option<Endpoint>>,
    ) -> Result<usize> {
        self.device().send_to(handle, data, peer.into(), false)
    }

    /// A sendto with `MSG_MORE`.
    pub(crate) fn send_part(
        &self,
        handle: Handle,
        data: &[u8],
        peer: impl Into<Option<Endpoint>>,
    ) -> Result<usize> {
        self.device().send_part(handle, data, peer.into(), false)
    }

    /// What a recvfrom of `length` bytes gives at once.
    pub(crate) fn receive_from(
        &self,
        handle: Handle,
        length: usize,
    ) -> Result<(Vec<u8>, Endpoint)> {
        let (data, datagram) = self.receive_datagram(handle, length, false, true)?;
        Ok((data, datagram.from))
    }

    /// The same, waiting.
    pub(crate) fn await_from(&self, handle: Handle, length: usize) -> Result<(Vec<u8>, Endpoint)> {
        let (data, datagram) = self.receive_datagram(handle, length, false, false)?;
        Ok((data, datagram.from))
    }

    /// What a recvfrom of `length` bytes gives, with all it tells.
    pub(crate) fn receive_datagram(
        &self,
        handle: Handle,
        length: usize,
        peek: bool,
        dont_wait: bool,
    ) -> Result<(Vec<u8>, Datagram)> {
        let mut data = vec![0x5A; length];
        let device = self.device();
        let received = device.receive_from(handle, &mut data, peek, dont_wait)?;
        assert!(received.length <= received.whole);
        let (part, beyond) = data.split_at(received.length.into());
        assert!(beyond.iter().all(|byte| *byte == 0x5A), "bytes beyond");
        Ok((part.to_vec(), received))
    }

    /// `peer` sends a datagram from its port `from` to the device's port `to`, and it arrives.
    #[track_caller]
    pub(crate) fn arrives(&self, peer: &PeerHandle, from: u16, to: u16, data: &[u8]) {
        assert!(
            peer.udp_send(from, chip_ip(), to, data),
            "the queue is full"
        );
        self.world.run_for(SETTLE_MS);
    }

    /// The datagram that waits at `port` of a peer, which must be the device's.
    #[track_caller]
    pub(crate) fn peer_got(&self, peer: &PeerHandle, port: u16) -> Option<Vec<u8>> {
        self.world.run_for(SETTLE_MS);
        let (from, data) = peer.udp_recv(port)?;
        assert_eq!(*from.ip(), chip_ip());
        Some(data)
    }

    /// Changes some of the options of a socket.
    #[cfg(feature = "options")]
    #[track_caller]
    pub(crate) fn set_options(
        &self,
        handle: Handle,
        change: impl FnOnce(&mut w5100::stack::Options),
    ) {
        self.with(|stack| {
            let mut options = stack.settings(handle)?.options;
            change(&mut options);
            stack.set_options(handle, options)
        });
    }

    /// The IP packets that the device sent since the last call. `world.record(true)` comes first.
    pub(crate) fn packets_out(&self) -> Vec<Packet> {
        let frames = self.world.recorded();
        let packets = frames.iter().filter_map(|one| Packet::parse(&one.frame));
        packets.filter(|packet| packet.from_mac == MAC).collect()
    }

    /// The same, of one protocol.
    pub(crate) fn packets_of(&self, protocol: u8) -> Vec<Packet> {
        let mut packets = self.packets_out();
        packets.retain(|packet| packet.protocol == protocol);
        packets
    }
}

/// What receives gives for a whole datagram.
pub(crate) fn whole(data: &[u8], from: Endpoint) -> Result<(Vec<u8>, Datagram)> {
    Ok((data.to_vec(), datagram(data.len(), from)))
}

/// A datagram of `whole` bytes of which `length` were copied.
pub(crate) fn datagram_cut(length: u16, whole: u16, from: Endpoint) -> Datagram {
    Datagram {
        length,
        whole,
        from,
    }
}

/// The MAC of a simple peer.
pub(crate) fn peer_mac(ip: [u8; 4]) -> [u8; 6] {
    let [a, b, c, d] = ip;
    [0x02, 0x50, a, b, c, d]
}

/// An address of another simple peer.
pub(crate) const OTHER_IP: [u8; 4] = [192, 168, 1, 11];

/// A port of [`OTHER_IP`].
pub(crate) fn other(port: u16) -> Endpoint {
    endpoint(OTHER_IP, port)
}
