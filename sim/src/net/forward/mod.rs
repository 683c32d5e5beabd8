//! The gateway: a host on the wire whose loopback interface is this computer's.
//!
//! TCP and UDP are ended here and begun anew on the other side, so no privileges are needed. No
//! data is held but in sockets' buffers: when one side's is full, the other side is not read.

mod bridge;
mod tcp;
mod udp;
mod unreachable;

use std::io;
use std::net::SocketAddrV4;

use mio::event::Event;
use mio::{Registry, Token};

use crate::net::host::{Host, Identity};
use crate::net::packet;
use crate::node::{Micros, Node};

/// The gateway's node on the wire.
pub(crate) struct Gateway {
    host: Host,
    sockets: Sockets,
    tcp: tcp::Bridges,
    udp: udp::Flows,
}

/// How host sockets are watched: each has a token of its own, and none is used twice.
struct Sockets {
    registry: Registry,
    next: usize,
}

impl Sockets {
    fn watch(&mut self, source: &mut impl mio::event::Source) -> io::Result<Token> {
        let token = Token(self.next);
        self.next += 1;
        let interest = mio::Interest::READABLE | mio::Interest::WRITABLE;
        self.registry.register(source, token, interest)?;
        Ok(token)
    }
}

impl Gateway {
    pub(crate) fn new(identity: &Identity, registry: Registry, seed: u64) -> Self {
        Self {
            host: Host::new(identity, seed),
            sockets: Sockets { registry, next: 0 },
            tcp: tcp::Bridges::default(),
            udp: udp::Flows::default(),
        }
    }

    /// Lead `host_port` of 127.0.0.1 (0: any) to `chip`: the port it is.
    pub(crate) fn forward_tcp(&mut self, host_port: u16, chip: SocketAddrV4) -> io::Result<u16> {
        self.tcp.listen(&mut self.sockets, host_port, chip)
    }

    /// Likewise for UDP.
    pub(crate) fn forward_udp(&mut self, host_port: u16, chip: SocketAddrV4) -> io::Result<u16> {
        self.udp.bind(&mut self.sockets, host_port, chip)
    }

    /// Something happened to a host socket.
    pub(crate) fn host_event(&mut self, event: &Event) {
        self.tcp
            .host_event(event, &mut self.host, &mut self.sockets);
        self.udp.host_event(event, &mut self.host);
        self.host.touch();
    }
}

impl Node for Gateway {
    fn receive(&mut self, _: Micros, frame: &[u8]) {
        let to_gateway = |address: SocketAddrV4| *address.ip() == self.host.ip;
        if let Some(segment) = packet::segment(frame)
            && to_gateway(segment.destination)
            && segment.syn
            && !segment.ack
            && !self.tcp.knows(&segment, &self.host)
        {
            self.tcp
                .chip_connects(&segment, frame, &mut self.host, &mut self.sockets);
            self.host.touch();
            return;
        }
        if let Some(datagram) = packet::datagram(frame)
            && to_gateway(datagram.destination)
        {
            self.udp
                .open_port(datagram.destination.port(), &mut self.host);
        }
        self.host.receive(frame);
    }

    fn poll(&mut self, now: Micros, out: &mut Vec<Vec<u8>>) {
        self.host.poll(now, out);
        loop {
            self.tcp.open_connected(now, &mut self.host, out);
            let tcp = self.tcp.pump(&mut self.host);
            let udp = self.udp.pump(&mut self.host, &mut self.sockets);
            if !tcp && !udp {
                break;
            }
            self.host.poll(now, out);
        }
        self.tcp.forget_closed(&mut self.host);
        out.append(&mut self.tcp.refusals);
    }

    fn wake_at(&self, now: Micros) -> Option<Micros> {
        self.host.wake_at(now)
    }
}
