//! A device on a simulated wire, and what the tests do with it.
//!
//! Everything runs on the virtual clock of [`World`]: nothing sleeps, and a time limit of a test
//! is one of the simulated world.

// Each test program uses a part of it.
#![allow(dead_code)]

pub(crate) mod board;
pub(crate) mod bus;
#[cfg(feature = "events")]
pub(crate) mod changes;
pub(crate) mod handler;
pub(crate) mod memory;
pub(crate) mod network;
pub(crate) mod tcp;
pub(crate) mod threads;
pub(crate) mod tuning;
pub(crate) mod udp;
#[cfg(feature = "events")]
pub(crate) mod waits;

use std::net::Ipv4Addr;

use board::Board;
use bus::{Line, Observer};
use handler::Interrupts;
use w5100::bus::{Bus, SpiBus};
use w5100::chip::{Address, MemorySplit, Network};
use w5100::error::Result;
use w5100::port::Port;
use w5100::stack::{
    self, Datagram, Device, Endpoint, Handle, Kind, LOCK_FRAMES, PollEntry, SLOTS, Stack,
};
use w5100::time::FOREVER;
use w5100_sim::{ChipHandle, ChipOptions, PeerHandle, World};

pub(crate) const CHIP_IP: [u8; 4] = [192, 168, 1, 201];
pub(crate) const PEER_IP: [u8; 4] = [192, 168, 1, 10];
/// Of a second device on the wire.
pub(crate) const NEIGHBOUR_IP: [u8; 4] = [192, 168, 1, 202];
/// An address that nobody has.
pub(crate) const NOBODY: [u8; 4] = [192, 168, 1, 99];
pub(crate) const GATEWAY: [u8; 4] = [192, 168, 1, 1];
pub(crate) const DNS: [u8; 4] = [192, 168, 1, 2];
pub(crate) const MASK: [u8; 4] = [255, 255, 255, 0];
pub(crate) const MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
/// Where the chip listens.
pub(crate) const PORT: u16 = 80;
/// Where the peer listens.
pub(crate) const PEER_PORT: u16 = 7;
/// RTR of the chip at reset: 200 ms.
pub(crate) const RETRY_TIME: u16 = 2000;
/// RCR of the chip at reset.
pub(crate) const RETRY_COUNT: u8 = 8;
/// Long enough for a handshake, or for what is under way to arrive.
pub(crate) const SETTLE_MS: u32 = 100;
/// Sn_SR of a hardware socket that listens.
pub(crate) const LISTEN: u8 = 0x14;

/// What a [`Lab`] is made of.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) options: ChipOptions,
    pub(crate) split: MemorySplit,
    pub(crate) seed: u32,
    pub(crate) wired: bool,
    pub(crate) reset_pin: bool,
    /// What the device's clock shows when the world begins.
    pub(crate) began_ms: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            options: ChipOptions::default(),
            split: MemorySplit::EVEN,
            seed: 1,
            wired: false,
            reset_pin: true,
            began_ms: 0,
        }
    }
}

impl Setup {
    /// Hardware socket 0 has all the memory, and so is the only one.
    pub(crate) fn one_socket() -> Self {
        Self {
            split: MemorySplit {
                rx: [8, 0, 0, 0],
                tx: [8, 0, 0, 0],
            },
            ..Self::default()
        }
    }
}

/// A device and a peer on one wire.
pub(crate) struct Lab<B = SpiBus<Line>> {
    pub(crate) world: World,
    pub(crate) chip: ChipHandle,
    pub(crate) peer: PeerHandle,
    pub(crate) devices: [Device<B, Board>; 1],
    pub(crate) observer: Observer,
    pub(crate) interrupts: Interrupts,
    network: Network,
    seed: u32,
}

impl Lab {
    /// An enabled device with the memory dealt evenly.
    pub(crate) fn new() -> Self {
        Self::with_setup(Setup::default())
    }

    /// An enabled device over SPI.
    pub(crate) fn with_setup(setup: Setup) -> Self {
        let lab = Self::disabled(setup);
        lab.enable().expect("the chip answers");
        lab
    }

    /// A device over SPI that is still to be enabled.
    pub(crate) fn disabled(setup: Setup) -> Self {
        Self::over(setup, |chip| SpiBus::new(Line(chip)))
    }

