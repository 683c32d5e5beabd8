use super::Sn;

/// The bits of Sn_IR; writing a one clears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events(pub u8);

impl Events {
    /// Nothing.
    pub const NONE: Events = Events(0x00);
    /// Connected.
    pub const CON: Events = Events(0x01);
    /// The peer sent a FIN or a RST.
    pub const DISCON: Events = Events(0x02);
    /// Data arrived.
    pub const RECV: Events = Events(0x04);
    /// ARP or TCP gave up.
    pub const TIMEOUT: Events = Events(0x08);
    /// The last SEND is out: sent, not acknowledged.
    pub const SEND_OK: Events = Events(0x10);

    /// True if any bit of `other` is set.
    pub const fn has(self, other: Events) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    pub const fn with(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }
}

/// The bits of IR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonEvents(pub u8);

impl CommonEvents {
    /// Another host uses our IP.
    pub const CONFLICT: CommonEvents = CommonEvents(0x80);
    /// An ICMP port unreachable arrived.
    pub const UNREACHABLE: CommonEvents = CommonEvents(0x40);
    /// The bits that are cleared here and not through Sn_IR.
    pub const OWN: CommonEvents = CommonEvents(0xE0);
    /// What the library wants to see: conflict, unreachable and all sockets.
    pub const MASK: CommonEvents = CommonEvents(Self::CONFLICT.0 | Self::UNREACHABLE.0 | 0x0F);

    /// True if any bit of `other` is set.
    pub const fn has(self, other: CommonEvents) -> bool {
        self.0 & other.0 != 0
    }

    /// True if any bit of Sn_IR is set for this socket.
    pub const fn has_socket(self, sn: Sn) -> bool {
        self.0 & (1 << sn.index()) != 0
    }
}
