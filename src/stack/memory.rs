//! The chip's memory, as sockets see it and as a device deals it.

use super::hardware::Role;
use super::{Handle, Stack};
use crate::bus::Bus;
use crate::chip::{Chip, MemorySplit};
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Bytes of the transmit ring that a socket has or, without hardware, is
    /// sure to get; no more than its `SO_SNDBUF`.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn send_buffer(&mut self, handle: Handle) -> Result<u16> {
        let socket = self.table.get(handle)?;
        let hardware = socket.hardware;
        let limit = socket.settings.options().send_limit;
        let ring = self.ring(hardware, |chip, sn| chip.tx_size(sn));
        Ok(if limit == 0 { ring } else { ring.min(limit) })
    }

    /// Bytes of the receive ring, likewise.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn receive_buffer(&mut self, handle: Handle) -> Result<u16> {
        let hardware = self.table.get(handle)?.hardware;
        Ok(self.ring(hardware, |chip, sn| chip.rx_size(sn)))
    }

    fn ring(&self, hardware: Option<Sn>, size: fn(&Chip<B, P>, Sn) -> u16) -> u16 {
        match hardware {
            Some(sn) => size(&self.chip, sn),
            None => Sn::all()
                .filter(|sn| self.chip.has(*sn))
                .map(|sn| size(&self.chip, sn))
                .min()
                .unwrap_or(0),
        }
    }

    /// Deals the device's memory in equal rings of at least `bytes`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for 0 or more than 8192; [`Error::Busy`] while a
    /// hardware socket is in use, unless the rings have that size already;
    /// [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn set_receive_buffer(&mut self, handle: Handle, bytes: u16) -> Result<()> {
        self.table.get(handle)?;
        if bytes == 0 || bytes > 8 << 10 {
            return Err(Error::Invalid);
        }
        let kib = bytes.div_ceil(1 << 10).next_power_of_two();
        if self.receive_buffer(handle)? == kib << 10 {
            return Ok(());
        }
        let mut rings = [0; 4];
        for ring in rings.iter_mut().take(usize::from(8 / kib)) {
            *ring = kib as u8;
        }
        self.set_memory(MemorySplit {
            rx: rings,
            tx: rings,
        })
    }

    /// Deals the chip's memory anew.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a split that cannot be; [`Error::Busy`] while a
    /// hardware socket is in use, a listener's included;
    /// [`Error::NetworkDown`].
    pub fn set_memory(&mut self, split: MemorySplit) -> Result<()> {
        self.expect_up()?;
        split.check()?;
        if Sn::all().any(|sn| self.hardware[sn.index()].role != Role::Free) {
            return Err(Error::Busy);
        }
        self.network.split = split;
        let dealt = self.chip.set_split(split);
        // Chip and library may differ now; setting it up again ends that.
        self.half_restored |= dealt.is_err();
        dealt
    }
}
