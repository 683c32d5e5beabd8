//! Messages of the library's own services, which go the way of a program's
//! datagrams: sent in parts, and read from the ring piece by piece.

use super::table::Kind;
use super::{Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::chip::Chip;
use crate::error::Result;
use crate::port::Port;
use crate::regs::Sn;
use crate::services::{Piece, Read};

/// What the chip puts before a datagram.
const UDP_HEADER: u16 = 8;

/// Messages, right or forged, that one step reads.
const MESSAGES: u32 = 2;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Opens a UDP socket for a service, on a port or, with 0, on any.
    ///
    /// # Errors
    /// [`Error::AddressInUse`], [`Error::NoHardwareSocket`],
    /// [`Error::TooManyHandles`], [`Error::NetworkDown`].
    pub(super) fn open_service(&mut self, port: u16) -> Result<Handle> {
        let handle = self.socket(Kind::Udp)?;
        let socket = self.table.get(handle)?;
        socket.service = true;
        socket.settings.broadcast = true;
        if let Err(error) = self.bind(handle, Endpoint { ip: [0; 4], port }) {
            self.close(handle)?;
            return Err(error);
        }
        Ok(handle)
    }

    /// Sends a message to `to`, whose parts `part` puts, from 0 on, into empty
    /// pieces; it tells whether there is another one.
    ///
    /// # Errors
    /// Those of [`Stack::send_to`].
    #[inline(never)]
    pub(super) fn say(
        &mut self,
        handle: Handle,
        to: Endpoint,
        part: fn(&Self, u32, &mut Piece) -> bool,
    ) -> Result<()> {
        let sn = self.open_datagram(handle)?;
        // Of one that failed half-way nothing may go out.
        self.hw(sn).collected = 0;
        let mut number = 0;
        let mut more = true;
        while more {
            let mut piece = Piece::EMPTY;
            more = part(self, number, &mut piece);
            self.send_to(handle, piece.bytes(), Some(to), more)?;
            number += 1;
        }
        Ok(())
    }

    /// Has `take` read the messages that wait, each from the address and of the length
    /// that it is told, if they came from this port; [`MESSAGES`] at most.
    ///
    /// # Errors
    /// Those of [`Stack::receive_from`].
    #[inline(never)]
    pub(super) fn hear(
        &mut self,
        handle: Handle,
        port: u16,
        take: fn(&mut Self, Sn, [u8; 4], u16),
    ) -> Result<()> {
        let sn = self.open_datagram(handle)?;
        for _ in 0..MESSAGES {
            let Some((from, length)) = self.first_datagram(sn, false)? else {
                break;
            };
            if from.port == port {
                take(self, sn, from.ip, length);
            }
            self.count_in(sn, length);
            self.chip.take(sn, UDP_HEADER + length)?;
        }
        Ok(())
    }

    /// What reads the message that waits.
    pub(super) fn reader(chip: &mut Chip<B, P>, sn: Sn) -> impl Read {
        move |offset, bytes: &mut [u8]| chip.peek(sn, UDP_HEADER + offset, bytes)
    }
}
