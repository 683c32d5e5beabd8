//! Close and reuse by another task between any two steps of a blocking call.
//!
//! The call runs on a chip with one hardware socket. At its n-th entry into or exit from the
//! library's lock the socket is closed, and the next one takes its slot and its hardware; for
//! every n the call must end with EBADF and leave the new socket alone.

mod support;

use std::sync::Arc;
use std::sync::Mutex;

use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Handle, Kind, PollEntry, ready};
use w5100_sim::Service;

/// Entries and exits of the lock to interfere at. A call that blocks repeats itself long before.
const STEPS: usize = 40;
/// Where the peer echoes.
const ECHO_PORT: u16 = 8;
const SECRET: &[u8] = b"for the new socket alone";

fn lab() -> Arc<Lab> {
    let lab = Arc::new(Lab::with_setup(Setup::one_socket()));
    lab.peer.listen_service(ECHO_PORT, Service::Echo);
    lab.peer.udp_bind(ECHO_PORT);
    lab
}

/// Runs `call`; at its step number `step` has `replace` done. Gives what both gave.
fn interfere<T>(
    lab: &Arc<Lab>,
    step: usize,
    replace: impl FnOnce(&Lab) -> Handle + Send + 'static,
    call: impl FnOnce(&Lab) -> T,
) -> (T, Handle) {
    let new = Arc::new(Mutex::new(None));
    let (result, inside) = (new.clone(), lab.clone());
    let mut replace = Some(replace);
    let mut left = step;
    lab.observer.set(move || {
        if left > 0 {
            left -= 1;
        } else if let Some(replace) = replace.take() {
            *result.lock().unwrap() = Some(replace(&inside));
        }
    });
    let outcome = call(lab);
    lab.observer.clear();
    let new = new.lock().unwrap().take();
    (outcome, new.expect("the call takes that many steps"))
}

/// Closes `old`; a connection with data to read takes its slot and its hardware.
fn replace_by_connection(lab: &Lab, old: Handle) -> Handle {
    lab.close(old);
    let new = lab.tcp();
    assert_eq!(new.raw() & 0x1F, old.raw() & 0x1F, "the slot is used again");
    let echo = endpoint(PEER_IP, ECHO_PORT);
    lab.device().connect(new, echo).expect("the peer listens");
    assert_eq!(lab.send(new, SECRET), Ok(SECRET.len()));
    lab.settle();
    new
}

/// The new socket has all its data, and nothing of the old call's went out on it.
fn assert_untouched(lab: &Lab, new: Handle) {
    lab.settle();
    assert_eq!(lab.receive_now(new, 100), Ok(SECRET.to_vec()));
    assert_eq!(lab.receive_now(new, 100), Err(Error::WouldBlock));
}

/// A call on a connection to a peer that neither sends nor reads.
fn on_a_connection(call: impl Fn(&Lab, Handle) -> Result<usize>) {
    for step in 0..STEPS {
        let lab = lab();
        let (old, _conn) = lab.connected();
        let replace = move |lab: &Lab| replace_by_connection(lab, old);
        let (outcome, new) = interfere(&lab, step, replace, |lab| call(lab, old));
        assert_eq!(outcome, Err(Error::BadHandle), "step {step}");
        assert_untouched(&lab, new);
    }
}

#[test]
fn w6_recv_never_reaches_the_next_socket() {
    on_a_connection(|lab, handle| lab.device().receive(handle, &mut [0; 100], false, false));
}

#[test]
fn w6_peek_never_reaches_the_next_socket() {
    on_a_connection(|lab, handle| lab.device().receive(handle, &mut [0; 100], true, false));
}

#[test]
fn w6_send_never_reaches_the_next_socket() {
    on_a_connection(|lab, handle| {
        // More than both rings hold, so the call waits for room that never comes.
        match lab.send(handle, &vec![0xEE; 100_000]) {
            // What went out before is counted; the error comes with the next call.
            Ok(_) => lab.send(handle, b"more"),
            error => error,
        }
    });
}

#[test]
fn w6_poll_never_reaches_the_next_socket() {
    on_a_connection(|lab, handle| {
        let mut set = [PollEntry {
            fd: handle.raw(),
            events: ready::IN,
            revents: 0,
        }];
        assert_eq!(poll(&lab.devices, &mut set, None), Ok(1));
        assert_eq!(set[0].revents, ready::NVAL);
        Err(Error::BadHandle)
    });
}

#[test]
fn w6_connect_never_reaches_the_next_socket() {
    for step in 0..STEPS {
        let lab = lab();
        let old = lab.tcp();
        let replace = move |lab: &Lab| replace_by_connection(lab, old);
        let nobody = endpoint(NOBODY, PEER_PORT);
        let call = |lab: &Lab| lab.device().connect(old, nobody);
        let (outcome, new) = interfere(&lab, step, replace, call);
        assert_eq!(outcome, Err(Error::BadHandle), "step {step}");
        assert_untouched(&lab, new);
    }
}

#[test]
fn w6_accept_never_reaches_the_next_listener() {
    for step in 0..STEPS {
        let lab = lab();
        let old = lab.listener(PORT, 1);
        let replace = move |lab: &Lab| {
            lab.close(old);
            let new = lab.listener(PORT, 1);
            std::mem::forget(lab.client());
            new
        };
        let (outcome, new) = interfere(&lab, step, replace, |lab| lab.accept(old));
        assert_eq!(outcome, Err(Error::BadHandle), "step {step}");
        lab.nonblocking(new);
        assert!(lab.accept(new).is_ok(), "step {step}");
    }
}

/// Closes `old`; a UDP socket at the same port, with a datagram waiting, takes its place.
fn replace_by_datagrams(lab: &Lab, old: Handle) -> Handle {
    lab.close(old);
    let new = lab.udp();
    assert_eq!(lab.bind(new, 9), Ok(()));
    assert!(lab.peer.udp_send(ECHO_PORT, chip_ip(), 9, SECRET));
    lab.settle();
    new
}

/// A call on a bound UDP socket.
fn on_datagrams(call: impl Fn(&Lab, Handle) -> Result<usize>) {
    for step in 0..STEPS {
        let lab = lab();
        let old = lab.socket(Kind::Udp);
        assert_eq!(lab.bind(old, 9), Ok(()));
        let replace = move |lab: &Lab| replace_by_datagrams(lab, old);
        let (outcome, new) = interfere(&lab, step, replace, |lab| call(lab, old));
        assert_eq!(outcome, Err(Error::BadHandle), "step {step}");
        let mut data = [0; 100];
        let received = lab.device().receive_from(new, &mut data, false, true);
        assert_eq!(
            received,
            Ok(datagram(SECRET.len(), endpoint(PEER_IP, ECHO_PORT)))
        );
        lab.settle();
        assert_eq!(lab.peer.udp_recv(ECHO_PORT), None);
    }
}

#[test]
fn w6_recvfrom_never_reaches_the_next_socket() {
    on_datagrams(|lab, handle| {
        let received = lab
            .device()
            .receive_from(handle, &mut [0; 100], false, false);
        received.map(|datagram| datagram.length.into())
    });
}

#[test]
fn w6_sendto_never_reaches_the_next_socket() {
    on_datagrams(|lab, handle| {
        let send = |ip| {
            let peer = Some(endpoint(ip, ECHO_PORT));
            lab.device().send_to(handle, b"stale", peer, false)
        };
        // The first waits for the MAC of nobody, and the second for the first.
        send(NOBODY)?;
        send(PEER_IP)
    });
}
