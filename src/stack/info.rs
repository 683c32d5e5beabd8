//! Who holds what: read without touching the chip.

use super::hardware::Role;
use super::table::{Kind, Phase, Socket};
use super::{SLOTS, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};

/// Counts since the device was first enabled, wrapping.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// SPI frames exchanged.
    pub frames: u32,
    /// Frames that the chip did not echo as it must: noise, a clock that is
    /// too fast, or no chip.
    pub echo_errors: u32,
    /// Commands given to hardware sockets.
    pub commands: u32,
    /// Times the chip was reset, each enable included.
    pub resets: u32,
    /// Hardware sockets that a call could have now. One in LISTEN counts as
    /// free, since it is given up on demand.
    pub free_sockets: u32,
}

/// A row of the socket table.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Socket handle.
    pub handle: i32,
    /// `W5100_SOCK_STREAM`, `W5100_SOCK_DGRAM` or `W5100_SOCK_RAW`.
    pub kind: u8,
    /// Hardware socket, 0 to 3; 255 for none.
    pub hardware: u8,
    /// Sn_SR of it as last seen; LISTEN for a listener; 0 for none.
    pub status: u8,
    /// Clients that wait for accept.
    pub pending: u8,
    /// Backlog of a listener, 0 for others.
    pub backlog: u8,
    /// Bytes 9 to 11, always 0.
    pub reserved: [u8; 3],
    /// Own port, 0 while not bound.
    pub local_port: u16,
    /// The peer's port, 0 while not known.
    pub remote_port: u16,
    /// The peer's IP, 0.0.0.0 while not known.
    pub remote_ip: [u8; 4],
    /// Bytes known to wait for recv. More may wait in the chip.
    pub unread: u32,
    /// Bytes that the peer may not have acknowledged yet, at most.
    pub outstanding: u32,
    /// Milliseconds since `status` became what it is; 0 without hardware. In a
    /// library built without its part `options`: since the hardware was opened.
    pub age_ms: u32,
}

/// [`Info::hardware`] of a socket without any.
const NO_HARDWARE: u8 = 255;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Counts of the device.
    pub fn counters(&self) -> Counters {
        let traffic = self.chip.traffic();
        let free = Sn::all().filter(|sn| {
            let role = self.hardware[sn.index()].role;
            self.chip.has(*sn) && matches!(role, Role::Free | Role::Armed)
        });
        Counters {
            frames: traffic.frames,
            echo_errors: traffic.echo_errors,
            commands: self.chip.commands(),
            resets: self.resets.into(),
            free_sockets: free.count() as u32,
        }
    }

    /// The row of slot `index`, if a socket is in it.
    ///
    /// # Errors
    /// [`Error::Invalid`] past the last slot.
    pub fn info(&mut self, index: usize) -> Result<Option<Info>> {
        if index >= SLOTS {
            return Err(Error::Invalid);
        }
        let Some(socket) = self.table.at(index).copied() else {
            return Ok(None);
        };
        let Some(handle) = self.table.handle_at(index) else {
            return Ok(None);
        };
        let (pending, backlog) = self.queue(index, &socket);
        let mut info = Info {
            handle: handle.raw(),
            kind: socket.kind.number(),
            hardware: NO_HARDWARE,
            pending,
            backlog,
            local_port: socket.port,
            ..Info::default()
        };
        self.describe_hardware(&socket, &mut info);
        Ok(Some(info))
    }

    fn describe_hardware(&self, socket: &Socket, info: &mut Info) {
        if socket.phase == Phase::Listening {
            info.status = Status::LISTEN.0;
        }
        let Some(sn) = socket.hardware else {
            return;
        };
        let hw = &self.hardware[sn.index()];
        info.hardware = sn.index() as u8;
        info.status = match socket.kind {
            kind if !kind.is_datagram() => hw.status.0,
            Kind::Raw(_) if socket.kind.is_raw() => Status::IPRAW.0,
            Kind::Packet if socket.kind.is_raw() => Status::MACRAW.0,
            _ => Status::UDP.0,
        };
        info.age_ms = self.now().wrapping_sub(hw.status_since);
        if hw.peer_known || hw.filtered {
            info.remote_ip = hw.peer.ip;
            info.remote_port = hw.peer.port;
        }
        info.unread = self.chip.known_rx_ready(sn).into();
        let size = self.chip.tx_size(sn);
        info.outstanding = size.saturating_sub(self.chip.known_tx_free(sn)).into();
    }
}
