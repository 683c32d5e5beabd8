//! Listeners as the programs of the GHI driver use them, one thread or four.

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::Error;
use w5100::stack::ready;
use w5100_sim::{Conn, Service};

/// Four clients that the program has accepted.
fn four_sessions(lab: &Lab, listener: w5100::stack::Handle) -> Vec<(w5100::stack::Handle, Conn)> {
    let session = |_| {
        let conn = lab.client();
        (lab.accept(listener).expect("a client waits"), conn)
    };
    (0..4).map(session).collect()
}

#[test]
fn g1_listener_costs_no_session() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let sessions = four_sessions(&lab, listener);
    assert_eq!(lab.free_sockets(), 0);
    for (number, (handle, conn)) in (0..).zip(&sessions) {
        lab.echo(*handle, conn, &pattern(5000, number));
    }
    lab.assert_clean();
}

#[test]
fn g4_static_addresses_hold_no_hardware_socket() {
    let lab = Lab::new();
    assert_eq!(lab.free_sockets(), 4);
    let (network, dns) = lab.with(|stack| stack.network());
    assert_eq!((network.address, dns), (address(CHIP_IP, MAC), DNS));
    assert_eq!(lab.free_sockets(), 4);
    let listener = lab.listener(PORT, 4);
    four_sessions(&lab, listener);
}

#[test]
fn g2_the_fifth_client_is_refused_and_accept_waits() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let _sessions = four_sessions(&lab, listener);

    let fifth = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    assert!(fifth.was_reset());

    lab.timeouts(listener, 250, 0);
    let (outcome, elapsed) = lab.timed(|| lab.accept(listener));
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((250..300).contains(&elapsed), "{elapsed} ms");
    lab.nonblocking(listener);
    assert_eq!(lab.accept(listener), Err(Error::WouldBlock));
    assert_eq!(lab.poll(listener, ready::IN, Some(0)), 0);
}

#[test]
fn g2_the_fifth_client_is_accepted_when_one_has_closed() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let mut sessions = four_sessions(&lab, listener);
    for round in 0..8 {
        let (handle, conn) = sessions.remove(0);
        // Either side may be the first to close.
        if round % 2 == 0 {
            conn.close();
            assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
            lab.close(handle);
        } else {
            lab.close(handle);
            lab.settle();
            conn.close();
        }
        lab.settle();
        let retry = lab.client();
        let handle = lab.accept(listener).expect("the retry is accepted");
        lab.echo(handle, &retry, &pattern(100, round));
        sessions.push((handle, retry));
    }
    lab.assert_clean();
}

#[test]
fn f9_the_backlog_limits_the_clients_that_wait() {
    for backlog in [-1, 0, 1, 2, 3, 4, 5, 100] {
        let lab = Lab::new();
        let listener = lab.listener(PORT, backlog);
        let limit = backlog.clamp(1, 4);
        let mut conns = Vec::new();
        for number in 0..5 {
            let conn = lab.peer.connect(chip_ip(), PORT);
            lab.settle();
            assert_eq!(conn.is_open(), number < limit, "{backlog}, {number}");
            conns.push(conn);
        }
        for _ in 0..limit {
            assert!(lab.accept(listener).is_ok());
        }
    }
}

#[test]
fn f9_a_second_listen_changes_the_backlog() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 1);
    let _first = lab.client();
    let second = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    assert!(second.was_reset());
    lab.with(|stack| stack.listen(listener, 3));
    lab.settle();
    let _second = lab.client();
    assert_eq!(lab.open_handles(), 1);
}

