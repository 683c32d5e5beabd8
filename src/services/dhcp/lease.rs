//! What a server granted, and how old that is.

use super::Reply;
use crate::error::Result;
use crate::services::Read;

/// Seconds of a lease that never ends.
pub const FOREVER: u32 = u32::MAX;

/// The longest name of a domain that is kept.
pub const DOMAIN_MAX: usize = 64;

/// A lease. Addresses are 0.0.0.0 where the server told none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Own address; 0.0.0.0 if there is no lease.
    pub address: [u8; 4],
    /// Subnet mask; that of the address's class if the server told none.
    pub mask: [u8; 4],
    /// Router.
    pub gateway: [u8; 4],
    /// Name servers.
    pub dns: [[u8; 4]; 2],
    /// Time server.
    pub ntp: [u8; 4],
    /// The server that granted it.
    pub server: [u8; 4],
    /// How long it is good for; [`FOREVER`].
    pub seconds: u32,
    /// When its server is asked to have it go on.
    pub t1: u32,
    /// When any server is.
    pub t2: u32,
    /// Name of the domain, the first [`Lease::domain_length`] bytes.
    pub domain: [u8; DOMAIN_MAX],
    /// 0 if the server told none, or one that is too long.
    pub domain_length: u8,
}

impl Lease {
    /// No lease.
    pub const NONE: Lease = Lease {
        address: [0; 4],
        mask: [0; 4],
        gateway: [0; 4],
        dns: [[0; 4]; 2],
        ntp: [0; 4],
        server: [0; 4],
        seconds: 0,
        t1: 0,
        t2: 0,
        domain: [0; DOMAIN_MAX],
        domain_length: 0,
    };

    /// What a server's ACK grants, but for the domain.
    pub(super) fn granted(reply: &Reply) -> Lease {
        let seconds = reply.lease;
        let mut lease = Lease {
            address: reply.address,
            mask: match reply.mask {
                [0, 0, 0, 0] => class_mask(reply.address),
                mask => mask,
            },
            gateway: reply.gateway,
            dns: reply.dns,
            ntp: reply.ntp,
            server: reply.server,
            seconds,
            t1: reply.t1,
            t2: reply.t2,
            ..Lease::NONE
        };
        // Times that are not told, or in no order, are what RFC 2131, 4.4.5 has.
        let in_order = lease.t1 != 0 && lease.t1 < lease.t2 && lease.t2 < seconds;
        if !in_order {
            lease.t1 = seconds / 2;
            lease.t2 = seconds - seconds / 8;
        }
        if seconds == FOREVER {
            lease.t1 = FOREVER;
            lease.t2 = FOREVER;
        }
        lease
    }

    /// Reads the name of the domain, which lies at an offset of a message and
    /// has a length.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_domain(&mut self, (at, length): (u16, u8), read: &mut Read<'_>) -> Result<()> {
        self.domain_length = 0;
        if let Some(domain) = self.domain.get_mut(..length.into()) {
            read(at, domain)?;
            self.domain_length = length;
        }
        Ok(())
    }

    /// The name of the domain; empty for none.
    pub fn domain(&self) -> &[u8] {
        let length = usize::from(self.domain_length);
        self.domain.get(..length).unwrap_or_default()
    }

    /// Seconds left at an age.
    pub(super) const fn left(&self, age: u32) -> u32 {
        match self.seconds {
            FOREVER => FOREVER,
            seconds => seconds.saturating_sub(age),
        }
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
}

/// Seconds, counted past the wrap of the millisecond clock. It must be advanced
/// once in 49 days, which any service step does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    pub(super) seconds: u32,
    rest_ms: u32,
    counted_at: u32,
}

impl Age {
    pub(super) const NEW: Age = Age::since(0);

    pub(super) const fn since(now: u32) -> Self {
        Self {
            seconds: 0,
            rest_ms: 0,
            counted_at: now,
        }
    }

    pub(super) const fn advance(&mut self, now: u32) {
        let passed = now.wrapping_sub(self.counted_at);
        self.counted_at = now;
        let seconds = passed / 1000;
        self.rest_ms += passed % 1000;
        let carry = self.rest_ms / 1000;
        self.rest_ms %= 1000;
        self.seconds = self.seconds.saturating_add(seconds + carry);
    }
}
