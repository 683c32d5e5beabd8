//! A look into Ethernet frames, for code that must know what a frame is before a stack takes it.

use std::net::{Ipv4Addr, SocketAddrV4};

use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, TcpPacket, TcpSeqNumber, UdpPacket,
};

/// The addresses and flags of a TCP segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Who sent it.
    pub source: SocketAddrV4,
    /// Whom it is for.
    pub destination: SocketAddrV4,
    /// SYN flag.
    pub syn: bool,
    /// ACK flag.
    pub ack: bool,
    /// FIN flag.
    pub fin: bool,
    /// RST flag.
    pub rst: bool,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgment number (meaningful with ACK).
    pub acknowledgment: u32,
    /// Window, not scaled.
    pub window: u16,
    /// Payload bytes.
    pub length: usize,
}

/// The TCP segment in `frame`, if it holds one whole.
pub fn segment(frame: &[u8]) -> Option<Segment> {
    let ip = ipv4(frame, IpProtocol::Tcp)?;
    let tcp = TcpPacket::new_checked(ip.payload()).ok()?;
    let TcpSeqNumber(sequence) = tcp.seq_number();
    let TcpSeqNumber(acknowledgment) = tcp.ack_number();
    Some(Segment {
        source: SocketAddrV4::new(ip.src_addr(), tcp.src_port()),
        destination: SocketAddrV4::new(ip.dst_addr(), tcp.dst_port()),
        syn: tcp.syn(),
        ack: tcp.ack(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        sequence: sequence as u32,
        acknowledgment: acknowledgment as u32,
        window: tcp.window_len(),
        length: tcp.payload().len(),
    })
}

/// The addresses of a UDP datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub source: SocketAddrV4,
    /// Whom it is for.
    pub destination: SocketAddrV4,
}

/// The UDP datagram that begins in `frame`: whole, or the first fragment of one.
pub fn datagram(frame: &[u8]) -> Option<Datagram> {
    let ip = ipv4(frame, IpProtocol::Udp)?;
    if ip.frag_offset() != 0 || ip.payload().len() < 8 {
        return None;
    }
    let udp = UdpPacket::new_unchecked(ip.payload());
    Some(Datagram {
        source: SocketAddrV4::new(ip.src_addr(), udp.src_port()),
        destination: SocketAddrV4::new(ip.dst_addr(), udp.dst_port()),
    })
}

/// Sender and target IP address of an ARP request.
pub fn arp_request(frame: &[u8]) -> Option<(Ipv4Addr, Ipv4Addr)> {
    use smoltcp::wire::{ArpOperation, ArpPacket};
    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    if ethernet.ethertype() != EthernetProtocol::Arp {
        return None;
    }
    let arp = ArpPacket::new_checked(ethernet.payload()).ok()?;
    let address = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from);
    if arp.operation() != ArpOperation::Request {
        return None;
    }
    Some((
        address(arp.source_protocol_addr())?,
        address(arp.target_protocol_addr())?,
    ))
}

/// The reset that refuses the SYN in `frame` (RFC 9293, 3.10.7.1), as a frame to send back.
pub(crate) fn refusal(frame: &[u8]) -> Option<Vec<u8>> {
    let syn = segment(frame)?;
    let mut reply = vec![0; EthernetFrame::<&[u8]>::header_len() + 20 + 20];
    let asked = EthernetFrame::new_checked(frame).ok()?;
    let mut ethernet = EthernetFrame::new_unchecked(&mut reply[..]);
    ethernet.set_dst_addr(asked.src_addr());
    ethernet.set_src_addr(asked.dst_addr());
    ethernet.set_ethertype(EthernetProtocol::Ipv4);

    let mut ip = Ipv4Packet::new_unchecked(ethernet.payload_mut());
    let (source, destination) = (*syn.destination.ip(), *syn.source.ip());
    ip.set_version(4);
    ip.set_header_len(20);
    ip.set_total_len(40);
    ip.set_dont_frag(true);
    ip.set_hop_limit(64);
    ip.set_next_header(IpProtocol::Tcp);
    ip.set_src_addr(source);
    ip.set_dst_addr(destination);
    ip.fill_checksum();

    let mut tcp = TcpPacket::new_unchecked(ip.payload_mut());
    tcp.set_src_port(syn.destination.port());
    tcp.set_dst_port(syn.source.port());
    tcp.set_ack_number(TcpSeqNumber(syn.sequence.wrapping_add(1) as i32) + syn.length);
    tcp.set_header_len(20);
    tcp.set_rst(true);
    tcp.set_ack(true);
    tcp.fill_checksum(&source.into(), &destination.into());
    Some(reply)
}

fn ipv4(frame: &[u8], protocol: IpProtocol) -> Option<Ipv4Packet<&[u8]>> {
    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    if ethernet.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
    (ip.next_header() == protocol).then_some(ip)
}