    /// An enabled device over SPI in a world that the test has made.
    pub(crate) fn in_world(world: &World, setup: Setup) -> Self {
        let peer = world.add_simple_peer(PEER_IP.into());
        let line = |chip| SpiBus::new(Line(chip));
        let lab = Self::at(world, setup, address(CHIP_IP, MAC), peer, line);
        lab.enable().expect("the chip answers");
        lab
    }

    /// Another device on the same wire, enabled.
    pub(crate) fn neighbour(&self, setup: Setup) -> Self {
        let address = address(NEIGHBOUR_IP, [0x02, 0, 0, 0, 0, 2]);
        let line = |chip| SpiBus::new(Line(chip));
        let lab = Self::at(&self.world, setup, address, self.peer.clone(), line);
        lab.enable().expect("the chip answers");
        lab
    }
}

impl<B: Bus> Lab<B> {
    /// A device that is still to be enabled, over a bus to its chip, on a wire of its own.
    pub(crate) fn over(setup: Setup, bus: impl FnOnce(ChipHandle) -> B) -> Self {
        let world = World::wire(1);
        let peer = world.add_simple_peer(PEER_IP.into());
        Self::at(&world, setup, address(CHIP_IP, MAC), peer, bus)
    }

    fn at(
        world: &World,
        setup: Setup,
        address: Address,
        peer: PeerHandle,
        bus: impl FnOnce(ChipHandle) -> B,
    ) -> Self {
        let chip = world.add_chip(setup.options);
        let observer = Observer::default();
        let interrupts = Interrupts::default();
        let board = Board {
            chip: chip.clone(),
            wired: setup.wired,
            reset_pin: setup.reset_pin,
            began_ms: setup.began_ms,
            observer: observer.clone(),
            interrupts: interrupts.clone(),
        };
        let network = Network {
            address,
            retry_time: RETRY_TIME,
            retry_count: RETRY_COUNT,
            split: setup.split,
        };
        Self {
            devices: [Device::new(bus(chip.clone()), board, 0)],
            world: world.clone(),
            chip,
            peer,
            observer,
            interrupts,
            network,
            seed: setup.seed,
        }
    }

    pub(crate) fn network(&self) -> Network {
        self.network
    }

    pub(crate) fn enable(&self) -> Result<()> {
        self.device()
            .with(|stack| stack.enable(&self.network, DNS, self.seed))
    }

    pub(crate) fn device(&self) -> &Device<B, Board> {
        &self.devices[0]
    }

