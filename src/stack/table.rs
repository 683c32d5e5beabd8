//! The program's sockets and who holds which.

use super::handle::Handle;
use crate::error::{Error, Result};
use crate::regs::Sn;

include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `SOCK_STREAM`.
    Tcp,
    /// `SOCK_DGRAM`.
    Udp,
}

/// Where a socket stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
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
}

/// A program's socket. It holds a hardware socket only while it must.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket {
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    pub(super) hardware: Option<Sn>,
    /// Reported once, by the next call or SO_ERROR.
    pub(super) error: Option<Error>,
    /// Bound by the program to this chip's IP and not to any.
    pub(super) own_ip: bool,
    pub(super) shut_read: bool,
    pub(super) shut_write: bool,
    /// A send call is between two of its parts; others wait for its end.
    pub(super) in_send: bool,
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
}

impl Socket {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            phase: Phase::Fresh,
            hardware: None,
            error: None,
            own_ip: false,
            shut_read: false,
            shut_write: false,
            in_send: false,
            backlog: 0,
            port: 0,
            settings: Settings {
                nonblocking: false,
                reuse_address: false,
                broadcast: false,
                receive_timeout: 0,
                send_timeout: 0,
            },
        }
    }

    pub(super) fn expect(&self, kind: Kind) -> Result<()> {
        if self.kind == kind {
            Ok(())
        } else {
            Err(Error::NotSupported)
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    generation: u32,
    socket: Option<Socket>,
}

/// The sockets of one device.
#[derive(Debug)]
pub(super) struct Table {
    slots: [Slot; SLOTS],
}

impl Table {
    pub(super) const fn new() -> Self {
        Self {
            slots: [Slot {
                generation: 1,
                socket: None,
            }; SLOTS],
        }
    }

    pub(super) fn insert(&mut self, device: u8, socket: Socket) -> Result<Handle> {
        let (index, slot) = self
            .slots
            .iter_mut()
            .enumerate()
            .find(|(_, slot)| slot.socket.is_none())
            .ok_or(Error::TooManyHandles)?;
        slot.socket = Some(socket);
        Ok(Handle::new(device, index, slot.generation))
    }

    /// The slot of a handle, if it is the one in use.
    pub(super) fn resolve(&self, handle: Handle) -> Result<usize> {
        let index = handle.slot();
        match self.slots.get(index) {
            Some(slot) if slot.generation == handle.generation() && slot.socket.is_some() => {
                Ok(index)
            }
            _ => Err(Error::BadHandle),
        }
    }

    /// The socket in a slot.
    pub(super) fn at(&mut self, index: usize) -> Option<&mut Socket> {
        self.slots.get_mut(index)?.socket.as_mut()
    }

    /// The socket of a handle.
    pub(super) fn get(&mut self, handle: Handle) -> Result<&mut Socket> {
        let index = self.resolve(handle)?;
        self.at(index).ok_or(Error::BadHandle)
    }

    /// Ends the life of a slot's socket and of its handle.
    pub(super) fn remove(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.socket = None;
            slot.generation = Handle::next_generation(slot.generation);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Socket)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| Some((index, slot.socket.as_ref()?)))
    }

    pub(super) fn handle_at(&self, device: u8, index: usize) -> Option<Handle> {
        let slot = self.slots.get(index)?;
        slot.socket?;
        Some(Handle::new(device, index, slot.generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w6_a_slot_used_again_does_not_answer_to_its_old_handle() {
        let mut table = Table::new();
        let old = table.insert(0, Socket::new(Kind::Tcp)).unwrap();
        let index = table.resolve(old).unwrap();
        table.remove(index);
        let new = table.insert(0, Socket::new(Kind::Tcp)).unwrap();
        assert_eq!(table.resolve(new), Ok(index));
        assert_eq!(table.resolve(old), Err(Error::BadHandle));
    }

    #[test]
    fn a_full_table_says_so() {
        let mut table = Table::new();
        for _ in 0..SLOTS {
            table.insert(0, Socket::new(Kind::Udp)).unwrap();
        }
        assert_eq!(
            table.insert(0, Socket::new(Kind::Udp)),
            Err(Error::TooManyHandles)
        );
    }

    #[test]
    fn f10_words_that_were_never_handles_are_refused() {
        let table = Table::new();
        for raw in [0, -1, 1, i32::MIN, i32::MAX, 0x7F] {
            assert_eq!(
                table.resolve(Handle::from_raw(raw)),
                Err(Error::BadHandle),
                "{raw}"
            );
        }
    }
}
