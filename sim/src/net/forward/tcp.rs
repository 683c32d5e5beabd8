//! TCP: each connection is two, joined by a bridge.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use mio::Token;
use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use socket2::SockRef;

use super::Sockets;
use super::bridge::Bridge;
use crate::net::host::Host;
use crate::net::packet::{self, Segment};
use crate::node::Micros;

/// Bytes held on the chip's side of a bridge, in each direction.
const BUFFER: usize = 32 * 1024;
/// How long a chip has to answer a connection from the host.
const ANSWER_SECONDS: u64 = 60;

/// A chip's address and port, and the port of the gateway's it connects to.
type Caller = (SocketAddrV4, u16);

#[derive(Default)]
pub(super) struct Bridges {
    listeners: BTreeMap<Token, (TcpListener, SocketAddrV4)>,
    /// Connections from a chip for which the host's side is not there yet.
    calls: BTreeMap<Token, Call>,
    /// Those whose host side has just come.
    answered: VecDeque<(Token, Call)>,
    bridges: BTreeMap<Token, Bridge>,
    /// Sockets on the chip's side that have no host side any more.
    closing: Vec<SocketHandle>,
    /// Resets for chips whose connection was refused.
    pub(super) refusals: Vec<Vec<u8>>,
}

struct Call {
    caller: Caller,
    stream: TcpStream,
    /// The SYN, to be answered when the host's side is connected.
    frame: Vec<u8>,
}

