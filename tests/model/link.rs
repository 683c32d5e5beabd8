//! A connection as the hosts see it: what was sent either way, and what has certainly arrived.

use w5100::stack::Endpoint;
use w5100_sim::{Conn, TcpState};

/// After so many microseconds a segment has arrived, and a first ARP before it.
const ARRIVAL_US: u64 = 2_000;

/// How long the library tries to end a connection that its program closed, less a step.
const ORPHAN_US: u64 = 9_000_000;

/// Byte number `at` of stream `stream`; each direction has a stream of its own.
fn byte(stream: u32, at: u64) -> u8 {
    let word = (at ^ u64::from(stream) << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (word >> 56) as u8
}

/// Bytes from `start` of a stream.
pub(crate) fn bytes(stream: u32, start: u64, length: usize) -> Vec<u8> {
    (start..start + length as u64)
        .map(|at| byte(stream, at))
        .collect()
}

/// Who began a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A host, to this port of the chip.
    Client(u16),
    /// The program, to an open port of a host.
    Program,
    /// The program, to where nobody listens.
    Refused,
    /// The program, to an address that nobody has.
    Nobody,
}

/// One connection or attempt at one.
pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) host: usize,
    pub(crate) origin: Origin,
    /// The host's address.
    pub(crate) remote: Endpoint,
    /// The chip's port.
    pub(crate) port: u16,
    pub(crate) began: u64,
    pub(crate) conn: Option<Conn>,
    /// The program's bytes: sent, and taken by the host.
    pub(crate) up_sent: u64,
    pub(crate) up_got: u64,
    /// The most of them that could be under way at once.
    pub(crate) limit: u64,
    /// The host's bytes: sent, and received by the program.
    pub(crate) down_sent: u64,
    pub(crate) down_read: u64,
    /// Of the host's bytes, those that the chip has acknowledged.
    down_acked: u64,
    pub(crate) reading: bool,
    pub(crate) fin: bool,
    fin_acked: bool,
    /// When the host broke it, and whether the chip must have heard of that.
    pub(crate) aborted: Option<u64>,
    abort_is_heard: bool,
    /// When the host first saw it open.
    pub(crate) opened: Option<u64>,
    /// Since when segments may have been lost, so that only what the host sees is certain.
    pub(crate) lossy: Option<u64>,
    /// The host may take it for an older connection of the same ports.
    pub(crate) strange: bool,
    /// The chip may have ended it silently: bytes may be missing.
    pub(crate) dropped: bool,
    /// A socket of the program has or had it.
    pub(crate) owned: bool,
    /// The program will send no more.
    pub(crate) up_fin: bool,
    /// When the program closed its socket.
    pub(crate) closed: Option<u64>,
    /// How long the library then tries to end it.
    pub(crate) linger_us: u64,
    /// How much the host has while some is under way, since when, and since which service step.
    stalled: Option<(u64, u64, Option<u64>)>,
    /// When the host first saw both directions ended.
    over: Option<u64>,
    /// A client that broke the connection before it was accepted, which the library has seen.
    pub(crate) gone: bool,
    /// A client that certainly is to be connected, or refused.
    pub(crate) expected: Option<bool>,
    /// The service step by which the library must have known of a client.
    pub(crate) noticed: Option<u32>,
    /// Nothing was sent since all that was sent had arrived.
    pub(crate) quiet: bool,
}

impl Link {
    pub(crate) fn new(id: u32, host: usize, origin: Origin, remote: Endpoint, now: u64) -> Self {
        Self {
            id,
            host,
            origin,
            remote,
            port: 0,
            began: now,
            conn: None,
            up_sent: 0,
            up_got: 0,
            limit: 0,
            down_sent: 0,
            down_read: 0,
            down_acked: 0,
            reading: true,
            fin: false,
            fin_acked: false,
            aborted: None,
            abort_is_heard: false,
            opened: None,
            lossy: None,
            strange: false,
            dropped: false,
            owned: false,
            up_fin: false,
            closed: None,
            linger_us: ORPHAN_US,
            stalled: None,
            over: None,
            gone: false,
            expected: None,
            noticed: None,
            quiet: false,
        }
    }

