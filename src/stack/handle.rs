use super::table::SLOTS;

/// What a program holds of a socket: a positive 32-bit word.
///
/// ```text
/// bit 31   30 ....... 7   6 5      4 .. 0
///      0   generation     device   slot
/// ```
///
/// The generation counts the uses of a slot, is never 0, and moves on at
/// close: a handle that is kept too long stays invalid until its slot was
/// used [`Handle::GENERATIONS`] times again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(i32);

const SLOT_BITS: u32 = 5;
const DEVICE_BITS: u32 = 2;
const _: () = assert!(SLOTS <= 1 << SLOT_BITS);

impl Handle {
    /// Uses of one slot before its handles repeat.
    pub const GENERATIONS: u32 = (1 << (31 - SLOT_BITS - DEVICE_BITS)) - 1;

    /// Devices that a handle can name.
    pub const DEVICES: usize = 1 << DEVICE_BITS;

    pub(super) const fn new(device: u8, slot: usize, generation: u32) -> Self {
        let word =
            generation << (SLOT_BITS + DEVICE_BITS) | (device as u32) << SLOT_BITS | slot as u32;
        Self(word as i32)
    }

    /// Any word a program may bring.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// The word.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The device it belongs to, if it is a handle at all.
    pub const fn device(self) -> usize {
        (self.0 as u32 >> SLOT_BITS) as usize & (Self::DEVICES - 1)
    }

    pub(super) const fn slot(self) -> usize {
        self.0 as usize & ((1 << SLOT_BITS) - 1)
    }

    /// 0 for a word that is no handle.
    pub(super) const fn generation(self) -> u32 {
        if self.0 <= 0 {
            0
        } else {
            self.0 as u32 >> (SLOT_BITS + DEVICE_BITS)
        }
    }

    /// The generation after `generation`, skipping 0.
    pub(super) const fn next_generation(generation: u32) -> u32 {
        if generation >= Self::GENERATIONS {
            1
        } else {
            generation + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_positive_to_its_last_generation() {
        let last = Handle::new(3, 31, Handle::GENERATIONS);
        assert_eq!(last.raw(), i32::MAX);
        assert_eq!(last.device(), 3);
        assert_eq!(last.slot(), 31);
        assert_eq!(Handle::next_generation(last.generation()), 1);
    }

    #[test]
    fn zero_and_negative_words_have_no_generation() {
        assert_eq!(Handle::from_raw(0).generation(), 0);
        assert_eq!(Handle::from_raw(-1).generation(), 0);
        assert_eq!(Handle::from_raw(i32::MIN).generation(), 0);
    }
}
