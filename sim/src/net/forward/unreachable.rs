//! ICMP port unreachable, for datagrams to a port of the host's that nobody has open.

use std::net::{Ipv4Addr, SocketAddrV4};

use smoltcp::iface::SocketHandle;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::icmp::{Endpoint, PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::{
    Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, IpAddress, IpProtocol, Ipv4Repr, UdpPacket,
};

use crate::net::host::Host;

/// Messages in the queue at most.
const MESSAGES: usize = 8;
/// Bytes of a message at most: ICMP, IP and UDP headers.
const MESSAGE: usize = 8 + 20 + UDP_HEADER;
const UDP_HEADER: usize = 8;

/// Sends the messages; opened with the first.
#[derive(Default)]
pub(super) struct Unreachable {
    socket: Option<SocketHandle>,
}

impl Unreachable {
    /// Tell `chip` that its datagram to `port` of the gateway, `gateway`, went nowhere.
    pub(super) fn tell(
        &mut self,
        chip: SocketAddrV4,
        gateway: Ipv4Addr,
        port: u16,
        host: &mut Host,
    ) {
        let mut datagram = [0; UDP_HEADER];
        let mut header = UdpPacket::new_unchecked(&mut datagram[..]);
        header.set_src_port(chip.port());
        header.set_dst_port(port);
        header.set_len(UDP_HEADER as u16);
        let message = Icmpv4Repr::DstUnreachable {
            reason: Icmpv4DstUnreachable::PortUnreachable,
            header: Ipv4Repr {
                src_addr: *chip.ip(),
                dst_addr: gateway,
                next_header: IpProtocol::Udp,
                payload_len: UDP_HEADER,
                hop_limit: 64,
            },
            data: &datagram,
        };
        let handle = *self
            .socket
            .get_or_insert_with(|| host.sockets.add(new_socket()));
        let socket = host.sockets.get_mut::<Socket>(handle);
        // A full queue loses it, as a router may that has too many to send.
        if let Ok(buffer) = socket.send(message.buffer_len(), IpAddress::Ipv4(*chip.ip())) {
            let mut packet = Icmpv4Packet::new_unchecked(buffer);
            message.emit(&mut packet, &ChecksumCapabilities::default());
        }
    }
}

fn new_socket() -> Socket<'static> {
    let buffer =
        |messages, bytes| PacketBuffer::new(vec![PacketMetadata::EMPTY; messages], vec![0; bytes]);
    let mut socket = Socket::new(buffer(0, 0), buffer(MESSAGES, MESSAGES * MESSAGE));
    // Only sends, but smoltcp wants it bound; cannot fail, as a new socket is not.
    let _ = socket.bind(Endpoint::Ident(0x5100));
    socket
}
