//! What the hosts on the wire do.

use crate::actions::{Action, Pick};
use crate::link::{Link, Origin};
use crate::support::*;
use crate::world::*;

/// How long a host waits before it asks for an address again that it got no answer for.
const SHY_US: u64 = 3_000_000;

impl World {
    pub(crate) fn host_step(&mut self, action: Action) -> Check {
        let now = self.now();
        match action {
            Action::Client(host, port) => self.client(host, port),
            Action::PeerSend(n, length) => self.with_link(n, |link| link.send(length.into())),
            Action::PeerFin(n) => self.with_link(n, Link::finish),
            Action::PeerStops(n) => self.with_link(n, |link| link.reading = false),
            Action::PeerReads(n) => self.with_link(n, |link| link.reading = true),
            Action::PeerAbort(n) => {
                let vanished = self.vanished;
                self.with_link(n, |link| link.abort(now, !vanished[link.host]));
            }
            Action::PeerDatagram(host, from, pick, length) => {
                return self.datagram(host, from, pick, length.into());
            }
            Action::Vanish(n) => self.vanish(n),
            Action::ComeBack(n) => {
                let host = usize::from(n) % HOSTS.len();
                self.vanished[host] = false;
                self.shy_until[host] = now + SHY_US;
                self.hosts[host].vanish(false);
            }
            action => unreachable!("{action:?} is the program's"),
        }
        Ok(())
    }

    /// The n-th connection that a host can do something with.
    fn with_link(&mut self, n: u8, act: impl FnOnce(&mut Link)) {
        let alive = |link: &&mut Link| link.conn.is_some() && link.aborted.is_none();
        let mut links: Vec<_> = self.links.iter_mut().filter(alive).collect();
        let count = links.len().max(1);
        if let Some(link) = links.get_mut(usize::from(n) % count) {
            act(link);
        }
    }

    /// A host connects to a port of the chip, rather to one where somebody listens.
    fn client(&mut self, host: u8, n: u8) {
        let host = usize::from(host) % HOSTS.len();
        let listening = self
            .sockets
            .iter()
            .filter(|socket| socket.is(crate::reference::Stage::Listening));
        let mut ports: Vec<_> = listening.map(|socket| socket.port).collect();
        ports.push(FIXED[0]);
        let port = ports[usize::from(n) % ports.len()];
        let expected = self.expected(port);
        self.idle.set(false);
        let conn = self.hosts[host].connect(chip_ip(), port);
        let from = conn.local().map_or(0, |local| local.port());
        let id = self.links.len() as u32;
        let remote = endpoint(HOSTS[host], from);
        let mut link = Link::new(id, host, Origin::Client(port), remote, self.now());
        link.expected = expected;
        link.conn = Some(conn);
        link.port = port;
        if !self.is_quick(host) || !self.refuses {
            link.lossy = Some(self.now());
        }
        self.links.push(link);
    }

    /// A host answers, and knows how to reach the chip or finds out at once.
    fn is_quick(&self, host: usize) -> bool {
        !self.vanished[host] && self.now() >= self.shy_until[host]
    }

    /// A host drops all that it gets and sends.
    fn vanish(&mut self, n: u8) {
        let (host, now) = (usize::from(n) % HOSTS.len(), self.now());
        self.vanished[host] = true;
        self.hosts[host].vanish(true);
        for link in self.links.iter_mut().filter(|link| link.host == host) {
            link.lossy.get_or_insert(now);
        }
        for one in self.outgoing.iter_mut().filter(|one| one.host == host) {
            one.certain = false;
        }
        for socket in &mut self.sockets {
            socket.datagrams.may_be_lost();
        }
    }

    /// A host sends a datagram to a socket's port, and it arrives.
    fn datagram(&mut self, host: u8, from: u8, pick: Pick, length: usize) -> Check {
        let host = usize::from(host) % HOSTS.len();
        let port = match self.pick(pick, |socket| !socket.tcp && socket.port != 0) {
            Some(Target::Open(at)) => self.sockets[at].port,
            _ => FIXED[2],
        };
        let from = [OPEN, OPEN + 1][usize::from(from) % 2];
        let data = self.payload(length.min(1472));
        if !self.is_quick(host) || port == 0 {
            return Ok(());
        }
        if !self.hosts[host].udp_send(from, chip_ip(), port, &data) {
            return Err("the host's queue is full".into());
        }
        let is_it =
            |socket: &&mut Socket| !socket.tcp && socket.port == port && socket.datagrams.hardware;
        if let Some(socket) = self.sockets.iter_mut().find(is_it) {
            socket.datagrams.arrived(endpoint(HOSTS[host], from), data);
        }
        self.pass(2)
    }

    /// Bytes that differ from those of every other datagram, if there are enough of them.
    pub(crate) fn payload(&mut self, length: usize) -> Vec<u8> {
        self.datagrams += 1;
        let mut data = crate::link::bytes(u32::MAX - self.datagrams, 0, length);
        for (to, from) in data.iter_mut().zip(self.datagrams.to_be_bytes()) {
            *to = from;
        }
        data
    }
}
