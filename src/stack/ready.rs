//! Bits of [`PollEntry`](super::PollEntry), with the numbers of Linux.

/// Data, a client, or the end of the stream waits.
pub const IN: i16 = 0x0001;
/// At least one byte can be sent.
pub const OUT: i16 = 0x0004;
/// An error waits; always reported.
pub const ERR: i16 = 0x0008;
/// Both directions are over; always reported.
pub const HUP: i16 = 0x0010;
/// No open handle; always reported.
pub const NVAL: i16 = 0x0020;
/// The peer will send nothing more.
pub const RDHUP: i16 = 0x2000;
