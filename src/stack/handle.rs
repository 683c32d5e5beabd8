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

    /// Of no socket.
    #[cfg(any(feature = "dhcp", feature = "dns"))]
    pub(super) const NONE: Handle = Handle(0);

    /// The handle of a slot that was used `uses` times before.
    pub(super) const fn new(device: u8, slot: usize, uses: u32) -> Self {
        let generation = uses % Self::GENERATIONS + 1;
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

    /// Its place in the device's table, likewise.
    pub const fn slot(self) -> usize {
        self.0 as usize & ((1 << SLOT_BITS) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_positive_to_its_last_generation() {
        let last = Handle::new(3, 31, Handle::GENERATIONS - 1);
        assert_eq!(last.raw(), i32::MAX);
        assert_eq!(last.device(), 3);
        assert_eq!(last.slot(), 31);
        assert_eq!(
            Handle::new(3, 31, Handle::GENERATIONS),
            Handle::new(3, 31, 0)
        );
    }

    #[test]
    fn zero_and_negative_words_are_never_handles() {
        for uses in [0, 1, Handle::GENERATIONS - 1, u32::MAX] {
            assert!(Handle::new(0, 0, uses).raw() >= 0x80, "{uses}");
        }
    }
}
