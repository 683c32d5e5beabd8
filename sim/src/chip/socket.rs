//! One of the four hardware sockets: its registers and what it is busy with.

use core::net::Ipv4Addr;

use smoltcp::wire::EthernetAddress;

use super::arp::Resolve;
use super::connection::Connection;
use super::core::{Core, Ipv4Header};
use super::regs::{socket as reg, status};
use crate::node::Micros;

/// Registers that a command takes over, as (offset, bytes).
const LATCHED: [(usize, usize); 6] = [
    (reg::DHAR, 6),
    (reg::DIPR, 4),
    (reg::DPORT, 2),
    (reg::MSSR, 2),
    (reg::TX_WR, 2),
    (reg::RX_RD, 2),
];

/// What a socket does besides receiving.
#[derive(Debug)]
pub(crate) enum Task {
    /// Nothing.
    Idle,
    /// Looks for the hardware address of a CONNECT's or a SEND's target.
    Resolve(Resolve),
    /// Sends what is in the TX ring at the next poll.
    Transmit(EthernetAddress),
}

/// A hardware socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) index: usize,
    /// Registers as they read.
    pub(crate) regs: [u8; reg::COUNT],
    /// Latched registers as they were written.
    pending: [u8; reg::COUNT],
    /// Sn_MR as OPEN found it.
    pub(crate) mode: u8,
    pub(crate) tx_rd: u16,
    /// TX_WR as the last SEND took it.
    pub(crate) tx_wr: u16,
    pub(crate) rx_wr: u16,
    /// RX_RD as the last RECV took it.
    pub(crate) rx_taken: u16,
    pub(crate) task: Task,
    /// The last target resolved; it is not asked for again until DIPR changes.
    pub(crate) neighbour: Option<(Ipv4Addr, EthernetAddress)>,
    pub(crate) connection: Option<Connection>,
    /// The chip ended the connection by itself, or was reset by surprise, and Sn_SR was not read since.
    pub(crate) ended_unseen: bool,
    /// So it was when the command was given that is not accepted yet, or it has ended since.
    pub(crate) overtaken: bool,
    /// Erratum 1 has struck: no SEND finishes until the chip is reset.
    pub(crate) stuck: bool,
    /// A command that is not accepted yet, and when it will be (None: never).
    pub(crate) busy: Option<(u8, Option<Micros>)>,
}

impl Socket {
    pub(crate) fn new(index: usize) -> Self {
        let mut regs = [0; reg::COUNT];
        regs[reg::DHAR..reg::DHAR + 6].fill(0xFF);
        regs[reg::TTL] = 0x80;
        Self {
            index,
            regs,
            pending: regs,
            mode: 0,
            tx_rd: 0,
            tx_wr: 0,
            rx_wr: 0,
            rx_taken: 0,
            task: Task::Idle,
            neighbour: None,
            connection: None,
            ended_unseen: false,
            overtaken: false,
            stuck: false,
            busy: None,
        }
    }

    /// Value of the register at `offset`.
    pub(crate) fn read(&self, core: &Core, offset: usize) -> u8 {
        let word = |value: u16, at: usize| value.to_be_bytes()[offset - at];
        match offset {
            reg::CR => self.busy.map_or(0, |(command, _)| command),
            reg::SR if core.options.early_arp_status && self.status() == status::ARP => {
                (self.protocol() << 4) | 1
            }
            reg::TX_FSR..reg::TX_RD => word(self.tx_free(core), reg::TX_FSR),
            reg::TX_RD..reg::TX_WR => word(self.tx_rd, reg::TX_RD),
            reg::RX_RSR..reg::RX_RD => word(self.rx_waiting(), reg::RX_RSR),
            reg::RX_WR..reg::COUNT => word(self.rx_wr, reg::RX_WR),
            0..reg::COUNT => self.regs[offset],
            _ => 0,
        }
    }

    /// Writes a register other than Sn_CR.
    pub(crate) fn write(&mut self, core: &Core, offset: usize, value: u8) {
        match offset {
            reg::IR => self.regs[reg::IR] &= !value,
            reg::MR | reg::PORT..reg::DHAR | reg::PROTO..=reg::TTL => self.regs[offset] = value,
            _ if LATCHED
                .iter()
                .any(|&(at, len)| (at..at + len).contains(&offset)) =>
            {
                self.pending[offset] = value;
                if !core.options.latched_registers {
                    self.regs[offset] = value;
                }
            }
            _ => {}
        }
    }

