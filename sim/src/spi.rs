//! The SPI line: four bytes a frame, framed by chip select.
//!
//! A frame is `F0 AH AL D` (write) or `0F AH AL x` (read). While it is clocked in the chip drives
//! `00 01 02` and then `03` (write) or the data byte (read), so a master can check every frame.
//! Chip select must rise after each frame; there are no bursts (datasheet, "SPI mode").

/// Opcode of a write frame.
pub const WRITE: u8 = 0xF0;
/// Opcode of a read frame.
pub const READ: u8 = 0x0F;

/// What a master did wrong on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// The first byte was neither [`READ`] nor [`WRITE`].
    Opcode(u8),
    /// Chip select rose after this many bytes of a frame, fewer than four.
    ShortFrame(u8),
    /// Chip select was still low when a fifth byte came.
    LongFrame,
}

/// What the chip has to do for the byte just clocked.
pub(crate) enum Step {
    /// Nothing: drive this byte.
    Drive(u8),
    /// A register is read: drive its value.
    Read(u16),
    /// A register is written; drive the last echo byte.
    Write(u16, u8),
    /// A rule was broken; drive zero.
    Violated(Violation),
}

/// The shift register's state between two edges of chip select.
#[derive(Debug, Default)]
pub(crate) struct Line {
    selected: bool,
    bytes: u8,
    opcode: u8,
    address: [u8; 2],
}

impl Line {
    /// Chip select changes; a rising edge in the middle of a frame is a violation.
    pub(crate) fn select(&mut self, low: bool) -> Option<Violation> {
        let early = self.selected && !low && matches!(self.bytes, 1..=3);
        let bytes = self.bytes;
        if low != self.selected {
            self.selected = low;
            self.bytes = 0;
        }
        early.then_some(Violation::ShortFrame(bytes))
    }

    /// True at the first byte of a frame.
    pub(crate) fn at_start(&self) -> bool {
        self.selected && self.bytes == 0
    }

    /// One byte is clocked in; the answer says what goes out in the same eight clocks.
    pub(crate) fn clock(&mut self, mosi: u8) -> Step {
        if !self.selected {
            return Step::Drive(0);
        }
        let position = self.bytes;
        self.bytes = (position + 1).min(5);
        match position {
            0 => {
                self.opcode = mosi;
                if mosi == READ || mosi == WRITE {
                    Step::Drive(0)
                } else {
                    Step::Violated(Violation::Opcode(mosi))
                }
            }
            1 | 2 => {
                self.address[usize::from(position) - 1] = mosi;
                Step::Drive(position)
            }
            3 => match self.opcode {
                READ => Step::Read(u16::from_be_bytes(self.address)),
                WRITE => Step::Write(u16::from_be_bytes(self.address), mosi),
                _ => Step::Drive(3),
            },
            4 => Step::Violated(Violation::LongFrame),
            _ => Step::Drive(0),
        }
    }
}
