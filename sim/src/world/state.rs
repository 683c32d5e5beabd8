//! What is behind the world's lock: time, the wire, and the stations plugged into it.

use std::time::Instant;

use mio::event::Event;

use super::waiting::Waiting;
use crate::chip::Chip;
use crate::net::forward::Gateway;
use crate::net::link::Link;
use crate::net::peer::Peer;
use crate::net::tap::Tap;
use crate::net::wire::Wire;
use crate::node::{Micros, Node};

/// An SPI frame: 32 bits at 14 MHz.
const FRAME_NS: u64 = 2_290;

pub(crate) enum Clock {
    Virtual,
    Real(Instant),
}

impl Clock {
    pub(crate) fn real() -> Self {
        Self::Real(Instant::now())
    }
}

/// What can be plugged into the wire.
pub(crate) enum Station {
    Chip(Box<Chip>),
    Peer(Box<Peer>),
    Gateway(Box<Gateway>),
    Tap(Tap),
}

impl Station {
    fn node(&mut self) -> &mut dyn Node {
        match self {
            Self::Chip(chip) => chip.as_mut(),
            Self::Peer(peer) => peer.as_mut(),
            Self::Gateway(gateway) => gateway.as_mut(),
            Self::Tap(tap) => tap,
        }
    }
}

struct Port {
    station: Station,
    /// What the station answered when it was last asked when it wants to be polled.
    wake: Option<Micros>,
    /// /INT when last looked at.
    interrupt: bool,
    /// Falling edges of /INT so far.
    edges: u64,
}

pub(crate) struct State {
    clock: Clock,
    now_ns: u64,
    pub(super) frame_ns: u64,
    ports: Vec<Port>,
    pub(super) wire: Wire,
    /// Bumped by notify and by each falling edge of an /INT.
    pub(super) events: u64,
    /// Bumped whenever anything happened at all.
    pub(super) steps: u64,
    pub(super) waiting: Waiting,
    /// The real-time thread sleeps until then; `None` while it is awake.
    pub(super) engine_sleeps_until: Option<Micros>,
    scratch: Vec<Vec<u8>>,
}

