//! A peer's connections and listeners.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{RecvError, Socket, SocketBuffer, State};
use smoltcp::time::Duration;

use super::{Peer, Service};
use crate::net::host::Host;
use crate::net::packet;

/// What new connections of a peer are made with.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) receive_buffer: usize,
    pub(super) transmit_buffer: usize,
    pub(super) ack_delay: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            receive_buffer: 32 * 1024,
            transmit_buffer: 32 * 1024,
            ack_delay: None,
        }
    }
}

#[derive(Default)]
pub(super) struct Tcp {
    pub(super) settings: Settings,
    pub(super) connections: BTreeMap<u32, Connection>,
    listeners: BTreeMap<u16, Listener>,
    next_id: u32,
}

pub(super) struct Connection {
    pub(super) handle: SocketHandle,
    pub(super) service: Service,
    /// Bytes taken out of the socket so far.
    pub(super) taken: u64,
    /// The other side sent RST.
    pub(super) reset: bool,
    /// No [`super::Conn`] is left: forget it when it is closed.
    pub(super) abandoned: bool,
    local_port: u16,
    remote: Option<SocketAddrV4>,
}

/// A port somebody listens on: one socket in LISTEN, and those that have become connections.
struct Listener {
    listening: SocketHandle,
    service: Service,
    /// Connections not yet given out by `accept`, oldest first.
    waiting: Vec<u32>,
}

impl Tcp {
    /// Keep every listener listening and let services work. True when a socket was used.
    pub(super) fn serve(&mut self, host: &mut Host) -> bool {
        let mut worked = false;
        for (&port, listener) in &mut self.listeners {
            let socket = host.sockets.get::<Socket>(listener.listening);
            if socket.state() == State::Listen {
                continue;
            }
            let connection = Connection::new(
                listener.listening,
                listener.service,
                port,
                remote_of(socket),
            );
            self.connections.insert(self.next_id, connection);
            listener.waiting.push(self.next_id);
            listener.listening = listen_socket(host, self.settings, port);
            self.next_id += 1;
            worked = true;
        }
        self.connections.retain(|id, connection| {
            let socket = host.sockets.get_mut::<Socket>(connection.handle);
            worked |= connection.serve(socket);
            // A RST in SYN-RECEIVED puts a passive socket back to LISTEN (RFC 793, 3.4).
            let undone = socket.state() == State::Listen;
            let done = connection.abandoned && socket.state() == State::Closed;
            if undone {
                self.listeners
                    .values_mut()
                    .for_each(|l| l.waiting.retain(|waiting| waiting != id));
            }
            if undone || done {
                host.sockets.remove(connection.handle);
            }
            !(undone || done)
        });
        worked
    }

    /// smoltcp does not say why a connection is closed, so look for the RST that closes it.
    pub(super) fn note_reset(&mut self, frame: &[u8]) {
        let Some(segment) = packet::segment(frame).filter(|segment| segment.rst) else {
            return;
        };
        for connection in self.connections.values_mut() {
            if connection.local_port == segment.destination.port()
                && connection.remote == Some(segment.source)
            {
                connection.reset = true;
            }
        }
    }
}

impl Connection {
    fn new(
        handle: SocketHandle,
        service: Service,
        local_port: u16,
        remote: Option<SocketAddrV4>,
    ) -> Self {
        Self {
            handle,
            service,
            taken: 0,
            reset: false,
            abandoned: false,
            local_port,
            remote,
        }
    }

    fn serve(&mut self, socket: &mut Socket) -> bool {
        match self.service {
            Service::Manual => false,
            Service::Discard => {
                let discarded = socket.recv(|bytes| (bytes.len(), bytes.len()));
                self.served(socket, discarded)
            }
            Service::Echo => {
                let room = socket.send_capacity() - socket.send_queue();
                let mut chunk = [0; 4096];
                let limit = room.min(chunk.len());
                let taken = socket.recv_slice(&mut chunk[..limit]);
                if let Ok(length) = taken {
                    // Fits: no more was taken than there is room for. A socket that may no
                    // longer send has been closed by its user, and drops what comes.
                    let _ = socket.send_slice(&chunk[..length]);
                }
                self.served(socket, taken)
            }
        }
    }

