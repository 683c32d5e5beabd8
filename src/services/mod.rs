//! Protocols over UDP as pure state machines: what came in and the time go in,
//! what to send and what to do come out. They know no chip and no socket, and
//! hold no message: one is read and written where it lies, piece by piece.

#[cfg(feature = "dhcp")]
pub mod dhcp;
#[cfg(feature = "dns")]
pub mod dns;

use crate::error::Result;

/// Copies bytes of a message that was received, from an offset on. The caller
/// asks for no bytes past the message's end.
pub type Read<'a> = dyn FnMut(u16, &mut [u8]) -> Result<()> + 'a;

/// Takes the next bytes of a message to be sent.
pub type Write<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// A generator for transaction ids and jitter (xorshift, Marsaglia 2003). Nothing
/// that it gives is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice(u32);

impl Dice {
    /// Not to be rolled: all zero, as a new device is.
    pub const UNSET: Dice = Dice(0);

    /// Any seed will do.
    pub const fn new(seed: u32) -> Self {
        Self(seed | 1)
    }

    /// The next 32 bits.
    pub const fn roll(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}
