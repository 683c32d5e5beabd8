//! A socket's registers and rings while it is a TCP connection.

use smoltcp::wire::{EthernetAddress, Ipv4Packet, TcpControl, TcpPacket, TcpRepr};

use super::connection::{Connection, Setup};
use super::core::{Core, Ipv4Header};
use super::options::ResetStyle;
use super::regs::{socket as reg, status};
use super::segment::{self, Endpoint};
use super::socket::{Socket, Task};
use crate::node::Micros;

const PROTOCOL: u8 = 6;
const MAX_MSS: u16 = 1460;

/// Gives the segment in `packet` to the socket it belongs to, or answers with a reset.
pub(crate) fn receive(
    core: &mut Core,
    sockets: &mut [Socket; 4],
    from: EthernetAddress,
    packet: &Ipv4Packet<&[u8]>,
    now: Micros,
) {
    let (src, dst) = (packet.src_addr(), packet.dst_addr());
    let parsed = TcpPacket::new_checked(packet.payload()).ok();
    let Some(segment) = parsed
        .as_ref()
        .and_then(|tcp| segment::parse(tcp, src, dst))
    else {
        core.counters.packets_dropped += 1;
        return;
    };
    let remote = (src, segment.src_port);
    let owner = sockets.iter().position(|socket| {
        socket
            .connection
            .as_ref()
            .is_some_and(|c| c.owns(segment.dst_port, remote))
    });
    let opens = segment.control == TcpControl::Syn && segment.ack_number.is_none();
    if let Some(index) = owner {
        sockets[index].segment_arrived(core, packet.as_ref(), &segment, now);
    } else if let Some(socket) = sockets
        .iter_mut()
        .find(|s| opens && s.status() == status::LISTEN && s.word(reg::PORT) == segment.dst_port)
    {
        socket.accept(core, from, remote, now);
        socket.segment_arrived(core, packet.as_ref(), &segment, now);
    } else {
        let style = if opens {
            core.options.refuse
        } else {
            core.options.stray
        };
        refuse(core, from, packet, &segment, style);
    }
}

/// Answers a segment that is for none of the sockets.
fn refuse(
    core: &mut Core,
    from: EthernetAddress,
    packet: &Ipv4Packet<&[u8]>,
    segment: &TcpRepr<'_>,
    style: ResetStyle,
) {
    let Some(reset) = segment::reset(segment, style) else {
        return;
    };
    let destination = packet.src_addr();
    let bytes = segment::emit(&reset, packet.dst_addr(), destination);
    let header = Ipv4Header {
        protocol: PROTOCOL,
        source: packet.dst_addr(),
        destination,
        tos: 0,
        ttl: 128,
    };
    core.send_ipv4(from, &header, &bytes);
}

impl Socket {
    fn setup(&self, core: &mut Core, remote: Endpoint) -> Setup {
        let mss = match self.word(reg::MSSR) {
            0 => MAX_MSS,
            mss => mss.min(MAX_MSS),
        };
        Setup {
            local: (core.ip(), self.word(reg::PORT)),
            remote,
            mss,
            tx_size: core.tx_ring(self.index).size,
            rx_size: core.rx_ring(self.index).size,
            ack_delay: (self.mode & reg::ND == 0).then(|| core.retry_time()),
            seed: core.random(),
        }
    }

    /// The listening socket itself becomes the connection: there is no backlog.
    fn accept(&mut self, core: &mut Core, from: EthernetAddress, remote: Endpoint, now: Micros) {
        self.set(reg::DHAR, from.as_bytes());
        self.set(reg::DIPR, &remote.0.octets());
        self.set(reg::DPORT, &remote.1.to_be_bytes());
        self.neighbour = Some((remote.0, from));
        self.connection = Some(Connection::passive(self.setup(core, remote), now));
    }

    /// The peer's hardware address is known: sends the SYN.
    pub(crate) fn connect(&mut self, core: &mut Core, now: Micros) {
        let remote = (self.peer_ip(), self.word(reg::DPORT));
        self.connection = Some(Connection::active(self.setup(core, remote), now));
        self.set_status(status::SYNSENT);
    }

