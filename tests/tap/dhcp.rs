//! The DHCP client with dnsmasq as its server.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;

use w5100::error::Error;
use w5100::services::dhcp::{FOREVER, Field, State};
use w5100::stack::{DhcpSettings, Stack};

use crate::dnsmasq::with_server;
use crate::server::{Server, until};
use crate::support::network::{PATIENCE, connect};
use crate::support::{GATEWAY, Lab, MAC, pattern};
use crate::{ECHO, listener, until_idle};

/// The only address that is given out.
pub(crate) const LEASED: [u8; 4] = [192, 168, 1, 77];
const ACK: &str = "DHCPACK(w5100) 192.168.1.77";
const REQUEST: &str = "DHCPREQUEST(w5100) 192.168.1.77";
/// Two minutes are the shortest that dnsmasq grants.
const RANGE: &str = "--dhcp-range=192.168.1.77,192.168.1.77,255.255.255.128,2m";
const SECONDS: u32 = 120;
/// The earliest that dnsmasq takes.
const EARLY_T1: &str = "--dhcp-option-force=option:T1,3";

/// Nothing is remembered.
pub(crate) const NAMED: DhcpSettings<'_> = DhcpSettings {
    host_name: b"board-7",
    remembered: [0; 4],
    borrows: false,
};

pub(crate) fn state(lab: &Lab) -> State {
    lab.with(|stack| Ok(stack.dhcp_state().0))
}

pub(crate) fn own_ip(lab: &Lab) -> [u8; 4] {
    lab.with(|stack| Ok(stack.network()?.0.address.ip))
}

/// Seconds that the lease has left.
pub(crate) fn left(lab: &Lab) -> u32 {
    lab.with(|stack| Ok(stack.dhcp_state().2))
}

#[track_caller]
pub(crate) fn bind(lab: &Lab, settings: &DhcpSettings<'_>) {
    lab.with(|stack| stack.dhcp_start(settings));
    let waited = lab.device().dhcp_wait(PATIENCE.as_millis() as u32);
    assert_eq!((waited, own_ip(lab)), (Ok(()), LEASED));
}

/// The server's line of the device in its file: when it ends, MAC, address, name.
fn lease(server: &Server<'_>) -> Option<String> {
    let mac = MAC.map(|byte| format!("{byte:02x}")).join(":");
    let leases = fs::read_to_string(server.leases_file()).expect("it has made the file");
    let line = leases.lines().find(|line| line.contains(&mac));
    line.map(str::to_owned)
}

/// The kernel has a connection with the leased address until `condition` holds, and bytes go
/// round before and after.
#[track_caller]
pub(crate) fn with_connection(lab: &Lab, condition: impl Fn() -> bool) {
    let listener = listener(lab, ECHO, 1);
    thread::scope(|scope| {
        let mut stream = connect(SocketAddr::from((LEASED, ECHO)));
        let handle = lab.accept(listener).expect("the kernel");
        lab.close(listener);
        scope.spawn(move || lab.serve_echo(handle).expect("served to the end"));
        let mut round = 0;
        let mut exchange = || {
            let sent = pattern(1000, round);
            round = round.wrapping_add(1);
            stream.write_all(&sent).expect("written");
            let mut back = vec![0; sent.len()];
            stream.read_exact(&mut back).expect("it goes on");
            assert!(back == sent, "the echo differs");
        };
        until(lab, || {
            exchange();
            condition()
        });
        exchange();
        drop(stream);
        until_idle_but_dhcp(lab);
    });
}

/// What was closed has closed; the client's own socket stays.
fn until_idle_but_dhcp(lab: &Lab) {
    until(lab, || lab.free_sockets() == 3);
}

