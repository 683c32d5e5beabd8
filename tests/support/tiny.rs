//! A chip with one socket and a peer that does what the test says, in a few lines and without any
//! other crate: for tests that run a call some thousand times, or very slowly.

// Each test program uses a part of it.
#![allow(dead_code)]

use w5100::chip::{Address, MemorySplit, Network};

const MODE: usize = 0x0400;
const COMMAND: usize = 0x0401;
const EVENTS: usize = 0x0402;
const STATUS: usize = 0x0403;
const PEER: usize = 0x040C;
const TX_FREE: usize = 0x0420;
const TX_WRITE: usize = 0x0424;
const RX_WAITING: usize = 0x0426;
const RX_READ: usize = 0x0428;

const COMMON_EVENTS: usize = 0x0015;
const EVENT_MASK: usize = 0x0016;
const RETRY_TIME: usize = 0x0017;
const RX_SIZES: usize = 0x001A;
const TX_SIZES: usize = 0x001B;
const TX_MEMORY: usize = 0x4000;
const RX_MEMORY: usize = 0x6000;

const CONNECTED: u8 = 0x01;
const DISCONNECTED: u8 = 0x02;
const RECEIVED: u8 = 0x04;
const SENT: u8 = 0x10;

const CLOSED: u8 = 0x00;
const INIT: u8 = 0x13;
const LISTENING: u8 = 0x14;
const CONNECTING: u8 = 0x15;
const ESTABLISHED: u8 = 0x17;
const UDP: u8 = 0x22;

/// What a device over it is set up with: the one socket has 1 KiB each way.
pub(crate) fn network() -> Network {
    let split = [1, 0, 0, 0];
    Network {
        address: Address {
            gateway: [192, 168, 1, 1],
            mask: [255, 255, 255, 0],
            mac: [2, 0, 0, 0, 0, 1],
            ip: [192, 168, 1, 201],
        },
        retry_time: 2000,
        retry_count: 8,
        split: MemorySplit {
            rx: split,
            tx: split,
        },
    }
}

/// The peer behind the chip.
#[derive(Clone, Default)]
pub(crate) struct Peer {
    /// Does not answer a connect.
    pub(crate) deaf: bool,
    /// Milliseconds until it acknowledges; `None` for never.
    pub(crate) ack_ms: Option<u32>,
    /// What it sends on a connection that it was asked for.
    pub(crate) greeting: Vec<u8>,
}

pub(crate) struct TinyChip {
    cells: Vec<u8>,
    pub(crate) peer: Peer,
    /// The present time in milliseconds, for the peer's acknowledgements.
    pub(crate) now: u32,
    /// What went out in each use of the socket.
    pub(crate) sent: Vec<Vec<u8>>,
    /// When the ring was read up to where.
    taken: Vec<(u32, u16)>,
    received: u16,
    released: u16,
}

impl TinyChip {
    pub(crate) fn new(peer: Peer) -> Self {
        let mut chip = Self {
            cells: vec![0; 0x8000],
            peer,
            now: 0,
            sent: Vec::new(),
            taken: Vec::new(),
            received: 0,
            released: 0,
        };
        chip.reset();
        chip
    }

    /// /INT is low.
    pub(crate) fn interrupts(&self) -> bool {
        self.common_events() & self.cells[EVENT_MASK] != 0
    }

    /// Bytes arrive on the connection.
    pub(crate) fn deliver(&mut self, data: &[u8]) {
        let size = self.ring(RX_SIZES);
        for byte in data {
            self.cells[RX_MEMORY + usize::from(self.received & (size - 1))] = *byte;
            self.received = self.received.wrapping_add(1);
        }
        self.cells[EVENTS] |= RECEIVED;
    }

    /// A client connects to the socket that listens.
    pub(crate) fn client(&mut self) {
        assert_eq!(self.cells[STATUS], LISTENING, "nobody listens");
        self.cells[PEER..PEER + 6].copy_from_slice(&[192, 168, 1, 10, 0x80, 0]);
        self.establish();
    }

