//! Listening with four hardware sockets: the rules by which a listener has them and gives them up.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, SLOTS, ready};
use w5100_sim::Link;

/// Sn_SR of a hardware socket whose client has not completed the handshake.
const SYNRECV: u8 = 0x16;

/// Takes hardware sockets as UDP ports.
fn occupy(lab: &Lab, count: u16) -> Vec<Handle> {
    let bound = |number| {
        let handle = lab.udp();
        lab.bind(handle, 1000 + number).expect("a socket is free");
        handle
    };
    (0..count).map(bound).collect()
}

fn has_client(lab: &Lab, listener: Handle) -> bool {
    lab.poll(listener, ready::IN, Some(0)) == ready::IN
}

#[test]
fn listening_01_never_fails_for_want_of_a_hardware_socket() {
    let lab = Lab::new();
    let taken = occupy(&lab, 4);
    let listener = lab.tcp();
    lab.bind(listener, PORT).unwrap();
    assert_eq!(lab.device().with(|stack| stack.listen(listener, 4)), Ok(()));
    assert_eq!(lab.listening(), 0);

    lab.close(taken[2]);
    lab.service();
    assert_eq!(lab.listening(), 1);
    lab.client();
}

#[test]
fn listening_01_the_backlog_caps_armed_and_pending_together() {
    for (backlog, armed) in [
        (i32::MIN, 1),
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 2),
        (4, 2),
        (i32::MAX, 2),
    ] {
        let lab = Lab::new();
        lab.listener(PORT, backlog);
        lab.settle();
        assert_eq!(lab.listening(), armed, "backlog {backlog}");
        let _first = lab.client();
        let left = backlog.clamp(1, 4) as usize - 1;
        assert_eq!(lab.listening(), left.min(2), "backlog {backlog}");
    }
}

#[test]
fn listening_02_arms_two_while_two_are_free() {
    let lab = Lab::new();
    lab.listener(PORT, 4);
    lab.settle();
    assert_eq!(lab.listening(), 2);
    let taken = occupy(&lab, 3);
    lab.settle();
    assert_eq!(lab.listening(), 1);
    taken.into_iter().for_each(|handle| lab.close(handle));
    lab.settle();
    assert_eq!(lab.listening(), 2);
}

#[test]
fn listening_02_two_clients_at_the_same_moment_are_both_connected() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.settle();
    let clients = [0; 2].map(|_| lab.peer.connect(chip_ip(), PORT));
    lab.world.run_for(SETTLE_MS);
    assert!(clients.iter().all(|client| client.is_open()));
    assert!(lab.accept(listener).is_ok());
    assert!(lab.accept(listener).is_ok());
}

#[test]
fn listening_03_connect_disarms_an_armed_socket() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let _taken = occupy(&lab, 3);
    lab.settle();
    assert_eq!((lab.listening(), lab.free_sockets()), (1, 1));
    let (handle, conn) = lab.connected();
    lab.echo(handle, &conn, &pattern(3000, 3));
    assert_eq!(lab.listening(), 0);
    lab.close(handle);
    conn.close();
    lab.settle();
    assert_eq!(lab.listening(), 1);
    let _client = lab.client();
    assert!(lab.accept(listener).is_ok());
}

#[test]
fn listening_03_datagrams_disarm_an_armed_socket() {
    let lab = Lab::new();
    lab.listener(PORT, 4);
    let _taken = occupy(&lab, 3);
    lab.settle();
    assert_eq!(lab.listening(), 1);
    let handle = lab.udp();
    assert_eq!(lab.bind(handle, 53), Ok(()));
    assert_eq!(lab.listening(), 0);
}

#[test]
fn listening_03_prefers_a_listener_with_two() {
    let lab = Lab::new();
    lab.listener(PORT, 4);
    // The first listener has the first two hardware sockets, which are found first.
    lab.settle();
    lab.listener(81, 4);
    lab.settle();
    assert_eq!(lab.listening(), 4);
    let _taken = occupy(&lab, 2);
    assert_eq!(lab.listening(), 2);
    // Each of the two listeners has kept one.
    for port in [PORT, 81] {
        let conn = lab.peer.connect(chip_ip(), port);
        lab.world.run_for(SETTLE_MS);
        assert!(conn.is_open(), "port {port}");
        conn.abort();
    }
}

