//! Changes of a socket's state, each made while a task waits for it.

use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::threads::{self, Job, take_turn};
use super::*;
use w5100::error::Error;
use w5100::stack::event::{self, CONNECT, READ};
use w5100::stack::ready::{ERR, IN};
use w5100_sim::{Conn, Link};

/// Long enough for each of the changes, and for naps to reach their full length.
pub(crate) const LIMIT_MS: u32 = 120_000;
/// When a change is brought about.
pub(crate) const ACT_AT_MS: u32 = 1_500;
/// What interrupts tell of is told at once with the line.
pub(crate) const AT_ONCE_MS: u64 = 2;
/// A nap while something is expected that no interrupt tells of, or without the line.
pub(crate) const NAP_MS: u64 = 12;
/// By how much a test may be behind the change it brings about.
pub(crate) const LOOP_US: u64 = 6_000;
/// What setting a chip up takes.
pub(crate) const SET_UP_MS: u64 = 30;

pub(crate) type Told = Vec<(i32, i32, i32)>;

/// The tests take turns.
pub(crate) static TOLD: Mutex<Told> = Mutex::new(Vec::new());

pub(crate) fn lock_told() -> MutexGuard<'static, Told> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) extern "C" fn note(_: *mut c_void, handle: i32, event: i32, error: i32) {
    lock_told().push((handle, event, error));
}

/// A socket whose state is about to change.
pub(crate) struct Scene {
    pub(crate) lab: &'static Lab,
    pub(crate) handle: Handle,
    pub(crate) conn: Option<Conn>,
}

impl Scene {
    pub(crate) fn conn(&self) -> &Conn {
        self.conn.as_ref().expect("the scene has a connection")
    }
}

/// A change of state, and what is told of it.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) setup: fn() -> Setup,
    pub(crate) prepare: fn(&'static Lab) -> Scene,
    pub(crate) act: fn(&Scene),
    /// The chip has it. What the library clears in it would be a race, so some go by the edges
    /// of /INT since `act` began.
    pub(crate) happened: fn(&Lab, u64) -> bool,
    pub(crate) poll: (i16, i16),
    pub(crate) event: (u8, Option<Error>),
    /// It is to be told so long after that.
    pub(crate) due_ms: u64,
    /// How late it may be told, with the line and without.
    pub(crate) late_ms: [u64; 2],
}

/// Waits in another thread while the change comes; checks when that is told, and what.
pub(crate) fn told_of(change: &Change, wired: bool, wait: fn(&Scene, &Change)) {
    let _turn = take_turn();
    let setup = Setup {
        wired,
        ..(change.setup)()
    };
    let lab: &'static Lab = Box::leak(Box::new(Lab::with_setup(setup)));
    if wired {
        lab.handle_interrupts();
    }
    let scene = (change.prepare)(lab);
    let actor: Job<'_, u64> = Box::new(|| {
        lab.world.run_for(ACT_AT_MS);
        let before = lab.chip.int_edges();
        (change.act)(&scene);
        let happened = || (change.happened)(lab, lab.chip.int_edges() - before);
        let happened = lab.world.run_until(happened, LIMIT_MS);
        assert!(happened, "{}: it does not happen", change.name);
        lab.world.now()
    });
    let waiter: Job<'_, u64> = Box::new(|| {
        wait(&scene, change);
        lab.world.now()
    });
    let times = threads::run(&lab.world, vec![actor, waiter]);
    let limit = change.late_ms[usize::from(!wired)] * 1000;
    let name = change.name;
    let due = times[0] + change.due_ms * 1000;
    let early = due.saturating_sub(times[1]);
    assert!(early <= LOOP_US, "{name}: {early} us too early");
    let late = times[1].saturating_sub(due);
    assert!(late <= limit, "{name}: {late} us late, /INT wired: {wired}");
    lab.assert_clean();
}

pub(crate) fn by_poll(scene: &Scene, change: &Change) {
    let (events, expected) = change.poll;
    let revents = scene.lab.poll(scene.handle, events, Some(LIMIT_MS));
    assert_eq!(revents, expected, "{}", change.name);
    let again = scene.lab.poll(scene.handle, events, Some(0));
    assert_eq!(again, expected, "{}: what poll reports next", change.name);
}

pub(crate) fn by_event(scene: &Scene, change: &Change) {
    let (event, error) = change.event;
    let lab = scene.lab;
    lock_told().clear();
    lab.with(|stack| stack.select_events(scene.handle, event, note, ptr::null_mut()));
    assert_eq!(event::dispatch(&lab.devices, LIMIT_MS), Ok(1));
    let number = error.map_or(0, Error::number);
    let expected = (scene.handle.raw(), event.into(), number);
    assert_eq!(*lock_told(), [expected], "{}", change.name);
    // Poll knows the same.
    let (events, expected) = change.poll;
    let after = lab.poll(scene.handle, events, Some(0));
    // A failed connect's error was told with the event.
    let told = if event == CONNECT { ERR } else { 0 };
    assert_eq!(
        after,
        expected & !told,
        "{}: what poll reports",
        change.name
    );
}

pub(crate) fn netmf_change(change: &Change) {
    for wired in [true, false] {
        told_of(change, wired, by_poll);
        told_of(change, wired, by_event);
    }
}

/// From here on a frame takes `ms` from one end to the other.
pub(crate) fn slow_link(lab: &Lab, ms: u32) {
    lab.world.set_link(Link {
        latency_us: ms * 1000,
        ..Link::default()
    });
}

pub(crate) fn connection(lab: &'static Lab) -> Scene {
    let (handle, conn) = lab.accepted();
    lab.nonblocking(handle);
    Scene {
        lab,
        handle,
        conn: Some(conn),
    }
}

pub(crate) fn connecting(lab: &'static Lab, ip: [u8; 4]) -> Scene {
    let handle = lab.tcp();
    lab.nonblocking(handle);
    let begun = lab.device().connect(handle, endpoint(ip, PEER_PORT));
    assert_eq!(begun, Err(Error::InProgress));
    Scene {
        lab,
        handle,
        conn: None,
    }
}

pub(crate) fn datagrams(lab: &'static Lab) -> Scene {
    let handle = lab.udp_at(PORT);
    Scene {
        lab,
        handle,
        conn: None,
    }
}

pub(crate) fn any_status(lab: &Lab, status: u8) -> bool {
    lab.statuses().contains(&status)
}

pub(crate) fn all_closed(lab: &Lab, _: u64) -> bool {
    lab.statuses() == [0; 4]
}

pub(crate) fn any_edge(_: &Lab, edges: u64) -> bool {
    edges > 0
}

/// The first hardware socket has room in its TX ring.
pub(crate) fn has_room(lab: &Lab, _: u64) -> bool {
    lab.chip.with(|chip| chip.peek(0x0420) | chip.peek(0x0421)) != 0
}

pub(crate) const PLAIN: Change = Change {
    name: "",
    setup: Setup::default,
    prepare: connection,
    act: |_| (),
    happened: |_, _| true,
    poll: (IN, IN),
    event: (READ, None),
    due_ms: 0,
    late_ms: [AT_ONCE_MS, NAP_MS],
};
