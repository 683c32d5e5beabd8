//! A W5100 on a simulated wire, driven by the library, and two peers.

use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::chip::{Address, MemorySplit, Network};
use w5100::port::Port;
use w5100::stack::{Device, Endpoint, Handle, Kind, Stack};
use w5100::sync;
use w5100::time::Clock;
use w5100_sim::{ChipHandle, ChipOptions, Conn, PeerHandle, Service, World};

pub(crate) const CHIP_IP: [u8; 4] = [192, 168, 1, 201];
pub(crate) const CHIP_PORT: u16 = 80;
pub(crate) const PEER_IP: [u8; 4] = [192, 168, 1, 10];
pub(crate) const OTHER_IP: [u8; 4] = [192, 168, 1, 11];
pub(crate) const PEER_PORT: u16 = 7;

/// Runs of each measurement.
pub(crate) const RUNS: usize = 8;
/// Long enough for a connection, or for all that is under way to arrive.
pub(crate) const SETTLE_MS: u32 = 500;

/// The SPI line of the simulated chip.
pub(crate) struct Line(ChipHandle);

impl FrameTransfer for Line {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        self.0.transfer(frames);
        Ok(())
    }
}

/// The board: a virtual clock, and /INT if it is wired.
#[derive(Clone)]
pub(crate) struct Board {
    chip: ChipHandle,
    wired: bool,
}

impl Clock for Board {
    fn now_ms(&self) -> u32 {
        self.chip.world().now_ms()
    }
}

impl Port for Board {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        let token = self.chip.world().events();
        if sync::epoch() == seen {
            self.chip.world().wait(token, timeout_ms);
        }
    }

    fn notify(&self) {
        self.chip.world().notify();
    }

    fn interrupt(&self) -> Option<bool> {
        self.wired.then(|| self.chip.int_low())
    }

    fn reset(&self, asserted: bool) -> bool {
        self.chip.reset(asserted);
        true
    }
}

/// The device, the wire and the peers.
pub(crate) struct Rig {
    world: World,
    chip: ChipHandle,
    pub(crate) peer: PeerHandle,
    pub(crate) other: PeerHandle,
    /// The one device, as [`w5100::stack::poll`] wants it.
    pub(crate) devices: [Device<SpiBus<Line>, Board>; 1],
}

impl Rig {
    pub(crate) fn new(wired: bool) -> Self {
        let world = World::wire(1);
        let peer = world.add_simple_peer(PEER_IP.into());
        let other = world.add_simple_peer(OTHER_IP.into());
        let chip = world.add_chip(ChipOptions::default());
        let board = Board {
            chip: chip.clone(),
            wired,
        };
        let devices = [Device::new(SpiBus::new(Line(chip.clone())), board, 0)];
        let address = Address {
            gateway: [192, 168, 1, 1],
            mask: [255, 255, 255, 0],
            mac: [0x02, 0, 0, 0, 0, 1],
            ip: CHIP_IP,
        };
        let network = Network {
            address,
            retry_time: 2000,
            retry_count: 8,
            split: MemorySplit::EVEN,
        };
        let rig = Self {
            world,
            chip,
            peer,
            other,
            devices,
        };
        rig.with(|stack| stack.enable(&network, [0; 4], 0));
        rig
    }

    pub(crate) fn device(&self) -> &Device<SpiBus<Line>, Board> {
        &self.devices[0]
    }

    pub(crate) fn with<T>(
        &self,
        action: impl FnOnce(&mut Stack<SpiBus<Line>, Board>) -> w5100::error::Result<T>,
    ) -> T {
        self.device().with(action).expect("the operation succeeds")
    }

    /// Lets everything under way arrive.
    pub(crate) fn settle(&self) {
        self.world.run_for(SETTLE_MS);
    }

    /// Frames that `operation` costs.
    pub(crate) fn frames(&self, operation: impl FnOnce()) -> u64 {
        let before = self.chip.counters().frames;
        operation();
        self.chip.counters().frames - before
    }

    /// The dearest of several runs, each prepared by `prepare` and then settled.
    pub(crate) fn dearest(
        &self,
        mut prepare: impl FnMut(usize),
        mut operation: impl FnMut(usize),
    ) -> u64 {
        let run = |number| {
            prepare(number);
            self.settle();
            self.frames(|| operation(number))
        };
        (0..RUNS).map(run).max().unwrap_or(0)
    }

    pub(crate) fn socket(&self, kind: Kind, nonblocking: bool) -> Handle {
        self.with(|stack| {
            let handle = stack.socket(kind)?;
            stack.settings(handle)?.nonblocking = nonblocking;
            Ok(handle)
        })
    }

    /// A connection of the chip to a peer that drops what it is sent, or keeps it.
    pub(crate) fn connection(&self, service: Service) -> (Handle, Conn) {
        self.peer.listen_service(PEER_PORT, service);
        let handle = self.socket(Kind::Tcp, false);
        self.device()
            .connect(handle, endpoint(PEER_IP, PEER_PORT))
            .expect("the peer accepts");
        self.settle();
        let conn = self
            .peer
            .accept(PEER_PORT)
            .expect("the peer has the connection");
        (handle, conn)
    }

    pub(crate) fn listener(&self) -> Handle {
        let handle = self.socket(Kind::Tcp, true);
        self.with(|stack| stack.bind(handle, endpoint([0; 4], CHIP_PORT)));
        self.with(|stack| stack.listen(handle, 4));
        handle
    }

    pub(crate) fn close(&self, handle: Handle) {
        self.with(|stack| stack.close(handle));
    }

    /// Closes, and lets the background finish it.
    pub(crate) fn retire(&self, handle: Handle) {
        self.close(handle);
        self.settle();
        self.with(Stack::service);
        self.settle();
    }
}

pub(crate) fn endpoint(ip: [u8; 4], port: u16) -> Endpoint {
    Endpoint { ip, port }
}