#[test]
fn an_address_is_got_and_all_that_comes_with_it() {
    let options = [
        RANGE,
        "--dhcp-option=option:router,192.168.1.100",
        "--dhcp-option=option:dns-server,192.168.1.101,192.168.1.102",
        "--dhcp-option=option:ntp-server,192.168.1.103",
        "--domain=lab.example",
    ];
    with_server("address", &options, |lab, mut server| {
        lab.with(|stack| stack.dhcp_start(&NAMED));
        assert_eq!(own_ip(lab), [0; 4], "none until then");
        assert_eq!(lab.device().dhcp_wait(60_000), Ok(()));
        server.lines(&["DHCPDISCOVER", "DHCPOFFER", REQUEST, ACK]);
        let (network, dns) = lab.with(|stack| stack.network());
        let address = network.address;
        assert_eq!((address.ip, address.mac), (LEASED, MAC));
        assert_eq!(address.mask, [255, 255, 255, 128]);
        assert_eq!(address.gateway, [192, 168, 1, 100]);
        assert_eq!(dns, [192, 168, 1, 101]);
        lab.with(|stack| {
            assert_eq!(stack.dhcp_domain(), b"lab.example");
            let (state, lease, left) = stack.dhcp_state();
            assert_eq!((state, lease[Field::Server]), (State::Bound, GATEWAY));
            assert_eq!(
                [lease[Field::Dns], lease[Field::SecondDns]],
                [[192, 168, 1, 101], [192, 168, 1, 102]]
            );
            assert_eq!(lease[Field::Ntp], [192, 168, 1, 103]);
            assert_eq!(lease.seconds(Field::Lease), SECONDS);
            assert!((SECONDS - 5..=SECONDS).contains(&left), "{left}");
            Ok(())
        });
        until(lab, || lease(&server).is_some());
        let line = lease(&server).expect("there is one");
        assert!(line.contains(" 192.168.1.77 board-7 "), "{line}");
        // The kernel finds it there.
        with_connection(lab, || true);
    });
}

#[test]
fn the_lease_is_renewed_at_t1_while_a_connection_goes_on() {
    with_server("t1", &[RANGE, EARLY_T1], |lab, mut server| {
        bind(lab, &NAMED);
        server.line(ACK);
        // More of them, if this computer is slow.
        with_connection(lab, || server.count(ACK) >= 2);
        assert_eq!(server.count("DHCPDISCOVER"), 1);
        until(lab, || left(lab) > SECONDS - 3);
        assert_eq!(own_ip(lab), LEASED);
    });
}

#[test]
fn g3_a_borrowed_socket_is_enough_to_renew() {
    let borrows = DhcpSettings {
        borrows: true,
        ..NAMED
    };
    with_server("borrows", &[RANGE, EARLY_T1], |lab, mut server| {
        bind(lab, &borrows);
        until(lab, || lab.free_sockets() == 4);
        server.line(ACK);
        server.line(ACK);
        until(lab, || {
            state(lab) == State::Bound && lab.free_sockets() == 4
        });
        until(lab, || left(lab) > SECONDS - 3);
    });
}

#[test]
fn release_takes_the_lease_off_the_server_and_stop_does_not() {
    with_server("release", &[RANGE], |lab, mut server| {
        bind(lab, &NAMED);
        lab.with(|stack| stack.dhcp_stop(false));
        assert_eq!((state(lab), own_ip(lab)), (State::Off, LEASED));
        // It still has it, and gives it again.
        bind(lab, &NAMED);
        server.line(ACK);
        server.line(ACK);
        assert!(lease(&server).is_some());
        assert_eq!(server.count("DHCPRELEASE"), 0);
        lab.with(|stack| stack.dhcp_stop(true));
        server.line("DHCPRELEASE(w5100) 192.168.1.77");
        until(lab, || lease(&server).is_none());
        until(lab, || own_ip(lab) == [0; 4]);
        until_idle(lab);
        assert_eq!((state(lab), lab.open_handles()), (State::Off, 0));
    });
}

