//! The tiny chip at the end of an SPI line.

use super::tiny::TinyChip;
use w5100::bus::Frame;

const WRITE: u8 = 0xF0;

/// What the chip answers to one frame.
pub(crate) fn exchange(chip: &mut TinyChip, [opcode, high, low, value]: Frame) -> Frame {
    let address = usize::from(u16::from_be_bytes([high, low]));
    let last = if opcode == WRITE {
        chip.write(address, value);
        3
    } else {
        chip.read(address)
    };
    [0, 1, 2, last]
}
