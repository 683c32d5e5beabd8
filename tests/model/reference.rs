//! The reference for streams: in which stage a connection may be, and what each call answers there.
//!
//! What a stack knows of the network depends on moments that a contract does not fix. So the
//! reference keeps a set of stages that the socket may be in. Whatever can have happened adds the
//! next stage to the set, and every answer strikes out the stages in which it is not allowed; when
//! none is left the answer is wrong.

use crate::view::View;
use w5100::error::{Error, Result};
use w5100::stack::ready::{ERR, HUP, IN, OUT, RDHUP};

/// Where a stream socket stands, as the program is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Fresh,
    Listening,
    Connecting,
    Connected,
    /// The host has sent FIN.
    Finished,
    /// The host has reset it, which is to be told once.
    Reset,
    /// The host did not answer any more, which is to be told once.
    TimedOut,
    /// Both ends are closed, or the reason was told.
    Over,
    /// The connect failed, which is to be told once.
    Refused,
    NoAnswer,
    Unreachable,
    /// The connect was given up by a shutdown, which is to be told once.
    GivenUp,
    /// The connect failed and that was told; another may be tried.
    Failed,
}

use Stage::*;

const STAGES: [Stage; 13] = [
    Fresh,
    Listening,
    Connecting,
    Connected,
    Finished,
    Reset,
    TimedOut,
    Over,
    Refused,
    NoAnswer,
    Unreachable,
    GivenUp,
    Failed,
];

impl Stage {
    /// There is or was a connection.
    pub(crate) fn is_stream(self) -> bool {
        matches!(self, Connected | Finished | Reset | TimedOut | Over)
    }

    /// It is open in at least one direction.
    pub(crate) fn is_live(self) -> bool {
        matches!(self, Connected | Finished)
    }

    /// What is to be told once, and the stage after that.
    pub(crate) fn news(self) -> Option<(Error, Stage)> {
        match self {
            Reset => Some((Error::ConnectionReset, Over)),
            TimedOut => Some((Error::TimedOut, Over)),
            Refused => Some((Error::ConnectionRefused, Failed)),
            NoAnswer => Some((Error::TimedOut, Failed)),
            Unreachable => Some((Error::HostUnreachable, Failed)),
            GivenUp => Some((Error::ConnectionReset, Failed)),
            _ => None,
        }
    }

    /// The next stage if `answer` is the error that is to be told.
    fn tell<T>(self, answer: &Result<T>) -> Option<Stage> {
        let (error, after) = self.news()?;
        (answer.as_ref().err() == Some(&error)).then_some(after)
    }
}

/// A set of stages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stages(u16);

impl Stages {
    pub(crate) fn only(stage: Stage) -> Self {
        Self(1 << stage as u8)
    }

