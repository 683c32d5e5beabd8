//! The wire from the chip's /INT to the board, and the handler of its falling edges.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use w5100::port::Port;
use w5100::sync;

use super::Lab;
use super::board::Board;
use w5100::bus::Bus;

type Handler = Box<dyn Fn() + Send + Sync>;

/// What becomes of the edges. By default a sleeping task hears them by itself.
#[derive(Clone, Default)]
pub(crate) struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    handler: Mutex<Option<Handler>>,
    /// Edges that were handled, or lost.
    seen: AtomicU64,
    runs: AtomicU32,
    deaf: AtomicBool,
    stuck: Mutex<Option<bool>>,
    sleeps: AtomicU32,
}

impl Interrupts {
    /// How often the handler ran.
    pub(crate) fn runs(&self) -> u32 {
        self.0.runs.load(Ordering::SeqCst)
    }

    /// How often a task went to sleep.
    pub(crate) fn sleeps(&self) -> u32 {
        self.0.sleeps.load(Ordering::SeqCst)
    }

    /// Edges get lost from now on, or no more.
    pub(crate) fn swallow(&self, deaf: bool) {
        self.0.deaf.store(deaf, Ordering::SeqCst);
    }

    /// The board sees the line low (true) or high for ever, whatever the chip does.
    pub(crate) fn break_wire(&self, low: bool) {
        *self.0.stuck.lock().unwrap() = Some(low);
    }

    /// What the board sees of a line that is `low` at the chip.
    pub(super) fn seen_low(&self, low: bool) -> bool {
        self.0.stuck.lock().unwrap().unwrap_or(low)
    }

    fn is_broken(&self) -> bool {
        self.0.stuck.lock().unwrap().is_some()
    }

    /// Runs the handler once for each of the chip's `edges` that is new.
    fn serve(&self, edges: u64) {
        let before = self.0.seen.fetch_max(edges, Ordering::SeqCst);
        if self.is_broken() || self.0.deaf.load(Ordering::SeqCst) {
            return;
        }
        for _ in before..edges {
            self.0.runs.fetch_add(1, Ordering::SeqCst);
            if let Some(handler) = &*self.0.handler.lock().unwrap() {
                handler();
            }
        }
    }

    /// The sleep of a task that hears of an edge through the handler alone; false if there is none.
    pub(super) fn sleep(&self, board: &Board, seen: u32, timeout_ms: u32) -> bool {
        self.0.sleeps.fetch_add(1, Ordering::SeqCst);
        if self.0.handler.lock().unwrap().is_none() {
            return false;
        }
        let world = board.chip.world();
        let end = world.now() + u64::from(timeout_ms) * 1000;
        loop {
            let token = world.events();
            self.serve(board.chip.int_edges());
            let now = world.now();
            if sync::epoch() != seen || now >= end {
                return true;
            }
            world.wait(token, (end - now).div_ceil(1000) as u32);
        }
    }
}

impl<B: Bus + Send> Lab<B> {
    /// Has a handler run at each edge that does what every port's does, and no more.
    pub(crate) fn handle_interrupts(&'static self)
    where
        Board: Port,
    {
        let handler: Handler = Box::new(|| self.device().wake());
        let state = &self.interrupts.0;
        state.seen.store(self.chip.int_edges(), Ordering::SeqCst);
        *state.handler.lock().unwrap() = Some(handler);
    }
}
