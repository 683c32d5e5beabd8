//! A peer that is gone while its writer is blocked: the others do not notice, and one monitor task
//! can clean up.
//!
//! This is a program of its own, one test at a time, because what wakes tasks is one for the whole
//! program: another test would keep these awake, and cost them frames.

mod support;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use support::threads::{self, Job};
use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, SLOTS};
use w5100_sim::{Conn, PeerHandle, Service};

const SESSIONS: usize = 4;
const RING: usize = 2048;
/// What is measured, once every writer is under way.
const WARM_UP_MS: u32 = 1500;
const MEASURED_MS: u32 = 3000;
/// At this pace three sessions need three quarters of the bus: 2048 bytes and some registers at
/// 2290 ns a frame are 4.8 ms.
const PACE_MS: u32 = 20;
/// Of its throughput that a session has to keep, in percent.
const LEAST_PERCENT: u64 = 95;
/// A close from another task is noticed within a nap or two.
const PROMPT_MS: u32 = 50;

/// The bits of a handle that say which slot it has.
const SLOT: i32 = 31;

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Four sessions with a host each, which throws away what comes.
struct Scene {
    lab: Lab,
    peers: Vec<PeerHandle>,
    handles: Vec<Handle>,
    conns: Vec<Conn>,
}

impl Scene {
    fn new(wired: bool) -> Self {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        let mut scene = Scene {
            lab,
            peers: Vec::new(),
            handles: Vec::new(),
            conns: Vec::new(),
        };
        (0..SESSIONS).for_each(|at| scene.join(at));
        scene
    }

    fn join(&mut self, at: usize) {
        let ip = [192, 168, 1, 20 + at as u8];
        let peer = self.lab.world.add_simple_peer(ip.into());
        peer.listen_service(PEER_PORT, Service::Discard);
        let handle = self.lab.tcp();
        let connected = self.lab.device().connect(handle, endpoint(ip, PEER_PORT));
        assert_eq!(connected, Ok(()));
        self.lab.settle();
        self.conns
            .push(peer.accept(PEER_PORT).expect("the peer has it"));
        self.handles.push(handle);
        self.peers.push(peer);
    }

    fn received(&self) -> Vec<u64> {
        self.conns.iter().map(Conn::received).collect()
    }

    /// Closes what the rows call dead, and tells which sessions that were: bytes outstanding, and
    /// nothing heard for `ms`.
    fn drop_dead(&self, ms: u32) -> Vec<usize> {
        let dead = (0..SLOTS).filter_map(|index| {
            let row = self.lab.with(|stack| stack.look_at(index))?;
            let dead = row.outstanding != 0 && row.outstanding_ms.min(row.silent_ms) >= ms;
            dead.then_some(Handle::from_raw(row.handle))
        });
        let closed = dead.map(|handle| {
            self.lab.set(handle, |options| options.linger = Some(0));
            self.lab.close(handle);
            let session = self.handles.iter().position(|own| *own == handle);
            session.expect("it is one of the four")
        });
        closed.collect()
    }
}

/// Sends until that fails: the error. As much as there is room for, or a ringful every `pace_ms`.
fn push(lab: &Lab, handle: Handle, pace_ms: Option<u32>) -> Error {
    let data = pattern(RING, 1);
    let mut due = lab.world.now_ms();
    loop {
        if let Err(error) = lab.send(handle, &data) {
            return error;
        }
        if let Some(pace) = pace_ms {
            due += pace;
            lab.world.run_for(due.saturating_sub(lab.world.now_ms()));
        }
    }
}

