//! A socket that is said to be writable takes at least one byte: a runtime that sends again as soon
//! as it is told so would otherwise spin.

mod support;

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;

use support::changes::has_room;
use support::threads::{self, Job};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::event::{self, WRITE};
use w5100::stack::ready::OUT;
use w5100::stack::{Endpoint, Handle};
use w5100_sim::{ChipOptions, Conn, Link, Service};

/// Steps of one random life.
const STEPS: u32 = 400;
/// Lives of each kind.
const SEEDS: u32 = 12;

/// A sequence that is the same in each run.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % limit
    }
}

/// How often a socket was said to be writable, and how often not.
#[derive(Default)]
struct Seen {
    writable: u32,
    full: u32,
}

fn one_byte(lab: &Lab, handle: Handle, peer: Option<Endpoint>) -> Result<usize> {
    match peer {
        None => lab.device().send(handle, b"1", true),
        Some(_) => lab.device().send_to(handle, b"1", peer, true),
    }
}

/// Poll says so.
fn check_poll(lab: &Lab, handle: Handle, peer: Option<Endpoint>, seen: &mut Seen) {
    let revents = lab.poll(handle, OUT, Some(0));
    if revents & OUT == 0 {
        seen.full += 1;
        return;
    }
    seen.writable += 1;
    match one_byte(lab, handle, peer) {
        Ok(count) => assert_eq!(count, 1),
        Err(error) => assert_ne!(error, Error::WouldBlock, "{revents:#x}"),
    }
}

thread_local! {
    static LAB: RefCell<Option<&'static Lab>> = const { RefCell::new(None) };
    static PEER: Cell<Option<Endpoint>> = const { Cell::new(None) };
    static TAKEN: Cell<u32> = const { Cell::new(0) };
    static REFUSED: Cell<u32> = const { Cell::new(0) };
}

/// FD_WRITE says so.
extern "C" fn fill(_: *mut c_void, handle: i32, _: i32, _: i32) {
    let lab = LAB.with_borrow(|lab| lab.expect("it was set"));
    match one_byte(lab, Handle::from_raw(handle), PEER.get()) {
        // No panic goes through here.
        Err(Error::WouldBlock) => REFUSED.set(REFUSED.get() + 1),
        _ => TAKEN.set(TAKEN.get() + 1),
    }
}

fn watch(lab: &'static Lab, handle: Handle, peer: Option<Endpoint>) {
    LAB.set(Some(lab));
    PEER.set(peer);
    TAKEN.set(0);
    lab.with(|stack| stack.select_events(handle, WRITE, fill, ptr::null_mut()));
}

/// A chip as one of the documents has it, on a link that is not always fast.
fn lab(random: &mut Random) -> &'static Lab {
    let options = ChipOptions {
        latched_registers: random.below(2) == 0,
        random_tx_pointers: random.below(2) == 0,
        command_time: u64::from(30 * random.below(2)),
        ..ChipOptions::default()
    };
    let lab = Lab::with_setup(Setup {
        options,
        wired: random.below(2) == 0,
        ..Setup::default()
    });
    lab.world.set_link(Link {
        latency_us: [50, 2_000, 20_000][random.below(3) as usize],
        ..Link::default()
    });
    Box::leak(Box::new(lab))
}

fn stream(random: &mut Random, lab: &'static Lab) -> (Handle, Conn) {
    let windows = [100, 300, 1_460, 8_192];
    lab.peer
        .set_buffers(windows[random.below(4) as usize], 4_096);
    let (handle, conn) = lab.accepted();
    conn.set_service(Service::Manual);
    lab.nonblocking(handle);
    (handle, conn)
}

fn step(random: &mut Random, lab: &Lab, handle: Handle, conn: &Conn) {
    match random.below(8) {
        0 | 1 => {
            // As much as fits, or would block.
            let data = vec![7; 1 + random.below(3_000) as usize];
            let _ = lab.device().send(handle, &data, true);
        }
        2 | 3 => {
            let mut some = vec![0; 1 + random.below(900) as usize];
            let _ = conn.recv(&mut some);
        }
        4 => drop(conn.recv_all()),
        5 => lab.service(),
        #[cfg(feature = "options")]
        6 => lab.set(handle, |options| {
            options.send_limit = [0, 1, 300, 2_000][random.below(4) as usize];
        }),
        _ => lab.world.run_for(random.below(30)),
    }
}

