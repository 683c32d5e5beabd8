//! Many threads, any call at any moment.

mod support;

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

use support::threads::{self, Job};
use support::*;
use w5100::error::Error;
use w5100::stack::{Direction, Handle, Kind, Role, SLOTS, ready};
use w5100_sim::{Conn, Service};

/// Numbers that look random.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % sides
    }
}

/// Handles that all threads share, open or closed.
type Shared = [AtomicI32; 6];

/// Puts a new socket in the place of an old one, which is closed if no other thread was faster.
fn replace(lab: &Lab, place: &AtomicI32, new: Handle) -> bool {
    lab.timeouts(new, 20, 20);
    let old = Handle::from_raw(place.swap(new.raw(), Ordering::SeqCst));
    lab.device().with(|stack| stack.close(old)).is_ok()
}

/// One call, on a handle that another thread may close, use or replace meanwhile. Tells whether
/// it did anything.
fn any_call(lab: &Lab, shared: &Shared, dice: &mut Dice) -> bool {
    let place = &shared[dice.roll(shared.len() as u32) as usize];
    let handle = Handle::from_raw(place.load(Ordering::SeqCst));
    let device = lab.device();
    match dice.roll(12) {
        0 => device.with(|stack| stack.close(handle)).is_ok(),
        1 => new_socket(lab, place, Kind::Udp),
        2 => new_socket(lab, place, Kind::Tcp),
        3 => device.with(|stack| stack.listen(handle, 2)).is_ok(),
        4 => lab.bind(handle, PORT).is_ok(),
        5 => lab.connect(handle).is_ok(),
        6 => lab.accept(handle).is_ok_and(|new| replace(lab, place, new)),
        7 => lab.send(handle, &[1; 300]).is_ok(),
        8 => lab.receive(handle, 200).is_ok(),
        9 => lab.poll(handle, ready::IN | ready::OUT, Some(dice.roll(20))) != 0,
        10 => {
            let directions = [Direction::Read, Direction::Write, Direction::Both];
            let direction = directions[dice.roll(3) as usize];
            device
                .with(|stack| stack.shutdown(handle, direction))
                .is_ok()
        }
        _ => {
            let peer = Some(endpoint(PEER_IP, PEER_PORT));
            device.send_to(handle, &[2; 300], peer, false).is_ok()
        }
    }
}

fn new_socket(lab: &Lab, place: &AtomicI32, kind: Kind) -> bool {
    let new = lab.device().with(|stack| stack.socket(kind));
    new.is_ok_and(|new| replace(lab, place, new))
}

/// A handle may be shared between the load and the close of another thread, so that its socket
/// survives; these are closed at the end by what the socket table says.
fn close_all(lab: &Lab) {
    for index in 0..SLOTS {
        if let Some(row) = lab.with(|stack| stack.info(index)) {
            lab.close(Handle::from_raw(row.handle));
        }
    }
}