/// Bytes that each session gets through while A is in trouble, with a writer in a task each.
fn throughput(wired: bool, what: Trouble, pace_ms: Option<u32>) -> Vec<u64> {
    let scene = Scene::new(wired);
    let lab = &scene.lab;
    let first = match what {
        Trouble::Idle => 1,
        _ => 0,
    };
    if what == Trouble::Dead {
        scene.peers[0].vanish(true);
    }
    if what == Trouble::Stuck {
        scene.conns[0].set_service(Service::Manual);
    }
    let mut jobs: Vec<Job<'_, Option<Vec<u64>>>> = Vec::new();
    for handle in &scene.handles[first..] {
        jobs.push(Box::new(move || {
            assert_eq!(push(lab, *handle, pace_ms), Error::BadHandle);
            None
        }));
    }
    jobs.push(Box::new(|| {
        lab.world.run_for(WARM_UP_MS);
        let (before, begin) = (scene.received(), lab.world.now());
        lab.world.run_for(MEASURED_MS);
        let (after, end) = (scene.received(), lab.world.now());
        scene.handles.iter().for_each(|handle| lab.close(*handle));
        // On a busy machine this task goes on late, while others use the bus and so move the time.
        let rate = |bytes| bytes * u64::from(MEASURED_MS) * 1000 / (end - begin);
        let moved = after
            .iter()
            .zip(before)
            .map(|(after, before)| rate(after - before));
        Some(moved.collect())
    }));
    let moved = threads::run(&lab.world, jobs).pop().flatten();
    moved.expect("the last one measures")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// A sends nothing.
    Idle,
    /// A's peer has vanished, A's ring is full and its writer blocked.
    Dead,
    /// A's peer has stopped reading, likewise.
    Stuck,
}

/// Three quarters of what the bus can carry: there is enough for all, so each gets its own in full.
#[test]
fn r1_one_dead_peer_never_blocks_the_others() {
    let _alone = alone();
    for wired in [false, true] {
        let undisturbed = throughput(wired, Trouble::Idle, Some(PACE_MS));
        let due = u64::from(MEASURED_MS / PACE_MS) * RING as u64;
        for trouble in [Trouble::Dead, Trouble::Stuck] {
            let disturbed = throughput(wired, trouble, Some(PACE_MS));
            println!("/INT {wired}, {trouble:?}: {disturbed:?} of {undisturbed:?} bytes");
            assert_eq!((disturbed[0], undisturbed[0]), (0, 0));
            for at in 1..SESSIONS {
                assert_keeps(undisturbed[at], due);
                assert_keeps(disturbed[at], undisturbed[at]);
            }
        }
    }
}

/// Writers that want more than the bus can carry: who gets how much of it is the lock's affair, but
/// nothing of it is lost.
#[test]
fn r1_a_dead_peer_takes_nothing_of_a_bus_that_is_full() {
    let _alone = alone();
    for wired in [false, true] {
        let [undisturbed, disturbed] = [Trouble::Idle, Trouble::Dead]
            .map(|trouble| throughput(wired, trouble, None).iter().sum::<u64>());
        println!("/INT {wired}: {disturbed} of {undisturbed} bytes");
        assert_keeps(disturbed, undisturbed);
    }
}

#[track_caller]
fn assert_keeps(disturbed: u64, undisturbed: u64) {
    assert!(
        disturbed * 100 >= undisturbed * LEAST_PERCENT,
        "{disturbed} of {undisturbed} bytes"
    );
}

/// One task polls and sends without waiting, as a program without threads does.
#[test]
fn r1_one_dead_peer_never_blocks_the_others_of_one_task() {
    let _alone = alone();
    let [undisturbed, disturbed] = [false, true].map(|dead| {
        let scene = Scene::new(false);
        let lab = &scene.lab;
        scene.peers[0].vanish(dead);
        scene
            .handles
            .iter()
            .for_each(|handle| lab.nonblocking(*handle));
        let first = usize::from(!dead);
        let data = pattern(RING, 1);
        let begin = lab.world.now_ms();
        while lab.world.now_ms() - begin < MEASURED_MS {
            let mut waiting: Vec<_> = scene.handles[first..]
                .iter()
                .map(|handle| w5100::stack::PollEntry {
                    fd: handle.raw(),
                    events: w5100::stack::ready::OUT,
                    revents: 0,
                })
                .collect();
            poll(&lab.devices, &mut waiting, None).expect("poll succeeds");
            for entry in waiting.iter().filter(|entry| entry.revents != 0) {
                let sent = lab.send(Handle::from_raw(entry.fd), &data);
                assert!(sent.is_ok_and(|sent| sent > 0), "writable, and {sent:?}");
            }
        }
        scene.received()
    });
    for at in 1..SESSIONS {
        assert_keeps(disturbed[at], undisturbed[at]);
    }
}

