//! Sending, receiving and ending a connection, as `send`, `recv`, `shutdown` and `close` of the
//! BSD interface do it.

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{Direction, Handle, ready};
use w5100_sim::{ChipOptions, Service, TcpState};

fn shutdown(lab: &Lab, handle: Handle, direction: Direction) -> Result<()> {
    lab.device().with(|stack| stack.shutdown(handle, direction))
}

fn outstanding(lab: &Lab, handle: Handle) -> Result<usize> {
    lab.device()
        .with(|stack| stack.outstanding(handle))
        .map(usize::from)
}

fn lab_with(options: ChipOptions) -> Lab {
    Lab::with_setup(Setup {
        options,
        ..Setup::default()
    })
}

#[test]
fn f1_recv_gives_the_data_that_is_left_then_0_for_ever() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(conn.send(b"all that is left"), 16);
    conn.close();
    lab.settle();
    assert_eq!(lab.receive(handle, 4), Ok(b"all ".to_vec()));
    assert_eq!(lab.receive(handle, 100), Ok(b"that is left".to_vec()));
    for _ in 0..100 {
        assert_eq!(lab.receive(handle, 100), Ok(Vec::new()));
    }
}

#[test]
fn f1_a_reset_is_told_once_after_the_data_and_then_0_for_ever() {
    for rx_survives_close in [true, false] {
        let lab = lab_with(ChipOptions {
            rx_survives_close,
            ..ChipOptions::default()
        });
        let (handle, conn) = lab.accepted();
        assert_eq!(conn.send(b"last words"), 10);
        lab.settle();
        conn.abort();
        lab.settle();
        // Without that the chip itself has thrown them away.
        if rx_survives_close {
            assert_eq!(lab.receive(handle, 4), Ok(b"last".to_vec()));
            assert_eq!(lab.receive(handle, 100), Ok(b" words".to_vec()));
        }
        assert_eq!(lab.receive(handle, 100), Err(Error::ConnectionReset));
        for _ in 0..100 {
            assert_eq!(lab.receive(handle, 100), Ok(Vec::new()));
        }
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    }
}

#[test]
fn send_after_a_reset_fails_with_it_once_and_then_with_epipe() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.abort();
    lab.settle();
    assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionReset));
    for _ in 0..3 {
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    }
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
}

#[test]
fn send_after_the_peers_fin_goes_on_until_the_peer_resets() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    conn.close();
    lab.settle();
    assert_eq!(lab.send(handle, b"half open"), Ok(9));
    lab.settle();
    assert_eq!(conn.recv_all(), b"half open");
    conn.abort();
    lab.settle();
    assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionReset));
    assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
}

#[test]
fn f5_the_graceful_recipe_brings_all_bytes_to_the_peer() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    let data = pattern(20_000, 5);
    conn.set_service(Service::Manual);
    assert_eq!(lab.send(handle, &data), Ok(data.len()));
    let mut patience = 1000;
    while outstanding(&lab, handle) != Ok(0) {
        lab.world.run_for(1);
        patience -= 1;
        assert!(patience > 0, "the peer never acknowledges");
    }
    assert_eq!(shutdown(&lab, handle, Direction::Write), Ok(()));
    lab.settle();
    assert!(conn.recv_all() == data);
    assert!(conn.is_finished());
    assert_eq!(conn.send(b"goodbye"), 7);
    conn.close();
    assert_eq!(lab.receive(handle, 100), Ok(b"goodbye".to_vec()));
    assert_eq!(lab.receive(handle, 100), Ok(Vec::new()));
    lab.close(handle);
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn f5_the_graceful_recipe_is_bounded_when_the_peer_is_gone() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"nobody reads this"), Ok(17));
    let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 10));
    assert_eq!(outcome, Err(Error::TimedOut));
    assert!(elapsed < 40_000, "{elapsed} ms");
    assert_eq!(outstanding(&lab, handle), Ok(0));
    assert_eq!(shutdown(&lab, handle, Direction::Write), Ok(()));
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    lab.close(handle);
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn close_lets_all_bytes_go_out_before_the_fin() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.peer.ack_delay(Some(50));
    let data = pattern(9000, 6);
    assert_eq!(lab.send(handle, &data), Ok(data.len()));
    lab.close(handle);
    lab.settle();
    lab.settle();
    assert!(conn.recv_all() == data);
    assert!(conn.is_finished());
    conn.close();
    lab.settle();
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn close_ends_in_bounded_time_though_the_peer_goes_on_sending() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    lab.close(handle);
    let mut sent = 0;
    for _ in 0..1000 {
        sent += conn.send(&[1; 4000]);
        lab.world.run_for(10);
        lab.service();
    }
    // More than the ring: it was drained, and nobody read it.
    assert!(sent > 100_000, "{sent} bytes");
    lab.world.run_for(1000);
    lab.service();
    assert_eq!(lab.free_sockets(), 4);
}

