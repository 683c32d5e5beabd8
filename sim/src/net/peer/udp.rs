//! A peer's UDP ports.

use std::net::SocketAddrV4;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::IpAddress;

use super::Peer;

/// Datagrams a port keeps in each direction.
const DATAGRAMS: usize = 64;
/// Bytes a port keeps in each direction.
const BYTES: usize = 64 * 1024;

pub(super) struct Port {
    handle: SocketHandle,
    echo: bool,
}

impl Peer {
    pub(super) fn bind_udp(&mut self, port: u16, echo: bool) {
        let handle = match self.udp.get(&port) {
            Some(bound) => bound.handle,
            None => self.host.sockets.add(bound_socket(port)),
        };
        self.udp.insert(port, Port { handle, echo });
    }

    /// False when the datagram does not fit into the port's queue or cannot be sent.
    pub(super) fn send_udp(&mut self, from: u16, to: SocketAddrV4, payload: &[u8]) -> bool {
        if !self.udp.contains_key(&from) {
            self.bind_udp(from, false);
        }
        let socket = self.host.sockets.get_mut::<Socket>(self.udp[&from].handle);
        let sent = socket.send_slice(payload, to).is_ok();
        self.host.touch();
        sent
    }

    pub(super) fn receive_udp(&mut self, port: u16) -> Option<(SocketAddrV4, Vec<u8>)> {
        let bound = self.udp.get(&port)?;
        let socket = self.host.sockets.get_mut::<Socket>(bound.handle);
        let (payload, meta) = socket.recv().ok()?;
        let IpAddress::Ipv4(address) = meta.endpoint.addr;
        Some((
            SocketAddrV4::new(address, meta.endpoint.port),
            payload.to_vec(),
        ))
    }

    /// Answer what came in at echo ports. True when something was sent.
    pub(super) fn serve_udp(&mut self) -> bool {
        let echoing = self
            .udp
            .iter()
            .filter(|(_, port)| port.echo)
            .map(|(port, _)| *port);
        let mut worked = false;
        for port in echoing.collect::<Vec<_>>() {
            while let Some((from, payload)) = self.receive_udp(port) {
                worked |= self.send_udp(port, from, &payload);
            }
        }
        worked
    }
}

fn bound_socket(port: u16) -> Socket<'static> {
    let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; DATAGRAMS], vec![0; BYTES]);
    let mut socket = Socket::new(buffer(), buffer());
    // Fails only for port 0; nothing can be sent from it or arrive then.
    let _ = socket.bind(port);
    socket
}
