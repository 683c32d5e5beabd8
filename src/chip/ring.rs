//! The TX and RX rings. Nothing else in the library knows that they wrap.

use super::memory::Span;
use super::{Chip, NOTES_TIMES};
use crate::bus::Bus;
use crate::error::Result;
use crate::regs::{Command, Sn, socket};
use crate::time::Clock;

/// Where a copy of `length` bytes from pointer `at` lies: up to the ring's
/// end, and the rest from its start.
fn split(ring: Span, at: u16, length: usize) -> (u16, usize) {
    let offset = at & ring.size.wrapping_sub(1);
    let to_end = usize::from(ring.size.wrapping_sub(offset));
    (ring.base.wrapping_add(offset), length.min(to_end))
}

impl<B: Bus, C: Clock> Chip<B, C> {
    /// True while a SEND has not been reported as done.
    pub fn is_sending(&self, sn: Sn) -> bool {
        self.shadows[sn.index()].sending
    }

    /// Bytes in the TX ring.
    pub fn tx_size(&self, sn: Sn) -> u16 {
        self.split.tx_size(sn)
    }

    /// Bytes in the RX ring.
    pub fn rx_size(&self, sn: Sn) -> u16 {
        self.split.rx_size(sn)
    }

    /// True if the socket has rings at all.
    pub fn has(&self, sn: Sn) -> bool {
        self.split.has(sn)
    }

    /// At least so many bytes are free in the TX ring, as last seen.
    pub fn known_tx_free(&self, sn: Sn) -> u16 {
        self.shadows[sn.index()].tx_free
    }

    /// Bytes free in the TX ring. Asks the chip only if fewer than `wanted`
    /// are known to be, and then only for as many bytes of FSR as it must:
    /// often the high byte says enough.
    pub fn tx_free(&mut self, sn: Sn, wanted: u16) -> Result<u16> {
        if self.shadow(sn).tx_free >= wanted {
            return Ok(self.shadow(sn).tx_free);
        }
        // FSR falls by a SEND of our own; before it was taken FSR shows more.
        self.settle(sn)?;
        let mut free = u16::from(self.socket_byte(sn, socket::TX_FSR)?) << 8;
        if free < wanted {
            free |= u16::from(self.socket_byte(sn, socket::TX_FSR + 1)?);
        }
        // Garbage from the bus must not overrun the ring.
        let free = free.min(self.split.tx_size(sn));
        self.shadow(sn).tx_free = free;
        // The high byte alone may say less than was known.
        if NOTES_TIMES && free > self.shadow(sn).tx_most {
            self.shadow(sn).tx_most = free;
            self.note_progress(sn);
        }
        Ok(free)
    }

    /// Copies `data` to the ring and sends it. The caller has made sure that it
    /// fits. What failed before TX_WR was written is not sent later.
    pub fn send(&mut self, sn: Sn, data: &[u8]) -> Result<()> {
        self.stage(sn, 0, data)?;
        self.commit(sn, data.len() as u16, Command::SEND)
    }

    /// Copies `data` to the ring, `offset` bytes behind the write pointer. The
    /// caller has made sure that it fits.
    pub fn stage(&mut self, sn: Sn, offset: u16, data: &[u8]) -> Result<()> {
        self.resolve_doubt(sn)?;
        if !self.shadow(sn).tx_known {
            let start = self.socket_word(sn, socket::TX_WR)?;
            let shadow = self.shadow(sn);
            shadow.tx_write = start;
            shadow.tx_known = true;
        }
        let at = self.shadow(sn).tx_write.wrapping_add(offset);
        let ring = self.split.tx_span(sn);
        let (start, head) = split(ring, at, data.len());
        let (head, tail) = data.split_at_checked(head).unwrap_or((data, &[]));
        self.put(start, head)?;
        self.put(ring.base, tail)
    }

    /// Sends `length` staged bytes.
    pub fn commit(&mut self, sn: Sn, length: u16, command: Command) -> Result<()> {
        let shadow = self.shadow(sn);
        let pointer = shadow.tx_write.wrapping_add(length);
        self.settle(sn)?;
        self.put_word(sn, socket::TX_WR, pointer)?;
        let commanded = self.command(sn, command);
        if NOTES_TIMES && self.shadow(sn).tx_most >= self.split.tx_size(sn) {
            self.note_progress(sn);
        }
        let shadow = self.shadow(sn);
        match commanded {
            Ok(()) => {
                shadow.sent(length);
                shadow.sending = true;
            }
            Err(_) => shadow.doubtful = length,
        }
        commanded
    }

    /// Bytes were acknowledged, or begin to wait for it.
    fn note_progress(&mut self, sn: Sn) {
        let now = self.now();
        self.shadow(sn).tx_progress = now;
    }

    /// A SEND of a datagram, once it is done, has emptied the ring.
    pub fn datagram_is_out(&mut self, sn: Sn) {
        let size = self.split.tx_size(sn);
        let shadow = self.shadow(sn);
        shadow.tx_free = size;
        shadow.tx_most = size;
    }