    fn segment_arrived(
        &mut self,
        core: &mut Core,
        packet: &[u8],
        segment: &TcpRepr<'_>,
        now: Micros,
    ) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if !connection.receive(core, packet, segment, now) {
            core.counters.packets_dropped += 1;
            return;
        }
        let fresh = connection.received();
        if !fresh.is_empty() {
            self.rx_wr = core
                .rx_ring(self.index)
                .write(&mut core.rx, self.rx_wr, &fresh);
            self.raise(reg::RECV);
        }
        self.transmit_segments(core, now);
    }

    /// Lets the connection do what is due and brings the registers up to date.
    pub(crate) fn poll_connection(&mut self, core: &mut Core, now: Micros) {
        if self
            .connection
            .as_ref()
            .and_then(Connection::wake_at)
            .is_some_and(|at| at <= now)
        {
            self.transmit_segments(core, now);
        }
    }

    fn transmit_segments(&mut self, core: &mut Core, now: Micros) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let mut segments = Vec::new();
        connection.poll(core, now, &mut segments);
        let (source, destination) = connection.addresses();
        let to = self
            .neighbour
            .map_or(EthernetAddress::BROADCAST, |(_, mac)| mac);
        let header = Ipv4Header {
            source,
            destination,
            ..self.header(core, PROTOCOL)
        };
        for bytes in segments {
            core.send_ipv4(to, &header, &bytes);
        }
        self.follow(core);
    }

    /// Brings status, interrupts and pointers in line with the connection.
    fn follow(&mut self, core: &mut Core) {
        let Some(connection) = &self.connection else {
            return;
        };
        let (before, after) = (self.status(), connection.status());
        let (reset, timed_out) = (connection.reset, connection.timed_out);
        let finished = connection.peer_finished();
        let opening = matches!(before, status::LISTEN | status::SYNSENT | status::SYNRECV);
        let finishing = matches!(
            before,
            status::CLOSE_WAIT | status::CLOSING | status::LAST_ACK
        );

        self.set_status(after);
        if opening && matches!(after, status::ESTABLISHED | status::CLOSE_WAIT) {
            self.start_pointers(core);
            self.raise(reg::CON);
        }
        self.follow_transmission();
        if reset || (finished && !finishing) {
            self.raise(reg::DISCON);
        }
        if timed_out {
            self.raise(reg::TIMEOUT);
        }
        if after == status::CLOSED {
            self.drop_connection(core);
            self.ended_unseen = true;
            self.overtaken = self.busy.is_some();
        }
    }

    /// TX_RD and TX_WR start from the initial sequence number.
    fn start_pointers(&mut self, core: &Core) {
        let first = self.connection.as_ref().and_then(Connection::first);
        let start = match first {
            Some(first) if core.options.random_tx_pointers => first.0 as u16,
            _ => 0,
        };
        self.tx_rd = start;
        self.tx_wr = start;
        self.set(reg::TX_WR, &start.to_be_bytes());
    }

    /// TX_RD follows what went out; SEND_OK comes when all of it did.
    fn follow_transmission(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        if self.tx_rd == self.tx_wr {
            return;
        }
        let left = connection.committed() - connection.sent();
        self.tx_rd = self.tx_wr.wrapping_sub(left as u16);
        if left == 0 {
            self.raise(reg::SEND_OK);
        }
    }

    /// SEND: hands the new bytes of the ring to the connection.
    pub(crate) fn send_stream(&mut self, core: &mut Core, now: Micros) {
        let free = self.tx_free(core);
        self.take(reg::TX_WR);
        let end = self.word(reg::TX_WR);
        let length = end.wrapping_sub(self.tx_wr);
        if length > free || self.tx_rd != self.tx_wr {
            core.counters.misuses += 1;
        }
        let bytes = core.tx_ring(self.index).read(&core.tx, self.tx_wr, length);
        self.tx_wr = end;
        match &mut self.connection {
            Some(connection) if length > 0 => {
                connection.send(&bytes, now);
            }
            // Nothing to put on the wire: done at once.
            _ => self.raise(reg::SEND_OK),
        }
    }

    /// RECV: room in the ring becomes room in the window.
    pub(crate) fn received_stream(&mut self, count: u16, now: Micros) {
        if let Some(connection) = &mut self.connection {
            connection.consume(count, now);
        }
    }

    /// DISCON: a FIN goes out behind what SEND was given. (On the chip it overtakes data that is
    /// still in the ring: a misuse.)
    pub(crate) fn disconnect(&mut self, core: &mut Core, now: Micros) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.unacknowledged() > 0 {
            core.counters.misuses += 1;
        }
        connection.close(now);
        let status = connection.status();
        self.set_status(status);
    }

    /// The connection is over; nothing more goes out for it.
    pub(crate) fn drop_connection(&mut self, core: &Core) {
        self.connection = None;
        self.task = Task::Idle;
        self.set_status(status::CLOSED);
        if !core.options.rx_survives_close {
            self.rx_taken = self.rx_wr;
            self.set(reg::RX_RD, &self.rx_wr.to_be_bytes());
        }
    }
}