    /// An operation on the stack that has to succeed.
    #[track_caller]
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Stack<B, Board>) -> Result<T>) -> T {
        self.device().with(action).expect("the operation succeeds")
    }

    /// Serves the chip once, as any call that waits does.
    #[track_caller]
    pub(crate) fn service(&self) {
        self.with(Stack::service);
    }

    /// Lets everything under way arrive, and has the device look at it.
    pub(crate) fn settle(&self) {
        for _ in 0..3 {
            self.world.run_for(SETTLE_MS);
            // A device that is down has nothing to look at.
            let _ = self.device().with(Stack::service);
        }
    }

    /// Milliseconds that `action` takes by the clock that the library has, and its result.
    pub(crate) fn timed<T>(&self, action: impl FnOnce() -> T) -> (T, u32) {
        let start = self.world.now() / 1000;
        let outcome = action();
        (outcome, (self.world.now() / 1000 - start) as u32)
    }

    /// Hardware sockets that a call could have.
    pub(crate) fn free_sockets(&self) -> u32 {
        self.with(|stack| Ok(stack.counters().free_sockets))
    }

    /// Sn_SR of the four hardware sockets.
    pub(crate) fn statuses(&self) -> [u8; 4] {
        self.chip
            .with(|chip| [0x0403, 0x0503, 0x0603, 0x0703].map(|register| chip.peek(register)))
    }

    /// Hardware sockets in LISTEN.
    pub(crate) fn listening(&self) -> usize {
        let statuses = self.statuses();
        statuses.iter().filter(|status| **status == LISTEN).count()
    }

    /// Serves the device until a hardware socket listens, for so many milliseconds at most.
    #[track_caller]
    pub(crate) fn await_armed(&self, limit_ms: u32) {
        for _ in 0..limit_ms / 10 {
            self.service();
            if self.listening() > 0 {
                return;
            }
            self.world.run_for(10);
        }
        panic!("nothing listens");
    }

    /// Handles in use.
    pub(crate) fn open_handles(&self) -> usize {
        let open = |index| self.with(|stack| stack.info(index)).is_some();
        (0..SLOTS).filter(|index| open(*index)).count()
    }

    #[track_caller]
    pub(crate) fn socket(&self, kind: Kind) -> Handle {
        self.with(|stack| stack.socket(kind))
    }

    #[track_caller]
    pub(crate) fn tcp(&self) -> Handle {
        self.socket(Kind::Tcp)
    }

    #[track_caller]
    pub(crate) fn udp(&self) -> Handle {
        self.socket(Kind::Udp)
    }

    #[track_caller]
    pub(crate) fn nonblocking(&self, handle: Handle) {
        self.with(|stack| {
            stack.settings(handle)?.nonblocking = true;
            Ok(())
        });
    }

    #[track_caller]
    pub(crate) fn timeouts(&self, handle: Handle, receive_ms: u32, send_ms: u32) {
        self.with(|stack| {
            let settings = stack.settings(handle)?;
            settings.receive_timeout = receive_ms;
            settings.send_timeout = send_ms;
            Ok(())
        });
    }

    pub(crate) fn bind(&self, handle: Handle, port: u16) -> Result<()> {
        self.device()
            .with(|stack| stack.bind(handle, endpoint([0; 4], port)))
    }

    #[track_caller]
    pub(crate) fn local(&self, handle: Handle) -> Endpoint {
        self.with(|stack| stack.local(handle))
    }

    #[track_caller]
    pub(crate) fn close(&self, handle: Handle) {
        self.with(|stack| stack.close(handle));
    }

    /// revents of one handle; 0 when the time is over.
    #[track_caller]
    pub(crate) fn poll(&self, handle: Handle, events: i16, timeout_ms: Option<u32>) -> i16 {
        let mut set = [PollEntry {
            fd: handle.raw(),
            events,
            revents: 0,
        }];
        let count = stack::poll(
            &self.devices,
            &mut set,
            timeout_ms.unwrap_or(w5100::time::FOREVER),
        )
        .expect("poll succeeds");
        assert_eq!(count, usize::from(set[0].revents != 0));
        set[0].revents
    }

    /// The rules of SPI frames were kept, and the chip was not misused.
    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        let counters = self.chip.counters();
        assert_eq!((counters.violations, counters.misuses), (0, 0));
        self.assert_short_holds();
    }

    /// No hold of the lock was longer than it may be, unless the chip failed.
    #[track_caller]
    fn assert_short_holds(&self) {
        let counters = self.with(|stack| Ok(stack.counters()));
        if counters.echo_errors == 0 && counters.bus_errors == 0 {
            assert!(counters.lock_frames_max <= LOCK_FRAMES);
        }
    }
}

/// Waits for `set`, for ever with `None`.
pub(crate) fn poll<B: Bus, P: Port>(
    devices: &[Device<B, P>],
    set: &mut [PollEntry],
    timeout_ms: Option<u32>,
) -> Result<usize> {
    stack::poll(devices, set, timeout_ms.unwrap_or(FOREVER))
}

/// A datagram of which nothing was cut.
pub(crate) fn datagram(length: usize, from: Endpoint) -> Datagram {
    let length = length as u16;
    Datagram {
        length,
        whole: length,
        from,
    }
}

pub(crate) fn endpoint(ip: [u8; 4], port: u16) -> Endpoint {
    Endpoint { ip, port }
}

pub(crate) fn address(ip: [u8; 4], mac: [u8; 6]) -> Address {
    Address {
        gateway: GATEWAY,
        mask: MASK,
        mac,
        ip,
    }
}

/// The chip's address as the peers write it.
pub(crate) fn chip_ip() -> Ipv4Addr {
    CHIP_IP.into()
}

/// Bytes in which a byte that is lost, doubled or out of place shows.
pub(crate) fn pattern(length: usize, seed: u8) -> Vec<u8> {
    (0..length as u32)
        .map(|at| (at.wrapping_mul(0x9E37_79B1) >> 24) as u8 ^ seed)
        .collect()
}
