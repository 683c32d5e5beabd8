//! The clock of the world: virtual time, threads that wait, determinism, capture.

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use w5100_sim::{Link, Service, World};

const ALICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

#[test]
fn a_wait_takes_virtual_time_only() {
    let world = World::wire(0);
    let began = Instant::now();
    world.wait(world.events(), 3_600_000);
    assert_eq!(world.now(), 3_600_000_000);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_wait_ends_at_once_when_something_happened_since_the_token_was_read() {
    let world = World::wire(0);
    let token = world.events();
    world.notify();
    world.wait(token, 1_000);
    assert_eq!(world.now(), 0);
}

#[test]
fn reading_the_clock_makes_it_move() {
    let world = World::wire(0);
    let limit = world.now_ms() + 20;
    let mut reads = 0u32;
    while world.now_ms() < limit {
        reads += 1;
        assert!(reads < 100_000, "the clock stands still");
    }
}

#[test]
fn registered_threads_share_one_time() {
    const PERIODS_MS: [u32; 3] = [7, 10, 25];
    let world = World::wire(0);
    let log = Mutex::new(Vec::new());
    let entered = AtomicU32::new(0);
    thread::scope(|scope| {
        for period in PERIODS_MS {
            let (world, log, entered) = (&world, &log, &entered);
            scope.spawn(move || {
                let _guard = world.enter_thread();
                entered.fetch_add(1, Ordering::SeqCst);
                while entered.load(Ordering::SeqCst) < PERIODS_MS.len() as u32 {
                    thread::yield_now();
                }
                for _ in 0..100 / period {
                    world.run_for(period);
                    log.lock().expect("no panic").push((world.now(), period));
                }
            });
        }
    });
    let mut log = log.into_inner().expect("no panic");
    log.sort_unstable();
    let expected =
        |period: u32| (1..=100 / period).map(move |n| (u64::from(n * period) * 1_000, period));
    let mut all: Vec<_> = PERIODS_MS.into_iter().flat_map(expected).collect();
    all.sort_unstable();
    assert_eq!(log, all);
}

#[test]
fn time_does_not_jump_while_a_registered_thread_runs() {
    let world = World::wire(0);
    let _guard = world.enter_thread();
    let woken = AtomicBool::new(false);
    thread::scope(|scope| {
        let inside = {
            let (world, woken) = (&world, &woken);
            scope.spawn(move || {
                let _guard = world.enter_thread();
                let token = world.events();
                world.wait(token, 60_000);
                woken.store(true, Ordering::SeqCst);
            })
        };
        for _ in 0..1_000 {
            // Runs without waiting: the other thread's deadline must not come.
            assert_eq!(world.now(), 0);
            assert!(!woken.load(Ordering::SeqCst));
            thread::yield_now();
        }
        world.notify();
        // The other thread may read its token only after this notify: then nothing but time
        // wakes it, and time moves when this thread waits too.
        world.run_for(120_000);
        inside.join().expect("no panic");
    });
}

#[test]
fn no_notify_is_lost_between_threads() {
    const ROUNDS: u32 = 20_000;
    let world = World::wire_in_real_time(0).expect("a thread");
    let turn = AtomicU32::new(0);
    let play = |mine: u32| {
        for round in 0..ROUNDS {
            loop {
                let token = world.events();
                if turn.load(Ordering::SeqCst) == 2 * round + mine {
                    break;
                }
                let began = Instant::now();
                world.wait(token, 10_000);
                assert!(
                    began.elapsed() < Duration::from_secs(5),
                    "slept through a notify"
                );
            }
            turn.fetch_add(1, Ordering::SeqCst);
            world.notify();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| play(0));
        scope.spawn(|| play(1));
    });
    assert_eq!(turn.load(Ordering::SeqCst), 2 * ROUNDS);
}

/// One run of a lossy echo: the trace, and how long it took.
fn lossy_echo(seed: u64) -> (u64, u64) {
    let world = World::wire(seed);
    world.set_link(Link {
        loss_permille: 30,
        reorder_permille: 30,
        ..world.link()
    });
    let (alice, bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    bob.listen_service(7, Service::Echo);
    let client = alice.connect_service(BOB, 7, Service::Discard);
    assert!(world.run_until(|| client.is_open(), 60_000));
    assert_eq!(client.send(&[3; 20_000]), 20_000);
    assert!(world.run_until(|| client.received() == 20_000, 600_000));
    (world.trace_hash(), world.now())
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    assert_eq!(lossy_echo(5), lossy_echo(5));
    assert_ne!(lossy_echo(5).0, lossy_echo(6).0);
}

#[test]
fn latency_and_partition() {
    let world = World::wire(0);
    world.set_link(Link {
        latency_us: 1_000,
        ..Link::default()
    });
    let (alice, bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    bob.udp_bind(9);
    alice.udp_send(9, BOB, 9, b"x");
    assert!(world.run_until(|| bob.udp_recv(9).is_some(), 1_000));
    assert_eq!(world.now(), 3_000, "ARP there and back, then the datagram");

    world.set_link(Link {
        partitioned: true,
        ..world.link()
    });
    alice.udp_send(9, BOB, 9, b"y");
    world.run_for(1_000);
    assert!(bob.udp_recv(9).is_none());
    world.set_link(Link {
        partitioned: false,
        ..world.link()
    });
    alice.udp_send(9, BOB, 9, b"z");
    world.run_for(10);
    assert_eq!(
        bob.udp_recv(9).map(|(_, payload)| payload),
        Some(b"z".to_vec())
    );
}

#[test]
fn a_filter_picks_what_is_lost() {
    let world = World::wire(0);
    let (alice, bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    bob.udp_bind(9);
    world.set_filter(Some(Box::new(|_, frame| !frame.ends_with(b"lose me"))));
    alice.udp_send(9, BOB, 9, b"lose me");
    alice.udp_send(9, BOB, 9, b"keep me");
    world.run_for(10);
    assert_eq!(
        bob.udp_recv(9).map(|(_, payload)| payload),
        Some(b"keep me".to_vec())
    );
    assert!(bob.udp_recv(9).is_none());
}

#[test]
fn the_capture_file_holds_every_frame() {
    let path = std::env::temp_dir().join(format!("w5100-sim-{}.pcap", std::process::id()));
    let world = World::wire(0);
    world.record(true);
    world
        .capture(&path)
        .expect("a file in the directory for such");
    let (alice, _bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    alice.ping(BOB, b"abc");
    world.run_for(10);
    world.stop_capture().expect("written");
    let file = std::fs::read(&path).expect("readable");
    std::fs::remove_file(&path).expect("ours");

    let recorded = world.recorded();
    assert_eq!(recorded.len(), 4, "ARP and echo, request and reply");
    assert_eq!(
        file[..4],
        [0xD4, 0xC3, 0xB2, 0xA1],
        "little endian, microseconds"
    );
    let mut rest = &file[24..];
    for frame in &recorded {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().expect("4 bytes"));
        let length = word(8) as usize;
        assert_eq!(
            u64::from(word(0)) * 1_000_000 + u64::from(word(4)),
            frame.at
        );
        assert_eq!(&rest[16..16 + length], &frame.frame[..]);
        rest = &rest[16 + length..];
    }
    assert!(rest.is_empty());
}
