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
//! - `udp_send`: on a connected socket; `udp_more`: the same in two parts, the
//!   first with `MSG_MORE`; each call looks whether the peer has refused;
//! - `udp_recvfrom`: one datagram, its sender included.

mod measure;
#[path = "../../tests/support/mod.rs"]
mod support;

use support::{CHIP_IP, Lab, PEER_IP, PEER_PORT, PORT, Setup, chip_ip, datagram, endpoint, poll};
use w5100::error::Error;
use w5100::stack::{PollEntry, ready};
use w5100_sim::Service;

/// Payloads to measure with: the least, a small message, a full segment.
const SIZES: [usize; 3] = [1, 64, 1460];

fn tcp_send() {
    let lab = Lab::new();
    let (handle, _conn) = lab.discarding();
    for n in SIZES {
        let send = || assert_eq!(lab.send(handle, &vec![0x55; n]), Ok(n));
        send();
        lab.report("tcp_send", n, |_| lab.steady(send));
    }
}

fn tcp_receive() {
    let lab = Lab::new();
    let (handle, conn) = lab.connected();
    let arrive = |n: usize| assert_eq!(conn.send(&vec![0xAA; n]), n);
    let receive = |n: usize| {
        let mut data = vec![0; n];
        assert_eq!(lab.device().receive(handle, &mut data, false, false), Ok(n));
    };
    for n in SIZES {
        lab.report("tcp_recv", n, |_| {
            arrive(n);
            lab.steady(|| receive(n))
        });
    }
    lab.report("recv_100x1", 100, |_| {
        arrive(100);
        lab.steady(|| (0..100).for_each(|_| receive(1)))
    });
    lab.report("available", 10, |_| {
        assert_eq!(lab.available(handle), 0);
        arrive(10);
        let frames = lab.steady(|| assert_eq!(lab.available(handle), 10));
        receive(10);
        frames
    });
}

fn poll_idle(operation: &str, wired: bool) {
    let lab = Lab::with_setup(Setup {
        wired,
        ..Setup::default()
    });
    let connections = [(); 4].map(|()| lab.connected());
    let mut set = connections.each_ref().map(|(handle, _)| PollEntry {
        fd: handle.raw(),
        events: ready::IN,
        revents: 0,
    });
    let mut look = || assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(0));
    look();
    lab.report(operation, 0, |_| lab.steady(&mut look));
}

fn open_connect() {
    let lab = Lab::new();
    lab.peer.listen_service(PEER_PORT, Service::Discard);
    lab.report("open_connect", 0, |_| {
        let (frames, handle) = lab.frames(|| {
            let handle = lab.tcp();
            lab.with(|stack| stack.connect(handle, endpoint(PEER_IP, PEER_PORT)));
            handle
        });
        lab.settle();
        assert_eq!(lab.poll(handle, ready::OUT, Some(0)), ready::OUT);
        lab.retire(handle);
        frames
    });
}

fn open_listen() {
    let lab = Lab::new();
    lab.report("open_listen", 0, |_| {
        let (frames, listener) = lab.frames(|| lab.listener(PORT, 4));
        assert!(lab.listening() > 0);
        lab.retire(listener);
        frames
    });
}

fn accept() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.nonblocking(listener);
    lab.settle();
    let none = || assert_eq!(lab.accept(listener), Err(Error::WouldBlock));
    lab.report("accept_none", 0, |_| lab.steady(none));
    lab.report("accept_one", 0, |_| {
        let client = lab.peer.connect(chip_ip(), PORT);
        lab.quiet();
        assert!(client.is_open());
        let (frames, handle) = lab.frames(|| {
            let handle = lab.accept(listener).expect("a client waits");
            assert_eq!(lab.with(|stack| stack.peer(handle)).ip, PEER_IP);
            handle
        });
        client.close();
        lab.retire(handle);
        frames
    });
}

fn close() {
    let lab = Lab::new();
    lab.report("close", 0, |_| {
        let (handle, conn) = lab.discarding();
        assert_eq!(lab.send(handle, b"hello"), Ok(5));
        let frames = lab.steady(|| lab.close(handle));
        conn.close();
        lab.settle();
        frames
    });
}

fn udp_send() {
    const OTHER_IP: [u8; 4] = [192, 168, 1, 11];
    let lab = Lab::new();
    let other = lab.world.add_simple_peer(OTHER_IP.into());
    other.udp_bind(PEER_PORT);
    lab.peer.udp_bind(PEER_PORT);
    let handle = lab.udp();
    for n in SIZES {
        let data = vec![0x55; n];
        let send = |ip| {
            let peer = Some(endpoint(ip, PEER_PORT));
            assert_eq!(lab.device().send_to(handle, &data, peer, false), Ok(n));
        };
        send(PEER_IP);
        lab.report("udp_sendto", n, |run| {
            lab.steady(|| send(if run % 2 == 0 { OTHER_IP } else { PEER_IP }))
        });
        lab.report("udp_sendto_same", n, |_| lab.steady(|| send(PEER_IP)));
    }
}

fn udp_send_connected() {
    let lab = Lab::new();
    lab.peer.udp_bind(PEER_PORT);
    let handle = lab.udp();
    let peer = endpoint(PEER_IP, PEER_PORT);
    lab.device().connect(handle, peer).expect("a peer is noted");
    for n in SIZES {
        let data = vec![0x55; n];
        let send = |data: &[u8]| {
            let sent = lab.device().send_to(handle, data, None, false);
            assert_eq!(sent, Ok(data.len()));
        };
        send(&data);
        lab.report("udp_send", n, |_| lab.steady(|| send(&data)));
        let (first, last) = data.split_at(n.div_ceil(2));
        lab.report("udp_more", n, |_| {
            lab.steady(|| {
                let part = lab.device().send_part(handle, first, None, false);
                assert_eq!(part, Ok(first.len()));
                send(last);
            })
        });
    }
}

fn udp_receive() {
    let lab = Lab::new();
    let handle = lab.udp();
    lab.bind(handle, PORT).expect("the port is free");
    for n in SIZES {
        let payload = vec![0xAA; n];
        lab.report("udp_recvfrom", n, |_| {
            assert!(lab.peer.udp_send(PEER_PORT, CHIP_IP.into(), PORT, &payload));
            lab.steady(|| {
                let mut data = vec![0; n];
                let received = lab.device().receive_from(handle, &mut data, false, false);
                assert_eq!(received, Ok(datagram(n, endpoint(PEER_IP, PEER_PORT))));
            })
        });
    }
}

fn main() {
    tcp_send();
    tcp_receive();
    poll_idle("poll4_idle", false);
    poll_idle("poll4_idle_int", true);
    open_connect();
    open_listen();
    accept();
    close();
    udp_send();
    udp_send_connected();
    udp_receive();
}
