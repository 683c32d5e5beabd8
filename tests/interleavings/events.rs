//! Events: no change goes untold, and who was replaced is told no more.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::explore::explore;
use crate::rig::{Rig, Setup};
use crate::waits::{connection, data_arrives, woken};
use crate::world::alone;
use w5100::error::Error;
use w5100::stack::Handle;
use w5100::stack::event::{self, CLOSE, READ};
use w5100::time::FOREVER;

/// Preemptions, all schedules with which are explored.
const BOUND: usize = 2;

thread_local! {
    /// The contexts that were told, in order; all tasks are coroutines of one thread.
    static TOLD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static RIG: RefCell<Option<Arc<Rig>>> = const { RefCell::new(None) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// The context 1 is in use no more, and whether it was told nevertheless.
    static GONE: Cell<bool> = const { Cell::new(false) };
    static LATE: Cell<bool> = const { Cell::new(false) };
}

/// A context is a number here.
extern "C" fn note(context: *mut c_void, _handle: i32, _event: i32, _error: i32) {
    let context = context.addr();
    LATE.set(LATE.get() || (GONE.get() && context == 1));
    TOLD.with_borrow_mut(|told| told.push(context));
}

/// Reads what is there, which has the next data told.
extern "C" fn read(_context: *mut c_void, handle: i32, _event: i32, _error: i32) {
    let rig = RIG.with_borrow(Clone::clone);
    let handle = Handle::from_raw(handle);
    if let Some(rig) = rig
        && let Ok(count) = rig.device().receive(handle, &mut [0; 3], false, true)
    {
        BYTES.set(BYTES.get() + count);
    }
}

pub(crate) fn select(rig: &Rig, handle: Handle, callback: event::Callback, context: usize) {
    let context = ptr::without_provenance_mut(context);
    rig.device()
        .with(|stack| stack.select_events(handle, READ | CLOSE, callback, context))
        .expect("the handle is valid");
}

/// A connection whose events are told to [`note`] with context 1.
pub(crate) fn watched(setup: Setup) -> (Arc<Rig>, Handle) {
    let (rig, handle) = connection(setup);
    alone(|| select(&rig, handle, note, 1));
    TOLD.take();
    GONE.set(false);
    LATE.set(false);
    (rig, handle)
}

/// Who was told since.
pub(crate) fn told() -> Vec<usize> {
    TOLD.take()
}

/// dispatch for ever: who was told.
fn dispatch(rig: &Rig, _handle: Handle) -> Vec<usize> {
    let count = event::dispatch(&rig.devices, FOREVER);
    assert_eq!(count, Ok(TOLD.with_borrow(Vec::len)));
    told()
}

#[test]
fn n9_data_that_comes_at_any_moment_is_told() {
    explore("dispatch, data", BOUND, || {
        let (rig, handle) = watched(Setup::default());
        woken(rig, handle, dispatch, data_arrives, vec![1]);
    });
}

#[test]
fn w8_a_signal_at_any_moment_ends_dispatch() {
    explore("dispatch, signal", BOUND, || {
        let rig = Rig::new(Setup::default());
        let handle = alone(|| rig.device().wake_handle()).expect("a slot is free");
        alone(|| select(&rig, handle, note, 1));
        TOLD.take();
        woken(rig, handle, dispatch, crate::wakes::signal, vec![1]);
    });
}

/// Data comes twice while a callback reads: each byte is told of in time.
#[test]
fn n9_data_that_comes_while_a_callback_reads_is_told() {
    explore(
        "dispatch with a callback that reads, data twice",
        BOUND,
        || {
            let (rig, handle) = connection(Setup::default());
            alone(|| select(&rig, handle, read, 0));
            RIG.set(Some(rig.clone()));
            BYTES.set(0);
            let last = Arc::new(AtomicU32::new(0));
            let told = last.clone();
            let reader = rig.job(move |rig| {
                while BYTES.get() < 8 {
                    event::dispatch(&rig.devices, FOREVER).expect("the chip answers");
                }
                let late = rig.world.now() - last.load(Ordering::SeqCst);
                assert!(late <= 3, "told {late} ms late");
            });
            let source = rig.job(move |rig| {
                for _ in 0..2 {
                    rig.world.meet(300);
                    told.store(rig.world.now(), Ordering::SeqCst);
                    data_arrives(rig, handle);
                }
            });
            rig.run(vec![reader, source]);
            RIG.set(None);
        },
    );
}

/// One task dispatches while another one replaces the callback's context. True if a run with the
/// old one began after the call that replaced it had returned: that run was due before.
pub(crate) fn replaced() -> bool {
    let (rig, handle) = watched(Setup::default());
    rig.chip(|chip| chip.deliver(b"data"));
    let dispatcher = rig.job(|rig| {
        for _ in 0..3 {
            let gone = GONE.get();
            let before = TOLD.with_borrow(Vec::len);
            event::dispatch(&rig.devices, 0).expect("the chip answers");
            let told = TOLD.with_borrow(|told| told[before..].contains(&1));
            assert!(!(gone && told), "the old one was told by a later dispatch");
        }
    });
    let replacer = rig.job(move |rig| {
        select(rig, handle, note, 2);
        GONE.set(true);
    });
    rig.run(vec![dispatcher, replacer]);
    // What is due is told in the end, whoever was told of it before.
    event::dispatch(&rig.devices, 0).expect("the chip answers");
    let told = TOLD.take();
    let count = |context| told.iter().filter(|one| **one == context).count();
    assert!(count(1) <= 1, "told twice: {told:?}");
    assert_eq!(count(2), 1, "the new one: {told:?}");
    LATE.get()
}

#[test]
fn n9_a_dispatch_that_begins_after_a_select_tells_the_new_one_only() {
    explore("dispatch, select", BOUND, || {
        replaced();
    });
}

/// A socket is closed, and another one with its slot selected, while a dispatch is under way.
#[test]
fn w6_an_event_is_never_told_of_the_next_socket() {
    explore("dispatch, close and reuse", BOUND, || {
        let (rig, old) = watched(Setup::default());
        rig.chip(|chip| chip.deliver(b"data"));
        let dispatcher = rig.job(|rig| {
            for _ in 0..2 {
                event::dispatch(&rig.devices, 0).expect("the chip answers");
            }
        });
        let closer = rig.job(move |rig| {
            rig.close(old);
            let new = rig.tcp();
            assert_eq!(new.raw() & 0x1F, old.raw() & 0x1F, "the slot is used again");
            // It is told of nothing, since nobody asked for it.
            let sent = rig.device().send(new, b"x", true);
            assert_eq!(sent, Err(Error::NotConnected));
        });
        rig.run(vec![dispatcher, closer]);
        assert!(TOLD.take().len() <= 1, "told of another socket");
    });
}