    /// True once a byte was sent on this connection.
    pub fn has_sent(&self, sn: Sn) -> bool {
        self.shadows[sn.index()].tx_known
    }

    /// When the peer last acknowledged something, as far as TX_FSR was read.
    pub fn tx_progress(&self, sn: Sn) -> u32 {
        self.shadows[sn.index()].tx_progress
    }

    /// Bytes known to wait in the RX ring, without asking.
    pub fn known_rx_ready(&self, sn: Sn) -> u16 {
        self.shadows[sn.index()].rx_ready
    }

    /// Bytes waiting in the RX ring. Asks the chip only if none are known.
    pub fn rx_ready(&mut self, sn: Sn) -> Result<u16> {
        if self.shadow(sn).rx_ready > 0 {
            return Ok(self.shadow(sn).rx_ready);
        }
        self.refresh_rx(sn)
    }

    /// Bytes left in the RX ring of a connection that is over: its socket takes
    /// no RECV any more, so the chip still counts what was read.
    pub fn rx_left(&mut self, sn: Sn) -> Result<u16> {
        // RSR falls by a RECV of our own; before it was taken RSR shows more.
        self.settle(sn)?;
        let size = self.split.rx_size(sn);
        let waiting = self.socket_word(sn, socket::RX_RSR)?.min(size);
        let shadow = self.shadow(sn);
        let left = waiting.saturating_sub(shadow.rx_taken);
        let more = left > shadow.rx_ready;
        shadow.rx_ready = left;
        self.settle_arrival(sn, more);
        Ok(left)
    }

    /// Bytes came in, or may from now on.
    pub fn note_arrival(&mut self, sn: Sn) {
        #[cfg(feature = "stats")]
        {
            let now = self.now();
            self.shadow(sn).rx_progress = now;
        }
        let _ = sn;
    }

    /// RX_RSR was read: only it tells whether an announcement was of new bytes,
    /// since the chip repeats it for those that are left.
    fn settle_arrival(&mut self, sn: Sn, more: bool) {
        #[cfg(feature = "stats")]
        {
            let now = self.now();
            let shadow = self.shadow(sn);
            let announced = shadow.rx_announced.take();
            if more {
                shadow.rx_progress = announced.unwrap_or(now);
            }
        }
        let _ = (sn, more);
    }

    /// When bytes last came in, as far as RX_RSR was read.
    #[cfg(feature = "stats")]
    pub fn rx_progress(&self, sn: Sn) -> u32 {
        self.shadows[sn.index()].rx_progress
    }

    /// Bytes waiting in the RX ring, by the chip's word.
    pub fn refresh_rx(&mut self, sn: Sn) -> Result<u16> {
        // What the bus kept from being given back is still owed.
        if self.shadow(sn).rx_taken > 0 {
            self.release_if_due(sn)?;
        }
        self.rx_left(sn)
    }

    /// Copies from `offset` bytes behind the read pointer and moves nothing.
    pub fn peek(&mut self, sn: Sn, offset: u16, data: &mut [u8]) -> Result<()> {
        let ring = self.split.rx_span(sn);
        let at = self.shadow(sn).rx_read.wrapping_add(offset);
        let (start, head) = split(ring, at, data.len());
        let Some((head, tail)) = data.split_at_mut_checked(head) else {
            return Ok(());
        };
        self.get(start, head)?;
        self.get(ring.base, tail)
    }

    /// Moves the read pointer over `length` bytes, on this side only.
    pub fn advance(&mut self, sn: Sn, length: u16) {
        let shadow = self.shadow(sn);
        shadow.rx_read = shadow.rx_read.wrapping_add(length);
        shadow.rx_ready = shadow.rx_ready.saturating_sub(length);
        shadow.rx_taken = shadow.rx_taken.wrapping_add(length);
    }

    /// Gives back what was read, when the ring is drained or half of it was
    /// taken, so that small reads share one RECV. If that fails it is still
    /// owed, and [`Chip::refresh_rx`] tries again.
    pub fn release_if_due(&mut self, sn: Sn) -> Result<()> {
        let half = self.split.rx_size(sn) / 2;
        let shadow = self.shadow(sn);
        if shadow.rx_ready != 0 && shadow.rx_taken < half {
            return Ok(());
        }
        let pointer = shadow.rx_read;
        // A RECV that still stands in Sn_CR would take half of it.
        self.settle(sn)?;
        self.put_word(sn, socket::RX_RD, pointer)?;
        self.command(sn, Command::RECV)?;
        self.shadow(sn).rx_taken = 0;
        Ok(())
    }

    /// Moves the read pointer over `length` bytes.
    pub fn take(&mut self, sn: Sn, length: u16) -> Result<()> {
        self.advance(sn, length);
        self.release_if_due(sn)
    }

    /// Throws away all that waits.
    pub fn discard(&mut self, sn: Sn) -> Result<()> {
        let waiting = self.refresh_rx(sn)?;
        if waiting > 0 {
            self.take(sn, waiting)?;
        }
        Ok(())
    }
}
