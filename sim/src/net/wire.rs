//! An Ethernet switch in memory: latency, MAC learning, and faults on request.
//!
//! A frame costs [`Link::latency_us`] from port to port whatever its length: the wire has no
//! bandwidth limit. All randomness comes from the seed, so that the same use gives the same
//! frames at the same times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::node::Micros;
use crate::world::tap::Tap;

/// How the wire treats frames. The default is a perfect wire with 50 us of latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// From one port to another, in microseconds.
    pub latency_us: u32,
    /// Frames lost, out of 1000.
    pub loss_permille: u16,
    /// Frames delivered twice, out of 1000.
    pub duplicate_permille: u16,
    /// Frames held back so that later ones overtake them, out of 1000.
    pub reorder_permille: u16,
    /// How long such a frame is held back, in microseconds.
    pub reorder_delay_us: u32,
    /// Nothing passes at all: the switch is off. Frames on their way are lost.
    pub partitioned: bool,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            latency_us: 50,
            loss_permille: 0,
            duplicate_permille: 0,
            reorder_permille: 0,
            reorder_delay_us: 1_000,
            partitioned: false,
        }
    }
}

/// Decides, frame by frame, what passes: `true` lets it through.
pub type Filter = Box<dyn FnMut(Micros, &[u8]) -> bool + Send>;

pub(crate) struct Wire {
    pub(crate) link: Link,
    pub(crate) filter: Option<Filter>,
    pub(crate) tap: Tap,
    plugged: Vec<bool>,
    learned: HashMap<[u8; 6], usize>,
    in_flight: BinaryHeap<Reverse<InFlight>>,
    sequence: u64,
    random: Random,
}

/// Ordered by time of arrival, then by order of sending.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct InFlight {
    due: Micros,
    sequence: u64,
    port: usize,
    frame: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(seed: u64, link: Link) -> Self {
        Self {
            link,
            filter: None,
            tap: Tap::default(),
            plugged: Vec::new(),
            learned: HashMap::new(),
            in_flight: BinaryHeap::new(),
            sequence: 0,
            random: Random::new(seed),
        }
    }

    /// One more port, with a cable in it.
    pub(crate) fn add_port(&mut self) {
        self.plugged.push(true);
    }

    /// Pull the cable of `port`, or put it back.
    pub(crate) fn plug(&mut self, port: usize, plugged: bool) {
        self.plugged[port] = plugged;
    }

    /// A number from the seed, for nodes that need one of their own.
    pub(crate) fn seed(&mut self) -> u64 {
        self.random.next()
    }

    pub(crate) fn send(&mut self, now: Micros, from: usize, frame: Vec<u8>) {
        self.tap.frame(now, from, &frame);
        let passes = self
            .filter
            .as_mut()
            .is_none_or(|filter| filter(now, &frame));
        let (Some(destination), Some(source)) = (mac(&frame, 0), mac(&frame, 6)) else {
            return;
        };
        if !passes || !self.plugged[from] {
            return;
        }
        self.learned.insert(source, from);
        let group = destination[0] & 1 != 0;
        match self.learned.get(&destination) {
            Some(&port) if !group => {
                if port != from {
                    self.carry(now, port, frame);
                }
            }
            _ => {
                for port in (0..self.plugged.len()).filter(|&port| port != from) {
                    self.carry(now, port, frame.clone());
                }
            }
        }
    }

    fn carry(&mut self, now: Micros, port: usize, frame: Vec<u8>) {
        if self.random.chance(self.link.loss_permille) {
            return;
        }
        let mut due = now + Micros::from(self.link.latency_us);
        if self.random.chance(self.link.duplicate_permille) {
            self.enqueue(due, port, frame.clone());
        }
        if self.random.chance(self.link.reorder_permille) {
            due += Micros::from(self.link.reorder_delay_us);
        }
        self.enqueue(due, port, frame);
    }

    fn enqueue(&mut self, due: Micros, port: usize, frame: Vec<u8>) {
        let sequence = self.sequence;
        self.sequence += 1;
        self.in_flight.push(Reverse(InFlight {
            due,
            sequence,
            port,
            frame,
        }));
    }

    /// When the next frame arrives somewhere.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        self.in_flight.peek().map(|Reverse(next)| next.due)
    }

    /// The next frame that has arrived by `now`, and the port it arrives at.
    pub(crate) fn take_due(&mut self, now: Micros) -> Option<(usize, Vec<u8>)> {
        while self.next_due().is_some_and(|due| due <= now) {
            let Reverse(arrived) = self.in_flight.pop()?;
            if self.plugged[arrived.port] && !self.link.partitioned {
                return Some((arrived.port, arrived.frame));
            }
        }
        None
    }
}

fn mac(frame: &[u8], at: usize) -> Option<[u8; 6]> {
    frame.get(at..at + 6)?.try_into().ok()
}

/// SplitMix64: small, seedable and good enough to lose frames with.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn chance(&mut self, permille: u16) -> bool {
        permille > 0 && self.next() % 1000 < u64::from(permille)
    }
}
