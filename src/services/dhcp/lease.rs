//! What a server granted, and how old that is.

use super::Reply;
use crate::error::Result;
use crate::services::Read;

/// Seconds of a lease that never ends.
pub const FOREVER: u32 = u32::MAX;

/// The longest name of a domain that is kept.
pub const DOMAIN_MAX: usize = 64;

/// The name of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    name: [u8; DOMAIN_MAX],
    length: u8,
}

impl Domain {
    /// None.
    pub const NONE: Domain = Domain {
        name: [0; DOMAIN_MAX],
        length: 0,
    };

    /// Reads it from where it lies in a message; one that is too long is none.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read(&mut self, (at, length): (u16, u8), read: &mut Read<'_>) -> Result<()> {
        self.length = 0;
        if let Some(name) = self.name.get_mut(..length.into()) {
            read(at, name)?;
            self.length = length;
        }
        Ok(())
    }

    /// Its bytes; empty for none.
    pub fn bytes(&self) -> &[u8] {
        self.name.get(..self.length.into()).unwrap_or_default()
    }
}

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
