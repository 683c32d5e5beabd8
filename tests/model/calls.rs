//! The calls that carry connections, bytes and datagrams.

use crate::actions::{Pick, To};
use crate::datagram::{Fate, Outgoing};
use crate::link::{Link, Origin};
use crate::reference::{self, Stage, Stages};
use crate::support::*;
use crate::world::*;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Endpoint, Handle};

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

fn receive_from(lab: &Lab, handle: Handle, length: usize, peek: bool) -> Received {
    let mut data = vec![0; length];
    let datagram = lab.device().receive_from(handle, &mut data, peek, false)?;
    data.truncate(datagram.length.into());
    Ok((data, datagram.from))
}

fn receive(lab: &Lab, handle: Handle, length: usize, peek: bool) -> Result<Vec<u8>> {
    let mut data = vec![0; length];
    let length = lab.device().receive(handle, &mut data, peek, false)?;
    data.truncate(length);
    Ok(data)
}

impl World {
    /// Where a connect or a datagram goes; nothing for the connected peer.
    fn endpoint(&self, to: To) -> Option<Endpoint> {
        let host = |n: u8| HOSTS[usize::from(n) % HOSTS.len()];
        Some(match to {
            To::Open(n) => endpoint(host(n), OPEN),
            To::Closed(n) => endpoint(host(n), CLOSED),
            To::Nobody => endpoint(NOBODY, OPEN),
            To::NoPort => endpoint(HOSTS[0], 0),
            To::NoAddress => endpoint([0; 4], OPEN),
            To::Broadcast => endpoint([255; 4], OPEN),
            To::Peer => return None,
        })
    }

