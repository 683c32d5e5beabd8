//! What a runtime rests on that parks its tasks and wakes them by events: no change of a socket's
//! state goes without one. Each change a socket can make is made while a task waits for it, in
//! poll and in dispatch, with the /INT line and without.

mod support;

use std::ptr;

use support::changes::*;
use support::threads::take_turn;
use support::waits::LOOK_MS;
use support::*;
use w5100::error::Error;
use w5100::stack::Direction;
use w5100::stack::event::{self, ACCEPT, CLOSE, CONNECT, READ, WRITE};
use w5100::stack::ready::{ERR, HUP, IN, OUT, RDHUP};

#[test]
fn netmf_a_connection_that_is_made_is_told() {
    netmf_change(&Change {
        name: "connected",
        prepare: |lab| {
            lab.peer.listen(PEER_PORT);
            // Slow, and not too slow for ARP.
            slow_link(lab, 850);
            connecting(lab, PEER_IP)
        },
        happened: |lab, _| any_status(lab, 0x17),
        poll: (IN | OUT, OUT),
        event: (CONNECT, None),
        ..PLAIN
    });
}

#[test]
fn netmf_a_connect_that_fails_is_told() {
    let refused = Change {
        name: "refused",
        prepare: |lab| {
            slow_link(lab, 850);
            connecting(lab, PEER_IP)
        },
        happened: all_closed,
        poll: (OUT, OUT | ERR | HUP),
        event: (CONNECT, Some(Error::ConnectionRefused)),
        late_ms: [NAP_MS, NAP_MS],
        ..PLAIN
    };
    netmf_change(&refused);
    netmf_change(&Change {
        name: "unreachable",
        // ARP gives up after 1.8 s.
        prepare: |lab| connecting(lab, NOBODY),
        event: (CONNECT, Some(Error::HostUnreachable)),
        ..refused
    });
    netmf_change(&Change {
        name: "timed out",
        prepare: |lab| {
            // The host answers ARP alone.
            let arp = |_, frame: &[u8]| frame.get(12..14) == Some(&[0x08, 0x06]);
            lab.world.set_filter(Some(Box::new(arp)));
            connecting(lab, PEER_IP)
        },
        event: (CONNECT, Some(Error::TimedOut)),
        ..refused
    });
}

#[test]
fn netmf_data_that_comes_is_told() {
    netmf_change(&Change {
        name: "data",
        act: |scene| assert_eq!(scene.conn().send(b"x"), 1),
        happened: any_edge,
        ..PLAIN
    });
}

#[test]
fn netmf_the_peers_end_is_told() {
    let fin = Change {
        name: "FIN",
        act: |scene| scene.conn().close(),
        happened: |lab, _| any_status(lab, 0x1C),
        poll: (IN | RDHUP, IN | RDHUP),
        event: (CLOSE, None),
        ..PLAIN
    };
    netmf_change(&fin);
    netmf_change(&Change {
        name: "RST",
        act: |scene| scene.conn().abort(),
        happened: all_closed,
        poll: (IN, IN | ERR | HUP),
        event: (CLOSE, Some(Error::ConnectionReset)),
        ..fin
    });
    netmf_change(&Change {
        name: "the end of both directions",
        prepare: |lab| {
            let scene = connection(lab);
            lab.with(|stack| stack.shutdown(scene.handle, Direction::Write));
            lab.settle();
            scene
        },
        happened: all_closed,
        poll: (IN, IN | HUP),
        late_ms: [NAP_MS, NAP_MS],
        ..fin
    });
}

/// Fills the ring of a connection of which everything that goes out is acknowledged late.
fn full_ring(lab: &'static Lab) -> Scene {
    let scene = connection(lab);
    slow_link(lab, 2_000);
    assert_eq!(lab.device().send(scene.handle, &[7; 2048], true), Ok(2048));
    lab.world.run_for(1);
    lab.service();
    scene
}

/// The peer does not read until its window is closed, and a SEND waits for that.
fn closed_window(lab: &'static Lab) -> Scene {
    let scene = connection(lab);
    scene.conn().set_service(w5100_sim::Service::Manual);
    for _ in 0..100 {
        let _ = lab.send(scene.handle, &[7; 700]);
        lab.world.run_for(10);
    }
    assert_eq!(lab.poll(scene.handle, OUT, Some(0)), 0, "the ring is full");
    scene
}

