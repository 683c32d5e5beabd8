//! Runs a sequence on the library and the reference side by side.

use crate::actions::{Action, Own, Pick, Port, Sequence, To};
use crate::calls::equal;
use crate::reference::{self, Stage};
use crate::support::*;
use crate::world::*;
use w5100::error::{Error, Result};
use w5100::stack::{self, Direction, Endpoint, Handle, Kind, Options, PollEntry, ready};

/// Sockets that a sequence has at once.
const SOCKETS: usize = 8;
/// Where the session after a sequence listens.
const AFTERWARDS: u16 = 4242;
/// What an answer of poll may be late by, in microseconds.
const LATE_US: u64 = 12_000;

/// Runs all steps, and what must be true after any sequence.
pub(crate) fn run(sequence: &Sequence) -> Check {
    let mut world = World::new(sequence);
    for (at, action) in sequence.actions.iter().enumerate() {
        world
            .step(*action)
            .and_then(|()| world.observe())
            .and_then(|()| world.assert_unbroken())
            .map_err(|difference| format!("step {at}, {action:?}: {difference}"))?;
    }
    world
        .end()
        .map_err(|difference| format!("at the end: {difference}"))
}

impl World {
    fn step(&mut self, action: Action) -> Check {
        match action {
            Action::Nothing => Ok(()),
            Action::Tcp => self.socket(true),
            Action::Udp => self.socket(false),
            Action::Dial(host) => self.dial(host),
            Action::Serve(host) => self.serve_client(host),
            Action::Open => {
                self.socket(false)?;
                self.bind(Pick::Any(self.newest()), Port::Free, Own::Any)
            }
            Action::Bind(pick, port, own) => self.bind(pick, port, own),
            Action::Listen(pick, backlog) => self.listen(pick, backlog),
            Action::Accept(pick) => self.accept(pick),
            Action::Connect(pick, to) => self.connect(pick, to),
            Action::Send(pick, length) => self.send(pick, length.into()),
            Action::Recv(pick, length) => self.recv(pick, length.into(), false),
            Action::Peek(pick, length) => self.recv(pick, length.into(), true),
            Action::SendTo(pick, to, length) => self.send_to(pick, to, length.into(), false),
            Action::SendPart(pick, to, length) => self.send_to(pick, to, length.into(), true),
            Action::ShutdownRead(pick) => self.shutdown(pick, Direction::Read),
            Action::ShutdownWrite(pick) => self.shutdown(pick, Direction::Write),
            Action::ShutdownBoth(pick) => self.shutdown(pick, Direction::Both),
            Action::Close(pick) => self.close(pick),
            Action::Poll(pick, events, wait) => self.poll_one(pick, events, wait.into()),
            Action::PollAll(events) => {
                let all: Vec<_> = (0..self.sockets.len()).collect();
                self.poll(&all, events, 0)
            }
            Action::Name(pick) => self.name(pick),
            Action::PeerName(pick) => self.peer_name(pick),
            Action::Available(pick) => self.available(pick),
            Action::TakeError(pick) => self.take_error(pick),
            Action::Outstanding(pick) => self.outstanding(pick),
            Action::IsConnected(pick) => self.is_connected(pick),
            Action::Disconnect(pick) => self.disconnect(pick),
            Action::Linger(pick, linger) => self.linger(pick, linger),
            Action::SendLimit(pick, limit) => self.send_limit(pick, limit),
            Action::AllowBroadcast(pick) => self.allow_broadcast(pick),
            Action::Pass(time) => self.pass(time.into()),
            Action::Run(time) => self.run(time.into()),
            Action::Settle => self.settle(),
            action => self.host_step(action),
        }
    }

    /// The rules of SPI frames were kept, and the chip was not misused: unless a reset or a
    /// timeout may have overtaken a command.
    fn assert_unbroken(&self) -> Check {
        let counters = self.lab.chip.counters();
        let broken = self
            .links
            .iter()
            .filter(|link| link.aborted.is_some() || link.lossy.is_some());
        if counters.violations > 0 || counters.misuses > 3 * broken.count() as u64 {
            return Err(format!("the chip was misused: {counters:?}"));
        }
        Ok(())
    }

