//! The system round the simulated chip.

use std::ptr;

use super::bus::Observer;
use super::handler::Interrupts;
use w5100::port::Port;
use w5100::sync;
use w5100::time::Clock;
use w5100_sim::ChipHandle;

/// A call that blocks for longer in the simulated world never ends.
const STUCK_MS: u32 = 600_000;

/// The board: a virtual clock, /RESET, and /INT if it is wired.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) chip: ChipHandle,
    pub(crate) wired: bool,
    pub(crate) reset_pin: bool,
    /// What the clock shows when the world begins.
    pub(crate) began_ms: u32,
    /// Runs whenever the library enters or leaves its lock.
    pub(crate) observer: Observer,
    pub(crate) interrupts: Interrupts,
}

impl Clock for Board {
    fn now_ms(&self) -> u32 {
        self.began_ms.wrapping_add(self.chip.world().now_ms())
    }
}

impl Port for Board {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        let world = self.chip.world();
        assert!(world.now_ms() < STUCK_MS, "a call never ends");
        if self.interrupts.sleep(self, seen, timeout_ms) {
            return;
        }
        let token = world.events();
        if sync::epoch() == seen {
            world.wait(token, timeout_ms);
        }
    }

    fn notify(&self) {
        self.chip.world().notify();
    }

    fn lock(&self) -> *const () {
        self.observer.step();
        ptr::null()
    }

    fn unlock(&self, _mutex: *const ()) {
        self.observer.step();
    }

    fn interrupt(&self) -> Option<bool> {
        self.wired
            .then(|| self.interrupts.seen_low(self.chip.int_low()))
    }

    fn reset(&self, asserted: bool) -> bool {
        if self.reset_pin {
            self.chip.reset(asserted);
        }
        self.reset_pin
    }
}
