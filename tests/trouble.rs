//! Which socket is the trouble: what rows tell of peers that are slow or dead, and that reading
//! them changes nothing.

mod support;

use std::collections::VecDeque;

use support::*;
use w5100::regs::Status;
use w5100::stack::ready::OUT;
use w5100::stack::{Handle, Info, SLOTS};
use w5100_sim::{ChipCounters, Conn, PeerHandle, Service};

/// Frames take time, and clocks are read in whole milliseconds.
const SLACK_MS: u32 = 3;
/// How often whoever waits has the library look by itself.
const CHECK_MS: u32 = 500;
const RING: usize = 2048;
/// What a peer here can hold.
const SMALL_WINDOW: usize = 1000;

#[track_caller]
fn assert_ms(actual: u32, expected: u32) {
    assert!(
        actual.abs_diff(expected) <= SLACK_MS,
        "{actual} ms, expected {expected}"
    );
}

/// A host of its own for each session.
fn peers<const N: usize>(lab: &Lab) -> [PeerHandle; N] {
    std::array::from_fn(|at| {
        lab.world
            .add_simple_peer([192, 168, 1, 20 + at as u8].into())
    })
}

/// A connection that the device makes to `peer`, which lets bytes wait.
#[track_caller]
fn connect(lab: &Lab, peer: &PeerHandle, at: usize) -> (Handle, Conn) {
    peer.listen_service(PEER_PORT, Service::Manual);
    let handle = lab.tcp();
    let ip = [192, 168, 1, 20 + at as u8];
    assert_eq!(
        lab.device().connect(handle, endpoint(ip, PEER_PORT)),
        Ok(())
    );
    lab.settle();
    (handle, peer.accept(PEER_PORT).expect("the peer has it"))
}

/// A connection to a peer with a small window, which is full.
fn stuffed(lab: &Lab) -> (Handle, Conn) {
    lab.peer.set_buffers(SMALL_WINDOW, SMALL_WINDOW);
    let (handle, conn) = lab.connected();
    assert_eq!(lab.send(handle, &pattern(RING, 1)), Ok(RING));
    lab.pass(100, 10);
    assert_eq!(conn.received(), SMALL_WINDOW as u64);
    // The library learns of acknowledgments when it asks.
    assert_eq!(lab.look(handle).outstanding as usize, RING - SMALL_WINDOW);
    (handle, conn)
}

#[test]
fn r2_a_row_tells_how_much_is_outstanding_and_since_when() {
    for length in [1, 2, 255, 256, 1000, RING] {
        let lab = Lab::new();
        let (handle, _conn) = lab.connected();
        let connected = lab.world.now_ms();
        lab.world.run_for(300);
        lab.peer.vanish(true);
        assert_eq!(lab.send(handle, &pattern(length, 1)), Ok(length));
        let sent = lab.world.now_ms();
        for wait in [0, 1, 99, 900, 9000] {
            lab.world.run_for(wait);
            let row = lab.look(handle);
            assert_eq!(row.outstanding, length as u32);
            assert_ms(row.outstanding_ms, lab.world.now_ms() - sent);
            // The connection is some milliseconds older than this test knows.
            let age = lab.world.now_ms() - connected;
            assert!((age..age + 3 * SETTLE_MS + 10).contains(&row.silent_ms));
        }
    }
}

#[test]
fn r2_it_counts_from_the_last_acknowledgment_and_not_from_the_first_byte() {
    let lab = Lab::new();
    let (handle, conn) = stuffed(&lab);
    let mut held = SMALL_WINDOW;
    lab.pass(3000, 10);
    while held < RING {
        // The peer's program takes a part, and its host acknowledges as much more.
        let mut part = [0; 400];
        assert_eq!(conn.recv(&mut part), 400);
        let before = conn.received();
        let looked = lab.pass_until(60_000, || conn.received() > before);
        lab.world.run_for(1);
        held = conn.received() as usize;
        let row = lab.look(handle);
        assert_eq!(row.outstanding as usize, RING - held, "after {looked} ms");
        if held < RING {
            assert!(row.outstanding_ms <= 10 + SLACK_MS, "{row:?}");
        } else {
            assert_eq!(row.outstanding_ms, 0);
        }
    }
}

/// A peer that takes some more and then closes its window, while the chip still has that SEND to
/// finish: the writer can only wait, and nobody looks at the rows for a long time.
#[test]
fn r2_the_first_look_tells_since_when_though_nobody_looked_before() {
    let lab = Lab::new();
    let (handle, conn) = stuffed(&lab);
    lab.pass(3000, 10);
    let before = conn.received();
    assert_eq!(conn.recv(&mut [0; 400]), 400);
    lab.pass_until(60_000, || conn.received() > before);
    let acknowledged = lab.world.now_ms();
    let late = |row: &Info| (lab.world.now_ms() - acknowledged).abs_diff(row.outstanding_ms);
    assert_eq!(lab.poll(handle, OUT, Some(30_000)), 0);
    for row in [lab.row(handle), lab.look(handle)] {
        assert_eq!(row.outstanding as usize, RING - conn.received() as usize);
        assert!(late(&row) <= 2 * CHECK_MS, "{row:?}");
    }
}

