//! Datagrams: UDP, and the raw sockets, which the chip treats alike.

use super::hardware::{Hardware, Role};
use super::table::{Kind, Socket};
use super::{Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::chip::Peer;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Command, Sn};

/// A datagram that was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Datagram {
    /// Bytes copied to the buffer.
    pub length: u16,
    /// Bytes that the datagram has; the rest is lost.
    pub whole: u16,
    /// Who sent it. Raw sockets have no ports, MACRAW no address at all.
    pub from: Endpoint,
}

impl Kind {
    /// The most that fits in one Ethernet frame; the chip splits a larger
    /// datagram silently into several.
    const fn largest(self) -> u16 {
        match self {
            Kind::Packet if self.is_raw() => 1514,
            Kind::Raw(_) if self.is_raw() => 1480,
            _ => 1472,
        }
    }

    /// What the chip puts before each datagram in the ring: UDP has address,
    /// port and length, IPRAW address and length, MACRAW the length.
    const fn header(self) -> u16 {
        match self {
            Kind::Packet if self.is_raw() => 2,
            Kind::Raw(_) if self.is_raw() => 6,
            _ => 8,
        }
    }
}

/// In place of the bytes collected: they were, and are lost. No part that is
/// still to come may go out as if it were all.
pub(super) const LOST: u16 = u16::MAX;

/// Datagrams of others that one look throws away on a connected socket, so that
/// it holds the lock for a bounded number of frames.
const SKIPPED_MAX: u32 = 256;

/// An Ethernet frame has a header at least.
const SHORTEST_FRAME: usize = 14;

impl<B: Bus, P: Port> Stack<B, P> {
    /// The hardware of a datagram socket, taken now if it has none.
    pub(super) fn open_datagram(&mut self, handle: Handle) -> Result<Sn> {
        let socket = self.table.get(handle)?;
        socket.expect_datagram()?;
        let Socket { kind, hardware, .. } = *socket;
        match hardware {
            Some(sn) => Ok(sn),
            None => self.obtain(handle, kind, Role::Datagram),
        }
    }

    /// Sets the peer that send goes to and that alone is received from.
    pub(super) fn connect_datagram(&mut self, handle: Handle, peer: Endpoint) -> Result<()> {
        if self.table.get(handle)?.kind.is_packet() {
            return Err(Error::NotSupported);
        }
        let sn = self.open_datagram(handle)?;
        let hw = self.hw(sn);
        hw.peer = peer;
        hw.peer_known = false;
        hw.filtered = true;
        Ok(())
    }

    /// Takes the peer away that connect has set. It takes no hardware.
    ///
    /// # Errors
    /// [`Error::FamilyNotSupported`] on TCP; [`Error::BadHandle`].
    pub fn disconnect(&mut self, handle: Handle) -> Result<()> {
        let socket = *self.table.get(handle)?;
        if !socket.kind.is_datagram() {
            return Err(Error::FamilyNotSupported);
        }
        if let Some(sn) = socket.hardware {
            let hw = self.hw(sn);
            hw.filtered = false;
            hw.peer_known = false;
        }
        Ok(())
    }

