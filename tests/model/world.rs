//! The world that a sequence runs in, and what is known of it.

use std::cell::Cell;

use crate::DeviceStack;
use crate::actions::{Pick, Sequence};
use crate::datagram::{self, Datagrams, Fate, Outgoing};
use crate::link::{Link, Origin};
use crate::reference::{Stage, Stages, View};
use crate::support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Endpoint, Handle, Stack};
use w5100_sim::{Conn, PeerHandle, ResetStyle};

/// A difference between the reference and the library, in words.
pub(crate) type Check<T = ()> = std::result::Result<T, String>;

/// The hosts on the wire.
pub(crate) const HOSTS: [[u8; 4]; 2] = [PEER_IP, [192, 168, 1, 11]];
/// The port of a host at which it takes connections and datagrams.
pub(crate) const OPEN: u16 = PEER_PORT;
/// A port of a host at which it takes nothing.
pub(crate) const CLOSED: u16 = 999;
/// Ports of the chip that a program asks for.
pub(crate) const FIXED: [u16; 3] = [80, 81, 2000];
/// A hardware socket's ring, in bytes.
pub(crate) const RING: u64 = 2048;
/// Frames that no call needs more of, its payload apart.
const FRAMES: u64 = 250;
/// How long a connection that its program closed may take to end, and be noticed.
const ORPHAN_US: u64 = 11_000_000;
/// What a handshake and its ARP take at most.
const HANDSHAKE_US: u64 = 5_000;
/// Without an answer ARP gives up after this time, and TCP after the other.
const ARP_US: std::ops::Range<u64> = 1_750_000..2_000_000;
const RETRIES_US: u64 = 20_000_000;

/// A socket of the program.
pub(crate) struct Socket {
    pub(crate) handle: Handle,
    pub(crate) tcp: bool,
    pub(crate) stages: Stages,
    pub(crate) port: u16,
    pub(crate) own_ip: bool,
    /// Made by accept: it has its listener's port, but did not bind it.
    pub(crate) accepted: bool,
    pub(crate) link: Option<usize>,
    /// Of a listener: as it is, and the highest it was.
    pub(crate) backlog: (usize, usize),
    pub(crate) shut_read: bool,
    pub(crate) shut_write: bool,
    /// SO_LINGER in seconds.
    pub(crate) linger: Option<u16>,
    /// SO_SNDBUF in bytes.
    pub(crate) send_limit: u64,
    pub(crate) datagrams: Datagrams,
}

impl Socket {
    pub(crate) fn new(handle: Handle, tcp: bool) -> Self {
        Self {
            handle,
            tcp,
            stages: Stages::only(Stage::Fresh),
            port: 0,
            own_ip: false,
            accepted: false,
            link: None,
            backlog: (0, 0),
            shut_read: false,
            shut_write: false,
            linger: None,
            send_limit: RING,
            datagrams: Datagrams::default(),
        }
    }

    /// It has a peer, or did have one.
    pub(crate) fn is_connected(&self) -> bool {
        let stream = self.tcp && self.link.is_some() && !self.is(Stage::Failed);
        stream || self.datagrams.peer.is_some()
    }

    pub(crate) fn is(&self, stage: Stage) -> bool {
        self.tcp && self.stages.has(stage)
    }
}

/// What a pick means now.
pub(crate) enum Target {
    Open(usize),
    /// Not a handle, or not any more.
    Dead(Handle),
}

pub(crate) struct World {
    pub(crate) lab: Lab,
    pub(crate) hosts: Vec<PeerHandle>,
    pub(crate) vanished: [bool; 2],
    pub(crate) sockets: Vec<Socket>,
    pub(crate) stale: Vec<Handle>,
    pub(crate) links: Vec<Link>,
    pub(crate) outgoing: Vec<Outgoing>,
    /// Connections whose program has closed them before the host had them.
    pub(crate) strays: Vec<Conn>,
    /// Service steps so far.
    pub(crate) served: u32,
    /// Nothing was done since the last one.
    pub(crate) idle: Cell<bool>,
    /// The chip keeps what was received when a connection ends.
    pub(crate) keeps: bool,
    /// It refuses clients in a way that they understand.
    pub(crate) refuses: bool,
    /// Closed ports that datagrams went to since the last service step.
    pub(crate) closed_ports: Vec<Endpoint>,
    pub(crate) closed_ports_said_at: Option<u64>,
    /// Datagrams so far, of either side.
    pub(crate) datagrams: u32,
}

