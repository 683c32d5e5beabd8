//! A device over the tiny chip, whose port and bus are places where tasks switch.

use std::sync::{Arc, Mutex};

use crate::tiny::{self, Peer, TinyChip};
use crate::world::{Job, World, alone, step};
use w5100::bus::{Bus, BusError, Traffic};
use w5100::error::Result;
use w5100::port::Port;
use w5100::stack::{self, Device, Endpoint, Handle, Kind, PollEntry};
use w5100::sync;
use w5100::time::{Clock, FOREVER};

pub(crate) const PEER: Endpoint = Endpoint {
    ip: [192, 168, 1, 10],
    port: 7,
};

pub(crate) type ChipCell = Arc<Mutex<TinyChip>>;

/// What is wrong with the port.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// `wait` looks at the epoch, and then goes to sleep as a second step.
    LooksTooEarly,
    /// `wait` goes by `notify` alone.
    NeverTimesOut,
    /// `notify` does nothing.
    Mute,
}

#[derive(Clone)]
pub(crate) struct Board {
    world: Arc<World>,
    chip: ChipCell,
    wired: bool,
    flaw: Flaw,
}

impl Clock for Board {
    // Time stands still while a task runs, so nobody needs to come in here.
    fn now_ms(&self) -> u32 {
        self.world.now()
    }
}

impl Port for Board {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        match self.flaw {
            Flaw::LooksTooEarly => {
                if sync::epoch() == seen {
                    step();
                    self.world.sleep(timeout_ms, true);
                }
            }
            Flaw::NeverTimesOut => self.world.wait(seen, u32::MAX),
            Flaw::None | Flaw::Mute => self.world.wait(seen, timeout_ms),
        }
    }

    fn notify(&self) {
        if self.flaw != Flaw::Mute {
            self.world.notify();
        }
    }

    fn lock(&self) -> *const () {
        step();
        std::ptr::null()
    }

    fn unlock(&self, _taken: *const ()) {
        step();
    }

    fn interrupt(&self) -> Option<bool> {
        step();
        self.wired.then(|| self.chip.lock().unwrap().interrupts())
    }
}

pub(crate) struct Wires(Board);

impl Wires {
    fn access(&self, access: impl FnOnce(&mut TinyChip)) {
        step();
        let now = self.0.world.now();
        let mut chip = self.0.chip.lock().unwrap();
        chip.now = now;
        access(&mut chip);
    }
}

impl Bus for Wires {
    fn read(&mut self, address: u16, data: &mut [u8]) -> std::result::Result<(), BusError> {
        self.access(|chip| {
            for (at, byte) in (usize::from(address)..).zip(data) {
                *byte = chip.read(at);
            }
        });
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> std::result::Result<(), BusError> {
        self.access(|chip| {
            for (at, byte) in (usize::from(address)..).zip(data) {
                chip.write(at, *byte);
            }
        });
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// /INT is not wired.
    pub(crate) polled: bool,
    pub(crate) flaw: Flaw,
    pub(crate) peer: Peer,
}

/// An enabled device whose one hardware socket has rings of 1 KiB.
pub(crate) struct Rig {
    pub(crate) world: Arc<World>,
    pub(crate) chip: ChipCell,
    pub(crate) board: Board,
    pub(crate) devices: [Device<Wires, Board>; 1],
}

impl Rig {
    pub(crate) fn new(setup: Setup) -> Arc<Self> {
        let world = World::new();
        let chip = Arc::new(Mutex::new(TinyChip::new(setup.peer)));
        let board = Board {
            world: world.clone(),
            chip: chip.clone(),
            wired: !setup.polled,
            flaw: setup.flaw,
        };
        let device = Device::new(Wires(board.clone()), board.clone(), 0);
        alone(|| device.with(|stack| stack.enable(&tiny::network(), [0; 4], 1)))
            .expect("the chip answers");
        Arc::new(Self {
            world,
            chip,
            board,
            devices: [device],
        })
    }

    pub(crate) fn device(&self) -> &Device<Wires, Board> {
        &self.devices[0]
    }

    /// The chip, in the hands of its peer.
    pub(crate) fn chip<T>(&self, action: impl FnOnce(&mut TinyChip) -> T) -> T {
        step();
        action(&mut self.chip.lock().unwrap())
    }

    pub(crate) fn tcp(&self) -> Handle {
        self.socket(Kind::Tcp)
    }

    pub(crate) fn socket(&self, kind: Kind) -> Handle {
        self.device()
            .with(|stack| stack.socket(kind))
            .expect("a slot is free")
    }

    /// A connection, made before the tasks begin.
    pub(crate) fn connected(&self) -> Handle {
        alone(|| {
            let handle = self.tcp();
            self.device().connect(handle, PEER).expect("the peer is up");
            handle
        })
    }

    pub(crate) fn close(&self, handle: Handle) {
        self.device()
            .with(|stack| stack.close(handle))
            .expect("the handle is valid");
    }

    /// poll on one handle, for ever; what there is.
    pub(crate) fn poll(&self, handle: Handle, events: i16) -> Result<i16> {
        let mut set = [PollEntry {
            fd: handle.raw(),
            events,
            revents: 0,
        }];
        assert_eq!(stack::poll(&self.devices, &mut set, FOREVER)?, 1);
        Ok(set[0].revents)
    }

    /// A job of a task of this rig.
    pub(crate) fn job(self: &Arc<Self>, job: impl FnOnce(&Rig) + Send + 'static) -> Job {
        let rig = self.clone();
        Box::new(move || job(&rig))
    }

    pub(crate) fn run(&self, jobs: Vec<Job>) {
        self.world.run(jobs);
    }
}
