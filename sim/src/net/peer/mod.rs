//! Scripted peers: hosts on the wire that a test drives.
//!
//! A peer is a whole TCP/IP stack with an address of its own. It does nothing unasked beyond what
//! every host does (ARP, ping replies, acknowledgments, RST to a port nobody listens on), unless
//! a connection is given a [`Service`].

mod conn;
mod handle;
mod icmp;
mod tcp;
mod udp;

pub use conn::Conn;
pub use handle::PeerHandle;
pub use smoltcp::socket::tcp::State;

use std::collections::{BTreeMap, VecDeque};

use crate::net::host::{Host, Identity};
use crate::node::{Micros, Node};

/// What a peer does by itself with the bytes a connection brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Service {
    /// Nothing: they wait for [`Conn::recv`], and the window closes when nobody comes for them.
    #[default]
    Manual,
    /// Count them and throw them away; close when the other side has.
    Discard,
    /// Send them back; close when the other side has and all is sent.
    Echo,
}

/// Frames kept for [`PeerHandle::captured`]: the latest.
const CAPTURE_LIMIT: usize = 4096;

/// The peer's node on the wire; [`PeerHandle`] is how it is used.
pub(crate) struct Peer {
    host: Host,
    vanished: bool,
    injected: Vec<Vec<u8>>,
    captured: Option<VecDeque<Vec<u8>>>,
    tcp: tcp::Tcp,
    udp: BTreeMap<u16, udp::Port>,
    ping: Option<icmp::Pinger>,
}

impl Peer {
    pub(crate) fn new(identity: &Identity, seed: u64) -> Self {
        Self {
            host: Host::new(identity, seed),
            vanished: false,
            injected: Vec::new(),
            captured: None,
            tcp: tcp::Tcp::default(),
            udp: BTreeMap::new(),
            ping: None,
        }
    }

    fn serve(&mut self) -> bool {
        let tcp = self.tcp.serve(&mut self.host);
        let udp = self.serve_udp();
        let ping = self.take_ping_replies();
        tcp || udp || ping
    }
}

impl Node for Peer {
    fn receive(&mut self, _: Micros, frame: &[u8]) {
        if self.vanished {
            return;
        }
        if let Some(captured) = &mut self.captured {
            if captured.len() == CAPTURE_LIMIT {
                captured.pop_front();
            }
            captured.push_back(frame.to_vec());
        }
        self.tcp.note_reset(frame);
        self.host.receive(frame);
    }

    fn poll(&mut self, now: Micros, out: &mut Vec<Vec<u8>>) {
        let kept = out.len();
        self.host.poll(now, out);
        while self.serve() {
            self.host.poll(now, out);
        }
        if self.vanished {
            out.truncate(kept);
        }
        out.append(&mut self.injected);
    }

    fn wake_at(&self, now: Micros) -> Option<Micros> {
        if self.injected.is_empty() {
            self.host.wake_at(now)
        } else {
            Some(now)
        }
    }
}
