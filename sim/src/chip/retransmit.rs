//! What was sent and not acknowledged, and when to send it again (RTR and RCR).

use std::collections::VecDeque;

use smoltcp::wire::{TcpControl, TcpSeqNumber};

use super::core::Core;
use crate::node::Micros;

/// A segment that occupies sequence space.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) seq: TcpSeqNumber,
    pub(crate) control: TcpControl,
    pub(crate) payload: Vec<u8>,
}

impl Sent {
    /// Sequence number after the segment.
    pub(crate) fn end(&self) -> TcpSeqNumber {
        let flag = matches!(self.control, TcpControl::Syn | TcpControl::Fin);
        self.seq + self.payload.len() + usize::from(flag)
    }
}

/// What the retransmission timer asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is due.
    Wait,
    /// Send the oldest segment, or the keep-alive probe, again.
    Repeat,
    /// RCR repetitions went unanswered.
    GiveUp,
}

/// The segments in flight, oldest first, and their timer.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    queue: VecDeque<Sent>,
    /// A keep-alive probe is on its way.
    probing: bool,
    repeats: u8,
    due: Micros,
}

impl InFlight {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn oldest(&self) -> Option<&Sent> {
        self.queue.front()
    }

    /// When [`poll`](Self::poll) is due.
    pub(crate) fn due(&self) -> Option<Micros> {
        (self.probing || !self.queue.is_empty()).then_some(self.due)
    }

    /// A segment goes out for the first time.
    pub(crate) fn push(&mut self, core: &Core, sent: Sent, now: Micros) {
        if self.queue.is_empty() {
            self.restart(core, now);
        }
        self.queue.push_back(sent);
    }

    /// A keep-alive probe goes out.
    pub(crate) fn probe(&mut self, core: &Core, now: Micros) {
        self.probing = true;
        self.restart(core, now);
    }

    /// A segment of the peer arrived, after which all up to `acknowledged` is: takes that off the
    /// queue.
    pub(crate) fn answered(
        &mut self,
        core: &Core,
        acknowledged: Option<TcpSeqNumber>,
        window: u16,
        now: Micros,
    ) {
        self.probing = false;
        let Some(ack) = acknowledged else {
            return;
        };
        let before = self.queue.len();
        while self.queue.front().is_some_and(|sent| sent.end() <= ack) {
            self.queue.pop_front();
        }
        if self.queue.len() < before {
            self.restart(core, now);
        } else if window == 0 {
            // A peer that answers probes of its closed window is alive.
            self.repeats = 0;
        }
    }

    /// Looks at the timer.
    pub(crate) fn poll(&mut self, core: &Core, now: Micros) -> Verdict {
        if self.due().is_none_or(|due| now < due) {
            return Verdict::Wait;
        }
        if self.repeats >= core.retry_count() {
            return Verdict::GiveUp;
        }
        self.repeats += 1;
        self.due = now + core.backoff(self.repeats);
        Verdict::Repeat
    }

    fn restart(&mut self, core: &Core, now: Micros) {
        self.repeats = 0;
        self.due = now + core.backoff(0);
    }
}
