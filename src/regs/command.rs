/// A value of Sn_CR. The chip clears the register when it has taken the
/// command, which is not when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command(pub u8);

impl Command {
    /// No command, or the last one was taken.
    pub const NONE: Command = Command(0x00);
    /// Opens the socket in the mode of Sn_MR.
    pub const OPEN: Command = Command(0x01);
    /// TCP: waits for a connection.
    pub const LISTEN: Command = Command(0x02);
    /// TCP: connects.
    pub const CONNECT: Command = Command(0x04);
    /// TCP: sends a FIN at once.
    pub const DISCON: Command = Command(0x08);
    /// Closes silently.
    pub const CLOSE: Command = Command(0x10);
    /// Sends what lies before TX_WR.
    pub const SEND: Command = Command(0x20);
    /// The same to the MAC in Sn_DHAR, without ARP.
    pub const SEND_MAC: Command = Command(0x21);
    /// TCP: sends a probe that the peer has to answer.
    pub const SEND_KEEP: Command = Command(0x22);
    /// Gives back what lies before RX_RD.
    pub const RECV: Command = Command(0x40);

    /// True for a command that sends what is in the ring, which must not be
    /// given twice.
    pub const fn sends(self) -> bool {
        matches!(self, Command::SEND | Command::SEND_MAC)
    }
}
