//! The /INT line: what waiting costs with it and without, and that no event gets lost on it.
//!
//! A sleeping task hears of an edge through a handler that does nothing but to call
//! `w5100_interrupt` once for each. The *look* that is the net below it comes twice a second.

mod support;

use std::sync::{Arc, Mutex};

use support::threads::{self, Job};
use support::waits::*;
use support::*;
use w5100::stack::ready::{ERR, IN, OUT};
use w5100_sim::Conn;

/// Both wait; `first` comes, and while that is handled, at every frame in turn, data for the
/// second. The line does not rise in between, so there is no second edge.
fn overtaken_by_data(first: fn(&Wired, &Conn), ends_the_poll: bool) {
    for frame in 0..=24 {
        let bench = bench(true);
        let [(a, a_conn), (b, b_conn)] = bench.pair();
        let lab = bench.lab;
        let sent_at = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&sent_at);
        first(lab, &a_conn);
        let (chip, world) = (lab.chip.clone(), lab.world.clone());
        let mut frames = 0;
        *bench.extra.lock().unwrap() = Some(Box::new(move || {
            frames += usize::from(frames > 0 || chip.int_low());
            if frames > frame && noted.lock().unwrap().is_none() {
                b_conn.send(b"second");
                *noted.lock().unwrap() = Some(world.now());
                // Until it has arrived.
                world.run_for(1);
            }
        }));
        let mut set = [entry(a, IN), entry(b, IN)];
        if ends_the_poll {
            poll(&lab.devices, &mut set, None).unwrap();
            assert_eq!(lab.receive(a, 9), Ok(b"first".to_vec()));
        }
        let mut set = [entry(b, IN)];
        assert_eq!(poll(&lab.devices, &mut set, Some(60_000)), Ok(1), "{frame}");
        let sent_at = sent_at.lock().unwrap().expect("so many frames there are");
        let late = lab.world.now() - sent_at;
        assert!(late <= 2000 * AT_ONCE_MS, "{late} us after frame {frame}");
        assert_eq!(lab.receive(b, 9), Ok(b"second".to_vec()));
        lab.assert_clean();
    }
}

/// Brings the first event on its way so that the tasks sleep when it arrives.
fn later(lab: &Wired, action: impl FnOnce()) {
    let link = lab.world.link();
    lab.world.set_link(w5100_sim::Link {
        latency_us: 300_000,
        ..link
    });
    action();
    lab.world.set_link(link);
}

#[test]
fn w8_an_event_that_comes_while_another_is_handled_is_handled_too() {
    overtaken_by_data(
        |lab, conn| later(lab, || assert_eq!(conn.send(b"first"), 5)),
        true,
    );
}

#[test]
fn w8_an_event_that_comes_while_the_chips_own_is_handled_is_handled_too() {
    overtaken_by_data(
        |lab, _| {
            // Nobody is told that this one was refused, but the line falls.
            let handle = lab.udp();
            let sent = lab.send_to(handle, b"x", endpoint(PEER_IP, 9));
            assert_eq!(sent, Ok(1));
        },
        false,
    );
}

#[test]
fn w8_one_edge_serves_the_events_of_two_sockets() {
    let bench = bench(true);
    let lab = bench.lab;
    let [(a, a_conn), (b, b_conn)] = bench.pair();
    lab.handle_interrupts();
    let (edges, runs) = (lab.chip.int_edges(), lab.interrupts.runs());
    later(lab, || {
        a_conn.send(b"a");
        b_conn.send(b"b");
    });
    let mut set = [entry(a, IN), entry(b, IN)];
    assert_eq!(poll(&lab.devices, &mut set, None), Ok(2));
    assert_eq!((set[0].revents, set[1].revents), (IN, IN));
    assert_eq!(lab.chip.int_edges() - edges, 1, "the line stayed low");
    assert_eq!(lab.interrupts.runs() - runs, 1);
    assert!(!lab.chip.int_low(), "and all is acknowledged");
}

/// Milliseconds of virtual time between the messages of a peer, from a fixed seed.
fn gaps() -> impl Iterator<Item = u32> {
    let mut state = 0x5100_u32;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Now and then long enough for a nap of half a second.
        (state >> 24) * if state >> 20 & 7 == 0 { 8 } else { 1 } / 4
    })
}

