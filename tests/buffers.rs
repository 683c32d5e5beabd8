//! SO_SNDBUF, SO_RCVBUF and the split of the chip's memory (requirement R5).

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::chip::MemorySplit;
use w5100::error::{Error, Result};
use w5100::stack::{Handle, ready};
use w5100_sim::Conn;

const RMSR: u16 = 0x001A;
const TMSR: u16 = 0x001B;

fn split(rx: [u8; 4], tx: [u8; 4]) -> MemorySplit {
    MemorySplit { rx, tx }
}

fn set_memory(lab: &Lab, rx: [u8; 4], tx: [u8; 4]) -> Result<()> {
    lab.device().with(|stack| stack.set_memory(split(rx, tx)))
}

fn set_receive_buffer(lab: &Lab, handle: Handle, bytes: u16) -> Result<()> {
    lab.device()
        .with(|stack| stack.set_receive_buffer(handle, bytes))
}

/// Receive and transmit ring, as the library tells.
fn sizes(lab: &Lab, handle: Handle) -> (u16, u16) {
    lab.with(|stack| Ok((stack.receive_buffer(handle)?, stack.send_buffer(handle)?)))
}

fn registers(lab: &Lab) -> [u8; 2] {
    [RMSR, TMSR].map(|register| lab.chip.with(|chip| chip.peek(register)))
}

/// As many connections as there are hardware sockets, with their numbers.
fn sessions(lab: &Lab) -> Vec<(usize, Handle, Conn)> {
    let listener = lab.listener(PORT, 4);
    let usable = lab.free_sockets();
    let connect = |_| {
        let conn = lab.client();
        let handle = lab.accept(listener).expect("a client waits");
        (usize::from(lab.row(handle).hardware), handle, conn)
    };
    let sessions: Vec<_> = (0..usable).map(connect).collect();
    lab.close(listener);
    assert_eq!(lab.free_sockets(), 0);
    sessions
}

fn end(lab: &Lab, sessions: Vec<(usize, Handle, Conn)>) {
    for (_, handle, conn) in sessions {
        lab.close(handle);
        conn.close();
    }
    lab.settle();
    assert_eq!(lab.statuses(), [0; 4]);
}

#[test]
fn r5_the_sizes_are_true() {
    for (rx, tx, smallest) in [
        ([2, 2, 2, 2], [2, 2, 2, 2], (2, 2)),
        ([4, 2, 1, 1], [1, 1, 2, 4], (1, 1)),
        ([4, 4, 0, 0], [2, 4, 0, 0], (4, 2)),
        ([8, 0, 0, 0], [8, 0, 0, 0], (8, 8)),
        ([1, 1, 1, 1], [2, 2, 2, 2], (1, 2)),
    ] {
        let lab = Lab::with_setup(Setup {
            split: split(rx, tx),
            ..Setup::default()
        });
        // Which ring a socket will get is open as yet: the smallest is certain.
        let (least_rx, least_tx) = smallest;
        for fresh in [lab.tcp(), lab.udp()] {
            assert_eq!(sizes(&lab, fresh), (least_rx << 10, least_tx << 10));
        }
        for (number, handle, conn) in sessions(&lab) {
            let expected = (u16::from(rx[number]) << 10, u16::from(tx[number]) << 10);
            assert_eq!(sizes(&lab, handle), expected, "{rx:?} {tx:?} {number}");
            fits_exactly(&lab, handle, &conn);
        }
        lab.assert_clean();
    }
}

/// The rings hold what was told, and not a byte more.
fn fits_exactly(lab: &Lab, handle: Handle, conn: &Conn) {
    let (rx, tx) = sizes(lab, handle);
    assert_eq!(conn.send(&[1; 20_000]), 20_000);
    lab.settle();
    lab.settle();
    assert_eq!(lab.available(handle), usize::from(rx));
    lab.peer.vanish(true);
    lab.nonblocking(handle);
    let mut sent = 0;
    while let Ok(more) = lab.send(handle, &[1; 3000]) {
        sent += more;
        lab.world.run_for(10);
    }
    assert_eq!(sent, usize::from(tx));
    lab.peer.vanish(false);
    lab.pass(10_000, 100);
}

#[test]
fn r5_rcvbuf_deals_the_memory_in_equal_rings() {
    let lab = Lab::new();
    let handle = lab.tcp();
    for (bytes, ring, usable, register) in [
        (1, 1024, 4, 0x00),
        (1024, 1024, 4, 0x00),
        (1025, 2048, 4, 0x55),
        (2048, 2048, 4, 0x55),
        (2049, 4096, 2, 0x0A),
        (4096, 4096, 2, 0x0A),
        (4097, 8192, 1, 0x03),
        (8192, 8192, 1, 0x03),
        (1, 1024, 4, 0x00),
    ] {
        assert_eq!(set_receive_buffer(&lab, handle, bytes), Ok(()));
        assert_eq!(sizes(&lab, handle), (ring, ring), "{bytes} bytes");
        assert_eq!(lab.free_sockets(), usable, "{bytes} bytes");
        // Of those that are left: two bits each, socket 0 lowest.
        let mask = (1u16 << (2 * usable)) - 1;
        for shown in registers(&lab) {
            assert_eq!(u16::from(shown) & mask, register, "{bytes} bytes");
        }
        let sessions = sessions(&lab);
        for (_, handle, conn) in &sessions {
            assert_eq!(sizes(&lab, *handle), (ring, ring));
            lab.echo(*handle, conn, &pattern(20_000, 1));
        }
        end(&lab, sessions);
    }
    for bytes in [0, 8193, u16::MAX] {
        assert_eq!(set_receive_buffer(&lab, handle, bytes), Err(Error::Invalid));
    }
    lab.assert_clean();
}

