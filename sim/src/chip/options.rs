//! What can be chosen about a chip, counted on it and broken in it.

use crate::node::Micros;

/// How the chip answers a TCP segment that belongs to none of its sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResetStyle {
    /// A reset with the sequence numbers of RFC 9293, 3.10.7.1: the peer sees "refused".
    #[default]
    Rfc,
    /// A reset whose sequence and acknowledgement numbers are zero: the peer ignores it and
    /// times out.
    Zero,
    /// No answer.
    Silent,
}

/// Choices made when a chip is built.
///
/// Where documents and known drivers disagree about the silicon, both readings can be had: a
/// correct driver works with either.
#[derive(Debug, Clone)]
pub struct ChipOptions {
    /// Seed of everything that looks random on the chip: initial sequence numbers.
    pub seed: u64,
    /// DHAR, DIPR, DPORT, MSSR, TX_WR and RX_RD read as before until a command takes the new
    /// value (default), or at once.
    pub latched_registers: bool,
    /// The IMR gates the bits of IR besides the /INT line. Default: the line only.
    pub imr_gates_ir: bool,
    /// At the start of a TCP connection TX_RD and TX_WR hold the low half of the initial
    /// sequence number plus one (default), or zero.
    pub random_tx_pointers: bool,
    /// Received TCP data can still be read after the socket is closed (default), or RX_RSR falls
    /// to zero.
    pub rx_survives_close: bool,
    /// While resolving an address Sn_SR shows 11, 21 or 31 as on early silicon, in place of 01.
    pub early_arp_status: bool,
    /// Answer to a SYN for a port on which nothing listens.
    pub refuse: ResetStyle,
    /// Answer to any other segment of no known connection, such as one that was closed with CLOSE.
    pub stray: ResetStyle,
    /// Time until a command is accepted and Sn_CR clears itself, in microseconds. 0 (default):
    /// before the next frame.
    pub command_time: Micros,
    /// Time a reset takes, in microseconds; meanwhile MR reads 80 and all else 00. Default 0.
    pub reset_time: Micros,
    /// Panic on a violation of the frame rules, besides counting it.
    pub fatal_violations: bool,
}

impl Default for ChipOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            latched_registers: true,
            imr_gates_ir: false,
            random_tx_pointers: true,
            rx_survives_close: true,
            early_arp_status: false,
            refuse: ResetStyle::Rfc,
            stray: ResetStyle::Rfc,
            command_time: 0,
            reset_time: 0,
            fatal_violations: false,
        }
    }
}

/// What happened on a chip since it was built; a reset does not clear it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChipCounters {
    /// SPI frames begun.
    pub frames: u64,
    /// Bytes read over SPI or the parallel bus.
    pub reads: u64,
    /// Bytes written over SPI or the parallel bus.
    pub writes: u64,
    /// Broken frame rules: wrong opcode, chip select too early or too late.
    pub violations: u64,
    /// Commands and accesses the datasheet gives no meaning to: a command in the wrong state or
    /// on top of another, SEND before the last one is done or beyond TX_FSR, RECV beyond RX_RSR, DISCON before the TX ring is
    /// empty, an address outside the map. A command that the end of a connection, or a surprise reset,
    /// has overtaken since Sn_SR was last read is none.
    pub misuses: u64,
    /// Commands accepted.
    pub commands: u64,
    /// Ethernet frames that arrived for this chip.
    pub packets_received: u64,
    /// Ethernet frames sent.
    pub packets_sent: u64,
    /// Ethernet frames or segments dropped: out of order, no room, bad checksum.
    pub packets_dropped: u64,
}

/// Defects a test switches on and off while the chip runs.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// No chip on the line: MISO stays at this byte (00 or FF) and nothing is executed.
    pub absent: Option<u8>,
    /// Commands are never accepted: Sn_CR keeps its value.
    pub hung: bool,
    /// Every n-th frame is garbled: its MISO bytes are inverted. 0: none.
    pub corrupt_every: u32,
    /// A garbled frame did not reach the chip either, and is not executed.
    pub corrupt_lost: bool,
    /// Erratum 1: the next UDP or IPRAW SEND never finishes, nor does any later one on that
    /// socket until the chip is reset. Clears itself.
    pub swallow_send: bool,
    /// The chip resets itself before the next frame, as after a drop of its supply. Clears itself.
    pub reset_now: bool,
}
