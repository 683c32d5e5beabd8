//! One TCP connection: smoltcp's state machine, behaving on the wire as the chip does.
//!
//! smoltcp keeps the states, the windows and the buffers; each connection has an interface of its
//! own on an IP-level queue, so that the chip decides about neighbours, ports and resets. Three
//! things differ from smoltcp and are done here: retransmission follows RTR and RCR, segments out
//! of order or too large for the ring are dropped, and SYNs carry no option but the MSS.

mod egress;

use core::net::Ipv4Addr;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, TcpControl, TcpRepr, TcpSeqNumber};

use super::core::Core;
use super::phy::Queue;
use super::regs::status;
use super::retransmit::{InFlight, Verdict};
use super::segment::{self, Endpoint};
use crate::node::Micros;

/// What a new connection needs to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) local: Endpoint,
    pub(crate) remote: Endpoint,
    pub(crate) mss: u16,
    pub(crate) tx_size: u16,
    pub(crate) rx_size: u16,
    /// Delay of acknowledgements; None with the ND bit set.
    pub(crate) ack_delay: Option<Micros>,
    pub(crate) seed: u64,
}

/// A connection, from the first SYN until it is closed.
pub(crate) struct Connection {
    setup: Setup,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    queue: Queue,
    /// Segments ready for the wire.
    out: Vec<Vec<u8>>,
    wake: Option<Micros>,

    /// Sequence number of the first byte of data, once the SYN went out.
    first: Option<TcpSeqNumber>,
    /// Sequence number after the last byte that went out.
    sent_end: TcpSeqNumber,
    /// Bytes handed over since the start.
    committed: usize,
    /// Sequence space after the SYN that went out since the start.
    sent: usize,
    in_flight: InFlight,
    last_byte: u8,

    /// Next sequence number expected, once the peer's SYN came in.
    expected: Option<TcpSeqNumber>,
    /// Bytes of smoltcp's receive buffer that are in the RX ring already.
    mirrored: usize,
    last_ack: Option<TcpSeqNumber>,
    last_window: u16,

    /// The peer has reset the connection.
    pub(crate) reset: bool,
    /// Retransmission gave up.
    pub(crate) timed_out: bool,
}

