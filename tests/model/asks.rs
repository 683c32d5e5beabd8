//! The calls that ask a socket for something, or set its options.

use crate::actions::{Pick, Tune};
use crate::reference::{self, Stage};
use crate::support::*;
use crate::world::*;
use w5100::error::{Error, Result};
use w5100::stack::{Endpoint, Handle, Options};

impl World {
    pub(crate) fn name(&mut self, pick: Pick) -> Check {
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

    pub(crate) fn peer_name(&mut self, pick: Pick) -> Check {
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

    pub(crate) fn take_error(&mut self, pick: Pick) -> Check {
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
            reference::take_error(stage, &view, &answer)
        })
    }

    pub(crate) fn allow_broadcast(&mut self, pick: Pick) -> Check {
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
    pub(crate) fn set(&self, handle: Handle, set: impl FnOnce(&mut Options)) -> Check<Result<()>> {
        self.operate(|stack| {
            let mut options = stack.settings(handle)?.options;
            set(&mut options);
            stack.set_options(handle, options)
        })
    }

    pub(crate) fn linger(&mut self, pick: Pick, linger: Option<u16>) -> Check {
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

    pub(crate) fn tune(&mut self, pick: Pick, tune: Tune) -> Check {
        let set = |world: &Self, handle| {
            world.set(handle, |options| match tune {
                Tune::KeepAlive(on) => {
                    options.keepalive = on;
                    (options.keep_idle, options.keep_interval) = (1, 1);
                }
                Tune::DelayedAck(on) => options.delayed_ack = on,
                Tune::UserTimeout(time) => options.user_timeout = time.into(),
            })
        };
        match self.pick(pick, |socket| socket.tcp) {
            None => Ok(()),
            Some(Target::Dead(handle)) => Self::dead(set(self, handle)?),
            Some(Target::Open(at)) => {
                if let Tune::UserTimeout(time) = tune {
                    self.sockets[at].user_timeout = u64::from(time) * 1_000;
                    if let Some(link) = self.sockets[at].link {
                        self.links[link].watch_anew();
                    }
                }
                self.delayed |= matches!(tune, Tune::DelayedAck(true));
                equal(set(self, self.sockets[at].handle)?, Ok(()))
            }
        }
    }

    pub(crate) fn send_limit(&mut self, pick: Pick, limit: u16) -> Check {
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
}