#[test]
fn r7_one_monitor_drops_the_dead_while_their_writers_are_blocked() {
    const PATIENCE_MS: u32 = 2000;
    const DEAD: [usize; 2] = [1, 3];
    let _alone = alone();
    for wired in [false, true] {
        let scene = Scene::new(wired);
        let lab = &scene.lab;
        DEAD.iter().for_each(|at| scene.peers[*at].vanish(true));
        let closed_at: [AtomicU32; SESSIONS] = Default::default();
        let mut jobs: Vec<Job<'_, u32>> = Vec::new();
        for handle in &scene.handles {
            jobs.push(Box::new(|| {
                assert_eq!(push(lab, *handle, Some(PACE_MS)), Error::BadHandle);
                lab.world.now_ms()
            }));
        }
        jobs.push(Box::new(|| {
            let mut dropped = 0;
            let note = |at: usize| closed_at[at].store(lab.world.now_ms(), Ordering::SeqCst);
            while dropped < DEAD.len() {
                lab.world.run_for(500);
                let found = scene.drop_dead(PATIENCE_MS);
                found.iter().for_each(|at| note(*at));
                dropped += found.len();
                // Hardware is free at once, though its peer will never say a word.
                assert_eq!(lab.free_sockets() as usize, dropped);
            }
            lab.world.run_for(1000);
            for alive in [0, 2] {
                lab.close(scene.handles[alive]);
                note(alive);
            }
            0
        }));
        let ends = threads::run(&lab.world, jobs);
        for at in 0..SESSIONS {
            let closed = closed_at[at].load(Ordering::SeqCst);
            assert!(closed != 0, "session {at} was not closed");
            let late = ends[at].abs_diff(closed);
            assert!(late < PROMPT_MS, "session {at}: {late} ms");
        }
        assert_eq!(lab.open_handles(), 0);
        lab.assert_clean();
    }
}

/// The socket that takes the place of one that was closed under its writer: it has the same slot
/// and hardware, and none of the old bytes.
#[test]
fn r7_a_blocked_writer_never_reaches_the_socket_that_takes_its_place() {
    let _alone = alone();
    let scene = Scene::new(false);
    let lab = &scene.lab;
    let old = scene.handles[0];
    scene.peers[0].vanish(true);
    for round in 0..30u32 {
        let old = if round == 0 { old } else { lab.tcp() };
        if round > 0 {
            let ip = [192, 168, 1, 20];
            scene.peers[0].vanish(false);
            assert_eq!(lab.device().connect(old, endpoint(ip, PEER_PORT)), Ok(()));
            scene.peers[0].vanish(true);
        }
        let closed = AtomicBool::new(false);
        let ip = [192, 168, 1, 21];
        let jobs: Vec<Job<'_, Option<Handle>>> = vec![
            Box::new(|| {
                // What fits the ring is counted first.
                assert_eq!(lab.send(old, &vec![b'o'; 3 * RING]), Ok(RING));
                assert!(closed.load(Ordering::SeqCst));
                for _ in 0..20 {
                    assert_eq!(lab.send(old, b"old"), Err(Error::BadHandle));
                    lab.world.run_for(1);
                }
                None
            }),
            Box::new(|| {
                // At another moment of the writer's naps in each round.
                lab.world.run_for(40 + round);
                closed.store(true, Ordering::SeqCst);
                lab.set(old, |options| options.linger = Some(0));
                lab.close(old);
                let new = lab.tcp();
                assert_eq!(lab.device().connect(new, endpoint(ip, PEER_PORT)), Ok(()));
                for _ in 0..20 {
                    assert_eq!(lab.send(new, b"new"), Ok(3));
                    lab.world.run_for(1);
                }
                Some(new)
            }),
        ];
        scene.peers[1].listen_service(PEER_PORT, Service::Manual);
        let new = threads::run(&lab.world, jobs)[1].expect("the second one opens it");
        assert_eq!(new.raw() & SLOT, old.raw() & SLOT);
        lab.settle();
        let conn = scene.peers[1].accept(PEER_PORT).expect("the peer has it");
        assert_eq!(conn.recv_all(), b"new".repeat(20));
        lab.close(new);
        lab.settle();
    }
    lab.assert_clean();
}
