//! A driver and a network gone mad: the chip survives both, and a reset brings it back.

use smoltcp::wire::{IpProtocol, TcpControl};
use w5100_sim::{ChipOptions, Node, ResetStyle};

use crate::bench::*;
use crate::host::{Peer, datagram, udp};

/// A seeded sequence of numbers (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn bytes(&mut self, longest: u64) -> Vec<u8> {
        (0..self.below(longest))
            .map(|_| self.below(256) as u8)
            .collect()
    }
}

/// One thing a mad driver does.
fn drive(bench: &mut Bench, numbers: &mut Numbers) {
    let n = numbers.below(4) as u16;
    match numbers.below(12) {
        0 => {
            let mode = numbers.pick(&[0x21, 0x01, 0x02, 0x82, 0x03, 0x04, 0x44, 0x00]);
            bench.open(0, n, mode, numbers.pick(&[80, 80, 3000, 0]));
        }
        1 => {
            let ip = numbers.pick(&[HOST, GATEWAY, chip_ip(0), [0; 4].into(), [255; 4].into()]);
            bench.target(0, n, ip, numbers.pick(&[5000, 5001, 0]));
        }
        2 => {
            let pointer = numbers.pick(&[TX_WR, RX_RD, MSSR]);
            let value = bench
                .read16(0, sn(n, pointer))
                .wrapping_add(numbers.below(3000) as u16);
            bench.write16(0, sn(n, pointer), value);
        }
        3 => {
            let address = numbers.below(0x30) as u16;
            let value = numbers.below(128) as u8;
            bench.write(0, address, &[value]);
        }
        4 => {
            // An empty datagram has probably locked the chip up by now.
            bench.write(0, 0x0000, &[0x80]);
            bench.configure(0);
            bench.listen(0, n, 80);
        }
        _ => {
            let command = numbers.pick(&[
                LISTEN, CONNECT, DISCON, CLOSE, SEND, SEND_MAC, SEND_KEEP, RECV,
            ]);
            bench.command(0, n, command);
        }
    }
}

/// One thing a mad network does.
fn disturb(bench: &mut Bench, numbers: &mut Numbers) {
    match numbers.below(8) {
        0 => bench.inject(&numbers.bytes(100)),
        1 => {
            let protocol = IpProtocol::from(numbers.below(256) as u8);
            bench.inject(&datagram(
                protocol,
                chip_ip(0),
                chip_mac(0),
                &numbers.bytes(100),
            ));
        }
        2 | 3 => handshake(bench, numbers.pick(&[5000, 5001])),
        4 => bench.inject(&udp(9, chip_ip(0), chip_mac(0), 80, &numbers.bytes(1400))),
        _ => {
            let port = numbers.pick(&[5000, 5001]);
            let own = bench.segments(port);
            let near = |known: Option<u32>, off: u64| known.unwrap_or(0).wrapping_add(off as u32);
            let mut peer = Peer::new(port, numbers.pick(&[80, 3000]));
            peer.seq = near(
                own.last().and_then(|s| s.ack),
                numbers.pick(&[0, 0, 0, 1, 4000]),
            );
            let end = own
                .last()
                .map(|s| s.seq.wrapping_add(s.payload.len() as u32));
            let ack = near(end, numbers.pick(&[0, 0, 1, 1, 2, 5000]));
            peer.ack = numbers.pick(&[Some(ack), Some(ack), None]);
            peer.window = numbers.below(9000) as u16;
            use TcpControl::{Fin, Psh, Rst, Syn};
            let control = numbers.pick(&[Syn, TcpControl::None, Psh, Psh, Fin, Rst]);
            peer.send(bench, control, &numbers.bytes(1460));
        }
    }
    if bench.seen.len() > 50 {
        bench.seen.drain(..40);
    }
}

/// A peer connects as it should, if something listens.
fn handshake(bench: &mut Bench, port: u16) {
    let mut peer = Peer::new(port, 80);
    peer.send(bench, TcpControl::Syn, &[]);
    if let Some(answer) = bench.segments(port).last() {
        peer.seq += 1;
        peer.ack = Some(answer.seq.wrapping_add(1));
        peer.send(bench, TcpControl::None, &[]);
    }
}

#[test]
fn whatever_happens_a_reset_brings_the_chip_back() {
    let mut connected = 0;
    for seed in 1..20 {
        let options = ChipOptions {
            seed,
            latched_registers: seed % 2 == 0,
            stray: if seed % 3 == 0 {
                ResetStyle::Silent
            } else {
                ResetStyle::Rfc
            },
            ..ChipOptions::default()
        };
        let mut bench = Bench::one(options);
        let mut numbers = Numbers(seed * 0x9E37_79B9);
        for _ in 0..400 {
            drive(&mut bench, &mut numbers);
            (0..3).for_each(|_| disturb(&mut bench, &mut numbers));
            bench.run(numbers.pick(&[0, 10, 1000, SECOND]));
            let wake = bench.chips[0].wake_at(bench.now);
            assert!(
                wake.is_none_or(|at| at > bench.now),
                "all that was due is done"
            );
            connected += (0..4).filter(|&n| bench.status(0, n) == 0x17).count();
        }
        bench.write(0, 0x0000, &[0x80]);
        bench.configure(0);
        bench.seen.clear();
        bench.listen(0, 0, 80);
        let mut peer = Peer::new(7000, 80);
        peer.connect(&mut bench);
        peer.data(&mut bench, b"still here?");
        assert_eq!(bench.take(0, 0, 11), b"still here?");
    }
    assert!(
        connected > 1000,
        "the disturbance reached connections: {connected}"
    );
}
