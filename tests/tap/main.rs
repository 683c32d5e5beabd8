//! The device on a real network: this computer's kernel, and programs that others wrote, are its
//! peers.
//!
//! Real time, one network namespace for each test: see `support/network.rs`.

#[cfg(feature = "dhcp")]
#[path = "../support/dhcp.rs"]
mod answers;
#[path = "../support/mod.rs"]
mod support;

mod capture;
#[cfg(feature = "dhcp")]
mod dhcp;
#[cfg(feature = "dhcp")]
mod dhcp_http;
#[cfg(all(feature = "dhcp", feature = "events"))]
mod dhcpd;
#[cfg(feature = "dns")]
mod dns;
#[cfg(any(feature = "dhcp", feature = "dns"))]
mod dnsmasq;
mod echo;
mod example;
mod http;
mod http_get;
mod iperf;
#[cfg(all(feature = "dhcp", feature = "events"))]
mod leases;
#[cfg(all(feature = "dhcp", feature = "dns"))]
mod liars;
mod load;
mod ping;
mod programs;
#[cfg(any(feature = "dhcp", feature = "dns"))]
mod server;
#[cfg(feature = "dhcp")]
mod sntp;

use support::network::{Network, PATIENCE};
use support::{Lab, Setup};
use w5100::stack::Handle;

/// A network with a device on it.
fn network(setup: Setup) -> (Network, Lab) {
    let network = Network::new();
    let lab = Lab::in_world(&network.world, setup);
    (network, lab)
}

/// A listener that, like what it accepts, does not wait for ever: a test that fails ends.
#[track_caller]
fn listener(lab: &Lab, port: u16, backlog: i32) -> Handle {
    let listener = lab.listener(port, backlog);
    let limit = PATIENCE.as_millis() as u32;
    lab.timeouts(listener, limit, limit);
    listener
}

const MEBIBYTE: usize = 1 << 20;
/// Wireshark reads what goes to this port as the echo service's, which is any bytes.
const ECHO: u16 = 7;

/// Serves the device until no hardware socket is in use: what was closed has closed.
#[track_caller]
fn until_idle(lab: &Lab) {
    let idle = || {
        lab.service();
        lab.statuses() == [0; 4]
    };
    let limit = PATIENCE.as_millis() as u32;
    assert!(lab.world.run_until(idle, limit), "{:?}", lab.statuses());
}
