//! What a program can ask about a socket: is it connected, in which state, how much is outstanding.

mod support;

use support::*;
use w5100::error::{Error, Result};
use w5100::regs::Status;
use w5100::stack::{Direction, Handle, Kind, Options, ready};
use w5100_sim::{ChipOptions, Conn, Link};

const CLOSED_PORT: u16 = 999;

fn connect_to(lab: &Lab, handle: Handle, ip: [u8; 4], port: u16) -> Result<()> {
    lab.device().connect(handle, endpoint(ip, port))
}

/// Only what carries no TCP gets through from now on.
fn hold_tcp(lab: &Lab) {
    let no_tcp = |_, frame: &[u8]| frame.get(12..14) != Some(&[0x08, 0x00]) || frame[23] != 6;
    lab.world.set_filter(Some(Box::new(no_tcp)));
}

/// The state, by the call and by the table, has this name.
#[track_caller]
fn assert_state(lab: &Lab, handle: Handle, name: &str) {
    lab.service();
    let status = lab.state(handle);
    assert_eq!(status.name().to_str(), Ok(name), "{status:?}");
    let row = Status(lab.row(handle).status);
    assert_eq!(row.name().to_str(), Ok(name), "{row:?} in the table");
}

#[test]
fn f3_a_socket_is_connected_from_the_connection_to_the_peers_end() {
    let ends: [fn(&Conn); 2] = [Conn::close, Conn::abort];
    for end in ends {
        let lab = Lab::new();
        for (handle, conn) in [lab.accepted(), lab.connected()] {
            assert!(lab.is_connected(handle));
            assert_eq!(conn.send(b"not read yet"), 12);
            lab.settle();
            assert!(lab.is_connected(handle));
            end(&conn);
            lab.world.run_for(SETTLE_MS);
            // Nobody but this call looks at the chip.
            assert!(!lab.is_connected(handle));
            assert_eq!(lab.available(handle), 12);
            assert_eq!(lab.receive(handle, 100), Ok(b"not read yet".to_vec()));
            assert!(!lab.is_connected(handle));
            assert_eq!(
                lab.receive(handle, 1).is_ok(),
                conn.state() != w5100_sim::TcpState::Closed
            );
        }
    }
}

#[test]
fn f3_this_sides_shutdown_leaves_it_connected() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    for direction in [Direction::Read, Direction::Write] {
        lab.with(|stack| stack.shutdown(handle, direction));
        lab.settle();
        assert!(lab.is_connected(handle), "{direction:?}");
    }
    conn.close();
    lab.settle();
    assert!(!lab.is_connected(handle));
}

#[test]
fn f3_what_was_never_connected_is_not() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 1);
    let connecting = lab.tcp();
    lab.nonblocking(connecting);
    assert_eq!(
        connect_to(&lab, connecting, NOBODY, 1),
        Err(Error::InProgress)
    );
    let failed = lab.tcp();
    let refused = connect_to(&lab, failed, PEER_IP, CLOSED_PORT);
    assert_eq!(refused, Err(Error::ConnectionRefused));
    for handle in [lab.tcp(), lab.udp(), listener, connecting, failed] {
        assert!(!lab.is_connected(handle));
    }
    // A client does not make its listener one.
    let _client = lab.client();
    assert!(!lab.is_connected(listener));
    // A datagram socket is while it has a peer.
    let datagram = lab.udp();
    assert_eq!(connect_to(&lab, datagram, PEER_IP, 7), Ok(()));
    assert!(lab.is_connected(datagram));
    lab.with(|stack| stack.disconnect(datagram));
    assert!(!lab.is_connected(datagram));
}

#[test]
fn f4_sockets_without_a_connection_show_their_state() {
    let lab = Lab::new();
    assert_state(&lab, lab.tcp(), "CLOSED");
    assert_state(&lab, lab.listener(PORT, 1), "LISTEN");
    let datagram = lab.udp();
    assert_state(&lab, datagram, "CLOSED");
    lab.bind(datagram, 9).unwrap();
    assert_state(&lab, datagram, "UDP");
    let raw = lab.socket(Kind::Raw(1));
    lab.bind(raw, 0).unwrap();
    assert_state(&lab, raw, "IPRAW");

    // MACRAW is for hardware socket 0 alone.
    let lab = Lab::new();
    let packet = lab.socket(Kind::Packet);
    lab.bind(packet, 0).unwrap();
    assert_state(&lab, packet, "MACRAW");
}

