//! The bytes of one send stay together.

use std::sync::Arc;

use crate::explore::explore;
use crate::rig::{Rig, Setup};
use crate::tiny::Peer;
use w5100::stack::Handle;

/// More than the ring takes at once.
const LENGTH: usize = 1100;

/// Two tasks `send` on one connection; what the peer has then.
pub(crate) fn two_senders(send: fn(&Rig, Handle, &[u8])) {
    let rig = Rig::new(Setup {
        peer: Peer {
            ack_ms: Some(5),
            ..Peer::default()
        },
        ..Setup::default()
    });
    let handle = rig.connected();
    let sender = |byte| rig.job(move |rig: &Rig| send(rig, handle, &[byte; LENGTH]));
    rig.run(vec![sender(b'a'), sender(b'b')]);
    assert_together(&rig);
}

fn assert_together(rig: &Arc<Rig>) {
    let sent = rig.chip(|chip| chip.sent.concat());
    assert_eq!(sent.len(), 2 * LENGTH);
    let changes = sent.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(changes, 1, "the bytes of two sends are mixed");
}

#[test]
fn w5_two_sends_keep_their_bytes_together() {
    explore("two sends", 2, || {
        two_senders(|rig, handle, data| {
            assert_eq!(rig.device().send(handle, data, false), Ok(data.len()));
        });
    });
}
