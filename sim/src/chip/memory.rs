//! The 16 KiB of packet memory, dealt out to the sockets as rings.

/// Bytes of TX memory, and of RX memory.
pub(crate) const SIZE: usize = 0x2000;

/// One socket's share of a memory. Its pointers run free over 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ring {
    base: usize,
    /// Bytes: 1, 2, 4 or 8 KiB.
    pub(crate) size: u16,
}

impl Ring {
    /// Ring of socket `index` under the split `msr` (TMSR or RMSR: two bits a socket).
    ///
    /// More than 8 KiB in total is undefined by the datasheet: here the rings then overlap.
    pub(crate) fn of(msr: u8, index: usize) -> Self {
        let size = |n: usize| 1024usize << ((msr >> (2 * n)) & 3);
        Self {
            base: (0..index).map(size).sum::<usize>() % SIZE,
            size: size(index) as u16,
        }
    }

    fn offset(self, pointer: u16) -> usize {
        (self.base + usize::from(pointer & (self.size - 1))) % SIZE
    }

    /// Copies bytes from the ring, wrapping at its end.
    pub(crate) fn read(self, memory: &[u8; SIZE], pointer: u16, length: u16) -> Vec<u8> {
        (0..length)
            .map(|n| memory[self.offset(pointer.wrapping_add(n))])
            .collect()
    }

    /// Copies bytes into the ring, wrapping at its end. Returns the pointer after them.
    pub(crate) fn write(self, memory: &mut [u8; SIZE], pointer: u16, bytes: &[u8]) -> u16 {
        bytes.iter().fold(pointer, |at, &byte| {
            memory[self.offset(at)] = byte;
            at.wrapping_add(1)
        })
    }
}