    /// All ends well: whatever was done, nothing is left of it, and the next session is served.
    fn end(&mut self) -> Check {
        for (at, host) in self.hosts.iter().enumerate() {
            host.vanish(false);
            self.vanished[at] = false;
        }
        self.links.iter_mut().for_each(|link| link.reading = true);
        self.settle()?;
        self.drain()?;
        for socket in std::mem::take(&mut self.sockets) {
            self.operate(|stack| stack.close(socket.handle))?
                .map_err(|error| format!("close gave {error:?}"))?;
            self.stale.push(socket.handle);
        }
        for _ in 0..23 {
            self.lab.world.run_for(500);
            self.lab.service();
        }
        self.links
            .iter()
            .filter_map(|link| link.conn.as_ref())
            .for_each(|conn| conn.abort());
        self.strays.iter().for_each(|conn| conn.abort());
        self.lab.settle();
        let left = (self.lab.free_sockets(), self.lab.open_handles());
        if left != (4, 0) || self.lab.statuses() != [0; 4] {
            let statuses = self.lab.statuses();
            return Err(format!(
                "{left:?} sockets and handles are left, {statuses:x?}"
            ));
        }
        for handle in &self.stale {
            Self::dead(self.lab.device().with(|stack| stack.local(*handle)))?;
        }
        self.assert_unbroken()?;
        let listener = self.lab.listener(AFTERWARDS, 1);
        let conn = self.hosts[1].connect(chip_ip(), AFTERWARDS);
        self.lab.settle();
        let handle = self
            .lab
            .accept(listener)
            .map_err(|error| format!("accept: {error:?}"))?;
        self.lab.echo(handle, &conn, &pattern(3000, 7));
        Ok(())
    }

    /// Reads what is left, so that every byte is compared.
    fn drain(&mut self) -> Check {
        for at in 0..self.sockets.len() {
            let link = self.sockets[at].link.map(|link| &self.links[link]);
            let exact = link.is_some_and(|link| link.lossy.is_none() && link.aborted.is_none());
            for _ in 0..40 {
                let view = self.view(at);
                let live = self.sockets[at].stages.all(Stage::is_live);
                if !exact || !live || view.shut_read || view.unread == 0 {
                    break;
                }
                self.recv_stream(at, 1500, false)?;
                self.pass(5)?;
                self.serve()?;
            }
            if exact && self.sockets[at].stages.all(Stage::is_live) {
                let view = self.view(at);
                if !view.shut_read && view.unread > 0 {
                    return Err(format!("{} bytes never arrived", view.unread));
                }
            }
        }
        Ok(())
    }

    fn socket(&mut self, tcp: bool) -> Check {
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        let kind = if tcp { Kind::Tcp } else { Kind::Udp };
        let handle = self
            .operate(|stack| stack.socket(kind))?
            .map_err(|error| format!("{error:?}"))?;
        self.adopt(handle, tcp)
    }

    fn newest(&self) -> u8 {
        self.sockets.len().saturating_sub(1) as u8
    }

    /// A new socket, and its connection to a host.
    fn dial(&mut self, host: u8) -> Check {
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        self.socket(true)?;
        self.connect(Pick::Any(self.newest()), To::Open(host))?;
        self.run(5)
    }

    /// A client of a listener, which is made if there is none, and its new socket.
    fn serve_client(&mut self, host: u8) -> Check {
        let listens = |socket: &Socket| socket.is(Stage::Listening);
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        if !self.sockets.iter().any(listens) {
            self.socket(true)?;
            self.listen(Pick::Any(self.newest()), 4)?;
        }
        self.run(5)?;
        self.host_step(Action::Client(host, 0))?;
        self.run(5)?;
        self.accept(Pick::Fit(0))
    }

