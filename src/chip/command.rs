//! Commands to hardware sockets, each with a bounded wait.

use super::{COMMAND_MS, Chip, Shadow, WIRE_MS};
use crate::bus::{Bus, BusError};
use crate::error::{Error, Result};
use crate::regs::{Command, Events, Sn, Status, socket};
use crate::time::{Clock, Stopwatch};

/// How often a command is given that does not get across.
const ATTEMPTS: u32 = 5;

impl<B: Bus, C: Clock> Chip<B, C> {
    /// Reads Sn_SR.
    pub fn status(&mut self, sn: Sn) -> Result<Status> {
        Ok(Status(self.socket_byte(sn, socket::SR)?))
    }

    /// Reads Sn_IR and clears what it showed.
    pub fn socket_events(&mut self, sn: Sn) -> Result<Events> {
        let events = Events(self.socket_byte(sn, socket::IR)?);
        if events != Events::NONE {
            self.put_byte(sn, socket::IR, events.0)?;
        }
        #[cfg(feature = "stats")]
        if events.has(Events::RECV) {
            let now = self.now();
            self.shadow(sn).rx_announced = Some(now);
        }
        #[cfg(feature = "stats")]
        if events.has(Events::TIMEOUT) {
            self.counts.timeouts = self.counts.timeouts.wrapping_add(1);
        }
        let shadow = self.shadow(sn);
        if events.has(Events::SEND_OK.with(Events::TIMEOUT)) {
            let length = core::mem::take(&mut shadow.doubtful);
            shadow.sent(length);
            shadow.sending = false;
            // A SEND that is done was taken, so Sn_CR is clear.
            if shadow.command.sends() {
                shadow.command = Command::NONE;
            }
        }
        Ok(events)
    }

    /// Gives a command, after the one before it was taken.
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if the chip does not take commands any more.
    pub fn command(&mut self, sn: Sn, command: Command) -> Result<()> {
        self.settle(sn)?;
        self.counts.commands = self.counts.commands.wrapping_add(1);
        // Each time a little longer, lest noise with a period keeps in step.
        for wait_ms in WIRE_MS..WIRE_MS + ATTEMPTS {
            #[cfg(feature = "stats")]
            if wait_ms > WIRE_MS {
                self.counts.repeated = self.counts.repeated.wrapping_add(1);
            }
            match self.bus.write_once(sn.register(socket::CR), command.0) {
                // The frame was garbled, so the chip took it or not.
                Err(BusError::Echo) if !self.was_taken(sn, command, wait_ms)? => {}
                Err(BusError::Transfer) if !self.was_taken(sn, command, wait_ms)? => {
                    return Err(self.failed(BusError::Transfer));
                }
                _ => {
                    self.shadow(sn).command = command;
                    return Ok(());
                }
            }
        }
        Err(self.failed(BusError::Echo))
    }

    /// Finds out what became of a SEND whose frame failed together with what
    /// should have told.
    pub(super) fn resolve_doubt(&mut self, sn: Sn) -> Result<()> {
        let length = self.shadow(sn).doubtful;
        if length != 0 {
            let taken = self.was_taken(sn, Command::SEND, WIRE_MS)?;
            self.shadow(sn).doubtful = 0;
            if taken {
                self.shadow(sn).sent(length);
                self.shadow(sn).sending = true;
            }
        }
        Ok(())
    }

    /// Whether a command without an echo reached the chip. One that still waits
    /// in Sn_CR did. A SEND must not be given twice, since an empty one locks
    /// UDP up: it had all the time a frame on the wire takes to show SEND_OK, or
    /// ARP. Any other command may be repeated.
    fn was_taken(&mut self, sn: Sn, command: Command, wait_ms: u32) -> Result<bool> {
        let watch = Stopwatch::new(self.now());
        loop {
            if self.socket_byte(sn, socket::CR)? != 0 {
                return Ok(true);
            }
            if !command.sends() {
                return Ok(false);
            }
            let events = Events(self.socket_byte(sn, socket::IR)?);
            if events.has(Events::SEND_OK) || self.status(sn)?.is_arp() {
                return Ok(true);
            }
            if watch.left(self.now(), wait_ms) == 0 {
                return Ok(false);
            }
        }
    }

    /// Waits until the last command was taken.
    pub fn settle(&mut self, sn: Sn) -> Result<()> {
        if self.shadow(sn).command == Command::NONE {
            return Ok(());
        }
        self.poll_until(sn, socket::CR, |value| value == 0)?;
        self.shadow(sn).command = Command::NONE;
        Ok(())
    }

    /// Whether the chip took the last command of a socket, or does so in time.
    ///
    /// # Errors
    /// Those of the bus alone.
    pub fn takes_commands(&mut self, sn: Sn) -> Result<bool> {
        match self.settle(sn) {
            Err(Error::NetworkDown) if self.hung => Ok(false),
            settled => settled.map(|()| true),
        }
    }