#[test]
fn netmf_a_writable_stream_takes_a_byte() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let lab = lab(&mut random);
        let (handle, conn) = stream(&mut random, lab);
        for at in 0..STEPS {
            step(&mut random, lab, handle, &conn);
            check_poll(lab, handle, None, &mut seen);
            if at == STEPS - 50 && seed % 2 == 0 {
                conn.abort();
            }
        }
        lab.assert_clean();
    }
    assert!(seen.writable > 500 && seen.full > 500, "both are tried");
}

#[test]
fn netmf_a_stream_told_to_be_writable_takes_a_byte() {
    let mut taken = 0;
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let lab = lab(&mut random);
        let (handle, conn) = stream(&mut random, lab);
        watch(lab, handle, None);
        for _ in 0..STEPS {
            step(&mut random, lab, handle, &conn);
            event::dispatch(&lab.devices, random.below(3)).expect("the chip answers");
        }
        taken += TAKEN.get();
        assert_eq!(REFUSED.get(), 0);
        lab.assert_clean();
    }
    assert!(taken > 200, "{taken} times");
}

/// Sends to hosts that are there, to one that is not, and to a closed port, connected or not.
fn datagrams(by_event: bool) {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let lab = lab(&mut random);
        lab.peer.udp_bind(7);
        let handle = lab.udp_at(PORT);
        lab.nonblocking(handle);
        let to = [(PEER_IP, 7), (NOBODY, 7), (PEER_IP, 9)].map(|(ip, port)| endpoint(ip, port));
        if seed % 2 == 0 {
            lab.with(|stack| stack.connect(handle, to[2]));
        }
        if by_event {
            watch(lab, handle, Some(to[0]));
        }
        for _ in 0..STEPS {
            let peer = Some(to[random.below(3) as usize]);
            if random.below(2) == 0 {
                let data = vec![7; 1 + random.below(1_400) as usize];
                let _ = lab.device().send_to(handle, &data, peer, true);
            }
            lab.world.run_for([0, 1, 30, 700][random.below(4) as usize]);
            match by_event {
                true => drop(event::dispatch(&lab.devices, 0)),
                false => check_poll(lab, handle, peer, &mut seen),
            }
        }
        assert_eq!(REFUSED.get(), 0);
        assert!(!by_event || TAKEN.get() > 10, "{} times", TAKEN.get());
        lab.assert_clean();
    }
    assert!(by_event || (seen.writable > 500 && seen.full > 500));
}

#[test]
fn netmf_a_writable_datagram_socket_takes_one() {
    datagrams(false);
}

#[test]
fn netmf_a_datagram_socket_told_to_be_writable_takes_one() {
    datagrams(true);
}

/// A send that waits for room keeps its turn, so that bytes of two calls do not mix.
#[test]
fn netmf_a_stream_in_the_midst_of_another_send_is_not_writable() {
    let lab: &'static Lab = Box::leak(Box::new(Lab::new()));
    // No interrupt wakes the first before the second looks.
    lab.handle_interrupts();
    lab.interrupts.swallow(true);
    let (handle, conn) = lab.accepted();
    conn.set_service(Service::Manual);
    let sender: Job<'_, Result<usize>> = Box::new(|| lab.send(handle, &[1; 20_000]));
    let second: Job<'_, Result<usize>> = Box::new(|| {
        lab.world.run_for(5);
        // In the moment in which there is room, and so before the first looks for it.
        lab.world.run_until(|| has_room(lab, 0), 60_000);
        while lab.poll(handle, OUT, Some(0)) == 0 {
            lab.world.run_for(1);
            lab.world.run_until(|| has_room(lab, 0), 60_000);
        }
        lab.device().send(handle, b"2", true)
    });
    let reader: Job<'_, Result<usize>> = Box::new(|| {
        let mut got = Vec::new();
        while got.len() < 20_001 && lab.world.now_ms() < 60_000 {
            lab.world.run_for(7);
            got.extend(conn.recv_all());
        }
        assert!(got.iter().take(20_000).all(|byte| *byte == 1));
        Ok(got.len())
    });
    let counts = threads::run(&lab.world, vec![sender, second, reader]);
    assert_eq!(counts, [Ok(20_000), Ok(1), Ok(20_001)]);
}