/// Four threads echo at once, and whatever their order no byte gets lost or mixed.
fn four_threads_echo(setup: Setup) {
    let lab = Lab::with_setup(setup);
    let listener = lab.listener(PORT, 4);
    let conns: Vec<_> = (0..4).map(|_| lab.client()).collect();
    let clients = || {
        let data = |number| pattern(20_000, number);
        let mut sent = [0; 4];
        let mut back = [const { Vec::new() }; 4];
        let done = lab.world.run_until(
            || {
                for (at, conn) in conns.iter().enumerate() {
                    sent[at] += conn.send(&data(at as u8)[sent[at]..]);
                    back[at].extend(conn.recv_all());
                }
                back.iter().all(|back| back.len() >= 20_000)
            },
            60_000,
        );
        assert!(done, "{:?}", back.map(|back| back.len()));
        for (number, back) in (0..).zip(&back) {
            assert!(*back == data(number), "connection {number}");
        }
        conns.iter().for_each(Conn::close);
        Ok(())
    };
    let server = || {
        let handle = lab.accept(listener)?;
        lab.serve_echo(handle)
    };
    let mut jobs: Vec<Job<'_, w5100::error::Result<()>>> = vec![Box::new(clients)];
    jobs.extend((0..4).map(|_| Box::new(server) as Job<'_, _>));
    for outcome in threads::run(&lab.world, jobs) {
        assert_eq!(outcome, Ok(()));
    }
    lab.settle();
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn g10_four_threads_echo_on_one_chip() {
    four_threads_echo(Setup::default());
}

#[test]
fn g10_four_threads_echo_on_one_chip_with_the_interrupt_wired() {
    four_threads_echo(Setup {
        wired: true,
        ..Setup::default()
    });
}

#[test]
fn g11_each_accept_gives_a_handle_of_its_own() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let sessions = four_sessions(&lab, listener);
    for (at, (handle, conn)) in sessions.iter().enumerate() {
        assert!(sessions[..at].iter().all(|(other, _)| other != handle));
        let peer = lab.with(|stack| stack.peer(*handle));
        assert_eq!(Some(peer.port), conn.local().map(|local| local.port()));
        assert_eq!(peer.ip, PEER_IP);
    }
}

#[test]
fn f11_a_thousand_killed_clients_leave_no_zombie() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    lab.nonblocking(listener);
    for round in 0..1000 {
        // A client that is refused, because sockets still end, would come again.
        lab.await_armed(12_000);
        let conn = lab.peer.connect_service(chip_ip(), PORT, Service::Discard);
        assert!(
            lab.poll(listener, ready::IN, Some(5000)) == ready::IN,
            "client {round} is not connected"
        );
        match round % 4 {
            // Killed before it is accepted.
            0 => {
                conn.abort();
                lab.world.run_for(1);
                lab.service();
            }
            // Killed while the program waits for data.
            1 => {
                let handle = lab.accept(listener).unwrap();
                conn.abort();
                assert_eq!(lab.receive(handle, 10), Err(Error::ConnectionReset));
                lab.close(handle);
            }
            // Killed with data in both directions.
            2 => {
                let handle = lab.accept(listener).unwrap();
                assert_eq!(conn.send(b"last words"), 10);
                assert_eq!(lab.send(handle, &[1; 3000]), Ok(3000));
                conn.abort();
                lab.world.run_for(1);
                lab.close(handle);
            }
            // Vanishes: it is back later, and knows nothing of the connection.
            _ => {
                let handle = lab.accept(listener).unwrap();
                lab.peer.vanish(true);
                assert_eq!(lab.send(handle, b"are you there?"), Ok(14));
                lab.close(handle);
                conn.abort();
                lab.world.run_for(1);
                lab.peer.vanish(false);
            }
        }
    }
    lab.world.run_for(15_000);
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 1));
    lab.close(listener);
    lab.settle();
    assert_eq!(lab.statuses(), [0; 4]);
    // A reset may overtake a command, so that the chip gets it in the wrong state.
    assert_eq!(lab.chip.counters().violations, 0);
}

#[cfg(feature = "options")]
#[test]
fn ttl_and_tos_of_a_listener_hold_for_clients_that_came_before() {
    for pending in [false, true] {
        let lab = Lab::new();
        let listener = lab.listener(PORT, 4);
        // Its hardware listens already, or has a client already.
        let early = pending.then(|| lab.client());
        lab.set(listener, |options| {
            options.ttl = 33;
            options.tos = 0x10;
        });
        let client = early.unwrap_or_else(|| lab.client());
        let handle = lab.accept(listener).unwrap();
        lab.world.record(true);
        assert_eq!(lab.send(handle, b"x"), Ok(1));
        lab.settle();
        assert_eq!(client.recv_all(), b"x");
        let sent = lab.packets_of(6);
        let fields: Vec<_> = sent.iter().map(|one| (one.ttl, one.tos)).collect();
        assert_eq!(fields, [(33, 0x10)]);
    }
}

#[test]
fn a_listener_does_not_tell_of_a_connect_that_failed_before() {
    let lab = Lab::new();
    let handle = lab.tcp();
    lab.nonblocking(handle);
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    // The peer refuses, and nobody asks.
    lab.settle();
    lab.with(|stack| stack.listen(handle, 2));
    let asked = ready::IN | ready::OUT;
    assert_eq!(lab.poll(handle, asked, Some(0)), 0);
    assert_eq!(lab.so_error(handle), None);
    assert_eq!(lab.accept(handle), Err(Error::WouldBlock));
    let local = lab.local(handle);
    let _client = lab.peer.connect(chip_ip(), local.port);
    lab.settle();
    assert_eq!(lab.poll(handle, asked, Some(0)), ready::IN);
    assert!(lab.accept(handle).is_ok());
}
