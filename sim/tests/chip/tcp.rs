//! TCP: windows, acknowledgements, closing.

use smoltcp::wire::TcpControl;
use w5100_sim::{ChipOptions, ResetStyle};

use crate::bench::*;
use crate::host::{Peer, Segment};

const PORT_OF_PEER: u16 = 5000;

/// A chip whose socket 0, opened with `mode`, listened on port 80 and was connected by `peer`.
fn accepted_with(options: ChipOptions, mode: u8) -> (Bench, Peer) {
    let mut bench = Bench::one(options);
    bench.open(0, 0, mode, 80);
    bench.command(0, 0, LISTEN);
    let mut peer = Peer::new(PORT_OF_PEER, 80);
    peer.connect(&mut bench);
    assert_eq!(bench.status(0, 0), 0x17);
    (bench, peer)
}

fn accepted() -> (Bench, Peer) {
    accepted_with(ChipOptions::default(), 0x21)
}

fn last(bench: &Bench) -> Segment {
    bench.segments(PORT_OF_PEER).pop().expect("a segment")
}

#[test]
fn a_syn_carries_the_mss_and_no_other_option() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.write16(0, sn(0, MSSR), 536);
    bench.open(0, 0, 0x21, 3000);
    bench.target(0, 0, HOST, PORT_OF_PEER);
    bench.command(0, 0, CONNECT);
    let syn = last(&bench);
    assert_eq!(
        (syn.control, syn.ack, syn.mss),
        (TcpControl::Syn, None, Some(536))
    );
    assert_eq!((syn.options, syn.window), (4, 2048));
    assert_eq!(bench.status(0, 0), 0x15, "SYNSENT");
}

#[test]
fn point_05_recv_command_takes_rx_rd() {
    let (mut bench, mut peer) = accepted();
    peer.data(&mut bench, &[1; 300]);
    assert_eq!(bench.interrupts(0, 0) & RECEIVED, RECEIVED);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 300);
    bench.write(0, sn(0, IR), &[0xFF]);
    bench.write16(0, sn(0, RX_RD), 100);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 300, "not before RECV");
    bench.command(0, 0, RECV);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 200);
    assert_eq!(bench.interrupts(0, 0), RECEIVED, "data is left");
    bench.write(0, sn(0, IR), &[0xFF]);
    bench.write16(0, sn(0, RX_RD), 300);
    bench.command(0, 0, RECV);
    assert_eq!(bench.interrupts(0, 0), 0, "nothing is left");
}

#[test]
fn point_05_with_nd_an_acknowledgement_is_sent_at_once() {
    let (mut bench, mut peer) = accepted();
    peer.data(&mut bench, &[1; 100]);
    assert_eq!(last(&bench).ack, Some(peer.seq));
    assert_eq!(last(&bench).at, bench.now);
}

#[test]
fn point_05_without_nd_an_acknowledgement_waits() {
    let (mut bench, mut peer) = accepted_with(ChipOptions::default(), 0x01);
    let (before, start) = (bench.segments(PORT_OF_PEER).len(), bench.now);
    peer.data(&mut bench, &[1; 100]);
    assert_eq!(bench.segments(PORT_OF_PEER).len(), before);
    assert!(bench.until(SECOND, |b| b.segments(PORT_OF_PEER).len() > before));
    assert!(
        last(&bench).at >= start + 100_000,
        "at {}",
        last(&bench).at - start
    );
}

/// Fills the window to `left` bytes, empties the ring and counts what RECV made the chip send.
fn updates_after_recv(mode: u8, left: u16) -> usize {
    let (mut bench, mut peer) = accepted_with(ChipOptions::default(), mode);
    peer.data(&mut bench, &vec![1; usize::from(2048 - left)]);
    bench.run(SECOND);
    assert_eq!(last(&bench).window, left);
    let before = bench.segments(PORT_OF_PEER).len();
    bench.take(0, 0, 2048 - left);
    bench.segments(PORT_OF_PEER).len() - before
}

#[test]
fn point_05_recv_updates_a_window_below_one_mss_only() {
    assert_eq!(updates_after_recv(0x01, 500), 1);
    assert_eq!(updates_after_recv(0x01, 1500), 0);
}

#[test]
fn point_09_the_lowest_listening_socket_becomes_the_connection() {
    let mut bench = Bench::one(ChipOptions::default());
    for n in [3, 1] {
        bench.listen(0, n, 80);
    }
    for (port, n) in [(5001, 1), (5002, 3)] {
        assert_eq!(bench.status(0, n), 0x14, "LISTEN");
        let mut peer = Peer::new(port, 80);
        peer.send(&mut bench, TcpControl::Syn, &[]);
        assert_eq!(bench.status(0, n), 0x16, "SYNRECV");
        peer.seq += 1;
        peer.acknowledge(&mut bench);
        assert_eq!(bench.status(0, n), 0x17, "ESTABLISHED");
        assert_eq!(bench.interrupts(0, n), CONNECTED);
        assert_eq!(bench.read16(0, sn(n, DPORT)), port);
    }
    Peer::new(5003, 80).send(&mut bench, TcpControl::Syn, &[]);
    assert_eq!(
        bench.segments(5003)[0].control,
        TcpControl::Rst,
        "no backlog"
    );
}

