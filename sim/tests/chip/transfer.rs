//! Two chips on one wire: data both ways, in one run like in another.

use crate::bench::*;

/// Chip 0 connects its socket `n` to port 80 of chip 1, whose socket 0 listens.
fn connected() -> Bench {
    let mut bench = Bench::two();
    bench.listen(1, 0, 80);
    bench.open(0, 0, 0x21, 3000);
    bench.target(0, 0, chip_ip(1), 80);
    bench.command(0, 0, CONNECT);
    assert!(bench.until(SECOND, |b| b.status(0, 0) == 0x17 && b.status(1, 0) == 0x17));
    bench
}

/// Sends `data` from socket 0 of one chip to socket 0 of the other.
fn carry(bench: &mut Bench, from: usize, to: usize, data: &[u8]) -> Vec<u8> {
    let mut left = data;
    let mut got = Vec::new();
    while got.len() < data.len() {
        let room = usize::from(bench.read16(from, sn(0, TX_FSR)));
        let part = room.min(left.len()).min(700);
        if part > 0 {
            bench.send(from, 0, &left[..part]);
            left = &left[part..];
        }
        let waiting = bench.read16(to, sn(0, RX_RSR));
        if waiting > 0 {
            got.extend(bench.take(to, 0, waiting));
        } else if part == 0 {
            let more = !left.is_empty();
            assert!(bench.until(60 * SECOND, |b| {
                let room = more && b.peek16(from, sn(0, TX_FSR)) > 0;
                room || b.peek16(to, sn(0, RX_RSR)) > 0
            }));
        }
    }
    got
}

#[test]
fn both_chips_see_the_connection() {
    let mut bench = connected();
    assert_eq!(bench.interrupts(0, 0), CONNECTED);
    assert_eq!(bench.interrupts(1, 0), CONNECTED);
    assert_eq!(bench.read16(1, sn(0, DPORT)), 3000);
    assert_eq!(bench.read(1, sn(0, DIPR) + 3), 1);
    assert_eq!(bench.read(1, sn(0, DHAR) + 5), 1);
}

#[test]
fn data_goes_both_ways_unchanged() {
    let mut bench = connected();
    let data: Vec<u8> = (0..20_000u32).map(|i| (i * 7 + i / 251) as u8).collect();
    assert!(carry(&mut bench, 0, 1, &data) == data);
    assert!(carry(&mut bench, 1, 0, &data) == data);
}

#[test]
fn lost_frames_are_made_good() {
    for lose_every in [3, 5, 7] {
        let mut bench = connected();
        bench.lose_every = lose_every;
        let data: Vec<u8> = (0..10_000u32).map(|i| (i * 11 + i / 255) as u8).collect();
        assert!(carry(&mut bench, 0, 1, &data) == data);
        assert!(carry(&mut bench, 1, 0, &data) == data);
    }
}

#[test]
fn the_same_seed_gives_the_same_frames() {
    let trace = || {
        let mut bench = connected();
        carry(&mut bench, 0, 1, &[9; 5000]);
        bench
            .seen
            .into_iter()
            .map(|seen| (seen.at, seen.bytes))
            .collect::<Vec<_>>()
    };
    assert!(trace() == trace());
}

#[test]
fn both_sides_close() {
    let mut bench = connected();
    bench.command(0, 0, DISCON);
    assert_eq!(bench.status(0, 0), 0x18, "FIN_WAIT");
    assert_eq!(bench.status(1, 0), 0x1C, "CLOSE_WAIT");
    bench.command(1, 0, DISCON);
    assert!(bench.until(SECOND, |b| b.status(0, 0) == 0 && b.status(1, 0) == 0));
    assert_eq!(
        bench.interrupts(0, 0) & (DISCONNECTED | TIMEOUT),
        DISCONNECTED
    );
    assert_eq!(
        bench.interrupts(1, 0) & (DISCONNECTED | TIMEOUT),
        DISCONNECTED
    );
}
