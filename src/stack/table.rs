//! The program's sockets and who holds which.

use super::Options;
use super::handle::Handle;
use crate::error::{Error, Result};
use crate::regs::Sn;

include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `SOCK_STREAM`.
    Tcp,
    /// `SOCK_DGRAM`.
    Udp,
    /// `SOCK_RAW`: IP packets of one protocol.
    Raw(u8),
    /// `SOCK_RAW` of `AF_PACKET`: Ethernet frames. There can be one, on
    /// hardware socket 0.
    Packet,
}

impl Kind {
    /// True if the library was built with it.
    pub const fn is_built_in(self) -> bool {
        match self {
            Kind::Tcp => true,
            Kind::Udp => cfg!(feature = "udp"),
            Kind::Raw(_) | Kind::Packet => cfg!(feature = "raw"),
        }
    }

    /// True for all but TCP. Without the feature there are none, and the
    /// compiler drops all that would serve them.
    pub const fn is_datagram(self) -> bool {
        cfg!(feature = "udp") && !matches!(self, Kind::Tcp)
    }

    /// True for sockets without ports.
    pub const fn is_raw(self) -> bool {
        cfg!(feature = "raw") && matches!(self, Kind::Raw(_) | Kind::Packet)
    }

    /// True for whole Ethernet frames, which have no address beside them.
    pub const fn is_packet(self) -> bool {
        cfg!(feature = "raw") && matches!(self, Kind::Packet)
    }

    /// The number of `SOCK_...`.
    pub const fn number(self) -> u8 {
        match self {
            _ if self.is_raw() => 3,
            _ if self.is_datagram() => 2,
            _ => 1,
        }
    }
}

/// Where a socket stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No socket in this slot. The first, so that a new table is all zero.
    Vacant,
    /// Neither connected nor listening; a UDP socket stays here.
    Fresh,
    /// The last connect failed; another may be tried.
    Failed,
    /// Waits for clients.
    Listening,
    /// Waits for the peer's answer.
    Connecting,
    /// Connected, or closed by the peer with data left to read.
    Connected,
    /// The connection is over and read to its end.
    Ended,
    /// No socket at all, but a wake handle.
    Wake,
}

/// Why a connection, a connect or a datagram failed: what a socket may have
/// to tell later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Failure {
    Refused = 1,
    TimedOut,
    Unreachable,
    Reset,
    ChipReset,
    Aborted,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Refused => Error::ConnectionRefused,
            Failure::TimedOut => Error::TimedOut,
            Failure::Unreachable => Error::HostUnreachable,
            Failure::Reset => Error::ConnectionReset,
            Failure::ChipReset => Error::NetworkReset,
            Failure::Aborted => Error::ConnectionAborted,
        }
    }
}

/// A program's socket. It holds a hardware socket only while it must.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket {
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    pub(super) hardware: Option<Sn>,
    /// Reported once, by the next call or SO_ERROR.
    pub(super) failure: Option<Failure>,
    /// Bound by the program to this chip's IP and not to any.
    pub(super) own_ip: bool,
    pub(super) shut_read: bool,
    pub(super) shut_write: bool,
    /// A send call is between two of its parts; others wait for its end.
    pub(super) in_send: bool,
    /// Made by accept: it has its listener's port, but did not bind it.
    pub(super) accepted: bool,
    /// The library's own.
    #[cfg(any(feature = "dhcp", feature = "dns"))]
    pub(super) service: bool,
    pub(super) backlog: u8,
    /// Own port, 0 while not bound.
    pub(super) port: u16,
    pub(super) settings: Settings,
}

/// What a program may set on a socket. An accepted socket inherits all but
/// `nonblocking` from its listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Calls answer [`Error::WouldBlock`] instead of waiting.
    pub nonblocking: bool,
    /// `SO_REUSEADDR`: may share a bound port with others that say so too.
    pub reuse_address: bool,
    /// `SO_BROADCAST`: may send to broadcast addresses.
    pub broadcast: bool,
    /// `SO_RCVTIMEO` in milliseconds, 0 for ever. Bounds accept too.
    pub receive_timeout: u32,
    /// `SO_SNDTIMEO` in milliseconds, 0 for ever. Bounds connect too.
    pub send_timeout: u32,
    /// The rest; set by [`super::Stack::set_options`].
    #[cfg(feature = "options")]
    pub options: Options,
}

impl Settings {
    /// All defaults.
    const DEFAULT: Settings = Settings {
        nonblocking: false,
        reuse_address: false,
        broadcast: false,
        receive_timeout: 0,
        send_timeout: 0,
        #[cfg(feature = "options")]
        options: Options::DEFAULT,
    };

    /// Takes all from `other` but `nonblocking`. Field by field, and out of line:
    /// the compiler would call memmove, which costs more flash than a copy of
    /// this size is worth.
    #[inline(never)]
    fn inherit(&mut self, other: &Settings) {
        self.reuse_address = other.reuse_address;
        self.broadcast = other.broadcast;
        self.receive_timeout = other.receive_timeout;
        self.send_timeout = other.send_timeout;
        #[cfg(feature = "options")]
        {
            self.options = other.options;
        }
    }

    /// The options, which without the feature nobody can change.
    pub const fn options(&self) -> &Options {
        #[cfg(feature = "options")]
        return &self.options;
        #[cfg(not(feature = "options"))]
        &Options::DEFAULT
    }
}

impl Socket {
    const VACANT: Self = {
        Self {
            kind: Kind::Tcp,
            phase: Phase::Vacant,
            hardware: None,
            failure: None,
            own_ip: false,
            shut_read: false,
            shut_write: false,
            in_send: false,
            accepted: false,
            #[cfg(any(feature = "dhcp", feature = "dns"))]
            service: false,
            backlog: 0,
            port: 0,
            settings: Settings::DEFAULT,
        }
    };

