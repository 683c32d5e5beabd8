//! A TCP/IP host: smoltcp behind an Ethernet port made of two queues.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Cidr};

use crate::node::Micros;

/// Ethernet header and 1500 bytes of IP.
const MAX_FRAME: usize = 1514;
/// Where a host's ephemeral ports begin (RFC 6335, section 6).
const FIRST_EPHEMERAL: u16 = 49_152;

/// How a host is known on its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Ethernet address.
    pub mac: [u8; 6],
    /// IP address.
    pub ip: Ipv4Addr,
    /// Subnet mask. A mask with holes is read as the ones it begins with.
    pub mask: Ipv4Addr,
    /// Default gateway, if there is one.
    pub gateway: Option<Ipv4Addr>,
}

/// A MAC made from the address, a /24 mask and no gateway.
impl From<Ipv4Addr> for Identity {
    fn from(ip: Ipv4Addr) -> Self {
        let [a, b, c, d] = ip.octets();
        // 02: locally administered.
        let mac = [0x02, 0x50, a, b, c, d];
        Self {
            mac,
            ip,
            mask: Ipv4Addr::new(255, 255, 255, 0),
            gateway: None,
        }
    }
}

pub(crate) struct Host {
    pub(crate) ip: Ipv4Addr,
    pub(crate) interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    queues: Queues,
    wake: Option<Micros>,
    next_ephemeral: u16,
}

impl Host {
    pub(crate) fn new(identity: &Identity, seed: u64) -> Self {
        let mut queues = Queues::default();
        let mut config = Config::new(EthernetAddress(identity.mac).into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut queues, Instant::ZERO);
        let prefix = u32::from(identity.mask).leading_ones() as u8;
        let address = IpCidr::Ipv4(Ipv4Cidr::new(identity.ip, prefix));
        interface.update_ip_addrs(|list| list.push(address).expect("room for one address"));
        if let Some(gateway) = identity.gateway {
            let routes = interface.routes_mut();
            routes
                .add_default_ipv4_route(gateway)
                .expect("room for one route");
        }
        let sockets = SocketSet::new(Vec::new());
        Self {
            ip: identity.ip,
            interface,
            sockets,
            queues,
            wake: None,
            next_ephemeral: FIRST_EPHEMERAL,
        }
    }

    /// A port for the host's own end of a connection: each is used once before one is used again.
    pub(crate) fn ephemeral_port(&mut self) -> u16 {
        let port = self.next_ephemeral;
        self.next_ephemeral = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL);
        port
    }

    /// Queue a frame; `poll` takes it in.
    pub(crate) fn receive(&mut self, frame: &[u8]) {
        self.queues.received.push_back(frame.to_vec());
    }

    /// Say that a socket was used from outside, so that `poll` is called at once.
    pub(crate) fn touch(&mut self) {
        self.wake = Some(0);
    }

    pub(crate) fn poll(&mut self, now: Micros, out: &mut Vec<Vec<u8>>) {
        let time = Instant::from_micros(now as i64);
        self.interface
            .poll(time, &mut self.queues, &mut self.sockets);
        out.append(&mut self.queues.sent);
        let wake = self.interface.poll_at(time, &self.sockets);
        self.wake = wake.map(|at| at.total_micros().max(0) as Micros);
    }

    pub(crate) fn wake_at(&self, now: Micros) -> Option<Micros> {
        if self.queues.received.is_empty() {
            self.wake
        } else {
            Some(now)
        }
    }
}

/// The Ethernet port: frames that came in, frames to go out.
#[derive(Default)]
struct Queues {
    received: VecDeque<Vec<u8>>,
    sent: Vec<Vec<u8>>,
}

struct Received(Vec<u8>);

struct Sender<'a>(&'a mut Vec<Vec<u8>>);

impl Device for Queues {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sender<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sender<'_>)> {
        let frame = self.received.pop_front()?;
        Some((Received(frame), Sender(&mut self.sent)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sender<'_>> {
        Some(Sender(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities
    }
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sender<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.push(frame);
        result
    }
}
