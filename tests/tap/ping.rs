//! What the chip answers by itself.

use std::fs;

use crate::network;
use crate::support::network::{INTERFACE, output, program};
use crate::support::{MAC, Setup, chip_ip};

/// `ping` compares what comes back, byte by byte.
#[test]
fn the_chip_answers_arp_and_ping() {
    let (network, _lab) = network(Setup::default());
    if !network.is_real("ping from the kernel") {
        return;
    }
    let Some(mut ping) = program("ping") else {
        return;
    };
    let chip = chip_ip().to_string();
    // 1472 bytes and their headers fill a frame.
    let arguments = ["-n", "-c3", "-i0.2", "-W20", "-s1472", &chip];
    let text = output(ping.args(arguments));
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains(" 3 received, 0% packet loss"), "{text}");
    assert!(!text.contains("wrong data"), "{text}");

    let neighbours = fs::read_to_string("/proc/thread-self/net/arp").expect("the kernel's table");
    let line = neighbours.lines().find(|line| line.starts_with(&chip));
    let mac = MAC.map(|byte| format!("{byte:02x}")).join(":");
    assert!(
        line.is_some_and(|line| line.contains(&mac) && line.contains(INTERFACE)),
        "{neighbours}"
    );
}
