//! Datagrams of the library's own services, written to the ring and read from
//! it piece by piece: no message is ever whole in memory.

use super::{Device, Endpoint, Handle, Kind, Stack};
use crate::bus::Bus;
use crate::chip::Chip;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Command, Sn};
use crate::sync;
use crate::time::Clock;

/// What the chip puts before a datagram.
const UDP_HEADER: u16 = 8;

/// A message on its way into a ring.
pub(super) struct Writer<'a, B, C> {
    chip: &'a mut Chip<B, C>,
    sn: Sn,
    /// Bytes that were taken, unless one failed.
    written: Result<u16>,
}

impl<B: Bus, C: Clock> Writer<'_, B, C> {
    pub(super) fn piece(&mut self, bytes: &[u8]) {
        if let Ok(length) = self.written {
            let staged = self.chip.stage(self.sn, length, bytes);
            self.written = staged.map(|()| length + bytes.len() as u16);
        }
    }

    pub(super) const fn written(&self) -> Result<u16> {
        self.written
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Opens a UDP socket for a service, on a port or, with 0, on any.
    ///
    /// # Errors
    /// [`Error::AddressInUse`], [`Error::NoHardwareSocket`],
    /// [`Error::TooManyHandles`], [`Error::NetworkDown`].
    pub(super) fn open_service(&mut self, port: u16) -> Result<Handle> {
        let handle = self.socket(Kind::Udp)?;
        self.table.get(handle)?.service = true;
        let local = Endpoint { ip: [0; 4], port };
        if let Err(error) = self.bind(handle, local) {
            self.close(handle)?;
            return Err(error);
        }
        Ok(handle)
    }

    /// Makes ready to send `length` bytes at most to `to`: a [`Writer`] has then to
    /// take them, and [`Stack::end_message`] sends.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while the datagram before it is under way;
    /// [`Error::NetworkDown`].
    pub(super) fn begin_message(&mut self, sn: Sn, to: Endpoint, length: u16) -> Result<()> {
        if self.chip.is_sending(sn) {
            self.attend(sn)?;
        }
        if self.chip.is_sending(sn) || self.chip.tx_free(sn, length)? < length {
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        self.aim(sn, to)
    }

    /// What takes the pieces of a message.
    pub(super) fn writer(chip: &mut Chip<B, P>, sn: Sn) -> Writer<'_, B, P> {
        Writer {
            chip,
            sn,
            written: Ok(0),
        }
    }

    /// Sends what was written.
    ///
    /// # Errors
    /// [`Error::NetworkDown`].
    pub(super) fn end_message(&mut self, sn: Sn, written: Result<u16>) -> Result<()> {
        let length = written?;
        let now = self.now();
        self.hw(sn).since = now;
        self.chip.commit(sn, length, Command::SEND)?;
        self.count_out(sn, length);
        Ok(())
    }

    /// Copies from the datagram that waits.
    pub(super) fn peek_message(
        chip: &mut Chip<B, P>,
        sn: Sn,
        offset: u16,
        bytes: &mut [u8],
    ) -> Result<()> {
        chip.peek(sn, UDP_HEADER + offset, bytes)
    }

    /// Throws the datagram away that waits, of `length` bytes.
    pub(super) fn drop_message(&mut self, sn: Sn, length: u16) -> Result<()> {
        self.count_in(sn, length);
        self.chip.take(sn, UDP_HEADER + length)
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// Serves the device until `attempt` does not answer that it would block, or
    /// the time is over: `timeout_ms` as in [`super::poll`].
    #[inline(never)]
    pub(super) fn await_service(
        &self,
        timeout_ms: u32,
        attempt: &mut dyn FnMut(&mut Stack<B, P>) -> Result<()>,
    ) -> Result<()> {
        let mut nap = self.nap();
        loop {
            let seen = sync::epoch();
            let mut longest = 0;
            let outcome = self.with(|stack| {
                stack.service()?;
                let outcome = attempt(stack);
                longest = stack.idle();
                outcome
            });
            match outcome {
                Err(Error::WouldBlock) => self.sleep(&mut nap, seen, longest, timeout_ms)?,
                outcome => return outcome,
            }
        }
    }
}
