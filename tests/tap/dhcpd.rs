//! dhcpd of the Internet Systems Consortium as the server of DHCP. It grants leases of seconds.

use std::fs;

use crate::server::{Server, with_program};
use crate::support::Lab;
use crate::support::network::INTERFACE;

/// The only address that is given out.
pub(crate) const ONE: &str = "range 192.168.1.77;";
/// Leases of eight seconds: T1 is at 4 and T2 at 7, with time to start a server between them.
pub(crate) const SHORT: &str = "default-lease-time 8; max-lease-time 8;";
/// Leases that outlive a test.
pub(crate) const LONG: &str = "default-lease-time 600;";

/// A server of the test's network; what it gives is told by statements of its configuration.
pub(crate) struct Dhcpd<'a> {
    pub(crate) server: Server<'a>,
    subnet: &'static str,
}

impl<'a> Dhcpd<'a> {
    /// One that is still to be started; `name` tells tests, and servers of a test, apart.
    pub(crate) fn new(lab: &'a Lab, name: &str, statements: &[&str]) -> Self {
        // The last line before it takes requests.
        let mut server = Server::new(lab, "dhcpd", name, "Server starting service.");
        server.copy_program();
        // IPv4, in the foreground, with its log on stderr.
        for option in ["-4", "-f", "-d", "--no-pid", "-cf"] {
            server.argument(option);
        }
        server.argument(server.file("configuration"));
        server.argument("-lf");
        server.argument(server.leases_file());
        server.argument(INTERFACE);
        // It does not start without one.
        fs::write(server.leases_file(), "").expect("the file can be made");
        let server = Self {
            server,
            subnet: "192.168.1.0",
        };
        server.configure(statements);
        server
    }

    /// What it is told when it is started next.
    fn configure(&self, statements: &[&str]) {
        let (subnet, statements) = (self.subnet, statements.join("\n"));
        let configuration = format!(
            "authoritative;\n\
             ddns-update-style none;\n\
             # It would wait for a second whether somebody has the address.\n\
             ping-check false;\n\
             # Unless told otherwise, it gives a renewal in the first quarter the old time.\n\
             dhcp-cache-threshold 0;\n\
             subnet {subnet} netmask 255.255.255.0 {{\n{statements}\n}}\n"
        );
        fs::write(self.server.file("configuration"), configuration).expect("it can be written");
    }

    /// Its network has another number when it is started next.
    pub(crate) fn renumber(&mut self, subnet: &'static str) {
        self.subnet = subnet;
    }

    /// Starts it again, with its leases, told other things.
    #[track_caller]
    pub(crate) fn restart_with(&mut self, statements: &[&str]) {
        self.server.stop();
        self.configure(statements);
        self.server.start();
    }

    /// The last thing that its file of leases tells of an address.
    pub(crate) fn lease(&self, address: &str) -> Option<String> {
        let leases = fs::read_to_string(self.server.leases_file()).expect("it is there");
        let begin = leases.rfind(&format!("lease {address} {{"))?;
        let lease = &leases[begin..];
        let end = lease.find("\n}")?;
        Some(lease[..end].into())
    }

    /// Whether its file says so of an address.
    pub(crate) fn tells(&self, address: &str, what: &str) -> bool {
        self.lease(address)
            .is_some_and(|lease| lease.contains(what))
    }
}

/// A device and a server that gives [`ONE`] address unless the statements say more; neither on a
/// computer without a real network, or without dhcpd.
pub(crate) fn with_dhcpd(name: &str, statements: &[&str], test: impl FnOnce(&Lab, Dhcpd<'_>)) {
    with_program("dhcpd", |lab| {
        let mut server = Dhcpd::new(lab, name, statements);
        server.server.start();
        test(lab, server);
    });
}