/// A full ring is emptied once nobody will read it: the peer gets rid of the rest.
fn drains_a_full_ring(end: impl Fn(&Lab, Handle)) {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(conn.send(&pattern(6000, 1)), 6000);
    lab.settle();
    // The library has looked at the data: no other event tells of them.
    assert_eq!(lab.receive(handle, 10).map(|data| data.len()), Ok(10));
    end(&lab, handle);
    for _ in 0..30 {
        lab.world.run_for(100);
        lab.service();
    }
    assert_eq!(conn.unacknowledged(), 0, "the peer is stuck");
}

#[test]
fn shutdown_of_reading_drains_a_full_ring() {
    drains_a_full_ring(|lab, handle| shutdown(lab, handle, Direction::Read).unwrap());
}

#[test]
fn close_drains_a_full_ring() {
    drains_a_full_ring(Lab::close);
}

#[test]
fn close_twice_is_ebadf() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    lab.close(handle);
    let again = lab.device().with(|stack| stack.close(handle));
    assert_eq!(again, Err(Error::BadHandle));
}

#[test]
fn shutdown_ends_what_it_says() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(shutdown(&lab, handle, Direction::Write), Ok(()));
    assert_eq!(shutdown(&lab, handle, Direction::Write), Ok(()));
    assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
    lab.settle();
    assert!(conn.is_finished());
    assert_eq!(conn.send(b"still read"), 10);
    assert_eq!(lab.receive(handle, 100), Ok(b"still read".to_vec()));
    assert_eq!(shutdown(&lab, handle, Direction::Read), Ok(()));
    assert_eq!(lab.receive(handle, 100), Ok(Vec::new()));

    let outcome = shutdown(&lab, lab.tcp(), Direction::Both);
    assert_eq!(outcome, Err(Error::NotConnected));
}

#[test]
fn shutdown_of_reading_wakes_recv_and_drops_what_comes() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    let jobs: Vec<Job<'_, Result<Vec<u8>>>> = vec![
        Box::new(|| lab.receive(handle, 10)),
        Box::new(|| {
            lab.world.run_for(500);
            shutdown(&lab, handle, Direction::Read).map(|()| Vec::new())
        }),
    ];
    for outcome in threads::run(&lab.world, jobs) {
        assert_eq!(outcome, Ok(Vec::new()));
    }
    // More than the ring holds still is acknowledged.
    let data = pattern(10_000, 1);
    let mut sent = 0;
    for _ in 0..1000 {
        sent += conn.send(&data[sent..]);
        lab.service();
        lab.world.run_for(10);
    }
    assert_eq!((sent, conn.unacknowledged()), (data.len(), 0));
    assert_eq!(lab.send(handle, b"we still send"), Ok(13));
    lab.settle();
    assert_eq!(conn.recv_all(), b"we still send");
}

#[test]
fn a_socket_that_is_not_connected_neither_sends_nor_receives() {
    let lab = Lab::new();
    for handle in [lab.tcp(), lab.listener(PORT, 1)] {
        assert_eq!(lab.send(handle, b"x"), Err(Error::NotConnected));
        assert_eq!(lab.receive(handle, 1), Err(Error::NotConnected));
    }
}