/// The chip's answer to a SYN for a port without a listener.
fn refusal(refuse: ResetStyle) -> Option<Segment> {
    let mut bench = Bench::one(ChipOptions {
        refuse,
        ..ChipOptions::default()
    });
    Peer::new(PORT_OF_PEER, 81).send(&mut bench, TcpControl::Syn, &[]);
    bench.segments(PORT_OF_PEER).pop()
}

#[test]
fn point_09_without_a_listener_a_syn_is_refused() {
    let reset = refusal(ResetStyle::Rfc).expect("a reset");
    assert_eq!(
        (reset.control, reset.seq, reset.ack),
        (TcpControl::Rst, 0, Some(1001))
    );
    let reset = refusal(ResetStyle::Zero).expect("a reset");
    assert_eq!(
        (reset.control, reset.seq, reset.ack),
        (TcpControl::Rst, 0, Some(0))
    );
    assert!(refusal(ResetStyle::Silent).is_none());
}

#[test]
fn point_10_close_is_silent_and_strays_are_reset() {
    for (stray, resets) in [(ResetStyle::Rfc, 1), (ResetStyle::Silent, 0)] {
        let (mut bench, mut peer) = accepted_with(
            ChipOptions {
                stray,
                ..ChipOptions::default()
            },
            0x21,
        );
        let before = bench.segments(PORT_OF_PEER).len();
        bench.command(0, 0, CLOSE);
        bench.run(SECOND);
        assert_eq!(bench.status(0, 0), 0);
        assert_eq!(
            bench.segments(PORT_OF_PEER).len(),
            before,
            "neither FIN nor RST"
        );
        peer.data(&mut bench, b"stray");
        let sent = bench.segments(PORT_OF_PEER).split_off(before);
        assert_eq!(
            sent.iter().filter(|s| s.control == TcpControl::Rst).count(),
            resets
        );
        assert_eq!(sent.len(), resets);
    }
}

#[test]
fn point_10_a_reset_closes_at_once_with_discon() {
    let (mut bench, peer) = accepted();
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(bench.status(0, 0), 0);
    assert_eq!(bench.interrupts(0, 0), CONNECTED | DISCONNECTED);
}

#[test]
fn point_10_a_reset_ends_a_half_open_connection_too() {
    let mut bench = Bench::one(ChipOptions::default());
    bench.listen(0, 0, 80);
    let mut peer = Peer::new(PORT_OF_PEER, 80);
    peer.send(&mut bench, TcpControl::Syn, &[]);
    assert_eq!(bench.status(0, 0), 0x16, "SYNRECV");
    peer.seq += 1;
    peer.ack = Some(bench.sent_end(PORT_OF_PEER));
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(
        (bench.status(0, 0), bench.interrupts(0, 0)),
        (0, DISCONNECTED)
    );
}

#[test]
fn point_10_a_fin_leads_to_close_wait_and_last_ack() {
    let (mut bench, mut peer) = accepted();
    peer.send(&mut bench, TcpControl::Fin, b"bye");
    peer.seq += 4;
    assert_eq!(bench.status(0, 0), 0x1C, "CLOSE_WAIT");
    assert_eq!(bench.interrupts(0, 0), CONNECTED | DISCONNECTED | RECEIVED);
    assert_eq!(last(&bench).ack, Some(peer.seq));
    bench.send(0, 0, b"last words");
    assert_eq!(last(&bench).payload, b"last words");
    peer.acknowledge(&mut bench);
    bench.command(0, 0, DISCON);
    assert_eq!(last(&bench).control, TcpControl::Fin);
    assert_eq!(bench.status(0, 0), 0x1D, "LAST_ACK");
    peer.acknowledge(&mut bench);
    assert_eq!(bench.status(0, 0), 0);
    assert_eq!(
        bench.take(0, 0, 3),
        b"bye",
        "data can be read after the end"
    );
}

#[test]
fn point_10_discon_sends_fin_and_there_is_no_time_wait() {
    let (mut bench, mut peer) = accepted();
    bench.command(0, 0, DISCON);
    assert_eq!(last(&bench).control, TcpControl::Fin);
    assert_eq!(bench.status(0, 0), 0x18, "FIN_WAIT");
    peer.acknowledge(&mut bench);
    assert_eq!(bench.status(0, 0), 0x18, "FIN_WAIT until the peer is done");
    peer.send(&mut bench, TcpControl::Fin, &[]);
    assert_eq!(bench.status(0, 0), 0);
    assert_eq!(
        last(&bench).ack,
        Some(peer.seq + 1),
        "its FIN is acknowledged"
    );
    assert_eq!(bench.interrupts(0, 0), CONNECTED | DISCONNECTED);
}