    fn up_stream(&self) -> u32 {
        2 * self.id
    }

    fn down_stream(&self) -> u32 {
        2 * self.id + 1
    }

    /// The next bytes that the program sends.
    pub(crate) fn next_up(&self, length: usize) -> Vec<u8> {
        bytes(self.up_stream(), self.up_sent, length)
    }

    /// The bytes that the program receives next.
    pub(crate) fn next_down(&self, length: usize) -> Vec<u8> {
        bytes(self.down_stream(), self.down_read, length)
    }

    pub(crate) fn send(&mut self, length: usize) {
        let data = bytes(self.down_stream(), self.down_sent, length);
        if let Some(conn) = self.conn.as_ref().filter(|_| !self.fin) {
            self.down_sent += conn.send(&data) as u64;
        }
    }

    pub(crate) fn finish(&mut self) {
        if let Some(conn) = self.conn.as_ref().filter(|_| self.aborted.is_none()) {
            conn.close();
            self.fin = true;
            if self.opened.is_none() {
                // It may never be.
                self.expected = None;
            }
        }
    }

    /// Breaks the connection; `reachable` unless the host has vanished.
    pub(crate) fn abort(&mut self, now: u64, reachable: bool) {
        self.observe(now);
        let Some(conn) = self.conn.as_ref().filter(|_| self.aborted.is_none()) else {
            return;
        };
        // A reset beyond what was acknowledged may be outside of the chip's window.
        let in_step = conn.unacknowledged() == 0 && (!self.fin || self.fin_acked);
        self.abort_is_heard = reachable && in_step && self.opened.is_some() && self.lossy.is_none();
        conn.abort();
        self.aborted = Some(now);
    }

    /// Looks at the host's end, and takes what has come.
    pub(crate) fn observe(&mut self, now: u64) -> Option<String> {
        use TcpState::{Closed, FinWait2, SynReceived, SynSent, TimeWait};
        let conn = self.conn.as_ref()?;
        let state = conn.state();
        if self.opened.is_none() && !matches!(state, SynSent | SynReceived | Closed) {
            self.opened = Some(now);
        }
        if self.aborted.is_none() && state != Closed {
            let acked = self.down_sent - conn.unacknowledged() as u64;
            self.down_acked = self.down_acked.max(acked);
        }
        let over = state == Closed && !conn.was_reset() && self.aborted.is_none();
        if self.fin && (matches!(state, FinWait2 | TimeWait) || over) {
            self.fin_acked = true;
            self.down_acked = self.down_sent;
        }
        if self.fin && self.up_fin && (state == TimeWait || over) {
            self.over.get_or_insert(now);
        }
        if !self.reading {
            // A host that has closed its socket has not kept what it did not read.
            self.dropped |= state == Closed;
            return None;
        }
        let data = conn.recv_all();
        let expected = bytes(self.up_stream(), self.up_got, data.len());
        self.up_got += data.len() as u64;
        if data != expected || self.up_got > self.up_sent {
            let Self {
                id,
                up_got,
                up_sent,
                ..
            } = self;
            return Some(format!(
                "host: byte {up_got} of {up_sent} of link {id} is wrong"
            ));
        }
        None
    }

    /// Bytes that the host has received, read or not.
    pub(crate) fn received(&self) -> u64 {
        self.conn
            .as_ref()
            .map_or(0, |conn| self.up_got + conn.available() as u64)
    }

    /// Bytes that the chip certainly has and the program has not read.
    pub(crate) fn waits(&self) -> u64 {
        self.down_acked.saturating_sub(self.down_read)
    }

    /// The host's FIN certainly is at the chip.
    pub(crate) fn fin_arrived(&self) -> bool {
        self.fin_acked
    }

    /// The host's RST certainly is at the chip.
    pub(crate) fn reset_arrived(&self, now: u64) -> bool {
        let sent = self.aborted.filter(|_| self.abort_is_heard);
        sent.is_some_and(|at| at + ARRIVAL_US <= now)
    }