impl State {
    pub(crate) fn new(clock: Clock, seed: u64, link: Link) -> Self {
        Self {
            clock,
            now_ns: 0,
            frame_ns: FRAME_NS,
            ports: Vec::new(),
            wire: Wire::new(seed, link),
            events: 0,
            steps: 0,
            waiting: Waiting::default(),
            engine_sleeps_until: None,
            scratch: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Micros {
        self.now_ns / 1_000
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.now_ns
    }

    pub(super) fn is_virtual(&self) -> bool {
        matches!(self.clock, Clock::Virtual)
    }

    pub(super) fn plug(&mut self, station: Station) -> usize {
        self.ports.push(Port {
            station,
            wake: None,
            interrupt: false,
            edges: 0,
        });
        self.wire.add_port();
        let port = self.ports.len() - 1;
        self.touched(port);
        port
    }

    pub(super) fn station(&mut self, port: usize) -> &mut Station {
        &mut self.ports[port].station
    }

    /// How often /INT of the chip at `port` has fallen.
    pub(super) fn edges(&self, port: usize) -> u64 {
        self.ports[port].edges
    }

    /// The gateway, if this world has one.
    pub(super) fn gateway(&mut self) -> Option<&mut Gateway> {
        self.ports
            .iter_mut()
            .find_map(|port| match &mut port.station {
                Station::Gateway(gateway) => Some(gateway.as_mut()),
                _ => None,
            })
    }

    /// Host sockets or devices have something to say; who uses them looks at it now.
    pub(super) fn host_events<'a>(&mut self, events: impl Iterator<Item = &'a Event> + Clone) {
        self.catch_up();
        for port in 0..self.ports.len() {
            match &mut self.ports[port].station {
                Station::Gateway(gateway) => {
                    events.clone().for_each(|event| gateway.host_event(event))
                }
                Station::Tap(tap) => events.clone().for_each(|event| tap.host_event(event)),
                Station::Chip(_) | Station::Peer(_) => {}
            }
            self.touched(port);
        }
        self.settle();
    }

    /// A station was used from outside: ask it again when it wants to be polled.
    pub(super) fn touched(&mut self, port: usize) {
        self.look_at(port, self.now());
    }

    /// Exchange SPI frames with the chip at `port`, one after the other.
    pub(super) fn transfer(&mut self, port: usize, frames: &mut [[u8; 4]]) {
        for frame in frames {
            self.spend(self.frame_ns);
            let now = self.now();
            let Station::Chip(chip) = &mut self.ports[port].station else {
                unreachable!("a chip's handle names a chip's port")
            };
            chip.spi(now, frame);
            self.touched(port);
            self.settle();
        }
    }

    /// Clock one byte into the chip at `port`, in a quarter of a frame's time: what it drove.
    pub(super) fn clock_byte(&mut self, port: usize, mosi: u8) -> u8 {
        self.spend(self.frame_ns / 4);
        let now = self.now();
        let Station::Chip(chip) = &mut self.ports[port].station else {
            unreachable!("a chip's handle names a chip's port")
        };
        let miso = chip.clock_byte(now, mosi);
        self.touched(port);
        self.settle();
        miso
    }

    /// Let virtual time pass, and do what is due in it. The machine's clock moves by itself.
    pub(super) fn spend(&mut self, nanoseconds: u64) {
        if self.is_virtual() {
            self.advance_to(self.now_ns + nanoseconds);
        }
    }

    /// Follow the machine's clock, and do what became due. A virtual clock does not move.
    pub(super) fn catch_up(&mut self) {
        if let Clock::Real(began) = self.clock {
            let elapsed = began.elapsed().as_nanos() as u64; // wraps after 584 years
            self.advance_to(elapsed);
        }
    }

    /// Do what is due at this instant.
    pub(super) fn settle(&mut self) {
        self.advance_to(self.now_ns);
    }

    pub(super) fn advance_to(&mut self, target_ns: u64) {
        while let Some(due) = self.next_due() {
            let due_ns = due.saturating_mul(1_000);
            if due_ns > target_ns {
                break;
            }
            self.now_ns = self.now_ns.max(due_ns);
            self.do_due();
        }
        self.now_ns = self.now_ns.max(target_ns);
    }

    /// When something happens next if nobody does anything.
    pub(super) fn next_due(&self) -> Option<Micros> {
        let stations = self.ports.iter().filter_map(|port| port.wake);
        stations.chain(self.wire.next_due()).min()
    }

    fn do_due(&mut self) {
        let now = self.now();
        while let Some((port, frame)) = self.wire.take_due(now) {
            self.ports[port].station.node().receive(now, &frame);
            self.poll(port, now);
        }
        for port in 0..self.ports.len() {
            if self.ports[port].wake.is_some_and(|wake| wake <= now) {
                self.poll(port, now);
            }
        }
        self.steps += 1;
    }

    fn poll(&mut self, port: usize, now: Micros) {
        let mut frames = std::mem::take(&mut self.scratch);
        self.ports[port].station.node().poll(now, &mut frames);
        for frame in frames.drain(..) {
            self.wire.send(now, port, frame);
        }
        self.scratch = frames;
        // Nothing is polled twice at one instant unless a frame arrives, so time goes on.
        self.look_at(port, now + 1);
    }

    fn look_at(&mut self, port: usize, earliest: Micros) {
        let now = self.now();
        let port = &mut self.ports[port];
        port.wake = port
            .station
            .node()
            .wake_at(now)
            .map(|wake| wake.max(earliest));
        if let Station::Chip(chip) = &port.station {
            let interrupt = chip.int_low();
            let fell = u64::from(interrupt && !port.interrupt);
            self.events += fell;
            port.edges += fell;
            port.interrupt = interrupt;
        }
    }
}
