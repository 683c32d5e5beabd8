//! One step: ask the chip what happened, and do what follows from it.

use super::Stack;
use super::hardware::{Fin, Hardware, Role};
use super::table::{Failure, Phase};
use crate::bus::Bus;
use crate::chip::NOTES_TIMES;
use crate::error::Result;
use crate::port::Port;
use crate::regs::{CommonEvents, Events, Sn, Status};

/// How often a step looks whether the chip is still what it was, and at all
/// that should have been announced.
pub(super) const CHECK_MS: u32 = 500;

/// What a UDP SEND may take beyond its ARP.
const SEND_MS: u32 = 500;

impl<B: Bus, P: Port> Stack<B, P> {
    /// One service step; never waits. Costs one frame while nothing happens,
    /// none with /INT wired; and twice a second, some frames more to see whether
    /// the chip was reset behind the library's back, or an interrupt got lost.
    ///
    /// # Errors
    /// [`Error::NetworkDown`](crate::error::Error) if the chip
    /// does not answer or is not enabled.
    pub fn service(&mut self) -> Result<()> {
        self.expect_up()?;
        let now = self.now();
        let due = now.wrapping_sub(self.checked_at) >= CHECK_MS;
        let thorough = due || self.chip.suspect;
        if thorough {
            self.checked_at = now;
            if self.was_reset()? {
                return Ok(());
            }
        }
        self.restless = false;
        // The sockets are asked one by one, but nothing else tells of a refusal.
        let events = self.common_events(cfg!(feature = "udp") && thorough)?;
        let mut quiet = true;
        for sn in Sn::all() {
            if thorough || events.has_socket(sn) {
                quiet = false;
                self.attend(sn)?;
            }
            self.watch(sn, thorough)?;
        }
        #[cfg(feature = "dhcp")]
        if let Some(step) = self.dhcp_step {
            step(self)?;
        }
        #[cfg(feature = "dns")]
        if let Some(step) = self.resolver_step {
            step(self)?;
        }
        #[cfg(all(feature = "dns", feature = "events"))]
        if let Some(step) = self.lookup_step {
            step(self)?;
        }
        // A listener's second socket can wait for a quiet moment.
        self.arm_listeners(quiet)
    }

    /// Reads and handles what one socket announced.
    pub(super) fn attend(&mut self, sn: Sn) -> Result<()> {
        let events = self.chip.socket_events(sn)?;
        if events == Events::NONE {
            return Ok(());
        }
        self.changed = true;
        if events.has(Events::RECV) {
            self.hw(sn).received = true;
            self.touch(sn);
        }
        if events.has(Events::CON) {
            self.saw(sn, Status::ESTABLISHED, false);
        }
        let timed_out = events.has(Events::TIMEOUT);
        if self.hw(sn).role.is_leaving() {
            if !self.chip.is_sending(sn) {
                return self.free_hardware(sn);
            }
        } else if self.hw(sn).role.is_datagram() {
            if !self.chip.is_sending(sn) {
                self.chip.datagram_is_out(sn);
            }
            if timed_out {
                self.fail(sn, Failure::Unreachable);
            }
        } else if events.has(Events::DISCON.with(Events::TIMEOUT)) {
            let status = self.chip.status(sn)?;
            self.saw(sn, status, timed_out);
        }
        self.release_if_over(sn)
    }

    /// Takes note of a status.
    pub(super) fn saw(&mut self, sn: Sn, status: Status, timed_out: bool) {
        let before = self.hw(sn).status;
        if status != before {
            self.hw(sn).status = status;
            self.changed = true;
            if NOTES_TIMES {
                self.hw(sn).status_since = self.now();
            }
            // From the peer's end on a program has time to close.
            if status == Status::CLOSE_WAIT {
                self.touch(sn);
            }
        }
        match self.hw(sn).role {
            Role::Armed if is_connection(status) => self.arrived(sn, status),
            Role::Connection => self.saw_connection(sn, before, timed_out),
            _ => {}
        }
    }

    fn saw_connection(&mut self, sn: Sn, before: Status, timed_out: bool) {
        let Hardware {
            status, fin, owner, ..
        } = *self.hw(sn);
        let Some(socket) = self.table.at(usize::from(owner)) else {
            return;
        };
        match (socket.phase, status) {
            (Phase::Connecting, Status::CLOSED) => {
                socket.phase = Phase::Failed;
                socket.failure = Some(match timed_out {
                    true if before.is_arp() => Failure::Unreachable,
                    true => Failure::TimedOut,
                    false => Failure::Refused,
                });
            }
            (Phase::Connecting, _) if is_connection(status) => {
                socket.phase = Phase::Connected;
                self.touch(sn);
                self.chip.note_arrival(sn);
            }
            (Phase::Connected, Status::CLOSED) if before != Status::CLOSED => {
                if timed_out {
                    socket.failure = Some(Failure::TimedOut);
                } else if fin != Fin::Sent {
                    socket.failure = Some(Failure::Reset);
                }
            }
            _ => {}
        }
    }

