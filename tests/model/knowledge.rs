//! What the hosts and the sequence so far say about what the library may and must answer.

use crate::datagram::{Fate, Layer};
use crate::link::{Link, Origin};
use crate::reference::Stage;
use crate::view::View;
use crate::world::*;
use w5100::stack::Endpoint;

/// What a handshake and its ARP take at most.
const HANDSHAKE_US: u64 = 5_000;

/// Without an answer ARP gives up after this time, and TCP after the other.
const ARP_US: std::ops::Range<u64> = 1_750_000..2_000_000;

const RETRIES_US: u64 = 20_000_000;

/// How long a connection that its program closed may take to end, and be noticed.
const ORPHAN_US: u64 = 11_000_000;

impl World {
    /// What is known of the network side of a socket.
    pub(crate) fn view(&self, at: usize) -> View {
        let socket = &self.sockets[at];
        let now = self.now();
        let Some(link) = socket.link.map(|link| &self.links[link]) else {
            return View {
                clients: self.clients(socket.port),
                ..View::default()
            };
        };
        let lossy_for = link.lossy.map_or(0, |since| now - since);
        let age = now - link.began;
        let lossy = link.lossy.is_some();
        let ended = match link.origin {
            Origin::Nobody => age >= ARP_US.end,
            _ => age >= HANDSHAKE_US && !lossy,
        };
        let limit = socket.user_timeout;
        let extra = u64::from(self.flaw == Some(Flaw::ExpectsMoreRoom));
        View {
            unread: link.down_sent - link.down_read,
            // The chip may throw it away at any moment.
            waits: if link.aborted.is_some() && !self.keeps {
                0
            } else {
                link.waits()
            },
            fin: link.fin,
            fin_arrived: link.fin_arrived(),
            aborted: (link.aborted.is_some() && self.flaw != Some(Flaw::KnowsNoReset))
                || link.strange,
            reset_arrived: link.reset_arrived(now),
            may_connect: matches!(link.origin, Origin::Program | Origin::Client(_)),
            may_be_refused: link.origin == Origin::Refused || lossy,
            may_be_unreachable: (link.origin == Origin::Nobody || lossy) && age >= ARP_US.start,
            may_time_out: lossy_for >= RETRIES_US
                || (limit > 0 && (lossy || link.stalled_for(now) >= limit)),
            must_time_out: limit > 0 && !lossy && link.stalls_for(now) >= limit + LATE_US,
            must_have_ended: ended,
            room: if link.quiet {
                socket.send_limit + extra
            } else {
                0
            },
            outstanding: (
                link.up_sent.saturating_sub(link.received()),
                if link.quiet {
                    0
                } else {
                    link.limit.min(link.up_sent)
                },
            ),
            shut_read: socket.shut_read,
            shut_write: socket.shut_write,
            reset_first: socket.reset_first,
            both_ended: link.both_ended(now),
            keeps: self.keeps,
            clients: (false, false),
        }
    }

    /// Clients of a port that wait for accept: whether there may be, and certainly is, one.
    pub(crate) fn clients(&self, port: u16) -> (bool, bool) {
        let now = self.now();
        let may = self.waiting(port).next().is_some();
        let certain = |link: &Link| link.lossy.is_none() && link.is_open(now);
        (may, self.waiting(port).any(certain))
    }

