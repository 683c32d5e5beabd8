//! Erratum 1: a UDP or IPRAW SEND that never ends. A deadline finds it, a reset and a full set-up
//! cure it, and every socket learns of that.

mod support;

use support::threads::{self, Job};
use support::udp::*;
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::ready::{ERR, IN, OUT};
use w5100::stack::{Endpoint, Handle, Kind};
use w5100_sim::Service;

/// ARP gives up after RTR x (RCR + 1); a SEND may take a little more.
const ARP_MS: u32 = RETRY_TIME as u32 / 10 * (RETRY_COUNT as u32 + 1);
/// By then the end of a SEND that never comes is noticed, and the chip set up.
const CURED_MS: u32 = ARP_MS + 1200;
/// No call may take longer on a chip that does not answer.
const LIMIT_MS: u32 = 500;
/// A port of the peer that is open, and one that sends back.
const KEEP: u16 = 1000;
const ECHO: u16 = 7;
/// A port of the chip.
const OWN: u16 = 2000;
const GROUP: [u8; 4] = [239, 1, 2, 3];
const LOST: Error = Error::NetworkReset;

/// A call, and the error it tells.
type Way<'a> = &'a dyn Fn(&Lab, Handle) -> Option<Error>;

fn lab() -> Lab {
    let lab = Lab::new();
    lab.peer.udp_bind(KEEP);
    lab.peer.udp_echo(ECHO);
    lab.world.record(true);
    lab
}

fn keeper() -> Endpoint {
    endpoint(PEER_IP, KEEP)
}

/// A datagram that the chip swallows.
#[track_caller]
fn swallowed(lab: &Lab, handle: Handle, to: impl Into<Option<Endpoint>>) {
    lab.packets_out();
    lab.chip.with(|chip| chip.faults_mut().swallow_send = true);
    assert_eq!(lab.send_to(handle, b"lost", to), Ok(4));
    lab.world.run_for(SETTLE_MS);
    assert!(!lab.chip.with(|chip| chip.faults_mut().swallow_send));
    let sent = lab.packets_out();
    assert!(
        sent.iter().all(|packet| packet.protocol == IGMP),
        "{sent:?}"
    );
}

/// Has the library notice and cure it, as it does while anything waits.
#[track_caller]
fn cured(lab: &Lab) {
    let idle = lab.listener(9, 1);
    lab.timeouts(idle, CURED_MS, 0);
    assert_eq!(lab.accept(idle), Err(Error::WouldBlock));
    lab.close(idle);
    assert_eq!(lab.resets(), 2);
}

/// The error is told once.
#[track_caller]
fn told_once(lab: &Lab, handle: Handle) {
    assert_eq!(lab.poll(handle, IN, Some(0)) & ERR, ERR);
    let tell = || lab.with(|stack| stack.take_error(handle));
    assert_eq!((tell(), tell()), (Some(LOST), None));
    assert_eq!(lab.poll(handle, IN, Some(0)) & ERR, 0);
}

/// No hardware socket is lost. A connection whose peer does not close has ten seconds.
#[track_caller]
fn all_is_free(lab: &Lab) {
    lab.world.run_for(10_000);
    lab.settle();
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn a_recv_that_waits_finds_it_and_the_socket_works_again() {
    for wired in [false, true] {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        lab.peer.udp_echo(ECHO);
        let handle = lab.udp_at(OWN);
        let echo = endpoint(PEER_IP, ECHO);
        lab.chip.with(|chip| chip.faults_mut().swallow_send = true);
        assert_eq!(lab.send_to(handle, b"lost", echo), Ok(4));
        let (outcome, elapsed) = lab.timed(|| lab.await_from(handle, 10));
        assert_eq!(outcome, Err(LOST));
        assert!((ARP_MS..CURED_MS).contains(&elapsed), "{elapsed} ms");
        assert_eq!(lab.send_to(handle, b"again", echo), Ok(5));
        assert_eq!(lab.await_from(handle, 10), Ok((b"again".to_vec(), echo)));
        assert_eq!((lab.local(handle).port, lab.resets()), (OWN, 2));
        lab.assert_clean();
    }
}

#[test]
fn a_send_that_waits_or_polls_finds_it() {
    let ways: [Way<'_>; 3] = [
        &|lab, handle| lab.send_to(handle, b"next", keeper()).err(),
        &|lab, handle| {
            assert_eq!(lab.poll(handle, OUT, None), OUT | ERR);
            lab.with(|stack| stack.take_error(handle))
        },
        &|lab, handle| loop {
            let outcome = lab.device().send_to(handle, b"x", Some(keeper()), true);
            if outcome != Err(Error::WouldBlock) {
                return outcome.err();
            }
            lab.world.run_for(10);
        },
    ];
    for way in ways {
        let lab = lab();
        let handle = lab.udp_at(OWN);
        swallowed(&lab, handle, keeper());
        let (outcome, elapsed) = lab.timed(|| way(&lab, handle));
        assert_eq!(outcome, Some(LOST));
        assert!(
            (ARP_MS - SETTLE_MS..CURED_MS).contains(&elapsed),
            "{elapsed} ms"
        );
        assert_eq!(lab.send_to(handle, b"again", keeper()), Ok(5));
        assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"again".to_vec()));
    }
}