    /// True for one of the library's own; without services there are none.
    pub(super) const fn is_service(&self) -> bool {
        #[cfg(any(feature = "dhcp", feature = "dns"))]
        return self.service;
        #[cfg(not(any(feature = "dhcp", feature = "dns")))]
        false
    }

    /// What the socket has to tell, once; else `otherwise`.
    pub(super) fn tell(&mut self, otherwise: Error) -> Error {
        self.failure.take().map_or(otherwise, Error::from)
    }

    /// Fails with what the socket has to tell, if anything.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.failure.take() {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }

    pub(super) fn expect_stream(&self) -> Result<()> {
        match self.kind.is_datagram() {
            false => Ok(()),
            true => Err(Error::NotSupported),
        }
    }

    pub(super) fn expect_datagram(&self) -> Result<()> {
        match self.kind.is_datagram() {
            true => Ok(()),
            false => Err(Error::NotSupported),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Sockets that were here before, below [`Handle::GENERATIONS`].
    uses: u32,
    socket: Socket,
}

/// The sockets of one device.
#[derive(Debug)]
pub(super) struct Table {
    /// The device's number in handles.
    device: u8,
    slots: [Slot; SLOTS],
}

impl Table {
    pub(super) const fn new(device: u8) -> Self {
        Self {
            device,
            slots: [Slot {
                uses: 0,
                socket: Socket::VACANT,
            }; SLOTS],
        }
    }

    /// The device's number.
    #[cfg(feature = "events")]
    pub(super) const fn device(&self) -> u8 {
        self.device
    }

    pub(super) fn insert(&mut self, kind: Kind) -> Result<Handle> {
        let (index, slot) = self
            .slots
            .iter_mut()
            .enumerate()
            .find(|(_, slot)| slot.socket.phase == Phase::Vacant)
            .ok_or(Error::TooManyHandles)?;
        slot.socket = Socket {
            kind,
            phase: Phase::Fresh,
            ..Socket::VACANT
        };
        Ok(Handle::new(self.device, index, slot.uses))
    }

    /// The socket in a slot.
    pub(super) fn at(&mut self, index: usize) -> Option<&mut Socket> {
        let socket = &mut self.slots.get_mut(index)?.socket;
        (socket.phase != Phase::Vacant).then_some(socket)
    }

    /// The socket of a handle; [`Handle::slot`] is then its slot.
    ///
    /// # Errors
    /// [`Error::BadHandle`]; [`Error::NotSupported`] on a wake handle.
    #[inline(always)]
    pub(super) fn get(&mut self, handle: Handle) -> Result<&mut Socket> {
        let socket = self.get_any(handle)?;
        match socket.phase {
            Phase::Wake if cfg!(feature = "events") => Err(Error::NotSupported),
            _ => Ok(socket),
        }
    }

    /// The same; and what stands for a wake handle.
    #[inline(always)]
    pub(super) fn get_any(&mut self, handle: Handle) -> Result<&mut Socket> {
        // An Option fits in a register, a Result does not.
        self.find(handle).ok_or(Error::BadHandle)
    }

    #[inline(never)]
    fn find(&mut self, handle: Handle) -> Option<&mut Socket> {
        let slot = self.slots.get_mut(handle.slot())?;
        let open = slot.socket.phase != Phase::Vacant
            && Handle::new(self.device, handle.slot(), slot.uses) == handle;
        open.then_some(&mut slot.socket)
    }

    /// Gives an accepted socket what it has from its listener: the address, and
    /// all settings but that it does not block.
    pub(super) fn inherit(&mut self, listener: usize, accepted: usize) {
        if let Ok([from, to]) = self.slots.get_disjoint_mut([listener, accepted]) {
            let (from, to) = (&from.socket, &mut to.socket);
            to.accepted = true;
            to.port = from.port;
            to.own_ip = from.own_ip;
            to.settings.inherit(&from.settings);
        }
    }

    /// Ends the life of a slot's socket and of its handle.
    pub(super) fn remove(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.socket.phase = Phase::Vacant;
            slot.uses = (slot.uses + 1) % Handle::GENERATIONS;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Socket)> {
        self.slots
            .iter()
            .enumerate()
            .map(|(index, slot)| (index, &slot.socket))
            .filter(|(_, socket)| socket.phase != Phase::Vacant)
    }

    pub(super) fn handle_at(&self, index: usize) -> Option<Handle> {
        let slot = self.slots.get(index)?;
        Some(Handle::new(self.device, index, slot.uses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w6_a_slot_used_again_does_not_answer_to_its_old_handle() {
        let mut table = Table::new(0);
        let old = table.insert(Kind::Tcp).unwrap();
        table.remove(old.slot());
        let new = table.insert(Kind::Tcp).unwrap();
        assert_eq!(new.slot(), old.slot());
        assert!(table.get(new).is_ok());
        assert_eq!(table.get(old).err(), Some(Error::BadHandle));
    }

    #[test]
    fn a_full_table_says_so() {
        let mut table = Table::new(0);
        for _ in 0..SLOTS {
            table.insert(Kind::Udp).unwrap();
        }
        assert_eq!(table.insert(Kind::Udp), Err(Error::TooManyHandles));
    }

    #[test]
    fn f10_words_that_were_never_handles_are_refused() {
        let mut table = Table::new(0);
        for raw in [0, -1, 1, i32::MIN, i32::MAX, 0x7F] {
            assert_eq!(
                table.get(Handle::from_raw(raw)).err(),
                Some(Error::BadHandle),
                "{raw}"
            );
        }
    }
}
