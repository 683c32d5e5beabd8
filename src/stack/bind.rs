//! Ports: who has which, and which is given out.

use super::table::{Kind, Phase, Settings, Socket};
use super::{Endpoint, Handle, SLOTS, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;

/// The first port that the library gives out by itself (RFC 6335).
const FIRST_EPHEMERAL: u16 = 49152;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Reserves a port; 0 has one chosen.
    ///
    /// # Errors
    /// [`Error::BadHandle`]; [`Error::Invalid`] if bound already;
    /// [`Error::AddressNotAvailable`] if `local.ip` is neither 0.0.0.0 nor the
    /// chip's; [`Error::AddressInUse`]; for UDP [`Error::NoHardwareSocket`],
    /// since datagrams are received from here on.
    pub fn bind(&mut self, handle: Handle, local: Endpoint) -> Result<()> {
        let Socket {
            kind,
            port: bound,
            settings: Settings { reuse_address, .. },
            ..
        } = *self.table.get(handle)?;
        if bound != 0 {
            return Err(Error::Invalid);
        }
        let own_ip = local.ip != [0; 4];
        if own_ip && local.ip != self.network.address.ip {
            return Err(Error::AddressNotAvailable);
        }
        if kind.is_raw() {
            return self.bind_raw(handle, own_ip);
        }
        let port = if local.port == 0 {
            self.pick_port(kind)?
        } else if self.port_is_taken(kind, local.port, reuse_address) {
            return Err(Error::AddressInUse);
        } else {
            local.port
        };
        let socket = self.table.get(handle)?;
        socket.port = port;
        socket.own_ip = own_ip;
        if kind.is_datagram()
            && let Err(error) = self.open_datagram(handle)
        {
            let socket = self.table.get(handle)?;
            socket.port = 0;
            socket.own_ip = false;
            return Err(error);
        }
        Ok(())
    }

    /// A raw socket has no port: it may be bound to its address again.
    fn bind_raw(&mut self, handle: Handle, own_ip: bool) -> Result<()> {
        self.open_datagram(handle)?;
        self.table.get(handle)?.own_ip = own_ip;
        Ok(())
    }

    /// The port of a socket, chosen now if it has none (an implicit bind).
    pub(super) fn ensure_port(&mut self, handle: Handle) -> Result<u16> {
        let Socket { kind, port, .. } = *self.table.get(handle)?;
        if port != 0 || kind.is_raw() {
            return Ok(port);
        }
        let port = self.pick_port(kind)?;
        self.table.get(handle)?.port = port;
        Ok(port)
    }

    /// Two sockets may share a port if both say so and neither listens.
    fn port_is_taken(&self, kind: Kind, port: u16, reuse: bool) -> bool {
        self.table.iter().any(|(_, other)| {
            let shares = reuse && other.settings.reuse_address && other.phase != Phase::Listening;
            other.kind == kind && other.port == port && !shares && !other.accepted
        })
    }

    fn pick_port(&mut self, kind: Kind) -> Result<u16> {
        // One more try than ports that can possibly be taken.
        for _ in 0..SLOTS + 1 {
            let port = FIRST_EPHEMERAL | self.next_port;
            self.next_port = self.next_port.wrapping_add(1);
            if !self.port_is_taken(kind, port, false) {
                return Ok(port);
            }
        }
        Err(Error::AddressInUse)
    }
}
