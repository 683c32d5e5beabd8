//! Sockets over the chip's four hardware sockets.
//!
//! [`Stack`] is all state of one device, and none of its operations wait: what
//! cannot be done now answers [`Error::WouldBlock`]. [`Device`] puts a lock
//! round it, and waits.

mod bind;
mod close;
mod datagram;
mod device;
#[cfg(feature = "dhcp")]
mod dhcp;
#[cfg(feature = "events")]
pub mod event;
mod fairness;
mod handle;
mod hardware;
mod info;
mod ledger;
#[cfg(feature = "options")]
mod linger;
mod listener;
#[cfg(all(feature = "dns", feature = "events"))]
pub mod lookup;
mod memory;
#[cfg(any(feature = "dhcp", feature = "dns"))]
mod message;
mod multicast;
#[cfg(any(feature = "dhcp", feature = "events"))]
pub mod notice;
mod options;
#[cfg(feature = "netmf")]
pub mod parked;
mod poll;
pub mod ready;
mod recovery;
#[cfg(any(feature = "dhcp", feature = "dns"))]
mod reserve;
#[cfg(feature = "dns")]
mod resolver;
mod service;
mod setup;
mod table;
mod tcp;
mod upkeep;
mod wait;
#[cfg(feature = "events")]
mod wake;
#[cfg(feature = "events")]
pub mod window;

pub use datagram::Datagram;
pub use device::Device;
#[cfg(feature = "dhcp")]
pub use dhcp::DhcpSettings;
pub use handle::Handle;
pub use hardware::{ROLE_ABSENT, Role};
pub use info::{Counters, HardwareInfo, Info};
pub use options::Options;
pub use poll::{PollEntry, poll};
pub use table::{DEVICES, Kind, Phase, SLOTS, Settings};
pub use tcp::Direction;

use crate::bus::Bus;
use crate::chip::{Chip, Network, Peer};
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{SOCKETS, Status};
#[cfg(feature = "dns")]
use crate::services::Dice;
use hardware::Hardware;
use table::{Socket, Table};

/// An IP address and port, this side's or the other's.
pub type Endpoint = Peer;

/// The most bytes of a connection that one hold of the lock copies.
pub const COPY_MAX: u16 = 2048;

/// The most frames of one hold of the lock, as long as the chip echoes and takes
/// commands: a copy, or the headers of a ring full of datagrams of others; one
/// datagram; and a service step.
pub const LOCK_FRAMES: u32 = 4096;

/// One device: a chip, its sockets and who holds what.
#[derive(Debug)]
pub struct Stack<B, P> {
    chip: Chip<B, P>,
    network: Network,
    dns: [u8; 4],
    /// Enabled, and not disabled since.
    up: bool,
    /// Something a waiting task may be interested in happened.
    changed: bool,
    /// Something is awaited that the chip will not announce.
    restless: bool,
    table: Table,
    hardware: [Hardware; SOCKETS],
    #[cfg(feature = "events")]
    watchers: [event::Watcher; SLOTS],
    #[cfg(feature = "events")]
    notices: notice::Notices,
    #[cfg(feature = "stats")]
    totals: ledger::Totals,
    /// What is asked for in vain, of the socket in each slot.
    #[cfg(feature = "netmf")]
    parked: [u8; SLOTS],
    /// Tells how many hardware sockets are to spare for services, while one is kept
    /// for them. A program that never keeps one does not have it linked.
    #[cfg(any(feature = "dhcp", feature = "dns"))]
    spare: Option<fn(&mut Self) -> usize>,
    /// Seeds the resolver.
    #[cfg(feature = "dns")]
    dice: Dice,
    #[cfg(feature = "dhcp")]
    dhcp: dhcp::Client,
    /// What a service step does for it. A program that never starts it does not
    /// have it linked.
    #[cfg(feature = "dhcp")]
    dhcp_step: Option<fn(&mut Self) -> Result<()>>,
    #[cfg(feature = "dns")]
    resolver: resolver::Resolver,
    /// As `dhcp_step`.
    #[cfg(feature = "dns")]
    resolver_step: Option<fn(&mut Self) -> Result<()>>,
    #[cfg(all(feature = "dns", feature = "events"))]
    requests: [lookup::Request; lookup::REQUESTS],
    /// As `dhcp_step`.
    #[cfg(all(feature = "dns", feature = "events"))]
    lookup_step: Option<fn(&mut Self) -> Result<()>>,
    /// Counts what arrived, so that accept takes the oldest, and what was
    /// closed, so that a close that waits knows its own.
    arrivals: u16,
    /// Of each hardware socket, the last orphan that ended well.
    ended: [u16; SOCKETS],
    next_port: u16,
    /// Resets of the chip, [`Stack::enable`] included.
    resets: u16,
    /// The chip was reset and failed before all sockets were open again.
    half_restored: bool,
    /// Since when the chip has not answered at all.
    silent_since: Option<u32>,
    checked_at: u32,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// A device that is not enabled yet. `device` is its number in handles.
    pub const fn new(bus: B, port: P, device: u8) -> Self {
        Self {
            chip: Chip::new(bus, port),
            network: Network::NEW,
            dns: [0; 4],
            up: false,
            changed: false,
            restless: false,
            table: Table::new(device),
            hardware: [Hardware::FREE; SOCKETS],
            #[cfg(feature = "events")]
            watchers: [const { event::Watcher::new() }; SLOTS],
            #[cfg(feature = "events")]
            notices: notice::Notices::new(),
            #[cfg(feature = "stats")]
            totals: ledger::Totals::NEW,
            #[cfg(feature = "netmf")]
            parked: [0; SLOTS],
            #[cfg(any(feature = "dhcp", feature = "dns"))]
            spare: None,
            #[cfg(feature = "dns")]
            dice: Dice::UNSET,
            #[cfg(feature = "dhcp")]
            dhcp: dhcp::Client::NEW,
            #[cfg(feature = "dhcp")]
            dhcp_step: None,
            #[cfg(feature = "dns")]
            resolver: resolver::Resolver::NEW,
            #[cfg(feature = "dns")]
            resolver_step: None,
            #[cfg(all(feature = "dns", feature = "events"))]
            requests: [const { lookup::Request::none() }; lookup::REQUESTS],
            #[cfg(all(feature = "dns", feature = "events"))]
            lookup_step: None,
            arrivals: 0,
            ended: [0; SOCKETS],
            next_port: 0,
            resets: 0,
            half_restored: false,
            silent_since: None,
            checked_at: 0,
        }
    }

