//! The DHCP client with dhcpd as its server, over the whole life of a lease.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use w5100::error::Error;
use w5100::services::dhcp::{Field, State};
use w5100::stack::DhcpSettings;
use w5100::stack::notice::{BOUND, CONFLICT, LOST, RENEWED};

use crate::dhcp::{LEASED, NAMED, bind, left, own_ip, state, with_connection};
use crate::dhcpd::{Dhcpd, LONG, ONE, SHORT, with_dhcpd};
use crate::server::{ip, until};
use crate::support::network::{INTERFACE, connect};
use crate::support::{GATEWAY, Lab, MAC};
use crate::{ECHO, listener, until_idle};

const IP: &str = "192.168.1.77";
const ACK: &str = "DHCPACK on 192.168.1.77 to 02:00:00:00:00:01";
const REQUEST: &str = "DHCPREQUEST for 192.168.1.77";

/// What has happened to the device's address since this was asked last.
fn events(lab: &Lab) -> u8 {
    lab.with(|stack| stack.network_events())
}

#[test]
fn an_address_is_got_with_every_option() {
    let options = [
        ONE,
        "default-lease-time 600;",
        "option routers 192.168.1.100;",
        "option domain-name-servers 192.168.1.101, 192.168.1.102;",
        "option domain-name \"lab.example\";",
        "option ntp-servers 192.168.1.103;",
        "option dhcp-renewal-time 200;",
        "option dhcp-rebinding-time 400;",
    ];
    with_dhcpd("options", &options, |lab, mut dhcpd| {
        lab.with(|stack| stack.dhcp_start(&NAMED));
        assert_eq!(lab.device().dhcp_wait(60_000), Ok(()));
        let steps = ["DHCPDISCOVER", "DHCPOFFER", REQUEST, ACK];
        dhcpd.server.lines(&steps);
        let (network, dns) = lab.with(|stack| stack.network());
        let address = network.address;
        assert_eq!((address.ip, address.mac), (LEASED, MAC));
        assert_eq!(address.mask, [255, 255, 255, 0]);
        assert_eq!(address.gateway, [192, 168, 1, 100]);
        assert_eq!(dns, [192, 168, 1, 101]);
        lab.with(|stack| {
            assert_eq!(stack.dhcp_domain(), b"lab.example");
            let lease = stack.dhcp_state().1;
            assert_eq!(lease[Field::Server], GATEWAY);
            assert_eq!(
                [lease[Field::Dns], lease[Field::SecondDns]],
                [[192, 168, 1, 101], [192, 168, 1, 102]]
            );
            assert_eq!(lease[Field::Ntp], [192, 168, 1, 103]);
            let times = [Field::Lease, Field::T1, Field::T2].map(|field| lease.seconds(field));
            assert_eq!(times, [600, 200, 400]);
            Ok(())
        });
        // The client's identifier: Ethernet, and its MAC.
        until(lab, || dhcpd.tells(IP, "binding state active;"));
        for told in [
            "hardware ethernet 02:00:00:00:00:01;",
            r#"uid "\001\002\000\000\000\000\001";"#,
            "client-hostname \"board-7\";",
        ] {
            assert!(dhcpd.tells(IP, told), "{:?}", dhcpd.lease(IP));
        }
        with_connection(lab, || true);
    });
}

#[test]
fn the_lease_is_renewed_at_t1_again_and_again() {
    let early = "option dhcp-renewal-time 2; option dhcp-rebinding-time 7;";
    with_dhcpd("t1", &[ONE, SHORT, early], |lab, mut dhcpd| {
        bind(lab, &NAMED);
        dhcpd.server.line(ACK);
        assert_eq!(events(lab), BOUND);
        // Past the end of the first lease.
        with_connection(lab, || {
            assert!(left(lab) >= 4, "asked for too late");
            dhcpd.server.count(ACK) >= 6
        });
        assert_eq!(events(lab), RENEWED);
        assert_eq!(dhcpd.server.count("DHCPDISCOVER"), 1);
        assert_eq!(own_ip(lab), LEASED);
    });
}

