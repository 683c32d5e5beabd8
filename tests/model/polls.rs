//! Poll.

use crate::actions::Pick;
use crate::reference;
use crate::world::*;
use w5100::stack::{self, Handle, PollEntry, ready};

impl World {
    pub(crate) fn poll_one(&mut self, pick: Pick, events: i16, wait_ms: u32) -> Check {
        match self.pick(pick, |_| true) {
            None => Ok(()),
            Some(Target::Open(at)) => self.poll(&[at], events, wait_ms),
            Some(Target::Dead(handle)) => {
                let mut set = [entry(handle, events)];
                let answer = stack::poll(&self.lab.devices, &mut set, wait_ms);
                let revents = if handle.raw() < 0 { 0 } else { ready::NVAL };
                if answer == Ok(usize::from(revents != 0)) && set[0].revents == revents {
                    return Ok(());
                }
                Err(format!(
                    "{answer:?}, {:x} on a closed handle",
                    set[0].revents
                ))
            }
        }
    }

    pub(crate) fn poll(&mut self, sockets: &[usize], events: i16, wait_ms: u32) -> Check {
        let views: Vec<_> = sockets.iter().map(|at| self.view(*at)).collect();
        let handle = |at: &usize| entry(self.sockets[*at].handle, events);
        let mut set: Vec<_> = sockets.iter().map(handle).collect();
        let start = self.now();
        let answer = stack::poll(&self.lab.devices, &mut set, wait_ms);
        let elapsed = self.now() - start;
        let ready = set.iter().filter(|entry| entry.revents != 0).count();
        if answer != Ok(ready) {
            return Err(format!("{answer:?}, {ready} ready"));
        }
        let wait_us = u64::from(wait_ms) * 1_000;
        // The clock counts whole milliseconds.
        let early = ready == 0 && elapsed + 1_000 < wait_us;
        if early || elapsed > wait_us + LATE_US {
            return Err(format!("{ready} after {elapsed} us"));
        }
        self.observe()?;
        let now = self.now();
        for ((at, entry), mut view) in sockets.iter().zip(&set).zip(views) {
            // What may be there may have come while it waited.
            let later = self.view(*at);
            view.may_be_unreachable |= later.may_be_unreachable;
            view.may_time_out |= later.may_time_out;
            view.clients.0 |= later.clients.0;
            let revents = entry.revents;
            if self.sockets[*at].tcp {
                let rule = |stage| reference::poll(stage, &view, events, revents);
                self.judge(*at, &view, &format_args!("{revents:#x}"), rule)?;
            } else if !self.sockets[*at].datagrams.poll(events, now, revents) {
                let datagrams = &self.sockets[*at].datagrams;
                return Err(format!("{revents:#x}, {datagrams:?}"));
            }
        }
        Ok(())
    }
}

fn entry(handle: Handle, events: i16) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events,
        revents: 0x5A5A,
    }
}