/// What was acknowledged long ago is not outstanding, also if the program never calls for that
/// socket again.
#[test]
fn r2_bytes_that_were_acknowledged_leave_the_row_by_themselves() {
    let lab = Lab::new();
    let (handle, _conn) = lab.connected();
    assert_eq!(lab.send(handle, &pattern(500, 1)), Ok(500));
    let other = lab.tcp();
    lab.pass(2 * CHECK_MS, 10);
    let row = lab.row(handle);
    assert_eq!((row.outstanding, row.outstanding_ms), (0, 0));
    lab.close(other);
}

#[test]
fn r2_silence_is_counted_from_the_last_byte_that_came_in() {
    let lab = Lab::new();
    for (handle, conn) in [lab.accepted(), lab.connected()] {
        for (length, pause) in [(1, 10), (100, 500), (2000, 7000)] {
            assert_eq!(conn.send(&pattern(length, 2)), length);
            lab.world.run_for(1);
            let heard = lab.world.now_ms();
            assert_ms(lab.look(handle).silent_ms, 0);
            lab.world.run_for(pause);
            assert_ms(lab.look(handle).silent_ms, lab.world.now_ms() - heard);
            // Neither taking it nor sending breaks the silence, though the RECV that gives the
            // room back has the chip announce what is left once more.
            assert_eq!(
                lab.receive(handle, length / 2 + 1).map(|d| d.len()),
                Ok(length / 2 + 1)
            );
            assert_eq!(lab.send(handle, b"answer"), Ok(6));
            lab.pass(100, 10);
            assert_ms(lab.look(handle).silent_ms, lab.world.now_ms() - heard);
            lab.receive_now(handle, length).ok();
        }
    }
}

#[test]
fn r2_the_socket_that_ties_up_buffers_is_found_among_four() {
    let lab = Lab::new();
    let peers: [PeerHandle; 4] = peers(&lab);
    let sessions: Vec<_> = (0..4).map(|at| connect(&lab, &peers[at], at)).collect();
    for dead in [2, 0] {
        peers[dead].vanish(true);
        let send = |(handle, _): &(Handle, Conn)| {
            assert_eq!(lab.send(*handle, &pattern(500, 3)), Ok(500));
            lab.world.now_ms()
        };
        let sent: Vec<_> = sessions.iter().map(send).collect();
        lab.world.run_for(1500);
        for (at, (handle, conn)) in sessions.iter().enumerate() {
            let row = lab.look(*handle);
            if at == dead {
                assert_eq!(row.outstanding, 500);
                assert_ms(row.outstanding_ms, lab.world.now_ms() - sent[at]);
            } else {
                assert_eq!((row.outstanding, row.outstanding_ms), (0, 0));
            }
            conn.recv_all();
        }
        peers[dead].vanish(false);
        lab.pass(10_000, 10);
    }
}

/// What a monitor can say of a row: nothing came and nothing was acknowledged for so long.
fn is_dead(row: &Info, ms: u32) -> bool {
    row.outstanding != 0 && row.outstanding_ms >= ms && row.silent_ms >= ms
}

#[test]
fn r3_a_slow_peer_acknowledges_now_and_then_and_a_dead_one_never() {
    const PATIENCE_MS: u32 = 8000;
    let lab = Lab::new();
    let peers: [PeerHandle; 2] = peers(&lab);
    peers
        .iter()
        .for_each(|peer| peer.set_buffers(SMALL_WINDOW, SMALL_WINDOW));
    let (slow, reader) = connect(&lab, &peers[0], 0);
    let (dead, _gone) = connect(&lab, &peers[1], 1);
    [slow, dead]
        .iter()
        .for_each(|handle| lab.nonblocking(*handle));
    peers[1].vanish(true);
    let begin = lab.world.now_ms();
    let mut taken = 0;
    let mut dead_since = None;
    for second in 1..=20 {
        // Both writers push as much as they can.
        [slow, dead]
            .iter()
            .for_each(|handle| _ = lab.send(*handle, &pattern(RING, 4)));
        lab.pass(1000, 10);
        let mut part = [0; 300];
        taken += reader.recv(&mut part);
        let row = lab.look(slow);
        assert!(row.outstanding > 0, "it always has something to wait for");
        assert!(!is_dead(&row, PATIENCE_MS), "{second} s: {row:?}");
        if is_dead(&lab.look(dead), PATIENCE_MS) {
            dead_since.get_or_insert(lab.world.now_ms() - begin);
        }
    }
    assert!(taken >= 20 * 200, "{taken} bytes were taken");
    // Found in the first look after that time.
    let found = dead_since.expect("the dead one is found");
    assert!(
        (PATIENCE_MS..PATIENCE_MS + 1000 + 100).contains(&found),
        "{found}"
    );
}