impl World {
    pub(crate) fn new(sequence: &Sequence) -> Self {
        let lab = Lab::with_setup(Setup {
            options: sequence.options.clone(),
            wired: sequence.wired,
            seed: sequence.seed,
            ..Setup::default()
        });
        let second = lab.world.add_simple_peer(HOSTS[1].into());
        let hosts = vec![lab.peer.clone(), second];
        for host in &hosts {
            host.set_buffers(sequence.window, 32_768);
            host.listen(OPEN);
            host.udp_bind(OPEN);
        }
        Self {
            lab,
            hosts,
            vanished: [false; 2],
            sockets: Vec::new(),
            stale: Vec::new(),
            links: Vec::new(),
            outgoing: Vec::new(),
            strays: Vec::new(),
            served: 0,
            idle: Cell::new(false),
            keeps: sequence.options.rx_survives_close,
            refuses: sequence.options.refuse == ResetStyle::Rfc,
            closed_ports: Vec::new(),
            closed_ports_said_at: None,
            datagrams: 0,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.lab.world.now()
    }

    /// What `pick` names; nothing if there is no such socket or handle.
    pub(crate) fn pick(&self, pick: Pick, fits: impl Fn(&Socket) -> bool) -> Option<Target> {
        let nth = |list: &[usize], n: u8| list.get(usize::from(n) % list.len().max(1)).copied();
        let all: Vec<_> = (0..self.sockets.len()).collect();
        match pick {
            Pick::Fit(n) => {
                let fit: Vec<_> = all
                    .iter()
                    .copied()
                    .filter(|at| fits(&self.sockets[*at]))
                    .collect();
                nth(&fit, n).map(Target::Open)
            }
            Pick::Any(n) => nth(&all, n).map(Target::Open),
            Pick::Stale(n) => {
                let handle = self.stale.get(usize::from(n) % self.stale.len().max(1))?;
                Some(Target::Dead(*handle))
            }
            Pick::Wild(raw) => {
                let known = self.sockets.iter().any(|socket| socket.handle.raw() == raw);
                (!known).then_some(Target::Dead(Handle::from_raw(raw)))
            }
        }
    }

    /// Makes one call, which must end in bounded time with a bounded number of SPI frames.
    pub(crate) fn call<T>(&self, payload: usize, call: impl FnOnce(&Lab) -> T) -> Check<T> {
        let (frames, now) = (self.lab.chip.counters().frames, self.now());
        self.idle.set(false);
        let answer = call(&self.lab);
        let frames = self.lab.chip.counters().frames - frames;
        let most = FRAMES + payload as u64;
        let elapsed = self.now() - now;
        if frames > most || elapsed > most * 4 + 1_000 {
            return Err(format!("took {frames} frames and {elapsed} us"));
        }
        Ok(answer)
    }

    /// Runs an operation of the stack as one call.
    pub(crate) fn operate<T>(
        &self,
        operation: impl FnOnce(&mut DeviceStack) -> Result<T>,
    ) -> Check<Result<T>> {
        self.call(0, |lab| lab.device().with(operation))
    }

    /// Looks at the hosts: what they got must be right.
    pub(crate) fn observe(&mut self) -> Check {
        let now = self.now();
        for (at, host) in self.hosts.iter().enumerate() {
            while let Some(conn) = host.accept(OPEN) {
                let port = conn.remote().map_or(0, |remote| remote.port());
                let ours = self.links.iter_mut().find(|link| {
                    let expected = link.origin == Origin::Program && link.conn.is_none();
                    expected && link.host == at && link.port == port
                });
                match ours {
                    Some(link) => link.conn = Some(conn),
                    None => self.strays.push(conn),
                }
            }
            while let Some((from, data)) = host.udp_recv(OPEN) {
                if !datagram::delivered(&mut self.outgoing, at, from.port(), &data) {
                    return Err(format!("host {at} got a wrong datagram from {from}"));
                }
            }
        }
        let faults = self.links.iter_mut().filter_map(|link| link.observe(now));
        faults.collect::<Vec<_>>().pop().map_or(Ok(()), Err)
    }

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
        View {
            unread: link.down_sent - link.down_read,
            waits: link.waits(),
            fin: link.fin,
            fin_arrived: link.fin_arrived(),
            aborted: link.aborted.is_some() || link.strange,
            reset_arrived: link.reset_arrived(now),
            may_connect: matches!(link.origin, Origin::Program | Origin::Client(_)),
            may_be_refused: link.origin == Origin::Refused || lossy,
            may_be_unreachable: (link.origin == Origin::Nobody || lossy) && age >= ARP_US.start,
            may_time_out: lossy_for >= RETRIES_US,
            must_have_ended: ended,
            room: if link.quiet { socket.send_limit } else { 0 },
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
    fn held(&self) -> (usize, usize) {
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

    /// Whether a call that needs a hardware socket certainly, and perhaps, gets one.
    pub(crate) fn hardware_is_had(&self) -> (bool, bool) {
        let (least, most) = self.held();
        (most < 4, least < 4)
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

    /// Applies an answer of a call on a stream: strikes out the stages in which it is wrong.
    pub(crate) fn judge(
        &mut self,
        at: usize,
        view: &View,
        answer: &dyn std::fmt::Debug,
        rule: impl Fn(Stage) -> Option<Stage>,
    ) -> Check {
        let before = view.reach(self.sockets[at].stages);
        let after: Stages = before.iter().filter_map(rule).collect();
        if after.is_empty() {
            return Err(format!("{answer:?} in {before:?}, {view:?}"));
        }
        self.sockets[at].stages = after;
        Ok(())
    }

    /// The library has looked at the chip: what it must have seen it has seen.
    pub(crate) fn serve(&mut self) -> Check {
        self.call(0, |lab| lab.device().with(Stack::service))?
            .map_err(|error| format!("service failed: {error:?}"))?;
        self.observe()?;
        self.served += 1;
        self.idle.set(true);
        let (now, served) = (self.now(), self.served);
        for link in &mut self.links {
            link.served(now, served);
        }
        if self.closed_ports_said_at.is_none_or(|at| at + 2_000 <= now) {
            self.closed_ports.clear();
        }
        for at in 0..self.sockets.len() {
            self.sockets[at].datagrams.pass(now, true);
            let view = self.view(at);
            let before = view.reach(self.sockets[at].stages);
            let after: Stages = before
                .iter()
                .filter(|stage| !view.has_passed(*stage))
                .collect();
            if after.is_empty() {
                return Err(format!(
                    "socket {at} cannot be {before:?} any more: {view:?}"
                ));
            }
            self.sockets[at].stages = after;
        }
        Ok(())
    }

    /// Lets time pass, with a look of the library's at the chip from time to time.
    pub(crate) fn run(&mut self, milliseconds: u32) -> Check {
        let mut left = milliseconds;
        self.serve()?;
        while left > 0 {
            let step = left.min(if left > 1_000 { 500 } else { 10 });
            self.pass(step)?;
            left -= step;
            self.serve()?;
        }
        Ok(())
    }

    /// Lets time pass in which nobody calls the library.
    pub(crate) fn pass(&mut self, milliseconds: u32) -> Check {
        self.lab.world.run_for(milliseconds);
        self.observe()
    }

    /// Lets everything under way arrive, and compares.
    pub(crate) fn settle(&mut self) -> Check {
        for _ in 0..3 {
            // A host whose buffer is small takes what comes in pieces.
            let mut before = None;
            while before != Some(self.received()) {
                before = Some(self.received());
                self.pass(SETTLE_MS)?;
            }
            self.serve()?;
        }
        for link in &mut self.links {
            link.settled()?;
        }
        let lost = self.outgoing.iter().find(|one| one.certain);
        if let Some(one) = lost {
            return Err(format!("a datagram of port {} was lost", one.port));
        }
        Ok(())
    }

    /// Bytes that hosts have received so far.
    fn received(&self) -> u64 {
        self.links.iter().map(Link::received).sum()
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

    /// The error that any call on a dead handle gives.
    pub(crate) fn dead<T: std::fmt::Debug>(answer: Result<T>) -> Check {
        match answer {
            Err(Error::BadHandle) => Ok(()),
            answer => Err(format!("{answer:?} on a closed handle")),
        }
    }
}
