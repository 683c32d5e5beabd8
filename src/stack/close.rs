//! Closing: at once, or in the background; `linger.rs` waits for it.

use super::hardware::{Fin, ORPHAN_MS, Role};
use super::table::{Failure, Phase, Socket};
use super::{Device, Direction, Handle, SLOTS, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Command, Sn, Status};

/// What a close that waits has, beyond its time, to end a connection itself.
const GRACE_MS: u32 = 1000;

/// A connection that a close waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lingering {
    pub(super) sn: Sn,
    pub(super) arrival: u16,
    /// Milliseconds to wait.
    pub(super) limit: u32,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Closes a socket. A connection is ended in the background: what was
    /// sent goes out, then a FIN; see [`Role::Orphan`]. With a linger time of 0
    /// it is dropped silently instead.
    ///
    /// A wake handle is for [`Device::close`], which also takes its signal.
    ///
    /// # Errors
    /// [`Error::BadHandle`]. The handle is closed even if the chip fails.
    pub fn close(&mut self, handle: Handle) -> Result<()> {
        self.begin_close(handle).map(|_| ())
    }

    /// The same; and what a close that lingers waits for, unless the socket
    /// does not block.
    pub(super) fn begin_close(&mut self, handle: Handle) -> Result<Option<Lingering>> {
        let Socket {
            phase,
            hardware,
            settings,
            ..
        } = *self.table.get_any(handle)?;
        self.table.remove(handle.slot());
        self.changed = true;
        if phase == Phase::Listening {
            self.drop_listener(handle.slot());
        }
        let Some(sn) = hardware else {
            return Ok(None);
        };
        if self.hw(sn).role.is_datagram() && self.chip.is_sending(sn) {
            self.hw(sn).role = Role::Leaving;
            return self.attend(sn).map(|()| None);
        }
        let linger = settings.options().linger;
        if phase != Phase::Connected || linger == Some(0) {
            return self.free_hardware(sn).map(|()| None);
        }
        let waits = linger.is_some() && !settings.nonblocking;
        if waits {
            // Who waits for the end is not to be told of a success there was not.
            // If the chip cannot say, it cannot end the connection either.
            let _ = self.attend(sn);
            let hw = self.hw(sn);
            if hw.status == Status::CLOSED && hw.fin != Fin::Sent {
                self.free_hardware(sn)?;
                return Err(Error::ConnectionAborted);
            }
        }
        let limit = linger.map_or(ORPHAN_MS, |seconds| u32::from(seconds) * 1000);
        // A close that waits ends it by itself.
        self.abandon(sn, limit + if waits { GRACE_MS } else { 0 })?;
        let hw = self.hw(sn);
        let waits = waits && hw.role == Role::Orphan;
        Ok(waits.then_some(Lingering {
            sn,
            arrival: hw.arrival,
            limit,
        }))
    }

    /// Shutdown where there is no peer: a listener stops, a connect is given up,
    /// and who waits for either, or for a datagram, is told.
    pub(super) fn give_up_waiting(&mut self, handle: Handle, direction: Direction) -> Result<()> {
        let Socket {
            kind,
            phase,
            hardware,
            ..
        } = *self.table.get(handle)?;
        self.changed = true;
        match (phase, hardware) {
            (Phase::Listening, _) if direction == Direction::Write => {}
            (Phase::Listening, _) => {
                self.table.get(handle)?.phase = Phase::Fresh;
                self.drop_listener(handle.slot());
            }
            (Phase::Connecting, Some(sn)) => {
                self.give_up(sn)?;
                self.table.get(handle)?.failure = Some(Failure::Reset);
            }
            _ => {
                if kind.is_datagram() {
                    let socket = self.table.get(handle)?;
                    socket.shut_read |= direction != Direction::Write;
                    socket.shut_write |= direction != Direction::Read;
                }
                return Err(Error::NotConnected);
            }
        }
        Ok(())
    }

    /// Lets a connection go whose program closed it; it has `limit` milliseconds
    /// to end.
    pub(super) fn abandon(&mut self, sn: Sn, limit: u32) -> Result<()> {
        // By its number a close that waits knows its own.
        let arrival = match cfg!(feature = "options") {
            true => self.next_arrival(),
            false => 0,
        };
        let since = self.now();
        let hw = self.hw(sn);
        hw.role = Role::Orphan;
        hw.arrival = arrival;
        hw.since = since;
        hw.limit = limit;
        if hw.fin == Fin::Open {
            hw.fin = Fin::Wanted;
        }
        if hw.status == Status::CLOSED {
            return self.free_hardware(sn);
        }
        // A close that nobody waits for is to cost no frame more.
        self.finish(sn, false)
    }

    /// Sends the FIN that is wanted as soon as the TX ring is empty: DISCON
    /// would send it at once, before data that is still there.
    /// The ring of a connection that is over reads as empty too; with `look` the
    /// chip is asked first whether it is.
    pub(super) fn finish(&mut self, sn: Sn, look: bool) -> Result<()> {
        if !self.wants_fin(sn) {
            return Ok(());
        }
        if !self.is_drained(sn)? {
            self.restless = true;
            return Ok(());
        }
        if look {
            self.look(sn)?;
            if !self.wants_fin(sn) {
                return Ok(());
            }
        }
        self.chip.command(sn, Command::DISCON)?;
        self.hw(sn).fin = Fin::Sent;
        Ok(())
    }

    fn wants_fin(&mut self, sn: Sn) -> bool {
        let hw = self.hw(sn);
        hw.fin == Fin::Wanted && hw.status != Status::CLOSED
    }

    /// True when the peer has acknowledged all that was sent.
    pub(super) fn is_drained(&mut self, sn: Sn) -> Result<bool> {
        let size = self.chip.tx_size(sn);
        Ok(self.chip.tx_free(sn, size)? >= size)
    }

    /// Closes each open socket as [`Stack::close`] does: connections end in the
    /// background.
    pub fn close_each(&mut self) {
        for index in 0..SLOTS {
            if let Some(handle) = self.table.handle_at(index) {
                // A vacant slot has nothing to close, and a chip that fails
                // does not keep a handle open.
                let _ = self.close(handle);
            }
        }
    }

    /// Closes all sockets, silently.
    ///
    /// # Errors
    /// None; those of the chip are not told, since all handles end here.
    pub fn close_all(&mut self) -> Result<()> {
        for sn in Sn::all() {
            // The chip may be gone; its sockets end here all the same.
            let _ = self.free_hardware(sn);
        }
        for index in 0..SLOTS {
            if self.table.at(index).is_some() {
                self.table.remove(index);
            }
        }
        self.changed = true;
        Ok(())
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// Closes a socket. The handle is dead from the start; a connection ends as
    /// [`Stack::close`] says. With a linger time, unless the socket does not
    /// block, it waits until all was acknowledged and the connection is over.
    ///
    /// # Errors
    /// [`Error::BadHandle`]; [`Error::WouldBlock`] if the linger time was over:
    /// the connection was dropped; [`Error::ConnectionAborted`] if it ended
    /// before all was acknowledged; [`Error::NetworkDown`].
    pub fn close(&self, handle: Handle) -> Result<()> {
        #[cfg(feature = "events")]
        self.wakes.close(handle);
        #[cfg(feature = "options")]
        if let Some(lingering) = self.with(|stack| stack.begin_close(handle))? {
            return self.linger(handle, lingering);
        }
        #[cfg(not(feature = "options"))]
        self.with(|stack| stack.close(handle))?;
        Ok(())
    }
}
