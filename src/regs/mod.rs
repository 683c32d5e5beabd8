//! The register map of the W5100 (datasheet v1.2.6, chapters 3 and 4).
//!
//! Registers are big-endian. Values read from the chip keep unknown bits and
//! codes, so that a bad bus or another silicon revision never breaks a match.

mod command;
mod event;
mod status;

pub use command::Command;
pub use event::{CommonEvents, Events};
pub use status::Status;

/// Registers of the whole chip.
pub mod common {
    /// Mode: reset, ping block; and of the parallel bus, which is the bus's own.
    pub const MR: u16 = 0x0000;
    /// Gateway, 4 bytes.
    pub const GAR: u16 = 0x0001;
    /// Subnet mask, 4 bytes.
    pub const SUBR: u16 = 0x0005;
    /// Own MAC, 6 bytes.
    pub const SHAR: u16 = 0x0009;
    /// Own IP, 4 bytes.
    pub const SIPR: u16 = 0x000F;
    /// Interrupts; see [`super::CommonEvents`].
    pub const IR: u16 = 0x0015;
    /// Interrupt mask, same bits as [`IR`].
    pub const IMR: u16 = 0x0016;
    /// Retry time, 2 bytes, unit 100 us; the retry count, RMSR and TMSR follow.
    pub const RTR: u16 = 0x0017;
    /// Receive memory of the sockets; that for transmitting, TMSR, follows.
    pub const RMSR: u16 = 0x001A;
    /// Peer of the last ICMP port unreachable: IP, 4 bytes, and port, 2 bytes.
    pub const UIPR: u16 = 0x002A;
    /// Retry time after a reset: the probe's signature, since there is no
    /// version register.
    pub const RTR_AT_RESET: u16 = 2000;
    /// Retry count after a reset.
    pub const RCR_AT_RESET: u8 = 8;

    /// [`MR`]: software reset, clears itself.
    pub const MR_RST: u8 = 0x80;
}

/// Registers of one hardware socket, as offsets into its block.
pub mod socket {
    /// Mode; see the constants below.
    pub const MR: u16 = 0x00;
    /// Command; see [`super::Command`].
    pub const CR: u16 = 0x01;
    /// Interrupts; see [`super::Events`].
    pub const IR: u16 = 0x02;
    /// Status; see [`super::Status`].
    pub const SR: u16 = 0x03;
    /// Own port, 2 bytes.
    pub const PORT: u16 = 0x04;
    /// Peer MAC, 6 bytes.
    pub const DHAR: u16 = 0x06;
    /// Peer IP, 4 bytes; the peer port, 2 bytes, follows it.
    pub const DIPR: u16 = 0x0C;
    /// IPRAW: the IP protocol.
    pub const PROTO: u16 = 0x14;
    /// Type of service.
    pub const TOS: u16 = 0x15;
    /// Time to live.
    pub const TTL: u16 = 0x16;
    /// Free bytes of the TX ring, 2 bytes.
    pub const TX_FSR: u16 = 0x20;
    /// TX write pointer, 2 bytes.
    pub const TX_WR: u16 = 0x24;
    /// Waiting bytes of the RX ring, 2 bytes.
    pub const RX_RSR: u16 = 0x26;
    /// RX read pointer, 2 bytes.
    pub const RX_RD: u16 = 0x28;

    /// [`TOS`] and [`TTL`] after a reset.
    pub const HEADER_FIELDS_AT_RESET: [u8; 2] = [0, 128];
    /// [`MR`]: TCP.
    pub const MODE_TCP: u8 = 0x01;
    /// [`MR`]: UDP.
    pub const MODE_UDP: u8 = 0x02;
    /// [`MR`]: IPRAW.
    pub const MODE_IPRAW: u8 = 0x03;
    /// [`MR`]: MACRAW, hardware socket 0 only.
    pub const MODE_MACRAW: u8 = 0x04;
    /// [`MR`]: TCP without delayed ACK.
    pub const MODE_NO_DELAYED_ACK: u8 = 0x20;
    /// [`MR`]: MACRAW takes only broadcasts and frames to this chip.
    pub const MODE_MAC_FILTER: u8 = 0x40;
    /// [`MR`]: UDP as a member of the group in DIPR, with IGMPv2.
    pub const MODE_MULTICAST: u8 = 0x80;
}

/// Start of the TX memory, 8 KiB.
pub const TX_MEMORY: u16 = 0x4000;
/// Start of the RX memory, 8 KiB.
pub const RX_MEMORY: u16 = 0x6000;

/// The number of hardware sockets.
pub const SOCKETS: usize = 4;

/// The number of a hardware socket, 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sn(u8);

impl Sn {
    /// All four, in order.
    pub fn all() -> impl Iterator<Item = Sn> {
        (0..SOCKETS as u8).map(Sn)
    }

    /// The socket with this number, if it is 0 to 3.
    pub const fn new(number: u8) -> Option<Sn> {
        if (number as usize) < SOCKETS {
            Some(Sn(number))
        } else {
            None
        }
    }

    /// As an index; the mask lets the compiler see that it is in range.
    pub const fn index(self) -> usize {
        (self.0 & 3) as usize
    }

    /// The address of one of this socket's registers.
    pub const fn register(self, offset: u16) -> u16 {
        0x0400 + ((self.0 as u16) << 8) + offset
    }
}
