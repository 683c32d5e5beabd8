//! A real network: a chip with an address of its own, and this computer's kernel as its peer.
//!
//! Each test has a network namespace, which ends with the thread that it runs in. Where the
//! privileges are missing it says so and runs on the forward network, unless
//! `W5100_REAL_NETWORK` is `required`.

use std::env;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use w5100_sim::{World, own_network};

use super::{CHIP_IP, GATEWAY};

/// Longer than anything takes but a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The interface of this computer at which the chip is.
pub(crate) const INTERFACE: &str = "w5100";

pub(crate) struct Network {
    pub(crate) world: World,
    real: bool,
}

impl Network {
    /// This computer is [`GATEWAY`] in it, and has the network to itself.
    pub(crate) fn new() -> Self {
        let host = Ipv4Addr::from(GATEWAY);
        let tap = own_network().and_then(|()| World::tap(INTERFACE, Some((host, 24))));
        match tap {
            Ok(world) => Self { world, real: true },
            Err(error) => {
                missing(&format!(
                    "no real network, the forward network instead: {error}"
                ));
                let world = World::forward(host).expect("a thread and a poll");
                Self { world, real: false }
            }
        }
    }

    /// Whether the chip's peer is the kernel itself. If not, what the test wants to do with it
    /// cannot be done, which is said here.
    pub(crate) fn is_real(&self, purpose: &str) -> bool {
        if !self.real {
            missing(&format!("not tested without a real network: {purpose}"));
        }
        self.real
    }

    /// The address at which programs of this computer reach `port` of the chip.
    pub(crate) fn address(&self, port: u16) -> SocketAddr {
        let chip = Ipv4Addr::from(CHIP_IP);
        if self.real {
            (chip, port).into()
        } else {
            let forwarded = self.world.forward_port(0, chip, port);
            (Ipv4Addr::LOCALHOST, forwarded.expect("a free port")).into()
        }
    }
}

/// A connection to the chip, on which no call waits for ever.
#[track_caller]
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("the chip answers");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("not zero");
    stream
}

/// A program of this computer, if it has it; where all is required it must have.
pub(crate) fn program(name: &str) -> Option<Command> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|directory| directory.join(name));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        missing(&format!("not tested: there is no program {name} here"));
    }
    found.map(Command::new)
}

/// What a program prints; it has to end well.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output.stdout
}

/// Says that a part of the test is left out, past the test harness, which keeps what passing
/// tests print; a failure where nothing may be left out.
#[track_caller]
pub(crate) fn missing(what: &str) {
    let required = env::var_os("W5100_REAL_NETWORK").is_some_and(|value| value == "required");
    assert!(!required, "W5100_REAL_NETWORK=required, but: {what}");
    let _ = writeln!(io::stderr(), "note: {what}");
}
