//! Connections: connect, send, receive, shutdown.

use super::hardware::{Fin, Role};
use super::table::{Kind, Phase, Socket};
use super::{Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};

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
    /// [`Error::NotSupported`] on a listener;
    /// [`Error::NoHardwareSocket`]; [`Error::BadHandle`];
    /// [`Error::NetworkDown`].
    pub fn connect(&mut self, handle: Handle, peer: Endpoint) -> Result<()> {
        let Socket { kind, phase, .. } = *self.table.get(handle)?;
        if peer.port == 0 || peer.ip == [0; 4] {
            return Err(Error::AddressNotAvailable);
        }
        if kind.is_udp() {
            return self.connect_udp(handle, peer);
        }
        match phase {
            Phase::Vacant | Phase::Fresh | Phase::Failed => {}
            Phase::Connecting => return Err(Error::Already),
            Phase::Connected | Phase::Ended => return Err(Error::IsConnected),
            Phase::Listening => return Err(Error::NotSupported),
        }
        let port = self.ensure_port(handle)?;
        let sn = self.claim()?;
        let started = self
            .open(sn, Kind::Tcp, Role::Connection, handle.slot(), port)
            .and_then(|()| self.chip.connect(sn, peer));
        if let Err(error) = started {
            let _ = self.free_hardware(sn);
            return self.note(Err(error));
        }
        let hw = self.hw(sn);
        hw.peer = peer;
        hw.peer_known = true;
        hw.status = Status::ARP;
        let socket = self.table.get(handle)?;
        socket.hardware = Some(sn);
        socket.phase = Phase::Connecting;
        socket.failure = None;
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
            _ => Err(socket.tell(Error::ConnectionAborted)),
        }
    }

    /// The hardware of a socket that may send or receive, or why it may not.
    pub(super) fn stream(&mut self, handle: Handle) -> Result<Option<Sn>> {
        let socket = self.table.get(handle)?;
        match socket.phase {
            Phase::Connected => Ok(socket.hardware),
            Phase::Ended => Ok(None),
            Phase::Connecting => Err(Error::WouldBlock),
            Phase::Failed => Err(socket.tell(Error::NotConnected)),
            Phase::Vacant | Phase::Fresh | Phase::Listening => Err(Error::NotConnected),
        }
    }

    /// Sends the first 1 to `data.len()` bytes, as many as fit.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] while nothing fits or a SEND is under way;
    /// the connection's error, once, then [`Error::Pipe`];
    /// [`Error::NotConnected`]; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn send(&mut self, handle: Handle, data: &[u8]) -> Result<u16> {
        let stream = self.stream(handle)?;
        let socket = self.table.get(handle)?;
        socket.check()?;
        let Some(sn) = stream.filter(|_| !socket.shut_write) else {
            return Err(Error::Pipe);
        };
        if data.is_empty() {
            return Ok(0);
        }
        let sent = self.try_send(handle, sn, data);
        self.note(sent)
    }

    /// Like [`Stack::send`], but only when no other call is between two of its
    /// parts. `ours` says whether this call is, and is set when it becomes so;
    /// it then owes [`Stack::end_turn`].
    pub(super) fn send_in_turn(
        &mut self,
        handle: Handle,
        data: &[u8],
        ours: &mut bool,
    ) -> Result<u16> {
        let socket = self.table.get(handle)?;
        if socket.in_send && !*ours {
            return Err(Error::WouldBlock);
        }
        let sent = self.send(handle, data)?;
        if usize::from(sent) < data.len() {
            self.table.get(handle)?.in_send = true;
            *ours = true;
        }
        Ok(sent)
    }

    /// Lets the next call send.
    pub(super) fn end_turn(&mut self, handle: Handle) -> Result<()> {
        self.table.get(handle)?.in_send = false;
        self.changed = true;
        Ok(())
    }

    fn try_send(&mut self, handle: Handle, sn: Sn, data: &[u8]) -> Result<u16> {
        // A SEND may follow only when the one before it is out.
        if self.chip.is_sending(sn) {
            self.attend(sn)?;
            if self.chip.is_sending(sn) {
                return Err(Error::WouldBlock);
            }
            // What was just learned may be the end of the connection.
            if self.hw(sn).status == Status::CLOSED {
                return Err(self.table.get(handle)?.tell(Error::Pipe));
            }
        }
        let wanted = data.len().min(usize::from(self.chip.tx_size(sn)));
        let free = self.chip.tx_free(sn, wanted as u16)?;
        let Some(part) = data.get(..wanted.min(usize::from(free))) else {
            return Ok(0);
        };
        if part.is_empty() {
            // The peer's ACK frees the ring without an interrupt.
            self.restless = true;
            return Err(Error::WouldBlock);
        }
        self.chip.write(sn, part)?;
        self.chip.send(sn)?;
        Ok(part.len() as u16)
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
        let stream = self.stream(handle)?;
        if self.table.get(handle)?.shut_read || data.is_empty() {
            return Ok(0);
        }
        let outcome = match stream {
            Some(sn) => self.try_receive(sn, data, peek, ask),
            None => Ok(0),
        };
        match self.note(outcome)? {
            0 => {}
            length => return Ok(length),
        }
        let over = self.is_over(handle)?;
        self.table.get(handle)?.check()?;
        if over { Ok(0) } else { Err(Error::WouldBlock) }
    }

    fn try_receive(&mut self, sn: Sn, data: &mut [u8], peek: bool, ask: bool) -> Result<u16> {
        let ready = self.readable(sn, ask)?;
        let length = usize::from(ready).min(data.len());
        let Some(part) = data.get_mut(..length) else {
            return Ok(0);
        };
        if length == 0 {
            return Ok(0);
        }
        self.chip.peek(sn, 0, part)?;
        if !peek {
            self.chip.take(sn, length as u16)?;
            self.release_if_over(sn)?;
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
        self.chip.rx_ready(sn)
    }

    /// True when no more data can come: the peer's FIN or a reset was seen.
    pub(super) fn is_over(&mut self, handle: Handle) -> Result<bool> {
        let Socket {
            phase, hardware, ..
        } = *self.table.get(handle)?;
        Ok(match (phase, hardware) {
            (Phase::Ended, _) => true,
            (Phase::Connected, Some(sn)) => peer_has_ended(self.hw(sn).status),
            _ => false,
        })
    }

    /// Ends one or both directions.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn shutdown(&mut self, handle: Handle, direction: Direction) -> Result<()> {
        let socket = self.table.get(handle)?;
        if !matches!(socket.phase, Phase::Connected | Phase::Ended) {
            return Err(Error::NotConnected);
        }
        socket.shut_read |= direction != Direction::Write;
        let end = direction != Direction::Read && !socket.shut_write;
        socket.shut_write |= end;
        let Socket { hardware, .. } = *socket;
        self.changed = true;
        let Some(sn) = hardware.filter(|_| end) else {
            return Ok(());
        };
        if self.hw(sn).status == Status::CLOSED {
            return Ok(());
        }
        self.hw(sn).fin = Fin::Wanted;
        let finished = self.finish(sn);
        self.note(finished)
    }

    /// Bytes sent and not yet acknowledged.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn outstanding(&mut self, handle: Handle) -> Result<u16> {
        let socket = *self.table.get(handle)?;
        socket.expect(Kind::Tcp)?;
        let Some(sn) = self.stream(handle)? else {
            return Ok(0);
        };
        if self.hw(sn).status == Status::CLOSED {
            return Ok(0);
        }
        let size = self.chip.tx_size(sn);
        Ok(size - self.chip.tx_free(sn, size)?.min(size))
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
            (_, Some(sn)) if socket.kind.is_udp() => self.next_datagram(sn),
            (Phase::Connected, Some(sn)) if !socket.shut_read => {
                let ready = self.readable(sn, true);
                Ok(usize::from(self.note(ready)?))
            }
            _ => Ok(0),
        }
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