#[test]
fn listening_03_a_client_that_just_came_is_not_closed() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let _taken = occupy(&lab, 3);
    lab.settle();
    // The library has not looked since.
    let client = lab.peer.connect(chip_ip(), PORT);
    lab.world.run_for(SETTLE_MS);
    let handle = lab.tcp();
    assert_eq!(lab.connect(handle), Err(Error::NoHardwareSocket));
    let accepted = lab.accept(listener).unwrap();
    lab.echo(accepted, &client, b"still here");
}

#[test]
fn listening_03_a_client_that_comes_meanwhile_is_served_or_told() {
    // The client's SYN arrives before, in each frame of, and after the call that disarms.
    for latency_us in 1..80 {
        let lab = Lab::new();
        let listener = lab.listener(PORT, 4);
        let _taken = occupy(&lab, 3);
        let first = lab.client();
        let accepted = lab.accept(listener).unwrap();
        lab.close(accepted);
        first.close();
        lab.settle();
        assert_eq!(lab.listening(), 1);

        let link = Link {
            latency_us,
            ..Link::default()
        };
        lab.world.set_link(link);
        let client = lab.peer.connect(chip_ip(), PORT);
        let handle = lab.udp();
        let bound = lab.bind(handle, 2000);
        lab.settle();
        match bound {
            Ok(()) => assert!(!client.is_open(), "after {latency_us} us"),
            Err(error) => {
                assert_eq!(error, Error::NoHardwareSocket);
                let accepted = lab.accept(listener).unwrap();
                lab.echo(accepted, &client, b"still here");
            }
        }
    }
}

#[test]
fn listening_03_a_half_open_client_does_not_hide_the_armed_socket_beside_it() {
    let lab = Lab::new();
    lab.listener(PORT, 4);
    let _taken = occupy(&lab, 2);
    lab.settle();
    assert_eq!(lab.listening(), 2);
    // Of what carries TCP only SYNs arrive: the client's ACK never does.
    let arp_or_syn = |_, frame: &[u8]| {
        frame.get(12..14) == Some(&[0x08, 0x06][..]) || frame.get(47).is_some_and(|f| f & 2 != 0)
    };
    lab.world.set_filter(Some(Box::new(arp_or_syn)));
    let _client = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    assert!(lab.statuses().contains(&SYNRECV));
    assert_eq!(lab.listening(), 1);
    let handle = lab.udp();
    assert_eq!(lab.bind(handle, 53), Ok(()));
    assert!(lab.statuses().contains(&SYNRECV));
}

#[test]
fn listening_04_four_are_connected_whether_accept_was_called_or_not() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let clients: Vec<_> = (0..4).map(|_| lab.client()).collect();
    let fifth = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    assert!(fifth.was_reset());

    let accepted = lab.accept(listener).unwrap();
    lab.close(accepted);
    clients[0].close();
    lab.world.run_for(SETTLE_MS);
    lab.service();
    assert_eq!(lab.listening(), 1);
    lab.client();
}

#[test]
fn listening_05_accept_takes_the_oldest() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    // Several rounds, so that the order of arrival is not that of the hardware sockets.
    for round in 0..5 {
        let clients: Vec<_> = (0..3).map(|_| lab.client()).collect();
        for client in &clients {
            let handle = lab.accept(listener).unwrap();
            let port = lab.with(|stack| stack.peer(handle)).port;
            assert_eq!(
                Some(port),
                client.local().map(|local| local.port()),
                "round {round}"
            );
            client.abort();
            lab.settle();
            lab.close(handle);
        }
    }
}

#[test]
fn listening_05_a_full_handle_table_leaves_the_client_waiting() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let client = lab.client();
    let others: Vec<_> = (1..SLOTS).map(|_| lab.tcp()).collect();
    assert_eq!(lab.accept(listener), Err(Error::TooManyHandles));
    assert!(has_client(&lab, listener));
    lab.close(others[0]);
    let handle = lab.accept(listener).unwrap();
    lab.echo(handle, &client, b"still here");
}

