//! The calls that begin connections.

use crate::actions::{Pick, To};
use crate::datagram::Layer;
use crate::link::{Link, Origin};
use crate::reference::{self, Stage, Stages};
use crate::world::*;
use w5100::error::Error;
use w5100::stack::Endpoint;

impl World {
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
            user_timeout,
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
        self.adopt(handle, None)?;
        let remote = self.lab.with(|stack| stack.peer(handle));
        let link = self.accepted(port, remote)?;
        let socket = self.sockets.last_mut().expect("it was adopted");
        socket.link = Some(link);
        socket.port = port;
        socket.own_ip = own_ip;
        socket.accepted = true;
        socket.linger = linger;
        socket.send_limit = send_limit;
        socket.user_timeout = user_timeout;
        socket.stages = Stages::only(Stage::Connected);
        Ok(())
    }

    /// The client that was accepted: the oldest one, as far as the library could tell.
    pub(crate) fn accepted(&mut self, port: u16, remote: Endpoint) -> Check<usize> {
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
        let fits = |socket: &Socket| {
            !socket.tcp
                || socket
                    .stages
                    .any(|stage| matches!(stage, Stage::Fresh | Stage::Connecting | Stage::Failed))
        };
        let at = match self.pick(pick, fits) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(connect(self, handle)?),
            Some(Target::Open(at)) => at,
        };
        let hardware = self.hardware_is_had(at);
        let (view, began) = (self.view(at), self.now());
        let answer = connect(self, self.sockets[at].handle)?;
        if answer == Err(Error::AddressNotAvailable) {
            let raw = self.sockets[at].datagrams.layer != Layer::Udp;
            let wrong = to == To::NoAddress || (to == To::NoPort && !raw);
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
            reference::connect(stage, &view, hardware, &answer)
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

    /// A connection was begun by the program.
    pub(crate) fn begin(&mut self, at: usize, to: To, remote: Endpoint, began: u64) {
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
        socket.reset_first = false;
    }
}
