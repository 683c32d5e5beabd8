//! The world: a clock, a wire, and what is plugged into it.
//!
//! All state is behind one lock; handles are cheap to clone and may be used from any thread.
//! Nothing is ever called back with the lock held, but a [`Filter`].
//!
//! # The virtual clock
//! [`World::wire`] has a clock of its own, which moves only
//! - by the time an SPI frame takes (2290 ns, [`World::set_frame_time`]),
//! - by 1 us for each [`World::now_ms`], so that a loop which only reads the clock ends,
//! - and to the next thing that is due, when every thread waits: [`World::wait`],
//!   [`World::run_for`], [`World::run_until`].
//!
//! Which threads there are must be said with [`World::enter_thread`] when there are several. A
//! thread that takes part must not block on anything but the world: time would stand still. With
//! one thread, all is deterministic: the same seed and the
//! same calls give the same [`World::trace_hash`].
//!
//! # Real time
//! [`World::forward`], [`World::tap`] and [`World::wire_in_real_time`] use the clock of the
//! machine; a thread of the world's own does what is due.

mod chip_handle;
mod engine;
mod state;
mod thread;
pub mod trace;
mod waiting;

pub use chip_handle::ChipHandle;
pub use thread::ThreadGuard;
pub use trace::Recorded;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;

use crate::net::forward::Gateway;
use crate::net::host::Identity;
use crate::net::link::Link;
use crate::net::peer::{Peer, PeerHandle};
use crate::net::tap::Tap;
use crate::net::wire::Filter;
use crate::node::Micros;
use crate::pcap::Pcap;
use engine::Owner;
use state::{Clock, State, Station};

/// What reading the virtual clock costs: see the module's text.
const NOW_MS_COST_NS: u64 = 1_000;

/// A handle to the world. It ends when the last handle to it or to something in it is dropped.
#[derive(Clone)]
pub struct World {
    owner: Arc<Owner>,
}

impl World {
    /// A wire with a virtual clock. All that is random comes from `seed`.
    pub fn wire(seed: u64) -> Self {
        Self {
            owner: Arc::new(Owner::at_rest(State::new(
                Clock::Virtual,
                seed,
                Link::default(),
            ))),
        }
    }

    /// A wire without latency, in real time.
    ///
    /// # Errors
    /// When the machine refuses the thread or the means to wake it.
    pub fn wire_in_real_time(seed: u64) -> io::Result<Self> {
        Ok(Self {
            owner: Arc::new(Owner::running(real_time_state(seed), |_, _| Ok(()))?),
        })
    }

    /// A network in real time whose gateway, `identity`, is this computer's loopback interface:
    /// TCP connections and datagrams of a chip to its address reach the same port of 127.0.0.1.
    ///
    /// # Errors
    /// When the machine refuses the thread or the means to wait for sockets.
    pub fn forward(identity: impl Into<Identity>) -> io::Result<Self> {
        let identity = identity.into();
        let owner = Owner::running(real_time_state(0), |state, registry| {
            let seed = state.wire.seed();
            let gateway = Gateway::new(&identity, registry, seed);
            state.plug(Station::Gateway(Box::new(gateway)));
            Ok(())
        })?;
        Ok(Self {
            owner: Arc::new(owner),
        })
    }

    /// A network in real time that ends in a network interface of this computer: the TAP device
    /// `name`, whose peer for TCP, UDP, ARP and ping is this computer's kernel. Nothing is led
    /// elsewhere: a chip needs an address of its own in that network.
    ///
    /// A device that is not there is made, and goes with the world. `host` is the address that
    /// the interface gets, with the length of its network's prefix (0 to 32); it is brought up
    /// then. `None` takes the interface as it is, such as one that an administrator has made for
    /// this user.
    ///
    /// It happens in the network namespace of the calling thread:
    /// see [`own_network`](crate::own_network).
    ///
    /// # Errors
    /// `PermissionDenied` when this takes more privileges than the program has: it needs
    /// `/dev/net/tun` and, but for a device made for its user, CAP_NET_ADMIN in that namespace.
    /// `NotFound` when the kernel knows no TAP devices, `ResourceBusy` when another program has
    /// this one, `InvalidInput` for a name that is empty, too long (16 bytes and more), or that
    /// of an interface of another kind. The error's text says what to do.
    pub fn tap(name: &str, host: Option<(Ipv4Addr, u8)>) -> io::Result<Self> {
        let tap = Tap::open(name, host)?;
        let owner = Owner::running(real_time_state(0), |state, registry| {
            tap.watch(&registry)?;
            state.plug(Station::Tap(tap));
            Ok(())
        })?;
        Ok(Self {
            owner: Arc::new(owner),
        })
    }

    /// Lead TCP port `host_port` of 127.0.0.1 (0: any free one) to a chip: the port it is.
    ///
    /// # Errors
    /// When the port is taken; `Unsupported` when the world was not made by
    /// [`forward`](Self::forward).
    pub fn forward_port(
        &self,
        host_port: u16,
        chip_ip: Ipv4Addr,
        chip_port: u16,
    ) -> io::Result<u16> {
        let chip = SocketAddrV4::new(chip_ip, chip_port);
        self.with_gateway(|gateway| gateway.forward_tcp(host_port, chip))
    }

