//! Protocols over UDP as pure state machines: what came in and the time go in,
//! what to send and what to do come out. They know no chip and no socket, and
//! hold no message: one is read and written where it lies, piece by piece.

#[cfg(feature = "dhcp")]
pub mod dhcp;
#[cfg(feature = "dns")]
pub mod dns;

use crate::error::{Error, Result};

/// Copies bytes of a message that was received, from an offset on. The caller
/// asks for no bytes past the message's end.
pub type Read<'a> = dyn FnMut(u16, &mut [u8]) -> Result<()> + 'a;

/// Takes the next bytes of a message to be sent.
pub type Write<'a> = dyn FnMut(&[u8]) + 'a;

/// A message that is being read. What fails is noted, and reads as zeros from
/// then on: it is looked at once, in the end.
pub(crate) struct Message<'a, 'b> {
    pub(crate) length: u16,
    read: &'a mut Read<'b>,
    /// Bytes past the end were wanted, or what is there makes no sense.
    pub(crate) unsound: bool,
    failure: Option<Error>,
}

impl<'a, 'b> Message<'a, 'b> {
    pub(crate) fn new(length: u16, read: &'a mut Read<'b>) -> Self {
        Self {
            length,
            read,
            unsound: false,
            failure: None,
        }
    }

    /// The bytes at `offset`; zeros if the message is shorter.
    #[inline(never)]
    pub(crate) fn get(&mut self, offset: u16, to: &mut [u8]) {
        self.unsound |= usize::from(offset) + to.len() > usize::from(self.length);
        if self.failure.is_none() && !self.unsound {
            self.failure = (self.read)(offset, to).err();
        }
    }

    #[inline(never)]
    pub(crate) fn byte(&mut self, offset: u16) -> u8 {
        let mut byte = [0];
        self.get(offset, &mut byte);
        byte[0]
    }

    #[inline(never)]
    pub(crate) fn word(&mut self, offset: u16) -> [u8; 4] {
        let mut word = [0; 4];
        self.get(offset, &mut word);
        word
    }

    /// Whether the message was sound to the end.
    pub(crate) const fn end(&self) -> Result<bool> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(!self.unsound),
        }
    }
}

/// A name of `N` bytes at most.
#[cfg(feature = "dhcp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<const N: usize> {
    text: [u8; N],
    length: u8,
}

#[cfg(feature = "dhcp")]
impl<const N: usize> Text<N> {
    /// None.
    pub const NONE: Self = Self {
        text: [0; N],
        length: 0,
    };

    /// The first `N` bytes of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut own = Self::NONE;
        own.set(text);
        own
    }

    pub(crate) fn set(&mut self, text: &[u8]) {
        self.length = 0;
        for (to, from) in self.text.iter_mut().zip(text) {
            *to = *from;
            self.length += 1;
        }
    }

    /// Reads it from where it lies in a message; one that is too long is none.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn read(&mut self, (at, length): (u16, u8), read: &mut Read<'_>) -> Result<()> {
        self.length = 0;
        if let Some(text) = self.text.get_mut(..length.into()) {
            read(at, text)?;
            self.length = length;
        }
        Ok(())
    }

    /// Its bytes; empty for none.
    pub fn bytes(&self) -> &[u8] {
        self.text.get(..self.length.into()).unwrap_or_default()
    }
}

/// A generator for transaction ids and jitter (xorshift, Marsaglia 2003). It is no
/// source of secrets: a few of its numbers tell all that follow.
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
    #[inline(never)]
    pub const fn roll(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}