    /// Sends one datagram to `peer`, or to the connected one. With `more` it is
    /// only the next part of one: the first part's peer gets it when a call
    /// without `more` has brought the last.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while the one before it is under way;
    /// [`Error::DestinationRequired`]; [`Error::Invalid`] for port 0, or a
    /// frame without a header;
    /// [`Error::Access`] for broadcast without permission;
    /// [`Error::NotSupported`] for an empty one, which would lock the chip
    /// up, or from a member of a group to anyone else;
    /// [`Error::MessageSize`] over 1472 bytes (IPRAW 1480, MACRAW 1514) or the
    /// TX ring, and what was collected is lost;
    /// [`Error::HostUnreachable`] if an earlier one found no host,
    /// [`Error::ConnectionRefused`] if the connected peer had no such port;
    /// [`Error::Pipe`] after shutdown; [`Error::NoHardwareSocket`];
    /// [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn send_to(
        &mut self,
        handle: Handle,
        data: &[u8],
        peer: Option<Endpoint>,
        more: bool,
    ) -> Result<u16> {
        let socket = *self.table.get(handle)?;
        socket.expect_datagram()?;
        if socket.shut_write {
            return Err(Error::Pipe);
        }
        let collected = socket.hardware.map_or(0, |sn| self.hw(sn).collected);
        if let (LOST, Some(sn)) = (collected, socket.hardware) {
            self.hw(sn).collected = 0;
            return Err(Error::NetworkReset);
        }
        // The first part has said where to.
        let peer = match collected {
            0 => Some(self.destination(&socket, peer)?),
            _ => None,
        };
        let total = usize::from(collected) + data.len();
        if total == 0 {
            return Err(Error::NotSupported);
        }
        if socket.kind.is_packet() && !more && total < SHORTEST_FRAME {
            return Err(Error::Invalid);
        }
        let too_long = total > usize::from(socket.kind.largest());
        if too_long && collected == 0 {
            return Err(Error::MessageSize);
        }
        let sn = self.open_datagram(handle)?;
        if too_long || total > usize::from(self.chip.tx_size(sn)) {
            self.hw(sn).collected = 0;
            return Err(Error::MessageSize);
        }
        let group = self.hw(sn).group;
        if group != [0; 4] && peer.is_some_and(|peer| peer.ip != group) {
            return Err(Error::NotSupported);
        }
        self.try_send_to(handle, sn, data, peer, more)
    }

    fn destination(&mut self, socket: &Socket, given: Option<Peer>) -> Result<Peer> {
        if socket.kind.is_packet() {
            return Ok(Peer::default());
        }
        let connected = socket.hardware.and_then(|sn| {
            let hw = self.hw(sn);
            hw.filtered.then_some(hw.peer)
        });
        let peer = given.or(connected).ok_or(Error::DestinationRequired)?;
        if (peer.port == 0 && !socket.kind.is_raw()) || peer.ip == [0; 4] {
            return Err(Error::Invalid);
        }
        if self.is_broadcast(peer.ip) && !socket.settings.broadcast {
            return Err(Error::Access);
        }
        Ok(peer)
    }

    pub(super) fn is_broadcast(&self, ip: [u8; 4]) -> bool {
        let own = u32::from_be_bytes(self.network.address.ip);
        let mask = u32::from_be_bytes(self.network.address.mask);
        let ip = u32::from_be_bytes(ip);
        // A net of one or two hosts has no broadcast address (RFC 3021).
        let directed = own != 0 && !mask > 1 && ip == own | !mask;
        ip == u32::MAX || directed
    }

    fn try_send_to(
        &mut self,
        handle: Handle,
        sn: Sn,
        data: &[u8],
        peer: Option<Endpoint>,
        more: bool,
    ) -> Result<u16> {
        if self.chip.is_sending(sn) {
            self.attend(sn)?;
        }
        if self.hw(sn).filtered {
            self.common_events(false)?;
        }
        self.table.get(handle)?.check()?;
        let collected = self.hw(sn).collected;
        let total = collected + data.len() as u16;
        if self.chip.is_sending(sn) || self.chip.tx_free(sn, total)? < total {
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        if let Some(peer) = peer {
            self.aim(sn, peer)?;
        }
        self.chip.stage(sn, collected, data)?;
        let now = self.now();
        let hw = self.hw(sn);
        hw.collected = total;
        if !more {
            hw.collected = 0;
            hw.since = now;
            let command = match hw.to_group {
                true => Command::SEND_MAC,
                false => Command::SEND,
            };
            self.chip.commit(sn, total, command)?;
            self.count_out(sn, total);
        }
        Ok(data.len() as u16)
    }

    /// Has the next SEND go to `peer`.
    pub(super) fn aim(&mut self, sn: Sn, peer: Peer) -> Result<()> {
        let Hardware {
            peer: last,
            peer_known,
            filtered,
            group,
            ..
        } = *self.hw(sn);
        if peer_known && last == peer {
            return Ok(());
        }
        // A command may still have to take what the registers held before.
        self.chip.settle(sn)?;
        // Half of it may get across.
        self.hw(sn).peer_known = false;
        self.chip.set_peer(sn, peer)?;
        // A member's hardware does by itself what others need SEND_MAC for.
        let to_group = is_group(peer.ip);
        if to_group && group == [0; 4] {
            self.chip.set_group_mac(sn, peer.ip)?;
        }
        let options = self.options_of(sn);
        self.write_header_fields(sn, &options, to_group)?;
        let hw = self.hw(sn);
        hw.to_group = to_group && group == [0; 4];
        // A connected socket keeps its peer when it sends to another.
        if !filtered {
            hw.peer = peer;
        }
        hw.peer_known = hw.peer == peer;
        Ok(())
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
    ) -> Result<Datagram> {
        let sn = self.open_datagram(handle)?;
        let socket = self.table.get(handle)?;
        socket.check()?;
        let Socket {
            kind, shut_read, ..
        } = *socket;
        let Some((from, whole)) = self.first_datagram(sn, ask)? else {
            return match shut_read {
                true => Ok(Datagram {
                    length: 0,
                    whole: 0,
                    from: Peer::default(),
                }),
                false => Err(Error::WouldBlock),
            };
        };
        let length = usize::from(whole).min(data.len());
        if let Some(part) = data.get_mut(..length) {
            self.chip.peek(sn, kind.header(), part)?;
        }
        if !peek {
            // It is the program's whether the ring got its room back or not;
            // the next call tries again, and tells.
            let _ = self.chip.take(sn, kind.header() + whole);
            self.count_in(sn, length as u16);
        }
        Ok(Datagram {
            length: length as u16,
            whole,
            from,
        })
    }

    /// Peer and length of the first datagram that waits. On a connected socket
    /// those of others before it are thrown away.
    pub(super) fn first_datagram(&mut self, sn: Sn, ask: bool) -> Result<Option<(Peer, u16)>> {
        let owner = usize::from(self.hw(sn).owner);
        let kind = self.table.at(owner).map_or(Kind::Udp, |socket| socket.kind);
        let mut ask = ask;
        for _ in 0..=SKIPPED_MAX {
            let known = self.chip.known_rx_ready(sn);
            if self.readable(sn, ask)? == 0 {
                return Ok(None);
            }
            // Once: what comes while this look skips is announced, and for the next one.
            ask &= known != 0;
            let Some((peer, length)) = self.header(sn, kind)? else {
                return Ok(None);
            };
            let hw = self.hw(sn);
            let ours = peer.ip == hw.peer.ip && (kind.is_raw() || peer.port == hw.peer.port);
            if !hw.filtered || ours {
                return Ok(Some((peer, length)));
            }
            self.chip.take(sn, kind.header() + length)?;
        }
        // The rest is for the next look.
        self.restless = true;
        Ok(None)
    }

    /// Peer and length of the datagram at the read pointer, when it is there
    /// as a whole. What makes no sense is thrown away with all that follows,
    /// since the ring has no other mark to find the next one by.
    fn header(&mut self, sn: Sn, kind: Kind) -> Result<Option<(Peer, u16)>> {
        let mut header = [0; 8];
        let size = kind.header();
        // The length comes last, so the shorter headers lie to the right.
        let skipped = usize::from(8 - size);
        self.chip
            .peek(sn, 0, header.get_mut(skipped..).unwrap_or(&mut []))?;
        let [a, b, c, d, e, f, high, low] = header;
        let counted = u16::from_be_bytes([high, low]);
        // MACRAW counts the header too.
        let length = match kind.is_packet() {
            true => counted.wrapping_sub(size),
            false => counted,
        };
        // None is longer than a frame, since the chip puts no fragments together.
        let whole = u32::from(size) + u32::from(length);
        let is_there = length <= kind.largest()
            && (whole <= u32::from(self.chip.known_rx_ready(sn))
                || whole <= u32::from(self.chip.refresh_rx(sn)?));
        if !is_there {
            self.chip.discard(sn)?;
            return Ok(None);
        }
        let peer = match kind {
            Kind::Raw(_) if kind.is_raw() => [c, d, e, f, 0, 0],
            _ => [a, b, c, d, e, f],
        };
        Ok(Some((Peer::from_bytes(peer), length)))
    }

    /// Bytes in the datagram that waits; 0 if none does.
    pub(super) fn next_datagram(&mut self, sn: Sn) -> Result<usize> {
        let first = self.first_datagram(sn, true)?;
        Ok(first.map_or(0, |(_, length)| length.into()))
    }
}

/// True for the address of a group (class D).
pub(super) const fn is_group(ip: [u8; 4]) -> bool {
    ip[0] & 0xF0 == 0xE0
}
