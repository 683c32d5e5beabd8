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

mod rig;

use std::net::Ipv4Addr;

use rig::{CHIP_IP, CHIP_PORT, OTHER_IP, PEER_IP, PEER_PORT, RUNS, Rig, SETTLE_MS, endpoint};
use w5100::error::Error;
use w5100::stack::{self, Kind, PollEntry, Stack, ready};
use w5100_sim::Service;

/// Payloads to measure with: the least, a small message, a full segment.
const SIZES: [usize; 3] = [1, 64, 1460];

fn report(operation: &str, n: usize, frames: u64) {
    println!("{operation} {n} {frames}");
}

fn tcp_send() {
    let rig = Rig::new(false);
    let (handle, _conn) = rig.connection(Service::Discard);
    for n in SIZES {
        let data = vec![0x55; n];
        let send = || {
            let sent = rig.device().send(handle, &data, false);
            assert_eq!(sent, Ok(n));
        };
        send();
        report("tcp_send", n, rig.dearest(|_| (), |_| send()));
    }
}

fn tcp_receive() {
    let rig = Rig::new(false);
    let (handle, conn) = rig.connection(Service::Manual);
    let receive = |n: usize| {
        let mut data = vec![0; n];
        assert_eq!(rig.device().receive(handle, &mut data, false, false), Ok(n));
    };
    let arrive = |n: usize| assert_eq!(conn.send(&vec![0xAA; n]), n);
    for n in SIZES {
        report("tcp_recv", n, rig.dearest(|_| arrive(n), |_| receive(n)));
    }
    let hundred = || (0..100).for_each(|_| receive(1));
    report(
        "recv_100x1",
        100,
        rig.dearest(|_| arrive(100), |_| hundred()),
    );

    let available = |n| assert_eq!(rig.with(|stack| stack.available(handle)), n);
    let arrive = |run| {
        if run > 0 {
            receive(10);
        }
        available(0);
        arrive(10);
    };
    report("available", 10, rig.dearest(arrive, |_| available(10)));
}

fn poll(operation: &str, wired: bool) {
    let rig = Rig::new(wired);
    let connections: Vec<_> = (0..4).map(|_| rig.connection(Service::Manual)).collect();
    let mut set: Vec<_> = connections
        .iter()
        .map(|(handle, _)| PollEntry {
            fd: handle.raw(),
            events: ready::IN,
            revents: 0,
        })
        .collect();
    let mut look = || assert_eq!(stack::poll(&rig.devices, &mut set, 0), Ok(0));
    look();
    report(operation, 0, rig.dearest(|_| (), |_| look()));
}

fn open_connect() {
    let rig = Rig::new(false);
    rig.peer.listen_service(PEER_PORT, Service::Discard);
    let dearest = (0..RUNS).map(|_| {
        let mut opened = None;
        let frames = rig.frames(|| {
            let handle = rig.socket(Kind::Tcp, true);
            rig.with(|stack| stack.connect(handle, endpoint(PEER_IP, PEER_PORT)));
            opened = Some(handle);
        });
        let handle = opened.expect("the socket was opened");
        let mut set = [PollEntry {
            fd: handle.raw(),
            events: ready::OUT,
            revents: 0,
        }];
        assert_eq!(stack::poll(&rig.devices, &mut set, SETTLE_MS), Ok(1));
        assert_eq!(set[0].revents, ready::OUT);
        rig.retire(handle);
        frames
    });
    report("open_connect", 0, dearest.max().unwrap_or(0));
}

fn open_listen() {
    let rig = Rig::new(false);
    let dearest = (0..RUNS).map(|_| {
        let mut opened = None;
        let frames = rig.frames(|| opened = Some(rig.listener()));
        rig.retire(opened.expect("the listener was opened"));
        frames
    });
    report("open_listen", 0, dearest.max().unwrap_or(0));
}

fn accept() {
    let rig = Rig::new(false);
    let listener = rig.listener();
    rig.with(Stack::service);
    let none = || assert_eq!(rig.device().accept(listener), Err(Error::WouldBlock));
    report("accept_none", 0, rig.dearest(|_| (), |_| none()));

    let dearest = (0..RUNS).map(|_| {
        // Steady: the end of the last client is handled, the listener armed.
        rig.with(Stack::service);
        rig.with(Stack::service);
        let client = rig.peer.connect(Ipv4Addr::from(CHIP_IP), CHIP_PORT);
        rig.settle();
        assert!(client.is_open());
        let mut accepted = None;
        let frames = rig.frames(|| {
            let handle = rig.device().accept(listener).expect("a client waits");
            assert_eq!(rig.with(|stack| stack.peer(handle)).ip, PEER_IP);
            accepted = Some(handle);
        });
        client.close();
        rig.retire(accepted.expect("the client was accepted"));
        frames
    });
    report("accept_one", 0, dearest.max().unwrap_or(0));
}

fn close() {
    let rig = Rig::new(false);
    let dearest = (0..RUNS).map(|_| {
        let (handle, conn) = rig.connection(Service::Discard);
        assert_eq!(rig.device().send(handle, b"hello", false), Ok(5));
        rig.settle();
        let frames = rig.frames(|| rig.close(handle));
        conn.close();
        rig.settle();
        rig.with(Stack::service);
        frames
    });
    report("close", 0, dearest.max().unwrap_or(0));
}

fn udp_send() {
    let rig = Rig::new(false);
    for peer in [&rig.peer, &rig.other] {
        peer.udp_bind(PEER_PORT);
    }
    let handle = rig.socket(Kind::Udp, false);
    for n in SIZES {
        let data = vec![0x55; n];
        let send = |ip| {
            let peer = Some(endpoint(ip, PEER_PORT));
            assert_eq!(rig.device().send_to(handle, &data, peer, false), Ok(n));
        };
        let alternate = |run| send(if run % 2 == 0 { OTHER_IP } else { PEER_IP });
        send(PEER_IP);
        report("udp_sendto", n, rig.dearest(|_| (), alternate));
        report("udp_sendto_same", n, rig.dearest(|_| (), |_| send(PEER_IP)));
    }
}

fn udp_receive() {
    let rig = Rig::new(false);
    let handle = rig.socket(Kind::Udp, false);
    rig.with(|stack| stack.bind(handle, endpoint([0; 4], CHIP_PORT)));
    for n in SIZES {
        let payload = vec![0xAA; n];
        let arrive = |_| {
            assert!(
                rig.peer
                    .udp_send(PEER_PORT, CHIP_IP.into(), CHIP_PORT, &payload)
            );
        };
        let receive = |_| {
            let mut data = vec![0; n];
            let received = rig.device().receive_from(handle, &mut data, false, false);
            assert_eq!(received, Ok((n, endpoint(PEER_IP, PEER_PORT))));
        };
        report("udp_recvfrom", n, rig.dearest(arrive, receive));
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
