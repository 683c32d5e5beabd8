//! The chip as a set of operations: set-up, commands with bounded waits, and
//! the rings. Knows hardware sockets, not handles.

mod command;
mod memory;
mod ring;
mod setup;

pub use command::Peer;
pub use memory::MemorySplit;
pub use setup::{Address, Network};

use crate::bus::{Bus, BusError, Traffic};
use crate::error::{Error, Result};
use crate::regs::{Command, SOCKETS, Sn};
use crate::time::Clock;

/// How long the chip may take to accept a command. It takes microseconds; a
/// dead one never does.
const COMMAND_MS: u32 = 100;

/// What the largest frame takes on a wire of 10 Mb/s, and some more.
const WIRE_MS: u32 = 3;

/// Whether anybody asks since when something is as it is.
pub(crate) const NOTES_TIMES: bool = cfg!(any(feature = "options", feature = "stats"));

/// What is known of one hardware socket without asking the chip.
#[derive(Clone, Copy, Debug)]
struct Shadow {
    /// The last command, as long as it may still stand in Sn_CR.
    command: Command,
    /// A SEND is under way: neither SEND_OK nor TIMEOUT was seen.
    sending: bool,
    /// `tx_write` is known. TCP starts at a random value.
    tx_known: bool,
    /// Where the next byte goes.
    tx_write: u16,
    /// At least so many bytes are free; exact right after a read of FSR.
    tx_free: u16,
    /// Where the next byte is read.
    rx_read: u16,
    /// At least so many bytes wait from `rx_read` on.
    rx_ready: u16,
    /// Bytes read and not yet given back by RECV.
    rx_taken: u16,
    /// Bytes of a SEND of which nobody knows whether the chip took it.
    doubtful: u16,
    /// The most that was seen free since the last SEND.
    tx_most: u16,
    /// When the peer last acknowledged something, or there was nothing to be.
    tx_progress: u32,
    /// When bytes last came in, or the connection was made.
    #[cfg(feature = "stats")]
    rx_progress: u32,
    /// When bytes were announced of which RX_RSR was not read yet.
    #[cfg(feature = "stats")]
    rx_announced: Option<u32>,
}

impl Shadow {
    /// The chip took a SEND of `length` bytes.
    fn sent(&mut self, length: u16) {
        self.tx_write = self.tx_write.wrapping_add(length);
        self.tx_free = self.tx_free.wrapping_sub(length);
        if NOTES_TIMES {
            self.tx_most = self.tx_most.wrapping_sub(length);
        }
    }

    const NEW: Shadow = Shadow {
        command: Command::NONE,
        sending: false,
        tx_known: false,
        tx_write: 0,
        tx_free: 0,
        rx_read: 0,
        rx_ready: 0,
        rx_taken: 0,
        doubtful: 0,
        tx_most: 0,
        tx_progress: 0,
        #[cfg(feature = "stats")]
        rx_progress: 0,
        #[cfg(feature = "stats")]
        rx_announced: None,
    };
}

/// Counts since the chip was first set up, wrapping. Without the feature `stats`
/// only commands are counted.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Commands given.
    pub commands: u32,
    /// Commands given again, since their frame was not echoed.
    #[cfg(feature = "stats")]
    pub repeated: u32,
    /// Accesses given up: the bus failed, or the chip never echoed or took a
    /// command.
    #[cfg(feature = "stats")]
    pub failures: u32,
    /// Times the chip gave up on a peer (Sn_IR.TIMEOUT).
    #[cfg(feature = "stats")]
    pub timeouts: u32,
}

impl Counts {
    const NEW: Counts = Counts {
        commands: 0,
        #[cfg(feature = "stats")]
        repeated: 0,
        #[cfg(feature = "stats")]
        failures: 0,
        #[cfg(feature = "stats")]
        timeouts: 0,
    };
}

/// A W5100 behind a bus.
#[derive(Debug)]
pub struct Chip<B, C> {
    bus: B,
    clock: C,
    split: MemorySplit,
    shadows: [Shadow; SOCKETS],
    /// Sn_TOS and Sn_TTL as they stand in the chip, which OPEN leaves alone.
    header_fields: [[u8; 2]; SOCKETS],
    counts: Counts,
    /// It failed to answer, and was not set up or found well since.
    pub suspect: bool,
    /// It answers and takes no commands any more: only a reset helps.
    pub hung: bool,
}

impl<B: Bus, C: Clock> Chip<B, C> {
    /// A chip that was not looked at yet.
    pub const fn new(bus: B, clock: C) -> Self {
        Self {
            bus,
            clock,
            split: MemorySplit::NONE,
            shadows: [Shadow::NEW; SOCKETS],
            header_fields: [[0; 2]; SOCKETS],
            counts: Counts::NEW,
            suspect: false,
            hung: false,
        }
    }

    /// What went over the bus so far.
    pub fn traffic(&self) -> Traffic {
        self.bus.traffic()
    }

    /// What was done and failed so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The present time.
    pub fn now(&self) -> u32 {
        self.clock.now_ms()
    }

    #[inline(never)]
    fn shadow(&mut self, sn: Sn) -> &mut Shadow {
        &mut self.shadows[sn.index()]
    }

    fn get(&mut self, address: u16, data: &mut [u8]) -> Result<()> {
        let read = self.bus.read(address, data);
        read.map_err(|error| self.failed(error))
    }

    fn get_byte(&mut self, address: u16) -> Result<u8> {
        let mut byte = [0];
        self.get(address, &mut byte)?;
        Ok(byte[0])
    }

    /// A 16-bit register, high byte first. A counter that grows between the
    /// two bytes reads low, never high.
    fn get_word(&mut self, address: u16) -> Result<u16> {
        let mut word = [0; 2];
        self.get(address, &mut word)?;
        Ok(u16::from_be_bytes(word))
    }

    fn socket_byte(&mut self, sn: Sn, register: u16) -> Result<u8> {
        self.get_byte(sn.register(register))
    }

    fn socket_word(&mut self, sn: Sn, register: u16) -> Result<u16> {
        self.get_word(sn.register(register))
    }

    fn put_byte(&mut self, sn: Sn, register: u16, value: u8) -> Result<()> {
        self.put(sn.register(register), &[value])
    }

    fn put_word(&mut self, sn: Sn, register: u16, value: u16) -> Result<()> {
        self.put(sn.register(register), &value.to_be_bytes())
    }

    fn put(&mut self, address: u16, data: &[u8]) -> Result<()> {
        let written = self.bus.write(address, data);
        written.map_err(|error| self.failed(error))
    }

    #[cold]
    fn failed(&mut self, error: BusError) -> Error {
        self.suspect = true;
        #[cfg(feature = "stats")]
        {
            self.counts.failures = self.counts.failures.wrapping_add(1);
        }
        match error {
            BusError::Transfer => Error::Io,
            BusError::Echo => Error::NetworkDown,
        }
    }
}
