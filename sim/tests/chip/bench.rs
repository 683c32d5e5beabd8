//! A laboratory bench: chips on one wire with hosts that a test scripts, and a clock.

use std::net::Ipv4Addr;

use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
};
use w5100_sim::{Chip, ChipOptions, Micros, Node};

/// Address of the scripted host.
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 99);
/// Hardware address of the scripted host.
pub(crate) const HOST_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 99]);
/// Address of the gateway, which does not answer unless a test adds it.
pub(crate) const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 254);

pub(crate) const SECOND: Micros = 1_000_000;

/// Commands.
pub(crate) const OPEN: u8 = 0x01;
pub(crate) const LISTEN: u8 = 0x02;
pub(crate) const CONNECT: u8 = 0x04;
pub(crate) const DISCON: u8 = 0x08;
pub(crate) const CLOSE: u8 = 0x10;
pub(crate) const SEND: u8 = 0x20;
pub(crate) const SEND_MAC: u8 = 0x21;
pub(crate) const SEND_KEEP: u8 = 0x22;
pub(crate) const RECV: u8 = 0x40;

/// Bits of Sn_IR.
pub(crate) const SEND_OK: u8 = 0x10;
pub(crate) const TIMEOUT: u8 = 0x08;
pub(crate) const RECEIVED: u8 = 0x04;
pub(crate) const DISCONNECTED: u8 = 0x02;
pub(crate) const CONNECTED: u8 = 0x01;

/// Offsets of socket registers.
pub(crate) const MR: u16 = 0x00;
pub(crate) const CR: u16 = 0x01;
pub(crate) const IR: u16 = 0x02;
pub(crate) const SR: u16 = 0x03;
pub(crate) const PORT: u16 = 0x04;
pub(crate) const DHAR: u16 = 0x06;
pub(crate) const DIPR: u16 = 0x0C;
pub(crate) const DPORT: u16 = 0x10;
pub(crate) const MSSR: u16 = 0x12;
pub(crate) const PROTO: u16 = 0x14;
pub(crate) const TX_FSR: u16 = 0x20;
pub(crate) const TX_RD: u16 = 0x22;
pub(crate) const TX_WR: u16 = 0x24;
pub(crate) const RX_RSR: u16 = 0x26;
pub(crate) const RX_RD: u16 = 0x28;

/// Address of a register of socket `n`.
pub(crate) fn sn(n: u16, offset: u16) -> u16 {
    0x0400 + n * 0x100 + offset
}

/// Address of chip `n`.
pub(crate) fn chip_ip(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, n as u8 + 1)
}

/// Hardware address of chip `n`.
pub(crate) fn chip_mac(n: usize) -> EthernetAddress {
    EthernetAddress([2, 0, 0, 0, 0, n as u8 + 1])
}

/// A frame seen on the wire.
pub(crate) struct Seen {
    pub(crate) at: Micros,
    /// The chip that sent it.
    pub(crate) chip: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Chips on a wire.
pub(crate) struct Bench {
    pub(crate) now: Micros,
    pub(crate) chips: Vec<Chip>,
    pub(crate) seen: Vec<Seen>,
    /// Hosts that answer ARP.
    pub(crate) hosts: Vec<(Ipv4Addr, EthernetAddress)>,
    /// A pulled cable: frames are seen but reach nobody.
    pub(crate) cut: bool,
    /// Every n-th frame is lost; 0: none.
    pub(crate) lose_every: usize,
}

impl Bench {
    /// One chip with an address, and the scripted host.
    pub(crate) fn one(options: ChipOptions) -> Self {
        Self::new(vec![options])
    }

    /// Two chips.
    pub(crate) fn two() -> Self {
        Self::new(vec![
            ChipOptions::default(),
            ChipOptions {
                seed: 2,
                ..ChipOptions::default()
            },
        ])
    }

    fn new(options: Vec<ChipOptions>) -> Self {
        let mut bench = Self {
            now: 0,
            chips: options.into_iter().map(Chip::new).collect(),
            seen: Vec::new(),
            hosts: vec![(HOST, HOST_MAC)],
            cut: false,
            lose_every: 0,
        };
        for n in 0..bench.chips.len() {
            bench.configure(n);
        }
        bench
    }

    /// Gives chip `n` its addresses.
    pub(crate) fn configure(&mut self, n: usize) {
        self.write(n, 0x0001, &GATEWAY.octets());
        self.write(n, 0x0005, &[255, 255, 255, 0]);
        self.write(n, 0x0009, chip_mac(n).as_bytes());
        self.write(n, 0x000F, &chip_ip(n).octets());
    }

