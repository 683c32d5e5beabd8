//! Addresses and bits of the register file (datasheet, "Memory map" and "Registers").

/// First address of the socket registers.
pub(crate) const SOCKETS: u16 = 0x0400;
/// First address of the TX memory.
pub(crate) const TX_MEMORY: u16 = 0x4000;
/// First address of the RX memory.
pub(crate) const RX_MEMORY: u16 = 0x6000;
/// First address after the map.
pub(crate) const END: u16 = 0x8000;

/// Common registers.
pub(crate) mod common {
    pub(crate) const MR: usize = 0x00;
    pub(crate) const GAR: usize = 0x01;
    pub(crate) const SUBR: usize = 0x05;
    pub(crate) const SHAR: usize = 0x09;
    pub(crate) const SIPR: usize = 0x0F;
    pub(crate) const IR: usize = 0x15;
    pub(crate) const IMR: usize = 0x16;
    pub(crate) const RTR: usize = 0x17;
    pub(crate) const RCR: usize = 0x19;
    pub(crate) const RMSR: usize = 0x1A;
    pub(crate) const TMSR: usize = 0x1B;
    pub(crate) const PTIMER: usize = 0x28;
    pub(crate) const PMAGIC: usize = 0x29;
    pub(crate) const UIPR: usize = 0x2A;
    pub(crate) const UPORT: usize = 0x2E;
    pub(crate) const COUNT: usize = 0x30;

    /// MR: software reset.
    pub(crate) const MR_RST: u8 = 0x80;
    /// MR: do not answer pings.
    pub(crate) const MR_PB: u8 = 0x10;
    /// MR: the address of the indirect bus advances by itself.
    pub(crate) const MR_AI: u8 = 0x02;
    /// MR: indirect bus mode.
    pub(crate) const MR_IND: u8 = 0x01;

    /// IR: another host uses our address.
    pub(crate) const IR_CONFLICT: u8 = 0x80;
    /// IR: ICMP port unreachable received.
    pub(crate) const IR_UNREACH: u8 = 0x40;
    /// The bits of IR that are cleared by writing them.
    pub(crate) const IR_OWN: u8 = 0xE0;
}

/// Registers of one socket, as offsets.
pub(crate) mod socket {
    pub(crate) const MR: usize = 0x00;
    pub(crate) const CR: usize = 0x01;
    pub(crate) const IR: usize = 0x02;
    pub(crate) const SR: usize = 0x03;
    pub(crate) const PORT: usize = 0x04;
    pub(crate) const DHAR: usize = 0x06;
    pub(crate) const DIPR: usize = 0x0C;
    pub(crate) const DPORT: usize = 0x10;
    pub(crate) const MSSR: usize = 0x12;
    pub(crate) const PROTO: usize = 0x14;
    pub(crate) const TOS: usize = 0x15;
    pub(crate) const TTL: usize = 0x16;
    pub(crate) const TX_FSR: usize = 0x20;
    pub(crate) const TX_RD: usize = 0x22;
    pub(crate) const TX_WR: usize = 0x24;
    pub(crate) const RX_RSR: usize = 0x26;
    pub(crate) const RX_RD: usize = 0x28;
    pub(crate) const RX_WR: usize = 0x2A;
    pub(crate) const COUNT: usize = 0x2C;

    /// Sn_MR: multicast (UDP).
    pub(crate) const MULTI: u8 = 0x80;
    /// Sn_MR: only frames for our own address (MACRAW).
    pub(crate) const FILTER: u8 = 0x40;
    /// Sn_MR: no delayed acknowledgement (TCP), or IGMP version 1 (UDP with MULTI).
    pub(crate) const ND: u8 = 0x20;

    /// Protocols of Sn_MR.
    pub(crate) const TCP: u8 = 1;
    pub(crate) const UDP: u8 = 2;
    pub(crate) const IPRAW: u8 = 3;
    pub(crate) const MACRAW: u8 = 4;
    pub(crate) const PPPOE: u8 = 5;

    /// Bits of Sn_IR.
    pub(crate) const SEND_OK: u8 = 0x10;
    pub(crate) const TIMEOUT: u8 = 0x08;
    pub(crate) const RECV: u8 = 0x04;
    pub(crate) const DISCON: u8 = 0x02;
    pub(crate) const CON: u8 = 0x01;
}

/// Commands of Sn_CR.
pub(crate) mod command {
    pub(crate) const OPEN: u8 = 0x01;
    pub(crate) const LISTEN: u8 = 0x02;
    pub(crate) const CONNECT: u8 = 0x04;
    pub(crate) const DISCON: u8 = 0x08;
    pub(crate) const CLOSE: u8 = 0x10;
    pub(crate) const SEND: u8 = 0x20;
    pub(crate) const SEND_MAC: u8 = 0x21;
    pub(crate) const SEND_KEEP: u8 = 0x22;
    pub(crate) const RECV: u8 = 0x40;
}

/// Values of Sn_SR.
pub(crate) mod status {
    pub(crate) const CLOSED: u8 = 0x00;
    pub(crate) const ARP: u8 = 0x01;
    pub(crate) const INIT: u8 = 0x13;
    pub(crate) const LISTEN: u8 = 0x14;
    pub(crate) const SYNSENT: u8 = 0x15;
    pub(crate) const SYNRECV: u8 = 0x16;
    pub(crate) const ESTABLISHED: u8 = 0x17;
    pub(crate) const FIN_WAIT: u8 = 0x18;
    pub(crate) const CLOSING: u8 = 0x1A;
    pub(crate) const CLOSE_WAIT: u8 = 0x1C;
    pub(crate) const LAST_ACK: u8 = 0x1D;
    pub(crate) const UDP: u8 = 0x22;
    pub(crate) const IPRAW: u8 = 0x32;
    pub(crate) const MACRAW: u8 = 0x42;
    pub(crate) const PPPOE: u8 = 0x5F;
}
