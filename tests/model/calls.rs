//! The calls that carry connections, bytes and datagrams.

use crate::actions::{Pick, To};
use crate::reference::{self, Stage};
use crate::support::*;
use crate::udp::receive_from;
use crate::world::*;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Endpoint, Handle};

fn receive(lab: &Lab, handle: Handle, length: usize, peek: bool) -> Result<Vec<u8>> {
    let mut data = vec![0; length];
    let length = lab.device().receive(handle, &mut data, peek, false)?;
    data.truncate(length);
    Ok(data)
}

impl World {
    /// Where a connect or a datagram goes; nothing for the connected peer.
    pub(crate) fn endpoint(&self, to: To) -> Option<Endpoint> {
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

    pub(crate) fn send_stream(&mut self, at: usize, length: usize) -> Check {
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

    /// Sends until no more fits, to a host that does not read.
    pub(crate) fn fill(&mut self, pick: Pick) -> Check {
        let Some(Target::Open(at)) = self.pick(pick, Socket::is_connected) else {
            return Ok(());
        };
        let (true, Some(link)) = (self.sockets[at].tcp, self.sockets[at].link) else {
            return Ok(());
        };
        self.links[link].reading = false;
        for _ in 0..8 {
            self.send_stream(at, 1400)?;
            self.run(2)?;
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
            datagrams.shut_read |= direction != Direction::Write;
            datagrams.shut_write |= direction != Direction::Read;
            let expected = if connected {
                Ok(())
            } else {
                Err(Error::NotConnected)
            };
            return equal(answer, expected);
        }
        let before = view.reach(self.sockets[at].stages);
        self.judge(at, &view, &answer, |stage| {
            reference::shutdown(stage, direction == Direction::Write, &answer)
        })?;
        if before.all(|stage| stage == Stage::Listening) {
            if direction != Direction::Write {
                self.listener_ends(self.sockets[at].port);
            }
            return Ok(());
        }
        if answer.is_ok() && before.any(|stage| stage == Stage::Connecting) {
            let now = self.now();
            if let Some(link) = self.sockets[at].link {
                self.links[link].closed = Some(now);
                self.links[link].dropped = true;
            }
        }
        if answer.is_ok() {
            let socket = &mut self.sockets[at];
            socket.reset_first |= view.reset_arrived && !socket.shut_write;
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
