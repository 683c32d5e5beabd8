//! Waits for nothing, and what goes over the bus meanwhile.

use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard};

use super::bus::{HookedLine, hooked};
use super::threads::take_turn;
use super::{Lab, PORT, Setup};
use w5100::bus::{Frame, SpiBus};
use w5100::error::Error;
use w5100::stack::ready::IN;
use w5100::stack::{Handle, PollEntry, event};
use w5100_sim::{ChipHandle, Conn};

/// How often the library looks by itself; the two can fall between each other once.
pub(crate) const LOOK_MS: u64 = 500;
/// What a look costs at most: IMR and IR once, and Sn_IR and Sn_SR of each hardware socket.
pub(crate) const LOOK_FRAMES: usize = 10;
/// How long a test waits for nothing.
pub(crate) const IDLE_MS: u32 = 10_000;
/// An edge ends a sleep at once.
pub(crate) const AT_ONCE_MS: u64 = 2;

pub(crate) type Hook = Box<dyn FnMut(&ChipHandle, Frame) -> bool + Send>;
/// Done before each frame.
type Inject = Box<dyn FnMut() + Send>;
pub(crate) type Wired = Lab<SpiBus<HookedLine<Hook>>>;

/// A device whose port has the line (or not), and when each frame went over the bus. The epoch
/// is one for all devices of a program, so the tests of this file take turns.
pub(crate) struct Bench {
    pub(crate) lab: &'static Wired,
    pub(crate) frames: Arc<Mutex<Vec<u64>>>,
    pub(crate) extra: Arc<Mutex<Option<Inject>>>,
    _turn: MutexGuard<'static, ()>,
}

pub(crate) fn bench(wired: bool) -> Bench {
    let turn = take_turn();
    let frames = Arc::new(Mutex::new(Vec::new()));
    let extra = Arc::new(Mutex::new(None::<Inject>));
    let (log, inject) = (Arc::clone(&frames), Arc::clone(&extra));
    let hook: Hook = Box::new(move |chip, _| {
        log.lock().unwrap().push(chip.world().now());
        if let Some(inject) = inject.lock().unwrap().as_mut() {
            inject();
        }
        true
    });
    let setup = Setup {
        wired,
        ..Setup::default()
    };
    let lab: &'static Wired = Box::leak(Box::new(hooked(setup, hook)));
    if wired {
        lab.handle_interrupts();
    }
    Bench {
        lab,
        frames,
        extra,
        _turn: turn,
    }
}

impl Bench {
    /// Two connections whose peers send nothing.
    pub(crate) fn pair(&self) -> [(Handle, Conn); 2] {
        let listener = self.lab.listener(PORT, 4);
        let pair = [(); 2].map(|()| {
            let conn = self.lab.client();
            (self.lab.accept(listener).expect("a client waits"), conn)
        });
        self.lab.close(listener);
        self.lab.settle();
        pair
    }

    /// When frames went over the bus in `wait`, as spans of time with nothing between them, and
    /// how many there were in each. The first is the call's own try.
    pub(crate) fn bursts(&self, wait: &Wait) -> Vec<(u64, usize)> {
        let handle = (wait.prepare)(self.lab);
        self.lab.settle();
        self.frames.lock().unwrap().clear();
        let begin = self.lab.world.now();
        (wait.call)(self.lab, handle);
        let waited = self.lab.world.now() - begin;
        let asked = u64::from(IDLE_MS) * 1000;
        assert!((asked..asked + 20_000).contains(&waited), "{waited} us");
        let mut bursts: Vec<(u64, usize)> = Vec::new();
        let mut last = 0;
        for at in self.frames.lock().unwrap().iter() {
            if bursts.is_empty() || at - last > 500 {
                bursts.push((at - begin, 0));
            }
            bursts.last_mut().expect("one was pushed").1 += 1;
            last = *at;
        }
        bursts
    }
}

pub(crate) fn entry(handle: Handle, events: i16) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events,
        revents: 0,
    }
}

extern "C" fn nothing(_: *mut std::ffi::c_void, _: i32, _: i32, _: i32) {}

/// A call that waits [`IDLE_MS`] for something that does not come.
pub(crate) struct Wait {
    pub(crate) name: &'static str,
    prepare: fn(&'static Wired) -> Handle,
    call: fn(&'static Wired, Handle),
}

pub(crate) const WAITS: [Wait; 5] = [
    Wait {
        name: "poll",
        prepare: silent,
        call: |lab, handle| assert_eq!(lab.poll(handle, IN, Some(IDLE_MS)), 0),
    },
    Wait {
        name: "recv",
        prepare: silent,
        call: |lab, handle| {
            lab.timeouts(handle, IDLE_MS, 0);
            assert_eq!(lab.receive(handle, 1), Err(Error::WouldBlock));
        },
    },
    Wait {
        name: "accept",
        prepare: |lab| lab.listener(PORT, 4),
        call: |lab, handle| {
            lab.timeouts(handle, IDLE_MS, 0);
            assert_eq!(lab.accept(handle), Err(Error::WouldBlock));
        },
    },
    Wait {
        name: "recvfrom",
        prepare: |lab| lab.udp_at(PORT),
        call: |lab, handle| {
            lab.timeouts(handle, IDLE_MS, 0);
            let received = lab.device().receive_from(handle, &mut [0], false, false);
            assert_eq!(received, Err(Error::WouldBlock));
        },
    },
    Wait {
        name: "dispatch",
        prepare: silent,
        call: |lab, handle| {
            watch(lab, handle, event::READ);
            assert_eq!(event::dispatch(&lab.devices, IDLE_MS), Ok(0));
        },
    },
];

pub(crate) fn watch(lab: &Wired, handle: Handle, events: u8) {
    lab.with(|stack| stack.select_events(handle, events, nothing, ptr::null_mut()));
}

/// A connection whose peer sends nothing.
pub(crate) fn silent(lab: &'static Wired) -> Handle {
    let (handle, conn) = lab.connected();
    // Dropping it would close it.
    std::mem::forget(conn);
    handle
}