impl core::fmt::Debug for Connection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection that waits for the peer's SYN.
    pub(crate) fn passive(setup: Setup, now: Micros) -> Self {
        let mut connection = Self::new(setup, now);
        let local = segment::smoltcp_endpoint(setup.local);
        // Fails only for port 0 or an open socket: then the SYN goes unanswered.
        let _ = connection.socket().listen(local);
        connection
    }

    /// A connection whose SYN goes out at the next poll.
    pub(crate) fn active(setup: Setup, now: Micros) -> Self {
        let mut connection = Self::new(setup, now);
        let socket = connection
            .sockets
            .get_mut::<tcp::Socket<'_>>(connection.handle);
        let remote = segment::smoltcp_endpoint(setup.remote);
        let local = segment::smoltcp_endpoint(setup.local);
        if socket
            .connect(connection.interface.context(), remote, local)
            .is_err()
        {
            // An address or port of zero: nothing can answer, so it ends as a timeout does.
            connection.timed_out = true;
        }
        connection.wake = Some(now);
        connection
    }

    fn new(setup: Setup, now: Micros) -> Self {
        let mut queue = Queue::new(setup.mss);
        let interface = interface(&setup, &mut queue, now);
        let buffer = |size: u16| tcp::SocketBuffer::new(vec![0; usize::from(size)]);
        let mut socket = tcp::Socket::new(buffer(setup.rx_size), buffer(setup.tx_size));
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(setup.ack_delay.map(Duration::from_micros));
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Self {
            setup,
            interface,
            sockets,
            handle,
            queue,
            out: Vec::new(),
            wake: None,
            first: None,
            sent_end: TcpSeqNumber(0),
            committed: 0,
            sent: 0,
            in_flight: InFlight::default(),
            last_byte: 0,
            expected: None,
            mirrored: 0,
            last_ack: None,
            last_window: 0,
            reset: false,
            timed_out: false,
        }
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    fn peek(&self) -> &tcp::Socket<'static> {
        self.sockets.get(self.handle)
    }

    /// True when the segment belongs to this connection.
    pub(crate) fn owns(&self, local_port: u16, remote: Endpoint) -> bool {
        self.setup.local.1 == local_port && self.setup.remote == remote
    }

    /// Our address and the peer's; they stay as they were when the connection began.
    pub(crate) fn addresses(&self) -> (Ipv4Addr, Ipv4Addr) {
        (self.setup.local.0, self.setup.remote.0)
    }

    /// Sn_SR for the state of the connection.
    pub(crate) fn status(&self) -> u8 {
        if self.timed_out || self.reset {
            return status::CLOSED;
        }
        match self.peek().state() {
            // There is no 2MSL wait on the chip.
            tcp::State::Closed | tcp::State::TimeWait => status::CLOSED,
            tcp::State::Listen => status::LISTEN,
            tcp::State::SynSent => status::SYNSENT,
            tcp::State::SynReceived => status::SYNRECV,
            tcp::State::Established => status::ESTABLISHED,
            tcp::State::FinWait1 | tcp::State::FinWait2 => status::FIN_WAIT,
            tcp::State::Closing => status::CLOSING,
            tcp::State::CloseWait => status::CLOSE_WAIT,
            tcp::State::LastAck => status::LAST_ACK,
        }
    }

    /// True once the peer's FIN was taken.
    pub(crate) fn peer_finished(&self) -> bool {
        use tcp::State::{CloseWait, Closing, LastAck, TimeWait};
        matches!(
            self.peek().state(),
            CloseWait | Closing | LastAck | TimeWait
        )
    }

    /// Sequence number of the first byte of data.
    pub(crate) fn first(&self) -> Option<TcpSeqNumber> {
        self.first
    }

    /// Bytes handed over with [`send`](Self::send) that the peer has not acknowledged.
    pub(crate) fn unacknowledged(&self) -> u16 {
        self.peek().send_queue() as u16
    }

    /// Sequence number up to which the peer has acknowledged, as smoltcp took it: what a segment
    /// outside of the window says does not count.
    fn acknowledged(&self) -> Option<TcpSeqNumber> {
        match self.peek().state() {
            tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived => None,
            // The FIN too.
            tcp::State::FinWait2 | tcp::State::TimeWait | tcp::State::Closed => Some(self.sent_end),
            _ => Some(self.first? + (self.committed - self.peek().send_queue())),
        }
    }

    /// Bytes of data that went out at least once.
    pub(crate) fn sent(&self) -> usize {
        // A FIN counts in sequence space only.
        self.sent.min(self.committed)
    }

    /// Bytes handed over since the start.
    pub(crate) fn committed(&self) -> usize {
        self.committed
    }

    /// True when everything handed over went out at least once.
    pub(crate) fn all_sent(&self) -> bool {
        self.sent() == self.committed
    }

    /// Hands over bytes to send; returns how many there was room for.
    pub(crate) fn send(&mut self, bytes: &[u8], now: Micros) -> usize {
        let taken = self.socket().send_slice(bytes).unwrap_or(0);
        self.committed += taken;
        if let Some(&last) = bytes[..taken].last() {
            self.last_byte = last;
        }
        self.wake = Some(now);
        taken
    }

    /// Sends a keep-alive probe; it works only after data was sent and all is acknowledged.
    pub(crate) fn keep_alive(&mut self, core: &Core, now: Micros) -> bool {
        let ready = self.committed > 0 && self.all_sent() && self.in_flight.is_empty();
        if ready {
            self.in_flight.probe(core, now);
            self.transmit_oldest();
            self.wake = Some(now);
        }
        ready
    }

    /// Sends FIN after what was handed over.
    pub(crate) fn close(&mut self, now: Micros) {
        self.socket().close();
        self.wake = Some(now);
    }

    /// The program has taken `count` bytes from the RX ring.
    pub(crate) fn consume(&mut self, count: u16, now: Micros) {
        let mut bytes = vec![0; usize::from(count)];
        let taken = self.socket().recv_slice(&mut bytes).unwrap_or(0);
        self.mirrored -= taken;
        self.wake = Some(now);
    }

    /// Bytes received since the last call.
    pub(crate) fn received(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; self.peek().recv_queue()];
        let present = self.socket().peek_slice(&mut bytes).unwrap_or(0);
        bytes.truncate(present);
        let fresh = bytes.split_off(self.mirrored.min(present));
        self.mirrored += fresh.len();
        if let Some(expected) = &mut self.expected {
            *expected += fresh.len();
        }
        fresh
    }

    /// When [`poll`](Self::poll) is due.
    pub(crate) fn wake_at(&self) -> Option<Micros> {
        [self.wake, self.in_flight.due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// A segment of this connection arrives in `packet`. False when it was dropped.
    pub(crate) fn receive(
        &mut self,
        core: &Core,
        packet: &[u8],
        segment: &TcpRepr<'_>,
        now: Micros,
    ) -> bool {
        if segment.control == TcpControl::Syn && self.expected.is_none() {
            self.expected = Some(segment.seq_number + 1);
        } else if !self.fits(segment) {
            return false;
        }
        let before = self.peek().state();
        self.queue.received.push_back(packet.to_vec());
        let _ =
            self.interface
                .poll_ingress_single(instant(now), &mut self.queue, &mut self.sockets);
        self.collect(core, now, true);
        if segment.control == TcpControl::Rst {
            let after = self.peek().state();
            let back = before == tcp::State::SynReceived && after == tcp::State::Listen;
            self.reset = back || (before != after && after == tcp::State::Closed);
        } else if segment.ack_number.is_none_or(|ack| ack <= self.sent_end) {
            self.in_flight
                .answered(core, self.acknowledged(), segment.window_len, now);
        }
        self.wake = Some(now);
        true
    }

    /// The chip has no reassembly: a segment must come in order and fit whole. With no room at
    /// all smoltcp answers the peer's probe.
    fn fits(&self, segment: &TcpRepr<'_>) -> bool {
        let Some(expected) = self.expected else {
            return true;
        };
        if segment.payload.is_empty() && segment.control != TcpControl::Fin {
            return true;
        }
        let end = segment.seq_number + segment.payload.len();
        let free = self.peek().recv_capacity() - self.peek().recv_queue();
        segment.seq_number <= expected && (end <= expected || free == 0 || end - expected <= free)
    }

    /// Does what is due; segments for the wire are pushed on `out`.
    pub(crate) fn poll(&mut self, core: &Core, now: Micros, out: &mut Vec<Vec<u8>>) {
        match self.in_flight.poll(core, now) {
            Verdict::Wait => {}
            Verdict::Repeat => self.transmit_oldest(),
            Verdict::GiveUp => self.timed_out = true,
        }
        loop {
            let result =
                self.interface
                    .poll_egress(instant(now), &mut self.queue, &mut self.sockets);
            if self.queue.sent.is_empty() && result == smoltcp::iface::PollResult::None {
                break;
            }
            self.collect(core, now, false);
        }
        out.append(&mut self.out);
        let due = self.interface.poll_at(instant(now), &self.sockets);
        self.wake = due.map(|at| (at.total_micros().max(0) as Micros).max(now + 1));
    }
}

/// smoltcp's interface for one connection.
fn interface(setup: &Setup, queue: &mut Queue, now: Micros) -> Interface {
    let mut config = Config::new(HardwareAddress::Ip);
    config.random_seed = setup.seed;
    let mut interface = Interface::new(config, queue, instant(now));
    let own = IpAddress::from(setup.local.0);
    if own.is_unicast() {
        interface.update_ip_addrs(|list| {
            // The list is empty, so there is room.
            let _ = list.push(IpCidr::new(own, 32));
        });
    }
    interface
}

fn instant(now: Micros) -> Instant {
    Instant::from_micros(now as i64)
}
