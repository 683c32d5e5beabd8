//! The scripted host: makes the packets a test wants and reads those the chip sent.

use std::net::Ipv4Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, TcpControl,
    TcpPacket, TcpRepr, TcpSeqNumber, UdpPacket,
};
use w5100_sim::Micros;

use crate::bench::{Bench, CONNECT, HOST, HOST_MAC, chip_ip, chip_mac};

/// A TCP segment the chip sent.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) at: Micros,
    pub(crate) control: TcpControl,
    pub(crate) seq: u32,
    pub(crate) ack: Option<u32>,
    pub(crate) window: u16,
    pub(crate) mss: Option<u16>,
    pub(crate) options: usize,
    pub(crate) payload: Vec<u8>,
}

/// An IPv4 datagram the chip sent.
pub(crate) struct Datagram {
    pub(crate) at: Micros,
    pub(crate) to_mac: EthernetAddress,
    pub(crate) from: Ipv4Addr,
    pub(crate) to: Ipv4Addr,
    pub(crate) protocol: IpProtocol,
    pub(crate) tos: u8,
    pub(crate) ttl: u8,
    pub(crate) payload: Vec<u8>,
}

/// An IPv4 datagram in a frame from the scripted host to chip 0.
pub(crate) fn datagram(
    protocol: IpProtocol,
    to: Ipv4Addr,
    to_mac: EthernetAddress,
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0; 20 + payload.len()];
    let mut packet = Ipv4Packet::new_unchecked(&mut bytes);
    packet.set_version(4);
    packet.set_header_len(20);
    packet.set_total_len(20 + payload.len() as u16);
    packet.set_hop_limit(64);
    packet.set_next_header(protocol);
    packet.set_src_addr(HOST);
    packet.set_dst_addr(to);
    packet.payload_mut().copy_from_slice(payload);
    packet.fill_checksum();
    crate::bench::ethernet(HOST_MAC, to_mac, EthernetProtocol::Ipv4, &bytes)
}

/// A UDP datagram in a frame from the scripted host.
pub(crate) fn udp(
    from_port: u16,
    to: Ipv4Addr,
    to_mac: EthernetAddress,
    port: u16,
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0; 8 + payload.len()];
    let mut packet = UdpPacket::new_unchecked(&mut bytes[..]);
    packet.set_src_port(from_port);
    packet.set_dst_port(port);
    packet.set_len(8 + payload.len() as u16);
    packet.payload_mut().copy_from_slice(payload);
    packet.fill_checksum(&HOST.into(), &to.into());
    datagram(IpProtocol::Udp, to, to_mac, &bytes)
}

/// The scripted host's end of a TCP connection with chip 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) port: u16,
    pub(crate) chip_port: u16,
    pub(crate) seq: u32,
    pub(crate) ack: Option<u32>,
    pub(crate) window: u16,
}

impl Peer {
    pub(crate) fn new(port: u16, chip_port: u16) -> Self {
        Self {
            port,
            chip_port,
            seq: 1000,
            ack: None,
            window: 8192,
        }
    }

    /// Sends a segment with these numbers; they do not change.
    pub(crate) fn send(&self, bench: &mut Bench, control: TcpControl, payload: &[u8]) {
        let repr = TcpRepr {
            src_port: self.port,
            dst_port: self.chip_port,
            control,
            seq_number: TcpSeqNumber(self.seq as i32),
            ack_number: self.ack.map(|ack| TcpSeqNumber(ack as i32)),
            window_len: self.window,
            window_scale: None,
            max_seg_size: (control == TcpControl::Syn).then_some(1460),
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload,
        };
        let mut bytes = vec![0; repr.buffer_len()];
        repr.emit(
            &mut TcpPacket::new_unchecked(&mut bytes[..]),
            &HOST.into(),
            &chip_ip(0).into(),
            &ChecksumCapabilities::default(),
        );
        bench.inject(&datagram(IpProtocol::Tcp, chip_ip(0), chip_mac(0), &bytes));
    }

