//! The world that a sequence runs in, and what is known of it.

use std::cell::Cell;

use crate::DeviceStack;
use crate::actions::{Pick, Sequence};
use crate::datagram::{Datagrams, Layer};
use crate::link::{Link, Origin};
use crate::outgoing::{self, Outgoing};
use crate::reference::{Stage, Stages};
use crate::support::*;
use crate::view::View;
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

/// What an answer of poll may be late by, in microseconds.
pub(crate) const LATE_US: u64 = 12_000;

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
    /// The host had reset the connection before that.
    pub(crate) reset_first: bool,
    /// SO_LINGER in seconds.
    pub(crate) linger: Option<u16>,
    /// TCP_USER_TIMEOUT in microseconds; 0 for none.
    pub(crate) user_timeout: u64,
    /// SO_SNDBUF in bytes.
    pub(crate) send_limit: u64,
    pub(crate) datagrams: Datagrams,
}

impl Socket {
    pub(crate) fn new(handle: Handle, layer: Option<Layer>) -> Self {
        Self {
            handle,
            tcp: layer.is_none(),
            stages: Stages::only(Stage::Fresh),
            port: 0,
            own_ip: false,
            accepted: false,
            link: None,
            backlog: (0, 0),
            shut_read: false,
            shut_write: false,
            reset_first: false,
            linger: None,
            user_timeout: 0,
            send_limit: RING,
            datagrams: Datagrams::new(layer.unwrap_or_default()),
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

/// What may be wrong with the reference, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It knows of no reset by a host.
    KnowsNoReset,
    /// It takes the ring for a byte larger than it is.
    ExpectsMoreRoom,
    /// It leaves one socket open at the end.
    ForgetsASocket,
}

pub(crate) struct World {
    pub(crate) flaw: Option<Flaw>,
    pub(crate) lab: Lab,
    pub(crate) hosts: Vec<PeerHandle>,
    pub(crate) vanished: [bool; 2],
    /// Until when a host that came back may hold back what is new, for want of ARP.
    pub(crate) shy_until: [u64; 2],
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
    /// When datagram sockets were closed with something under way.
    pub(crate) closed_sending: Vec<u64>,
    /// Some stream delays its ACKs.
    pub(crate) delayed: bool,
    /// Datagrams so far, of either side.
    pub(crate) datagrams: u32,
}

impl World {
    pub(crate) fn new(sequence: &Sequence, flaw: Option<Flaw>) -> Self {
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
            flaw,
            lab,
            hosts,
            vanished: [false; 2],
            shy_until: [0; 2],
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
            closed_sending: Vec::new(),
            delayed: false,
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
                // The latest: a connect that failed may have had the same port.
                let ours = self.links.iter_mut().rev().find(|link| {
                    let expected = link.origin == Origin::Program && link.conn.is_none();
                    expected && link.host == at && link.port == port
                });
                match ours {
                    Some(link) => link.conn = Some(conn),
                    None => self.strays.push(conn),
                }
            }
            while let Some((from, data)) = host.udp_recv(OPEN) {
                if !outgoing::delivered(&mut self.outgoing, at, from.port(), &data) {
                    return Err(format!("host {at} got a wrong datagram from {from}"));
                }
            }
        }
        let faults = self.links.iter_mut().filter_map(|link| {
            let fault = link.observe(now);
            link.note_progress(now);
            fault
        });
        faults.collect::<Vec<_>>().pop().map_or(Ok(()), Err)
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
            if let Some(link) = self.sockets[at].link {
                self.links[link].dropped |= view.may_time_out;
            }
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
        self.check_free()
    }

    /// Bytes that hosts have received so far.
    pub(crate) fn received(&self) -> u64 {
        self.links.iter().map(Link::received).sum()
    }

    /// The error that any call on a dead handle gives.
    pub(crate) fn dead<T: std::fmt::Debug>(answer: Result<T>) -> Check {
        match answer {
            Err(Error::BadHandle) => Ok(()),
            answer => Err(format!("{answer:?} on a closed handle")),
        }
    }
}

/// Compares with the only right answer.
pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(answer: T, expected: T) -> Check {
    match answer == expected {
        true => Ok(()),
        false => Err(format!("{answer:?}, not {expected:?}")),
    }
}

/// A call that is not for this kind of socket.
pub(crate) fn wrong_kind<T: std::fmt::Debug>(answer: Result<T>) -> Check {
    match answer {
        Err(Error::NotSupported) => Ok(()),
        answer => Err(format!("{answer:?} on a socket of the other kind")),
    }
}
