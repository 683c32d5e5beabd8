//! What the feature `stats` notes while bytes move. Without it nothing is noted.

use super::Stack;
use crate::bus::Bus;
use crate::port::Port;
use crate::regs::Sn;

/// Of one hardware socket, since it was opened.
#[cfg(feature = "stats")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Ledger {
    /// Payload given to the program, wrapping.
    pub(super) bytes_in: u32,
    /// Payload taken from it, wrapping.
    pub(super) bytes_out: u32,
    /// Own port. The program's socket has it too, but may be gone.
    pub(super) port: u16,
}

#[cfg(feature = "stats")]
impl Ledger {
    pub(super) const NEW: Ledger = Ledger {
        bytes_in: 0,
        bytes_out: 0,
        port: 0,
    };
}

/// Of the whole device, wrapping.
#[cfg(feature = "stats")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) bytes_in: u32,
    pub(super) bytes_out: u32,
    /// The most frames of one hold of the lock.
    pub(super) lock_frames_max: u32,
    /// The count of frames when the lock was last given back.
    released_at: u32,
}

#[cfg(feature = "stats")]
impl Totals {
    pub(super) const NEW: Totals = Totals {
        bytes_in: 0,
        bytes_out: 0,
        lock_frames_max: 0,
        released_at: 0,
    };
}

#[cfg(feature = "stats")]
impl<B: Bus, P: Port> Stack<B, P> {
    /// The program got `length` bytes.
    pub(super) fn count_in(&mut self, sn: Sn, length: u16) {
        add(&mut self.hw(sn).ledger.bytes_in, length.into());
        add(&mut self.totals.bytes_in, length.into());
    }

    /// The program gave `length` bytes.
    pub(super) fn count_out(&mut self, sn: Sn, length: u16) {
        add(&mut self.hw(sn).ledger.bytes_out, length.into());
        add(&mut self.totals.bytes_out, length.into());
    }

    /// The lock is about to be given back. No frames pass between two holds, so
    /// they are counted from the last one's end.
    pub(super) fn end_hold(&mut self) {
        let frames = self.chip.traffic().frames;
        let held = frames.wrapping_sub(self.totals.released_at);
        self.totals.released_at = frames;
        self.totals.lock_frames_max = self.totals.lock_frames_max.max(held);
    }
}

#[cfg(feature = "stats")]
fn add(count: &mut u32, more: u32) {
    *count = count.wrapping_add(more);
}

#[cfg(not(feature = "stats"))]
impl<B: Bus, P: Port> Stack<B, P> {
    pub(super) const fn count_in(&mut self, _: Sn, _: u16) {}
    pub(super) const fn count_out(&mut self, _: Sn, _: u16) {}
    pub(super) const fn end_hold(&mut self) {}
}