    /// Sends data and counts it.
    pub(crate) fn data(&mut self, bench: &mut Bench, payload: &[u8]) {
        self.send(bench, TcpControl::Psh, payload);
        self.seq = self.seq.wrapping_add(payload.len() as u32);
    }

    /// Acknowledges all the chip sent.
    pub(crate) fn acknowledge(&mut self, bench: &mut Bench) {
        self.ack = Some(bench.sent_end(self.port));
        self.send(bench, TcpControl::None, &[]);
    }

    /// Opens a connection to a listening socket.
    pub(crate) fn connect(&mut self, bench: &mut Bench) {
        self.ack = None;
        self.send(bench, TcpControl::Syn, &[]);
        self.seq += 1;
        self.acknowledge(bench);
    }

    /// Socket `n`, in SOCK_INIT with its target set, connects to this peer.
    pub(crate) fn be_connected(&mut self, bench: &mut Bench, n: u16) {
        bench.command(0, n, CONNECT);
        self.ack = Some(bench.sent_end(self.port));
        self.send(bench, TcpControl::Syn, &[]);
        self.seq += 1;
    }
}

impl Bench {
    /// The IPv4 datagrams chip 0 sent.
    pub(crate) fn datagrams(&self) -> Vec<Datagram> {
        let own = self.seen.iter().filter(|seen| seen.chip == 0);
        own.filter_map(|seen| {
            let frame = EthernetFrame::new_checked(&seen.bytes).ok()?;
            if frame.ethertype() != EthernetProtocol::Ipv4 {
                return None;
            }
            let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
            assert!(packet.verify_checksum(), "IPv4 header checksum");
            Some(Datagram {
                at: seen.at,
                to_mac: frame.dst_addr(),
                from: packet.src_addr(),
                to: packet.dst_addr(),
                protocol: packet.next_header(),
                tos: packet.dscp() << 2 | packet.ecn(),
                ttl: packet.hop_limit(),
                payload: packet.payload().to_vec(),
            })
        })
        .collect()
    }

    /// The TCP segments chip 0 sent to `port` of the scripted host.
    pub(crate) fn segments(&self, port: u16) -> Vec<Segment> {
        let all = self
            .datagrams()
            .into_iter()
            .filter(|d| d.protocol == IpProtocol::Tcp);
        all.filter_map(|datagram| {
            let packet = TcpPacket::new_checked(&datagram.payload[..]).ok()?;
            let checks = ChecksumCapabilities::default();
            let from = datagram.from.into();
            let repr = TcpRepr::parse(&packet, &from, &datagram.to.into(), &checks);
            let repr = repr.expect("a well-formed segment");
            (repr.dst_port == port).then(|| Segment {
                at: datagram.at,
                control: repr.control,
                seq: repr.seq_number.0 as u32,
                ack: repr.ack_number.map(|ack| ack.0 as u32),
                window: repr.window_len,
                mss: repr.max_seg_size,
                options: usize::from(packet.header_len()) - 20,
                payload: repr.payload.to_vec(),
            })
        })
        .collect()
    }

    /// Sequence number after all that chip 0 sent to `port`.
    pub(crate) fn sent_end(&self, port: u16) -> u32 {
        let last = self
            .segments(port)
            .into_iter()
            .rfind(|s| s.control != TcpControl::Rst);
        let last = last.expect("a segment to the host");
        let flag = matches!(last.control, TcpControl::Syn | TcpControl::Fin);
        last.seq
            .wrapping_add(last.payload.len() as u32 + u32::from(flag))
    }

    /// The UDP datagrams chip 0 sent, as (source port, destination port, payload).
    pub(crate) fn udp_sent(&self) -> Vec<(u16, u16, Vec<u8>)> {
        let all = self
            .datagrams()
            .into_iter()
            .filter(|d| d.protocol == IpProtocol::Udp);
        all.map(|datagram| {
            let packet = UdpPacket::new_checked(&datagram.payload[..]).expect("a UDP datagram");
            assert!(packet.verify_checksum(&chip_ip(0).into(), &datagram.to.into()));
            (
                packet.src_port(),
                packet.dst_port(),
                packet.payload().to_vec(),
            )
        })
        .collect()
    }
}
