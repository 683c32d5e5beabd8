//! Connections: connect, send, receive, shutdown.

use super::hardware::{Fin, Role};
use super::table::{Kind, Phase, Socket};
use super::{COPY_MAX, Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};

/// How often outstanding reads TX_FSR again while it grows.
const READS: u32 = 4;

/// What to shut down, with the numbers of POSIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `SHUT_RD`
    Read,
    /// `SHUT_WR`
    Write,
    /// `SHUT_RDWR`
    Both,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Starts to connect, or tells how a started one stands: it goes on in
    /// the background and [`Stack::connected`] tells when it is done.
    ///
    /// # Errors
    /// [`Error::Already`] while under way; [`Error::IsConnected`];
    /// [`Error::AddressNotAvailable`] for port 0 or 0.0.0.0;
    /// [`Error::NetworkUnreachable`] for a broadcast's or a group's address;
    /// [`Error::NotSupported`] on a listener; why the last one failed, if
    /// nobody was told;
    /// [`Error::NoHardwareSocket`]; [`Error::BadHandle`];
    /// [`Error::NetworkDown`].
    pub fn connect(&mut self, handle: Handle, peer: Endpoint) -> Result<()> {
        let Socket {
            kind,
            phase,
            hardware,
            ..
        } = *self.table.get(handle)?;
        if (peer.port == 0 && !kind.is_raw()) || peer.ip == [0; 4] {
            return Err(Error::AddressNotAvailable);
        }
        if kind.is_datagram() {
            return self.connect_datagram(handle, peer);
        }
        // Groups, what lies above them, and all hosts: none can be connected to.
        if peer.ip[0] >= 0xE0 || (cfg!(feature = "udp") && self.is_broadcast(peer.ip)) {
            return Err(Error::NetworkUnreachable);
        }
        if let Some(sn) = hardware.filter(|_| phase == Phase::Connecting) {
            // A program may ask in no other way how it goes.
            self.look(sn)?;
        }
        let socket = self.table.get(handle)?;
        match socket.phase {
            // A failure that nobody was told of is not to be lost.
            Phase::Failed => socket.check()?,
            Phase::Vacant | Phase::Wake | Phase::Fresh => {}
            Phase::Connecting => return Err(Error::Already),
            Phase::Connected | Phase::Ended => return Err(Error::IsConnected),
            Phase::Listening => return Err(Error::NotSupported),
        }
        let sn = self.obtain(handle, Kind::Tcp, Role::Connection)?;
        if let Err(error) = self.chip.connect(sn, peer) {
            self.table.get(handle)?.hardware = None;
            let _ = self.free_hardware(sn);
            return Err(error);
        }
        let hw = self.hw(sn);
        hw.peer = peer;
        hw.peer_known = true;
        hw.status = Status::ARP;
        let socket = self.table.get(handle)?;
        socket.phase = Phase::Connecting;
        socket.failure = None;
        #[cfg(feature = "events")]
        self.enable_events(handle, super::event::ALL);
        Ok(())
    }

    /// How a started connect ended.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while it goes on; why it failed, once;
    /// [`Error::BadHandle`].
    pub fn connected(&mut self, handle: Handle) -> Result<()> {
        let socket = self.table.get(handle)?;
        match socket.phase {
            Phase::Connecting => Err(Error::WouldBlock),
            Phase::Connected | Phase::Ended => Ok(()),
            _ if socket.kind.is_datagram() => Ok(()),
            _ => Err(socket.tell(Error::ConnectionAborted)),
        }
    }

    /// The hardware of a stream, `None` once it is over; or why there is none.
    fn stream(socket: &mut Socket) -> Result<Option<Sn>> {
        match socket.phase {
            Phase::Connected => Ok(socket.hardware),
            Phase::Ended => Ok(None),
            Phase::Connecting => Err(Error::WouldBlock),
            _ => Err(socket.tell(Error::NotConnected)),
        }
    }

    /// Sends the first 1 to `data.len()` bytes, as many as fit. Waits for its
    /// turn while another call is between two of its parts; `ours` says that
    /// this one is, is set when it becomes so, and owes [`Stack::end_turn`].
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while nothing fits, a SEND is under way or it is
    /// another's turn; the connection's error, once, then [`Error::Pipe`];
    /// [`Error::NotConnected`]; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn send(&mut self, handle: Handle, data: &[u8], ours: &mut bool) -> Result<u16> {
        let socket = self.table.get(handle)?;
        if socket.in_send && !*ours {
            return Err(Error::WouldBlock);
        }
        let stream = Self::stream(socket)?;
        let open = !socket.shut_write && socket.failure.is_none();
        let Some(sn) = stream.filter(|_| open) else {
            return Err(send_error(socket, *ours));
        };
        if data.is_empty() {
            return Ok(0);
        }
        // A SEND may follow only when the one before it is out.
        self.attend(sn)?;
        // What was just learned may be the end of the connection.
        if self.hw(sn).status == Status::CLOSED {
            return Err(send_error(self.table.get(handle)?, *ours));
        }
        if self.chip.is_sending(sn) {
            return Err(Error::WouldBlock);
        }
        let wanted = data.len().min(self.chip.tx_size(sn).min(COPY_MAX).into()) as u16;
        let length = self.room(sn, wanted)?.min(wanted);
        if length == 0 {
            // The peer's ACK frees the ring without an interrupt.
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        let part = data.get(..length.into()).unwrap_or(data);
        self.chip.send(sn, part)?;
        self.touch(sn);
        self.count_out(sn, length);
        if part.len() < data.len() {
            *ours = true;
            self.table.get(handle)?.in_send = true;
        }
        Ok(length)
    }

    /// Bytes that a send may take now; exact if fewer than `wanted`.
    pub(super) fn room(&mut self, sn: Sn, wanted: u16) -> Result<u16> {
        let size = self.chip.tx_size(sn);
        let kept = match cfg!(feature = "options") {
            false => 0,
            true => match self.options_of(sn).send_limit {
                0 => 0,
                limit => size.saturating_sub(limit),
            },
        };
        let free = self
            .chip
            .tx_free(sn, wanted.saturating_add(kept).min(size))?;
        Ok(free.saturating_sub(kept))
    }

    /// Lets the next call send.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn end_turn(&mut self, handle: Handle) -> Result<()> {
        self.table.get(handle)?.in_send = false;
        self.changed = true;
        Ok(())
    }

    /// Receives what waits, `data.len()` bytes at most; 0 at the end of the
    /// stream. With `peek` it stays there. `ask` has the chip asked even if
    /// it announced nothing.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while nothing waits; the connection's error,
    /// once, after all data; [`Error::NotConnected`]; [`Error::BadHandle`];
    /// [`Error::NetworkDown`].
    pub fn receive(
        &mut self,
        handle: Handle,
        data: &mut [u8],
        peek: bool,
        ask: bool,
    ) -> Result<u16> {
        let socket = self.table.get(handle)?;
        let stream = Self::stream(socket)?;
        if socket.shut_read || data.is_empty() {
            return Ok(0);
        }
        let Some(sn) = stream else {
            socket.check()?;
            return Ok(0);
        };
        let status = self.hw(sn).status;
        let over = peer_has_ended(status);
        // Data may have come with the end, unannounced as yet.
        let length = self.readable(sn, ask || over)?;
        if length == 0 {
            if over {
                // A RST after the FIN may have cut the stream short.
                self.attend(sn)?;
            }
            self.table.get(handle)?.check()?;
            return if over { Ok(0) } else { Err(Error::WouldBlock) };
        }
        let length = data.len().min(length.min(COPY_MAX).into());
        if let Some(part) = data.get_mut(..length) {
            self.chip.peek(sn, 0, part)?;
        }
        if !peek {
            self.touch(sn);
            self.count_in(sn, length as u16);
            self.chip.advance(sn, length as u16);
            // A closed socket takes no commands, and nobody waits for room.
            if status == Status::CLOSED {
                self.release_if_over(sn)?;
            } else {
                // The bytes are the program's whether the ring got its room
                // back or not; the next call tries again, and tells.
                let _ = self.chip.release_if_due(sn);
            }
        }
        Ok(length as u16)
    }

    /// Bytes that wait. The chip is asked only if it announced some or `ask`.
    pub(super) fn readable(&mut self, sn: Sn, ask: bool) -> Result<u16> {
        let known = self.chip.known_rx_ready(sn);
        let hw = self.hw(sn);
        if known > 0 || !(hw.received || ask) {
            return Ok(known);
        }
        hw.received = false;
        match hw.status {
            Status::CLOSED => self.chip.rx_left(sn),
            _ => self.chip.rx_ready(sn),
        }
    }

    /// Ends one or both directions. A listener stops to listen (not for
    /// [`Direction::Write`]), and a connect is given up; without the feature
    /// `events` both have no connection.
    ///
    /// # Errors
    /// [`Error::NotConnected`], also on a datagram socket without a peer, which is
    /// shut down all the same; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn shutdown(&mut self, handle: Handle, direction: Direction) -> Result<()> {
        self.attend_to(handle)?;
        if !self.has_peer(handle)? {
            return match cfg!(feature = "events") {
                true => self.give_up_waiting(handle, direction),
                false => Err(Error::NotConnected),
            };
        }
        let socket = self.table.get(handle)?;
        socket.shut_read |= direction != Direction::Write;
        let end = direction != Direction::Read && !socket.shut_write;
        socket.shut_write |= end;
        let Socket { kind, hardware, .. } = *socket;
        self.changed = true;
        let Some(sn) = hardware.filter(|_| end && !kind.is_datagram()) else {
            return Ok(());
        };
        if self.hw(sn).status == Status::CLOSED {
            return Ok(());
        }
        self.hw(sn).fin = Fin::Wanted;
        self.finish(sn, true)
    }

    /// True if there is, or was, someone at the other end.
    fn has_peer(&mut self, handle: Handle) -> Result<bool> {
        let Socket {
            phase, hardware, ..
        } = *self.table.get(handle)?;
        Ok(matches!(phase, Phase::Connected | Phase::Ended)
            || (cfg!(feature = "udp") && hardware.is_some_and(|sn| self.hw(sn).filtered)))
    }

    /// True from the connection to the peer's FIN or RST, though data may be
    /// left to read after it; of a datagram socket, while it has a peer.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NetworkDown`].
    pub fn is_connected(&mut self, handle: Handle) -> Result<bool> {
        let Socket {
            kind,
            phase,
            hardware,
            ..
        } = *self.table.get(handle)?;
        let Some(sn) = hardware else {
            return Ok(false);
        };
        if kind.is_datagram() {
            return Ok(self.hw(sn).filtered);
        }
        if !matches!(phase, Phase::Connecting | Phase::Connected) {
            return Ok(false);
        }
        self.attend(sn)?;
        let connected = self.table.get(handle)?.phase == Phase::Connected;
        Ok(connected && !peer_has_ended(self.hw(sn).status))
    }

    /// Bytes sent and not yet acknowledged.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn outstanding(&mut self, handle: Handle) -> Result<u16> {
        let socket = self.table.get(handle)?;
        socket.expect_stream()?;
        let hardware = match socket.phase {
            Phase::Connected | Phase::Ended => socket.hardware,
            Phase::Connecting => return Err(Error::WouldBlock),
            _ => return Err(Error::NotConnected),
        };
        let Some(sn) = hardware.filter(|sn| self.hw(*sn).status != Status::CLOSED) else {
            return Ok(0);
        };
        let size = self.chip.tx_size(sn);
        // A read that an ACK comes into gives too little room, which is safe for
        // sending and wrong here. The second gives more, or the first was right.
        let mut free = self.chip.tx_free(sn, size)?;
        for _ in 0..READS {
            let again = self.chip.tx_free(sn, size)?;
            if again <= free {
                break;
            }
            free = again;
        }
        Ok(size.saturating_sub(free))
    }

    /// Bytes that recv would give at once (FIONREAD). For UDP, those of the
    /// next datagram.
    ///
    /// # Errors
    /// [`Error::Invalid`] on a listener; [`Error::BadHandle`];
    /// [`Error::NetworkDown`].
    pub fn available(&mut self, handle: Handle) -> Result<usize> {
        let socket = *self.table.get(handle)?;
        match (socket.phase, socket.hardware) {
            (Phase::Listening, _) => Err(Error::Invalid),
            (_, Some(sn)) if socket.kind.is_datagram() => self.next_datagram(sn),
            (Phase::Connected, Some(sn)) if !socket.shut_read => {
                self.readable(sn, true).map(usize::from)
            }
            _ => Ok(0),
        }
    }
}

/// Why a socket cannot send: what it has to tell, once, else EPIPE. In the
/// midst of a call the next one is to tell it, since this one returns a count.
fn send_error(socket: &mut Socket, midst: bool) -> Error {
    if midst {
        Error::Pipe
    } else {
        socket.tell(Error::Pipe)
    }
}

/// True in the states after the peer's FIN or RST.
pub(super) const fn peer_has_ended(status: Status) -> bool {
    matches!(
        status,
        Status::CLOSED
            | Status::CLOSE_WAIT
            | Status::LAST_ACK
            | Status::CLOSING
            | Status::TIME_WAIT
    )
}
