//! What a connection puts on the wire.

use smoltcp::wire::{Ipv4Packet, TcpControl, TcpPacket, TcpRepr};

use super::Connection;
use crate::chip::core::Core;
use crate::chip::retransmit::Sent;
use crate::chip::segment;
use crate::node::Micros;

impl Connection {
    /// Sends the oldest unacknowledged segment, or the keep-alive probe, again.
    pub(super) fn transmit_oldest(&mut self) {
        let probe = [self.last_byte];
        let (seq, control, payload) = match self.in_flight.oldest() {
            Some(sent) => (sent.seq, sent.control, sent.payload.as_slice()),
            None => (self.sent_end - 1, TcpControl::None, &probe[..]),
        };
        let repr = TcpRepr {
            src_port: self.setup.local.1,
            dst_port: self.setup.remote.1,
            control,
            seq_number: seq,
            ack_number: self.last_ack,
            window_len: self.last_window,
            window_scale: None,
            max_seg_size: (control == TcpControl::Syn).then_some(self.setup.mss),
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload,
        };
        self.out.push(segment::emit(
            &repr,
            self.setup.local.0,
            self.setup.remote.0,
        ));
    }

    /// Takes what smoltcp sent and makes it the chip's.
    pub(super) fn collect(&mut self, core: &Core, now: Micros, reply: bool) {
        for packet in core::mem::take(&mut self.queue.sent) {
            let Ok(ip) = Ipv4Packet::new_checked(&packet[..]) else {
                continue;
            };
            let Ok(tcp) = TcpPacket::new_checked(ip.payload()) else {
                continue;
            };
            let Some(mut repr) = segment::parse(&tcp, ip.src_addr(), ip.dst_addr()) else {
                continue;
            };
            repr.window_scale = None;
            repr.sack_permitted = false;
            if self.repeats(&repr) {
                // Repeating is the chip's own affair, but news for the peer must not get lost.
                repr.seq_number = self.sent_end;
                repr.control = TcpControl::None;
                repr.payload = &[];
                if repr.ack_number == self.last_ack {
                    continue;
                }
            }
            if !reply && self.withholds(&repr) {
                continue;
            }
            self.track(core, &repr, now);
            self.out
                .push(segment::emit(&repr, ip.src_addr(), ip.dst_addr()));
        }
    }

    /// A segment that went out before.
    fn repeats(&self, repr: &TcpRepr<'_>) -> bool {
        let end = repr.seq_number + repr.segment_len();
        let data = repr.control != TcpControl::Rst && repr.segment_len() > 0;
        data && self.first.is_some() && end <= self.sent_end
    }

    /// With delayed acknowledgements a window update goes out only when the window was below one
    /// MSS.
    fn withholds(&self, repr: &TcpRepr<'_>) -> bool {
        repr.control == TcpControl::None
            && repr.payload.is_empty()
            && self.setup.ack_delay.is_some()
            && repr.ack_number == self.last_ack
            && repr.window_len > self.last_window
            && self.last_window >= self.setup.mss
    }

    /// Notes what goes out, for retransmission and for the registers.
    fn track(&mut self, core: &Core, repr: &TcpRepr<'_>, now: Micros) {
        if repr.control == TcpControl::Rst {
            return;
        }
        self.last_ack = repr.ack_number;
        self.last_window = repr.window_len;
        if repr.segment_len() == 0 {
            return;
        }
        let sent = Sent {
            seq: repr.seq_number,
            control: repr.control,
            payload: repr.payload.to_vec(),
        };
        let end = sent.end();
        if repr.control == TcpControl::Syn {
            self.first = Some(end);
        } else {
            self.sent += end - self.sent_end;
        }
        self.sent_end = end;
        self.in_flight.push(core, sent, now);
    }
}
