//! The chip is sane again, and so must the device be.

use std::ptr;

use w5100::stack::{Kind, SLOTS};

use crate::board::TX;
use crate::session::{PEER, Session};

/// How long it may take until nothing is left of what was: a question has its rounds, and a
/// connection that was closed its time to end.
const LIMIT_MS: u32 = 120_000;
const STEP_MS: u32 = 50;

/// Nothing of the past is left, with the device on all the time and after it was off; and a
/// connection works.
pub(crate) fn come_to(mut session: Session) {
    session.board.begin();
    session.board.heal();
    if session.up {
        clear(&mut session);
        settle(&session);
        session.disable();
        session.check();
    }
    session.board.begin();
    assert_eq!(session.enable(), Ok(()));
    session.check();
    talk(&mut session);
    settle(&session);
}

fn clear(session: &mut Session) {
    let open: Vec<_> = session
        .sockets
        .iter()
        .chain(&session.wakes)
        .copied()
        .collect();
    for handle in open {
        session.board.begin();
        session.close(handle);
    }
    session.board.begin();
    session.check();
    let device = session.device();
    let cleared = device.with(|stack| {
        // Whether any of it was on is not of interest.
        let _ = stack.dhcp_stop(false);
        let _ = stack.reserve(false);
        // Compared by address alone.
        stack.cancel_resolve(crate::calls::answered, ptr::null_mut())
    });
    assert!(cleared.is_ok());
}

/// Waits until all hardware sockets are free and all handles closed.
fn settle(session: &Session) {
    for _ in 0..LIMIT_MS / STEP_MS {
        session.board.begin();
        session.board.let_pass(STEP_MS);
        let served = session.device().with(|stack| {
            stack.service()?;
            let split = stack.network()?.0.split;
            let there = split.rx.iter().filter(|ring| **ring != 0).count();
            let free = stack.counters().free_sockets;
            let mut open = 0;
            for index in 0..SLOTS {
                open += usize::from(stack.info(index)?.is_some());
            }
            Ok(free == there as u32 && open == 0)
        });
        if served == Ok(true) {
            return;
        }
    }
    let device = session.device();
    let left: [_; 4] = std::array::from_fn(|sn| device.with(|stack| stack.hardware_info(sn)));
    let _ = device.with(|stack| {
        for index in 0..SLOTS {
            if let Ok(Some(row)) = stack.info(index) {
                eprintln!("{row:?}");
            }
        }
        Ok(())
    });
    panic!("something is left for ever: {left:?}");
}

fn talk(session: &mut Session) {
    session.socket(Kind::Tcp);
    let [handle] = session.sockets[..] else {
        panic!("no socket to be had");
    };
    let board = session.board.clone();
    let device = session.device();
    assert_eq!(device.connect(handle, PEER), Ok(()));
    let is_connected = |sn: &usize| board.peek(0x0403 + sn * 0x100) == 0x17;
    let sn = (0..4).find(is_connected).expect("one is connected");
    assert_eq!(device.send(handle, b"hello", false), Ok(5));
    let sent: Vec<u8> = (0..5).map(|at| board.peek(TX + sn * 0x800 + at)).collect();
    assert_eq!(sent, b"hello");
    board.deliver(sn, b"back");
    let mut data = [0; 10];
    assert_eq!(device.receive(handle, &mut data, false, false), Ok(4));
    assert_eq!(&data[..4], b"back");
    session.close(handle);
}
