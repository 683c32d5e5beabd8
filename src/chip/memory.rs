use crate::error::{Error, Result};
use crate::regs::{RX_MEMORY, SOCKETS, Sn, TX_MEMORY};

/// KiB of ring for each hardware socket, in one direction each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySplit {
    /// RX rings: 0 (socket unused), 1, 2, 4 or 8 each, 8 together.
    pub rx: [u8; SOCKETS],
    /// TX rings, likewise.
    pub tx: [u8; SOCKETS],
}

/// One ring: where it lies and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) base: u16,
    pub(super) size: u16,
}

impl MemorySplit {
    /// 2 KiB for all, as after a reset.
    pub const EVEN: MemorySplit = MemorySplit {
        rx: [2; SOCKETS],
        tx: [2; SOCKETS],
    };

    /// No rings: before the chip is set up.
    pub(crate) const NONE: MemorySplit = MemorySplit {
        rx: [0; SOCKETS],
        tx: [0; SOCKETS],
    };

    /// # Errors
    /// [`Error::Invalid`] for a size that the chip cannot do, more than 8 KiB
    /// in one direction (undefined by the datasheet), a socket with a ring in
    /// one direction only, or a socket with memory after one without.
    pub fn check(&self) -> Result<()> {
        let mut total = [0; 2];
        let mut last = 8;
        for (&rx, &tx) in self.rx.iter().zip(&self.tx) {
            let powers_of_two = rx & rx.wrapping_sub(1) == 0 && tx & tx.wrapping_sub(1) == 0;
            if !powers_of_two || (rx == 0) != (tx == 0) || (last == 0 && rx != 0) {
                return Err(Error::Invalid);
            }
            last = rx;
            total[0] += u16::from(rx);
            total[1] += u16::from(tx);
        }
        if total[0] <= 8 && total[1] <= 8 {
            Ok(())
        } else {
            Err(Error::Invalid)
        }
    }

    /// RMSR and TMSR, in this order, which is theirs in the chip.
    ///
    /// The chip has no code for "none": an unused socket shows 1 KiB, which is
    /// why it may come only after all that are used, and is never opened.
    pub(super) fn registers(&self) -> [u8; 2] {
        let code = |sizes: &[u8; SOCKETS]| {
            sizes.iter().rev().fold(0, |register, &kib| {
                register << 2 | (kib.trailing_zeros() & 3) as u8
            })
        };
        [code(&self.rx), code(&self.tx)]
    }

    /// True if the socket has rings.
    pub fn has(&self, sn: Sn) -> bool {
        self.rx[sn.index()] != 0
    }

    /// Bytes in the TX ring.
    pub fn tx_size(&self, sn: Sn) -> u16 {
        u16::from(self.tx[sn.index()]) << 10
    }

    /// Bytes in the RX ring.
    pub fn rx_size(&self, sn: Sn) -> u16 {
        u16::from(self.rx[sn.index()]) << 10
    }

    pub(super) fn tx_span(&self, sn: Sn) -> Span {
        span(&self.tx, sn, TX_MEMORY)
    }

    pub(super) fn rx_span(&self, sn: Sn) -> Span {
        span(&self.rx, sn, RX_MEMORY)
    }
}

/// The chip deals its memory out from socket 0 up.
fn span(sizes: &[u8; SOCKETS], sn: Sn, memory: u16) -> Span {
    let kib = |count: usize| -> u16 { sizes.iter().take(count).map(|&kib| u16::from(kib)).sum() };
    Span {
        base: memory + (kib(sn.index()) << 10),
        size: u16::from(sizes[sn.index()]) << 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_even_split_is_what_the_datasheet_resets_to() {
        assert_eq!(MemorySplit::EVEN.registers(), [0x55, 0x55]);
    }

    #[test]
    fn rings_follow_each_other() {
        let split = MemorySplit {
            rx: [4, 2, 1, 1],
            tx: [1, 1, 2, 4],
        };
        split.check().unwrap();
        assert_eq!(split.registers(), [0b00_00_01_10, 0b10_01_00_00]);
        let [two, three] = [2, 3].map(|number| Sn::new(number).unwrap());
        assert_eq!(
            split.rx_span(two),
            Span {
                base: 0x7800,
                size: 0x400
            }
        );
        assert_eq!(
            split.tx_span(three),
            Span {
                base: 0x5000,
                size: 0x1000
            }
        );
    }

    #[test]
    fn more_than_the_memory_is_refused() {
        let split = |rx, tx| MemorySplit { rx, tx }.check();
        assert_eq!(split([8, 1, 0, 0], [2; 4]), Err(Error::Invalid));
        assert_eq!(split([3, 1, 1, 1], [2; 4]), Err(Error::Invalid));
        assert_eq!(split([4, 4, 0, 0], [2; 4]), Err(Error::Invalid));
        assert_eq!(split([4, 4, 0, 0], [4, 4, 0, 0]), Ok(()));
        assert_eq!(split([4, 0, 4, 0], [4, 0, 4, 0]), Err(Error::Invalid));
    }
}
