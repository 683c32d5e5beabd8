//! Ping.

use std::net::Ipv4Addr;

use smoltcp::iface::SocketHandle;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::icmp::{Endpoint, PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, IpAddress};

use super::Peer;

/// The identifier of all echo requests of a peer.
const IDENTIFIER: u16 = 0x5100;
/// Echo requests and replies in the queue at most.
const PACKETS: usize = 16;

/// A reply to a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) from: Ipv4Addr,
    pub(super) payload: Vec<u8>,
}

pub(super) struct Pinger {
    handle: SocketHandle,
    sequence: u16,
    pub(super) replies: Vec<Reply>,
}

impl Peer {
    pub(super) fn ping(&mut self, to: Ipv4Addr, payload: &[u8]) {
        let pinger = self.ping.get_or_insert_with(|| Pinger {
            handle: self.host.sockets.add(bound_socket()),
            sequence: 0,
            replies: Vec::new(),
        });
        pinger.sequence = pinger.sequence.wrapping_add(1);
        let request = Icmpv4Repr::EchoRequest {
            ident: IDENTIFIER,
            seq_no: pinger.sequence,
            data: payload,
        };
        let socket = self.host.sockets.get_mut::<Socket>(pinger.handle);
        // A full queue loses the request, as a busy network would.
        if let Ok(buffer) = socket.send(request.buffer_len(), IpAddress::Ipv4(to)) {
            let mut packet = Icmpv4Packet::new_unchecked(buffer);
            request.emit(&mut packet, &ChecksumCapabilities::default());
        }
        self.host.touch();
    }

    pub(super) fn take_ping_replies(&mut self) -> bool {
        let Some(pinger) = &mut self.ping else {
            return false;
        };
        let socket = self.host.sockets.get_mut::<Socket>(pinger.handle);
        while let Ok((bytes, IpAddress::Ipv4(from))) = socket.recv() {
            let Ok(packet) = Icmpv4Packet::new_checked(bytes) else {
                continue;
            };
            if let Ok(Icmpv4Repr::EchoReply { data, .. }) =
                Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default())
            {
                pinger.replies.push(Reply {
                    from,
                    payload: data.to_vec(),
                });
            }
        }
        false // nothing to send
    }

    pub(super) fn ping_reply(&mut self) -> Option<Reply> {
        let replies = &mut self.ping.as_mut()?.replies;
        (!replies.is_empty()).then(|| replies.remove(0))
    }
}

fn bound_socket() -> Socket<'static> {
    let buffer = || {
        PacketBuffer::new(
            vec![PacketMetadata::EMPTY; PACKETS],
            vec![0; PACKETS * 1500],
        )
    };
    let mut socket = Socket::new(buffer(), buffer());
    // Cannot fail: a new socket is not bound, and the identifier is not 0.
    let _ = socket.bind(Endpoint::Ident(IDENTIFIER));
    socket
}