#[test]
fn f4_a_connect_shows_its_states() {
    for early_arp_status in [false, true] {
        let lab = Lab::with_setup(Setup {
            options: ChipOptions {
                early_arp_status,
                ..ChipOptions::default()
            },
            ..Setup::default()
        });
        let handle = lab.tcp();
        lab.nonblocking(handle);
        assert_eq!(connect_to(&lab, handle, NOBODY, 1), Err(Error::InProgress));
        assert_state(&lab, handle, "ARP");

        let handle = lab.tcp();
        lab.nonblocking(handle);
        hold_tcp(&lab);
        assert_eq!(lab.connect(handle), Err(Error::InProgress));
        lab.settle();
        assert_state(&lab, handle, "SYNSENT");
        lab.peer.listen(PEER_PORT);
        lab.world.set_filter(None);
        assert_eq!(lab.poll(handle, ready::OUT, Some(10_000)), ready::OUT);
        assert_state(&lab, handle, "ESTABLISHED");
    }
}

#[test]
fn f4_a_client_half_way_leaves_its_listener_in_listen() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 1);
    // Of what carries TCP only SYNs arrive: the client's ACK never does.
    let arp_or_syn = |_, frame: &[u8]| {
        frame.get(12..14) == Some(&[0x08, 0x06][..]) || frame.get(47).is_some_and(|f| f & 2 != 0)
    };
    lab.world.set_filter(Some(Box::new(arp_or_syn)));
    let _client = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    let status = Status(lab.statuses()[0]);
    assert_eq!(status.name(), c"SYNRECV");
    assert_state(&lab, listener, "LISTEN");
}

#[test]
fn f4_the_end_that_this_side_begins_shows_its_states() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.with(|stack| stack.shutdown(handle, Direction::Write));
    assert_state(&lab, handle, "FIN_WAIT");
    lab.settle();
    // The peer has acknowledged the FIN: the chip has one name for both.
    assert_state(&lab, handle, "FIN_WAIT");
    conn.close();
    lab.settle();
    // There is no TIME_WAIT to be seen (the chip has no 2MSL).
    assert_state(&lab, handle, "CLOSED");
}

#[test]
fn f4_the_end_that_the_peer_begins_shows_its_states() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.close();
    lab.settle();
    assert_state(&lab, handle, "CLOSE_WAIT");
    hold_tcp(&lab);
    lab.with(|stack| stack.shutdown(handle, Direction::Write));
    assert_state(&lab, handle, "LAST_ACK");
    lab.world.set_filter(None);
    lab.pass(1000, 10);
    assert_state(&lab, handle, "CLOSED");
}

#[test]
fn f4_an_end_from_both_sides_at_once_shows_its_states() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.world.set_link(Link {
        latency_us: 20_000,
        ..Link::default()
    });
    conn.close();
    lab.with(|stack| stack.shutdown(handle, Direction::Write));
    // Both FINs are on their way; then each side has the other's, and no ACK as yet.
    lab.world.run_for(10);
    assert_state(&lab, handle, "FIN_WAIT");
    lab.world.run_for(20);
    assert_state(&lab, handle, "CLOSING");
    lab.settle();
    assert_state(&lab, handle, "CLOSED");
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn f4_every_code_has_its_name() {
    for (code, name) in [
        (0x00, "CLOSED"),
        (0x01, "ARP"),
        (0x11, "ARP"),
        (0x21, "ARP"),
        (0x31, "ARP"),
        (0x13, "INIT"),
        (0x14, "LISTEN"),
        (0x15, "SYNSENT"),
        (0x16, "SYNRECV"),
        (0x17, "ESTABLISHED"),
        (0x18, "FIN_WAIT"),
        (0x1A, "CLOSING"),
        (0x1B, "TIME_WAIT"),
        (0x1C, "CLOSE_WAIT"),
        (0x1D, "LAST_ACK"),
        (0x22, "UDP"),
        (0x32, "IPRAW"),
        (0x42, "MACRAW"),
        (0x5F, "PPPOE"),
        (0xFF, "UNKNOWN"),
    ] {
        assert_eq!(Status(code).name().to_str(), Ok(name), "{code:02X}");
    }
}

