//! The program's end of a chip: its SPI, its /RESET and its /INT.

use super::World;
use super::state::{State, Station};
use crate::chip::{Chip, ChipCounters, ChipOptions};

/// A chip on the wire. Cheap to clone; may be used from any thread. No call blocks.
#[derive(Clone)]
pub struct ChipHandle {
    world: World,
    port: usize,
}

impl World {
    /// Put a chip on the wire, as it is after power-up.
    pub fn add_chip(&self, options: ChipOptions) -> ChipHandle {
        let port = self.with(|state| state.plug(Station::Chip(Box::new(Chip::new(options)))));
        ChipHandle {
            world: self.clone(),
            port,
        }
    }
}

impl ChipHandle {
    /// The world the chip is in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Exchange SPI frames in place, /SCS down before and up after each one. On the virtual clock
    /// each takes 2290 ns ([`World::set_frame_time`]).
    pub fn transfer(&self, frames: &mut [[u8; 4]]) {
        self.world.with(|state| state.transfer(self.port, frames));
    }

    /// Like [`transfer`](Self::transfer), for frames one after the other in `bytes`. Bytes left
    /// over at the end (fewer than four) are not touched.
    pub fn transfer_bytes(&self, bytes: &mut [u8]) {
        let (frames, _) = bytes.as_chunks_mut::<4>();
        self.transfer(frames);
    }

    /// Drive chip select: true (low) selects the chip. With [`clock_byte`](Self::clock_byte), for
    /// a master that does it by hand; threads that do so at once get into each other's frames.
    pub fn select(&self, low: bool) {
        self.with(|chip| chip.select(low));
    }

    /// Clock one byte in: what the chip drove meanwhile. On the virtual clock it takes a quarter
    /// of a frame.
    pub fn clock_byte(&self, mosi: u8) -> u8 {
        self.world.with(|state| state.clock_byte(self.port, mosi))
    }

    /// Drive the /RESET pin: true holds the chip in reset.
    pub fn reset(&self, asserted: bool) {
        self.with_state(|state, port| {
            let now = state.now();
            chip(state, port).reset_pin(now, asserted);
        });
    }

    /// /INT is low: the chip wants attention.
    pub fn int_low(&self) -> bool {
        self.with(|chip| chip.int_low())
    }

    /// How often /INT has fallen so far: what a handler of its edges counts that misses none.
    pub fn int_edges(&self) -> u64 {
        self.with_state(|state, port| state.edges(port))
    }

    /// What the chip has counted since it was made.
    pub fn counters(&self) -> ChipCounters {
        self.with(|chip| *chip.counters())
    }

    /// Pull the Ethernet cable, or put it back.
    pub fn plug(&self, plugged: bool) {
        self.with_state(|state, port| state.wire.plug(port, plugged));
    }

    /// Look into the chip or set its faults.
    pub fn with<R>(&self, use_chip: impl FnOnce(&mut Chip) -> R) -> R {
        self.with_state(|state, port| use_chip(chip(state, port)))
    }

    fn with_state<R>(&self, use_state: impl FnOnce(&mut State, usize) -> R) -> R {
        self.world.with(|state| {
            let result = use_state(state, self.port);
            state.touched(self.port);
            result
        })
    }
}

fn chip(state: &mut State, port: usize) -> &mut Chip {
    let Station::Chip(chip) = state.station(port) else {
        unreachable!("a chip's handle names a chip's port")
    };
    chip
}