    /// Reads `register` until it `fits`, for [`COMMAND_MS`] at most.
    #[inline(never)]
    fn poll_until(&mut self, sn: Sn, register: u16, fits: fn(u8) -> bool) -> Result<()> {
        if self.hung {
            return Err(Error::NetworkDown);
        }
        let watch = Stopwatch::new(self.now());
        loop {
            if fits(self.socket_byte(sn, register)?) {
                return Ok(());
            }
            if watch.left(self.now(), COMMAND_MS) == 0 {
                self.suspect = true;
                self.hung = true;
                #[cfg(feature = "stats")]
                {
                    self.counts.failures = self.counts.failures.wrapping_add(1);
                }
                return Err(Error::NetworkDown);
            }
        }
    }

    /// Gives a command whose effect is a status, and waits for that.
    fn transition(&mut self, sn: Sn, command: Command, fits: fn(u8) -> bool) -> Result<()> {
        self.command(sn, command)?;
        self.poll_until(sn, socket::SR, fits)?;
        self.shadow(sn).command = Command::NONE;
        Ok(())
    }

    /// Opens the socket: `mode` is Sn_MR, `port` its own port. What a
    /// previous use left in Sn_IR is cleared.
    pub fn open(&mut self, sn: Sn, mode: u8, port: u16) -> Result<()> {
        self.settle(sn)?;
        self.put_byte(sn, socket::MR, mode)?;
        self.put_word(sn, socket::PORT, port)?;
        self.put_byte(sn, socket::IR, 0xFF)?;
        self.transition(sn, Command::OPEN, |status| {
            matches!(
                Status(status),
                Status::INIT | Status::UDP | Status::IPRAW | Status::MACRAW
            )
        })?;
        let tx_size = self.split.tx_size(sn);
        *self.shadow(sn) = Shadow {
            tx_free: tx_size,
            tx_most: tx_size,
            // TCP starts anew when it is connected, the others at 0.
            tx_known: mode & 0x0F != socket::MODE_TCP,
            ..Shadow::NEW
        };
        self.note_arrival(sn);
        Ok(())
    }

    /// Listens on an open TCP socket. A client may be connected already when
    /// this returns.
    pub fn listen(&mut self, sn: Sn) -> Result<()> {
        self.transition(sn, Command::LISTEN, |status| Status(status) != Status::INIT)
    }

    /// Starts to connect an open TCP socket.
    pub fn connect(&mut self, sn: Sn, peer: Peer) -> Result<()> {
        self.set_peer(sn, peer)?;
        self.command(sn, Command::CONNECT)
    }

    /// Closes silently: nothing is sent, all is forgotten.
    pub fn close(&mut self, sn: Sn) -> Result<()> {
        self.command(sn, Command::CLOSE)?;
        // A socket that was closed before shows it before it took the command,
        // which therefore counts as not taken until the next OPEN looks.
        self.poll_until(sn, socket::SR, |status| Status(status) == Status::CLOSED)
    }

    /// Writes the peer's address, which the next CONNECT or SEND takes.
    pub fn set_peer(&mut self, sn: Sn, peer: Peer) -> Result<()> {
        self.put(sn.register(socket::DIPR), &peer.to_bytes())
    }

    /// Writes the MAC of a group's members, which OPEN or SEND_MAC takes
    /// (RFC 1112, 6.4).
    pub fn set_group_mac(&mut self, sn: Sn, group: [u8; 4]) -> Result<()> {
        let [_, b, c, d] = group;
        let mac = [0x01, 0x00, 0x5E, b & 0x7F, c, d];
        self.put(sn.register(socket::DHAR), &mac)
    }

    /// Writes the protocol of an IPRAW socket, which OPEN takes.
    pub fn set_protocol(&mut self, sn: Sn, protocol: u8) -> Result<()> {
        self.put_byte(sn, socket::PROTO, protocol)
    }

    /// Sets the time to live of what a socket sends.
    pub fn set_ttl(&mut self, sn: Sn, ttl: u8) -> Result<()> {
        self.set_header_field(sn, socket::TTL, ttl)
    }

    /// Sets the type of service of what a socket sends.
    pub fn set_tos(&mut self, sn: Sn, tos: u8) -> Result<()> {
        self.set_header_field(sn, socket::TOS, tos)
    }

    fn set_header_field(&mut self, sn: Sn, register: u16, value: u8) -> Result<()> {
        let at = usize::from(register == socket::TTL);
        if self.header_fields[sn.index()][at] != value {
            self.put_byte(sn, register, value)?;
            self.header_fields[sn.index()][at] = value;
        }
        Ok(())
    }

    /// Reads the address of the connected peer.
    pub fn peer(&mut self, sn: Sn) -> Result<Peer> {
        let mut bytes = [0; 6];
        self.get(sn.register(socket::DIPR), &mut bytes)?;
        Ok(Peer::from_bytes(bytes))
    }
}

/// An address and port on the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// IP address.
    pub ip: [u8; 4],
    /// Port.
    pub port: u16,
}

impl Peer {
    /// In the order of the chip and of the header of a received datagram.
    pub(crate) const fn to_bytes(self) -> [u8; 6] {
        let [a, b, c, d] = self.ip;
        let [high, low] = self.port.to_be_bytes();
        [a, b, c, d, high, low]
    }

    pub(crate) const fn from_bytes([a, b, c, d, high, low]: [u8; 6]) -> Self {
        Self {
            ip: [a, b, c, d],
            port: u16::from_be_bytes([high, low]),
        }
    }
}
