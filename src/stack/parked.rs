//! What the threads of a runtime wait for that never waits inside a call.
//!
//! Such a runtime asks, parks its thread, and asks again when it is told that
//! something happened; it is not told what. So what was asked for in vain is noted
//! for each slot of the table, and looked at in each service step, whether the chip
//! announced anything or not: what no interrupt tells of, as room made by an ACK,
//! cannot get lost then.

use super::{Device, Handle, SLOTS, Stack, ready};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;

/// A step of [`Device::serve_parked`].
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// Something that was asked for in vain is there.
    pub there: bool,
    /// Milliseconds until the next step is wanted.
    pub next_ms: u32,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Somebody waits for `events` of a socket, bits as in [`ready`]; for an error
    /// with [`ready::ERR`] alone.
    pub fn park(&mut self, handle: Handle, events: i16) {
        if let Some(parked) = self.parked.get_mut(handle.slot()) {
            *parked |= (events & (ready::IN | ready::OUT | ready::ERR)) as u8;
        }
    }

    /// True if any of what is waited for is there, or cannot be looked for; it is
    /// forgotten then, since who waits asks again.
    fn take_parked(&mut self, failed: bool) -> bool {
        let mut there = false;
        for index in 0..SLOTS {
            let Some(&parked) = self.parked.get(index) else {
                break;
            };
            if parked == 0 || !(failed || self.is_there(index, parked.into())) {
                continue;
            }
            there = true;
            if let Some(parked) = self.parked.get_mut(index) {
                *parked = 0;
            }
        }
        there
    }

    fn is_there(&mut self, index: usize, events: i16) -> bool {
        let hung_up = match events & ready::IN {
            0 => 0,
            _ => ready::HUP,
        };
        let told = events | hung_up | ready::ERR | ready::NVAL;
        let Some(handle) = self.table.handle_at(index) else {
            return true;
        };
        match self.ready(handle, events) {
            Ok(revents) => revents & told != 0,
            Err(_) => true,
        }
    }

    /// The error that a socket has to tell; with `take` it is told herewith.
    ///
    /// # Errors
    /// [`Error::BadHandle`](crate::error::Error).
    pub fn pending_error(&mut self, handle: Handle, take: bool) -> Result<Option<Error>> {
        let failure = &mut self.table.get(handle)?.failure;
        let pending = match take {
            true => failure.take(),
            false => *failure,
        };
        Ok(pending.map(Error::from))
    }

    /// The device's name servers, in the order in which they are asked.
    pub fn name_servers(&self) -> [[u8; 4]; 3] {
        let [second, third] = self.resolver.more_servers;
        [self.dns, second, third]
    }

    /// For how many milliseconds nobody needs to look at the chip.
    pub fn idle_ms(&self) -> u32 {
        self.idle()
    }

    fn serve_parked(&mut self) -> Result<Served> {
        let mut there = false;
        if self.up {
            let failed = self.service().is_err();
            there = self.take_parked(failed);
        }
        Ok(Served {
            there,
            next_ms: self.idle(),
        })
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// One service step, and whether something that was asked for in vain is there.
    /// `None` while another call has the device: this one never waits, and may be
    /// made from an interrupt.
    pub fn serve_parked(&self) -> Option<Served> {
        self.try_with(Stack::serve_parked)?.ok()
    }
}