#[test]
fn r5_what_the_chip_cannot_be_dealt_is_refused() {
    let lab = Lab::new();
    for (rx, tx) in [
        ([4, 4, 1, 0], [2; 4]),
        ([2; 4], [4, 4, 4, 0]),
        ([3, 1, 1, 1], [2; 4]),
        ([16, 0, 0, 0], [8, 0, 0, 0]),
        ([2, 2, 2, 0], [2; 4]),
        ([2, 0, 2, 2], [2, 0, 2, 2]),
        ([255; 4], [255; 4]),
    ] {
        assert_eq!(
            set_memory(&lab, rx, tx),
            Err(Error::Invalid),
            "{rx:?} {tx:?}"
        );
        assert_eq!(registers(&lab), [0x55, 0x55]);
    }
    let sessions = sessions(&lab);
    assert_eq!(sessions.len(), 4);
}

/// The memory cannot be dealt anew now; afterwards it can.
fn busy_until(take: impl Fn(&Lab) -> Handle, free: impl Fn(&Lab, Handle)) {
    let lab = Lab::new();
    let fresh = lab.tcp();
    let handle = take(&lab);
    lab.settle();
    for bytes in [1000, 4096, 8192] {
        assert_eq!(set_receive_buffer(&lab, fresh, bytes), Err(Error::Busy));
    }
    assert_eq!(set_memory(&lab, [4, 4, 0, 0], [2; 4]), Err(Error::Invalid));
    assert_eq!(set_memory(&lab, [4, 2, 1, 1], [2; 4]), Err(Error::Busy));
    assert_eq!(registers(&lab), [0x55, 0x55]);
    // This changes nothing.
    assert_eq!(set_receive_buffer(&lab, fresh, 2000), Ok(()));
    free(&lab, handle);
    assert_eq!(set_memory(&lab, [4, 2, 1, 1], [1, 1, 2, 4]), Ok(()));
    assert_eq!(registers(&lab), [0x06, 0x90]);
    assert_eq!(set_receive_buffer(&lab, fresh, 8192), Ok(()));
    assert_eq!(lab.free_sockets(), 1);
}

#[test]
fn r5_it_is_ebusy_while_a_hardware_socket_is_in_use() {
    let close = Lab::close;
    busy_until(|lab| lab.listener(PORT, 1), close);
    busy_until(|lab| lab.listener(PORT, 4), close);
    busy_until(
        |lab| {
            let handle = lab.udp();
            lab.bind(handle, 9).unwrap();
            handle
        },
        close,
    );
    let linger_zero = |lab: &Lab, handle: Handle| {
        lab.set(handle, |options| options.linger = Some(0));
        lab.close(handle);
    };
    busy_until(|lab| lab.accepted().0, linger_zero);
    busy_until(|lab| lab.connected().0, linger_zero);
    // A connection under way.
    let connecting = |lab: &Lab| {
        let handle = lab.tcp();
        lab.nonblocking(handle);
        let outcome = lab.device().connect(handle, endpoint(NOBODY, 1));
        assert_eq!(outcome, Err(Error::InProgress));
        handle
    };
    busy_until(connecting, close);
    // One that its program has closed.
    let orphan = |lab: &Lab| {
        let (handle, _conn) = lab.accepted();
        lab.peer.vanish(true);
        lab.send(handle, b"nobody reads this").unwrap();
        lab.close(handle);
        handle
    };
    busy_until(orphan, |lab, _| lab.pass(10_100, 10));
}

#[test]
fn r5_transfers_work_on_every_hardware_socket_after_each_change() {
    let lab = Lab::new();
    for (rx, tx) in [
        ([4, 2, 1, 1], [1, 1, 2, 4]),
        ([1, 1, 2, 4], [4, 2, 1, 1]),
        ([8, 0, 0, 0], [8, 0, 0, 0]),
        ([1, 1, 1, 1], [1, 1, 1, 1]),
        ([4, 4, 0, 0], [2, 4, 0, 0]),
        ([2, 2, 4, 0], [4, 2, 2, 0]),
        ([2, 2, 2, 2], [2, 2, 2, 2]),
    ] {
        assert_eq!(set_memory(&lab, rx, tx), Ok(()));
        let sessions = sessions(&lab);
        for (number, handle, conn) in &sessions {
            let expected = (u16::from(rx[*number]) << 10, u16::from(tx[*number]) << 10);
            assert_eq!(sizes(&lab, *handle), expected);
            // Several times round the largest ring.
            lab.echo(*handle, conn, &pattern(25_000, *number as u8));
        }
        end(&lab, sessions);
    }
    lab.assert_clean();
}