#[test]
fn port_and_peer_are_kept_without_another_call() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    lab.device().connect(handle, keeper()).unwrap();
    swallowed(&lab, handle, None);
    cured(&lab);
    lab.arrives(&lab.peer, KEEP + 1, OWN, b"foreign");
    lab.arrives(&lab.peer, KEEP, OWN, b"peer");
    assert_eq!(lab.receive_from(handle, 10), Err(LOST));
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"peer".to_vec(), keeper())));
    assert_eq!(lab.with(|stack| stack.peer(handle)), keeper());
    assert_eq!(lab.send_to(handle, b"again", None), Ok(5));
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"again".to_vec()));
    lab.assert_clean();
}

#[test]
fn the_group_is_kept_without_another_call() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    lab.set_options(handle, |options| {
        (options.multicast_ttl, options.tos) = (5, 8)
    });
    lab.with(|stack| stack.join(handle, GROUP));
    swallowed(&lab, handle, endpoint(GROUP, OWN));
    cured(&lab);
    // The routers are told anew.
    let reports = lab.packets_of(IGMP);
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].payload[0], reports[0].to), (0x16, GROUP));
    assert!(lab.peer.udp_send(KEEP, GROUP.into(), OWN, b"to all"));
    lab.world.run_for(SETTLE_MS);
    told_once(&lab, handle);
    let received = lab.receive_from(handle, 10);
    assert_eq!(received, Ok((b"to all".to_vec(), keeper())));
    assert_eq!(lab.send_to(handle, b"x", endpoint(GROUP, OWN)), Ok(1));
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(UDP);
    let fields = packets
        .iter()
        .map(|packet| (packet.to, packet.ttl, packet.tos));
    assert_eq!(fields.collect::<Vec<_>>(), [(GROUP, 5, 8)]);
    lab.assert_clean();
}

#[test]
fn a_raw_socket_is_struck_and_cured_too() {
    let lab = lab();
    let handle = lab.socket(Kind::Raw(200));
    lab.device().connect(handle, endpoint(PEER_IP, 0)).unwrap();
    swallowed(&lab, handle, None);
    cured(&lab);
    told_once(&lab, handle);
    assert_eq!(lab.send_to(handle, b"again", None), Ok(5));
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(200);
    assert_eq!(packets.len(), 1);
    assert_eq!(
        (packets[0].to, &packets[0].payload[..]),
        (PEER_IP, &b"again"[..])
    );
    lab.assert_clean();
}

#[test]
fn a_datagram_to_a_group_by_no_member_is_struck_and_cured_too() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    swallowed(&lab, handle, endpoint(GROUP, OWN));
    cured(&lab);
    told_once(&lab, handle);
    // To one host first: nothing of the group is left.
    assert_eq!(lab.send_to(handle, b"x", keeper()), Ok(1));
    assert_eq!(lab.send_to(handle, b"y", endpoint(GROUP, OWN)), Ok(1));
    lab.world.run_for(SETTLE_MS);
    let packets = lab.packets_of(UDP);
    let to = packets.iter().map(|packet| (packet.to_mac, packet.to));
    let group_mac = [1, 0, 0x5E, 1, 2, 3];
    let expected = [(peer_mac(PEER_IP), PEER_IP), (group_mac, GROUP)];
    assert_eq!(to.collect::<Vec<_>>(), expected);
}

#[test]
fn every_socket_that_had_hardware_is_told_once() {
    let lab = lab();
    let listener = lab.listener(PORT, 2);
    let (connection, conn) = lab.connected();
    let bystander = lab.udp_at(OWN + 1);
    let struck = lab.udp_at(OWN);
    // Neither of these has hardware.
    let (idle_tcp, idle_udp) = (lab.tcp(), lab.udp());
    swallowed(&lab, struck, keeper());
    cured(&lab);

    for handle in [connection, bystander, struck] {
        told_once(&lab, handle);
    }
    for handle in [listener, idle_tcp, idle_udp] {
        assert_eq!(lab.with(|stack| stack.take_error(handle)), None);
    }
    assert_eq!(lab.send(connection, b"x"), Err(Error::Pipe));
    assert_eq!(lab.receive(connection, 10), Ok(Vec::new()));
    assert_eq!(lab.free_sockets(), 2);
    lab.arrives(&lab.peer, KEEP, OWN + 1, b"still bound");
    assert!(lab.receive_from(bystander, 20).is_ok());
    assert_eq!(lab.connect(idle_tcp), Ok(()));
    lab.close(idle_tcp);

    lab.await_armed(1000);
    let client = lab.client();
    let session = lab.accept(listener).unwrap();
    lab.echo(session, &client, b"a new client");
    for handle in [session, connection, bystander, struck, listener, idle_udp] {
        lab.close(handle);
    }
    drop((conn, client));
    all_is_free(&lab);
    assert_eq!(lab.open_handles(), 0);
}

