//! A chip that was reset, hangs or falls silent, and what becomes of its sockets.

#[cfg(feature = "dhcp")]
use super::hardware::Role;
use super::service::CHECK_MS;
use super::table::{Failure, Phase};
use super::{SLOTS, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};

impl<B: Bus, P: Port> Stack<B, P> {
    /// Looks whether the chip was reset behind the library's back, takes no
    /// commands any more, or has been silent for too long; sets it up again if
    /// so. A bus that fails for a moment costs nobody a connection.
    pub(super) fn was_reset(&mut self) -> Result<bool> {
        if !self.half_restored && !self.chip.hung {
            match self.chip.is_configured() {
                Ok(true) => {
                    self.chip.suspect = false;
                    self.silent_since = None;
                    return Ok(false);
                }
                Ok(false) => {}
                Err(error) => self.be_patient(error)?,
            }
        }
        self.restart()?;
        Ok(true)
    }

    /// Fails with `error` until the chip has been silent for [`CHECK_MS`], and
    /// for as long again after each try to wake it by a reset.
    fn be_patient(&mut self, error: Error) -> Result<()> {
        let now = self.now();
        let since = *self.silent_since.get_or_insert(now);
        if now.wrapping_sub(since) < CHECK_MS {
            return Err(error);
        }
        self.silent_since = Some(now);
        Ok(())
    }

    /// Sets the chip up again. What it knew of connections is lost, and their
    /// programs are told; datagram sockets lose what was under way, and are
    /// told too; listeners are armed by the next step.
    pub(super) fn restart(&mut self) -> Result<()> {
        self.changed = true;
        self.chip.start(&self.network)?;
        self.silent_since = None;
        self.resets = self.resets.wrapping_add(1);
        let again = self.half_restored;
        for index in 0..SLOTS {
            let Some(socket) = self.table.at(index) else {
                continue;
            };
            if socket.hardware.is_none() {
                continue;
            }
            if !socket.kind.is_datagram() {
                socket.hardware = None;
                socket.phase = match socket.phase {
                    Phase::Connecting => Phase::Failed,
                    _ => Phase::Ended,
                };
            } else if again {
                // It was told the first time.
                continue;
            }
            socket.failure = Some(Failure::ChipReset);
        }
        self.restore_all()
    }

    fn restore_all(&mut self) -> Result<()> {
        self.half_restored |= cfg!(feature = "udp");
        for sn in Sn::all() {
            if self.hw(sn).role.is_datagram() {
                self.restore(sn)?;
            } else {
                self.forget(sn);
            }
        }
        self.half_restored = false;
        Ok(())
    }

    /// Opens a datagram socket again as it was: its port, its group, its peer.
    fn restore(&mut self, sn: Sn) -> Result<()> {
        let hw = self.hw(sn);
        hw.peer_known = false;
        hw.to_group = false;
        hw.received = false;
        hw.lose_parts();
        self.open_again(sn)
    }

    /// The address that connections had is gone: ends them all, and has their
    /// programs told.
    #[cfg(feature = "dhcp")]
    pub(super) fn abort_connections(&mut self) -> Result<()> {
        for sn in Sn::all() {
            match self.hw(sn).role {
                Role::Connection => {
                    self.give_up(sn)?;
                    self.fail(sn, Failure::Aborted);
                }
                Role::Pending | Role::Orphan => self.free_hardware(sn)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A datagram socket was found closed, which no command of the library's
    /// leaves it: a join or a leave failed half way.
    pub(super) fn revive(&mut self, sn: Sn) -> Result<()> {
        let hw = self.hw(sn);
        if !hw.role.is_datagram() || hw.status != Status::CLOSED {
            return Ok(());
        }
        self.restore(sn)?;
        self.fail(sn, Failure::ChipReset);
        Ok(())
    }
}
