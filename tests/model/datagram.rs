//! The reference for datagram sockets.

use std::collections::VecDeque;

use w5100::error::{Error, Result};
use w5100::stack::Endpoint;
use w5100::stack::ready::{ERR, HUP, IN, OUT, RDHUP};

/// Bytes of a hardware socket's ring, and of the header before each datagram in it.
const RING: usize = 2048;
const HEADER: usize = 8;
/// What was read, but not given back to the ring, at most: its half, and one datagram.
const UNRELEASED: usize = RING / 2;
/// A datagram to a host that is there has gone out after this time, ARP included.
const OUT_US: u64 = 2_000;
/// One to a host that is not there fails between these times.
const FAILS_US: std::ops::Range<u64> = 1_750_000..2_000_000;

/// A datagram that a host sent.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) from: Endpoint,
    pub(crate) data: Vec<u8>,
    /// It certainly is in the ring.
    certain: bool,
}

/// What becomes of a datagram that the program sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    /// Nobody has the address.
    Fails,
    /// The host has vanished, or did while it was under way.
    Open,
}

/// What a datagram socket carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Layer {
    #[default]
    Udp,
    /// IP packets of a protocol that no host knows.
    Ip,
    /// Ethernet frames, on hardware socket 0.
    Ethernet,
}

/// A datagram socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Datagrams {
    pub(crate) layer: Layer,
    pub(crate) hardware: bool,
    pub(crate) broadcast: bool,
    pub(crate) peer: Option<Endpoint>,
    pub(crate) queue: VecDeque<Incoming>,
    /// The last one sent: when, and its fate.
    pub(crate) sent: Option<(u64, Fate)>,
    /// EHOSTUNREACH is to be told: perhaps, certainly.
    pub(crate) failed: (bool, bool),
    /// Likewise ECONNREFUSED.
    pub(crate) refused: (bool, bool),
    /// When the last one was sent to a closed port that must be told of.
    pub(crate) closed: Option<u64>,
    pub(crate) shut_read: bool,
    pub(crate) shut_write: bool,
    /// Parts of a datagram, and where it goes.
    pub(crate) parts: Option<(Endpoint, Vec<u8>)>,
}

impl Datagrams {
    pub(crate) fn new(layer: Layer) -> Self {
        Self {
            layer,
            ..Self::default()
        }
    }

    /// A datagram has come in.
    pub(crate) fn arrived(&mut self, from: Endpoint, data: Vec<u8>) {
        let held: usize = self.queue.iter().map(|one| HEADER + one.data.len()).sum();
        let certain = held == 0 || held + UNRELEASED + HEADER + data.len() <= RING;
        self.queue.push_back(Incoming {
            from,
            data,
            certain,
        });
    }

    fn is_foreign(&self, one: &Incoming) -> bool {
        self.peer.is_some_and(|peer| peer != one.from)
    }

    /// Places of those that may be the first one for the program; the last of them is certain
    /// unless there is none that is.
    fn candidates(&self) -> (Vec<usize>, bool) {
        let mut places = Vec::new();
        for (at, one) in self.queue.iter().enumerate() {
            if self.is_foreign(one) {
                continue;
            }
            places.push(at);
            if one.certain {
                return (places, true);
            }
        }
        (places, false)
    }

    /// A call has looked for the first one: those of others before it may be gone.
    fn scanned(&mut self) {
        let (places, certain) = self.candidates();
        let end = places.last().filter(|_| certain).copied();
        for at in 0..end.unwrap_or(self.queue.len()) {
            if self.is_foreign(&self.queue[at]) {
                self.queue[at].certain = false;
            }
        }
    }

    /// A call has found none: what is not there now was never put into the ring, or was of others.
    fn found_none(&mut self) {
        self.queue.clear();
    }

    /// Whether one before this is under way: perhaps, certainly.
    pub(crate) fn is_sending(&self, now: u64) -> (bool, bool) {
        match self.sent {
            None => (false, false),
            Some((at, Fate::Arrives)) => (now < at + OUT_US, false),
            Some((at, Fate::Fails)) => (now < at + FAILS_US.end, now < at + FAILS_US.start),
            Some((at, Fate::Open)) => (now < at + FAILS_US.end, false),
        }
    }

    /// What became of the last one by now. `served` if the library has looked since.
    pub(crate) fn pass(&mut self, now: u64, served: bool) {
        self.hear(now, served);
        let Some((at, fate)) = self.sent else {
            return;
        };
        if fate != Fate::Arrives && now >= at + FAILS_US.start {
            self.failed.0 = true;
        }
        let over = match fate {
            Fate::Arrives => now >= at + OUT_US,
            _ => now >= at + FAILS_US.end,
        };
        if over && served {
            self.failed.1 |= fate == Fate::Fails;
            self.sent = None;
        }
    }

    /// What hosts have said of closed ports by now.
    fn hear(&mut self, now: u64, served: bool) {
        if served && self.closed.is_some_and(|at| now >= at + OUT_US) {
            self.closed = None;
            self.refused.1 = true;
        }
    }