#[test]
fn w5_any_call_from_any_thread_leaves_nothing_behind() {
    for seed in 0..8u32 {
        let lab = Lab::with_setup(Setup {
            wired: seed % 2 == 1,
            ..Setup::default()
        });
        lab.peer.listen_service(PEER_PORT, Service::Echo);
        lab.peer.udp_echo(PEER_PORT);
        let shared: Shared = Default::default();
        let running = AtomicUsize::new(4);
        let worker = |number: u32| {
            let (lab, shared, running) = (&lab, &shared, &running);
            move || {
                let mut dice = Dice(seed * 100 + number);
                let worked = (0..500).filter(|_| any_call(lab, shared, &mut dice));
                assert!(worked.count() > 50);
                running.fetch_sub(1, Ordering::SeqCst);
            }
        };
        let clients = || {
            let mut conns = std::collections::VecDeque::<Conn>::new();
            while running.load(Ordering::SeqCst) > 0 {
                conns.push_back(lab.peer.connect_service(chip_ip(), PORT, Service::Echo));
                lab.world.run_for(7);
                // The peer forgets those that nobody holds.
                drop(lab.peer.accept(PEER_PORT));
                if conns.len() > 5 {
                    conns.pop_front().unwrap().abort();
                }
            }
        };
        let mut jobs: Vec<Job<'_, ()>> = vec![Box::new(clients)];
        jobs.extend((0..4).map(|number| Box::new(worker(number)) as Job<'_, ()>));
        threads::run(&lab.world, jobs);

        close_all(&lab);
        lab.world.run_for(11_000);
        lab.settle();
        assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
        assert_eq!(lab.chip.counters().violations, 0);
        let (handle, conn) = lab.accepted();
        lab.echo(handle, &conn, &pattern(5000, 1));
    }
}

#[test]
fn w9_the_bytes_of_concurrent_sends_stay_together() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    // Messages longer than the ring, so that each is sent in parts.
    const LENGTH: usize = 5000;
    const EACH: usize = 10;
    let sender = |letter: u8| {
        let lab = &lab;
        move || {
            for _ in 0..EACH {
                assert_eq!(lab.send(handle, &[letter; LENGTH]), Ok(LENGTH));
            }
            Vec::new()
        }
    };
    let receiver = || {
        let mut received = Vec::new();
        let all = || {
            received.extend(conn.recv_all());
            received.len() >= 3 * EACH * LENGTH
        };
        assert!(lab.world.run_until(all, 60_000));
        received
    };
    let mut jobs: Vec<Job<'_, Vec<u8>>> = vec![Box::new(receiver)];
    jobs.extend([b'a', b'b', b'c'].map(|letter| Box::new(sender(letter)) as Job<'_, _>));
    let received = threads::run(&lab.world, jobs).swap_remove(0);
    assert_eq!(received.len(), 3 * EACH * LENGTH);
    for message in received.chunks(LENGTH) {
        assert!(message.iter().all(|byte| *byte == message[0]));
    }
}

#[test]
fn w9_a_send_that_waits_for_its_turn_ends_when_the_other_one_fails() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    let first_failed = AtomicBool::new(false);
    let send = |lab: &Lab| lab.send(handle, &vec![1; 200_000]);
    let jobs: Vec<Job<'_, ()>> = vec![
        Box::new(|| {
            assert!(send(&lab).is_ok_and(|sent| sent < 200_000));
            first_failed.store(true, Ordering::SeqCst);
        }),
        Box::new(|| {
            lab.world.run_for(100);
            let second = send(&lab);
            assert!(matches!(second, Err(Error::ConnectionReset | Error::Pipe)));
        }),
        Box::new(|| {
            lab.world.run_for(2000);
            conn.abort();
        }),
    ];
    threads::run(&lab.world, jobs);
    assert!(first_failed.load(Ordering::SeqCst));
}

/// Reads all there is to read: the bytes of the connection that is open, and of all so far.
fn read_statistics(lab: &Lab, handle: Handle) -> ([u32; 2], [u32; 2]) {
    let rows = (0..SLOTS).filter_map(|index| lab.with(|stack| stack.info(index)));
    let mut own = rows.filter(|row| row.handle == handle.raw());
    let bytes = own.next().map(|row| [row.bytes_in, row.bytes_out]);
    let roles = [0, 1, 2, 3].map(|sn| lab.with(|stack| stack.hardware_info(sn)).role);
    let connections = roles.iter().filter(|role| **role == Role::Connection as u8);
    assert_eq!(connections.count(), 1, "{roles:?}");
    let totals = lab.with(|stack| Ok(stack.counters()));
    let open = bytes.expect("the socket has a row");
    (open, [totals.bytes_in, totals.bytes_out])
}

#[test]
fn r8_ten_thousand_connections_leak_nothing() {
    let lab = Lab::new();
    lab.peer.listen_service(PEER_PORT, Service::Echo);
    let mut moved = 0;
    for round in 0..10_000u32 {
        let handle = lab.tcp();
        assert_eq!(lab.connect(handle), Ok(()), "round {round}");
        let mut own = 0;
        if round % 16 == 0 {
            assert_eq!(lab.send(handle, b"ping"), Ok(4));
            assert_eq!(lab.receive(handle, 10), Ok(b"ping".to_vec()));
            lab.look(handle);
            own = 4;
        }
        moved += own;
        // Each has its own bytes and none of those before; nothing is counted twice.
        let statistics = read_statistics(&lab, handle);
        assert_eq!(statistics, ([own; 2], [moved; 2]), "round {round}");
        lab.close(handle);
        // The peer forgets those that nobody holds.
        drop(lab.peer.accept(PEER_PORT));
    }
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    for sn in 0..4 {
        let held = lab.with(|stack| stack.hardware_info(sn));
        assert_eq!((held.role, held.handle), (Role::Free as u8, 0));
    }
    lab.assert_clean();
}
