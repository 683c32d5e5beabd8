//! Listening with four hardware sockets.
//!
//! The chip has no backlog: the hardware socket in LISTEN becomes the
//! connection. So a listener is a program socket without hardware, which
//! *arms* hardware sockets while there are any: one at once, so that a client
//! can connect, and a second when there is time and room, which closes the
//! gap in which a second client would be refused. Clients are connected
//! whether accept was called or not; accept hands over what waits.

use super::hardware::Role;
use super::table::{Kind, Phase, Socket};
use super::{Handle, SLOTS, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{SOCKETS, Sn, Status};

impl<B: Bus, P: Port> Stack<B, P> {
    /// Makes a TCP socket wait for clients; binds it if it is not. `backlog`,
    /// clamped to 1..=4, caps the clients that wait for accept. Called again,
    /// it changes the backlog. It never fails for want of hardware.
    ///
    /// # Errors
    /// [`Error::BadHandle`]; [`Error::NotSupported`] on UDP;
    /// [`Error::Invalid`] on a socket that is or was connected;
    /// [`Error::AddressInUse`] if another one listens on the port.
    pub fn listen(&mut self, handle: Handle, backlog: i32) -> Result<()> {
        let index = handle.slot();
        let Socket { kind, phase, .. } = *self.table.get(handle)?;
        if kind.is_datagram() {
            return Err(Error::NotSupported);
        }
        if !matches!(phase, Phase::Fresh | Phase::Failed | Phase::Listening) {
            return Err(Error::Invalid);
        }
        let port = self.ensure_port(handle)?;
        let another = self.table.iter().any(|(at, other)| {
            at != index && other.phase == Phase::Listening && other.port == port
        });
        if another {
            return Err(Error::AddressInUse);
        }
        let socket = self.table.get(handle)?;
        socket.phase = Phase::Listening;
        socket.failure = None;
        socket.backlog = backlog.clamp(1, SOCKETS as i32) as u8;
        self.arm(index, 1)
    }

    /// Takes the client that waits longest.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if none waits; [`Error::TooManyHandles`], and the
    /// client goes on waiting; [`Error::BadHandle`]; [`Error::Invalid`] on a
    /// socket that does not listen; [`Error::NotSupported`] on UDP.
    pub fn accept(&mut self, handle: Handle) -> Result<Handle> {
        let listener = self.table.get(handle)?;
        listener.expect_stream()?;
        if listener.phase != Phase::Listening {
            return Err(Error::Invalid);
        }
        let sn = self.live_pending(handle.slot())?;
        if cfg!(feature = "options") {
            // It was armed with those that the listener had then.
            let options = self.options_of(sn);
            self.write_header_fields(sn, &options, false)?;
        }
        let accepted = self.table.insert(Kind::Tcp)?;
        self.table.inherit(handle.slot(), accepted.slot());
        let socket = self.table.get(accepted)?;
        socket.phase = Phase::Connected;
        socket.hardware = Some(sn);
        let hw = self.hw(sn);
        hw.role = Role::Connection;
        hw.owner = accepted.slot() as u8;
        // The program's time begins now, however long the client has waited.
        self.touch(sn);
        #[cfg(feature = "events")]
        self.inherit_window(handle, accepted);
        Ok(accepted)
    }

    /// The oldest one that was not reset since it came.
    fn live_pending(&mut self, owner: usize) -> Result<Sn> {
        loop {
            let sn = self.oldest_pending(owner).ok_or(Error::WouldBlock)?;
            // Frees one that is closed.
            self.look(sn)?;
            if self.hw(sn).role == Role::Pending {
                return Ok(sn);
            }
        }
    }

    fn oldest_pending(&self, owner: usize) -> Option<Sn> {
        let mut oldest = None;
        let mut most = 0;
        for sn in Sn::all().filter(|sn| self.is(*sn, Role::Pending, owner)) {
            // The last to arrive has an age of 1.
            let arrival = self.hardware[sn.index()].arrival;
            let age = self.arrivals.wrapping_sub(arrival).wrapping_add(1);
            if age > most {
                most = age;
                oldest = Some(sn);
            }
        }
        oldest
    }

    /// True if accept would return a socket.
    pub(super) fn has_pending(&self, owner: usize) -> bool {
        self.oldest_pending(owner).is_some()
    }

    /// A number for what arrives, or is closed; never 0.
    pub(super) fn next_arrival(&mut self) -> u16 {
        self.arrivals = self.arrivals.wrapping_add(1).max(1);
        self.arrivals
    }

    /// An armed socket got its client.
    pub(super) fn arrived(&mut self, sn: Sn, status: Status) {
        let arrival = self.next_arrival();
        let hw = self.hw(sn);
        hw.role = Role::Pending;
        hw.arrival = arrival;
        hw.status = status;
        self.chip.note_arrival(sn);
        self.changed = true;
    }

    /// Ends a listener: who waits for accept is dropped, who was accepted
    /// stays.
    pub(super) fn drop_listener(&mut self, owner: usize) {
        for sn in Sn::all() {
            let hw = self.hw(sn);
            let waits = matches!(hw.role, Role::Armed | Role::Pending);
            if waits && usize::from(hw.owner) == owner {
                // It is free even if the chip fails.
                let _ = self.free_hardware(sn);
            }
        }
    }

    /// Takes a listener's armed hardware away, for what is armed next to be as
    /// its options are now.
    #[cfg(feature = "options")]
    pub(super) fn disarm_all(&mut self, owner: usize) -> Result<()> {
        for sn in Sn::all() {
            if self.is(sn, Role::Armed, owner) && self.disarm(sn)? {
                self.free_hardware(sn)?;
            }
        }
        self.arm(owner, 1)
    }

    /// Arms hardware for every listener: one each, and if `second` another
    /// one while there are any left.
    pub(super) fn arm_listeners(&mut self, second: bool) -> Result<()> {
        for wanted in 1..2 + usize::from(second) {
            for index in 0..SLOTS {
                self.arm(index, wanted)?;
            }
        }
        Ok(())
    }

    /// Arms hardware for the listener in slot `index`, if there is one and it
    /// has not `wanted` armed, its backlog is not full, and one is free.
    fn arm(&mut self, index: usize, wanted: usize) -> Result<()> {
        let Some(&mut Socket {
            phase: Phase::Listening,
            backlog,
            ..
        }) = self.table.at(index)
        else {
            return Ok(());
        };
        let armed = self.count(Role::Armed, index);
        let used = armed + self.count(Role::Pending, index);
        if armed >= wanted || used >= usize::from(backlog) {
            return Ok(());
        }
        let Some(sn) = self.free_socket().filter(|_| self.claimable(false) > 1) else {
            return Ok(());
        };
        self.open(sn, Role::Armed, index)?;
        self.hw(sn).status = Status::LISTEN;
        let listening = self.chip.listen(sn);
        if listening.is_err() {
            // A socket that is open and does not listen would stay so.
            let _ = self.free_hardware(sn);
        }
        listening
    }

    /// How many clients wait for accept, and the backlog.
    pub(super) fn queue(&self, owner: usize, socket: &Socket) -> (u8, u8) {
        if socket.phase == Phase::Listening {
            (self.count(Role::Pending, owner) as u8, socket.backlog)
        } else {
            (0, 0)
        }
    }
}
