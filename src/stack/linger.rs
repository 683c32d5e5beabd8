//! A close that waits until all was delivered.

use super::close::Lingering;
use super::hardware::Role;
use super::wait::Wait;
use super::{Device, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;

impl<B: Bus, P: Port> Device<B, P> {
    /// Waits for a connection whose handle is dead already.
    pub(super) fn linger(&self, handle: Handle, lingering: Lingering) -> Result<()> {
        let outcome = self.block(handle, Wait::until(lingering.limit), &mut |stack, _| {
            stack.lingered(lingering).map(|()| 0)
        });
        if outcome == Err(Error::WouldBlock) {
            // It may have ended in the last moment.
            self.with(|stack| stack.end_linger(lingering))?;
        }
        outcome.map(|_| ())
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// How a connection that a close waits for stands.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while it goes on; [`Error::ConnectionAborted`] if
    /// it ended before all was acknowledged.
    fn lingered(&mut self, lingering: Lingering) -> Result<()> {
        let Lingering { sn, arrival, .. } = lingering;
        if self.ended[sn.index()] == arrival {
            return Ok(());
        }
        let hw = self.hw(sn);
        if hw.role == Role::Orphan && hw.arrival == arrival {
            Err(Error::WouldBlock)
        } else {
            Err(Error::ConnectionAborted)
        }
    }

    /// Drops a connection whose close has waited long enough.
    fn end_linger(&mut self, lingering: Lingering) -> Result<()> {
        match self.lingered(lingering) {
            Err(Error::WouldBlock) => self.free_hardware(lingering.sn),
            _ => Ok(()),
        }
    }
}
