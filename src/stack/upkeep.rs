//! What a connection needs from time to time: probes, and an end to those that
//! lead nowhere.

use super::hardware::{Fin, Hardware, Role};
use super::table::{Failure, Phase};
use super::{Options, Stack};
use crate::bus::Bus;
use crate::error::Result;
use crate::port::Port;
use crate::regs::{Command, Sn, Status};

impl<B: Bus, P: Port> Stack<B, P> {
    /// Does for a program's connection what its options ask for. Costs no frame
    /// unless one is set: with a user timeout, TX_FSR is read while bytes are
    /// unacknowledged.
    pub(super) fn upkeep(&mut self, sn: Sn) -> Result<()> {
        let Hardware {
            role,
            owner,
            fin,
            status,
            active,
            ..
        } = *self.hw(sn);
        if role != Role::Connection || status == Status::CLOSED {
            return Ok(());
        }
        let Some(socket) = self.table.at(usize::from(owner)) else {
            return Ok(());
        };
        if socket.phase != Phase::Connected {
            return Ok(());
        }
        let options = *socket.settings.options();
        if options.user_timeout != 0 && self.makes_no_progress(sn, options.user_timeout)? {
            return self.give_up(sn);
        }
        let reap_after = options.close_wait_timeout;
        if status == Status::CLOSE_WAIT && reap_after != 0 && self.is_over(active, reap_after) {
            return self.reap(sn);
        }
        // After its FIN the chip takes no probe.
        if options.keepalive && fin == Fin::Open {
            return self.keep_alive(sn, &options);
        }
        Ok(())
    }

    /// True if `ms` milliseconds have passed since `start`.
    fn is_over(&self, start: u32, ms: u32) -> bool {
        self.now().wrapping_sub(start) >= ms
    }

    /// True if bytes are unacknowledged, and for `limit` milliseconds none was
    /// acknowledged. A peer that keeps its window closed makes none either.
    fn makes_no_progress(&mut self, sn: Sn, limit: u32) -> Result<bool> {
        Ok(!self.is_drained(sn)? && self.is_over(self.chip.tx_progress(sn), limit))
    }

    /// Ends a connection as the chip does when its retries are over.
    pub(super) fn give_up(&mut self, sn: Sn) -> Result<()> {
        self.chip.close(sn)?;
        self.saw(sn, Status::CLOSED, true);
        self.release_if_over(sn)
    }

    /// Takes the hardware from a program that does not close its socket. What
    /// it has not read is lost.
    fn reap(&mut self, sn: Sn) -> Result<()> {
        let owner = usize::from(self.hw(sn).owner);
        if let Some(socket) = self.table.at(owner) {
            socket.hardware = None;
            socket.phase = Phase::Ended;
            socket.failure = Some(Failure::Aborted);
        }
        self.changed = true;
        self.abandon(sn, super::hardware::ORPHAN_MS)
    }

    /// Probes a connection that is silent. The chip repeats a probe that is not
    /// answered and then gives up with TIMEOUT; nothing tells of an answer. A
    /// new probe may begin that anew, so after the last one of a round there is
    /// none until the chip had its time.
    fn keep_alive(&mut self, sn: Sn, options: &Options) -> Result<()> {
        let Hardware { probed, probes, .. } = *self.hw(sn);
        let interval = u32::from(options.keep_interval_s()) * 1000;
        let due = match probes {
            0 => u32::from(options.keep_idle_s()) * 1000,
            _ if probes < options.keep_probes() => interval,
            _ => interval.max(self.network.retransmission_ms()),
        };
        if !self.is_over(probed, due) {
            return Ok(());
        }
        let now = self.now();
        if probes >= options.keep_probes() {
            // The peer is there, or the chip would have said so.
            let hw = self.hw(sn);
            hw.probed = now;
            hw.probes = 0;
            return Ok(());
        }
        if !self.chip.has_sent(sn) || !self.is_drained(sn)? {
            // The chip cannot probe before the first byte; what is under way
            // is a probe of its own.
            self.hw(sn).probed = now;
            return Ok(());
        }
        self.chip.command(sn, Command::SEND_KEEP)?;
        let hw = self.hw(sn);
        hw.probed = now;
        hw.probes = probes + 1;
        Ok(())
    }
}
