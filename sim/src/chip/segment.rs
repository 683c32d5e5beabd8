//! TCP segments as bytes, and the reset that answers one nobody wants.

use core::net::Ipv4Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpAddress, IpEndpoint, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use super::options::ResetStyle;

/// Address and port.
pub(crate) type Endpoint = (Ipv4Addr, u16);

pub(crate) fn smoltcp_endpoint((ip, port): Endpoint) -> IpEndpoint {
    IpEndpoint::new(IpAddress::from(ip), port)
}

/// Reads a segment; None when it is malformed or its checksum is wrong.
pub(crate) fn parse<'a>(
    packet: &TcpPacket<&'a [u8]>,
    from: Ipv4Addr,
    to: Ipv4Addr,
) -> Option<TcpRepr<'a>> {
    TcpRepr::parse(
        packet,
        &from.into(),
        &to.into(),
        &ChecksumCapabilities::default(),
    )
    .ok()
}

/// A segment as bytes.
pub(crate) fn emit(repr: &TcpRepr<'_>, from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(
        &mut TcpPacket::new_unchecked(&mut bytes[..]),
        &from.into(),
        &to.into(),
        &ChecksumCapabilities::default(),
    );
    bytes
}

/// The reset that answers `segment`, if it gets one.
pub(crate) fn reset<'a>(segment: &TcpRepr<'_>, style: ResetStyle) -> Option<TcpRepr<'a>> {
    if segment.control == TcpControl::Rst {
        return None;
    }
    let zero = TcpSeqNumber(0);
    let (seq_number, ack_number) = match (style, segment.ack_number) {
        (ResetStyle::Silent, _) => return None,
        (ResetStyle::Zero, _) => (zero, Some(zero)),
        (ResetStyle::Rfc, Some(ack)) => (ack, None),
        (ResetStyle::Rfc, None) => (zero, Some(segment.seq_number + segment.segment_len())),
    };
    Some(TcpRepr {
        src_port: segment.dst_port,
        dst_port: segment.src_port,
        control: TcpControl::Rst,
        seq_number,
        ack_number,
        window_len: 0,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    })
}
