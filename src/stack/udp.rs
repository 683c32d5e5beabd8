//! Datagrams.

use super::hardware::{Hardware, Role};
use super::table::{Kind, Socket};
use super::{Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::chip::Peer;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;

/// What one Ethernet frame holds; the chip splits a larger one silently into
/// several datagrams.
const LARGEST: usize = 1472;

/// The chip puts peer and length before each datagram.
const HEADER: u16 = 8;

/// Foreign datagrams that one call may skip on a connected socket.
const SKIPS: usize = 8;

impl<B: Bus, P: Port> Stack<B, P> {
    /// The hardware of a UDP socket, taken now if it has none.
    pub(super) fn open_udp(&mut self, handle: Handle) -> Result<Sn> {
        let socket = self.table.get(handle)?;
        socket.expect(Kind::Udp)?;
        if let Some(sn) = socket.hardware {
            return Ok(sn);
        }
        self.obtain(handle, Kind::Udp, Role::Datagram)
    }

    /// Sets the peer that send goes to and that alone is received from.
    pub(super) fn connect_udp(&mut self, handle: Handle, peer: Endpoint) -> Result<()> {
        let sn = self.open_udp(handle)?;
        let hw = self.hw(sn);
        hw.peer = peer;
        hw.peer_known = false;
        hw.filtered = true;
        Ok(())
    }

    /// Sends one datagram to `peer`, or to the connected one.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while the one before it is under way;
    /// [`Error::DestinationRequired`]; [`Error::Invalid`] for port 0;
    /// [`Error::Access`] for broadcast without permission;
    /// [`Error::NotSupported`] for an empty one, which would lock the chip
    /// up; [`Error::MessageSize`] over 1472 bytes or the TX ring;
    /// [`Error::HostUnreachable`] if an earlier one found no host;
    /// [`Error::NoHardwareSocket`]; [`Error::BadHandle`];
    /// [`Error::NetworkDown`].
    pub fn send_to(&mut self, handle: Handle, data: &[u8], peer: Option<Endpoint>) -> Result<u16> {
        let socket = *self.table.get(handle)?;
        socket.expect(Kind::Udp)?;
        let peer = self.destination(&socket, peer)?;
        if data.is_empty() {
            return Err(Error::NotSupported);
        }
        if data.len() > LARGEST {
            return Err(Error::MessageSize);
        }
        let sn = self.open_udp(handle)?;
        if data.len() > usize::from(self.chip.tx_size(sn)) {
            return Err(Error::MessageSize);
        }
        self.try_send_to(handle, sn, data, peer)
    }

    fn destination(&self, socket: &Socket, given: Option<Peer>) -> Result<Peer> {
        let connected = socket.hardware.and_then(|sn| {
            let hw = &self.hardware[sn.index()];
            hw.filtered.then_some(hw.peer)
        });
        let peer = given.or(connected).ok_or(Error::DestinationRequired)?;
        if peer.port == 0 || peer.ip == [0; 4] {
            return Err(Error::Invalid);
        }
        if self.is_broadcast(peer.ip) && !socket.settings.broadcast {
            return Err(Error::Access);
        }
        Ok(peer)
    }

    fn is_broadcast(&self, ip: [u8; 4]) -> bool {
        let own = u32::from_be_bytes(self.network.address.ip);
        let mask = u32::from_be_bytes(self.network.address.mask);
        let ip = u32::from_be_bytes(ip);
        // A net of one or two hosts has no broadcast address (RFC 3021).
        let directed = own != 0 && !mask > 1 && ip == own | !mask;
        ip == u32::MAX || directed
    }

    fn try_send_to(&mut self, handle: Handle, sn: Sn, data: &[u8], peer: Endpoint) -> Result<u16> {
        if self.chip.is_sending(sn) {
            self.attend(sn)?;
        }
        self.table.get(handle)?.check()?;
        let wanted = data.len() as u16;
        if self.chip.is_sending(sn) || self.chip.tx_free(sn, wanted)? < wanted {
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        let Hardware {
            peer: last,
            peer_known,
            filtered,
            ..
        } = *self.hw(sn);
        if !peer_known || last != peer {
            // Half of it may get across.
            self.hw(sn).peer_known = false;
            self.chip.set_peer(sn, peer)?;
        }
        let since = self.now();
        let hw = self.hw(sn);
        hw.since = since;
        // A connected socket keeps its peer when it sends to another.
        if !filtered {
            hw.peer = peer;
        }
        hw.peer_known = hw.peer == peer;
        self.chip.send(sn, data)?;
        Ok(wanted)
    }

    /// Receives one datagram: as many bytes of it as fit, the rest is lost.
    /// With `peek` it stays. `ask` as in [`Stack::receive`].
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while none waits; an error of an earlier send,
    /// once; [`Error::NoHardwareSocket`]; [`Error::NotSupported`] on TCP;
    /// [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn receive_from(
        &mut self,
        handle: Handle,
        data: &mut [u8],
        peek: bool,
        ask: bool,
    ) -> Result<(u16, Endpoint)> {
        let sn = self.open_udp(handle)?;
        self.table.get(handle)?.check()?;
        self.try_receive_from(sn, data, peek, ask)
    }

    fn try_receive_from(
        &mut self,
        sn: Sn,
        data: &mut [u8],
        peek: bool,
        ask: bool,
    ) -> Result<(u16, Endpoint)> {
        let (peer, length) = self.first_datagram(sn, ask)?.ok_or(Error::WouldBlock)?;
        let part = usize::from(length).min(data.len());
        if let Some(part) = data.get_mut(..part) {
            self.chip.peek(sn, HEADER, part)?;
        }
        if !peek {
            // It is the program's whether the ring got its room back or not;
            // the next call tries again, and tells.
            let _ = self.chip.take(sn, HEADER + length);
        }
        Ok((part as u16, peer))
    }

    /// Peer and length of the first datagram that waits. On a connected socket
    /// those of others before it are thrown away.
    pub(super) fn first_datagram(&mut self, sn: Sn, ask: bool) -> Result<Option<(Peer, u16)>> {
        for _ in 0..SKIPS {
            if self.readable(sn, ask)? == 0 {
                return Ok(None);
            }
            let Some((peer, length)) = self.header(sn)? else {
                return Ok(None);
            };
            let hw = self.hw(sn);
            if !hw.filtered || hw.peer == peer {
                return Ok(Some((peer, length)));
            }
            self.chip.take(sn, HEADER + length)?;
        }
        Ok(None)
    }

    /// Peer and length of the datagram at the read pointer, when it is there
    /// as a whole. What makes no sense is thrown away with all that follows,
    /// since the ring has no other mark to find the next one by.
    fn header(&mut self, sn: Sn) -> Result<Option<(Peer, u16)>> {
        let mut header = [0; HEADER as usize];
        self.chip.peek(sn, 0, &mut header)?;
        let [a, b, c, d, e, f, high, low] = header;
        let length = u16::from_be_bytes([high, low]);
        let whole = u32::from(HEADER) + u32::from(length);
        if whole > u32::from(self.chip.known_rx_ready(sn))
            && whole > u32::from(self.chip.refresh_rx(sn)?)
        {
            self.chip.discard(sn)?;
            return Ok(None);
        }
        Ok(Some((Peer::from_bytes([a, b, c, d, e, f]), length)))
    }

    /// Bytes in the datagram that waits; 0 if none does.
    pub(super) fn next_datagram(&mut self, sn: Sn) -> Result<usize> {
        let first = self.first_datagram(sn, true)?;
        Ok(first.map_or(0, |(_, length)| length.into()))
    }
}
