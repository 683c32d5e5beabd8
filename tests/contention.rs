//! Tasks that want the library's lock at the same time.
//!
//! This is a program of its own because what wakes tasks is one for the whole program: another
//! test would keep these awake.

mod support;

use support::bus::Line;
use support::threads::{self, Job};
use support::*;
use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::error::Error;
use w5100_sim::World;

/// For how long the tasks wait.
const IDLE_MS: u32 = 2000;

/// A line on which every transfer takes a millisecond, in which other tasks may run.
struct SlowLine(Line, World);

impl FrameTransfer for SlowLine {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        self.1.run_for(1);
        self.0.transfer(frames)
    }
}

/// Frames that so many tasks cost which wait for datagrams that never come.
fn idle_frames(tasks: u16) -> u64 {
    let lab = Lab::over(Setup::default(), |chip| {
        let world = chip.world().clone();
        SpiBus::new(SlowLine(Line(chip), world))
    });
    lab.enable().expect("the chip answers");
    let open = |number| {
        let handle = lab.udp();
        lab.bind(handle, 1000 + number).expect("a socket is free");
        lab.timeouts(handle, IDLE_MS, 0);
        handle
    };
    let handles: Vec<_> = (0..tasks).map(open).collect();
    let before = lab.chip.counters().frames;
    let wait = |handle| -> Job<'_, _> {
        let device = lab.device();
        Box::new(move || device.receive_from(handle, &mut [0], false, false))
    };
    for outcome in threads::run(&lab.world, handles.into_iter().map(wait).collect()) {
        assert_eq!(outcome, Err(Error::WouldBlock));
    }
    lab.chip.counters().frames - before
}

#[test]
fn idle_tasks_do_not_keep_each_other_awake() {
    let [alone, together] = [1, 4].map(idle_frames);
    // Each looks as often as if it were alone, give or take the order of the threads.
    assert!(together < 5 * alone, "{together} frames, {alone} for one");
}
