//! The W5100: a register file, four sockets and an Ethernet port.
//!
//! ```text
//! mod, bus        SPI frames and bus cycles: who is addressed
//!  └ command      Sn_CR
//!     └ socket    registers and latches, rings, what a socket is busy with
//!        ├ arp, datagram, igmp          addresses; UDP, IPRAW, MACRAW; groups
//!        └ tcp ─ connection ─ smoltcp   (egress, retransmit, segment, phy)
//! ip              frames that arrive: to the socket they are for
//! core, memory    common registers, ring memory, the way out to the wire
//! ```

mod arp;
mod bus;
mod command;
mod connection;
mod core;
mod datagram;
mod igmp;
mod ip;
mod memory;
mod options;
mod phy;
mod regs;
mod retransmit;
mod segment;
mod socket;
mod tcp;

pub use options::{ChipCounters, ChipOptions, Faults, ResetStyle};

use self::core::Core;
use self::regs::{common, socket as reg};
use self::socket::Socket;
use crate::node::{Micros, Node};
use crate::spi::{Line, Step, Violation};

/// A simulated W5100.
///
/// A master drives it over [`spi`](Chip::spi) (or byte by byte, or over the parallel bus); the
/// network reaches it as a [`Node`]. Commands act at once; frames go out at the next poll.
#[derive(Debug)]
pub struct Chip {
    core: Core,
    sockets: [Socket; 4],
    faults: Faults,
    line: Line,
    in_reset: bool,
    /// Until then the chip recovers from a reset.
    busy_until: Micros,
    /// The frame being clocked is garbled.
    garbled: bool,
    /// Address of the indirect bus (IDM_AR).
    window: u16,
}

impl Chip {
    /// A chip after power-up.
    pub fn new(options: ChipOptions) -> Self {
        Self {
            core: Core::new(options),
            sockets: ::core::array::from_fn(Socket::new),
            faults: Faults::default(),
            line: Line::default(),
            in_reset: false,
            busy_until: 0,
            garbled: false,
            window: 0,
        }
    }

    /// One whole frame with chip select around it; the MISO bytes replace the MOSI bytes.
    pub fn spi(&mut self, now: Micros, frame: &mut [u8; 4]) {
        self.select(true);
        for byte in frame {
            *byte = self.clock_byte(now, *byte);
        }
        self.select(false);
    }

    /// Chip select changes; `low` selects the chip.
    ///
    /// # Panics
    /// On a broken frame rule when [`ChipOptions::fatal_violations`] is set.
    pub fn select(&mut self, low: bool) {
        if let Some(violation) = self.line.select(low) {
            self.violated(violation);
        }
    }

    /// Clocks one byte in; returns what the chip drove on MISO meanwhile.
    ///
    /// # Panics
    /// On a broken frame rule when [`ChipOptions::fatal_violations`] is set.
    pub fn clock_byte(&mut self, now: Micros, mosi: u8) -> u8 {
        if let Some(level) = self.faults.absent {
            return level;
        }
        if self.line.at_start() {
            self.core.counters.frames += 1;
            let every = u64::from(self.faults.corrupt_every);
            self.garbled = self.core.counters.frames.is_multiple_of(every);
        }
        let lost = self.garbled && self.faults.corrupt_lost;
        let miso = match self.line.clock(mosi) {
            Step::Drive(byte) => byte,
            Step::Read(addr) => self.bus_read(now, addr),
            Step::Write(addr, value) => {
                if !lost {
                    self.bus_write(now, addr, value);
                }
                3
            }
            Step::Violated(violation) => {
                self.violated(violation);
                0
            }
        };
        if self.garbled { !miso } else { miso }
    }

    /// The reset pin: while `asserted` the chip does nothing, after that it is as new.
    pub fn reset_pin(&mut self, now: Micros, asserted: bool) {
        self.in_reset = asserted;
        self.reset(now);
    }

    /// Level of the interrupt line: true (low) while an unmasked interrupt is pending.
    pub fn int_low(&self) -> bool {
        self.interrupts() & self.core.regs[common::IMR] != 0
    }

    /// What happened so far.
    pub fn counters(&self) -> &ChipCounters {
        &self.core.counters
    }

    /// Defects of this chip.
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Value at `addr`, as a read would return it, without being counted.
    pub fn peek(&self, addr: u16) -> u8 {
        let at = usize::from(addr);
        match addr {
            0x0015 => self.visible_interrupts(),
            0..0x0030 => self.core.regs[at],
            regs::SOCKETS..0x0800 => {
                let (index, offset) = split(addr);
                self.sockets[index].read(&self.core, offset)
            }
            regs::TX_MEMORY..regs::RX_MEMORY => self.core.tx[at - usize::from(regs::TX_MEMORY)],
            regs::RX_MEMORY..regs::END => self.core.rx[at - usize::from(regs::RX_MEMORY)],
            _ => 0,
        }
    }

    /// The network side is dead: reset, or the IP engine locked up.
    fn is_deaf(&self, now: Micros) -> bool {
        self.in_reset || self.core.locked_up || now < self.busy_until
    }