#[test]
fn point_10_fins_that_cross_pass_through_closing() {
    let (mut bench, mut peer) = accepted();
    bench.command(0, 0, DISCON);
    peer.send(&mut bench, TcpControl::Fin, &[]);
    assert_eq!(bench.status(0, 0), 0x1A, "CLOSING");
    peer.seq += 1;
    peer.acknowledge(&mut bench);
    assert_eq!(bench.status(0, 0), 0);
}

#[test]
fn received_data_may_vanish_at_the_end() {
    let options = ChipOptions {
        rx_survives_close: false,
        ..ChipOptions::default()
    };
    let (mut bench, mut peer) = accepted_with(options, 0x21);
    peer.data(&mut bench, b"gone");
    peer.send(&mut bench, TcpControl::Rst, &[]);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 0);
}

#[test]
fn point_11_segments_out_of_order_are_dropped() {
    let (mut bench, mut peer) = accepted();
    let mut ahead = peer;
    ahead.seq += 10;
    ahead.data(&mut bench, &[2; 10]);
    assert_eq!(bench.chips[0].counters().packets_dropped, 1);
    peer.data(&mut bench, &[1; 10]);
    assert_eq!(
        bench.read16(0, sn(0, RX_RSR)),
        10,
        "the later segment was not kept"
    );
    assert_eq!(last(&bench).ack, Some(peer.seq));
    peer.data(&mut bench, &[2; 10]);
    assert_eq!(bench.take(0, 0, 20), [[1; 10], [2; 10]].concat());
}

#[test]
fn point_11_a_segment_that_does_not_fit_whole_is_dropped() {
    let (mut bench, mut peer) = accepted();
    peer.data(&mut bench, &[1; 1400]);
    peer.send(&mut bench, TcpControl::Psh, &[2; 700]);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 1400);
    assert_eq!(last(&bench).ack, Some(peer.seq));
    peer.data(&mut bench, &[2; 648]);
    assert_eq!(bench.read16(0, sn(0, RX_RSR)), 2048);
    assert_eq!(last(&bench).window, 0);
}

#[test]
fn a_probe_of_the_closed_window_is_answered() {
    let (mut bench, mut peer) = accepted();
    peer.data(&mut bench, &[1; 1024]);
    peer.data(&mut bench, &[1; 1024]);
    let before = bench.segments(PORT_OF_PEER).len();
    peer.send(&mut bench, TcpControl::None, &[2]);
    assert_eq!(bench.segments(PORT_OF_PEER).len(), before + 1);
    assert_eq!((last(&bench).ack, last(&bench).window), (Some(peer.seq), 0));
    bench.take(0, 0, 2048);
    assert_eq!(last(&bench).window, 2048, "the window opens with RECV");
}

/// As when the segment before it comes late: the chip drops it, and so does not know.
#[test]
fn an_acknowledgment_from_outside_the_window_does_not_count() {
    let (mut bench, mut peer) = accepted();
    bench.send(0, 0, b"abc");
    let before = bench.segments(PORT_OF_PEER).len();
    let mut ahead = peer;
    ahead.seq += 2048;
    ahead.acknowledge(&mut bench);
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2045, "still in the ring");
    bench.run(SECOND);
    let again = bench.segments(PORT_OF_PEER).split_off(before);
    assert!(again.iter().any(|segment| segment.payload == b"abc"));
    peer.acknowledge(&mut bench);
    assert_eq!(bench.read16(0, sn(0, TX_FSR)), 2048);
}

#[test]
fn point_12_send_keep_works_only_after_acknowledged_data() {
    let (mut bench, mut peer) = accepted();
    let before = bench.segments(PORT_OF_PEER).len();
    bench.command(0, 0, SEND_KEEP);
    assert_eq!(
        bench.segments(PORT_OF_PEER).len(),
        before,
        "nothing was sent yet"
    );
    bench.send(0, 0, b"xyz");
    bench.command(0, 0, SEND_KEEP);
    assert_eq!(
        bench.segments(PORT_OF_PEER).len(),
        before + 1,
        "not acknowledged yet"
    );
    peer.acknowledge(&mut bench);
    bench.command(0, 0, SEND_KEEP);
    let probe = last(&bench);
    assert_eq!(bench.segments(PORT_OF_PEER).len(), before + 2);
    assert_eq!(
        (probe.seq, &probe.payload[..]),
        (peer.ack.unwrap() - 1, &b"z"[..])
    );
    peer.send(&mut bench, TcpControl::None, &[]);
    bench.run(60 * SECOND);
    assert_eq!(bench.status(0, 0), 0x17, "the peer is alive");
    assert_eq!(
        bench.segments(PORT_OF_PEER).len(),
        before + 2,
        "and there is no timer"
    );
}

#[test]
fn point_12_an_unanswered_probe_ends_the_connection() {
    let (mut bench, mut peer) = accepted();
    bench.send(0, 0, b"xyz");
    peer.acknowledge(&mut bench);
    bench.command(0, 0, SEND_KEEP);
    assert!(bench.until(32 * SECOND, |b| b.status(0, 0) == 0));
    assert_eq!(bench.interrupts(0, 0) & TIMEOUT, TIMEOUT);
}