    pub(crate) fn has(self, stage: Stage) -> bool {
        self.0 & 1 << stage as u8 != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Stage> {
        STAGES.into_iter().filter(move |stage| self.has(*stage))
    }

    pub(crate) fn all(self, is: impl Fn(Stage) -> bool) -> bool {
        self.iter().all(is)
    }

    pub(crate) fn any(self, is: impl Fn(Stage) -> bool) -> bool {
        self.iter().any(is)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Stage> for Stages {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        Self(
            stages
                .into_iter()
                .fold(0, |set, stage| set | 1 << stage as u8),
        )
    }
}

impl std::fmt::Debug for Stages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// One answer of recv or a peek of `length` bytes.
pub(crate) fn recv(
    stage: Stage,
    view: &View,
    length: usize,
    answer: &Result<usize>,
) -> Option<Stage> {
    let fine = match (stage, answer) {
        (Fresh | Listening | Failed, Err(Error::NotConnected)) => true,
        (Connecting, Ok(0)) => length == 0,
        (Connecting, Err(Error::WouldBlock)) => true,
        (stage, Ok(0)) if length == 0 || view.shut_read => stage.is_stream(),
        (stage, Ok(1..)) if view.shut_read => stage.tell(answer).is_some(),
        (stage, Ok(count @ 1..)) => {
            stage.is_stream() && *count <= length && *count as u64 <= view.unread
        }
        (Connected, Err(Error::WouldBlock)) => view.waits == 0 && !view.has_passed(Connected),
        (Finished, Ok(0)) => view.unread == 0,
        (Over, Ok(0)) => !view.owed(),
        (Reset | TimedOut, _) if view.owed() => false,
        (stage, _) => return stage.tell(answer),
    };
    fine.then_some(stage)
}

/// One answer of send with `length` bytes.
pub(crate) fn send(
    stage: Stage,
    view: &View,
    length: usize,
    answer: &Result<usize>,
) -> Option<Stage> {
    let fine = match (stage, answer) {
        (Fresh | Listening | Failed, Err(Error::NotConnected)) => true,
        (Connecting, Ok(0)) => length == 0,
        (Connecting, Err(Error::WouldBlock)) => true,
        (stage, Err(Error::Pipe)) if view.shut_write => stage.is_stream(),
        (Over, Err(Error::Pipe)) => true,
        (Over, Ok(0)) => length == 0,
        (Connected | Finished, Ok(0)) => length == 0 && !view.shut_write,
        (Connected | Finished, Ok(count)) => {
            let least = view.room.min(length as u64);
            !view.shut_write
                && !view.reset_arrived
                && (least..=length as u64).contains(&(*count as u64))
        }
        (Connected | Finished, Err(Error::WouldBlock)) => {
            length > 0 && view.room == 0 && !view.shut_write && !view.reset_arrived
        }
        (stage, _) => return stage.tell(answer),
    };
    fine.then_some(stage)
}

/// One answer of connect to a place that makes sense; `hardware` as [`hardware_is_had`].
pub(crate) fn connect(
    stage: Stage,
    view: &View,
    hardware: (bool, bool),
    answer: &Result<()>,
) -> Option<Stage> {
    let (least, most) = hardware;
    match (stage, answer) {
        (Fresh | Failed, Err(Error::NoHardwareSocket)) => (!least).then_some(stage),
        (Fresh | Failed, Ok(())) => most.then_some(Connected),
        (Fresh | Failed, Err(Error::InProgress)) => most.then_some(Connecting),
        (Fresh | Failed, Err(Error::ConnectionRefused | Error::HostUnreachable)) => {
            most.then_some(Failed)
        }
        (Connecting, Err(Error::Already)) => (!view.is_known(stage)).then_some(stage),
        (Listening, Err(Error::NotSupported)) => Some(stage),
        (stage, Err(Error::IsConnected)) => stage.is_stream().then_some(stage),
        (stage, _) if stage.is_stream() => None,
        (stage, _) => stage.tell(answer),
    }
}

/// One answer of SO_ERROR.
pub(crate) fn take_error(
    stage: Stage,
    view: &View,
    answer: &Result<Option<Error>>,
) -> Option<Stage> {
    match (stage.news(), answer) {
        (None, Ok(None)) => (!view.is_known(stage)).then_some(stage),
        (Some((error, after)), Ok(Some(told))) if *told == error => Some(after),
        _ => None,
    }
}

/// One answer of shutdown.
pub(crate) fn shutdown(stage: Stage, write: bool, answer: &Result<()>) -> Option<Stage> {
    match (stage, answer) {
        (Listening, Ok(())) if !write => Some(Fresh),
        (Listening, Ok(())) => Some(stage),
        (Connecting, Ok(())) => Some(GivenUp),
        (stage, Ok(())) => stage.is_stream().then_some(stage),
        (Listening | Connecting, Err(Error::NotConnected)) => None,
        (stage, Err(Error::NotConnected)) => (!stage.is_live()).then_some(stage),
        (_, Err(_)) => None,
    }
}

/// One answer of FIONREAD.
pub(crate) fn available(stage: Stage, view: &View, answer: &Result<usize>) -> Option<Stage> {
    let fine = match (stage, answer) {
        (Listening, answer) => *answer == Err(Error::Invalid),
        (Connected | Finished, Ok(0)) => view.shut_read || view.waits == 0,
        (Reset | TimedOut | Over, Ok(0)) => view.shut_read || !view.owed(),
        (_, Ok(0)) => true,
        (stage, Ok(count)) => stage.is_stream() && !view.shut_read && *count as u64 <= view.unread,
        _ => false,
    };
    fine.then_some(stage)
}

/// One answer to whether there is a connection whose other end is open.
pub(crate) fn is_connected(stage: Stage, view: &View, answer: &Result<bool>) -> Option<Stage> {
    // It looks before it answers.
    let passed = stage == Connected && view.has_passed(stage);
    (*answer == Ok(stage == Connected) && !passed).then_some(stage)
}

/// One answer to how much is not acknowledged.
pub(crate) fn outstanding(stage: Stage, view: &View, answer: &Result<u16>) -> Option<Stage> {
    let (least, most) = view.outstanding;
    let fine = match (stage, answer) {
        (Fresh | Listening | Failed, Err(Error::NotConnected)) => true,
        // It tells nothing that another call has to.
        (Refused | NoAnswer | Unreachable | GivenUp, Err(Error::NotConnected)) => true,
        (Connecting, Err(Error::WouldBlock)) => true,
        (Connected | Finished, Ok(bytes)) => {
            u64::from(*bytes) <= most && (u64::from(*bytes) >= least || view.aborted)
        }
        (Reset | TimedOut | Over, Ok(0)) => true,
        (stage, _) => return stage.tell(answer),
    };
    fine.then_some(stage)
}

/// One answer of poll.
pub(crate) fn poll(stage: Stage, view: &View, events: i16, revents: i16) -> Option<Stage> {
    let ended = IN | OUT | HUP | RDHUP;
    // What must be there, and what may be there besides.
    let (must, may) = match stage {
        Fresh => (OUT | HUP, 0),
        Listening => {
            let (may, must) = view.clients;
            (if must { IN } else { 0 }, if may { IN } else { 0 })
        }
        Connecting => (0, 0),
        // Poll looks before it answers.
        stage if view.has_passed(stage) => return None,
        Connected | Finished => live(stage, view),
        Over | Failed => (ended, 0),
        Reset | TimedOut | Refused | NoAnswer | Unreachable | GivenUp => (ended | ERR, 0),
    };
    let mask = events | ERR | HUP;
    let (must, may) = (must & mask, (must | may) & mask);
    (revents & must == must && revents & !may == 0).then_some(stage)
}

/// What poll must and may tell of a connection that is open in some direction.
fn live(stage: Stage, view: &View) -> (i16, i16) {
    let ended = stage == Finished || view.shut_read;
    let mut must = 0;
    let mut may = OUT;
    if ended {
        must |= IN | RDHUP;
    } else if view.waits > 0 {
        must |= IN;
    } else if view.unread > 0 {
        may |= IN;
    }
    if view.shut_write || view.room > 0 {
        must |= OUT;
    }
    if ended && view.shut_write {
        must |= HUP;
    }
    (must, may)
}

/// One answer of getpeername; `is_right` if it named the peer.
pub(crate) fn peer_name(stage: Stage, is_right: bool, answer: &Result<()>) -> Option<Stage> {
    let fine = match answer {
        Ok(()) => stage.is_stream() && is_right,
        Err(error) => *error == Error::NotConnected && !stage.is_live(),
    };
    fine.then_some(stage)
}

/// One answer of listen on a socket whose failure was told.
pub(crate) fn listen(stage: Stage, in_use: bool, answer: &Result<()>) -> Option<Stage> {
    match (stage, answer) {
        (Fresh | Failed | Listening, Ok(())) => (!in_use).then_some(Listening),
        (Fresh | Failed | Listening, Err(Error::AddressInUse)) => in_use.then_some(stage),
        (Connecting, Err(Error::Invalid)) => Some(stage),
        (stage, Err(Error::Invalid)) => stage.is_stream().then_some(stage),
        _ => None,
    }
}
