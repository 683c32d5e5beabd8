//! What a server granted, and how old that is.

use super::Reply;

/// Seconds of a lease that never ends.
pub const FOREVER: u32 = u32::MAX;

const fn class_mask([first, ..]: [u8; 4]) -> [u8; 4] {
    match first {
        0..128 => [255, 0, 0, 0],
        128..192 => [255, 255, 0, 0],
        _ => [255, 255, 255, 0],
    }
}

impl Reply {
    /// True if it has what a lease needs: an address that a host can have, and a
    /// time.
    pub(super) fn is_usable(&self) -> bool {
        let [first, ..] = self.address;
        let host = first != 0 && first != 127 && first < 224;
        host && self.lease != 0 && self.server != [0; 4]
    }

    /// Sets what a lease needs and the server left out.
    pub(super) fn complete(&mut self) {
        if self.mask == [0; 4] {
            self.mask = class_mask(self.address);
        }
        // Times that are not told, or in no order, are what RFC 2131, 4.4.5 has.
        let seconds = self.lease;
        let in_order = self.t1 != 0 && self.t1 < self.t2 && self.t2 < seconds;
        if !in_order {
            self.t1 = seconds / 2;
            self.t2 = seconds - seconds / 8;
        }
        if seconds == FOREVER {
            self.t1 = FOREVER;
            self.t2 = FOREVER;
        }
    }

    /// Seconds left at an age.
    pub(super) const fn left(&self, age: u32) -> u32 {
        match self.lease {
            FOREVER => FOREVER,
            seconds => seconds.saturating_sub(age),
        }
    }
}

/// Seconds, counted past the wrap of the millisecond clock. It must be advanced
/// once in 49 days, which any service step does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    pub(super) seconds: u32,
    /// The time up to which they are counted.
    counted_to: u32,
}

impl Age {
    pub(super) const NEW: Age = Age::since(0);

    pub(super) const fn since(now: u32) -> Self {
        Self {
            seconds: 0,
            counted_to: now,
        }
    }

    pub(super) const fn advance(&mut self, now: u32) {
        let seconds = now.wrapping_sub(self.counted_to) / 1000;
        self.counted_to = self.counted_to.wrapping_add(seconds * 1000);
        self.seconds = self.seconds.wrapping_add(seconds);
    }
}
