//! Bugs that must be found: what the models would say of a library or port that has them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use crate::events::{replaced as context_replaced, told, watched};
use crate::explore::finds;
use crate::lock::crowd;
use crate::rig::{Flaw, Rig, Setup};
use crate::stale::replaced;
use crate::turns::two_senders;
use crate::waits::{connection, data_arrives, receive, woken};
use crate::wakes::{closed_and_reused, poll_in, queue, signal, wake_handle};
use w5100::error::{Error, Result};
use w5100::port::Port;
use w5100::stack::{Handle, Stack, event, ready};
use w5100::sync;

fn with_flaw(flaw: Flaw) -> (Arc<Rig>, Handle) {
    connection(Setup {
        flaw,
        ..Setup::default()
    })
}

#[test]
fn a_port_that_looks_and_then_sleeps_loses_wake_ups() {
    finds("seeded: wait in two steps", 2, "ms late", || {
        let (rig, handle) = with_flaw(Flaw::LooksTooEarly);
        woken(rig, handle, receive, Rig::close, Err(Error::BadHandle));
    });
}

#[test]
fn a_port_that_does_not_notify_loses_wake_ups() {
    finds("seeded: notify does nothing", 2, "ms late", || {
        let (rig, handle) = with_flaw(Flaw::Mute);
        woken(rig, handle, receive, data_arrives, Ok(4));
    });
}

/// A blocking receive that reads the epoch when it has tried already.
fn late_epoch(rig: &Rig, handle: Handle) -> Result<usize> {
    loop {
        let mut data = [0; 8];
        let received = rig.device().with(|stack| {
            stack.service()?;
            stack.receive(handle, &mut data, false, false)
        });
        if received != Err(Error::WouldBlock) {
            return received.map(usize::from);
        }
        let seen = sync::epoch();
        rig.board.wait(seen, 500);
    }
}

#[test]
fn a_wait_that_takes_the_epoch_after_the_try_loses_wake_ups() {
    finds("seeded: epoch after the try", 2, "ms late", || {
        let (rig, handle) = connection(Setup::default());
        woken(rig, handle, late_epoch, data_arrives, Ok(4));
    });
}

#[test]
fn a_wait_for_the_lock_that_only_a_notify_ends_is_a_deadlock() {
    finds(
        "seeded: the lock is waited for without a limit",
        1,
        "for ever",
        || {
            crowd(3, 2, Flaw::NeverTimesOut);
        },
    );
}

/// A blocking receive that finds its socket by the slot after a wait.
fn by_slot(rig: &Rig, handle: Handle) -> Result<()> {
    let mut handle = handle;
    loop {
        let seen = sync::epoch();
        let received = rig.device().with(|stack| {
            stack.service()?;
            stack.receive(handle, &mut [0; 8], false, true)
        });
        if received != Err(Error::WouldBlock) {
            return received.map(drop);
        }
        rig.board.wait(seen, 500);
        let slot = (handle.raw() & 0x1F) as usize;
        let now = rig
            .device()
            .with(|stack: &mut Stack<_, _>| stack.info(slot))?;
        handle = Handle::from_raw(now.ok_or(Error::BadHandle)?.handle);
    }
}

#[test]
fn a_wait_that_does_not_resolve_its_handle_again_reaches_the_next_socket() {
    finds(
        "seeded: handle not resolved after a wait",
        2,
        "the old handle",
        || {
            replaced(by_slot);
        },
    );
}

#[test]
fn a_send_without_a_turn_mixes_bytes() {
    finds("seeded: parts without a turn", 1, "mixed", || {
        two_senders(|rig, handle, data| {
            for part in data.chunks(500) {
                assert_eq!(rig.device().send(handle, part, false), Ok(part.len()));
            }
        });
    });
}

/// Told of the successor as a task would that closed twice.
#[test]
fn a_second_close_by_slot_ends_the_next_socket() {
    finds("seeded: the slot is closed twice", 1, "the slot", || {
        let rig = Rig::new(Setup::default());
        let old = rig.connected();
        let successor = Arc::new(Mutex::new(None));
        let found = successor.clone();
        let close = |rig: &Rig| {
            rig.device().with(|stack: &mut Stack<_, _>| {
                let row = stack.info(0)?;
                row.map_or(Ok(()), |row| stack.close(Handle::from_raw(row.handle)))
            })
        };
        let vandal = rig.job(move |rig| close(rig).expect("the chip answers"));
        let owner = rig.job(move |rig| {
            // The vandal was faster.
            if rig.device().with(|stack| stack.close(old)).is_ok() {
                *successor.lock().unwrap() = Some(rig.tcp());
            }
        });
        rig.run(vec![owner, vandal]);
        let new = found.lock().unwrap().take();
        if let Some(new) = new {
            let kind = rig.device().with(|stack| stack.kind(new));
            assert!(kind.is_ok(), "the slot was closed again");
        }
    });
}

#[test]
fn a_port_that_does_not_notify_loses_signals() {
    finds("seeded: a signal without notify", 2, "ms late", || {
        let (rig, handle) = wake_handle(Setup {
            flaw: Flaw::Mute,
            ..Setup::default()
        });
        woken(rig, handle, poll_in, signal, Ok(ready::IN));
    });
}

#[test]
fn a_clear_after_the_work_was_taken_leaves_some_lying() {
    finds("seeded: clear after the work", 2, "left lying", || {
        queue(|rig, handle, items| {
            let taken = items.swap(0, Ordering::SeqCst);
            rig.device().quiet(handle).expect("it is open");
            taken
        });
    });
}

/// A signal for whatever wake handle the slot has.
fn signal_by_slot(rig: &Rig, handle: Handle) -> Result<()> {
    let slot = (handle.raw() & 0x1F) as usize;
    let now = rig
        .device()
        .with(|stack: &mut Stack<_, _>| stack.info(slot))?;
    let now = now.ok_or(Error::BadHandle)?;
    rig.device().signal(Handle::from_raw(now.handle))
}

#[test]
fn a_signal_by_slot_reaches_the_next_wake_handle() {
    finds("seeded: signal by slot", 2, "was signalled", || {
        closed_and_reused(signal_by_slot);
    });
}

/// A dispatch for ever that takes the epoch when it has looked already.
fn late_dispatch(rig: &Rig, _handle: Handle) -> Vec<usize> {
    while event::dispatch(&rig.devices, 0) == Ok(0) {
        let seen = sync::epoch();
        rig.board.wait(seen, 500);
    }
    told()
}

#[test]
fn a_dispatch_that_takes_the_epoch_after_the_look_tells_late() {
    finds(
        "seeded: dispatch, epoch after the look",
        2,
        "ms late",
        || {
            let (rig, handle) = watched(Setup::default());
            woken(rig, handle, late_dispatch, data_arrives, vec![1]);
        },
    );
}

#[test]
fn a_context_that_is_gone_after_a_select_may_still_be_told() {
    finds("seeded: context freed after a select", 2, "is used", || {
        assert!(!context_replaced(), "the old context is used");
    });
}