    /// A datagram went to a closed port; `certain` if the host must have said so to this socket.
    pub(crate) fn went_to_closed_port(&mut self, to: Endpoint, now: u64, certain: bool) {
        if self.peer == Some(to) {
            self.refused.0 = true;
            self.closed = certain.then_some(now);
        }
    }

    /// What a host said was overwritten, perhaps, before the library has looked.
    pub(crate) fn hears_nothing(&mut self) {
        self.closed = None;
    }

    /// Something was sent to a closed port before this socket was connected to it.
    pub(crate) fn may_be_refused(&mut self) {
        self.refused.0 = true;
    }

    /// The host that the last one is for has vanished, perhaps.
    pub(crate) fn may_be_lost(&mut self) {
        if let Some((_, fate @ Fate::Arrives)) = &mut self.sent {
            *fate = Fate::Open;
        }
        self.closed = None;
    }

    /// Something is to be told.
    pub(crate) fn has_news(&self) -> bool {
        self.failed.1 || self.refused.1
    }

    /// An error was told: whether there may have been such. Of two one may hide the other.
    pub(crate) fn tell(&mut self, error: Error) -> bool {
        match error {
            Error::HostUnreachable => {
                self.sent = None;
                self.refused.1 = false;
                std::mem::take(&mut self.failed).0
            }
            Error::ConnectionRefused => {
                self.closed = None;
                self.failed.1 = false;
                std::mem::take(&mut self.refused).0
            }
            _ => false,
        }
    }

    /// One answer of SO_ERROR.
    pub(crate) fn take_error(&mut self, now: u64, answer: &Result<Option<Error>>) -> bool {
        self.pass(now, false);
        self.hear(now, self.peer.is_some());
        match answer {
            Ok(None) => !self.has_news(),
            Ok(Some(error)) => self.tell(*error),
            Err(_) => false,
        }
    }

    /// One answer of recvfrom with room for `length` bytes.
    pub(crate) fn receive(
        &mut self,
        length: usize,
        peek: bool,
        hardware: (bool, bool),
        answer: &Result<(Vec<u8>, Endpoint)>,
    ) -> bool {
        let (least, most) = hardware;
        if *answer == Err(Error::NoHardwareSocket) {
            return !self.hardware && !least;
        }
        if !self.hardware && !most {
            return false;
        }
        self.hardware = true;
        let (places, certain) = self.candidates();
        match answer {
            // What frames there are on the wire is not what this is about.
            Ok(_) | Err(Error::WouldBlock) if self.layer == Layer::Ethernet => true,
            Err(Error::WouldBlock) => {
                self.found_none();
                !certain && !self.has_news() && !self.shut_read
            }
            Err(error) => self.tell(*error),
            Ok(_) if self.has_news() => false,
            Ok((data, from)) if self.shut_read && data.is_empty() && from.port == 0 => {
                self.found_none();
                !certain
            }
            Ok((data, from)) => {
                let is_it = |at: &usize| {
                    let one = &self.queue[*at];
                    one.from == *from && one.data[..one.data.len().min(length)] == data[..]
                };
                let Some(at) = places.into_iter().find(is_it) else {
                    return false;
                };
                self.queue.drain(..at);
                if peek {
                    self.queue[0].certain = true;
                } else {
                    self.queue.pop_front();
                }
                true
            }
        }
    }

    /// One answer of FIONREAD: the size of the next datagram.
    pub(crate) fn available(&mut self, answer: &Result<usize>) -> bool {
        let (places, certain) = self.candidates();
        let sizes: Vec<_> = places.iter().map(|at| self.queue[*at].data.len()).collect();
        self.scanned();
        match answer {
            Ok(_) if self.layer == Layer::Ethernet => true,
            Ok(0) => !certain || sizes.contains(&0),
            Ok(size) => sizes.contains(size),
            Err(_) => false,
        }
    }

    /// One answer of poll.
    pub(crate) fn poll(&mut self, events: i16, now: u64, revents: i16) -> bool {
        self.pass(now, true);
        let (places, certain) = self.candidates();
        let (sending, _) = self.is_sending(now);
        let mut must = 0;
        let mut may = OUT;
        if self.shut_read {
            must |= IN | RDHUP;
        }
        if self.shut_read && self.shut_write {
            must |= HUP;
        }
        if self.hardware && certain {
            must |= IN;
        }
        if self.hardware && (!places.is_empty() || self.layer == Layer::Ethernet) {
            may |= IN;
        }
        if !sending || self.shut_write {
            must |= OUT;
        }
        if self.has_news() {
            must |= ERR | IN | OUT;
        }
        if self.failed.0 || self.refused.0 {
            may |= ERR | IN | OUT;
        }
        if events & IN != 0 {
            self.scanned();
        }
        let mask = events | ERR | HUP;
        let (must, may) = (must & mask, (must | may) & mask);
        revents & must == must && revents & !may == 0
    }
}
