//! What is known of the network side of a stream, and what follows from it.

use crate::reference::Stage::{self, *};
use crate::reference::Stages;

/// What the hosts and the program itself have done with a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct View {
    /// Bytes that the host sent and the program has not read: at most, and those that are there.
    pub(crate) unread: u64,
    pub(crate) waits: u64,
    /// The host has sent FIN, and it is there.
    pub(crate) fin: bool,
    pub(crate) fin_arrived: bool,
    /// The host has broken the connection, and that is known.
    pub(crate) aborted: bool,
    pub(crate) reset_arrived: bool,
    /// How a connect may have ended.
    pub(crate) may_connect: bool,
    pub(crate) may_be_refused: bool,
    pub(crate) may_be_unreachable: bool,
    pub(crate) may_time_out: bool,
    pub(crate) must_time_out: bool,
    /// A connect must have ended by now.
    pub(crate) must_have_ended: bool,
    /// Room to send that there certainly is.
    pub(crate) room: u64,
    /// Bytes on their way to the host: at least, at most.
    pub(crate) outstanding: (u64, u64),
    pub(crate) shut_read: bool,
    pub(crate) shut_write: bool,
    /// The reset was there before that.
    pub(crate) reset_first: bool,
    /// Both directions are over, and nothing can be under way.
    pub(crate) both_ended: bool,
    /// The chip keeps what was received when the connection ends.
    pub(crate) keeps: bool,
    /// A client waits for accept: perhaps, certainly.
    pub(crate) clients: (bool, bool),
}

impl View {
    /// Stages that follow without a call.
    fn after(&self, stage: Stage) -> Stages {
        let live = stage.is_live();
        let broken = live && self.aborted;
        // A reset after our FIN looks as the other end's FIN does.
        let ended = self.shut_write && !self.reset_first;
        let candidates = [
            (Connected, stage == Connecting && self.may_connect),
            (Refused, stage == Connecting && self.may_be_refused),
            (Unreachable, stage == Connecting && self.may_be_unreachable),
            (NoAnswer, stage == Connecting && self.may_time_out),
            (Finished, stage == Connected && self.fin),
            (Reset, broken),
            (TimedOut, live && self.may_time_out),
            (Over, ended && (broken || stage == Finished)),
        ];
        let possible = candidates.into_iter().filter(|(_, possible)| *possible);
        possible.map(|(stage, _)| stage).collect()
    }

    /// All stages that `stages` may have become.
    pub(crate) fn reach(&self, stages: Stages) -> Stages {
        let mut reached = stages;
        loop {
            let next = reached.iter().map(|stage| self.after(stage));
            let next = next.fold(reached, Stages::and);
            if next == reached {
                return reached;
            }
            reached = next;
        }
    }

    /// The stage cannot last any longer once the library has looked.
    pub(crate) fn has_passed(&self, stage: Stage) -> bool {
        match stage {
            Connecting => self.must_have_ended,
            Connected if self.fin_arrived => true,
            Connected | Finished => self.reset_arrived || self.both_ended || self.must_time_out,
            _ => false,
        }
    }

    /// The stage has passed, and the call looks before it answers.
    pub(crate) fn is_known(&self, stage: Stage) -> bool {
        self.has_passed(stage)
    }

    /// Bytes of which a recv cannot deny that they are there.
    pub(crate) fn owed(&self) -> bool {
        self.waits > 0 && self.keeps
    }
}
