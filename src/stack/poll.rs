//! Which sockets are ready for what.

use super::hardware::Hardware;
use super::table::{Phase, Socket};
use super::tcp::peer_has_ended;
use super::{Device, Handle, Stack, ready};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};
use crate::sync;

/// The longest nap of a poll that waits for nothing but its time.
pub(super) const LONGEST_NAP_MS: u32 = 500;

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
    /// What there is of `events` on a socket, as Linux would tell it;
    /// [`ready::NVAL`] if there is no such socket.
    ///
    /// # Errors
    /// [`Error::NetworkDown`].
    pub fn ready(&mut self, handle: Handle, events: i16) -> Result<i16> {
        let index = handle.slot();
        let Ok(&mut socket) = self.table.get_any(handle) else {
            return Ok(ready::NVAL);
        };
        let mut revents = match socket.phase {
            _ if socket.kind.is_datagram() => self.ready_datagram(&socket, events)?,
            Phase::Listening if self.has_pending(index) => ready::IN,
            Phase::Listening | Phase::Connecting | Phase::Wake => 0,
            Phase::Vacant | Phase::Fresh => ready::OUT | ready::HUP,
            Phase::Failed | Phase::Ended => ready::IN | ready::OUT | ready::HUP | ready::RDHUP,
            Phase::Connected => self.ready_stream(&socket, events)?,
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
        if status == Status::CLOSED {
            // Reset, with data left to read.
            return Ok(ready::IN | ready::OUT | ready::HUP | ready::RDHUP);
        }
        let mut revents = 0;
        if ended {
            revents |= ready::RDHUP | ready::IN;
        } else if events & ready::IN != 0 && self.readable(sn, false)? > 0 {
            revents |= ready::IN;
        }
        // In the midst of another call's bytes there is no room for more.
        let free = events & ready::OUT != 0 && !socket.in_send;
        if socket.shut_write || (free && self.writable(sn)?) {
            revents |= ready::OUT;
        }
        if ended && socket.shut_write {
            revents |= ready::HUP;
        }
        Ok(revents)
    }

    fn ready_datagram(&mut self, socket: &Socket, events: i16) -> Result<i16> {
        let mut revents = 0;
        if socket.shut_read {
            revents |= ready::IN | ready::RDHUP;
        } else if let Some(sn) = socket.hardware
            && events & ready::IN != 0
            && self.first_datagram(sn, false)?.is_some()
        {
            revents |= ready::IN;
        }
        let sends = |sn| self.chip.is_sending(sn);
        if socket.shut_write || !socket.hardware.is_some_and(sends) {
            revents |= ready::OUT;
        }
        if socket.shut_read && socket.shut_write {
            revents |= ready::HUP;
        }
        Ok(revents)
    }

    /// True if a send would take at least one byte.
    pub(super) fn writable(&mut self, sn: Sn) -> Result<bool> {
        if self.chip.is_sending(sn) {
            return Ok(false);
        }
        let room = self.room(sn, 1)? > 0;
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
    timeout_ms: u32,
) -> Result<usize> {
    let Some(first) = devices.first() else {
        return Err(Error::NetworkDown);
    };
    let mut nap = first.nap();
    loop {
        let seen = sync::epoch();
        let mut served = 0;
        let mut count = 0;
        let mut longest = LONGEST_NAP_MS;
        // The port of the first device that the set names does the waiting.
        let mut waiter = first;
        for entry in set.iter_mut() {
            entry.revents = 0;
            if entry.fd < 0 {
                continue;
            }
            let handle = Handle::from_raw(entry.fd);
            entry.revents = ready::NVAL;
            if let Some(device) = devices.get(handle.device()) {
                if served == 0 {
                    waiter = device;
                }
                entry.revents = device.with(|stack| {
                    let device = 1 << handle.device();
                    if stack.up && served & device == 0 {
                        served |= device;
                        stack.service()?;
                    }
                    let revents = stack.ready(handle, entry.events);
                    if timeout_ms != 0 {
                        longest = longest.min(stack.idle());
                    }
                    revents
                })?;
                #[cfg(feature = "events")]
                if device.wakes.is_signalled(handle) {
                    entry.revents |= entry.events & ready::IN;
                }
            }
            count += usize::from(entry.revents != 0);
        }
        if count > 0 || timeout_ms == 0 {
            return Ok(count);
        }
        if served == 0 {
            first.with(|stack| stack.expect_up())?;
        }
        match waiter.sleep(&mut nap, seen, longest, timeout_ms) {
            Err(Error::WouldBlock) => return Ok(0),
            slept => slept?,
        }
    }
}
