//! Who holds what: the rows of a netstat.

use super::hardware::{Hardware, ROLE_ABSENT, Role};
use super::service::is_connection;
use super::table::{Kind, Phase, Socket};
use super::{SLOTS, Stack};
use crate::bus::Bus;
use crate::chip::NOTES_TIMES;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Sn, Status};

/// Counts since the device was first enabled, wrapping. Those from
/// `commands_repeated` on are 0 in a library built without its part `stats`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// SPI frames exchanged.
    pub frames: u32,
    /// Frames that the chip did not echo as it must: noise, a clock that is
    /// too fast, or no chip. Each is repeated, up to a limit.
    pub echo_errors: u32,
    /// Commands given to hardware sockets.
    pub commands: u32,
    /// Times the chip was reset, each enable included.
    pub resets: u32,
    /// Hardware sockets that a call could have now. One in LISTEN counts as
    /// free, since it is given up on demand.
    pub free_sockets: u32,
    /// Commands given again, since their frame was not echoed.
    pub commands_repeated: u32,
    /// Accesses to the chip that were given up: `transfer` failed, the chip did
    /// not echo, or it took no command.
    pub bus_errors: u32,
    /// Times the chip gave up on a peer: no answer to ARP, a connect, or data.
    pub timeouts: u32,
    /// Payload given to the program.
    pub bytes_in: u32,
    /// Payload taken from it.
    pub bytes_out: u32,
    /// The most frames that passed in one hold of the device's lock. No more
    /// than `W5100_LOCK_FRAMES` as long as the chip echoes and takes commands.
    pub lock_frames_max: u32,
}

/// A row of the socket table. Times are in milliseconds and wrap after 49.7
/// days. In a library built without its part `stats`, `silent_ms` and the two
/// counts of bytes are 0, and without `options` the tag and `timeout_ms`; without
/// both, `outstanding_ms` too, and `age_ms` counts from the hardware's opening.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Socket handle.
    pub handle: i32,
    /// `W5100_SOCK_STREAM`, `W5100_SOCK_DGRAM` or `W5100_SOCK_RAW`; 0 for a wake
    /// handle, whose row has nothing else.
    pub kind: u8,
    /// Hardware socket, 0 to 3; 255 for none.
    pub hardware: u8,
    /// Sn_SR of it as last seen; LISTEN for a listener; 0 for none.
    pub status: u8,
    /// Clients that wait for accept.
    pub pending: u8,
    /// Backlog of a listener, 0 for others.
    pub backlog: u8,
    /// Of a listener: open sockets that were accepted on its port.
    pub children: u8,
    /// Always 0.
    pub reserved: [u8; 2],
    /// Own port, 0 while not bound.
    pub local_port: u16,
    /// The peer's port, 0 while not known.
    pub remote_port: u16,
    /// The peer's IP, 0.0.0.0 while not known: of an accepted connection, before
    /// w5100_getpeername() or w5100_info_look().
    pub remote_ip: [u8; 4],
    /// Bytes known to wait for recv, a datagram's header of 8 bytes included.
    /// More may wait in the chip.
    pub unread: u32,
    /// Bytes that the peer may not have acknowledged yet, at most.
    pub outstanding: u32,
    /// Since `status` became what it is; 0 without hardware.
    pub age_ms: u32,
    /// Since the peer last acknowledged a byte, or since they went out if it
    /// has not; as of the last time that the chip was asked. 0 while none is
    /// outstanding. A program that calls the library has it ask twice a second (part
    /// `stats`); after a pause without any call, look before you call a peer dead.
    pub outstanding_ms: u32,
    /// Since a byte was last seen to have come in, or since the connection if none
    /// was; as of the last time that the chip was asked. 0 without hardware.
    pub silent_ms: u32,
    /// Until the library ends the connection if nothing moves: what is left of
    /// `W5100_TCP_USER_TIMEOUT` or `W5100_SO_CLOSE_WAIT_TIMEOUT`; 0 if it never
    /// does.
    pub timeout_ms: u32,
    /// Payload that the program got since the hardware was opened, wrapping.
    pub bytes_in: u32,
    /// Payload that it gave, likewise.
    pub bytes_out: u32,
    /// `W5100_SO_TAG`.
    pub tag: u32,
}