#[test]
fn r3_a_peer_that_takes_nothing_but_still_talks_is_not_dead() {
    let lab = Lab::new();
    let (handle, conn) = stuffed(&lab);
    for _ in 0..20 {
        lab.pass(1000, 10);
        assert_eq!(conn.send(b"."), 1);
        lab.pass(10, 10);
        let row = lab.look(handle);
        assert_eq!(row.outstanding as usize, RING - SMALL_WINDOW);
        assert!(row.silent_ms <= 10 + SLACK_MS && !is_dead(&row, 2000));
    }
    // By its acknowledgments alone it would be.
    assert!(lab.look(handle).outstanding_ms >= 20_000);
}

#[test]
fn r3_an_idle_connection_is_neither() {
    let lab = Lab::new();
    let (handle, _conn) = lab.connected();
    assert_eq!(lab.send(handle, b"all there is to say"), Ok(19));
    lab.pass(60_000, 100);
    let row = lab.look(handle);
    assert_eq!((row.outstanding, row.outstanding_ms), (0, 0));
    assert!(row.silent_ms >= 60_000);
}

/// All that can be read without the chip.
fn read_all(lab: &Lab) {
    for index in 0..SLOTS {
        lab.with(|stack| stack.info(index));
    }
    for number in 0..4 {
        lab.with(|stack| stack.hardware_info(number));
    }
    lab.with(|stack| Ok(stack.counters()));
}

/// Sessions of all sorts; `between` runs at every turn. What the chip and the wire have seen.
fn busy_life(mut between: impl FnMut(&Lab)) -> (ChipCounters, u64) {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 2);
    let datagram = lab.udp_at(53);
    lab.peer.udp_bind(53);
    for round in 0..20u8 {
        between(&lab);
        let conn = lab.client();
        let handle = lab.accept(listener).unwrap();
        between(&lab);
        lab.echo(handle, &conn, &pattern(3000, round));
        between(&lab);
        assert_eq!(
            lab.send_to(datagram, &[round], endpoint(PEER_IP, 53)),
            Ok(1)
        );
        lab.arrives(&lab.peer, 53, 53, &[round; 9]);
        between(&lab);
        assert_eq!(
            lab.receive_from(datagram, 9),
            Ok((vec![round; 9], endpoint(PEER_IP, 53)))
        );
        match round % 4 {
            0 => conn.close(),
            1 => conn.abort(),
            2 => lab.peer.vanish(true),
            _ => {}
        }
        lab.settle();
        between(&lab);
        let _ = lab.send(handle, b"to whom it may concern");
        between(&lab);
        lab.close(handle);
        between(&lab);
        lab.pass(11_000, 100);
        lab.peer.vanish(false);
    }
    lab.assert_clean();
    (lab.chip.counters(), lab.world.trace_hash())
}

#[test]
fn r8_a_life_with_all_that_reading_is_the_same_for_the_chip() {
    // A look at the clock takes a microsecond: the same passes where nobody reads.
    let mut passed = VecDeque::new();
    let read = busy_life(|lab| {
        let begin = lab.world.now();
        (0..10).for_each(|_| read_all(lab));
        passed.push_back(lab.world.now() - begin);
    });
    let alone = busy_life(|lab| {
        for _ in 0..passed.pop_front().expect("both lives have the same turns") {
            lab.world.now_ms();
        }
    });
    assert_eq!(read, alone);
}

#[test]
fn r8_rows_are_read_again_and_again_and_stay_the_same() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.send(b"waits");
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"on its way"), Ok(10));
    lab.world.run_for(1000);
    let first = lab.look(handle);
    assert_eq!(first.status, Status::ESTABLISHED.0);
    for _ in 0..100 {
        let times = |row: Info| Info {
            age_ms: 0,
            outstanding_ms: 0,
            silent_ms: 0,
            ..row
        };
        assert_eq!(times(lab.row(handle)), times(first));
        assert_eq!(times(lab.look(handle)), times(first));
    }
    // A look took nothing away.
    assert_eq!(lab.receive(handle, 10), Ok(b"waits".to_vec()));
}

#[test]
fn r2_of_a_connection_that_is_over_nothing_is_awaited() {
    let lab = Lab::new();
    lab.peer.set_buffers(SMALL_WINDOW, SMALL_WINDOW);
    let (handle, conn) = lab.connected();
    lab.set(handle, |options| options.user_timeout = 10_000);
    assert_eq!(conn.send(b"unread"), 6);
    assert_eq!(lab.send(handle, &pattern(RING, 1)), Ok(RING));
    lab.pass(100, 10);
    let before = lab.look(handle);
    assert_eq!(before.outstanding as usize, RING - SMALL_WINDOW);
    assert_ne!(before.timeout_ms, 0);
    conn.abort();
    lab.settle();
    let row = lab.look(handle);
    assert_eq!((row.unread, Status(row.status)), (6, Status::CLOSED));
    assert_eq!((row.outstanding, row.timeout_ms), (0, 0), "{row:?}");
}
