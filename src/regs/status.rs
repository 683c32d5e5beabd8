use crate::words;
use core::ffi::CStr;

/// A value of Sn_SR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// Not open.
    pub const CLOSED: Status = Status(0x00);
    /// Looking for the peer's MAC.
    pub const ARP: Status = Status(0x01);
    /// TCP, open, neither listening nor connecting.
    pub const INIT: Status = Status(0x13);
    /// TCP, listening.
    pub const LISTEN: Status = Status(0x14);
    /// SYN sent.
    pub const SYNSENT: Status = Status(0x15);
    /// SYN received.
    pub const SYNRECV: Status = Status(0x16);
    /// Connected.
    pub const ESTABLISHED: Status = Status(0x17);
    /// FIN sent.
    pub const FIN_WAIT: Status = Status(0x18);
    /// FIN sent, FIN received, ours not yet acknowledged.
    pub const CLOSING: Status = Status(0x1A);
    /// Both FINs exchanged.
    pub const TIME_WAIT: Status = Status(0x1B);
    /// FIN received, ours not yet sent.
    pub const CLOSE_WAIT: Status = Status(0x1C);
    /// FIN received, ours sent.
    pub const LAST_ACK: Status = Status(0x1D);
    /// UDP, open.
    pub const UDP: Status = Status(0x22);
    /// IPRAW, open.
    pub const IPRAW: Status = Status(0x32);
    /// MACRAW, open.
    pub const MACRAW: Status = Status(0x42);
    /// PPPoE, open.
    pub const PPPOE: Status = Status(0x5F);

    /// True while the chip looks for a MAC. Early silicon shows the mode in
    /// the high digit (0x11, 0x21, 0x31).
    pub const fn is_arp(self) -> bool {
        matches!(self.0, 0x01 | 0x11 | 0x21 | 0x31)
    }

    /// True from SYN received to the end of the connection.
    pub const fn has_left_listen(self) -> bool {
        !matches!(self, Status::CLOSED | Status::INIT | Status::LISTEN)
    }

    /// The name of the state, `"UNKNOWN"` for a code the datasheet lacks.
    pub fn name(self) -> &'static CStr {
        let status = if self.is_arp() { Status::ARP } else { self };
        let known = NAMED.iter().position(|named| *named == status);
        // The last word is for the rest.
        words::nth(&NAMES, known.unwrap_or(NAMED.len()))
    }
}

static NAMED: [Status; 16] = [
    Status::CLOSED,
    Status::ARP,
    Status::INIT,
    Status::LISTEN,
    Status::SYNSENT,
    Status::SYNRECV,
    Status::ESTABLISHED,
    Status::FIN_WAIT,
    Status::CLOSING,
    Status::TIME_WAIT,
    Status::CLOSE_WAIT,
    Status::LAST_ACK,
    Status::UDP,
    Status::IPRAW,
    Status::MACRAW,
    Status::PPPOE,
];

/// In the order of [`NAMED`].
const NAME_LIST: [&str; 17] = [
    "CLOSED",
    "ARP",
    "INIT",
    "LISTEN",
    "SYNSENT",
    "SYNRECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSING",
    "TIME_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "UDP",
    "IPRAW",
    "MACRAW",
    "PPPOE",
    "UNKNOWN",
];

static NAMES: [u8; words::length(&NAME_LIST)] = words::join(&NAME_LIST);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_their_names() {
        assert_eq!(Status::ESTABLISHED.name(), c"ESTABLISHED");
        assert_eq!(Status::MACRAW.name(), c"MACRAW");
        assert_eq!(Status(0x21).name(), c"ARP");
        assert_eq!(Status(0x77).name(), c"UNKNOWN");
    }
}
