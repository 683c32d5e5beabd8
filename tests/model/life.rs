//! The calls that make, name and end sockets.

use crate::actions::{Own, Pick, Port};
use crate::datagram::Layer;
use crate::reference::Stage;
use crate::support::*;
use crate::world::*;
use w5100::error::Error;

impl World {
    pub(crate) fn bind(&mut self, pick: Pick, port: Port, own: Own) -> Check {
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
        let hardware = self.hardware_is_had(at);
        let answer = bind(self.sockets[at].handle)?;
        let raw = self.sockets[at].datagrams.layer != Layer::Udp;
        let in_use = port != 0 && !raw && self.port_is_used(at, port);
        let Socket {
            tcp, port: bound, ..
        } = self.sockets[at];
        let udp = !tcp;
        let had = tcp || self.sockets[at].datagrams.hardware;
        let fine = match answer {
            Err(Error::Invalid) => bound != 0,
            Err(Error::AddressNotAvailable) => own == Own::Foreign,
            Err(Error::AddressInUse) => in_use,
            Err(Error::NoHardwareSocket) => bound == 0 && !had && !hardware.0,
            Ok(()) => bound == 0 && own != Own::Foreign && !in_use && (had || hardware.1),
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
    pub(crate) fn port_is_used(&self, at: usize, port: u16) -> bool {
        let tcp = self.sockets[at].tcp;
        self.sockets.iter().enumerate().any(|(other, socket)| {
            other != at && socket.tcp == tcp && socket.port == port && !socket.accepted
        })
    }

    /// The socket may have got a port: the one that was asked for, or a free one.
    pub(crate) fn bound(&mut self, at: usize, wanted: Option<u16>) -> Check {
        // Raw sockets have none.
        let raw = self.sockets[at].datagrams.layer != Layer::Udp;
        if self.sockets[at].port != 0 || raw {
            return Ok(());
        }
        let port = self.lab.local(self.sockets[at].handle).port;
        let right = match wanted {
            None if port == 0 => true,
            Some(0) | None => port >= 49152 && !self.port_is_used(at, port),
            Some(wanted) => port == wanted,
        };
        if !right {
            return Err(format!("bound to port {port}"));
        }
        self.sockets[at].port = port;
        Ok(())
    }

    pub(crate) fn close(&mut self, pick: Pick) -> Check {
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
            self.listener_ends(socket.port);
        }
        if !socket.tcp {
            if socket.datagrams.sent.is_some() {
                self.closed_sending.push(now);
            }
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

    /// Who waits for accept at a port is dropped with its listener.
    pub(crate) fn listener_ends(&mut self, port: u16) {
        let now = self.now();
        self.listeners_change();
        for link in self.links.iter_mut().filter(|link| link.waits_at(port)) {
            let recent = now < link.began + LATE_US || link.lossy.is_some();
            link.dropped |= link.opened.is_some() || recent;
        }
    }
}