    pub(crate) fn read(&mut self, address: usize) -> u8 {
        let word = |value: u16, at: usize| value.to_be_bytes()[at];
        match address {
            COMMON_EVENTS => self.common_events(),
            TX_FREE => word(self.free(), 0),
            0x0421 => word(self.free(), 1),
            RX_WAITING => word(self.received.wrapping_sub(self.released), 0),
            0x0427 => word(self.received.wrapping_sub(self.released), 1),
            _ => self.cells[address],
        }
    }

    pub(crate) fn write(&mut self, address: usize, value: u8) {
        match address {
            0 if value & 0x80 != 0 => self.reset(),
            COMMAND => self.execute(value),
            EVENTS => self.cells[EVENTS] &= !value,
            _ => self.cells[address] = value,
        }
    }

    fn reset(&mut self) {
        self.cells.fill(0);
        self.cells[RETRY_TIME..RETRY_TIME + 2].copy_from_slice(&2000u16.to_be_bytes());
    }

    fn common_events(&self) -> u8 {
        u8::from(self.cells[EVENTS] != 0)
    }

    fn word(&self, address: usize) -> u16 {
        u16::from_be_bytes([self.cells[address], self.cells[address + 1]])
    }

    /// The size of one of the socket's rings.
    fn ring(&self, sizes: usize) -> u16 {
        1024 << (self.cells[sizes] & 3)
    }

    fn free(&self) -> u16 {
        let acknowledged = |(at, _): &&(u32, u16)| {
            let delay = self.peer.ack_ms;
            self.cells[STATUS] == UDP || delay.is_some_and(|delay| at + delay <= self.now)
        };
        let start = self.taken.iter().rev().find(acknowledged);
        let start = start.map_or(0, |(_, pointer)| *pointer);
        self.ring(TX_SIZES) - self.word(TX_WRITE).wrapping_sub(start)
    }

    fn establish(&mut self) {
        self.cells[STATUS] = ESTABLISHED;
        self.cells[EVENTS] |= CONNECTED;
    }

    fn execute(&mut self, command: u8) {
        match command {
            0x01 => self.open(),
            0x02 => self.cells[STATUS] = LISTENING,
            0x04 if self.peer.deaf => self.cells[STATUS] = CONNECTING,
            0x04 => {
                self.establish();
                let greeting = self.peer.greeting.clone();
                if !greeting.is_empty() {
                    self.deliver(&greeting);
                }
            }
            0x08 => {
                self.cells[STATUS] = CLOSED;
                self.cells[EVENTS] |= DISCONNECTED;
            }
            0x10 => self.cells[STATUS] = CLOSED,
            0x20 => self.send(),
            0x40 => {
                self.released = self.word(RX_READ);
                if self.released != self.received {
                    self.cells[EVENTS] |= RECEIVED;
                }
            }
            other => panic!("command {other:02X}"),
        }
    }

    fn open(&mut self) {
        self.cells[STATUS] = if self.cells[MODE] & 0x0F == 1 {
            INIT
        } else {
            UDP
        };
        self.cells[TX_WRITE..TX_WRITE + 2].fill(0);
        self.sent.push(Vec::new());
        self.taken.clear();
        self.received = 0;
        self.released = 0;
    }

    fn send(&mut self) {
        let size = self.ring(TX_SIZES);
        let end = self.word(TX_WRITE);
        let mut at = self.taken.last().map_or(0, |(_, pointer)| *pointer);
        let sent = self.sent.last_mut().expect("the socket is open");
        while at != end {
            sent.push(self.cells[TX_MEMORY + usize::from(at & (size - 1))]);
            at = at.wrapping_add(1);
        }
        self.taken.push((self.now, end));
        self.cells[EVENTS] |= SENT;
    }
}
