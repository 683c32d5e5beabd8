//! The script's end of a TCP connection.

use std::net::SocketAddrV4;

use smoltcp::socket::tcp::Socket;
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::tcp::Connection;
use super::{PeerHandle, Service, State};

/// A connection of a peer. It stays usable after it is closed; dropping it closes it. No call
/// blocks: run the world to let things happen.
pub struct Conn {
    peer: PeerHandle,
    id: u32,
}

impl Conn {
    pub(super) fn new(peer: PeerHandle, id: u32) -> Self {
        Self { peer, id }
    }

    /// Look at the socket without giving the peer anything to do.
    fn look<R>(&self, look_at: impl FnOnce(&mut Connection, &mut Socket<'static>) -> R) -> R {
        self.peer.with(|peer| {
            let (connection, socket) = peer.socket(self.id);
            look_at(connection, socket)
        })
    }

    /// Use the socket; unless it was for nothing (0 bytes), the peer acts on it at once.
    fn with(
        &self,
        use_socket: impl FnOnce(&mut Connection, &mut Socket<'static>) -> usize,
    ) -> usize {
        self.peer.with(|peer| {
            let (connection, socket) = peer.socket(self.id);
            let bytes = use_socket(connection, socket);
            if bytes > 0 {
                peer.host.touch();
            }
            bytes
        })
    }

    fn act(&self, act_on: impl FnOnce(&mut Connection, &mut Socket<'static>)) {
        self.peer.with(|peer| {
            let (connection, socket) = peer.socket(self.id);
            act_on(connection, socket);
            peer.host.touch();
        });
    }

    /// The state by its name in RFC 793. Prints as in "ESTABLISHED".
    pub fn state(&self) -> State {
        self.look(|_, socket| socket.state())
    }

    /// The connection is established, or was and still carries data one way.
    pub fn is_open(&self) -> bool {
        self.look(|_, socket| socket.may_send() || socket.may_recv())
    }

    /// The other side sent RST: it refused the connection or broke it.
    pub fn was_reset(&self) -> bool {
        self.look(|connection, _| connection.reset)
    }

    /// The other side has sent FIN and all that came before it was read.
    pub fn is_finished(&self) -> bool {
        use smoltcp::socket::tcp::RecvError;
        self.look(|_, socket| matches!(socket.peek(0), Err(RecvError::Finished)))
    }

    /// Queue as many of `bytes` as there is room for: how many were taken, 0 when the connection
    /// cannot send (not yet, or no longer).
    pub fn send(&self, bytes: &[u8]) -> usize {
        self.with(|_, socket| socket.send_slice(bytes).unwrap_or(0))
    }

    /// Take what has arrived, up to the length of `bytes`: how many, 0 when nothing waits.
    pub fn recv(&self, bytes: &mut [u8]) -> usize {
        self.with(|connection, socket| {
            let length = socket.recv_slice(bytes).unwrap_or(0);
            connection.taken += length as u64;
            length
        })
    }

    /// Take all that waits.
    pub fn recv_all(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.available()];
        let length = self.recv(&mut bytes);
        bytes.truncate(length);
        bytes
    }

    /// Bytes waiting for [`recv`](Self::recv).
    pub fn available(&self) -> usize {
        self.look(|_, socket| socket.recv_queue())
    }

    /// Bytes received since the connection began, read or not.
    pub fn received(&self) -> u64 {
        self.look(|connection, socket| connection.taken + socket.recv_queue() as u64)
    }

    /// Bytes queued that the other side has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.look(|_, socket| socket.send_queue())
    }

    /// From now on, what becomes of bytes that arrive. [`Service::Manual`] without a
    /// [`recv`](Self::recv) is a peer that has stopped reading: its window closes.
    pub fn set_service(&self, service: Service) {
        self.act(|connection, _| connection.service = service);
    }

    /// Send FIN after what is queued. Receiving goes on.
    pub fn close(&self) {
        self.act(|_, socket| socket.close());
    }

    /// Send RST and forget what is queued.
    pub fn abort(&self) {
        self.act(|_, socket| socket.abort());
    }

    /// This end's address; `None` when the connection is closed.
    pub fn local(&self) -> Option<SocketAddrV4> {
        self.look(|_, socket| socket.local_endpoint()).map(address)
    }

    /// The other end's address; `None` when the connection is closed.
    pub fn remote(&self) -> Option<SocketAddrV4> {
        self.look(|_, socket| socket.remote_endpoint()).map(address)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.act(|connection, socket| {
            connection.abandoned = true;
            socket.close();
        });
    }
}

fn address(endpoint: IpEndpoint) -> SocketAddrV4 {
    let IpAddress::Ipv4(ip) = endpoint.addr;
    SocketAddrV4::new(ip, endpoint.port)
}