    fn served(&mut self, socket: &mut Socket, taken: Result<usize, RecvError>) -> bool {
        match taken {
            Ok(length) => {
                self.taken += length as u64;
                length > 0
            }
            Err(RecvError::Finished) if socket.may_send() => {
                socket.close();
                true
            }
            Err(_) => false,
        }
    }
}

impl Peer {
    /// Begin to connect: the id of the new connection.
    pub(super) fn connect(&mut self, remote: SocketAddrV4, service: Service) -> u32 {
        let local_port = self.host.ephemeral_port();
        let mut socket = new_socket(self.tcp.settings);
        // Fails only for port or address 0; the connection then stays in the state Closed.
        let _ = socket.connect(self.host.interface.context(), remote, local_port);
        let handle = self.host.sockets.add(socket);
        let id = self.tcp.next_id;
        self.tcp.next_id += 1;
        let connection = Connection::new(handle, service, local_port, Some(remote));
        self.tcp.connections.insert(id, connection);
        self.host.touch();
        id
    }

    pub(super) fn listen(&mut self, port: u16, service: Service) {
        let listening = listen_socket(&mut self.host, self.tcp.settings, port);
        let listener = Listener {
            listening,
            service,
            waiting: Vec::new(),
        };
        if let Some(before) = self.tcp.listeners.insert(port, listener) {
            self.host.sockets.remove(before.listening);
        }
    }

    pub(super) fn unlisten(&mut self, port: u16) {
        if let Some(listener) = self.tcp.listeners.remove(&port) {
            self.host.sockets.remove(listener.listening);
        }
    }

    /// The oldest connection to `port` that has completed its handshake.
    pub(super) fn accept(&mut self, port: u16) -> Option<u32> {
        let listener = self.tcp.listeners.get_mut(&port)?;
        let at = listener.waiting.iter().position(|id| {
            let connection = &self.tcp.connections[id];
            let socket = self.host.sockets.get::<Socket>(connection.handle);
            socket.state() != State::SynReceived
        })?;
        Some(listener.waiting.remove(at))
    }

    pub(super) fn socket(&mut self, id: u32) -> (&mut Connection, &mut Socket<'static>) {
        let connection = self
            .tcp
            .connections
            .get_mut(&id)
            .expect("kept while a Conn names it");
        let socket = self.host.sockets.get_mut::<Socket>(connection.handle);
        (connection, socket)
    }

    pub(super) fn set_ack_delay(&mut self, delay: Option<Duration>) {
        self.tcp.settings.ack_delay = delay;
        let connections = self
            .tcp
            .connections
            .values()
            .map(|connection| connection.handle);
        let listening = self
            .tcp
            .listeners
            .values()
            .map(|listener| listener.listening);
        for handle in connections.chain(listening) {
            self.host
                .sockets
                .get_mut::<Socket>(handle)
                .set_ack_delay(delay);
        }
    }
}

fn listen_socket(host: &mut Host, settings: Settings, port: u16) -> SocketHandle {
    let mut socket = new_socket(settings);
    // Fails only for port 0, which nobody can connect to either.
    let _ = socket.listen(port);
    host.sockets.add(socket)
}

fn new_socket(settings: Settings) -> Socket<'static> {
    let buffer = |size| SocketBuffer::new(vec![0; size]);
    let mut socket = Socket::new(
        buffer(settings.receive_buffer),
        buffer(settings.transmit_buffer),
    );
    socket.set_ack_delay(settings.ack_delay);
    // A script decides what goes into a segment.
    socket.set_nagle_enabled(false);
    socket
}

fn remote_of(socket: &Socket) -> Option<SocketAddrV4> {
    let endpoint = socket.remote_endpoint()?;
    let smoltcp::wire::IpAddress::Ipv4(address) = endpoint.addr;
    Some(SocketAddrV4::new(address, endpoint.port))
}
