//! Two connections joined: bytes, FIN and RST of one become those of the other.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddrV4};

use mio::event::Event;
use mio::net::TcpStream;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{RecvError, Socket, State};

pub(super) struct Bridge {
    pub(super) stream: TcpStream,
    pub(super) handle: SocketHandle,
    /// Who connected, when a chip did: its address, and the gateway's port.
    pub(super) caller: Option<(SocketAddrV4, u16)>,
    /// The stream may have something to read. Events come on changes only, so this holds until a
    /// read says otherwise.
    readable: bool,
    /// The stream may have room; likewise.
    writable: bool,
    /// The host has sent FIN, and the chip's side was closed after the bytes before it.
    host_finished: bool,
    /// The chip has sent FIN, and the host's side was shut down.
    chip_finished: bool,
    /// The host's side failed or was reset.
    broken: bool,
}

/// How a bridge ends.
#[derive(Clone, Copy)]
pub(super) struct End {
    /// One side was reset, so the other is to be.
    pub(super) aborted: bool,
}

impl Bridge {
    pub(super) fn new(
        stream: TcpStream,
        handle: SocketHandle,
        caller: Option<(SocketAddrV4, u16)>,
    ) -> Self {
        // Small segments go out at once, as the chip sends them.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            handle,
            caller,
            readable: true,
            writable: true,
            host_finished: false,
            chip_finished: false,
            broken: false,
        }
    }

    pub(super) fn host_event(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_read_closed();
        self.writable |= event.is_writable() || event.is_write_closed();
        self.broken |= event.is_error();
    }

    /// Move what can be moved in both directions. True when something was.
    pub(super) fn pump(&mut self, socket: &mut Socket) -> bool {
        if socket.state() == State::Established && socket.timeout().is_some() {
            socket.set_timeout(None); // it was for the answer to the SYN
        }
        let to_host = self.pump_to_host(socket);
        let to_chip = self.pump_to_chip(socket);
        to_host || to_chip
    }

    fn pump_to_host(&mut self, socket: &mut Socket) -> bool {
        let mut moved = false;
        while self.writable && !self.broken && socket.can_recv() {
            let written = socket.recv(|bytes| match self.stream.write(bytes) {
                Ok(length) => (length, Ok(length)),
                Err(error) => (0, Err(error)),
            });
            match written {
                Ok(result) => moved |= self.outcome(result, |bridge| bridge.writable = false),
                Err(_) => break,
            }
        }
        if !self.chip_finished && socket.peek(0) == Err(RecvError::Finished) {
            self.chip_finished = true;
            // Fails when the host has reset the connection: its event says so too.
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        moved
    }

    fn pump_to_chip(&mut self, socket: &mut Socket) -> bool {
        let mut moved = false;
        while self.readable && !self.broken && !self.host_finished && socket.can_send() {
            let read = socket.send(|room| match self.stream.read(room) {
                Ok(length) => (length, Ok(length)),
                Err(error) => (0, Err(error)),
            });
            match read {
                Ok(Ok(0)) => {
                    self.host_finished = true;
                    socket.close();
                    moved = true;
                }
                Ok(result) => moved |= self.outcome(result, |bridge| bridge.readable = false),
                Err(_) => break,
            }
        }
        moved
    }

    /// Note what a read or write of the stream has shown. True when it moved bytes.
    fn outcome(&mut self, result: io::Result<usize>, would_block: impl FnOnce(&mut Self)) -> bool {
        match result {
            Ok(length) => return length > 0,
            Err(error) if error.kind() == ErrorKind::WouldBlock => would_block(self),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.broken = true,
        }
        false
    }

    /// Whether it is over, and how.
    pub(super) fn end(&self, socket: &Socket) -> Option<End> {
        let finished = self.host_finished && self.chip_finished;
        match socket.state() {
            _ if self.broken => Some(End { aborted: true }),
            State::Closed => Some(End { aborted: !finished }),
            State::TimeWait if finished => Some(End { aborted: false }),
            _ => None,
        }
    }
}