#[test]
fn w8_a_handler_that_runs_once_for_each_edge_is_enough() {
    const MESSAGES: usize = 300;
    let bench = bench(true);
    let lab = bench.lab;
    let pair = bench.pair();
    let handles = [pair[0].0, pair[1].0];
    lab.handle_interrupts();
    let (edges, runs) = (lab.chip.int_edges(), lab.interrupts.runs());
    let sender: Job<'_, Vec<u64>> = Box::new(|| {
        let send = |(at, gap): (usize, u32)| {
            lab.world.run_for(gap);
            let _: usize = pair[at % 2].1.send(b"m");
            lab.world.now()
        };
        gaps().take(MESSAGES).enumerate().map(send).collect()
    });
    let receiver: Job<'_, Vec<u64>> = Box::new(|| {
        let mut came = Vec::new();
        while came.len() < MESSAGES {
            let mut set = handles.map(|handle| entry(handle, IN));
            assert!(poll(&lab.devices, &mut set, Some(30_000)).unwrap() > 0);
            for handle in handles {
                let data = lab.receive_now(handle, 100).unwrap_or_default();
                came.extend(data.iter().map(|_| lab.world.now()));
            }
        }
        came
    });
    let times = threads::run(&lab.world, vec![sender, receiver]);
    for (sent, came) in times[0].iter().zip(&times[1]) {
        assert!(came - sent <= 2000 * AT_ONCE_MS, "{} us late", came - sent);
    }
    let runs = u64::from(lab.interrupts.runs() - runs);
    assert_eq!(runs, lab.chip.int_edges() - edges);
}

/// The line is made `faulty` while a task sleeps in poll: how long data then takes to be seen.
fn data_is_seen_after(wired: bool, faulty: fn(&Wired)) -> (u64, u32) {
    let bench = bench(wired);
    let lab = bench.lab;
    let (handle, conn) = lab.connected();
    faulty(lab);
    // The naps have reached their full length when it comes.
    let sender: Job<'_, u64> = Box::new(|| {
        lab.world.run_for(5_100);
        conn.send(b"x");
        lab.world.now()
    });
    let receiver: Job<'_, u64> = Box::new(|| {
        assert_eq!(lab.poll(handle, IN, Some(60_000)), IN);
        lab.world.now()
    });
    let before = lab.interrupts.sleeps();
    let times = threads::run(&lab.world, vec![sender, receiver]);
    assert_eq!(lab.receive(handle, 9), Ok(b"x".to_vec()));
    (
        (times[1] - times[0]) / 1000,
        lab.interrupts.sleeps() - before,
    )
}

#[test]
fn a_lost_edge_is_found_by_the_next_look() {
    let (late, _) = data_is_seen_after(true, |_| ());
    assert!(late <= AT_ONCE_MS, "{late} ms with a line that works");
    let (late, _) = data_is_seen_after(true, |lab| lab.interrupts.swallow(true));
    assert!((AT_ONCE_MS + 1..=LOOK_MS).contains(&late), "{late} ms");
    let (late, _) = data_is_seen_after(false, |_| ());
    assert!(late <= 11, "{late} ms without the line");
}

#[test]
fn a_broken_wire_delays_and_neither_hangs_nor_spins() {
    for low in [true, false] {
        let (late, sleeps) = data_is_seen_after(
            true,
            match low {
                true => |lab| lab.interrupts.break_wire(true),
                false => |lab| lab.interrupts.break_wire(false),
            },
        );
        let limit = if low { LOOK_MS } else { 2 * LOOK_MS };
        assert!(late <= limit, "{late} ms, stuck low: {low}");
        // Ten naps until they are half a second long, and those.
        assert!(
            sleeps <= 10 + 2 * 6 + 4,
            "{sleeps} sleeps, stuck low: {low}"
        );
        for wait in &WAITS {
            let bench = bench(true);
            bench.lab.interrupts.break_wire(low);
            let frames: usize = bench.bursts(wait).iter().map(|(_, count)| count).sum();
            let looks = (u64::from(IDLE_MS) / LOOK_MS) as usize;
            // A line that is low has each nap ask once what it means.
            let most = looks * (LOOK_FRAMES + 1) + 20;
            assert!(frames <= most, "{}: {frames} frames", wait.name);
        }
    }
}

#[test]
fn a_wire_stuck_high_hides_no_refused_datagram() {
    let bench = bench(true);
    let lab = bench.lab;
    lab.interrupts.break_wire(false);
    let handle = lab.udp();
    lab.with(|stack| stack.connect(handle, endpoint(PEER_IP, 9)));
    assert_eq!(lab.send_to(handle, b"x", None), Ok(1));
    let (revents, late) = lab.timed(|| lab.poll(handle, IN, Some(60_000)));
    assert_eq!(revents, ERR | IN);
    assert!(u64::from(late) <= 2 * LOOK_MS, "{late} ms");
    assert_eq!(lab.poll(handle, OUT, Some(0)) & ERR, ERR);
}