#[test]
fn r5_the_split_outlives_a_reset_of_the_chip() {
    let lab = Lab::new();
    assert_eq!(set_memory(&lab, [4, 2, 1, 1], [1, 1, 2, 4]), Ok(()));
    let (handle, _conn) = lab.accepted();
    lab.chip.with(|chip| chip.faults_mut().reset_now = true);
    assert_eq!(lab.receive(handle, 1), Err(Error::NetworkReset));
    assert_eq!(registers(&lab), [0x06, 0x90]);
    for (_, handle, conn) in sessions(&lab) {
        lab.echo(handle, &conn, &pattern(10_000, 3));
    }
}

#[test]
fn r5_sndbuf_caps_what_is_outstanding() {
    for (limit, cap) in [
        (1, 1),
        (7, 7),
        (500, 500),
        (2047, 2047),
        (2048, 2048),
        (8192, 2048),
    ] {
        let lab = Lab::new();
        let (handle, _conn) = lab.accepted();
        lab.set(handle, |options| options.send_limit = limit);
        assert_eq!(sizes(&lab, handle), (2048, cap));
        lab.nonblocking(handle);
        lab.peer.vanish(true);
        let mut sent = 0;
        while let Ok(more) = lab.send(handle, &[1; 300]) {
            assert!(more > 0);
            sent += more;
            lab.world.run_for(10);
            assert_eq!(usize::from(lab.outstanding(handle).unwrap()), sent);
        }
        assert_eq!(sent, usize::from(cap), "limit {limit}");
        assert_eq!(lab.poll(handle, ready::OUT, Some(0)), 0);
        lab.assert_clean();
    }
}

#[test]
fn r5_the_cap_holds_all_through_a_transfer_and_poll_agrees() {
    const CAP: u16 = 333;
    let lab = Lab::new();
    lab.peer.ack_delay(Some(20));
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.send_limit = CAP);
    let data = pattern(30_000, 6);
    let (mut sent, mut refused, mut received) = (0, 0, Vec::new());
    while sent < data.len() {
        let writable = lab.poll(handle, ready::OUT, Some(0)) == ready::OUT;
        let length = (sent % 700 + 1).min(data.len() - sent);
        match lab.device().send(handle, &data[sent..sent + length], true) {
            Ok(taken) => {
                assert!(taken > 0);
                sent += taken;
            }
            Err(error) => {
                assert_eq!(error, Error::WouldBlock);
                assert!(!writable, "poll told that a byte would be taken");
                refused += 1;
                lab.world.run_for(1);
            }
        }
        assert!(lab.outstanding(handle).unwrap() <= CAP);
        received.extend(conn.recv_all());
        assert!(lab.world.now_ms() < 60_000, "stuck after {sent} bytes");
    }
    assert!(refused > 0, "the cap was never reached");
    lab.settle();
    received.extend(conn.recv_all());
    assert!(received == data, "the bytes differ");
    lab.assert_clean();
}

#[test]
fn r5_a_blocking_send_sends_all_under_its_cap() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.set(handle, |options| options.send_limit = 100);
    let data = pattern(5000, 7);
    let jobs: Vec<Job<'_, Vec<u8>>> = vec![
        Box::new(|| {
            assert_eq!(lab.send(handle, &data), Ok(data.len()));
            Vec::new()
        }),
        Box::new(|| {
            let mut received = Vec::new();
            while received.len() < data.len() {
                lab.world.run_for(1);
                assert!(lab.world.now_ms() < 60_000, "{} bytes came", received.len());
                let piece = conn.recv_all();
                assert!(lab.outstanding(handle).unwrap() <= 100);
                received.extend(piece);
            }
            received
        }),
    ];
    assert!(
        threads::run(&lab.world, jobs)[1] == data,
        "the bytes differ"
    );
}

#[test]
fn r5_poll_waits_for_room_under_the_cap() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    lab.set(handle, |options| options.send_limit = 10);
    lab.nonblocking(handle);
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, &[1; 100]), Ok(10));
    assert_eq!(lab.poll(handle, ready::OUT, Some(100)), 0);
    lab.peer.vanish(false);
    // The chip repeats what was lost, and the peer acknowledges it.
    assert_eq!(lab.poll(handle, ready::OUT, Some(2000)), ready::OUT);
    assert_eq!(lab.send(handle, &[1; 100]), Ok(10));
    // A higher cap counts at once.
    lab.set(handle, |options| options.send_limit = 30);
    lab.world.run_for(1);
    assert!(lab.send(handle, &[1; 100]).is_ok_and(|sent| sent >= 20));
}