impl Bridges {
    pub(super) fn listen(
        &mut self,
        sockets: &mut Sockets,
        host_port: u16,
        chip: SocketAddrV4,
    ) -> io::Result<u16> {
        let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, host_port).into())?;
        let port = listener.local_addr()?.port();
        let token = sockets.watch(&mut listener)?;
        self.listeners.insert(token, (listener, chip));
        Ok(port)
    }

    pub(super) fn host_event(&mut self, event: &Event, host: &mut Host, sockets: &mut Sockets) {
        let token = event.token();
        if self.listeners.contains_key(&token) {
            self.accept(token, host, sockets);
        } else if self.calls.contains_key(&token) {
            self.call_event(token);
        } else if let Some(bridge) = self.bridges.get_mut(&token) {
            bridge.host_event(event);
        }
    }

    /// Take all connections that wait, and connect each to the chip.
    fn accept(&mut self, listener: Token, host: &mut Host, sockets: &mut Sockets) {
        let Some((listener, chip)) = self.listeners.get(&listener) else {
            return;
        };
        // Ends with WouldBlock. Any other error is the refused connection's own, or the machine
        // is short of something: the next connection tries again.
        while let Ok((mut stream, _)) = listener.accept() {
            let Ok(token) = sockets.watch(&mut stream) else {
                continue;
            };
            let mut socket = new_socket();
            socket.set_timeout(Some(smoltcp::time::Duration::from_secs(ANSWER_SECONDS)));
            let port = host.ephemeral_port();
            // Fails only for a chip address or port of 0: the socket is closed, the stream reset.
            let _ = socket.connect(host.interface.context(), *chip, port);
            let handle = host.sockets.add(socket);
            self.bridges
                .insert(token, Bridge::new(stream, handle, None));
        }
    }

    /// Whether a SYN from a chip belongs to a connection that is being made. A SYN for one that
    /// was made means that the chip has forgotten it.
    pub(super) fn knows(&self, segment: &Segment, host: &Host) -> bool {
        let caller = caller(segment);
        self.bridges.values().any(|bridge| {
            let state = host.sockets.get::<Socket>(bridge.handle).state();
            bridge.caller == Some(caller) && state == State::SynReceived
        })
    }

    /// A chip connects to the gateway: connect to the same port of the host before answering.
    pub(super) fn chip_connects(
        &mut self,
        segment: &Segment,
        frame: &[u8],
        host: &mut Host,
        sockets: &mut Sockets,
    ) {
        let caller = caller(segment);
        let waiting = self
            .answered
            .iter()
            .map(|(_, call)| call)
            .chain(self.calls.values());
        if waiting.into_iter().any(|call| call.caller == caller) {
            return; // sent again while the host's side is on its way
        }
        self.forget_stale(caller, host);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, segment.destination.port()));
        let connected = TcpStream::connect(address)
            .and_then(|mut stream| Ok((sockets.watch(&mut stream)?, stream)));
        match connected {
            Ok((token, stream)) => {
                let frame = frame.to_vec();
                self.calls.insert(
                    token,
                    Call {
                        caller,
                        stream,
                        frame,
                    },
                );
            }
            Err(_) => self.refusals.extend(packet::refusal(frame)),
        }
    }

    /// End whatever is left of a former connection from the same port.
    fn forget_stale(&mut self, caller: Caller, host: &mut Host) {
        let stale = self
            .bridges
            .iter()
            .find(|(_, bridge)| bridge.caller == Some(caller));
        if let Some(token) = stale.map(|(&token, _)| token)
            && let Some(bridge) = self.bridges.remove(&token)
        {
            host.sockets.remove(bridge.handle);
            reset(&bridge.stream);
        }
        self.closing.retain(|&handle| {
            let socket = host.sockets.get::<Socket>(handle);
            let same = socket.remote_endpoint() == Some(caller.0.into())
                && socket
                    .local_endpoint()
                    .is_some_and(|local| local.port == caller.1);
            if same {
                host.sockets.remove(handle);
            }
            !same
        });
    }

    /// The host's side of a call has come about, or has failed.
    fn call_event(&mut self, token: Token) {
        let Some(call) = self.calls.get(&token) else {
            return;
        };
        let failed = matches!(call.stream.take_error(), Ok(Some(_)) | Err(_));
        if !failed && call.stream.peer_addr().is_err() {
            return; // still on its way
        }
        if let Some(call) = self.calls.remove(&token) {
            if failed {
                self.refusals.extend(packet::refusal(&call.frame));
            } else {
                self.answered.push_back((token, call));
            }
        }
    }

    /// Answer chips whose host side is connected. One at a time: the SYN must meet its own socket.
    pub(super) fn open_connected(&mut self, now: Micros, host: &mut Host, out: &mut Vec<Vec<u8>>) {
        while let Some((token, call)) = self.answered.pop_front() {
            let mut socket = new_socket();
            // Fails only for port 0, which nothing on the host can have accepted.
            let _ = socket.listen(call.caller.1);
            let handle = host.sockets.add(socket);
            self.bridges
                .insert(token, Bridge::new(call.stream, handle, Some(call.caller)));
            host.receive(&call.frame);
            host.poll(now, out);
        }
    }

    /// Move what can be moved. True when something was.
    pub(super) fn pump(&mut self, host: &mut Host) -> bool {
        let mut moved = false;
        self.bridges.retain(|_, bridge| {
            let socket = host.sockets.get_mut::<Socket>(bridge.handle);
            moved |= bridge.pump(socket);
            let end = bridge.end(socket);
            if let Some(end) = end {
                moved = true; // a reset may have to be sent
                if end.aborted {
                    socket.abort();
                    reset(&bridge.stream);
                }
                self.closing.push(bridge.handle);
            }
            end.is_none()
        });
        moved
    }

    pub(super) fn forget_closed(&mut self, host: &mut Host) {
        self.closing.retain(|&handle| {
            let closed = host.sockets.get::<Socket>(handle).state() == State::Closed;
            if closed {
                host.sockets.remove(handle);
            }
            !closed
        });
    }
}

fn caller(segment: &Segment) -> Caller {
    (segment.source, segment.destination.port())
}

fn new_socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_ack_delay(None);
    socket.set_nagle_enabled(false);
    socket
}

/// Let the drop of `stream` send RST in place of FIN.
fn reset(stream: &TcpStream) {
    // When it fails, the program at the other end sees a close in place of a reset.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
