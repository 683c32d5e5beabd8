//! A task that holds the library's lock and loses the core never hangs a task that took the core
//! from it, wherever that happens; and would if the lock were one that spins.

mod cpu;
#[cfg(feature = "events")]
mod fairness;

#[path = "../support/frames.rs"]
mod frames;
#[path = "../support/tiny.rs"]
mod tiny;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use cpu::{Core, Hang, Job, Point};
use tiny::{Peer, TinyChip};
use w5100::bus::{BusError, Frame, FrameTransfer, SpiBus};
use w5100::error::Error;
use w5100::port::Port;
use w5100::stack::{self, Direction, Endpoint, Handle, Kind, PollEntry, ready};
use w5100::sync;
use w5100::time::Clock;

type Device = stack::Device<SpiBus<Board>, Board>;

const PEER: Endpoint = Endpoint {
    ip: [192, 168, 1, 10],
    port: 7,
};

/// How a task waits for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// As the library does: it sleeps in the port's `wait`.
    Asleep,
    /// In a mutex of the system, given as the port's `lock`.
    InTheMutex,
    /// The library's own lock as a spin lock: `wait` returns at once.
    Spinning,
    /// A spin lock given as the port's `lock`.
    SpinningInThePort,
}

#[derive(Clone)]
struct Board {
    core: Arc<Core>,
    chip: Arc<Mutex<TinyChip>>,
    waiting: Waiting,
    taken: Arc<AtomicBool>,
    /// How often each task waited, for the lock or the network.
    waits: Arc<[AtomicU32; TASKS]>,
    /// A task that ends in the middle of its wait number so much.
    dies: Option<(usize, u32)>,
}

/// The most tasks of a test.
const TASKS: usize = 3;

/// How a task ends that dies.
struct Died;

impl Board {
    /// The number of this wait of the calling task, from 1.
    fn count_wait(&self) -> u32 {
        self.waits[Core::me()].fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Clock for Board {
    fn now_ms(&self) -> u32 {
        self.core.now_ms()
    }
}

impl Port for Board {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        self.core.point(Point::Port);
        let waits = self.count_wait();
        if self.dies == Some((Core::me(), waits)) && self.core.is_running() {
            resume_unwind(Box::new(Died));
        }
        // While the rig is made, time has to pass.
        if self.waiting != Waiting::Spinning || !self.core.is_running() {
            self.core.sleep(timeout_ms, || sync::epoch() != seen);
        }
    }

    fn notify(&self) {
        self.core.point(Point::Port);
        self.core.notify();
    }

    fn lock(&self) -> *const () {
        self.core.point(Point::Port);
        if matches!(
            self.waiting,
            Waiting::InTheMutex | Waiting::SpinningInThePort
        ) {
            while self.taken.swap(true, Ordering::SeqCst) {
                self.count_wait();
                match self.waiting {
                    Waiting::InTheMutex => self.core.block(),
                    _ => self.core.point(Point::Port),
                }
            }
        }
        std::ptr::null()
    }

    fn unlock(&self, _taken: *const ()) {
        self.taken.store(false, Ordering::SeqCst);
        self.core.unblock();
        self.core.point(Point::Port);
    }

    fn interrupt(&self) -> Option<bool> {
        self.core.point(Point::Port);
        None
    }
}

impl FrameTransfer for Board {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        for frame in frames {
            self.core.point(Point::Frame);
            let mut chip = self.chip.lock().unwrap();
            chip.now = self.core.now_ms();
            *frame = frames::exchange(&mut chip, *frame);
        }
        Ok(())
    }
}

/// An enabled device with a connection on which data waits.
struct Rig {
    core: Arc<Core>,
    board: Board,
    device: [Device; 1],
    handle: Handle,
}

impl Rig {
    fn new(waiting: Waiting) -> Self {
        Self::with_death(waiting, None)
    }

    fn with_death(waiting: Waiting, dies: Option<(usize, u32)>) -> Self {
        let core = Arc::new(Core::new());
        let chip = TinyChip::new(Peer {
            ack_ms: Some(0),
            greeting: b"data".to_vec(),
            ..Peer::default()
        });
        let board = Board {
            core: core.clone(),
            chip: Arc::new(Mutex::new(chip)),
            waiting: Waiting::Asleep,
            taken: Arc::default(),
            waits: Arc::default(),
            dies,
        };
        let board = Board { waiting, ..board };
        let device = Device::new(SpiBus::new(board.clone()), board.clone(), 0);
        device
            .with(|stack| stack.enable(&tiny::network(), [0; 4], 1))
            .expect("the chip answers");
        let handle = device
            .with(|stack| stack.socket(Kind::Tcp))
            .expect("a slot is free");
        device.connect(handle, PEER).expect("the peer is up");
        for waits in board.waits.iter() {
            waits.store(0, Ordering::SeqCst);
        }
        Self {
            core,
            board,
            device: [device],
            handle,
        }
    }

