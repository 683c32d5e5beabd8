//! SPI frames per operation, counted by the simulated chip.
//!
//! Prints a line `operation n frames` for each measurement, where `n` is the
//! number of payload bytes; `cargo xtask bench` makes a table of it. Of several
//! runs the dearest counts, so that the ends of the rings and the reading of
//! free space are in it.
//!
//! What is measured:
//! - *steady*: everything sent before is acknowledged, its SEND_OK is there,
//!   and nothing else is pending;
//! - `tcp_send`, `tcp_recv`: one call, steady; the receiver takes all there is;
//! - `recv_100x1`: 100 calls for one byte each, 100 bytes waiting;
//! - `available`: the number of waiting bytes (FIONREAD), none at the last call;
//! - `poll4_idle`: poll of four idle connections with timeout 0; `_int`: with
//!   /INT wired;
//! - `open_connect`: socket and connect up to the CONNECT command; asking how it
//!   went is waiting, and not counted;
//! - `open_listen`: socket, bind and listen;
//! - `accept_none`: a non-blocking accept without a client; `accept_one`: with
//!   one that came since the last call, its address included;
//! - `close`: of a steady connection;
//! - `udp_sendto`: to another peer than before; `udp_sendto_same`: to the same;
//! - `udp_recvfrom`: one datagram, its sender included.

use std::net::Ipv4Addr;

use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::chip::{Address, Network};
use w5100::error::Error;
use w5100::port::Port;
use w5100::stack::{self, Device, Endpoint, Handle, Kind, PollEntry, Stack, ready};
use w5100::sync;
use w5100::time::Clock;
use w5100_sim::net::peer::{Conn, PeerHandle, Service};
use w5100_sim::world::ChipHandle;
use w5100_sim::{ChipOptions, World};

const CHIP_IP: [u8; 4] = [192, 168, 1, 201];
const PEER_IP: [u8; 4] = [192, 168, 1, 10];
const OTHER_IP: [u8; 4] = [192, 168, 1, 11];
const PEER_PORT: u16 = 7;
const CHIP_PORT: u16 = 80;

/// Payloads to measure with: the least, a small message, a full segment.
const SIZES: [usize; 3] = [1, 64, 1460];
/// Runs of each measurement.
const RUNS: usize = 8;
/// Long enough for a connection, or for all that is under way to arrive.
const SETTLE_MS: u32 = 500;

/// The SPI line of the simulated chip.
struct Line(ChipHandle);

impl FrameTransfer for Line {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        self.0.transfer(frames);
        Ok(())
    }
}

/// The board: a virtual clock, and /INT if it is wired.
#[derive(Clone)]
struct Board {
    chip: ChipHandle,
    wired: bool,
}

impl Clock for Board {
    fn now_ms(&self) -> u32 {
        self.chip.world().now_ms()
    }
}

impl Port for Board {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        let token = self.chip.world().events();
        if sync::epoch() == seen {
            self.chip.world().wait(token, timeout_ms);
        }
    }

    fn notify(&self) {
        self.chip.world().notify();
    }

    fn interrupt(&self) -> Option<bool> {
        self.wired.then(|| self.chip.int_low())
    }

    fn reset(&self, asserted: bool) -> bool {
        self.chip.reset(asserted);
        true
    }
}

/// A device on a wire with two peers.
struct Bench {
    world: World,
    chip: ChipHandle,
    peer: PeerHandle,
    other: PeerHandle,
    devices: [Device<SpiBus<Line>, Board>; 1],
}

impl Bench {
    fn new(wired: bool) -> Self {
        let world = World::wire(1);
        let peer = world.add_simple_peer(PEER_IP.into());
        let other = world.add_simple_peer(OTHER_IP.into());
        let chip = world.add_chip(ChipOptions::default());
        let board = Board {
            chip: chip.clone(),
            wired,
        };
        let devices = [Device::new(SpiBus::new(Line(chip.clone())), board, 0)];
        let address = Address {
            gateway: [192, 168, 1, 1],
            mask: [255, 255, 255, 0],
            mac: [0x02, 0, 0, 0, 0, 1],
            ip: CHIP_IP,
        };
        let network = Network {
            address,
            ..Network::NEW
        };
        let bench = Self {
            world,
            chip,
            peer,
            other,
            devices,
        };
        bench.with(|stack| stack.enable(&network, [0; 4], 0));
        bench
    }

    fn device(&self) -> &Device<SpiBus<Line>, Board> {
        &self.devices[0]
    }