#[test]
fn f7_outstanding_counts_what_is_not_acknowledged() {
    let lab = Lab::new();
    for (handle, conn) in [lab.accepted(), lab.connected()] {
        assert_eq!(lab.outstanding(handle), Ok(0));
        lab.peer.vanish(true);
        let mut sent = 0;
        for length in [1, 10, 255, 256, 1000, 526] {
            assert_eq!(lab.send(handle, &pattern(length, 1)), Ok(length));
            sent += length;
            lab.world.run_for(10);
            assert_eq!(lab.outstanding(handle), Ok(sent as u16));
        }
        assert_eq!(sent, 2048, "the ring is full");
        lab.peer.vanish(false);
        let mut last = 2048;
        lab.pass_until(10_000, || {
            let now = lab.outstanding(handle).unwrap();
            // Some may be on its way back; none is counted too little.
            let missing = sent - conn.received() as usize;
            assert!(
                now <= last && usize::from(now) >= missing,
                "{now} {missing}"
            );
            last = now;
            now == 0
        });
        assert_eq!(conn.recv_all().len(), sent);
    }
}

#[test]
fn f7_without_a_connection_nothing_is_outstanding() {
    let lab = Lab::new();
    for handle in [lab.tcp(), lab.listener(PORT, 1)] {
        assert_eq!(lab.outstanding(handle), Err(Error::NotConnected));
    }
    assert_eq!(lab.outstanding(lab.udp()), Err(Error::NotSupported));
    let connecting = lab.tcp();
    lab.nonblocking(connecting);
    assert_eq!(
        connect_to(&lab, connecting, NOBODY, 1),
        Err(Error::InProgress)
    );
    assert_eq!(lab.outstanding(connecting), Err(Error::WouldBlock));
    let (handle, conn) = lab.connected();
    lab.send(handle, b"x").unwrap();
    conn.abort();
    lab.settle();
    assert_eq!(lab.outstanding(handle), Ok(0));
}

#[test]
fn f10_no_call_takes_a_handle_that_is_none() {
    let lab = Lab::new();
    let (stale, _conn) = lab.accepted();
    lab.close(stale);
    // Another socket is where it was.
    let (other, conn) = lab.accepted();
    let before = lab.with(|stack| Ok(*stack.settings(other)?));
    let words = [0, -1, 1, 0x7F, i32::MIN, i32::MAX, stale.raw()];
    for handle in words.map(Handle::from_raw) {
        let calls: [(&str, Result<()>); 12] = [
            ("state", lab.device().with(|s| s.state(handle).map(drop))),
            (
                "is_connected",
                lab.device().with(|s| s.is_connected(handle).map(drop)),
            ),
            ("outstanding", lab.outstanding(handle).map(drop)),
            (
                "set_options",
                lab.device()
                    .with(|s| s.set_options(handle, Options::DEFAULT)),
            ),
            (
                "settings",
                lab.device().with(|s| s.settings(handle).map(drop)),
            ),
            (
                "send_buffer",
                lab.device().with(|s| s.send_buffer(handle).map(drop)),
            ),
            (
                "receive_buffer",
                lab.device().with(|s| s.receive_buffer(handle).map(drop)),
            ),
            (
                "set_receive_buffer",
                lab.device().with(|s| s.set_receive_buffer(handle, 4096)),
            ),
            (
                "shutdown",
                lab.device().with(|s| s.shutdown(handle, Direction::Both)),
            ),
            (
                "take_error",
                lab.device().with(|s| s.take_error(handle).map(drop)),
            ),
            ("disconnect", lab.device().with(|s| s.disconnect(handle))),
            ("close", lab.device().close(handle)),
        ];
        for (call, outcome) in calls {
            assert_eq!(outcome, Err(Error::BadHandle), "{call} {handle:?}");
        }
    }
    assert_eq!(lab.with(|stack| Ok(*stack.settings(other)?)), before);
    lab.echo(other, &conn, b"not disturbed");
}

#[test]
fn f7_outstanding_takes_no_error_from_who_is_to_be_told() {
    let lab = Lab::new();
    for by_connect in [false, true] {
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let outcome = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
        assert_eq!(outcome, Err(Error::InProgress));
        lab.settle();
        for _ in 0..2 {
            assert_eq!(lab.outstanding(handle), Err(Error::NotConnected));
        }
        let refused = Error::ConnectionRefused;
        if by_connect {
            let outcome = connect_to(&lab, handle, PEER_IP, CLOSED_PORT);
            assert_eq!(outcome, Err(refused));
        } else {
            assert_eq!(lab.so_error(handle), Some(refused));
        }
    }
    let (handle, conn) = lab.connected();
    conn.abort();
    lab.settle();
    assert_eq!(lab.outstanding(handle), Ok(0));
    assert_eq!(lab.so_error(handle), Some(Error::ConnectionReset));
}
