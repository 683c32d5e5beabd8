//! The resolver with dnsmasq as its server.

use w5100::error::{Error, Result};

use crate::dnsmasq::with_server;
use crate::server::Server;
use crate::support::network::PATIENCE;
use crate::support::{GATEWAY, Lab, NOBODY};

const HOST: &str = "www.lab.example";
const RECORD: &str = "--host-record=www.lab.example,192.168.1.7,60";
const ADDRESS: [u8; 4] = [192, 168, 1, 7];

/// What the library says, having waited for it; hardware sockets are as they were.
#[track_caller]
fn resolve(lab: &Lab, host: &str) -> Result<[u8; 4]> {
    let before = (lab.free_sockets(), lab.open_handles());
    let limit = PATIENCE.as_millis() as u32;
    let answer = lab.device().resolve(host.as_bytes(), limit);
    assert_eq!((lab.free_sockets(), lab.open_handles()), before, "{host}");
    answer
}

/// A device that asks the server, which knows [`HOST`].
fn with_names(name: &str, options: &[&str], test: impl FnOnce(&Lab, Server<'_>)) {
    let options: Vec<_> = [RECORD].iter().chain(options).copied().collect();
    with_server(name, &options, |lab, server| {
        lab.with(|stack| stack.set_name_servers([GATEWAY, [0; 4], [0; 4]]));
        test(lab, server);
    });
}

/// Questions that the server has had for a name.
fn asked(server: &Server<'_>, host: &str) -> usize {
    server.count(&format!("query[A] {host} from 192.168.1."))
}

#[test]
fn g5_names_are_found_or_not_and_no_socket_is_kept() {
    let chain = [
        "--cname=first.lab.example,second.lab.example",
        "--cname=second.lab.example,third.lab.example",
        "--cname=third.lab.example,www.lab.example",
    ];
    with_names("names", &chain, |lab, mut server| {
        assert_eq!(lab.free_sockets(), 4);
        assert_eq!(resolve(lab, HOST), Ok(ADDRESS));
        assert_eq!(resolve(lab, "first.lab.example"), Ok(ADDRESS));
        let none = "none.lab.example";
        assert_eq!(resolve(lab, none), Err(Error::HostNotFound));
        server.line("config none.lab.example is NXDOMAIN");
        // It refuses, for there is nobody whom it could ask.
        assert_eq!(resolve(lab, "www.elsewhere.test"), Err(Error::NameServer));
        assert_eq!(lab.free_sockets(), 4);
    });
}

#[test]
fn an_answer_is_remembered_for_the_time_that_the_server_says() {
    let passing = "--host-record=passing.lab.example,192.168.1.8,0";
    with_names("lifetime", &[passing], |lab, mut server| {
        for _ in 0..2 {
            assert_eq!(resolve(lab, HOST), Ok(ADDRESS));
            assert_eq!(resolve(lab, "passing.lab.example"), Ok([192, 168, 1, 8]));
        }
        server.line("query[A] passing");
        server.line("query[A] passing");
        assert_eq!(asked(&server, HOST), 1);
    });
}

#[test]
fn g5_a_server_that_is_not_there_costs_time_and_no_socket() {
    with_names("absent", &[], |lab, mut server| {
        lab.with(|stack| stack.set_name_servers([NOBODY, GATEWAY, [0; 4]]));
        assert_eq!(resolve(lab, HOST), Ok(ADDRESS), "the second server");
        // A host without a server says so, but the chip does not tell.
        server.stop();
        lab.with(|stack| stack.set_name_servers([GATEWAY, [0; 4], [0; 4]]));
        assert_eq!(resolve(lab, "other.lab.example"), Err(Error::NameServer));
        assert_eq!(lab.free_sockets(), 4);
    });
}

#[cfg(feature = "dhcp")]
#[test]
fn a_short_name_is_looked_for_in_the_domain_of_the_lease() {
    use w5100::stack::DhcpSettings;

    let options = [
        "--dhcp-range=192.168.1.77,192.168.1.77,255.255.255.0,2m",
        "--domain=lab.example",
        "--host-record=bare,192.168.1.9",
        "--local=/bare/",
    ];
    with_server(
        "search",
        &[&options[..], &[RECORD]].concat(),
        |lab, mut server| {
            lab.with(|stack| stack.dhcp_start(&DhcpSettings::default()));
            assert_eq!(lab.device().dhcp_wait(60_000), Ok(()));
            assert_eq!(resolve(lab, "www"), Ok(ADDRESS), "the lease's server");
            assert_eq!(resolve(lab, "bare"), Ok([192, 168, 1, 9]));
            // First in the domain, then by itself.
            server.line("query[A] bare.lab.example from 192.168.1.77");
            server.line("query[A] bare from 192.168.1.77");
            assert_eq!(asked(&server, "www"), 0);
            assert_eq!(
                resolve(lab, "none"),
                Err(Error::NameServer),
                "it refuses names without a dot"
            );
            assert_eq!(lab.free_sockets(), 3);
        },
    );
}