    /// A new handle, which must not be one that was closed before.
    pub(crate) fn adopt(&mut self, handle: Handle, tcp: bool) -> Check {
        if self.stale.contains(&handle) || self.sockets.iter().any(|one| one.handle == handle) {
            return Err(format!("{handle:?} again"));
        }
        self.lab.nonblocking(handle);
        self.sockets.push(Socket::new(handle, tcp));
        Ok(())
    }

    fn bind(&mut self, pick: Pick, port: Port, own: Own) -> Check {
        let port = match port {
            Port::Free => 0,
            Port::Fixed(n) => FIXED[usize::from(n) % FIXED.len()],
        };
        let ip = match own {
            Own::Any => [0; 4],
            Own::Chip => CHIP_IP,
            Own::Foreign => PEER_IP,
        };
        let bind = |handle| self.operate(|stack| stack.bind(handle, endpoint(ip, port)));
        let at = match self.pick(pick, |socket| socket.port == 0) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(bind(handle)?),
            Some(Target::Open(at)) => at,
        };
        let hardware = self.hardware_is_had();
        let answer = bind(self.sockets[at].handle)?;
        let in_use = port != 0 && self.port_is_used(at, port);
        let Socket {
            tcp, port: bound, ..
        } = self.sockets[at];
        let udp = !tcp;
        let fine = match answer {
            Err(Error::Invalid) => bound != 0,
            Err(Error::AddressNotAvailable) => own == Own::Foreign,
            Err(Error::AddressInUse) => in_use,
            Err(Error::NoHardwareSocket) => bound == 0 && udp && !hardware.0,
            Ok(()) => bound == 0 && own != Own::Foreign && !in_use && (tcp || hardware.1),
            Err(_) => false,
        };
        if !fine {
            return Err(format!(
                "{answer:?}, hardware {hardware:?}, in use {in_use}"
            ));
        }
        if answer.is_ok() {
            self.sockets[at].own_ip = own == Own::Chip;
            if udp {
                self.sockets[at].datagrams.hardware = true;
                self.claimed();
            }
            self.bound(at, Some(port))?;
        }
        Ok(())
    }

    /// Another socket of the same kind has the port.
    fn port_is_used(&self, at: usize, port: u16) -> bool {
        let tcp = self.sockets[at].tcp;
        self.sockets.iter().enumerate().any(|(other, socket)| {
            other != at && socket.tcp == tcp && socket.port == port && !socket.accepted
        })
    }

    /// The socket may have got a port: the one that was asked for, or a free one.
    pub(crate) fn bound(&mut self, at: usize, wanted: Option<u16>) -> Check {
        if self.sockets[at].port != 0 {
            return Ok(());
        }
        let port = self.lab.local(self.sockets[at].handle).port;
        let right = match wanted {
            Some(0) | None => port >= 49152 && !self.port_is_used(at, port),
            Some(wanted) => port == wanted,
        };
        if !right && !(wanted.is_none() && port == 0) {
            return Err(format!("bound to port {port}"));
        }
        self.sockets[at].port = port;
        Ok(())
    }

    fn name(&mut self, pick: Pick) -> Check {
        let name = |handle| self.operate(|stack| stack.local(handle));
        let at = match self.pick(pick, |_| true) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(name(handle)?),
            Some(Target::Open(at)) => at,
        };
        let answer = name(self.sockets[at].handle)?;
        let socket = &self.sockets[at];
        let stages = self.view(at).reach(socket.stages);
        let connected = socket.own_ip
            || socket.datagrams.peer.is_some()
            || (socket.tcp && stages.any(|stage| stage.is_live() || stage == Stage::Connecting));
        let bare = !socket.own_ip
            && socket.datagrams.peer.is_none()
            && (!socket.tcp || stages.any(|stage| !stage.is_live() && stage != Stage::Connecting));
        let over = socket.tcp && stages.any(Stage::is_stream);
        let ips = [(CHIP_IP, connected || over), ([0; 4], bare)];
        let fine = |name: &Endpoint| name.port == socket.port && ips.contains(&(name.ip, true));
        match answer {
            Ok(name) if fine(&name) => Ok(()),
            answer => Err(format!("{answer:?} of port {} in {stages:?}", socket.port)),
        }
    }

    fn peer_name(&mut self, pick: Pick) -> Check {
        let name = |handle| self.operate(|stack| stack.peer(handle));
        let at = match self.pick(pick, Socket::is_connected) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(name(handle)?),
            Some(Target::Open(at)) => at,
        };
        let answer = name(self.sockets[at].handle)?;
        let socket = &self.sockets[at];
        if !socket.tcp {
            return equal(answer, socket.datagrams.peer.ok_or(Error::NotConnected));
        }
        let link = socket.link.map(|link| self.links[link].remote);
        let right = answer.ok() == link;
        let view = self.view(at);
        self.judge(at, &view, &answer, |stage| {
            reference::peer_name(stage, right, &answer.map(|_| ()))
        })
    }

    fn take_error(&mut self, pick: Pick) -> Check {
        match self.pick(pick, |socket| socket.is_connected() || !socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => {
                Self::dead(self.operate(|stack| stack.take_error(handle))?)
            }
            Some(Target::Open(at)) => self.take_error_of(at),
        }
    }

    pub(crate) fn take_error_of(&mut self, at: usize) -> Check {
        let handle = self.sockets[at].handle;
        let answer = self.operate(|stack| stack.take_error(handle))?;
        if !self.sockets[at].tcp {
            let now = self.now();
            let datagrams = &mut self.sockets[at].datagrams;
            let fine = datagrams.take_error(now, &answer);
            return if fine {
                Ok(())
            } else {
                Err(format!("{answer:?}, {datagrams:?}"))
            };
        }
        let view = self.view(at);
        self.judge(at, &view, &answer, |stage| {
            reference::take_error(stage, &answer)
        })
    }

    fn close(&mut self, pick: Pick) -> Check {
        let close = |handle| self.call(0, |lab| lab.device().close(handle));
        let at = match self.pick(pick, |_| true) {
            None => return Ok(()),
            Some(Target::Dead(handle)) => return Self::dead(close(handle)?),
            Some(Target::Open(at)) => at,
        };
        // What was not taken yet by the host may have been dropped with the socket.
        let answer = close(self.sockets[at].handle)?;
        if answer != Ok(()) {
            return Err(format!("{answer:?}"));
        }
        let now = self.now();
        let view = self.view(at);
        let socket = self.sockets.swap_remove(at);
        self.stale.push(socket.handle);
        if let Some(link) = socket.link {
            let stages = view.reach(socket.stages);
            let link = &mut self.links[link];
            link.closed = Some(now);
            link.up_fin = true;
            link.linger_us = socket
                .linger
                .map_or(link.linger_us, |s| u64::from(s) * 900_000);
            link.dropped |= socket.linger == Some(0);
            // Before the library knew that it is connected it is silent.
            link.dropped |= !stages.all(Stage::is_stream);
        }
        if socket.is(Stage::Listening) {
            self.listeners_change();
            for link in self
                .links
                .iter_mut()
                .filter(|link| link.waits_at(socket.port))
            {
                let recent = now < link.began + LATE_US || link.lossy.is_some();
                link.dropped |= link.opened.is_some() || recent;
            }
        }
        if !socket.tcp {
            for one in self
                .outgoing
                .iter_mut()
                .filter(|one| one.port == socket.port)
            {
                one.certain = false;
            }
        }
        Self::dead(self.operate(|stack| stack.local(socket.handle))?)
    }

    fn allow_broadcast(&mut self, pick: Pick) -> Check {
        let allow = |world: &Self, handle| {
            world.operate(|stack| {
                stack.settings(handle)?.broadcast = true;
                Ok(())
            })
        };
        match self.pick(pick, |socket| !socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => Self::dead(allow(self, handle)?),
            Some(Target::Open(at)) => {
                self.sockets[at].datagrams.broadcast = true;
                allow(self, self.sockets[at].handle)?.map_err(|error| format!("{error:?}"))
            }
        }
    }

    /// Sets options of a socket.
    fn set(&self, handle: Handle, set: impl FnOnce(&mut Options)) -> Check<Result<()>> {
        self.operate(|stack| {
            let mut options = stack.settings(handle)?.options;
            set(&mut options);
            stack.set_options(handle, options)
        })
    }

    fn linger(&mut self, pick: Pick, linger: Option<u16>) -> Check {
        let set = |world: &Self, handle| world.set(handle, |options| options.linger = linger);
        match self.pick(pick, |socket| socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => Self::dead(set(self, handle)?),
            Some(Target::Open(at)) => {
                self.sockets[at].linger = linger;
                equal(set(self, self.sockets[at].handle)?, Ok(()))
            }
        }
    }

    fn send_limit(&mut self, pick: Pick, limit: u16) -> Check {
        let set = |world: &Self, handle| world.set(handle, |options| options.send_limit = limit);
        match self.pick(pick, |socket| socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => Self::dead(set(self, handle)?),
            Some(Target::Open(at)) => {
                let most = if limit == 0 {
                    RING
                } else {
                    RING.min(limit.into())
                };
                self.sockets[at].send_limit = most;
                equal(set(self, self.sockets[at].handle)?, Ok(()))
            }
        }
    }

    fn poll_one(&mut self, pick: Pick, events: i16, wait_ms: u32) -> Check {
        match self.pick(pick, |_| true) {
            None => Ok(()),
            Some(Target::Open(at)) => self.poll(&[at], events, wait_ms),
            Some(Target::Dead(handle)) => {
                let mut set = [entry(handle, events)];
                let answer = stack::poll(&self.lab.devices, &mut set, wait_ms);
                let revents = if handle.raw() < 0 { 0 } else { ready::NVAL };
                if answer == Ok(usize::from(revents != 0)) && set[0].revents == revents {
                    return Ok(());
                }
                Err(format!(
                    "{answer:?}, {:x} on a closed handle",
                    set[0].revents
                ))
            }
        }
    }

    fn poll(&mut self, sockets: &[usize], events: i16, wait_ms: u32) -> Check {
        let views: Vec<_> = sockets.iter().map(|at| self.view(*at)).collect();
        let handle = |at: &usize| entry(self.sockets[*at].handle, events);
        let mut set: Vec<_> = sockets.iter().map(handle).collect();
        let start = self.now();
        let answer = stack::poll(&self.lab.devices, &mut set, wait_ms);
        let elapsed = self.now() - start;
        let ready = set.iter().filter(|entry| entry.revents != 0).count();
        if answer != Ok(ready) {
            return Err(format!("{answer:?}, {ready} ready"));
        }
        let wait_us = u64::from(wait_ms) * 1_000;
        // The clock counts whole milliseconds.
        let early = ready == 0 && elapsed + 1_000 < wait_us;
        if early || elapsed > wait_us + LATE_US {
            return Err(format!("{ready} after {elapsed} us"));
        }
        self.observe()?;
        let now = self.now();
        for ((at, entry), mut view) in sockets.iter().zip(&set).zip(views) {
            // What may be there may have come while it waited.
            let later = self.view(*at);
            view.may_be_unreachable |= later.may_be_unreachable;
            view.may_time_out |= later.may_time_out;
            view.clients.0 |= later.clients.0;
            let revents = entry.revents;
            if self.sockets[*at].tcp {
                let rule = |stage| reference::poll(stage, &view, events, revents);
                self.judge(*at, &view, &format_args!("{revents:#x}"), rule)?;
            } else if !self.sockets[*at].datagrams.poll(events, now, revents) {
                let datagrams = &self.sockets[*at].datagrams;
                return Err(format!("{revents:#x}, {datagrams:?}"));
            }
        }
        Ok(())
    }
}

fn entry(handle: Handle, events: i16) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events,
        revents: 0x5A5A,
    }
}
