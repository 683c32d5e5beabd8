//! The script's end of a peer.

use std::net::{Ipv4Addr, SocketAddrV4};

use smoltcp::time::Duration;

use super::{Conn, Peer, Service};
use crate::world::World;

/// A scripted host on the wire. Cheap to clone; may be used from any thread. No call blocks.
#[derive(Clone)]
pub struct PeerHandle {
    world: World,
    port: usize,
}

impl PeerHandle {
    pub(crate) fn new(world: World, port: usize) -> Self {
        Self { world, port }
    }

    pub(super) fn with<R>(&self, use_peer: impl FnOnce(&mut Peer) -> R) -> R {
        self.world.with_peer(self.port, use_peer)
    }

    /// Begin a connection to `ip`:`port` from a new port of this peer's.
    #[must_use = "a connection is closed when its Conn is dropped"]
    pub fn connect(&self, ip: Ipv4Addr, port: u16) -> Conn {
        self.connect_service(ip, port, Service::Manual)
    }

    /// Like [`connect`](Self::connect), with something that handles what arrives.
    #[must_use = "a connection is closed when its Conn is dropped"]
    pub fn connect_service(&self, ip: Ipv4Addr, port: u16, service: Service) -> Conn {
        let remote = SocketAddrV4::new(ip, port);
        Conn::new(
            self.clone(),
            self.with(|peer| peer.connect(remote, service)),
        )
    }

    /// Take connections to `port`, any number of them, for [`accept`](Self::accept).
    pub fn listen(&self, port: u16) {
        self.listen_service(port, Service::Manual);
    }

    /// Take connections to `port` and serve them, accepted or not.
    pub fn listen_service(&self, port: u16, service: Service) {
        self.with(|peer| peer.listen(port, service));
    }

    /// Refuse further connections to `port`. Those made stay.
    pub fn unlisten(&self, port: u16) {
        self.with(|peer| peer.unlisten(port));
    }

    /// The oldest connection to `port` that is established and was not given out yet.
    #[must_use = "a connection is closed when its Conn is dropped"]
    pub fn accept(&self, port: u16) -> Option<Conn> {
        let id = self.with(|peer| peer.accept(port))?;
        Some(Conn::new(self.clone(), id))
    }

    /// The buffers of connections made from now on, in bytes. The window a peer offers is what is
    /// free of its receive buffer; above 65535 bytes it also offers window scaling.
    pub fn set_buffers(&self, receive: usize, transmit: usize) {
        self.with(|peer| {
            peer.tcp.settings.receive_buffer = receive;
            peer.tcp.settings.transmit_buffer = transmit;
        });
    }

    /// Hold acknowledgments back for up to `milliseconds`; `None` (at first) sends them at once.
    pub fn ack_delay(&self, milliseconds: Option<u32>) {
        let delay = milliseconds.map(|ms| Duration::from_millis(ms.into()));
        self.with(|peer| peer.set_ack_delay(delay));
    }

    /// Drop everything in both directions, as a host does whose power has failed; `false` brings
    /// it back with its connections as they were.
    pub fn vanish(&self, vanished: bool) {
        self.with(|peer| peer.vanished = vanished);
    }

    /// Open a UDP port.
    pub fn udp_bind(&self, port: u16) {
        self.with(|peer| peer.bind_udp(port, false));
    }

    /// Open a UDP port that sends every datagram back.
    pub fn udp_echo(&self, port: u16) {
        self.with(|peer| peer.bind_udp(port, true));
    }

    /// Send a datagram from port `from` (opened if it is not yet). False when the port's queue of
    /// 64 datagrams is full.
    pub fn udp_send(&self, from: u16, ip: Ipv4Addr, port: u16, payload: &[u8]) -> bool {
        self.with(|peer| peer.send_udp(from, SocketAddrV4::new(ip, port), payload))
    }

    /// The oldest datagram waiting at `port`, and who sent it.
    pub fn udp_recv(&self, port: u16) -> Option<(SocketAddrV4, Vec<u8>)> {
        self.with(|peer| peer.receive_udp(port))
    }

    /// Take part in an IP multicast group. False when the group is none or too many are joined.
    pub fn join(&self, group: Ipv4Addr) -> bool {
        self.with(|peer| {
            let joined = peer.host.interface.join_multicast_group(group).is_ok();
            peer.host.touch();
            joined
        })
    }

    /// Send one ICMP echo request.
    pub fn ping(&self, ip: Ipv4Addr, payload: &[u8]) {
        self.with(|peer| peer.ping(ip, payload));
    }

    /// The oldest echo reply not yet taken: who answered, and the payload.
    pub fn ping_reply(&self) -> Option<(Ipv4Addr, Vec<u8>)> {
        let reply = self.with(Peer::ping_reply)?;
        Some((reply.from, reply.payload))
    }

    /// Put a frame on the wire as it is (Ethernet II, no FCS).
    pub fn inject(&self, frame: &[u8]) {
        self.with(|peer| peer.injected.push(frame.to_vec()));
    }

    /// Keep the frames that reach this peer, or stop and forget them.
    pub fn capture(&self, on: bool) {
        self.with(|peer| peer.captured = on.then(Default::default));
    }

    /// Frames that reached this peer since the last call, the latest 4096 at most; empty unless
    /// [`capture`](Self::capture) is on.
    pub fn captured(&self) -> Vec<Vec<u8>> {
        self.with(|peer| peer.captured.iter_mut().flat_map(std::mem::take).collect())
    }
}
