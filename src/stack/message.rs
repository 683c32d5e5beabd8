//! Datagrams of the library's own services, written to the ring and read from
//! it piece by piece: no message is ever whole in memory.

use super::{Endpoint, Handle, Kind, Stack};
use crate::bus::Bus;
use crate::chip::Chip;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Command, Sn};
use crate::time::Clock;

/// What the chip puts before a datagram.
const UDP_HEADER: u16 = 8;

/// A message on its way into a ring.
pub(super) struct Writer<'a, B, C> {
    chip: &'a mut Chip<B, C>,
    sn: Sn,
    length: u16,
}

impl<B: Bus, C: Clock> Writer<'_, B, C> {
    pub(super) fn piece(&mut self, bytes: &[u8]) -> Result<()> {
        self.chip.stage(self.sn, self.length, bytes)?;
        self.length += bytes.len() as u16;
        Ok(())
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
        let local = Endpoint { ip: [0; 4], port };
        if let Err(error) = self.bind(handle, local) {
            self.close(handle)?;
            return Err(error);
        }
        Ok(handle)
    }

    /// Sends what `write` gives, `length` bytes at most, to `to`.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while the datagram before it is under way;
    /// [`Error::NetworkDown`].
    pub(super) fn send_message(
        &mut self,
        sn: Sn,
        to: Endpoint,
        length: u16,
        write: impl FnOnce(&mut Writer<'_, B, P>) -> Result<()>,
    ) -> Result<()> {
        if self.chip.is_sending(sn) {
            self.attend(sn)?;
        }
        if self.chip.is_sending(sn) || self.chip.tx_free(sn, length)? < length {
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        self.aim(sn, to)?;
        let mut writer = Writer {
            chip: &mut self.chip,
            sn,
            length: 0,
        };
        write(&mut writer)?;
        let length = writer.length;
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