#[test]
fn another_server_takes_the_lease_over_at_t2() {
    with_dhcpd("t2", &[ONE, SHORT], |lab, mut first| {
        let other = [ONE, SHORT, "server-identifier 192.168.1.3;"];
        let mut second = Dhcpd::new(lab, "t2-other", &other);
        bind(lab, &NAMED);
        first.server.line(ACK);
        first.server.stop();
        let (from, to) = (first.server.leases_file(), second.server.leases_file());
        fs::copy(from, to).expect("both are there");
        lab.world.record(true);
        until(lab, || state(lab) == State::Renewing);
        // The first one was asked by then, and alone.
        second.server.start();
        assert_eq!(state(lab), State::Renewing, "it starts in time");
        second.server.lines(&[REQUEST, ACK]);
        until(lab, || state(lab) == State::Bound);
        assert_eq!(own_ip(lab), LEASED);
        let server = lab.with(|stack| Ok(stack.dhcp_state().1[Field::Server]));
        assert_eq!(server, [192, 168, 1, 3]);
        let to: Vec<_> = lab.packets_of(17).iter().map(|sent| sent.to).collect();
        assert_eq!(to[..2], [GATEWAY, [255; 4]]);
    });
}

#[test]
fn a_lease_whose_server_is_gone_is_lost_and_comes_back_with_it() {
    with_dhcpd("expiry", &[ONE, SHORT], |lab, mut dhcpd| {
        let before = Instant::now();
        bind(lab, &NAMED);
        let listener = listener(lab, ECHO, 1);
        let _kernel = connect(SocketAddr::from((LEASED, ECHO)));
        let handle = lab.accept(listener).expect("the kernel");
        dhcpd.server.stop();
        until(lab, || own_ip(lab) == [0; 4]);
        assert!(before.elapsed() >= Duration::from_secs(8), "too early");
        assert_eq!((state(lab), events(lab)), (State::Selecting, BOUND | LOST));
        assert_eq!(lab.receive_now(handle, 1), Err(Error::ConnectionAborted));
        dhcpd.server.start();
        dhcpd.server.lines(&["DHCPDISCOVER", ACK]);
        until(lab, || own_ip(lab) == LEASED);
        assert_eq!(events(lab), BOUND);
        // The listener was there all the time.
        let _kernel = connect(SocketAddr::from((LEASED, ECHO)));
        let again = lab.accept(listener).expect("the kernel");
        for handle in [handle, again, listener] {
            lab.close(handle);
        }
    });
}

/// The device has a connection at its leased address while `change` happens to the server; then
/// that address is lost, the connection ends, and the device has the address `other`.
#[track_caller]
fn replaced(name: &str, other: [u8; 4], change: impl FnOnce(&mut Dhcpd<'_>), says: &[&str]) {
    with_dhcpd(name, &[ONE, SHORT], |lab, mut dhcpd| {
        bind(lab, &NAMED);
        let listener = listener(lab, ECHO, 1);
        let _kernel = connect(SocketAddr::from((LEASED, ECHO)));
        let handle = lab.accept(listener).expect("the kernel");
        change(&mut dhcpd);
        dhcpd.server.lines(says);
        until(lab, || own_ip(lab) == other);
        assert_eq!(lab.receive_now(handle, 1), Err(Error::ConnectionAborted));
        for handle in [handle, listener] {
            lab.close(handle);
        }
    });
}

/// The server says nothing to whom it does not know: the lease runs out.
#[test]
fn a_range_that_changes_replaces_the_address() {
    let change = |dhcpd: &mut Dhcpd<'_>| dhcpd.restart_with(&["range 192.168.1.88;", SHORT]);
    let says = [
        "DHCPREQUEST for 192.168.1.77 from 02:00:00:00:00:01 via w5100: unknown lease",
        "DHCPDISCOVER",
        "DHCPACK on 192.168.1.88",
    ];
    replaced("range", [192, 168, 1, 88], change, &says);
}

#[test]
fn an_address_that_was_given_to_another_host_is_refused_and_replaced() {
    let change = |dhcpd: &mut Dhcpd<'_>| {
        dhcpd.server.stop();
        let file = dhcpd.server.leases_file();
        let leases = fs::read_to_string(&file).expect("it is there");
        let (mac, id) = ("02:00:00:00:00:01", r"\001\002\000\000\000\000\001");
        assert!(leases.contains(mac) && leases.contains(id), "{leases}");
        let leases = leases.replace(mac, "02:00:00:00:00:99");
        let leases = leases.replace(id, r"\001\002\000\000\000\000\231");
        fs::write(&file, leases).expect("it can be written");
        dhcpd.restart_with(&["range 192.168.1.77; range 192.168.1.88;", LONG]);
    };
    let says = [
        "DHCPNAK on 192.168.1.77 to 02:00:00:00:00:01",
        "DHCPDISCOVER",
        "DHCPACK on 192.168.1.88",
    ];
    replaced("given", [192, 168, 1, 88], change, &says);
}