    /// Moves frames until the wire is quiet.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut sent = Vec::new();
            for (chip, node) in self.chips.iter_mut().enumerate() {
                let mut out = Vec::new();
                node.poll(self.now, &mut out);
                sent.extend(out.into_iter().map(|bytes| Seen {
                    at: self.now,
                    chip,
                    bytes,
                }));
            }
            if sent.is_empty() {
                break;
            }
            for frame in sent {
                self.carry(&frame);
                self.seen.push(frame);
            }
        }
    }

    fn carry(&mut self, frame: &Seen) {
        let lost = (self.seen.len() + 1).checked_rem(self.lose_every) == Some(0);
        if self.cut || lost {
            return;
        }
        for (n, chip) in self.chips.iter_mut().enumerate() {
            if n != frame.chip {
                chip.receive(self.now, &frame.bytes);
            }
        }
        if let Some(reply) = self.arp_reply(&frame.bytes) {
            self.chips[frame.chip].receive(self.now, &reply);
        }
    }

    fn arp_reply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (source, asked) = arp_request(bytes)?;
        let &(ip, mac) = self.hosts.iter().find(|(ip, _)| *ip == asked)?;
        let ArpRepr::EthernetIpv4 {
            source_hardware_addr,
            source_protocol_addr,
            ..
        } = source
        else {
            return None;
        };
        Some(arp(
            ArpOperation::Reply,
            (mac, ip),
            (source_hardware_addr, source_protocol_addr),
        ))
    }

    /// A frame of the scripted host reaches chip 0.
    pub(crate) fn inject(&mut self, frame: &[u8]) {
        self.chips[0].receive(self.now, frame);
        self.settle();
    }

    /// Lets time pass, jumping from one due event to the next.
    pub(crate) fn run(&mut self, time: Micros) {
        self.until(time, |_| false);
    }

    /// Lets time pass until `done` holds; false when it does not within `limit`.
    pub(crate) fn until(&mut self, limit: Micros, done: impl Fn(&Bench) -> bool) -> bool {
        let end = self.now + limit;
        loop {
            self.settle();
            if done(self) {
                return true;
            }
            let due = self
                .chips
                .iter()
                .filter_map(|chip| chip.wake_at(self.now))
                .min();
            match due {
                Some(at) if at <= end => self.now = at.max(self.now),
                _ => {
                    self.now = end;
                    self.settle();
                    return done(self);
                }
            }
        }
    }

    /// One SPI frame, which takes 2 us.
    pub(crate) fn frame(&mut self, chip: usize, mut frame: [u8; 4]) -> [u8; 4] {
        self.now += 2;
        self.settle();
        self.chips[chip].spi(self.now, &mut frame);
        self.settle();
        frame
    }

    /// Reads a register over SPI.
    pub(crate) fn read(&mut self, chip: usize, addr: u16) -> u8 {
        let [high, low] = addr.to_be_bytes();
        let miso = self.frame(chip, [0x0F, high, low, 0]);
        assert_eq!(miso[..3], [0, 1, 2], "echo of a read");
        miso[3]
    }

    /// Reads two bytes over SPI, high byte first.
    pub(crate) fn read16(&mut self, chip: usize, addr: u16) -> u16 {
        u16::from_be_bytes([self.read(chip, addr), self.read(chip, addr + 1)])
    }

    /// Writes bytes over SPI.
    pub(crate) fn write(&mut self, chip: usize, addr: u16, bytes: &[u8]) {
        for (at, &byte) in (addr..).zip(bytes) {
            let [high, low] = at.to_be_bytes();
            assert_eq!(
                self.frame(chip, [0xF0, high, low, byte]),
                [0, 1, 2, 3],
                "echo of a write"
            );
        }
    }

    /// Writes two bytes over SPI, high byte first.
    pub(crate) fn write16(&mut self, chip: usize, addr: u16, value: u16) {
        self.write(chip, addr, &value.to_be_bytes());
    }

    /// Gives a command and sees it accepted.
    pub(crate) fn command(&mut self, chip: usize, n: u16, code: u8) {
        self.write(chip, sn(n, CR), &[code]);
        assert_eq!(self.read(chip, sn(n, CR)), 0, "command {code:02x} accepted");
    }

    /// Opens socket `n` in `mode` on `port`.
    pub(crate) fn open(&mut self, chip: usize, n: u16, mode: u8, port: u16) {
        self.write(chip, sn(n, MR), &[mode]);
        self.write16(chip, sn(n, PORT), port);
        self.command(chip, n, OPEN);
    }

    /// Opens socket `n` for TCP and listens.
    pub(crate) fn listen(&mut self, chip: usize, n: u16, port: u16) {
        self.open(chip, n, 0x21, port);
        self.command(chip, n, LISTEN);
    }

    /// Sets the peer of socket `n`.
    pub(crate) fn target(&mut self, chip: usize, n: u16, ip: Ipv4Addr, port: u16) {
        self.write(chip, sn(n, DIPR), &ip.octets());
        self.write16(chip, sn(n, DPORT), port);
    }

    /// Puts bytes into the TX ring (2 KiB each) from `at` on and moves TX_WR; no command.
    pub(crate) fn fill(&mut self, chip: usize, n: u16, at: u16, bytes: &[u8]) {
        for (pointer, &byte) in (0..).map(|i| at.wrapping_add(i)).zip(bytes) {
            self.write(chip, 0x4000 + n * 0x800 + (pointer & 0x7FF), &[byte]);
        }
        self.write16(chip, sn(n, TX_WR), at.wrapping_add(bytes.len() as u16));
    }

    /// Sends bytes as one SEND.
    pub(crate) fn send(&mut self, chip: usize, n: u16, bytes: &[u8]) {
        let at = self.read16(chip, sn(n, TX_WR));
        self.fill(chip, n, at, bytes);
        self.command(chip, n, SEND);
    }

    /// Takes `count` bytes from the RX ring (2 KiB each).
    pub(crate) fn take(&mut self, chip: usize, n: u16, count: u16) -> Vec<u8> {
        let at = self.read16(chip, sn(n, RX_RD));
        let bytes = (0..count)
            .map(|i| self.read(chip, 0x6000 + n * 0x800 + (at.wrapping_add(i) & 0x7FF)))
            .collect();
        self.write16(chip, sn(n, RX_RD), at.wrapping_add(count));
        self.command(chip, n, RECV);
        bytes
    }

    /// Sn_SR without an access.
    pub(crate) fn status(&self, chip: usize, n: u16) -> u8 {
        self.chips[chip].peek(sn(n, SR))
    }

    /// Sn_IR without an access.
    pub(crate) fn interrupts(&self, chip: usize, n: u16) -> u8 {
        self.chips[chip].peek(sn(n, IR))
    }

    /// Two bytes without an access.
    pub(crate) fn peek16(&self, chip: usize, addr: u16) -> u16 {
        let chip = &self.chips[chip];
        u16::from_be_bytes([chip.peek(addr), chip.peek(addr + 1)])
    }

    /// The addresses asked for by ARP requests of chip 0, with their times.
    pub(crate) fn arp_requests(&self) -> Vec<(Micros, Ipv4Addr)> {
        let own = self.seen.iter().filter(|seen| seen.chip == 0);
        own.filter_map(|seen| Some((seen.at, arp_request(&seen.bytes)?.1)))
            .collect()
    }
}

