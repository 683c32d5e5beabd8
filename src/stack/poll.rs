//! Which sockets are ready for what.

use super::hardware::Hardware;
use super::table::{Kind, Phase, Socket};
use super::tcp::peer_has_ended;
use super::{Device, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;
use crate::sync;
use crate::time::Timeout;

/// Bits of [`PollEntry`], with the numbers of Linux.
pub mod ready {
    /// Data, a client, or the end of the stream waits.
    pub const IN: i16 = 0x0001;
    /// At least one byte can be sent.
    pub const OUT: i16 = 0x0004;
    /// An error waits; always reported.
    pub const ERR: i16 = 0x0008;
    /// Both directions are over; always reported.
    pub const HUP: i16 = 0x0010;
    /// No open handle; always reported.
    pub const NVAL: i16 = 0x0020;
    /// The peer will send nothing more.
    pub const RDHUP: i16 = 0x2000;
}

/// One socket to wait for (`struct pollfd`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollEntry {
    /// Socket handle; an entry with a negative one is ignored.
    pub fd: i32,
    /// What to wait for: `W5100_POLL...` bits.
    pub events: i16,
    /// What there is, written by poll. POLLERR, POLLHUP and POLLNVAL may be
    /// set without being asked for.
    pub revents: i16,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// What there is of `events` on a socket, as Linux would tell it.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NetworkDown`].
    pub fn ready(&mut self, handle: Handle, events: i16) -> Result<i16> {
        let index = self.table.resolve(handle)?;
        let socket = *self.table.get(handle)?;
        let mut revents = match (socket.kind, socket.phase) {
            (Kind::Udp, _) => self.ready_datagram(&socket, events)?,
            (_, Phase::Listening) if self.has_pending(index) => ready::IN,
            (_, Phase::Listening | Phase::Connecting) => 0,
            (_, Phase::Vacant | Phase::Fresh) => ready::OUT | ready::HUP,
            (_, Phase::Failed | Phase::Ended) => ready::IN | ready::OUT | ready::HUP | ready::RDHUP,
            (_, Phase::Connected) => self.ready_stream(&socket, events)?,
        };
        if socket.failure.is_some() {
            revents |= ready::ERR | ready::IN | ready::OUT;
        }
        Ok(revents & (events | ready::ERR | ready::HUP))
    }

    fn ready_stream(&mut self, socket: &Socket, events: i16) -> Result<i16> {
        let Some(sn) = socket.hardware else {
            return Ok(0);
        };
        let Hardware { status, .. } = *self.hw(sn);
        let ended = peer_has_ended(status) || socket.shut_read;
        let mut revents = 0;
        if ended {
            revents |= ready::RDHUP | ready::IN;
        } else if events & ready::IN != 0 && self.readable(sn, false)? > 0 {
            revents |= ready::IN;
        }
        if socket.shut_write || (events & ready::OUT != 0 && self.writable(sn)?) {
            revents |= ready::OUT;
        }
        if ended && socket.shut_write {
            revents |= ready::HUP;
        }
        Ok(revents)
    }

    fn ready_datagram(&mut self, socket: &Socket, events: i16) -> Result<i16> {
        let Some(sn) = socket.hardware else {
            return Ok(ready::OUT);
        };
        let mut revents = 0;
        if events & ready::IN != 0 && self.readable(sn, false)? > 0 {
            revents |= ready::IN;
        }
        if !self.chip.is_sending(sn) {
            revents |= ready::OUT;
        }
        Ok(revents)
    }

    /// True if a send would take at least one byte.
    fn writable(&mut self, sn: Sn) -> Result<bool> {
        if self.chip.is_sending(sn) {
            return Ok(false);
        }
        let room = self.chip.tx_free(sn, 1)? > 0;
        // The peer's ACK frees the ring without an interrupt.
        self.restless |= !room;
        Ok(room)
    }
}

/// Waits until a socket of `set` is ready or the time is over, and tells how
/// many are. The sockets may belong to several devices; `timeout_ms` of `None`
/// is for ever, 0 does not wait.
///
/// # Errors
/// [`Error::NetworkDown`] if a chip does not answer; `set` is then undefined.
pub fn poll<B: Bus, P: Port>(
    devices: &[Device<B, P>],
    set: &mut [PollEntry],
    timeout_ms: Option<u32>,
) -> Result<usize> {
    let Some(first) = devices.first() else {
        return Err(Error::NetworkDown);
    };
    let mut timeout = None;
    let mut nap = 1;
    loop {
        let seen = sync::epoch();
        serve_all(devices, set)?;
        let mut count = 0;
        for entry in set.iter_mut() {
            entry.revents = look(devices, entry)?;
            count += usize::from(entry.revents != 0);
        }
        if count > 0 || timeout_ms == Some(0) {
            return Ok(count);
        }
        // The port of a device that the set names does the waiting.
        let device = set
            .iter()
            .find_map(|entry| of(devices, entry))
            .unwrap_or(first);
        let timeout = timeout.get_or_insert_with(|| Timeout::new(device.now(), timeout_ms));
        if timeout.is_over(device.now()) {
            return Ok(0);
        }
        nap = device.nap(seen, nap, timeout)?;
    }
}

/// The device of an entry, if there is such a one.
fn of<'a, B, P>(devices: &'a [Device<B, P>], entry: &PollEntry) -> Option<&'a Device<B, P>> {
    if entry.fd < 0 {
        return None;
    }
    devices.get(Handle::from_raw(entry.fd).device())
}

fn serve_all<B: Bus, P: Port>(devices: &[Device<B, P>], set: &[PollEntry]) -> Result<()> {
    for (number, device) in devices.iter().enumerate() {
        let named = set
            .iter()
            .any(|entry| entry.fd >= 0 && Handle::from_raw(entry.fd).device() == number);
        // A device that is down has no open handle; its entries say so.
        if named && device.is_up() {
            device.with(|stack| stack.service())?;
        }
    }
    Ok(())
}

fn look<B: Bus, P: Port>(devices: &[Device<B, P>], entry: &PollEntry) -> Result<i16> {
    if entry.fd < 0 {
        return Ok(0);
    }
    let Some(device) = of(devices, entry) else {
        return Ok(ready::NVAL);
    };
    let handle = Handle::from_raw(entry.fd);
    match device.with(|stack| stack.ready(handle, entry.events)) {
        Err(Error::BadHandle) => Ok(ready::NVAL),
        outcome => outcome,
    }
}