#[test]
fn nothing_is_sent_and_received_at_once() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    let before = lab.chip.counters().commands;
    assert_eq!(lab.send(handle, b""), Ok(0));
    assert_eq!(lab.receive(handle, 0), Ok(Vec::new()));
    assert_eq!(lab.chip.counters().commands, before);
}

#[test]
fn peek_leaves_the_data() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    assert_eq!(conn.send(b"look"), 4);
    lab.settle();
    for _ in 0..3 {
        let mut data = [0; 4];
        assert_eq!(lab.device().receive(handle, &mut data, true, true), Ok(4));
        assert_eq!(&data, b"look");
    }
    assert_eq!(lab.receive(handle, 10), Ok(b"look".to_vec()));
    assert_eq!(lab.receive_now(handle, 10), Err(Error::WouldBlock));
}

#[test]
fn g7_without_a_receive_timeout_recv_waits_for_ever() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    let jobs: Vec<Job<'_, Vec<u8>>> = vec![
        Box::new(|| lab.receive(handle, 10).unwrap()),
        Box::new(|| {
            lab.world.run_for(300_000);
            assert_eq!(conn.send(b"at last"), 7);
            Vec::new()
        }),
    ];
    assert_eq!(threads::run(&lab.world, jobs)[0], b"at last");
}

#[test]
fn a_receive_timeout_ends_recv_in_time() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    for limit in [1, 7, 100, 5000] {
        lab.timeouts(handle, limit, 0);
        let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 10));
        assert_eq!(outcome, Err(Error::WouldBlock));
        assert!((limit..=limit + 2).contains(&elapsed), "{elapsed} ms");
    }
}

#[test]
fn r9_a_send_timeout_gives_the_count_and_then_eagain() {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    lab.timeouts(handle, 0, 400);
    let data = pattern(50_000, 8);
    let (outcome, elapsed) = lab.timed(|| lab.send(handle, &data));
    let sent = outcome.expect("the rings took some");
    assert!(sent > 0 && sent < data.len());
    assert!((400..450).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.send(handle, b"x"), Err(Error::WouldBlock));
    let mut received = Vec::new();
    for _ in 0..100 {
        received.extend(conn.recv_all());
        lab.world.run_for(100);
    }
    assert!(received == data[..sent]);
}

#[test]
fn a_nonblocking_send_takes_what_fits() {
    let lab = Lab::new();
    let (handle, _conn) = lab.accepted();
    lab.nonblocking(handle);
    lab.peer.vanish(true);
    // 2048 bytes of ring, and none is acknowledged.
    let expected = [
        Ok(1500),
        Ok(548),
        Err(Error::WouldBlock),
        Err(Error::WouldBlock),
    ];
    for outcome in expected {
        assert_eq!(lab.send(handle, &[1; 1500]), outcome);
        lab.world.run_for(10);
    }
}

#[test]
fn g9_poll_tells_when_there_is_room_to_send() {
    let lab = Lab::new();
    lab.peer.set_buffers(1000, 1000);
    let (handle, conn) = lab.accepted();
    assert_eq!(lab.poll(handle, ready::OUT, Some(0)), ready::OUT);
    lab.timeouts(handle, 0, 500);
    lab.send(handle, &[1; 20_000]).unwrap();
    assert_eq!(lab.poll(handle, ready::OUT, Some(1000)), 0);
    conn.set_service(Service::Discard);
    assert_eq!(lab.poll(handle, ready::OUT, Some(20_000)), ready::OUT);
    assert!(lab.device().send(handle, b"x", true).is_ok());
}

#[test]
fn g8_poll_true_with_nothing_available_means_that_the_peer_has_closed() {
    let lab = Lab::new();
    let (handle, conn) = lab.accepted();
    let jobs: Vec<Job<'_, i16>> = vec![
        Box::new(|| lab.poll(handle, ready::IN, None)),
        Box::new(|| {
            lab.world.run_for(60_000);
            conn.close();
            0
        }),
    ];
    assert_eq!(threads::run(&lab.world, jobs)[0], ready::IN);
    assert_eq!(lab.available(handle), 0);
    assert_eq!(lab.receive(handle, 10), Ok(Vec::new()));
    lab.settle();
    assert_eq!(conn.state(), TcpState::FinWait2);
}