#[test]
fn netmf_room_that_an_ack_makes_is_told() {
    let acknowledged = Change {
        name: "room in a full ring",
        prepare: full_ring,
        happened: has_room,
        poll: (OUT, OUT),
        event: (WRITE, None),
        late_ms: [NAP_MS, NAP_MS],
        ..PLAIN
    };
    netmf_change(&acknowledged);
    netmf_change(&Change {
        name: "an open window",
        prepare: closed_window,
        act: |scene| {
            assert!(!scene.conn().recv_all().is_empty());
        },
        ..acknowledged
    });
}

#[test]
fn netmf_a_client_is_told() {
    netmf_change(&Change {
        name: "a client",
        prepare: |lab| Scene {
            lab,
            handle: lab.listener(PORT, 4),
            conn: None,
        },
        act: |scene| std::mem::forget(scene.lab.peer.connect(chip_ip(), PORT)),
        happened: |lab, _| any_status(lab, 0x17),
        event: (ACCEPT, None),
        ..PLAIN
    });
}

/// The only hardware socket has a connection that its program closed; the peer has not yet.
fn orphan(lab: &'static Lab) -> Scene {
    let handle = lab.listener(PORT, 4);
    let conn = lab.client();
    let session = lab.accept(handle).expect("a client waits");
    lab.close(session);
    lab.settle();
    Scene {
        lab,
        handle,
        conn: Some(conn),
    }
}

#[test]
fn netmf_the_client_that_a_freed_socket_serves_is_told() {
    netmf_change(&Change {
        name: "an orphan's hardware",
        setup: Setup::one_socket,
        prepare: orphan,
        act: |scene| {
            scene.conn().close();
            // Refused until the listener has hardware again.
            let served = scene.lab.world.run_until(
                || {
                    let conn = scene.lab.peer.connect(chip_ip(), PORT);
                    scene.lab.world.run_for(5);
                    let open = conn.is_open();
                    std::mem::forget(conn);
                    open
                },
                100,
            );
            assert!(served, "the listener is armed again");
        },
        event: (ACCEPT, None),
        ..PLAIN
    });
}

#[test]
fn netmf_a_reset_of_the_chip_is_told() {
    let late = 2 * LOOK_MS + SET_UP_MS;
    let stream = Change {
        name: "the reset of a stream's chip",
        act: |scene| {
            scene
                .lab
                .chip
                .with(|chip| chip.faults_mut().reset_now = true)
        },
        poll: (IN, IN | ERR | HUP),
        event: (CLOSE, Some(Error::NetworkReset)),
        late_ms: [late, late],
        ..PLAIN
    };
    netmf_change(&stream);
    netmf_change(&Change {
        name: "the reset of a datagram socket's chip",
        prepare: datagrams,
        poll: (IN, IN | ERR),
        event: (READ, Some(Error::NetworkReset)),
        ..stream
    });
}

#[test]
fn netmf_the_end_of_a_dead_peer_is_told() {
    let given_up = Change {
        name: "the chip's retries are over",
        act: |scene| {
            scene.lab.peer.vanish(true);
            assert_eq!(scene.lab.send(scene.handle, b"x"), Ok(1));
        },
        happened: all_closed,
        poll: (IN, IN | ERR | HUP),
        event: (CLOSE, Some(Error::TimedOut)),
        ..PLAIN
    };
    netmf_change(&given_up);
    #[cfg(feature = "options")]
    netmf_change(&Change {
        name: "the user timeout is over",
        prepare: |lab| {
            let scene = connection(lab);
            lab.set(scene.handle, |options| options.user_timeout = 5_000);
            scene
        },
        happened: any_edge,
        due_ms: 5_000,
        late_ms: [LOOK_MS + 2, NAP_MS],
        ..given_up
    });
    #[cfg(feature = "options")]
    netmf_change(&Change {
        name: "CLOSE_WAIT is over",
        prepare: |lab| {
            let scene = connection(lab);
            lab.set(scene.handle, |options| options.close_wait_timeout = 9_000);
            scene
        },
        // Left unread: the end is not told before.
        act: |scene| {
            assert_eq!(scene.conn().send(b"unread"), 6);
            scene.conn().close();
        },
        happened: |lab, _| any_status(lab, 0x1C),
        due_ms: 9_000,
        late_ms: [LOOK_MS + 2, NAP_MS],
        poll: (0, ERR | HUP),
        event: (CLOSE, Some(Error::ConnectionAborted)),
        ..given_up
    });
}

