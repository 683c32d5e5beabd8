//! What it costs to wait for nothing.

mod support;

use support::Lab;
use support::threads::take_turn;
use support::waits::*;

#[test]
fn a_connection_that_is_over_costs_no_frames() {
    let _turn = take_turn();
    let lab = Lab::new();
    for _ in 0..4 {
        let (handle, conn) = lab.connected();
        conn.close();
        lab.close(handle);
        lab.settle();
    }
    assert_eq!(lab.free_sockets(), 4);
    let before = lab.chip.counters().frames;
    lab.service();
    assert_eq!(
        lab.chip.counters().frames - before,
        1,
        "the common IR alone"
    );
}

#[test]
fn w8_idle_waiting_costs_no_frame_between_the_looks_with_the_line() {
    for wait in &WAITS {
        let bursts = bench(true).bursts(wait);
        let name = wait.name;
        // The call's own try, and perhaps what a call before it left to be done.
        let looks: Vec<_> = bursts
            .into_iter()
            .skip_while(|(at, _)| *at < 1000)
            .collect();
        for pair in looks.windows(2) {
            let apart = pair[1].0 - pair[0].0;
            assert!(apart >= LOOK_MS * 1000, "{name}: {apart} us apart");
            assert!(apart <= 2 * LOOK_MS * 1000, "{name}: {apart} us apart");
        }
        for (at, frames) in &looks {
            assert!(*frames <= LOOK_FRAMES, "{name}: {frames} frames at {at} us");
        }
        let (most, least) = (
            u64::from(IDLE_MS) / LOOK_MS,
            u64::from(IDLE_MS) / LOOK_MS / 2,
        );
        let count = looks.len() as u64;
        assert!((least - 1..=most).contains(&count), "{name}: {count} looks");
    }
}

#[test]
fn idle_waiting_without_the_line_costs_a_frame_each_ten_milliseconds() {
    for wait in &WAITS {
        let bursts = bench(false).bursts(wait);
        let frames: usize = bursts.iter().map(|(_, frames)| frames).sum();
        let looks = (u64::from(IDLE_MS) / LOOK_MS) as usize;
        // Naps begin short, and the first try asks more.
        let most = IDLE_MS as usize / 10 + looks * LOOK_FRAMES + 20;
        let name = wait.name;
        assert!(frames <= most, "{name}: {frames} frames");
        assert!(frames >= IDLE_MS as usize / 12, "{name}: {frames} frames");
    }
}