    /// A command takes over the latched register at `at`.
    pub(crate) fn take(&mut self, at: usize) {
        if let Some(&(_, len)) = LATCHED.iter().find(|&&(first, _)| first == at) {
            self.regs[at..at + len].copy_from_slice(&self.pending[at..at + len]);
        }
    }

    /// The chip itself sets a register, as written and as read.
    pub(crate) fn set(&mut self, at: usize, bytes: &[u8]) {
        self.regs[at..at + bytes.len()].copy_from_slice(bytes);
        self.pending[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn word(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.regs[at], self.regs[at + 1]])
    }

    pub(crate) fn status(&self) -> u8 {
        self.regs[reg::SR]
    }

    pub(crate) fn set_status(&mut self, status: u8) {
        self.regs[reg::SR] = status;
    }

    /// Raises bits of Sn_IR.
    pub(crate) fn raise(&mut self, bits: u8) {
        self.regs[reg::IR] |= bits;
    }

    /// Protocol with which the socket was opened.
    pub(crate) fn protocol(&self) -> u8 {
        self.mode & 0x0F
    }

    /// Open as `protocol`; address resolution does not interrupt it.
    pub(crate) fn is_open_as(&self, protocol: u8) -> bool {
        self.status() != status::CLOSED && self.protocol() == protocol
    }

    pub(crate) fn is_multicast(&self) -> bool {
        self.is_open_as(reg::UDP) && self.mode & reg::MULTI != 0
    }

    /// The peer's address (DIPR).
    pub(crate) fn peer_ip(&self) -> Ipv4Addr {
        let r = &self.regs[reg::DIPR..];
        Ipv4Addr::new(r[0], r[1], r[2], r[3])
    }

    /// The peer's hardware address (DHAR).
    pub(crate) fn peer_mac(&self) -> EthernetAddress {
        EthernetAddress::from_bytes(&self.regs[reg::DHAR..reg::DHAR + 6])
    }

    /// A header for a datagram of this socket.
    pub(crate) fn header(&self, core: &Core, protocol: u8) -> Ipv4Header {
        Ipv4Header {
            protocol,
            source: core.ip(),
            destination: self.peer_ip(),
            tos: self.regs[reg::TOS],
            ttl: self.regs[reg::TTL],
        }
    }

    /// TX_FSR: TCP counts what is not acknowledged, the others what is not sent.
    pub(crate) fn tx_free(&self, core: &Core) -> u16 {
        let held = match &self.connection {
            Some(connection) => connection.unacknowledged(),
            None => self.tx_wr.wrapping_sub(self.tx_rd),
        };
        core.tx_ring(self.index).size.saturating_sub(held)
    }

    /// RX_RSR: bytes that no RECV has taken.
    pub(crate) fn rx_waiting(&self) -> u16 {
        self.rx_wr.wrapping_sub(self.rx_taken)
    }

    /// Puts `parts` into the RX ring one after the other, all or nothing.
    pub(crate) fn deliver(&mut self, core: &mut Core, parts: &[&[u8]]) {
        let ring = core.rx_ring(self.index);
        let total: usize = parts.iter().map(|part| part.len()).sum();
        if total > usize::from(ring.size.saturating_sub(self.rx_waiting())) {
            core.counters.packets_dropped += 1;
            return;
        }
        for part in parts {
            self.rx_wr = ring.write(&mut core.rx, self.rx_wr, part);
        }
        self.raise(reg::RECV);
    }

    /// When this socket wants to be polled.
    pub(crate) fn wake_at(&self, now: Micros) -> Option<Micros> {
        let task = match &self.task {
            Task::Idle => None,
            Task::Resolve(resolve) => Some(resolve.due()),
            Task::Transmit(_) => Some(now),
        };
        let command = self.busy.and_then(|(_, due)| due);
        let tcp = self.connection.as_ref().and_then(Connection::wake_at);
        [task, command, tcp].into_iter().flatten().min()
    }
}