    /// Gives back hardware whose connection is over and read to its end.
    pub(super) fn release_if_over(&mut self, sn: Sn) -> Result<()> {
        let Hardware {
            role,
            owner,
            status,
            ..
        } = *self.hw(sn);
        if status != Status::CLOSED {
            return Ok(());
        }
        match role {
            Role::Armed | Role::Pending | Role::Orphan => return self.free_hardware(sn),
            Role::Connection => {}
            Role::Datagram => return self.revive(sn),
            Role::Free | Role::Leaving => return Ok(()),
        }
        let Some(socket) = self.table.at(usize::from(owner)) else {
            return self.free_hardware(sn);
        };
        let unread = socket.phase == Phase::Connected && !socket.shut_read;
        if unread && self.chip.rx_left(sn)? > 0 {
            return Ok(());
        }
        if let Some(socket) = self.table.at(usize::from(owner)) {
            socket.hardware = None;
            if socket.phase == Phase::Connected {
                socket.phase = Phase::Ended;
            }
        }
        self.free_hardware(sn)
    }

    /// Looks after what the chip does not announce: the end of a connect, of
    /// a FIN handshake, of a SEND that got lost; if `thorough`, after anything.
    fn watch(&mut self, sn: Sn, thorough: bool) -> Result<()> {
        let Hardware {
            role,
            owner,
            fin,
            status,
            since,
            received,
            limit,
            ..
        } = *self.hw(sn);
        if role == Role::Free {
            return Ok(());
        }
        let age = self.now().wrapping_sub(since);
        let (connecting, unwanted) = match self.table.at(usize::from(owner)) {
            Some(socket) if role == Role::Connection => {
                (socket.phase == Phase::Connecting, socket.shut_read)
            }
            _ => (false, role == Role::Orphan),
        };
        if role == Role::Orphan && age >= limit {
            return self.free_hardware(sn);
        }
        if (role.is_datagram() || role.is_leaving()) && self.chip.is_sending(sn) {
            self.restless = true;
            // Erratum 1: such a SEND never ends, and only a reset helps.
            if age >= self.network.arp_ms() + SEND_MS {
                return self.restart();
            }
        }
        if unwanted && (received || self.chip.known_rx_ready(sn) > 0) {
            self.hw(sn).received = false;
            self.chip.discard(sn)?;
        }
        if thorough && !self.chip.takes_commands(sn)? {
            return self.restart();
        }
        self.upkeep(sn)?;
        let restless = connecting || (fin != Fin::Open && status != Status::CLOSED);
        self.restless |= restless;
        if !restless && !thorough {
            return Ok(());
        }
        self.finish(sn, true)?;
        self.look(sn)?;
        self.note_acknowledged(sn, thorough)
    }

    /// A row is to tell since when nothing was acknowledged, and nobody asks while
    /// a SEND is under way, or when the program has no more to send.
    fn note_acknowledged(&mut self, sn: Sn, thorough: bool) -> Result<()> {
        let Hardware { role, status, .. } = *self.hw(sn);
        let wanted = cfg!(feature = "stats") && thorough && role == Role::Connection;
        if wanted && is_connection(status) {
            self.chip.tx_free(sn, self.chip.tx_size(sn))?;
        }
        Ok(())
    }

    /// Asks for the status, and does what follows from it.
    pub(super) fn look(&mut self, sn: Sn) -> Result<()> {
        let status = self.chip.status(sn)?;
        // An end that nothing announced is what a reset chip shows.
        if status == Status::CLOSED {
            if self.was_reset()? {
                return Ok(());
            }
            self.attend(sn)?;
        }
        self.saw(sn, status, false);
        self.release_if_over(sn)
    }

    /// Asks which sockets have something to say, and handles what the chip as a
    /// whole has; if `ask`, whatever the line says.
    pub(super) fn common_events(&mut self, ask: bool) -> Result<CommonEvents> {
        let events = self.chip.events(ask)?;
        if cfg!(feature = "udp") && events.has(CommonEvents::UNREACHABLE) {
            self.refuse_datagrams()?;
        }
        // Who has no address yet asks as 0.0.0.0 too.
        #[cfg(any(feature = "dhcp", feature = "events"))]
        if events.has(CommonEvents::CONFLICT) && self.network.address.ip != [0; 4] {
            self.note(super::notice::CONFLICT);
            #[cfg(feature = "dhcp")]
            {
                self.dhcp.machine.conflict();
            }
        }
        Ok(events)
    }

    /// A host has no program for a datagram: tells the sockets connected to it.
    fn refuse_datagrams(&mut self) -> Result<()> {
        let peer = self.chip.unreachable_peer()?;
        for sn in Sn::all() {
            let hw = self.hw(sn);
            if hw.role.is_datagram() && hw.filtered && hw.peer == peer {
                self.fail(sn, Failure::Refused);
            }
        }
        Ok(())
    }

    /// Puts an error on the program socket that owns `sn`.
    pub(super) fn fail(&mut self, sn: Sn, failure: Failure) {
        let owner = usize::from(self.hw(sn).owner);
        if let Some(socket) = self.table.at(owner) {
            socket.failure = Some(failure);
        }
        self.changed = true;
    }

    /// For a task that is about to sleep: for how many milliseconds it may,
    /// judging by what was tried since the last step.
    pub(super) fn idle(&self) -> u32 {
        match self.chip.interrupt_is_wired() && !self.restless {
            true => CHECK_MS,
            false => 10,
        }
    }
}

/// True once both sides know of the connection, and until it is over.
pub(super) const fn is_connection(status: Status) -> bool {
    matches!(
        status,
        Status::ESTABLISHED
            | Status::CLOSE_WAIT
            | Status::FIN_WAIT
            | Status::CLOSING
            | Status::LAST_ACK
            | Status::TIME_WAIT
    )
}