/// Who holds a hardware socket.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HardwareInfo {
    /// The socket that it works for, a listener's if a client waits for accept;
    /// 0 if there is none any more.
    pub handle: i32,
    /// `W5100_ROLE_...`
    pub role: u8,
    /// Sn_SR as last seen.
    pub status: u8,
    /// Own port, 0 if free. Of a connection that its program has closed, 0 in a
    /// library built without its part `stats`.
    pub local_port: u16,
    /// The peer's port, 0 while not known.
    pub remote_port: u16,
    /// Always 0.
    pub reserved: u16,
    /// The peer's IP, 0.0.0.0 while not known.
    pub remote_ip: [u8; 4],
    /// Bytes that the peer may not have acknowledged yet, at most.
    pub outstanding: u32,
    /// Milliseconds since `status` became what it is; 0 if free.
    pub age_ms: u32,
    /// Milliseconds until a connection is given up that its program has closed;
    /// 0 for others.
    pub timeout_ms: u32,
}

/// [`Info::hardware`] of a socket without any.
const NO_HARDWARE: u8 = 255;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Counts of the device.
    pub fn counters(&self) -> Counters {
        let traffic = self.chip.traffic();
        let counts = self.chip.counts();
        let free = Sn::all().filter(|sn| {
            let role = self.hardware[sn.index()].role;
            self.chip.has(*sn) && matches!(role, Role::Free | Role::Armed)
        });
        let counters = Counters {
            frames: traffic.frames,
            echo_errors: traffic.echo_errors,
            commands: counts.commands,
            resets: self.resets.into(),
            free_sockets: free.count() as u32,
            ..Counters::default()
        };
        #[cfg(feature = "stats")]
        let counters = Counters {
            commands_repeated: counts.repeated,
            bus_errors: counts.failures,
            timeouts: counts.timeouts,
            bytes_in: self.totals.bytes_in,
            bytes_out: self.totals.bytes_out,
            lock_frames_max: self.totals.lock_frames_max,
            ..counters
        };
        counters
    }

    /// The row of slot `index`, if a socket is in it. Asks nothing of the chip.
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
            kind: match socket.phase {
                Phase::Wake => 0,
                _ => socket.kind.number(),
            },
            hardware: NO_HARDWARE,
            pending,
            backlog,
            children: self.children(&socket),
            local_port: socket.port,
            tag: socket.settings.options().tag,
            ..Info::default()
        };
        if socket.phase == Phase::Listening {
            info.status = Status::LISTEN.0;
        }
        if let Some(sn) = socket.hardware {
            self.describe(sn, &socket, &mut info);
        }
        Ok(Some(info))
    }

    /// The same, after the chip was asked; without the feature `stats` it is not.
    ///
    /// # Errors
    /// [`Error::Invalid`] past the last slot; [`Error::NetworkDown`].
    pub fn look_at(&mut self, index: usize) -> Result<Option<Info>> {
        let hardware = self.table.at(index).and_then(|socket| socket.hardware);
        if let Some(sn) = hardware.filter(|_| cfg!(feature = "stats")) {
            self.refresh(sn)?;
        }
        self.info(index)
    }

    /// Brings what is known of a hardware socket up to date.
    fn refresh(&mut self, sn: Sn) -> Result<()> {
        self.expect_up()?;
        self.attend(sn)?;
        let Hardware { role, status, .. } = *self.hw(sn);
        if role == Role::Connection && status != Status::CLOSED {
            self.look(sn)?;
        }
        let Hardware { role, status, .. } = *self.hw(sn);
        if role == Role::Connection && is_connection(status) {
            self.peer_of(sn)?;
            self.chip.tx_free(sn, self.chip.tx_size(sn))?;
        }
        if role == Role::Connection || role.is_datagram() {
            self.chip.rx_left(sn)?;
        }
        Ok(())
    }

    fn describe(&self, sn: Sn, socket: &Socket, info: &mut Info) {
        let hw = &self.hardware[sn.index()];
        info.hardware = sn.index() as u8;
        info.status = shown(hw.status, socket.kind).0;
        info.age_ms = self.now().wrapping_sub(hw.status_since);
        if let Some(peer) = hw.known_peer() {
            info.remote_ip = peer.ip;
            info.remote_port = peer.port;
        }
        info.unread = self.chip.known_rx_ready(sn).into();
        info.outstanding = self.unacknowledged(sn);
        if NOTES_TIMES && info.outstanding != 0 {
            info.outstanding_ms = self.now().wrapping_sub(self.chip.tx_progress(sn));
        }
        info.timeout_ms = self.time_left(sn, socket, info);
        #[cfg(feature = "stats")]
        {
            info.silent_ms = self.now().wrapping_sub(self.chip.rx_progress(sn));
            info.bytes_in = hw.ledger.bytes_in;
            info.bytes_out = hw.ledger.bytes_out;
        }
    }

    /// Until the library ends a connection by itself; 0 for never, 1 for now.
    fn time_left(&self, sn: Sn, socket: &Socket, info: &Info) -> u32 {
        let hw = &self.hardware[sn.index()];
        let options = socket.settings.options();
        let idle = self.now().wrapping_sub(hw.active);
        let limits = [
            (
                options.user_timeout,
                info.outstanding != 0,
                info.outstanding_ms,
            ),
            (
                options.close_wait_timeout,
                hw.status == Status::CLOSE_WAIT,
                idle,
            ),
        ];
        let counting = limits
            .iter()
            .filter(|(limit, counts, _)| *limit != 0 && *counts);
        counting
            .map(|(limit, _, since)| limit.saturating_sub(*since).max(1))
            .min()
            .unwrap_or(0)
    }

    /// Open sockets that were accepted on a listener's port.
    fn children(&self, listener: &Socket) -> u8 {
        if listener.phase != Phase::Listening {
            return 0;
        }
        let accepted = self
            .table
            .iter()
            .filter(|(_, socket)| socket.accepted && socket.port == listener.port);
        accepted.count() as u8
    }

    fn unacknowledged(&self, sn: Sn) -> u32 {
        // When a connection is over, what was lost with it is awaited no more.
        if self.hardware[sn.index()].status == Status::CLOSED {
            return 0;
        }
        let size = self.chip.tx_size(sn);
        size.saturating_sub(self.chip.known_tx_free(sn)).into()
    }

    /// Who holds hardware socket `number`. Asks nothing of the chip.
    ///
    /// # Errors
    /// [`Error::Invalid`] past the last one.
    pub fn hardware_info(&mut self, number: usize) -> Result<HardwareInfo> {
        let sn = u8::try_from(number).ok().and_then(Sn::new);
        let sn = sn.ok_or(Error::Invalid)?;
        let hw = *self.hw(sn);
        if hw.role == Role::Free {
            return Ok(HardwareInfo {
                role: match self.chip.has(sn) {
                    true => Role::Free as u8,
                    false => ROLE_ABSENT,
                },
                ..HardwareInfo::default()
            });
        }
        let now = self.now();
        let peer = hw.known_peer().unwrap_or_default();
        let mut info = HardwareInfo {
            role: hw.role as u8,
            status: hw.status.0,
            remote_port: peer.port,
            remote_ip: peer.ip,
            outstanding: self.unacknowledged(sn),
            age_ms: now.wrapping_sub(hw.status_since),
            ..HardwareInfo::default()
        };
        #[cfg(feature = "stats")]
        {
            info.local_port = hw.ledger.port;
        }
        if hw.role == Role::Orphan {
            let gone = now.wrapping_sub(hw.since);
            info.timeout_ms = hw.limit.saturating_sub(gone).max(1);
        }
        // The slot of one that was closed may be another's by now.
        let owned = !matches!(hw.role, Role::Orphan | Role::Leaving);
        let owner = usize::from(hw.owner);
        if !owned {
            return Ok(info);
        }
        if let Some(socket) = self.table.at(owner) {
            info.local_port = socket.port;
            info.status = shown(hw.status, socket.kind).0;
            info.handle = self.table.handle_at(owner).map_or(0, |handle| handle.raw());
        }
        Ok(info)
    }
}

/// Datagram hardware is known to be open; as what, its socket says.
const fn shown(status: Status, kind: Kind) -> Status {
    match kind {
        _ if !kind.is_datagram() => status,
        Kind::Raw(_) if kind.is_raw() => Status::IPRAW,
        Kind::Packet if kind.is_raw() => Status::MACRAW,
        _ => Status::UDP,
    }
}