#[test]
fn a_lease_may_be_for_ever() {
    let forever = "--dhcp-range=192.168.1.77,192.168.1.77,255.255.255.0,infinite";
    with_server("forever", &[forever], |lab, mut server| {
        bind(lab, &NAMED);
        server.line(ACK);
        let granted = lab.with(|stack| Ok(stack.dhcp_state().1.seconds(Field::Lease)));
        assert_eq!((granted, left(lab)), (FOREVER, FOREVER));
        // Its end, as the server notes it.
        until(lab, || {
            lease(&server).is_some_and(|line| line.starts_with("0 "))
        });
        // It can be asked for again all the same.
        lab.with(Stack::dhcp_renew);
        server.lines(&[REQUEST, ACK]);
        until(lab, || state(lab) == State::Bound);
        assert_eq!(left(lab), FOREVER);
    });
}

#[test]
fn a_server_that_was_away_at_t1_is_found_at_t2() {
    let options = [RANGE, EARLY_T1, "--dhcp-option-force=option:T2,9"];
    with_server("t2", &options, |lab, mut server| {
        bind(lab, &NAMED);
        server.stop();
        lab.world.record(true);
        until(lab, || state(lab) == State::Renewing);
        server.start();
        assert_eq!(state(lab), State::Renewing, "the server starts in time");
        server.line(REQUEST);
        server.line(ACK);
        until(lab, || state(lab) == State::Bound);
        assert_eq!(own_ip(lab), LEASED);
        assert!(left(lab) > SECONDS - 5, "{} s", left(lab));
        // To its server at T1, to any at T2.
        let to: Vec<_> = lab.packets_of(17).iter().map(|sent| sent.to).collect();
        assert_eq!(to[..2], [GATEWAY, [255; 4]]);
    });
}

#[test]
fn a_remembered_address_is_asked_for_at_once() {
    with_server("reboot", &[RANGE], |lab, mut server| {
        bind(lab, &NAMED);
        server.line(ACK);
        lab.with(|stack| stack.dhcp_stop(false));
        let remembered = DhcpSettings {
            remembered: LEASED,
            ..NAMED
        };
        bind(lab, &remembered);
        server.line(REQUEST);
        server.line(ACK);
        assert_eq!(server.count("DHCPDISCOVER"), 1, "the first time alone");
        assert_eq!(server.count(REQUEST), 2);
    });
}

#[test]
fn an_address_of_another_network_is_refused_and_replaced() {
    // Another server's business otherwise, of which it says nothing.
    with_server(
        "refused",
        &[RANGE, "--dhcp-authoritative"],
        |lab, mut server| {
            let remembered = DhcpSettings {
                remembered: [10, 9, 8, 7],
                ..NAMED
            };
            bind(lab, &remembered);
            server.lines(&[
                "DHCPREQUEST(w5100) 10.9.8.7",
                "DHCPNAK(w5100) 10.9.8.7",
                "DHCPDISCOVER",
                ACK,
            ]);
        },
    );
}

#[test]
fn an_address_that_is_taken_away_ends_connections_and_another_comes() {
    with_server("taken", &[RANGE], |lab, mut server| {
        bind(lab, &NAMED);
        let listener = listener(lab, ECHO, 1);
        let _kernel = connect(SocketAddr::from((LEASED, ECHO)));
        let handle = lab.accept(listener).expect("the kernel");
        let other = "--dhcp-range=192.168.1.88,192.168.1.88,255.255.255.128,2m";
        server.restart_with(RANGE, other);
        lab.with(Stack::dhcp_renew);
        server.lines(&[
            REQUEST,
            "DHCPNAK(w5100) 192.168.1.77",
            "DHCPACK(w5100) 192.168.1.88",
        ]);
        until(lab, || own_ip(lab) == [192, 168, 1, 88]);
        assert_eq!(lab.receive_now(handle, 1), Err(Error::ConnectionAborted));
        // The listener listens at the new address.
        let _kernel = connect(SocketAddr::from(([192, 168, 1, 88], ECHO)));
        let again = lab.accept(listener).expect("the kernel");
        for handle in [handle, again, listener] {
            lab.close(handle);
        }
    });
}