    pub(crate) fn listen(&mut self, pick: Pick, backlog: i32) -> Check {
        let listen = |world: &Self, handle| world.operate(|stack| stack.listen(handle, backlog));
        let at = match self.pick(pick, |socket| socket.is(Stage::Fresh)) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(listen(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        if !self.sockets[at].tcp {
            let answer = listen(self, self.sockets[at].handle)?;
            return wrong_kind(answer);
        }
        if self.sockets[at].stages.any(|stage| stage.news().is_some()) {
            // A listener with something to tell is not what this is about.
            self.take_error_of(at)?;
        }
        let view = self.view(at);
        let in_use = self.sockets.iter().enumerate().any(|(other, socket)| {
            let port = self.sockets[at].port;
            other != at && port != 0 && socket.port == port && socket.is(Stage::Listening)
        });
        let answer = listen(self, self.sockets[at].handle)?;
        self.judge(at, &view, &answer, |stage| {
            reference::listen(stage, in_use, &answer)
        })?;
        if answer.is_ok() {
            let backlog = backlog.clamp(1, 4) as usize;
            let socket = &mut self.sockets[at];
            socket.backlog = (backlog, backlog.max(socket.backlog.1));
            self.listeners_change();
        }
        self.bound(at, None)
    }

    pub(crate) fn accept(&mut self, pick: Pick) -> Check {
        let accept = |world: &Self, handle| world.call(0, |lab| lab.accept(handle));
        let at = match self.pick(pick, |socket| socket.is(Stage::Listening)) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(accept(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let Socket {
            port,
            own_ip,
            linger,
            send_limit,
            ..
        } = self.sockets[at];
        let (may, must) = self.clients(port);
        let answer = accept(self, self.sockets[at].handle)?;
        if !self.sockets[at].tcp {
            return wrong_kind(answer);
        }
        if !self.sockets[at].is(Stage::Listening) {
            return equal(answer, Err(Error::Invalid));
        }
        let handle = match answer {
            Err(Error::WouldBlock) if !must => return Ok(()),
            Ok(handle) if may => handle,
            _ => return Err(format!("{answer:?}, clients {may}, {must}")),
        };
        let settings = self.lab.with(|stack| Ok(*stack.settings(handle)?));
        if settings.nonblocking {
            return Err("accept inherits nonblocking".into());
        }
        self.adopt(handle, true)?;
        let remote = self.lab.with(|stack| stack.peer(handle));
        let link = self.accepted(port, remote)?;
        let socket = self.sockets.last_mut().expect("it was adopted");
        socket.link = Some(link);
        socket.port = port;
        socket.own_ip = own_ip;
        socket.accepted = true;
        socket.linger = linger;
        socket.send_limit = send_limit;
        socket.stages = Stages::only(Stage::Connected);
        Ok(())
    }

    /// The client that was accepted: the oldest one, as far as the library could tell.
    fn accepted(&mut self, port: u16, remote: Endpoint) -> Check<usize> {
        let is_it = |link: &Link| link.waits_at(port) && link.remote == remote;
        let Some(at) = self.links.iter().position(is_it) else {
            return Err(format!("{remote:?} is not waiting"));
        };
        let (now, noticed) = (self.now(), self.links[at].noticed);
        let certain = |link: &Link| link.lossy.is_none() && link.is_open(now);
        let first = |link: &Link| {
            link.noticed
                .is_some_and(|step| noticed.is_none_or(|n| step < n))
        };
        let overtaken = self.waiting(port).any(|link| certain(link) && first(link));
        if self.links[at].lossy.is_none() && overtaken {
            return Err(format!("{remote:?} is not the oldest client"));
        }
        self.links[at].owned = true;
        Ok(at)
    }

    pub(crate) fn connect(&mut self, pick: Pick, to: To) -> Check {
        // To::Peer and broadcasts are for datagrams.
        let to = if matches!(to, To::Peer | To::Broadcast) {
            To::Open(0)
        } else {
            to
        };
        let place = self.endpoint(to).unwrap_or_default();
        let connect =
            |world: &Self, handle| world.call(0, |lab| lab.device().connect(handle, place));
        let fits =
            |socket: &Socket| !socket.tcp || socket.is(Stage::Fresh) || socket.is(Stage::Failed);
        let at = match self.pick(pick, fits) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(connect(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let hardware = self.hardware_is_had();
        let (view, began) = (self.view(at), self.now());
        let answer = connect(self, self.sockets[at].handle)?;
        if answer == Err(Error::AddressNotAvailable) {
            let wrong = matches!(to, To::NoPort | To::NoAddress);
            return if wrong {
                Ok(())
            } else {
                Err(format!("{answer:?}"))
            };
        }
        if !self.sockets[at].tcp {
            return self.connected_datagrams(at, place, hardware, answer);
        }
        self.judge(at, &view, &answer, |stage| {
            reference::connect(stage, hardware, &answer)
        })?;
        if self.sockets[at].stages.all(Stage::is_stream) && answer.is_err() {
            return Ok(());
        }
        self.bound(at, None)?;
        let begun = match answer {
            Ok(()) | Err(Error::InProgress) => true,
            Err(Error::ConnectionRefused | Error::HostUnreachable | Error::TimedOut) => false,
            _ => return Ok(()),
        };
        if begun {
            self.claimed();
            self.begin(at, to, place, began);
        }
        Ok(())
    }

    fn connected_datagrams(
        &mut self,
        at: usize,
        place: Endpoint,
        (least, most): (bool, bool),
        answer: Result<()>,
    ) -> Check {
        let datagrams = &mut self.sockets[at].datagrams;
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
            if self.closed_ports.contains(&place) {
                datagrams.may_be_refused();
            }
            if taken {
                self.claimed();
            }
        }
        self.bound(at, None)
    }

    /// A connection was begun by the program.
    fn begin(&mut self, at: usize, to: To, remote: Endpoint, began: u64) {
        let host = HOSTS.iter().position(|ip| *ip == remote.ip);
        let origin = match to {
            To::Open(_) => Origin::Program,
            To::Closed(_) => Origin::Refused,
            _ => Origin::Nobody,
        };
        let id = self.links.len();
        let mut link = Link::new(id as u32, host.unwrap_or(0), origin, remote, began);
        link.port = self.sockets[at].port;
        link.owned = true;
        // The host may remember a connection of the same ports.
        let same = |old: &Link| old.remote == remote && old.port == link.port;
        if self.links.iter().any(same) {
            link.strange = true;
            link.lossy = Some(began);
        }
        if host.is_some_and(|host| self.vanished[host]) {
            link.lossy = Some(began);
        }
        self.links.push(link);
        let socket = &mut self.sockets[at];
        socket.link = Some(id);
        socket.shut_read = false;
        socket.shut_write = false;
    }

    pub(crate) fn send(&mut self, pick: Pick, length: usize) -> Check {
        match self.pick(pick, Socket::is_connected) {
            None => Ok(()),
            Some(Target::Dead(handle)) => {
                Self::dead(self.call(0, |lab| lab.send(handle, &[1; 10]))?)
            }
            Some(Target::Open(at)) if self.sockets[at].tcp => self.send_stream(at, length),
            Some(Target::Open(at)) => self.send_datagram(at, None, length, false),
        }
    }

    fn send_stream(&mut self, at: usize, length: usize) -> Check {
        let handle = self.sockets[at].handle;
        let link = self.sockets[at].link.map(|link| &self.links[link]);
        let data = link.map_or(vec![0; length], |link| link.next_up(length));
        let view = self.view(at);
        let answer = self.call(length, |lab| lab.send(handle, &data))?;
        self.judge(at, &view, &answer, |stage| {
            reference::send(stage, &view, length, &answer)
        })?;
        let Some(link) = self.sockets[at].link else {
            return Ok(());
        };
        let limit = self.sockets[at].send_limit;
        let link = &mut self.links[link];
        if let Ok(count @ 1..) = answer {
            link.up_sent += count as u64;
            link.quiet = false;
            link.limit = link.limit.max(limit);
        }
        let outstanding = link.up_sent.saturating_sub(link.received());
        let limit = link.limit;
        let live = link.conn.is_some() && link.aborted.is_none();
        if live && self.sockets[at].stages.all(Stage::is_live) && outstanding > limit {
            return Err(format!("{outstanding} bytes under way"));
        }
        Ok(())
    }

    pub(crate) fn recv(&mut self, pick: Pick, length: usize, peek: bool) -> Check {
        match self.pick(pick, |socket| socket.is_connected() || !socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => {
                Self::dead(self.call(0, |lab| receive(lab, handle, 10, peek))?)?;
                Self::dead(self.call(0, |lab| receive_from(lab, handle, 10, peek))?)
            }
            Some(Target::Open(at)) if self.sockets[at].tcp => self.recv_stream(at, length, peek),
            Some(Target::Open(at)) => self.recv_datagram(at, length, peek),
        }
    }

    pub(crate) fn recv_stream(&mut self, at: usize, length: usize, peek: bool) -> Check {
        let handle = self.sockets[at].handle;
        let view = self.view(at);
        let answer = self.call(length, |lab| receive(lab, handle, length, peek))?;
        let count = answer.as_ref().map(Vec::len).map_err(|error| *error);
        self.judge(at, &view, &count, |stage| {
            reference::recv(stage, &view, length, &count)
        })?;
        let (Ok(data), Some(link)) = (answer, self.sockets[at].link) else {
            return Ok(());
        };
        let link = &mut self.links[link];
        if data != link.next_down(data.len()) {
            let from = link.down_read;
            return Err(format!("{} wrong bytes from {from}", data.len()));
        }
        if !peek {
            link.down_read += data.len() as u64;
        }
        Ok(())
    }

    fn recv_datagram(&mut self, at: usize, length: usize, peek: bool) -> Check {
        let handle = self.sockets[at].handle;
        let hardware = self.hardware_is_had();
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

    fn send_datagram(
        &mut self,
        at: usize,
        to: Option<Endpoint>,
        length: usize,
        more: bool,
    ) -> Check {
        let handle = self.sockets[at].handle;
        let hardware = self.hardware_is_had();
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
    fn sent(&mut self, at: usize, to: Endpoint, data: Vec<u8>) {
        let (fate, now) = (self.fate(to), self.now());
        // Short ones may look alike.
        let told_apart = data.len() >= 4;
        self.sockets[at].datagrams.sent = Some((now, fate));
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
    fn sent_to_closed_port(&mut self, at: usize, to: Endpoint, fate: Fate) {
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

    pub(crate) fn shutdown(&mut self, pick: Pick, direction: Direction) -> Check {
        let shutdown =
            |world: &Self, handle| world.operate(|stack| stack.shutdown(handle, direction));
        let at = match self.pick(pick, Socket::is_connected) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(shutdown(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let view = self.view(at);
        let answer = shutdown(self, self.sockets[at].handle)?;
        if !self.sockets[at].tcp {
            let datagrams = &mut self.sockets[at].datagrams;
            let connected = datagrams.peer.is_some();
            datagrams.shut_read |= connected && direction != Direction::Write;
            datagrams.shut_write |= connected && direction != Direction::Read;
            let expected = if connected {
                Ok(())
            } else {
                Err(Error::NotConnected)
            };
            return equal(answer, expected);
        }
        self.judge(at, &view, &answer, |stage| {
            reference::shutdown(stage, &answer)
        })?;
        if answer.is_ok() {
            let socket = &mut self.sockets[at];
            socket.shut_read |= direction != Direction::Write;
            socket.shut_write |= direction != Direction::Read;
            if let Some(link) = socket.link {
                self.links[link].up_fin |= socket.shut_write;
            }
        }
        Ok(())
    }

    pub(crate) fn available(&mut self, pick: Pick) -> Check {
        let available = |world: &Self, handle| world.operate(|stack| stack.available(handle));
        let at = match self.pick(pick, |socket| socket.is_connected() || !socket.tcp) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(available(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let view = self.view(at);
        let answer = available(self, self.sockets[at].handle)?;
        if !self.sockets[at].tcp {
            let datagrams = &mut self.sockets[at].datagrams;
            let fine = datagrams.available(&answer);
            return if fine {
                Ok(())
            } else {
                Err(format!("{answer:?}, {datagrams:?}"))
            };
        }
        self.judge(at, &view, &answer, |stage| {
            reference::available(stage, &view, &answer)
        })
    }

    pub(crate) fn is_connected(&mut self, pick: Pick) -> Check {
        let ask = |world: &Self, handle| world.operate(|stack| stack.is_connected(handle));
        let at = match self.pick(pick, Socket::is_connected) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(ask(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let view = self.view(at);
        let answer = ask(self, self.sockets[at].handle)?;
        if !self.sockets[at].tcp {
            return equal(answer, Ok(self.sockets[at].datagrams.peer.is_some()));
        }
        self.judge(at, &view, &answer, |stage| {
            reference::is_connected(stage, &view, &answer)
        })
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

    pub(crate) fn outstanding(&mut self, pick: Pick) -> Check {
        let outstanding = |world: &Self, handle| world.operate(|stack| stack.outstanding(handle));
        let at = match self.pick(pick, Socket::is_connected) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(outstanding(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let mut view = self.view(at);
        let answer = outstanding(self, self.sockets[at].handle)?;
        if !self.sockets[at].tcp {
            return wrong_kind(answer);
        }
        // What the host got meanwhile may be acknowledged.
        view.outstanding.0 = self.view(at).outstanding.0;
        self.judge(at, &view, &answer, |stage| {
            reference::outstanding(stage, &view, &answer)
        })
    }
}

/// Compares with the only right answer.
pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(answer: T, expected: T) -> Check {
    match answer == expected {
        true => Ok(()),
        false => Err(format!("{answer:?}, not {expected:?}")),
    }
}

/// A call that is not for this kind of socket.
fn wrong_kind<T: std::fmt::Debug>(answer: Result<T>) -> Check {
    match answer {
        Err(Error::NotSupported) => Ok(()),
        answer => Err(format!("{answer:?} on a socket of the other kind")),
    }
}