    /// Makes a socket, which holds no hardware yet.
    ///
    /// # Errors
    /// [`Error::TooManyHandles`], [`Error::NetworkDown`] if not enabled,
    /// [`Error::SocketTypeNotSupported`] if the library was built without.
    pub fn socket(&mut self, kind: Kind) -> Result<Handle> {
        self.expect_up()?;
        if !kind.is_built_in() {
            return Err(Error::SocketTypeNotSupported);
        }
        self.table.insert(kind)
    }

    #[cfg(feature = "events")]
    fn insert_wake(&mut self) -> Result<Handle> {
        self.expect_up()?;
        let handle = self.table.insert(Kind::Tcp)?;
        self.table.get(handle)?.phase = Phase::Wake;
        Ok(handle)
    }

    /// What the program may set on a socket.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn settings(&mut self, handle: Handle) -> Result<&mut Settings> {
        Ok(&mut self.table.get(handle)?.settings)
    }

    /// The socket's kind.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn kind(&mut self, handle: Handle) -> Result<Kind> {
        Ok(self.table.get(handle)?.kind)
    }

    /// True if the socket listens.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn listens(&mut self, handle: Handle) -> Result<bool> {
        Ok(self.table.get(handle)?.phase == Phase::Listening)
    }

    /// The error that waits to be reported (SO_ERROR); reading it clears it.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn take_error(&mut self, handle: Handle) -> Result<Option<Error>> {
        self.attend_to(handle)?;
        Ok(self.table.get(handle)?.failure.take().map(Error::from))
    }

    /// Own address: the port once bound, the IP once connected.
    ///
    /// # Errors
    /// [`Error::BadHandle`].
    pub fn local(&mut self, handle: Handle) -> Result<Endpoint> {
        let ip = self.network.address.ip;
        let socket = *self.table.get(handle)?;
        let connected = matches!(socket.phase, Phase::Connected | Phase::Connecting)
            || socket.hardware.is_some_and(|sn| self.hw(sn).filtered);
        Ok(Endpoint {
            ip: if socket.own_ip || connected {
                ip
            } else {
                [0; 4]
            },
            port: socket.port,
        })
    }

    /// Notes what the chip has to say of a socket, before an answer that rests on
    /// it: a program may ask in no other way.
    fn attend_to(&mut self, handle: Handle) -> Result<()> {
        let Socket {
            phase, hardware, ..
        } = *self.table.get(handle)?;
        let Some(sn) = hardware else {
            return Ok(());
        };
        if cfg!(feature = "udp") && self.hw(sn).filtered {
            self.common_events(false)?;
        }
        match phase {
            // How a connect ends need not be announced.
            Phase::Connecting => self.look(sn),
            _ => self.attend(sn),
        }
    }

    /// The other side's address.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NotConnected`], [`Error::NetworkDown`].
    pub fn peer(&mut self, handle: Handle) -> Result<Endpoint> {
        let Socket {
            kind,
            phase,
            hardware,
            ..
        } = *self.table.get(handle)?;
        let sn = hardware.ok_or(Error::NotConnected)?;
        let hw = self.hw(sn);
        let known = hw.peer;
        let connected = if kind.is_datagram() {
            hw.filtered
        } else {
            phase == Phase::Connected
        };
        match (connected, kind.is_datagram()) {
            (false, _) => Err(Error::NotConnected),
            (true, true) => Ok(known),
            (true, false) => self.peer_of(sn),
        }
    }

    /// What a socket's hardware shows now: LISTEN for a listener, CLOSED for a
    /// socket without hardware.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NetworkDown`].
    pub fn state(&mut self, handle: Handle) -> Result<Status> {
        let Socket {
            phase, hardware, ..
        } = *self.table.get(handle)?;
        match hardware {
            Some(sn) => self.chip.status(sn),
            None if phase == Phase::Listening => Ok(Status::LISTEN),
            None => Ok(Status::CLOSED),
        }
    }

    /// The chip's clock.
    fn now(&self) -> u32 {
        self.chip.now()
    }
}