#[test]
fn calls_that_wait_on_other_sockets_all_end() {
    let lab = lab();
    lab.peer.listen_service(PEER_PORT, Service::Manual);
    let listener = lab.listener(PORT, 1);
    lab.timeouts(listener, CURED_MS, 0);
    let connection = lab.tcp();
    lab.connect(connection).unwrap();
    let connecting = lab.tcp();
    let raw = lab.socket(Kind::Raw(200));
    let struck = lab.udp_at(OWN);
    lab.bind(raw, 0).unwrap();
    swallowed(&lab, struck, keeper());
    // An answer to ARP that comes late has the connect still wait for it.
    lab.world
        .set_filter(Some(Box::new(|_, frame| frame[12..14] != [8, 6])));

    let jobs: Vec<Job<'_, Result<()>>> = vec![
        Box::new(|| lab.receive(connection, 10).map(drop)),
        Box::new(|| {
            // Begun so late that its own time is not over first.
            lab.world.run_for(1500);
            lab.device().connect(connecting, endpoint(NOBODY, 7))
        }),
        Box::new(|| lab.await_from(raw, 10).map(drop)),
        Box::new(|| lab.await_from(struck, 10).map(drop)),
        Box::new(|| {
            assert_ne!(lab.poll(connection, IN, None), 0);
            Ok(())
        }),
        Box::new(|| lab.accept(listener).map(drop)),
    ];
    let (outcomes, elapsed) = lab.timed(|| threads::run(&lab.world, jobs));
    assert_eq!(outcomes[1..4], [Err(LOST); 3]);
    assert_eq!(outcomes[5], Err(Error::WouldBlock));
    assert_eq!(outcomes[0], Err(LOST));
    assert!(elapsed <= CURED_MS + 100, "{elapsed} ms");
    assert_eq!(lab.resets(), 2);
    for handle in [connection, connecting, raw, struck] {
        assert_eq!(lab.with(|stack| stack.take_error(handle)), None);
    }

    lab.world.set_filter(None);
    assert_eq!(
        lab.connect(connecting),
        Ok(()),
        "a failed connect may be repeated"
    );
    for handle in [connection, connecting, raw, struck, listener] {
        lab.close(handle);
    }
    all_is_free(&lab);
}

#[test]
fn a_send_that_waits_for_arp_is_no_erratum() {
    let lab = Lab::disabled(Setup::default());
    let mut network = lab.network();
    // 2 s, ten times.
    (network.retry_time, network.retry_count) = (20_000, 9);
    lab.device()
        .with(|stack| stack.enable(&network, DNS, 1))
        .unwrap();
    let handle = lab.udp_at(OWN);
    lab.send_to(handle, b"x", endpoint(NOBODY, 9)).unwrap();
    let (outcome, elapsed) = lab.timed(|| lab.await_from(handle, 10));
    assert_eq!(outcome, Err(Error::HostUnreachable));
    assert!((19_990..20_050).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.resets(), 1);
}

#[test]
fn it_may_strike_again_and_again() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    for round in 2..6 {
        swallowed(&lab, handle, keeper());
        assert_eq!(lab.await_from(handle, 10), Err(LOST));
        assert_eq!(lab.resets(), round);
        assert_eq!(lab.send_to(handle, b"again", keeper()), Ok(5));
        assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"again".to_vec()));
    }
    assert_eq!(lab.free_sockets(), 3);
    lab.assert_clean();
}

#[test]
fn a_chip_that_hangs_at_the_same_time_hangs_no_call() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    lab.device().connect(handle, keeper()).unwrap();
    swallowed(&lab, handle, None);
    lab.chip.with(|chip| chip.faults_mut().hung = true);
    lab.world.run_for(ARP_MS);
    lab.timeouts(handle, 50, 50);
    for _ in 0..5 {
        for call in [
            &|| lab.await_from(handle, 10).map(drop),
            &|| lab.send_to(handle, b"x", None).map(drop),
            &|| lab.device().with(|stack| stack.service()),
        ] as [&dyn Fn() -> Result<()>; 3]
        {
            let (outcome, elapsed) = lab.timed(call);
            assert!(elapsed <= LIMIT_MS, "{elapsed} ms, {outcome:?}");
        }
    }
    // When it takes commands again, the socket is what it was.
    lab.chip.with(|chip| {
        chip.faults_mut().hung = false;
        chip.faults_mut().reset_now = true;
    });
    for _ in 0..20 {
        let _ = lab.device().with(|stack| stack.service());
        lab.world.run_for(SETTLE_MS);
        let _ = lab.receive_from(handle, 10);
    }
    assert_eq!(lab.local(handle).port, OWN);
    assert_eq!(lab.device().with(|stack| stack.peer(handle)), Ok(keeper()));
    assert_eq!(lab.send_to(handle, b"again", None), Ok(5));
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"again".to_vec()));
    assert_eq!(lab.free_sockets(), 3);
}
