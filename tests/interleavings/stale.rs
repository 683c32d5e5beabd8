//! A call that is under way when its handle is closed never reaches the next socket of the slot.

use std::sync::{Arc, Mutex};

use crate::explore::explore;
use crate::rig::{PEER, Rig, Setup};
use crate::tiny::Peer;
use w5100::error::{Error, Result};
use w5100::stack::{Handle, ready};

const SECRET: &[u8] = b"secret";
const OLD: &[u8] = b"old";
const LATE_MS: u32 = 300;

/// The peer sends the secret on every connection but the first.
fn rig() -> (Arc<Rig>, Handle) {
    let rig = Rig::new(Setup::default());
    let old = rig.connected();
    rig.chip(|chip| {
        chip.peer = Peer {
            greeting: SECRET.to_vec(),
            ..Peer::default()
        }
    });
    (rig, old)
}

/// Closes `old`; a connection with data to read takes its slot and its hardware.
pub(crate) fn replace(rig: &Rig, old: Handle) -> Handle {
    rig.close(old);
    let new = rig.tcp();
    assert_eq!(new.raw() & 0x1F, old.raw() & 0x1F, "the slot is used again");
    rig.device().connect(new, PEER).expect("the peer is up");
    new
}

/// The new connection has all its data, and nothing went out on it.
pub(crate) fn assert_untouched(rig: &Rig, new: Handle) {
    let mut data = [0; 64];
    let received = rig.device().receive(new, &mut data, false, true);
    assert_eq!(received, Ok(SECRET.len()), "the new socket lost its data");
    assert_eq!(
        rig.chip(|chip| chip.sent.concat()),
        OLD,
        "a byte went astray"
    );
}

/// Has `call` wait on a handle, and another task replace its socket.
pub(crate) fn replaced(call: fn(&Rig, Handle) -> Result<()>) {
    let (rig, old) = rig();
    let sent = crate::world::alone(|| rig.device().send(old, OLD, false));
    assert_eq!(sent, Ok(OLD.len()));
    let successor = Arc::new(Mutex::new(None));
    let found = successor.clone();
    let caller = rig.job(move |rig| {
        assert_eq!(call(rig, old), Err(Error::BadHandle), "the old handle");
    });
    let replacer = rig.job(move |rig| {
        rig.world.meet(LATE_MS);
        *successor.lock().unwrap() = Some(replace(rig, old));
    });
    rig.run(vec![caller, replacer]);
    let new = found.lock().unwrap().take().expect("it was replaced");
    assert_untouched(&rig, new);
}

#[test]
fn w6_a_receive_under_way_does_not_reach_the_next_socket() {
    explore("receive, close and reuse", 2, || {
        replaced(|rig, old| {
            rig.device()
                .receive(old, &mut [0; 8], false, false)
                .map(drop)
        });
    });
}

#[test]
fn w6_a_poll_under_way_does_not_reach_the_next_socket() {
    explore("poll, close and reuse", 2, || {
        replaced(|rig, old| {
            assert_eq!(rig.poll(old, ready::IN), Ok(ready::NVAL));
            Err(Error::BadHandle)
        });
    });
}

#[test]
fn w6_a_send_under_way_does_not_reach_the_next_socket() {
    explore("send, close and reuse", 2, || {
        replaced(|rig, old| {
            // Nothing is ever acknowledged, so this waits after its first part.
            let sent = rig.device().send(old, &[b'x'; 2000], false)?;
            assert_eq!(sent, 1024 - OLD.len(), "what the ring takes");
            rig.chip(|chip| chip.sent[0].truncate(OLD.len()));
            rig.device().send(old, b"x", false).map(drop)
        });
    });
}

#[test]
fn w6_calls_on_a_handle_that_is_being_closed_hit_it_or_nothing() {
    explore("send and receive, close and reuse", 2, || {
        let (rig, old) = rig();
        let successor = Arc::new(Mutex::new(None));
        let found = successor.clone();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let told = sent.clone();
        let caller = rig.job(move |rig| {
            let received = rig.device().receive(old, &mut [0; 8], false, true);
            let expected = [Err(Error::WouldBlock), Err(Error::BadHandle)];
            assert!(expected.contains(&received), "{received:?}");
            match rig.device().send(old, OLD, true) {
                Ok(count) => told.lock().unwrap().extend_from_slice(&OLD[..count]),
                Err(error) => assert_eq!(error, Error::BadHandle),
            }
        });
        let replacer = rig.job(move |rig| {
            *successor.lock().unwrap() = Some(replace(rig, old));
        });
        rig.run(vec![caller, replacer]);
        let new = found.lock().unwrap().take().expect("it was replaced");
        let counted = sent.lock().unwrap().clone();
        rig.chip(|chip| assert_eq!(chip.sent[0], counted, "what send counted"));
        let mut data = [0; 64];
        let received = rig.device().receive(new, &mut data, false, true);
        assert_eq!(received, Ok(SECRET.len()));
        rig.chip(|chip| assert_eq!(chip.sent[1..].concat(), b"", "a byte went astray"));
    });
}
