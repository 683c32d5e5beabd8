//! What a link does to frames: the stage between the port where one is sent and the port where
//! it arrives, the same on every network and in both directions.

use smoltcp::wire::{EthernetFrame, EthernetProtocol, Ipv4Packet};

use crate::node::Micros;

/// How the wire treats frames. The default is a perfect wire with 50 us of latency.
///
/// Each frame draws its own lot, from the seed of the world or of [`World::seed_link`]: on a
/// virtual clock the same seed and the same calls give the same faults.
///
/// [`World::seed_link`]: crate::World::seed_link
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// From one port to another, in microseconds.
    pub latency_us: u32,
    /// Up to so many microseconds more, evenly spread. It does not change the order of frames:
    /// one that would come early waits for those sent before it.
    pub jitter_us: u32,
    /// Frames lost, out of 1000.
    pub loss_permille: u16,
    /// Frames delivered twice, out of 1000.
    pub duplicate_permille: u16,
    /// Frames held back so that later ones overtake them, out of 1000.
    pub reorder_permille: u16,
    /// How long such a frame is held back, in microseconds.
    pub reorder_delay_us: u32,
    /// Frames delivered with one bit of their IP packet turned over, out of 1000. A checksum
    /// tells, mostly; whoever receives them is to drop them. ARP has none and is left alone, as
    /// are frames of other protocols.
    pub corrupt_permille: u16,
    /// Nothing passes at all: the switch is off. Frames on their way are lost.
    pub partitioned: bool,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            latency_us: 50,
            jitter_us: 0,
            loss_permille: 0,
            duplicate_permille: 0,
            reorder_permille: 0,
            reorder_delay_us: 1_000,
            corrupt_permille: 0,
            partitioned: false,
        }
    }
}

/// Turn over the bit that `lot` chooses in the IPv4 packet of `frame`; other frames stay as they
/// are. Bytes that only fill the frame up are spared, as no checksum covers them.
pub(super) fn corrupt(frame: &mut [u8], lot: u64) {
    let Ok(mut ethernet) = EthernetFrame::new_checked(frame) else {
        return;
    };
    if ethernet.ethertype() != EthernetProtocol::Ipv4 {
        return;
    }
    let packet = ethernet.payload_mut();
    let length = Ipv4Packet::new_checked(&*packet).map_or(0, |ip| ip.total_len());
    if length > 0 {
        let bit = lot % (u64::from(length) * 8);
        packet[(bit / 8) as usize] ^= 1 << (bit % 8);
    }
}

/// When the last frame that was in order arrives at a port.
#[derive(Clone, Copy, Default)]
pub(super) struct Queue {
    last_due: Micros,
}

impl Queue {
    /// When a frame sent at `now` arrives, given its part of the jitter.
    pub(super) fn arrival(&mut self, now: Micros, link: &Link, jitter: u64) -> Micros {
        let mut due = now + Micros::from(link.latency_us) + jitter;
        if link.jitter_us > 0 {
            due = due.max(self.last_due);
        }
        self.last_due = due;
        due
    }
}

/// SplitMix64: small, seedable and good enough to lose frames with.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// True in so many of 1000 cases. What never happens takes no number.
    pub(super) fn chance(&mut self, permille: u16) -> bool {
        permille > 0 && self.next() % 1000 < u64::from(permille)
    }

    /// From 0 to `most`. Where there is no choice it takes no number.
    pub(super) fn up_to(&mut self, most: u32) -> u64 {
        if most == 0 {
            0
        } else {
            self.next() % (u64::from(most) + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ethernet, IPv4 of 20 bytes and nothing in it, and bytes that fill the frame up.
    fn frame(ethertype: [u8; 2]) -> Vec<u8> {
        let mut frame = vec![0; 60];
        frame[12..14].copy_from_slice(&ethertype);
        frame[14] = 0x45;
        frame[17] = 20;
        frame
    }

    #[test]
    fn corruption_turns_one_bit_of_the_ip_packet() {
        let clean = frame([0x08, 0x00]);
        for lot in [0, 1, 159, 160, u64::MAX] {
            let mut dirty = clean.clone();
            corrupt(&mut dirty, lot);
            let turned = |at: usize| (dirty[at] ^ clean[at]).count_ones();
            assert_eq!((14..34).map(turned).sum::<u32>(), 1, "lot {lot}");
            assert_eq!((0..60).map(turned).sum::<u32>(), 1, "lot {lot}");
        }
    }

    #[test]
    fn corruption_leaves_what_has_no_checksum() {
        let arp = frame([0x08, 0x06]);
        let mut after = arp.clone();
        corrupt(&mut after, 7);
        assert_eq!(after, arp);
        corrupt(&mut [1, 2, 3], 7); // no frame at all
    }

    #[test]
    fn jitter_keeps_the_order() {
        let link = Link {
            latency_us: 10,
            jitter_us: 100,
            ..Link::default()
        };
        let mut queue = Queue::default();
        assert_eq!(queue.arrival(0, &link, 100), 110);
        assert_eq!(queue.arrival(5, &link, 0), 110);
        assert_eq!(queue.arrival(150, &link, 3), 163);
    }
}