    fn device(&self) -> &Device {
        &self.device[0]
    }

    /// How often a task has waited in this run.
    fn waits(&self, task: usize) -> u32 {
        self.board.waits[task].load(Ordering::SeqCst)
    }
}

/// What a task does with the device.
type Call = fn(&Rig);

/// Calls of the low task: those that hold the lock for long, in one piece or several.
const CALLS: [(&str, Call); 5] = [
    ("send", |rig| {
        let sent = rig.device().send(rig.handle, &[7; 60], false);
        assert_eq!(sent, Ok(60));
    }),
    ("send in two parts", |rig| {
        let sent = rig.device().send(rig.handle, &[7; 1100], false);
        assert_eq!(sent, Ok(1100));
    }),
    ("receive", |rig| {
        let mut data = [0; 8];
        let received = rig.device().receive(rig.handle, &mut data, false, false);
        assert_eq!((received, &data[..4]), (Ok(4), &b"data"[..]));
    }),
    ("poll", |rig| {
        let mut set = [PollEntry {
            fd: rig.handle.raw(),
            events: ready::IN | ready::OUT,
            revents: 0,
        }];
        assert_eq!(stack::poll(&rig.device, &mut set, 100), Ok(1));
        assert_eq!(set[0].revents, ready::IN | ready::OUT);
    }),
    ("shutdown", |rig| {
        let down = |stack: &mut stack::Stack<_, _>| stack.shutdown(rig.handle, Direction::Write);
        assert_eq!(rig.device().with(down), Ok(()));
    }),
];

/// What the high task calls: it needs the chip, and does not wait for the network.
fn urgent(rig: &Rig) {
    let outstanding = rig.device().with(|stack| {
        stack.service()?;
        stack.outstanding(rig.handle)
    });
    assert!(matches!(outstanding, Ok(_) | Err(Error::NotConnected)));
}

/// The points of a call that runs alone.
fn points(call: Call) -> Vec<Point> {
    let rig = Rig::new(Waiting::Asleep);
    let alone: Vec<Job<'_>> = vec![Box::new(|| call(&rig))];
    rig.core.run(alone, None).expect("the call ends")
}

/// Runs `call` in the low task; at its point number `at` the high task takes the core. Tells how
/// often a task waited.
fn preempted(call: Call, at: usize, waiting: Waiting) -> Result<u32, Hang> {
    let rig = Rig::new(waiting);
    let high = || {
        rig.core.suspend();
        urgent(&rig);
    };
    let jobs: Vec<Job<'_>> = vec![Box::new(high), Box::new(|| call(&rig))];
    rig.core.run(jobs, Some(at))?;
    Ok(rig.waits(0) + rig.waits(1))
}

#[test]
fn w5_a_high_task_gets_on_wherever_it_interrupts_a_low_one() {
    for (name, call) in CALLS {
        for waiting in [Waiting::Asleep, Waiting::InTheMutex] {
            let points = points(call);
            let mut waited = 0;
            for at in 0..points.len() {
                let waits = preempted(call, at, waiting);
                let waits = waits.unwrap_or_else(|_| panic!("{name}, point {at}: {waiting:?}"));
                waited += usize::from(waits > 0);
            }
            let frames = points
                .iter()
                .filter(|point| **point == Point::Frame)
                .count();
            assert!(
                frames > 0 && waited >= frames,
                "{name}: {waited} of {frames} frames"
            );
            println!("{name}: {} points, {frames} of them frames", points.len());
        }
    }
}

/// The same with a lock that spins: in every frame of the low task the high one would spin for
/// ever, and this is seen.
#[test]
fn a_lock_that_spins_hangs_in_every_frame() {
    for (name, call) in CALLS {
        // A call in several parts sleeps between them.
        if name == "send in two parts" {
            continue;
        }
        let points = points(call);
        for waiting in [Waiting::Spinning, Waiting::SpinningInThePort] {
            let mut gets_on = 0;
            for (at, point) in points.iter().enumerate() {
                let outcome = preempted(call, at, waiting);
                let hangs = outcome == Err(Hang);
                gets_on += usize::from(!hangs);
                assert!(
                    hangs || *point == Point::Port,
                    "{name}, point {at}: {waiting:?}"
                );
            }
            assert!(gets_on > 0, "{name}: it hangs even without a lock");
        }
    }
}