fn arp_request(bytes: &[u8]) -> Option<(ArpRepr, Ipv4Addr)> {
    let frame = EthernetFrame::new_checked(bytes).ok()?;
    if frame.ethertype() != EthernetProtocol::Arp {
        return None;
    }
    let repr = ArpRepr::parse(&ArpPacket::new_checked(frame.payload()).ok()?).ok()?;
    match repr {
        ArpRepr::EthernetIpv4 {
            operation: ArpOperation::Request,
            target_protocol_addr,
            ..
        } => Some((repr, target_protocol_addr)),
        _ => None,
    }
}

/// An ARP frame.
pub(crate) fn arp(
    operation: ArpOperation,
    (mac, ip): (EthernetAddress, Ipv4Addr),
    (to_mac, to_ip): (EthernetAddress, Ipv4Addr),
) -> Vec<u8> {
    let repr = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: mac,
        source_protocol_addr: ip,
        target_hardware_addr: to_mac,
        target_protocol_addr: to_ip,
    };
    let mut payload = vec![0; repr.buffer_len()];
    repr.emit(&mut ArpPacket::new_unchecked(&mut payload));
    ethernet(mac, to_mac, EthernetProtocol::Arp, &payload)
}

/// An Ethernet frame.
pub(crate) fn ethernet(
    from: EthernetAddress,
    to: EthernetAddress,
    kind: EthernetProtocol,
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0; 14 + payload.len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    frame.set_src_addr(from);
    frame.set_dst_addr(to);
    frame.set_ethertype(kind);
    frame.payload_mut().copy_from_slice(payload);
    bytes
}