    /// Likewise for UDP: each sender is answered at the address it sent from.
    ///
    /// # Errors
    /// As for [`forward_port`](Self::forward_port).
    pub fn forward_udp_port(
        &self,
        host_port: u16,
        chip_ip: Ipv4Addr,
        chip_port: u16,
    ) -> io::Result<u16> {
        let chip = SocketAddrV4::new(chip_ip, chip_port);
        self.with_gateway(|gateway| gateway.forward_udp(host_port, chip))
    }

    fn with_gateway<R>(
        &self,
        use_gateway: impl FnOnce(&mut Gateway) -> io::Result<R>,
    ) -> io::Result<R> {
        self.with(|state| {
            let gateway = state.gateway().ok_or(io::ErrorKind::Unsupported)?;
            use_gateway(gateway)
        })
    }

    /// Put a scripted host on the wire. Its MAC must be its own.
    pub fn add_peer(&self, identity: Identity) -> PeerHandle {
        let port = self.with(|state| {
            let seed = state.wire.seed();
            state.plug(Station::Peer(Box::new(Peer::new(&identity, seed))))
        });
        PeerHandle::new(self.clone(), port)
    }

    /// Put a peer on the wire with a MAC made from its address, a /24 mask and no gateway.
    pub fn add_simple_peer(&self, ip: Ipv4Addr) -> PeerHandle {
        self.add_peer(ip.into())
    }

    /// Microseconds since the world began. Reading costs nothing.
    pub fn now(&self) -> Micros {
        self.with(|state| state.now())
    }

    /// Milliseconds since the world began, wrapping. On a virtual clock each call takes 1 us.
    pub fn now_ms(&self) -> u32 {
        self.with(|state| {
            state.spend(NOW_MS_COST_NS);
            (state.now() / 1_000) as u32
        })
    }

    /// What one SPI frame takes on the virtual clock, in nanoseconds. At first 2290, which is
    /// 32 bits at 14 MHz.
    pub fn set_frame_time(&self, nanoseconds: u32) {
        self.with(|state| state.frame_ns = nanoseconds.into());
    }

    /// How the wire treats frames now.
    pub fn link(&self) -> Link {
        self.with(|state| state.wire.link)
    }

    /// Change how the wire treats frames sent from now on.
    pub fn set_link(&self, link: Link) {
        self.with(|state| state.wire.link = link);
    }

    /// Draw what is random about the link anew from `seed`, from the next frame on. A wire begins
    /// with its own seed, the other networks with 0.
    pub fn seed_link(&self, seed: u64) {
        self.with(|state| state.wire.reseed(seed));
    }

    /// Lose every frame for which `filter` gives false; `None` ends it. The filter runs inside
    /// the world and must not call into it.
    pub fn set_filter(&self, filter: Option<Filter>) {
        self.with(|state| state.wire.filter = filter);
    }

    /// Write all frames put on the wire from now on, lost ones too, to a pcap file.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn capture(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let capture = Pcap::create(path.as_ref())?;
        self.with(|state| state.wire.trace.start_capture(capture));
        Ok(())
    }

    /// End the capture and write what is buffered. It also ends with the world.
    ///
    /// # Errors
    /// The first error in writing the file since [`capture`](Self::capture).
    pub fn stop_capture(&self) -> io::Result<()> {
        self.with(|state| state.wire.trace.stop_capture())
    }

    /// Keep all frames put on the wire for [`recorded`](Self::recorded), or stop and forget them.
    pub fn record(&self, on: bool) {
        self.with(|state| state.wire.trace.record(on));
    }

    /// Frames put on the wire since the last call, while [`record`](Self::record) is on.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.with(|state| state.wire.trace.take_record())
    }

    /// A hash over all frames put on the wire so far: when, from where and what.
    pub fn trace_hash(&self) -> u64 {
        self.with(|state| state.wire.trace.hash())
    }

    pub(crate) fn with_peer<R>(&self, port: usize, use_peer: impl FnOnce(&mut Peer) -> R) -> R {
        self.with(|state| {
            let Station::Peer(peer) = state.station(port) else {
                unreachable!("a peer's handle names a peer's port")
            };
            let result = use_peer(peer);
            state.touched(port);
            result
        })
    }

    /// Use the state: what was due is done before, what came of it afterwards, and who waits
    /// for that is woken.
    fn with<R>(&self, use_state: impl FnOnce(&mut State) -> R) -> R {
        let shared = &self.owner.shared;
        let mut state = shared.lock();
        state.catch_up();
        let result = use_state(&mut state);
        state.settle();
        shared.publish(&state);
        result
    }
}

fn real_time_state(seed: u64) -> State {
    let link = Link {
        latency_us: 0,
        ..Link::default()
    };
    State::new(Clock::real(), seed, link)
}
