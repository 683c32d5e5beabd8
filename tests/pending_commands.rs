//! What a command takes is written before it and left alone until it was taken: the chip holds
//! it until then, and half of the old value with half of the new one is none of both.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use support::bus::{hooked, register};
use support::*;
use w5100::bus::{Bus, Frame};
use w5100::error::{Error, Result};
use w5100_sim::{ChipHandle, ChipOptions};

/// A port of each of the peers.
const KEEP: u16 = 1000;

/// Sn_DHAR, Sn_DIPR and Sn_DPORT; Sn_TX_WR; Sn_RX_RD.
fn is_latched(frame: Frame) -> Option<u8> {
    match frame {
        [
            0xF0,
            high @ 4..=7,
            0x06..=0x11 | 0x24..=0x25 | 0x28..=0x29,
            _,
        ] => Some(high),
        _ => None,
    }
}

/// A chip that takes `command_time` microseconds for a command, and how often one of those
/// registers was written meanwhile.
fn slow(command_time: u64) -> (Lab<impl Bus>, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let torn = count.clone();
    let options = ChipOptions {
        command_time,
        ..ChipOptions::default()
    };
    let setup = Setup {
        options,
        ..Setup::default()
    };
    let lab = hooked(setup, move |chip: &ChipHandle, frame| {
        if let Some(high) = is_latched(frame) {
            let pending = register(chip, u16::from_be_bytes([high, 0x01])) != 0;
            torn.fetch_add(u32::from(pending), Ordering::SeqCst);
        }
        true
    });
    (lab, count)
}

/// Sends until it is taken.
#[track_caller]
fn sent(send: impl Fn() -> Result<usize>, length: usize) {
    loop {
        match send() {
            Err(Error::WouldBlock) => {}
            outcome => return assert_eq!(outcome, Ok(length)),
        }
    }
}

#[test]
fn no_pointer_is_written_while_a_recv_or_a_send_is_to_be_taken() {
    for command_time in (0..40).chain([100, 1000]) {
        let (lab, torn) = slow(command_time);
        let (handle, conn) = lab.accepted();
        for round in 0..4 {
            // The first recv takes more than half of the ring, the second drains it.
            let data = pattern(1280, round);
            conn.send(&data);
            lab.settle();
            let first = lab.receive_now(handle, 1279).unwrap();
            let last = lab.receive_now(handle, 1).unwrap();
            assert!([first, last].concat() == data, "{command_time} us");
            for piece in data.chunks(300) {
                sent(|| lab.device().send(handle, piece, true), piece.len());
            }
            lab.settle();
            assert!(conn.recv_all() == data, "{command_time} us");
        }
        assert_eq!(torn.load(Ordering::SeqCst), 0, "{command_time} us");
        lab.assert_clean();
    }
}

#[test]
fn no_peer_is_written_while_a_command_is_to_be_taken() {
    for command_time in (0..40).chain([100, 1000]) {
        let (lab, torn) = slow(command_time);
        let other = lab.world.add_simple_peer([192, 168, 1, 11].into());
        let peers = [(&lab.peer, PEER_IP), (&other, [192, 168, 1, 11])];
        let handle = lab.udp();
        lab.bind(handle, PORT).unwrap();
        for (peer, _) in peers {
            peer.udp_bind(KEEP);
        }
        for round in 0..6 {
            let (peer, ip) = peers[round % 2];
            // A datagram that is read leaves a RECV behind.
            peer.udp_send(KEEP, chip_ip(), PORT, b"in");
            lab.settle();
            let mut data = [0; 10];
            let received = lab.device().receive_from(handle, &mut data, false, true);
            assert_eq!(received, Ok(datagram(2, endpoint(ip, KEEP))));
            let (next, ip) = peers[(round + 1) % 2];
            let to = Some(endpoint(ip, KEEP));
            sent(|| lab.device().send_to(handle, b"out", to, false), 3);
            lab.settle();
            let got = next.udp_recv(KEEP).map(|(_, data)| data);
            assert_eq!(got, Some(b"out".to_vec()), "{command_time} us");
        }
        assert_eq!(torn.load(Ordering::SeqCst), 0, "{command_time} us");
        lab.assert_clean();
    }
}
