//! A TAP device: an Ethernet port whose other end is a network interface of this computer.

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use crate::node::{Micros, Node};

const TOKEN: Token = Token(0);
/// An Ethernet header with a VLAN tag, and the largest MTU that a TAP device can have.
const MAX_FRAME: usize = 18 + 65_521;
/// Frames taken in at one instant. The next are due a microsecond later, so that a host which
/// sends without end leaves the others their turn.
const BURST: usize = 64;

/// What this computer's network interface does.
pub(crate) struct Tap {
    device: SyncDevice,
    /// There may be frames to read: the kernel tells only when new ones come.
    readable: bool,
    buffer: Box<[u8]>,
}

impl Tap {
    /// Opens the device `name`, which is made if there is none. With `host`, an address and the
    /// length of its network's prefix, it is given that address and brought up.
    pub(crate) fn open(name: &str, host: Option<(Ipv4Addr, u8)>) -> io::Result<Self> {
        // A device without a name would be any that the kernel finds.
        if name.is_empty() || host.is_some_and(|(_, prefix)| prefix > 32) {
            let text = format!("TAP device {name:?}: no name, or a prefix of more than 32 bits");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let device = attach(name, host).map_err(|error| explain(name, &error))?;
        Ok(Self {
            device,
            readable: true,
            buffer: vec![0; MAX_FRAME].into(),
        })
    }

    /// Have `registry` tell when frames come.
    pub(crate) fn watch(&self, registry: &Registry) -> io::Result<()> {
        registry.register(
            &mut SourceFd(&self.device.as_raw_fd()),
            TOKEN,
            Interest::READABLE,
        )
    }

    /// Something happened to the device.
    pub(crate) fn host_event(&mut self, event: &Event) {
        self.readable |= event.token() == TOKEN;
    }
}

fn attach(name: &str, host: Option<(Ipv4Addr, u8)>) -> io::Result<SyncDevice> {
    let device = DeviceBuilder::new().layer(Layer::L2).name(name);
    let device = match host {
        Some((address, prefix)) => device.ipv4(address, prefix, None),
        None => device.inherit_enable_state(),
    };
    let device = device.build_sync()?;
    device.set_nonblocking(true)?;
    Ok(device)
}

/// The error again, with what has to be done about it.
fn explain(name: &str, error: &io::Error) -> io::Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => {
            "; needed: /dev/net/tun, readable and writable, and CAP_NET_ADMIN in this network \
             namespace (root has it, and so has a program under `unshare --map-root-user --net`)"
        }
        ErrorKind::NotFound => "; this kernel has no TUN/TAP driver (module tun)",
        ErrorKind::ResourceBusy => "; another program has that device open",
        _ => "",
    };
    io::Error::new(error.kind(), format!("TAP device {name}: {error}{advice}"))
}

impl Node for Tap {
    fn receive(&mut self, _: Micros, frame: &[u8]) {
        // Refused while the interface is down: lost, as on a cable that leads nowhere.
        let _ = self.device.send(frame);
    }

    fn poll(&mut self, _: Micros, out: &mut Vec<Vec<u8>>) {
        for _ in 0..BURST {
            match self.device.recv(&mut self.buffer) {
                Ok(length) => out.push(self.buffer[..length].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Nothing more to read, or the interface is gone; an event tells of more.
                Err(_) => {
                    self.readable = false;
                    break;
                }
            }
        }
    }

    fn wake_at(&self, now: Micros) -> Option<Micros> {
        self.readable.then_some(now)
    }
}