    fn with<T>(
        &self,
        action: impl FnOnce(&mut Stack<SpiBus<Line>, Board>) -> w5100::error::Result<T>,
    ) -> T {
        self.device().with(action).expect("the operation succeeds")
    }

    /// Lets everything under way arrive.
    fn settle(&self) {
        self.world.run_for(SETTLE_MS);
    }

    /// Frames that `operation` costs.
    fn frames(&self, operation: impl FnOnce()) -> u64 {
        let before = self.chip.counters().frames;
        operation();
        self.chip.counters().frames - before
    }

    /// The dearest of several runs, each prepared by `prepare` and then settled.
    fn dearest(&self, mut prepare: impl FnMut(usize), mut operation: impl FnMut(usize)) -> u64 {
        let run = |number| {
            prepare(number);
            self.settle();
            self.frames(|| operation(number))
        };
        (0..RUNS).map(run).max().unwrap_or(0)
    }

    fn socket(&self, kind: Kind, nonblocking: bool) -> Handle {
        self.with(|stack| {
            let handle = stack.socket(kind)?;
            stack.settings(handle)?.nonblocking = nonblocking;
            Ok(handle)
        })
    }

    /// A connection of the chip to a peer that drops what it is sent, or keeps it.
    fn connection(&self, service: Service) -> (Handle, Conn) {
        self.peer.listen_service(PEER_PORT, service);
        let handle = self.socket(Kind::Tcp, false);
        self.device()
            .connect(handle, endpoint(PEER_IP, PEER_PORT))
            .expect("the peer accepts");
        self.settle();
        let conn = self
            .peer
            .accept(PEER_PORT)
            .expect("the peer has the connection");
        (handle, conn)
    }

    fn listener(&self) -> Handle {
        let handle = self.socket(Kind::Tcp, true);
        self.with(|stack| stack.bind(handle, endpoint([0; 4], CHIP_PORT)));
        self.with(|stack| stack.listen(handle, 4));
        handle
    }

    fn close(&self, handle: Handle) {
        self.with(|stack| stack.close(handle));
    }

    /// Closes, and lets the background finish it.
    fn retire(&self, handle: Handle) {
        self.close(handle);
        self.settle();
        self.with(Stack::service);
        self.settle();
    }
}

fn endpoint(ip: [u8; 4], port: u16) -> Endpoint {
    Endpoint { ip, port }
}

fn report(operation: &str, n: usize, frames: u64) {
    println!("{operation} {n} {frames}");
}

fn tcp_send() {
    let bench = Bench::new(false);
    let (handle, _conn) = bench.connection(Service::Discard);
    for n in SIZES {
        let data = vec![0x55; n];
        let send = || {
            let sent = bench.device().send(handle, &data, false);
            assert_eq!(sent, Ok(n));
        };
        send();
        report("tcp_send", n, bench.dearest(|_| (), |_| send()));
    }
}

fn tcp_receive() {
    let bench = Bench::new(false);
    let (handle, conn) = bench.connection(Service::Manual);
    let receive = |n: usize| {
        let mut data = vec![0; n];
        assert_eq!(
            bench.device().receive(handle, &mut data, false, false),
            Ok(n)
        );
    };
    let arrive = |n: usize| assert_eq!(conn.send(&vec![0xAA; n]), n);
    for n in SIZES {
        report("tcp_recv", n, bench.dearest(|_| arrive(n), |_| receive(n)));
    }
    let hundred = || (0..100).for_each(|_| receive(1));
    report(
        "recv_100x1",
        100,
        bench.dearest(|_| arrive(100), |_| hundred()),
    );

    let available = |n| assert_eq!(bench.with(|stack| stack.available(handle)), n);
    let arrive = |run| {
        if run > 0 {
            receive(10);
        }
        available(0);
        arrive(10);
    };
    report("available", 10, bench.dearest(arrive, |_| available(10)));
}

fn poll(operation: &str, wired: bool) {
    let bench = Bench::new(wired);
    let connections: Vec<_> = (0..4).map(|_| bench.connection(Service::Manual)).collect();
    let mut set: Vec<_> = connections
        .iter()
        .map(|(handle, _)| PollEntry {
            fd: handle.raw(),
            events: ready::IN,
            revents: 0,
        })
        .collect();
    let mut look = || assert_eq!(stack::poll(&bench.devices, &mut set, Some(0)), Ok(0));
    look();
    report(operation, 0, bench.dearest(|_| (), |_| look()));
}

