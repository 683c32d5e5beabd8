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
pub trait Read: FnMut(u16, &mut [u8]) -> Result<()> {}
impl<F: FnMut(u16, &mut [u8]) -> Result<()>> Read for F {}

/// Bytes that may be read of one message, pointers back followed: with as many of
/// these as a step reads the lock is not held for too long.
const BUDGET: u32 = 1536;

/// A message that is being read. What fails is noted, and reads as zeros from
/// then on: it is looked at once, in the end.
pub(crate) struct Message<'a, R> {
    pub(crate) length: u32,
    read: &'a mut R,
    /// Bytes past the end were wanted, or it cannot be read, or what is there
    /// makes no sense.
    pub(crate) unsound: bool,
    /// Bytes that may still be read, lest hostile loops in it hold the caller up.
    budget: u32,
}

impl<'a, R: Read> Message<'a, R> {
    pub(crate) fn new(length: u16, read: &'a mut R) -> Self {
        Self {
            length: length.into(),
            read,
            unsound: false,
            budget: BUDGET,
        }
    }

    /// The bytes at `offset`; zeros if the message is shorter.
    #[inline(never)]
    pub(crate) fn get(&mut self, offset: u32, to: &mut [u8]) {
        let length = to.len() as u32;
        self.unsound |= offset + length > self.length || self.budget < length;
        if !self.unsound {
            self.budget -= length;
            self.unsound = (self.read)(offset as u16, to).is_err();
        }
    }

    #[inline(never)]
    pub(crate) fn byte(&mut self, offset: u32) -> u8 {
        let mut byte = [0];
        self.get(offset, &mut byte);
        byte[0]
    }

    #[inline(never)]
    pub(crate) fn word(&mut self, offset: u32) -> [u8; 4] {
        let mut word = [0; 4];
        self.get(offset, &mut word);
        word
    }
}

/// A part of a message to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    bytes: [u8; Piece::ROOM],
    at: usize,
}

impl Piece {
    /// The most bytes of one.
    pub(crate) const ROOM: usize = 118;

    /// Empty, and zero where nothing is put.
    pub const EMPTY: Piece = Piece {
        bytes: [0; Piece::ROOM],
        at: 0,
    };

    /// What it has.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(to) = self.bytes.get_mut(self.at) {
                *to = *byte;
                self.at += 1;
            }
        }
    }

    /// Goes on at `at`, with zeros up to there.
    #[cfg(feature = "dhcp")]
    pub(crate) const fn skip_to(&mut self, at: usize) {
        self.at = at;
    }
}

/// A name of `N` bytes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<const N: usize> {
    text: [u8; N],
    length: u8,
}

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
        self.add(text);
    }

    /// Puts as much of `text` behind it as there is room for.
    pub(crate) fn add(&mut self, text: &[u8]) {
        append(&mut self.text, &mut self.length, text);
    }

    /// Cuts it to its first `length` bytes.
    #[cfg(feature = "dns")]
    pub(crate) fn truncate(&mut self, length: u8) {
        self.length = self.length.min(length);
    }

    #[cfg(feature = "dhcp")]
    /// Reads it from where it lies in a message; one that is too long, or
    /// cannot be read, is none.
    pub(crate) fn read(&mut self, (at, length): (u16, u8), read: &mut impl Read) {
        self.length = 0;
        if let Some(text) = self.text.get_mut(..length.into())
            && read(at, text).is_ok()
        {
            self.length = length;
        }
    }

    /// Its bytes; empty for none.
    pub fn bytes(&self) -> &[u8] {
        self.text.get(..self.length.into()).unwrap_or_default()
    }
}

#[inline(never)]
fn append(to: &mut [u8], length: &mut u8, text: &[u8]) {
    for byte in text {
        if let Some(to) = to.get_mut(usize::from(*length)) {
            *to = *byte;
            *length += 1;
        }
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

/// True once `now` is at or past `time`.
pub(crate) const fn is_reached(now: u32, time: u32) -> bool {
    now.wrapping_sub(time) <= u32::MAX / 2
}