#[test]
fn netmf_what_happens_to_datagrams_is_told() {
    let came = Change {
        name: "a datagram",
        prepare: datagrams,
        act: |scene| assert!(scene.lab.peer.udp_send(7, chip_ip(), PORT, b"x")),
        happened: any_edge,
        ..PLAIN
    };
    netmf_change(&came);
    netmf_change(&Change {
        name: "a datagram that found no host",
        act: |scene| {
            let sent = scene.lab.send_to(scene.handle, b"x", endpoint(NOBODY, 7));
            assert_eq!(sent, Ok(1));
        },
        happened: any_edge,
        poll: (IN, IN | ERR),
        event: (READ, Some(Error::HostUnreachable)),
        ..came
    });
    netmf_change(&Change {
        name: "a datagram that was refused",
        act: |scene| {
            let (lab, handle) = (scene.lab, scene.handle);
            lab.with(|stack| stack.connect(handle, endpoint(PEER_IP, 9)));
            assert_eq!(lab.send_to(handle, b"x", None), Ok(1));
        },
        // UIPR stays.
        happened: |lab, _| lab.chip.with(|chip| chip.peek(0x002A)) != 0,
        poll: (IN, IN | ERR),
        event: (READ, Some(Error::ConnectionRefused)),
        ..came
    });
    netmf_change(&Change {
        name: "a datagram that is out",
        prepare: |lab| {
            let scene = datagrams(lab);
            slow_link(lab, 850);
            lab.send_to(scene.handle, b"x", endpoint(PEER_IP, 7))
                .unwrap();
            scene
        },
        happened: any_edge,
        poll: (OUT, OUT),
        event: (WRITE, None),
        ..came
    });
}

/// Only a look tells of such room, and how often the task of a dispatch looks is not to depend on
/// what other tasks find out between its steps.
#[test]
fn netmf_room_is_told_in_time_whatever_other_tasks_do() {
    let _turn = take_turn();
    let lab: &'static Lab = Box::leak(Box::new(Lab::with_setup(Setup {
        wired: true,
        ..Setup::default()
    })));
    lab.handle_interrupts();
    let scene = full_ring(lab);
    lab.with(|stack| stack.select_events(scene.handle, WRITE, note, ptr::null_mut()));
    lab.observer.set(|| lab.service());
    // The naps, when they are half a second, end at another time than the room comes.
    lab.world.run_for(200);
    let before = lab.world.now_ms();
    assert_eq!(event::dispatch(&lab.devices, LIMIT_MS), Ok(1));
    let took = u64::from(lab.world.now_ms() - before);
    assert!(took <= 2 * 2_000 - 200 + NAP_MS, "{took} ms");
    lab.observer.clear();
}

/// Both ends of it fall between two looks; who waits for the connect alone must not wait for ever.
#[test]
fn n9_a_connect_that_is_over_at_once_is_told() {
    let _turn = take_turn();
    let lab = Lab::new();
    lab.peer.listen(PEER_PORT);
    let handle = lab.tcp();
    lab.with(|stack| stack.select_events(handle, CONNECT | CLOSE, note, ptr::null_mut()));
    assert_eq!(lab.connect(handle), Err(Error::InProgress));
    lab.world.run_for(SETTLE_MS);
    lab.peer.accept(PEER_PORT).expect("it came").abort();
    lab.world.run_for(SETTLE_MS);
    lock_told().clear();
    assert_eq!(event::dispatch(&lab.devices, 0), Ok(1));
    assert_eq!(event::dispatch(&lab.devices, 0), Ok(1));
    assert_eq!(event::dispatch(&lab.devices, 0), Ok(0));
    let reset = Error::ConnectionReset.number();
    let told = [(CONNECT, 0), (CLOSE, reset)];
    let expected = told.map(|(event, error)| (handle.raw(), event.into(), error));
    assert_eq!(*lock_told(), expected);
}
