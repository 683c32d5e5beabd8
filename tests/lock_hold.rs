//! How long one call keeps the others from the chip: frames of one hold of the lock.

mod support;

use std::sync::{Arc, Mutex};

use support::bus::hooked;
use support::udp::OTHER_IP;
use support::*;
use w5100::chip::MemorySplit;
use w5100::error::Result;
use w5100::stack::ready::IN;
use w5100::stack::{COPY_MAX, Endpoint, Handle, LOCK_FRAMES};
use w5100_sim::Conn;

/// What a call may take beside the bytes that it copies.
const BESIDE: u32 = 64;

/// The chip's own port.
const OWN: u16 = 2000;
/// The longest datagram.
const LONGEST: usize = 1472;
/// As many empty datagrams, of 8 bytes each with their header, as leave room for that.
const FOREIGN: usize = (8192 - 8 - LONGEST) / 8;

/// All memory is the first hardware socket's.
fn one_large_ring() -> Setup {
    Setup {
        split: MemorySplit {
            rx: [8, 0, 0, 0],
            tx: [8, 0, 0, 0],
        },
        ..Setup::default()
    }
}

fn connected(setup: Setup) -> (Lab, Handle, Conn) {
    let lab = Lab::with_setup(setup);
    let (handle, conn) = lab.connected();
    (lab, handle, conn)
}

/// The most frames of one hold so far.
fn longest(lab: &Lab) -> u32 {
    lab.with(|stack| Ok(stack.counters().lock_frames_max))
}

/// The longest hold was that of the longest copy, and of what comes with it.
#[track_caller]
fn assert_one_copy(lab: &Lab) {
    assert!(longest(lab) > COPY_MAX.into(), "the count misses it");
    assert!(longest(lab) <= u32::from(COPY_MAX) + BESIDE);
    lab.assert_clean();
}

#[test]
fn a_send_of_any_length_gives_the_lock_back_in_between() {
    let (lab, handle, conn) = connected(one_large_ring());
    let data = pattern(8192, 1);
    assert_eq!(lab.send(handle, &data), Ok(data.len()));
    lab.settle();
    let mut got = vec![0; data.len()];
    assert_eq!(conn.recv(&mut got), data.len());
    assert_eq!(got, data);
    assert_one_copy(&lab);
}

#[test]
fn a_receive_gives_no_more_than_the_lock_allows() {
    let (lab, handle, conn) = connected(one_large_ring());
    let data = pattern(8192, 2);
    assert_eq!(conn.send(&data), data.len());
    lab.settle();
    let mut got = Vec::new();
    while got.len() < data.len() {
        let part = lab.receive(handle, data.len()).expect("there is more");
        assert!(part.len() <= COPY_MAX.into());
        got.extend(part);
    }
    assert_eq!(got, data);
    assert_one_copy(&lab);
}

/// The worst that others can do: the largest ring, full of the shortest datagrams. None of them
/// is for the program, and behind them is one of the longest that is.
#[test]
fn a_ring_full_of_foreign_datagrams_is_skipped_in_parts() {
    for way in [receive, poll_and_receive] {
        let lab = Lab::with_setup(one_large_ring());
        lab.peer.udp_bind(PEER_PORT);
        let handle = lab.udp_at(OWN);
        let peer = endpoint(PEER_IP, PEER_PORT);
        lab.device()
            .connect(handle, peer)
            .expect("the peer is known");
        let stranger = lab.world.add_simple_peer(OTHER_IP.into());
        for _ in 0..FOREIGN {
            assert!(stranger.udp_send(PEER_PORT, chip_ip(), OWN, b""));
            lab.world.run_for(1);
        }
        let mine = pattern(LONGEST, 3);
        lab.arrives(&lab.peer, PEER_PORT, OWN, &mine);
        assert_eq!(way(&lab, handle), Ok((mine, peer)));
        assert!(longest(&lab) > LONGEST as u32, "the count misses it");
        lab.assert_clean();
    }
}

fn receive(lab: &Lab, handle: Handle) -> Result<(Vec<u8>, Endpoint)> {
    lab.await_from(handle, LONGEST)
}

fn poll_and_receive(lab: &Lab, handle: Handle) -> Result<(Vec<u8>, Endpoint)> {
    assert_eq!(lab.poll(handle, IN, None), IN);
    lab.receive_from(handle, LONGEST)
}

/// One who sends the next datagram as soon as the one before it is out of the ring never leaves
/// less to skip, nor more than one at a time.
#[test]
fn a_stranger_who_goes_on_does_not_lengthen_a_call() {
    type Sender = Option<Box<dyn FnMut() + Send>>;
    let again: Arc<Mutex<Sender>> = Arc::default();
    let hook = again.clone();
    let lab = hooked(one_large_ring(), move |_, frame| {
        // RECV in Sn_CR of the first hardware socket is about to come.
        if frame == [0xF0, 0x04, 0x01, 0x40]
            && let Some(send) = hook.lock().unwrap().as_mut()
        {
            send();
        }
        true
    });
    lab.peer.udp_bind(PEER_PORT);
    let handle = lab.udp_at(OWN);
    let peer = endpoint(PEER_IP, PEER_PORT);
    lab.device()
        .connect(handle, peer)
        .expect("the peer is known");
    let stranger = lab.world.add_simple_peer(OTHER_IP.into());
    lab.arrives(&stranger, PEER_PORT, OWN, b"");
    let mine = pattern(LONGEST, 3);
    let (world, friend, data) = (lab.world.clone(), lab.peer.clone(), mine.clone());
    let mut left = 255;
    *again.lock().unwrap() = Some(Box::new(move || {
        match left {
            0 => return,
            1 => friend.udp_send(PEER_PORT, chip_ip(), OWN, &data),
            _ => stranger.udp_send(PEER_PORT, chip_ip(), OWN, b""),
        };
        left -= 1;
        world.run_for(1);
    }));
    assert_eq!(lab.await_from(handle, LONGEST), Ok((mine, peer)));
    let longest = lab.with(|stack| Ok(stack.counters().lock_frames_max));
    assert!(longest <= LOCK_FRAMES, "{longest} frames");
}
