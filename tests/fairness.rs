//! Eight threads push data on four sessions of one chip: none starves.
//!
//! A program of its own, since what wakes tasks is one for the whole program.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use support::bus::Line;
use support::threads::{self, Job};
use support::*;
use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::error::Error;
use w5100::stack::{Handle, ready};
use w5100_sim::{Service, World};

type SlowLab = Lab<SpiBus<SlowLine>>;

/// For how long they push.
const RUN_MS: u32 = 3000;
/// No thread moves nothing for longer. Seven others want the chip, for some milliseconds each.
const LONGEST_MS: u32 = 300;
const CHUNK: usize = 1000;
/// Frames of a millisecond at 14 MHz.
const FRAMES_PER_MS: usize = 437;

/// A line on which frames take their time, in which other tasks may run. No time passes before all
/// of them wait, so it does not matter which of them this computer lets run.
struct SlowLine {
    line: Line,
    world: World,
    owed: usize,
}

impl FrameTransfer for SlowLine {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        self.owed += frames.len();
        while self.owed >= FRAMES_PER_MS {
            self.owed -= FRAMES_PER_MS;
            self.world.run_for(1);
        }
        self.line.transfer(frames)
    }
}

fn lab() -> SlowLab {
    let lab = Lab::over(Setup::default(), |chip| {
        let world = chip.world().clone();
        world.set_frame_time(0);
        SpiBus::new(SlowLine {
            line: Line(chip),
            world,
            owed: 0,
        })
    });
    lab.enable().expect("the chip answers");
    lab
}

/// What a thread did: bytes, and the longest time without any.
#[derive(Clone, Copy, Debug)]
struct Share {
    bytes: usize,
    longest_ms: u32,
}

/// Moves bytes until the socket is closed.
fn push(lab: &SlowLab, mut step: impl FnMut() -> w5100::error::Result<usize>) -> Share {
    let mut share = Share {
        bytes: 0,
        longest_ms: 0,
    };
    let mut last = lab.world.now_ms();
    loop {
        let moved = step();
        let now = lab.world.now_ms();
        match moved {
            Ok(bytes) => share.bytes += bytes,
            Err(error) => {
                assert_eq!(error, Error::BadHandle);
                return share;
            }
        }
        share.longest_ms = share.longest_ms.max(now - last);
        last = now;
    }
}

/// A writer and a reader of each session; `hog` as a ninth thread that looks without waiting.
fn shares(hog: bool) -> Vec<Share> {
    let lab = lab();
    let listener = lab.listener(PORT, 4);
    let (sessions, _peers): (Vec<Handle>, Vec<_>) = (0..4)
        .map(|_| {
            lab.await_armed(1000);
            let peer = lab.client();
            peer.set_service(Service::Echo);
            (lab.accept(listener).expect("a client waits"), peer)
        })
        .unzip();
    let over = AtomicBool::new(false);
    let mut jobs: Vec<Job<'_, Option<Share>>> = Vec::new();
    for handle in sessions.iter().copied() {
        let lab = &lab;
        let write = move || lab.device().send(handle, &[7; CHUNK], false);
        let read = move || lab.device().receive(handle, &mut [0; CHUNK], false, false);
        jobs.push(Box::new(move || Some(push(lab, write))));
        jobs.push(Box::new(move || Some(push(lab, read))));
    }
    if hog {
        jobs.push(Box::new(|| {
            while !over.load(Ordering::SeqCst) {
                lab.poll(sessions[0], ready::IN, Some(0));
            }
            None
        }));
    }
    jobs.push(Box::new(|| {
        lab.world.run_for(RUN_MS);
        over.store(true, Ordering::SeqCst);
        lab.device().close_each();
        None
    }));
    let shares = threads::run(&lab.world, jobs);
    lab.assert_clean();
    shares.into_iter().flatten().collect()
}

fn assert_fair(shares: &[Share]) {
    println!("{shares:?}");
    for role in 0..2 {
        let bytes: Vec<_> = shares.iter().skip(role).step_by(2).collect();
        let total: usize = bytes.iter().map(|share| share.bytes).sum();
        assert!(
            total > RUN_MS as usize,
            "hardly anything was moved: {shares:?}"
        );
        for share in &bytes {
            assert!(share.bytes * bytes.len() * 2 >= total, "{shares:?}");
            assert!(share.longest_ms <= LONGEST_MS, "{shares:?}");
        }
    }
}

#[test]
fn w5_none_of_eight_threads_starves() {
    assert_fair(&shares(false));
}

#[test]
fn w5_none_of_eight_threads_starves_beside_one_that_never_waits() {
    assert_fair(&shares(true));
}