    /// Clients of a port that were not accepted.
    pub(crate) fn waiting(&self, port: u16) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.waits_at(port))
    }

    /// Whether a client that connects to a port now is certain to be connected, or refused.
    pub(crate) fn expected(&self, port: u16) -> Option<bool> {
        let now = self.now();
        let is_it = |socket: &&Socket| socket.is(Stage::Listening) && socket.port == port;
        let Some(listener) = self.sockets.iter().find(is_it) else {
            return Some(false);
        };
        let certain = |link: &&Link| link.lossy.is_none() && link.is_open(now);
        let (backlog, highest) = listener.backlog;
        if self.waiting(port).filter(certain).count() >= highest {
            return Some(false);
        }
        let ending = |link: &&Link| link.closed.is_some_and(|at| now < at + ORPHAN_US);
        let others = self
            .sockets
            .iter()
            .filter(|other| other.is(Stage::Listening))
            .count()
            - 1;
        let most = self.held().1 + self.links.iter().filter(ending).count() + 2 * others;
        let room = most < 4 && self.waiting(port).count() < backlog;
        (room && self.idle.get()).then_some(true)
    }

    /// Who listens changes: what becomes of clients under way is not certain any more.
    pub(crate) fn listeners_change(&mut self) {
        let now = self.now();
        for link in &mut self.links {
            if now < link.began + HANDSHAKE_US {
                link.expected = None;
            }
        }
    }

    /// Hardware sockets that cannot be taken from their sockets: at least, at most.
    pub(crate) fn held(&self) -> (usize, usize) {
        let now = self.now();
        let (mut least, mut most) = (0, 0);
        for (at, socket) in self.sockets.iter().enumerate() {
            if !socket.tcp {
                least += usize::from(socket.datagrams.hardware);
                most += usize::from(socket.datagrams.hardware);
                continue;
            }
            let view = self.view(at);
            let stages = view.reach(socket.stages);
            let live = |stage: Stage| stage.is_live() || stage == Stage::Connecting;
            let unread = |stage: Stage| stage.is_stream() && view.unread > 0;
            least += usize::from(stages.all(live));
            // What ended without being noticed yet is held too.
            most += usize::from(socket.stages.any(|stage| live(stage) || unread(stage)));
            if socket.is(Stage::Listening) {
                let certain = |link: &&Link| link.lossy.is_none() && link.is_open(now);
                least += self.waiting(socket.port).filter(certain).count();
                most += self.waiting(socket.port).count();
            }
        }
        (least, most)
    }

    /// As many hardware sockets are free as nobody can have.
    pub(crate) fn check_free(&self) -> Check {
        let now = self.now();
        let (_, most) = self.held();
        let ending = |link: &&Link| {
            let silent = link.linger_us == 0;
            !silent && link.closed.is_some_and(|at| now < at + ORPHAN_US)
        };
        let sending = |at: &&u64| now < **at + ARP_US.end + ORPHAN_US;
        let ends = self.links.iter().filter(ending).count()
            + self.closed_sending.iter().filter(sending).count();
        let free = self.lab.free_sockets() as usize;
        if free + most + ends < 4 {
            return Err(format!(
                "{free} hardware sockets are free, {most} held, {ends} ending"
            ));
        }
        Ok(())
    }

    /// Whether a call that needs a hardware socket certainly, and perhaps, gets one.
    pub(crate) fn hardware_is_had(&self, at: usize) -> (bool, bool) {
        let (least, most) = self.held();
        match self.sockets[at].datagrams.layer {
            // It must be the first one.
            Layer::Ethernet => (most == 0, least < 4),
            _ => (most < 4, least < 4),
        }
    }

    /// A call may have taken a hardware socket from a connection whose program has closed it, or
    /// from under a client that was about to connect.
    pub(crate) fn claimed(&mut self) {
        let now = self.now();
        let orphans = self
            .links
            .iter()
            .filter(|link| link.closed.is_some())
            .count();
        let short = self.held().1 + orphans >= 4;
        for link in &mut self.links {
            link.dropped |= short && link.closed.is_some();
            let connecting = matches!(link.origin, Origin::Client(_)) && !link.owned;
            if connecting && link.opened.is_none_or(|at| now < at + HANDSHAKE_US) {
                link.lossy.get_or_insert(now);
            }
        }
    }

    /// The fate of what is sent to a host now.
    pub(crate) fn fate(&self, to: Endpoint) -> Fate {
        match HOSTS.iter().position(|ip| *ip == to.ip) {
            Some(host) if self.vanished[host] => Fate::Open,
            Some(_) => Fate::Arrives,
            None if to.ip == [255; 4] => Fate::Arrives,
            None => Fate::Fails,
        }
    }
}
