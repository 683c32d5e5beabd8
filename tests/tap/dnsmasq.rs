//! dnsmasq as the server of DHCP and DNS.

use crate::server::{Server, with_program};
use crate::support::Lab;

/// What every server of these tests is told. Nothing comes from this computer's settings, and
/// nothing is asked of other servers.
pub(crate) const ALWAYS: [&str; 9] = [
    // In the foreground, as who started it, with its log on stderr.
    "--no-daemon",
    "--conf-file=/dev/null",
    "--no-resolv",
    "--no-hosts",
    "--bind-interfaces",
    "--listen-address=192.168.1.1",
    "--log-queries",
    // It would wait for seconds whether somebody answers.
    "--no-ping",
    "--local=/example/",
];

/// A device and a server; neither on a computer without a real network, or without dnsmasq.
pub(crate) fn with_server(name: &str, options: &[&str], test: impl FnOnce(&Lab, Server<'_>)) {
    with_program("dnsmasq", |lab| {
        let mut server = Server::new(lab, "dnsmasq", name, "started, version");
        let leases = format!("--dhcp-leasefile={}", server.leases_file().display());
        server.argument(leases);
        for option in ALWAYS.iter().chain(options) {
            server.argument(option);
        }
        server.start();
        test(lab, server);
    });
}
