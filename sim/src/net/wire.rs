//! An Ethernet switch in memory: latency, MAC learning, and faults on request.
//!
//! A frame takes [`Link::latency_us`] from port to port whatever its length: the wire has no
//! bandwidth limit. All randomness comes from the seed, so that the same use gives the same
//! frames at the same times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::link::{Link, Queue, Random, corrupt};
use crate::node::Micros;
use crate::world::trace::Trace;

/// Decides, frame by frame, what passes: `true` lets it through.
pub type Filter = Box<dyn FnMut(Micros, &[u8]) -> bool + Send>;

pub(crate) struct Wire {
    pub(crate) link: Link,
    pub(crate) filter: Option<Filter>,
    pub(crate) trace: Trace,
    plugged: Vec<bool>,
    /// Towards each port.
    queues: Vec<Queue>,
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
            trace: Trace::default(),
            plugged: Vec::new(),
            queues: Vec::new(),
            learned: HashMap::new(),
            in_flight: BinaryHeap::new(),
            sequence: 0,
            random: Random::new(seed),
        }
    }

    /// One more port, with a cable in it.
    pub(crate) fn add_port(&mut self) {
        self.plugged.push(true);
        self.queues.push(Queue::default());
    }

    /// Pull the cable of `port`, or put it back.
    pub(crate) fn plug(&mut self, port: usize, plugged: bool) {
        self.plugged[port] = plugged;
    }

    /// A number from the seed, for nodes that need one of their own.
    pub(crate) fn seed(&mut self) -> u64 {
        self.random.next()
    }

    /// Begin a new sequence of what is random.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.random = Random::new(seed);
    }

    pub(crate) fn send(&mut self, now: Micros, from: usize, frame: Vec<u8>) {
        self.trace.frame(now, from, &frame);
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

    fn carry(&mut self, now: Micros, port: usize, mut frame: Vec<u8>) {
        let link = self.link;
        if self.random.chance(link.loss_permille) {
            return;
        }
        let jitter = self.random.up_to(link.jitter_us);
        let mut due = self.queues[port].arrival(now, &link, jitter);
        if self.random.chance(link.duplicate_permille) {
            self.enqueue(due, port, frame.clone());
        }
        if self.random.chance(link.corrupt_permille) {
            corrupt(&mut frame, self.random.next());
        }
        if self.random.chance(link.reorder_permille) {
            due += Micros::from(link.reorder_delay_us);
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