    pub(crate) fn note_progress(&mut self, now: u64) {
        let received = self.received();
        if received >= self.up_sent {
            self.stalled = None;
        } else if self.stalled.is_none_or(|(before, ..)| before != received) {
            self.stalled = Some((received, now, None));
        }
    }

    /// For how long the host took nothing though there was something.
    pub(crate) fn stalled_for(&self, now: u64) -> u64 {
        // It may have begun within a call.
        self.stalled
            .map_or(0, |(_, since, _)| now - since + ARRIVAL_US * 10)
    }

    /// The library begins to watch over the connection.
    pub(crate) fn watch_anew(&mut self) {
        if let Some((_, _, since)) = &mut self.stalled {
            *since = None;
        }
    }

    /// Likewise, as the library must have seen it.
    pub(crate) fn stalls_for(&self, now: u64) -> u64 {
        let since = self.stalled.and_then(|(_, _, since)| since);
        since.map_or(0, |since| now - since)
    }

    /// The library has looked at the chip.
    pub(crate) fn served(&mut self, now: u64, step: u32) {
        if self.noticed.is_none() && self.is_open(now) {
            self.noticed = Some(step);
        }
        if let Some((_, _, since)) = &mut self.stalled {
            since.get_or_insert(now);
        }
        let unheard = self.opened.is_none() && self.lossy.is_none();
        // The chip repeats its SYN, and is told.
        let told = |at| unheard && at + 1_000_000 <= now;
        self.gone |= self.reset_arrived(now) || self.aborted.is_some_and(told);
        let late = |at| at + self.linger_us.min(ORPHAN_US) <= now;
        self.dropped |= self.closed.is_some_and(late) && !self.is_complete();
    }

    /// Everything under way has arrived: it must be all that was sent.
    pub(crate) fn settled(&mut self) -> Result<(), String> {
        let certain = self.lossy.is_none() && !self.dropped && self.aborted.is_none();
        if let Some(expected) = self.expected.take().filter(|_| certain)
            && expected != self.opened.is_some()
        {
            let Self { id, opened, .. } = self;
            return Err(format!(
                "client {id} was connected: {opened:?}, not {expected}"
            ));
        }
        let Some(conn) = &self.conn else {
            return Ok(());
        };
        let exact = self.opened.is_some() && self.lossy.is_none() && !self.dropped;
        if !exact || self.aborted.is_some() || self.strange {
            return Ok(());
        }
        let complete = self.is_complete();
        self.quiet = complete;
        let state = conn.state();
        let open = matches!(
            state,
            TcpState::Established | TcpState::FinWait1 | TcpState::FinWait2
        );
        if self.reading && (!complete || (self.up_fin && open)) {
            let Self {
                id,
                up_sent,
                up_got,
                ..
            } = self;
            return Err(format!(
                "link {id}: {up_got} of {up_sent} bytes arrived, the host is in {state}"
            ));
        }
        Ok(())
    }

    /// A client of this port that waits for accept, or may do so.
    pub(crate) fn waits_at(&self, port: u16) -> bool {
        let over = self.owned || self.dropped || self.gone || self.is_refused();
        self.origin == Origin::Client(port) && !over
    }

    /// Both directions are over, and the chip knows.
    pub(crate) fn both_ended(&self, now: u64) -> bool {
        self.lossy.is_none() && self.over.is_some_and(|at| at + ARRIVAL_US <= now)
    }

    /// The host sees it open, for long enough that the chip does too.
    pub(crate) fn is_open(&self, now: u64) -> bool {
        self.opened.is_some_and(|at| at + ARRIVAL_US <= now)
            && self.aborted.is_none()
            && self.conn.as_ref().is_some_and(Conn::is_open)
    }

    /// A client whose attempt is over without a connection, or that knows that it has none.
    pub(crate) fn is_refused(&self) -> bool {
        self.opened.is_none() && self.conn.as_ref().is_some_and(Conn::was_reset)
    }

    /// All has arrived that the program sent and the host is ready to take.
    pub(crate) fn is_complete(&self) -> bool {
        self.received() == self.up_sent
    }
}
