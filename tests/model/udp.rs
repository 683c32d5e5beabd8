//! The calls that carry datagrams.

use crate::actions::{Pick, To};
use crate::datagram::{Fate, Layer};
use crate::outgoing::Outgoing;
use crate::support::*;
use crate::world::*;
use w5100::error::{Error, Result};
use w5100::stack::{Endpoint, Handle};

/// What a recvfrom gave.
type Received = Result<(Vec<u8>, Endpoint)>;

/// The one place that knows how datagrams are sent and received.
fn send_to(
    lab: &Lab,
    handle: Handle,
    data: &[u8],
    to: Option<Endpoint>,
    more: bool,
) -> Result<usize> {
    match more {
        true => lab.device().send_part(handle, data, to, false),
        false => lab.device().send_to(handle, data, to, false),
    }
}

pub(crate) fn receive_from(lab: &Lab, handle: Handle, length: usize, peek: bool) -> Received {
    let mut data = vec![0; length];
    let datagram = lab.device().receive_from(handle, &mut data, peek, false)?;
    data.truncate(datagram.length.into());
    Ok((data, datagram.from))
}

impl World {
    pub(crate) fn connected_datagrams(
        &mut self,
        at: usize,
        place: Endpoint,
        (least, most): (bool, bool),
        answer: Result<()>,
    ) -> Check {
        let datagrams = &mut self.sockets[at].datagrams;
        if datagrams.layer == Layer::Ethernet {
            return equal(answer, Err(Error::NotSupported));
        }
        let fine = match answer {
            Err(Error::NoHardwareSocket) => !datagrams.hardware && !least,
            Ok(()) => datagrams.hardware || most,
            Err(_) => false,
        };
        if !fine {
            return Err(format!("{answer:?}"));
        }
        if answer.is_ok() {
            let taken = !std::mem::replace(&mut datagrams.hardware, true);
            datagrams.peer = Some(place);
            datagrams.hears_nothing();
            if self.closed_ports.contains(&place) {
                datagrams.may_be_refused();
            }
            if taken {
                self.claimed();
            }
        }
        self.bound(at, None)
    }

    pub(crate) fn recv_datagram(&mut self, at: usize, length: usize, peek: bool) -> Check {
        let handle = self.sockets[at].handle;
        let hardware = self.hardware_is_had(at);
        let had = self.sockets[at].datagrams.hardware;
        let answer = self.call(RING as usize, |lab| receive_from(lab, handle, length, peek))?;
        let now = self.now();
        let datagrams = &mut self.sockets[at].datagrams;
        datagrams.pass(now, false);
        if !datagrams.receive(length, peek, hardware, &answer) {
            return Err(format!("{answer:?}, hardware {hardware:?}, {datagrams:?}"));
        }
        if !had && datagrams.hardware {
            self.claimed();
        }
        self.bound(at, None)
    }

    pub(crate) fn send_to(&mut self, pick: Pick, to: To, length: usize, more: bool) -> Check {
        let to = self.endpoint(to);
        match self.pick(pick, |socket| !socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => {
                Self::dead(self.call(0, |lab| send_to(lab, handle, &[1; 10], to, false))?)
            }
            Some(Target::Open(at)) if self.sockets[at].tcp => {
                let handle = self.sockets[at].handle;
                wrong_kind(self.call(0, |lab| send_to(lab, handle, &[1; 10], to, false))?)
            }
            Some(Target::Open(at)) => self.send_datagram(at, to, length, more),
        }
    }

    pub(crate) fn send_datagram(
        &mut self,
        at: usize,
        to: Option<Endpoint>,
        length: usize,
        more: bool,
    ) -> Check {
        let handle = self.sockets[at].handle;
        let hardware = self.hardware_is_had(at);
        let had = self.sockets[at].datagrams.hardware;
        let data = self.payload(length);
        let answer = self.call(length, |lab| send_to(lab, handle, &data, to, more))?;
        let now = self.now();
        let datagrams = &mut self.sockets[at].datagrams;
        if !datagrams.send(to, &data, more, hardware, now, &answer) {
            return Err(format!("{answer:?}, hardware {hardware:?}, {datagrams:?}"));
        }
        if !had && datagrams.hardware {
            self.claimed();
        }
        self.bound(at, None)?;
        if answer.is_ok()
            && !more
            && let Some((to, data)) = self.sockets[at].datagrams.parts.take()
        {
            self.sent(at, to, data);
        }
        Ok(())
    }

    /// A datagram was handed over: what becomes of it, and who is to get it.
    pub(crate) fn sent(&mut self, at: usize, to: Endpoint, data: Vec<u8>) {
        let ethernet = self.sockets[at].datagrams.layer == Layer::Ethernet;
        // A frame needs no ARP.
        let fate = if ethernet {
            Fate::Arrives
        } else {
            self.fate(to)
        };
        let now = self.now();
        // Short ones may look alike.
        let told_apart = data.len() >= 4;
        self.sockets[at].datagrams.sent = Some((now, fate));
        if self.sockets[at].datagrams.layer != Layer::Udp {
            return;
        }
        if to.port != OPEN {
            self.sent_to_closed_port(at, to, fate);
            return;
        }
        for (host, ip) in HOSTS.iter().enumerate() {
            if to.ip == *ip || to.ip == [255; 4] {
                self.outgoing.push(Outgoing {
                    port: self.sockets[at].port,
                    host,
                    data: data.clone(),
                    certain: told_apart && fate == Fate::Arrives && !self.vanished[host],
                });
            }
        }
    }

    /// The host says that the port is closed, which every socket connected to it may be told.
    pub(crate) fn sent_to_closed_port(&mut self, at: usize, to: Endpoint, fate: Fate) {
        // The chip keeps the last word of a host only.
        let alone = self.closed_ports.is_empty();
        self.closed_ports.push(to);
        let now = self.now();
        self.closed_ports_said_at = Some(now);
        for (other, socket) in self.sockets.iter_mut().enumerate() {
            let certain = other == at && alone && fate == Fate::Arrives;
            if !alone {
                socket.datagrams.hears_nothing();
            }
            socket.datagrams.went_to_closed_port(to, now, certain);
        }
    }

    pub(crate) fn disconnect(&mut self, pick: Pick) -> Check {
        let disconnect = |world: &Self, handle| world.operate(|stack| stack.disconnect(handle));
        let at = match self.pick(pick, |socket| socket.datagrams.peer.is_some()) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(disconnect(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let answer = disconnect(self, self.sockets[at].handle)?;
        if self.sockets[at].tcp {
            return equal(answer, Err(Error::FamilyNotSupported));
        }
        let datagrams = &mut self.sockets[at].datagrams;
        datagrams.peer = None;
        datagrams.hears_nothing();
        equal(answer, Ok(()))
    }
}