fn open_connect() {
    let bench = Bench::new(false);
    bench.peer.listen_service(PEER_PORT, Service::Discard);
    let dearest = (0..RUNS).map(|_| {
        let mut opened = None;
        let frames = bench.frames(|| {
            let handle = bench.socket(Kind::Tcp, true);
            bench.with(|stack| stack.connect(handle, endpoint(PEER_IP, PEER_PORT)));
            opened = Some(handle);
        });
        let handle = opened.expect("the socket was opened");
        let mut set = [PollEntry {
            fd: handle.raw(),
            events: ready::OUT,
            revents: 0,
        }];
        assert_eq!(
            stack::poll(&bench.devices, &mut set, Some(SETTLE_MS)),
            Ok(1)
        );
        assert_eq!(set[0].revents, ready::OUT);
        bench.retire(handle);
        frames
    });
    report("open_connect", 0, dearest.max().unwrap_or(0));
}

fn open_listen() {
    let bench = Bench::new(false);
    let dearest = (0..RUNS).map(|_| {
        let mut opened = None;
        let frames = bench.frames(|| opened = Some(bench.listener()));
        bench.retire(opened.expect("the listener was opened"));
        frames
    });
    report("open_listen", 0, dearest.max().unwrap_or(0));
}

fn accept() {
    let bench = Bench::new(false);
    let listener = bench.listener();
    bench.with(Stack::service);
    let none = || assert_eq!(bench.device().accept(listener), Err(Error::WouldBlock));
    report("accept_none", 0, bench.dearest(|_| (), |_| none()));

    let dearest = (0..RUNS).map(|_| {
        let client = bench.peer.connect(Ipv4Addr::from(CHIP_IP), CHIP_PORT);
        bench.settle();
        assert!(client.is_open());
        let mut accepted = None;
        let frames = bench.frames(|| {
            let handle = bench.device().accept(listener).expect("a client waits");
            assert_eq!(bench.with(|stack| stack.peer(handle)).ip, PEER_IP);
            accepted = Some(handle);
        });
        client.close();
        bench.retire(accepted.expect("the client was accepted"));
        frames
    });
    report("accept_one", 0, dearest.max().unwrap_or(0));
}

fn close() {
    let bench = Bench::new(false);
    let dearest = (0..RUNS).map(|_| {
        let (handle, conn) = bench.connection(Service::Discard);
        assert_eq!(bench.device().send(handle, b"hello", false), Ok(5));
        bench.settle();
        let frames = bench.frames(|| bench.close(handle));
        conn.close();
        bench.settle();
        bench.with(Stack::service);
        frames
    });
    report("close", 0, dearest.max().unwrap_or(0));
}

fn udp_send() {
    let bench = Bench::new(false);
    for peer in [&bench.peer, &bench.other] {
        peer.udp_bind(PEER_PORT);
    }
    let handle = bench.socket(Kind::Udp, false);
    for n in SIZES {
        let data = vec![0x55; n];
        let send = |ip| {
            let peer = Some(endpoint(ip, PEER_PORT));
            assert_eq!(bench.device().send_to(handle, &data, peer, false), Ok(n));
        };
        let alternate = |run| send(if run % 2 == 0 { OTHER_IP } else { PEER_IP });
        send(PEER_IP);
        report("udp_sendto", n, bench.dearest(|_| (), alternate));
        report(
            "udp_sendto_same",
            n,
            bench.dearest(|_| (), |_| send(PEER_IP)),
        );
    }
}

fn udp_receive() {
    let bench = Bench::new(false);
    let handle = bench.socket(Kind::Udp, false);
    bench.with(|stack| stack.bind(handle, endpoint([0; 4], CHIP_PORT)));
    for n in SIZES {
        let payload = vec![0xAA; n];
        let arrive = |_| {
            assert!(
                bench
                    .peer
                    .udp_send(PEER_PORT, CHIP_IP.into(), CHIP_PORT, &payload)
            );
        };
        let receive = |_| {
            let mut data = vec![0; n];
            let received = bench.device().receive_from(handle, &mut data, false, false);
            assert_eq!(received, Ok((n, endpoint(PEER_IP, PEER_PORT))));
        };
        report("udp_recvfrom", n, bench.dearest(arrive, receive));
    }
}

fn main() {
    tcp_send();
    tcp_receive();
    poll("poll4_idle", false);
    poll("poll4_idle_int", true);
    open_connect();
    open_listen();
    accept();
    close();
    udp_send();
    udp_receive();
}
