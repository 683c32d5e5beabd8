//! Runs a sequence on the library and the reference side by side.

use crate::actions::{Action, Own, Pick, Port, Sequence, To};
use crate::datagram::Layer;
use crate::reference::Stage;
use crate::support::*;
use crate::world::*;
use w5100::stack::{Direction, Handle, Kind};

/// Sockets that a sequence has at once.
const SOCKETS: usize = 8;
/// A protocol that no host knows (RFC 3692).
const PROTOCOL: u8 = 253;
/// Where the session after a sequence listens.
const AFTERWARDS: u16 = 4242;

/// Runs all steps, and what must be true after any sequence.
pub(crate) fn run(sequence: &Sequence, flaw: Option<Flaw>) -> Check {
    let mut world = World::new(sequence, flaw);
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
    pub(crate) fn step(&mut self, action: Action) -> Check {
        match action {
            Action::Nothing => Ok(()),
            Action::Tcp => self.socket(None),
            Action::Udp => self.socket(Some(Layer::Udp)),
            Action::Raw => self.socket(Some(Layer::Ip)),
            Action::Frames => self.socket(Some(Layer::Ethernet)),
            Action::Dial(host) => self.dial(host),
            Action::Serve(host) => self.serve_client(host),
            Action::Open => {
                self.socket(Some(Layer::Udp))?;
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
            Action::Fill(pick) => self.fill(pick),
            Action::Tune(pick, tune) => self.tune(pick, tune),
            Action::SendLimit(pick, limit) => self.send_limit(pick, limit),
            Action::AllowBroadcast(pick) => self.allow_broadcast(pick),
            Action::Pass(time) => self.pass(time.into()),
            Action::Run(time) => self.run(time.into()),
            Action::Settle => self.settle(),
            action => self.host_step(action),
        }
    }

    /// The rules of SPI frames were kept, and the chip was not misused.
    pub(crate) fn assert_unbroken(&self) -> Check {
        let counters = self.lab.chip.counters();
        match (counters.violations, counters.misuses) {
            (0, 0) => Ok(()),
            _ => Err(format!("the chip was misused: {counters:?}")),
        }
    }

    /// All ends well: whatever was done, nothing is left of it, and the next session is served.
    pub(crate) fn end(&mut self) -> Check {
        for (at, host) in self.hosts.iter().enumerate() {
            host.vanish(false);
            self.vanished[at] = false;
        }
        self.links.iter_mut().for_each(|link| link.reading = true);
        self.settle()?;
        self.drain()?;
        let forgotten = usize::from(self.flaw == Some(Flaw::ForgetsASocket));
        let kept = self.sockets.len().saturating_sub(forgotten);
        self.sockets.truncate(kept);
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
    pub(crate) fn drain(&mut self) -> Check {
        for at in 0..self.sockets.len() {
            let link = self.sockets[at].link.map(|link| &self.links[link]);
            let exact = link.is_some_and(|link| link.lossy.is_none() && link.aborted.is_none());
            for _ in 0..60 {
                let view = self.view(at);
                let live = self.sockets[at].stages.all(Stage::is_live);
                if !exact || !live || view.shut_read || view.unread == 0 {
                    break;
                }
                self.recv_stream(at, 1500, false)?;
                // Without updates of the window the host probes it, each time later.
                self.pass(if self.delayed { 1_000 } else { 5 })?;
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

    /// A new socket: a stream if no layer is named.
    pub(crate) fn socket(&mut self, layer: Option<Layer>) -> Check {
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        let kind = match layer {
            None => Kind::Tcp,
            Some(Layer::Udp) => Kind::Udp,
            Some(Layer::Ip) => Kind::Raw(PROTOCOL),
            Some(Layer::Ethernet) => Kind::Packet,
        };
        let handle = self
            .operate(|stack| stack.socket(kind))?
            .map_err(|error| format!("{error:?}"))?;
        self.adopt(handle, layer)
    }

    pub(crate) fn newest(&self) -> u8 {
        self.sockets.len().saturating_sub(1) as u8
    }

    /// A new socket, and its connection to a host.
    pub(crate) fn dial(&mut self, host: u8) -> Check {
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        self.socket(None)?;
        self.connect(Pick::Any(self.newest()), To::Open(host))?;
        self.run(5)
    }

    /// A client of a listener, which is made if there is none, and its new socket.
    pub(crate) fn serve_client(&mut self, host: u8) -> Check {
        let listens = |socket: &Socket| socket.is(Stage::Listening);
        if self.sockets.len() >= SOCKETS {
            return Ok(());
        }
        if !self.sockets.iter().any(listens) {
            self.socket(None)?;
            self.listen(Pick::Any(self.newest()), 4)?;
        }
        self.run(5)?;
        self.host_step(Action::Client(host, 0))?;
        self.run(5)?;
        self.accept(Pick::Fit(0))
    }

    /// A new handle, which must not be one that was closed before.
    pub(crate) fn adopt(&mut self, handle: Handle, layer: Option<Layer>) -> Check {
        if self.stale.contains(&handle) || self.sockets.iter().any(|one| one.handle == handle) {
            return Err(format!("{handle:?} again"));
        }
        self.lab.nonblocking(handle);
        self.sockets.push(Socket::new(handle, layer));
        Ok(())
    }
}