    fn mode(&self) -> u8 {
        self.core.regs[common::MR]
    }

    fn violated(&mut self, violation: Violation) {
        self.core.counters.violations += 1;
        assert!(
            !self.core.options.fatal_violations,
            "SPI frame rule broken: {violation:?}"
        );
    }

    fn reset(&mut self, now: Micros) {
        self.core.reset();
        self.busy_until = now + self.core.options.reset_time;
        self.sockets = ::core::array::from_fn(Socket::new);
        self.window = 0;
    }

    fn bus_read(&mut self, now: Micros, addr: u16) -> u8 {
        self.catch_up(now);
        self.core.counters.reads += 1;
        self.count_unmapped(addr);
        if self.in_reset {
            0
        } else if now < self.busy_until {
            if addr == common::MR as u16 {
                common::MR_RST
            } else {
                0
            }
        } else {
            if matches!(addr, regs::SOCKETS..0x0800) && split(addr).1 == reg::SR {
                self.sockets[split(addr).0].ended_unseen = false;
            }
            self.peek(addr)
        }
    }

    fn bus_write(&mut self, now: Micros, addr: u16, value: u8) {
        self.catch_up(now);
        self.core.counters.writes += 1;
        self.count_unmapped(addr);
        if self.in_reset || now < self.busy_until {
            return;
        }
        let at = usize::from(addr);
        match addr {
            0..0x0030 => self.write_common(at, value, now),
            regs::SOCKETS..0x0800 => {
                let (index, offset) = split(addr);
                let socket = &mut self.sockets[index];
                if offset == reg::CR {
                    socket.write_command(&mut self.core, &mut self.faults, value, now);
                } else {
                    socket.write(&self.core, offset, value);
                }
            }
            regs::TX_MEMORY..regs::RX_MEMORY => {
                self.core.tx[at - usize::from(regs::TX_MEMORY)] = value;
            }
            regs::RX_MEMORY..regs::END => self.core.rx[at - usize::from(regs::RX_MEMORY)] = value,
            _ => {}
        }
    }

    fn write_common(&mut self, at: usize, value: u8, now: Micros) {
        match at {
            common::MR if value & common::MR_RST != 0 => {
                self.reset(now);
            }
            common::IR => self.core.regs[common::IR] &= !(value & common::IR_OWN),
            common::MR..=common::TMSR | common::PTIMER | common::PMAGIC => {
                self.core.regs[at] = value;
            }
            _ => {}
        }
    }

    /// Does what became due before this access.
    fn catch_up(&mut self, now: Micros) {
        if ::core::mem::take(&mut self.faults.reset_now) {
            self.reset(now);
            // Whatever was open has ended, and its driver cannot know.
            for socket in &mut self.sockets {
                socket.ended_unseen = true;
            }
        }
        for socket in &mut self.sockets {
            socket.poll_command(&mut self.core, &mut self.faults, now);
        }
    }

    fn count_unmapped(&mut self, addr: u16) {
        let mapped = matches!(addr, 0..0x0030 | regs::TX_MEMORY..regs::END)
            || (matches!(addr, regs::SOCKETS..0x0800) && split(addr).1 < reg::COUNT);
        self.core.counters.misuses += u64::from(!mapped);
    }

    /// IR with all sources, whatever the mask.
    fn interrupts(&self) -> u8 {
        self.sockets
            .iter()
            .fold(self.core.regs[common::IR], |ir, socket| {
                ir | u8::from(socket.regs[reg::IR] != 0) << socket.index
            })
    }

    /// IR as it reads.
    fn visible_interrupts(&self) -> u8 {
        let gate = if self.core.options.imr_gates_ir {
            self.core.regs[common::IMR]
        } else {
            0xFF
        };
        self.interrupts() & gate
    }
}

/// Socket and offset of an address among the socket registers.
fn split(addr: u16) -> (usize, usize) {
    let at = usize::from(addr - regs::SOCKETS);
    (at / 0x100, at % 0x100)
}

impl Node for Chip {
    fn receive(&mut self, now: Micros, frame: &[u8]) {
        if self.is_deaf(now) {
            return;
        }
        self.core.counters.packets_received += 1;
        ip::receive(&mut self.core, &mut self.sockets, now, frame);
    }

    fn poll(&mut self, now: Micros, out: &mut Vec<Vec<u8>>) {
        self.catch_up(now);
        if self.is_deaf(now) {
            self.core.outbox.clear();
            return;
        }
        for socket in &mut self.sockets {
            socket.poll(&mut self.core, now);
        }
        self.core.counters.packets_sent += self.core.outbox.len() as u64;
        out.append(&mut self.core.outbox);
    }

    fn wake_at(&self, now: Micros) -> Option<Micros> {
        if self.is_deaf(now) {
            return None;
        }
        if !self.core.outbox.is_empty() {
            return Some(now);
        }
        let due = self
            .sockets
            .iter()
            .filter_map(|socket| socket.wake_at(now))
            .min();
        due.map(|at| at.max(now))
    }
}
