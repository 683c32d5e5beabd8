//! The DHCP client's messages and its machine, with smoltcp's reader and writer as the other side.

#[path = "../support/dhcp.rs"]
mod answers;
mod client;
mod compare;
mod days;
mod hostile;
mod machine;
mod messages;
#[cfg(feature = "events")]
mod notices;
mod server;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

pub(crate) use answers::{MAC, OFFERED, SERVER, XID, answer, bytes_of};
pub(crate) use compare::reader;
use w5100::services::Piece;
use w5100::services::dhcp::{Outgoing, Reply};

/// What the library sends.
fn written(message: &Outgoing) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0.. {
        let mut piece = Piece::EMPTY;
        let more = message.put(number, &mut piece);
        bytes.extend(piece.bytes());
        if !more {
            break;
        }
    }
    bytes
}

/// What the library makes of it.
fn read(bytes: &[u8], xid: u32) -> Option<Reply> {
    compare::read_for(bytes, MAC, xid)
}
