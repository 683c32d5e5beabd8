//! UDP: each chip and each client on the host is known to the other side by a port of its own.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use mio::Token;
use mio::event::Event;
use mio::net::UdpSocket;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::IpAddress;

use super::Sockets;
use super::unreachable::Unreachable;
use crate::net::host::Host;

/// Datagrams a port of the gateway's holds in each direction.
const DATAGRAMS: usize = 64;
/// Bytes a port of the gateway's holds in each direction.
const BYTES: usize = 64 * 1024;
/// Correspondents remembered in each direction: the oldest is forgotten for a new one.
const FLOWS: usize = 256;

#[derive(Default)]
pub(super) struct Flows {
    /// Open ports of the gateway's.
    ports: BTreeMap<u16, SocketHandle>,
    /// From chips to ports of the host's: one host socket for each.
    outward: BTreeMap<Token, Outward>,
    /// Ports of the host's that lead to a chip.
    inward: BTreeMap<Token, Inward>,
    /// Clients on the host, oldest first, and the gateway's port that stands for each.
    clients: Vec<Client>,
    unreachable: Unreachable,
}

struct Outward {
    socket: UdpSocket,
    chip: SocketAddrV4,
    port: u16,
}

struct Inward {
    socket: UdpSocket,
    chip: SocketAddrV4,
}

struct Client {
    inward: Token,
    address: SocketAddr,
    port: u16,
}

impl Flows {
    pub(super) fn bind(
        &mut self,
        sockets: &mut Sockets,
        host_port: u16,
        chip: SocketAddrV4,
    ) -> io::Result<u16> {
        let mut socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, host_port).into())?;
        let port = socket.local_addr()?.port();
        let token = sockets.watch(&mut socket)?;
        self.inward.insert(token, Inward { socket, chip });
        Ok(port)
    }

    /// Let the gateway receive datagrams at `port`.
    pub(super) fn open_port(&mut self, port: u16, host: &mut Host) {
        self.ports.entry(port).or_insert_with(|| {
            let buffer =
                || PacketBuffer::new(vec![PacketMetadata::EMPTY; DATAGRAMS], vec![0; BYTES]);
            let mut socket = Socket::new(buffer(), buffer());
            // Fails only for port 0, at which nothing can arrive then.
            let _ = socket.bind(port);
            host.sockets.add(socket)
        });
    }

    /// Take what has arrived at a host socket. What does not fit is lost, as UDP may be.
    pub(super) fn host_event(&mut self, event: &Event, host: &mut Host) {
        let token = event.token();
        if self.outward.contains_key(&token) {
            self.receive_outward(token, host);
        } else if self.inward.contains_key(&token) {
            self.receive_inward(token, host);
        }
    }

    /// Answers to what a chip has sent.
    fn receive_outward(&mut self, token: Token, host: &mut Host) {
        let mut buffer = vec![0; 65_536];
        while let Some(flow) = self.outward.get(&token) {
            let (port, chip) = (flow.port, flow.chip);
            match flow.socket.recv(&mut buffer) {
                Ok(length) => self.send_to_chip(port, chip, &buffer[..length], host),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    self.unreachable.tell(chip, host.ip, port, host);
                }
                Err(_) => break,
            }
        }
    }

    /// What clients on the host send to a chip.
    fn receive_inward(&mut self, token: Token, host: &mut Host) {
        let mut buffer = vec![0; 65_536];
        while let Some(inward) = self.inward.get(&token)
            && let Ok((length, client)) = inward.socket.recv_from(&mut buffer)
        {
            let chip = inward.chip;
            let port = self.port_of(token, client, host);
            self.send_to_chip(port, chip, &buffer[..length], host);
        }
    }

    fn send_to_chip(&mut self, port: u16, chip: SocketAddrV4, payload: &[u8], host: &mut Host) {
        self.open_port(port, host);
        let socket = host.sockets.get_mut::<Socket>(self.ports[&port]);
        let _ = socket.send_slice(payload, chip); // a full queue loses it
    }

    /// The gateway's port that stands for `client`.
    fn port_of(&mut self, inward: Token, address: SocketAddr, host: &mut Host) -> u16 {
        let known = |client: &&Client| client.inward == inward && client.address == address;
        if let Some(client) = self.clients.iter().find(known) {
            return client.port;
        }
        if self.clients.len() == FLOWS {
            let oldest = self.clients.remove(0);
            if let Some(handle) = self.ports.remove(&oldest.port) {
                host.sockets.remove(handle);
            }
        }
        let port = host.ephemeral_port();
        self.clients.push(Client {
            inward,
            address,
            port,
        });
        port
    }

    /// Hand to the host what chips have sent. Nothing comes of that for the wire by itself.
    pub(super) fn pump(&mut self, host: &mut Host, sockets: &mut Sockets) -> bool {
        let ports: Vec<_> = self
            .ports
            .iter()
            .map(|(&port, &handle)| (port, handle))
            .collect();
        for (port, handle) in ports {
            while let Ok((payload, meta)) = host.sockets.get_mut::<Socket>(handle).recv() {
                let IpAddress::Ipv4(ip) = meta.endpoint.addr;
                let chip = SocketAddrV4::new(ip, meta.endpoint.port);
                self.send_to_host(port, chip, payload, sockets);
            }
        }
        false
    }

    fn send_to_host(
        &mut self,
        port: u16,
        chip: SocketAddrV4,
        payload: &[u8],
        sockets: &mut Sockets,
    ) {
        for client in self.clients.iter().filter(|client| client.port == port) {
            if let Some(inward) = self.inward.get(&client.inward)
                && inward.chip == chip
            {
                let _ = inward.socket.send_to(payload, client.address); // may be lost
                return;
            }
        }
        if let Some(socket) = self.outward_socket(port, chip, sockets) {
            let _ = socket.send(payload); // may be lost
        }
    }

    fn outward_socket(
        &mut self,
        port: u16,
        chip: SocketAddrV4,
        sockets: &mut Sockets,
    ) -> Option<&UdpSocket> {
        let known = |flow: &Outward| flow.chip == chip && flow.port == port;
        let token = self
            .outward
            .iter()
            .find(|(_, flow)| known(flow))
            .map(|(&token, _)| token);
        let token = match token {
            Some(token) => token,
            None => self.open_outward(port, chip, sockets).ok()?,
        };
        self.outward.get(&token).map(|flow| &flow.socket)
    }

    fn open_outward(
        &mut self,
        port: u16,
        chip: SocketAddrV4,
        sockets: &mut Sockets,
    ) -> io::Result<Token> {
        let mut socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into())?;
        socket.connect((Ipv4Addr::LOCALHOST, port).into())?;
        let token = sockets.watch(&mut socket)?;
        if self.outward.len() == FLOWS {
            self.outward.pop_first(); // tokens grow, so this is the oldest
        }
        self.outward.insert(token, Outward { socket, chip, port });
        Ok(token)
    }
}