/// Nobody has the server's old address any more. It hears of the device at T2, and does not know it.
#[test]
fn in_a_network_that_is_numbered_anew_another_address_is_got() {
    let change = |dhcpd: &mut Dhcpd<'_>| {
        dhcpd.server.stop();
        ip(&["address", "add", "192.168.2.1/24", "dev", INTERFACE]);
        ip(&["address", "delete", "192.168.1.1/24", "dev", INTERFACE]);
        dhcpd.renumber("192.168.2.0");
        dhcpd.restart_with(&["range 192.168.2.88;", SHORT]);
    };
    let says = [
        "DHCPREQUEST for 192.168.1.77 from 02:00:00:00:00:01 via w5100: unknown lease",
        "DHCPDISCOVER",
        "DHCPACK on 192.168.2.88",
    ];
    replaced("renumbered", [192, 168, 2, 88], change, &says);
}

#[test]
fn a_remembered_address_is_granted_again_at_once() {
    with_dhcpd("reboot", &[ONE, LONG], |lab, mut dhcpd| {
        bind(lab, &NAMED);
        dhcpd.server.line(ACK);
        lab.with(|stack| stack.dhcp_stop(false));
        let remembered = DhcpSettings {
            remembered: LEASED,
            ..NAMED
        };
        bind(lab, &remembered);
        dhcpd.server.lines(&[REQUEST, ACK]);
        assert_eq!(
            dhcpd.server.count("DHCPDISCOVER"),
            1,
            "the first time alone"
        );
    });
}

#[test]
fn a_remembered_address_that_is_not_the_servers_is_refused() {
    with_dhcpd("refused", &[ONE, LONG], |lab, mut dhcpd| {
        let remembered = DhcpSettings {
            remembered: [10, 9, 8, 7],
            ..NAMED
        };
        bind(lab, &remembered);
        dhcpd.server.lines(&[
            "DHCPREQUEST for 10.9.8.7",
            "DHCPNAK on 10.9.8.7",
            "DHCPDISCOVER",
            ACK,
        ]);
    });
}

#[test]
fn release_shows_in_the_file_of_leases_and_stop_does_not() {
    with_dhcpd("release", &[ONE, LONG], |lab, mut dhcpd| {
        bind(lab, &NAMED);
        lab.with(|stack| stack.dhcp_stop(false));
        bind(lab, &NAMED);
        assert_eq!(dhcpd.server.count("DHCPRELEASE"), 0);
        until(lab, || dhcpd.tells(IP, "binding state active;"));
        lab.with(|stack| stack.dhcp_stop(true));
        dhcpd
            .server
            .line("DHCPRELEASE of 192.168.1.77 from 02:00:00:00:00:01");
        until(lab, || dhcpd.tells(IP, "binding state free;"));
        until(lab, || own_ip(lab) == [0; 4]);
        until_idle(lab);
        assert_eq!((state(lab), lab.open_handles()), (State::Off, 0));
    });
}

/// This computer takes an address for its own, and uses it.
fn kernel_takes(address: &str) {
    ip(&["address", "add", &format!("{address}/32"), "dev", INTERFACE]);
    // Who has the receiver's address is asked in the name of the sender's.
    let socket = UdpSocket::bind((address, 0)).expect("it has the address");
    socket.send_to(b"x", "192.168.1.99:9").expect("sent");
}

#[test]
fn a_conflict_is_declined_and_the_server_abandons_the_address() {
    let two = "range 192.168.1.77 192.168.1.78;";
    with_dhcpd("conflict", &[two, LONG], |lab, mut dhcpd| {
        lab.with(|stack| stack.dhcp_start(&NAMED));
        assert_eq!(lab.device().dhcp_wait(60_000), Ok(()));
        let [.., number] = own_ip(lab);
        let first = format!("192.168.1.{number}");
        let listener = listener(lab, ECHO, 1);
        let _kernel = connect(SocketAddr::from((own_ip(lab), ECHO)));
        let handle = lab.accept(listener).expect("the kernel");
        assert_eq!(events(lab), BOUND);
        kernel_takes(&first);
        let decline = format!("DHCPDECLINE of {first} from 02:00:00:00:00:01");
        dhcpd.server.line(&decline);
        until(lab, || dhcpd.tells(&first, "binding state abandoned;"));
        until(lab, || own_ip(lab) == [0; 4]);
        assert_eq!(events(lab), CONFLICT | LOST);
        assert_eq!(lab.receive_now(handle, 1), Err(Error::ConnectionAborted));
        // Ten seconds later the other one of the two.
        dhcpd.server.line("DHCPDISCOVER");
        until(lab, || state(lab) == State::Bound);
        assert_eq!(own_ip(lab), [192, 168, 1, 77 + 78 - number]);
        for handle in [handle, listener] {
            lab.close(handle);
        }
    });
}
