//! What the four sockets share: common registers, memories, and the way out to the wire.

use core::net::Ipv4Addr;

use smoltcp::wire::{EthernetAddress, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet};

use super::memory::{Ring, SIZE};
use super::options::{ChipCounters, ChipOptions};
use super::regs::common;
use crate::node::Micros;

const ETHERNET_HEADER: usize = 14;
const IPV4_HEADER: usize = 20;

/// State shared by the sockets of a chip.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: ChipOptions,
    pub(crate) counters: ChipCounters,
    pub(crate) regs: [u8; common::COUNT],
    pub(crate) tx: Box<[u8; SIZE]>,
    pub(crate) rx: Box<[u8; SIZE]>,
    /// Frames waiting for the next poll.
    pub(crate) outbox: Vec<Vec<u8>>,
    /// The IP engine is locked up: nothing goes in or out until a reset.
    pub(crate) locked_up: bool,
    random: u64,
    ident: u16,
}

/// How a datagram is addressed.
pub(crate) struct Ipv4Header {
    pub(crate) protocol: u8,
    pub(crate) source: Ipv4Addr,
    pub(crate) destination: Ipv4Addr,
    pub(crate) tos: u8,
    pub(crate) ttl: u8,
}

impl Core {
    pub(crate) fn new(options: ChipOptions) -> Self {
        let random = options.seed;
        let mut core = Self {
            options,
            counters: ChipCounters::default(),
            regs: [0; common::COUNT],
            tx: Box::new([0; SIZE]),
            rx: Box::new([0; SIZE]),
            outbox: Vec::new(),
            locked_up: false,
            random,
            ident: 0,
        };
        core.reset();
        core
    }

    /// Registers to their reset values; the memories keep what they hold.
    pub(crate) fn reset(&mut self) {
        self.regs = [0; common::COUNT];
        self.regs[common::RTR..common::RTR + 2].copy_from_slice(&2000u16.to_be_bytes());
        self.regs[common::RCR] = 8;
        self.regs[common::RMSR] = 0x55;
        self.regs[common::TMSR] = 0x55;
        self.regs[common::PTIMER] = 0x28;
        self.outbox.clear();
        self.locked_up = false;
    }

    /// The next number of the seeded sequence (SplitMix64).
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn address(&self, at: usize) -> Ipv4Addr {
        Ipv4Addr::new(
            self.regs[at],
            self.regs[at + 1],
            self.regs[at + 2],
            self.regs[at + 3],
        )
    }

    /// The chip's own address (SIPR).
    pub(crate) fn ip(&self) -> Ipv4Addr {
        self.address(common::SIPR)
    }

    /// The chip's own hardware address (SHAR).
    pub(crate) fn mac(&self) -> EthernetAddress {
        EthernetAddress::from_bytes(&self.regs[common::SHAR..common::SHAR + 6])
    }

    /// Writes `bytes` into the common registers from `at` on.
    pub(crate) fn store(&mut self, at: usize, bytes: &[u8]) {
        self.regs[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The host to which frames for `target` go: itself in our subnet, else the gateway.
    ///
    /// Errata 2 and 3 follow from the comparison: with SIPR 0.0.0.0 and a mask set, every target
    /// looks foreign.
    pub(crate) fn next_hop(&self, target: Ipv4Addr) -> Ipv4Addr {
        let mask = self.address(common::SUBR);
        if self.ip() & mask == target & mask {
            target
        } else {
            self.address(common::GAR)
        }
    }

    /// True for 255.255.255.255 and for the broadcast address of our subnet.
    pub(crate) fn is_broadcast(&self, target: Ipv4Addr) -> bool {
        let mask = self.address(common::SUBR);
        let subnet = mask != Ipv4Addr::UNSPECIFIED && mask != Ipv4Addr::BROADCAST;
        target.is_broadcast() || (subnet && target == (self.ip() & mask) | !mask)
    }

    /// Time to the first retransmission (RTR, in units of 100 us).
    pub(crate) fn retry_time(&self) -> Micros {
        let rtr = u16::from_be_bytes([self.regs[common::RTR], self.regs[common::RTR + 1]]);
        Micros::from(rtr.max(1)) * 100
    }

    /// Time to wait for TCP after transmission `attempt` (0 is the first): RTR doubled each time,
    /// as long as it stays below 65536 units (datasheet, RCR).
    pub(crate) fn backoff(&self, attempt: u8) -> Micros {
        let longest = Micros::from(u16::MAX) * 100;
        let mut time = self.retry_time();
        for _ in 0..attempt {
            if time * 2 > longest {
                break;
            }
            time *= 2;
        }
        time
    }

    /// Number of retransmissions (RCR).
    pub(crate) fn retry_count(&self) -> u8 {
        self.regs[common::RCR]
    }

    pub(crate) fn tx_ring(&self, index: usize) -> Ring {
        Ring::of(self.regs[common::TMSR], index)
    }

    pub(crate) fn rx_ring(&self, index: usize) -> Ring {
        Ring::of(self.regs[common::RMSR], index)
    }

    /// Queues one Ethernet frame.
    pub(crate) fn send_frame(
        &mut self,
        to: EthernetAddress,
        kind: EthernetProtocol,
        payload: &[u8],
    ) {
        let mut bytes = vec![0; ETHERNET_HEADER + payload.len()];
        let mut frame = EthernetFrame::new_unchecked(&mut bytes);
        frame.set_src_addr(self.mac());
        frame.set_dst_addr(to);
        frame.set_ethertype(kind);
        frame.payload_mut().copy_from_slice(payload);
        self.outbox.push(bytes);
    }

    /// Queues one datagram.
    pub(crate) fn send_ipv4(&mut self, to: EthernetAddress, header: &Ipv4Header, payload: &[u8]) {
        let mut bytes = vec![0; IPV4_HEADER + payload.len()];
        let mut packet = Ipv4Packet::new_unchecked(&mut bytes);
        self.ident = self.ident.wrapping_add(1);
        packet.set_version(4);
        packet.set_header_len(IPV4_HEADER as u8);
        packet.set_dscp(header.tos >> 2);
        packet.set_ecn(header.tos & 3);
        packet.set_total_len((IPV4_HEADER + payload.len()) as u16);
        packet.set_ident(self.ident);
        packet.clear_flags();
        packet.set_dont_frag(true);
        packet.set_hop_limit(header.ttl);
        packet.set_next_header(IpProtocol::from(header.protocol));
        packet.set_src_addr(header.source);
        packet.set_dst_addr(header.destination);
        packet.payload_mut().copy_from_slice(payload);
        packet.fill_checksum();
        self.send_frame(to, EthernetProtocol::Ipv4, &bytes);
    }
}