#[test]
fn listening_05_a_client_that_has_finished_is_handed_over() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let client = lab.client();
    assert_eq!(client.send(b"bye"), 3);
    client.close();
    lab.settle();
    let handle = lab.accept(listener).unwrap();
    assert_eq!(lab.receive(handle, 10), Ok(b"bye".to_vec()));
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    assert_eq!(lab.send(handle, b"answer"), Ok(6));
    lab.settle();
    assert_eq!(client.recv_all(), b"answer");
}

#[test]
fn listening_05_a_client_that_has_reset_is_dropped() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.nonblocking(listener);
    let client = lab.client();
    assert!(has_client(&lab, listener));
    client.abort();
    lab.settle();
    assert!(!has_client(&lab, listener));
    assert_eq!(lab.accept(listener), Err(Error::WouldBlock));
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn listening_06_says_at_once_what_is_missing() {
    let lab = Lab::new();
    let taken = occupy(&lab, 4);
    let handle = lab.tcp();
    let (outcome, elapsed) = lab.timed(|| lab.connect(handle));
    assert_eq!(outcome, Err(Error::NoHardwareSocket));
    assert!(elapsed <= 1, "{elapsed} ms");
    let datagram = lab.udp();
    assert_eq!(lab.bind(datagram, 53), Err(Error::NoHardwareSocket));

    while lab.open_handles() < SLOTS {
        lab.tcp();
    }
    for kind in [w5100::stack::Kind::Tcp, w5100::stack::Kind::Udp] {
        let outcome = lab.device().with(|stack| stack.socket(kind));
        assert_eq!(outcome, Err(Error::TooManyHandles));
    }
    lab.close(taken[0]);
    assert_eq!(lab.bind(datagram, 53), Ok(()));
}

#[test]
fn listening_07_close_ends_who_waits_and_leaves_who_was_accepted() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let accepted_client = lab.client();
    let waiting_client = lab.client();
    let accepted = lab.accept(listener).unwrap();
    lab.close(listener);
    assert_eq!((lab.listening(), lab.free_sockets()), (0, 3));
    lab.echo(accepted, &accepted_client, &pattern(4000, 7));
    // CLOSE is silent: the client hears of it with its next segment.
    assert_eq!(waiting_client.send(b"hello?"), 6);
    let refused = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    assert!(waiting_client.was_reset());
    assert!(refused.was_reset());
}

#[test]
fn listening_08_orphans_end_in_bounded_time() {
    let lab = Lab::new();
    let sessions: Vec<_> = (0..4).map(|_| lab.accepted()).collect();
    lab.peer.vanish(true);
    for (handle, _) in &sessions {
        assert_eq!(lab.send(*handle, b"nobody reads this"), Ok(17));
        lab.close(*handle);
    }
    assert_eq!((lab.open_handles(), lab.free_sockets()), (0, 0));
    for _ in 0..11 {
        lab.world.run_for(1000);
        lab.service();
    }
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn listening_08_orphans_are_given_up_on_demand_oldest_first() {
    let lab = Lab::new();
    let sessions: Vec<_> = (0..4).map(|_| lab.accepted()).collect();
    lab.peer.vanish(true);
    // The oldest orphan is in hardware socket 2.
    for at in [2usize, 0, 3, 1] {
        assert_eq!(lab.send(sessions[at].0, b"nobody reads this"), Ok(17));
        lab.close(sessions[at].0);
        lab.world.run_for(10);
    }
    for (port, at) in (1000..).zip([2, 0, 3, 1]) {
        let handle = lab.udp();
        assert_eq!(lab.bind(handle, port), Ok(()));
        let rows = (0..SLOTS).filter_map(|index| lab.with(|stack| stack.info(index)));
        let row = rows.into_iter().find(|row| row.handle == handle.raw());
        assert_eq!(row.map(|row| row.hardware), Some(at as u8));
    }
}

#[test]
fn listening_09_an_accepted_socket_inherits_all_but_nonblocking() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.timeouts(listener, 1234, 567);
    lab.nonblocking(listener);
    let _client = lab.client();
    let handle = lab.accept(listener).unwrap();
    let settings = lab.with(|stack| Ok(*stack.settings(handle)?));
    assert!(!settings.nonblocking);
    assert_eq!(
        (settings.receive_timeout, settings.send_timeout),
        (1234, 567)
    );
    let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 1));
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((1234..1300).contains(&elapsed), "{elapsed} ms");
}
