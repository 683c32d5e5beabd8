//! The DHCP client's messages and its machine, with smoltcp's reader and writer as the other side.

#[path = "../support/dhcp.rs"]
mod answers;
mod client;
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
use w5100::error::Result;
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

/// Gives parts of a message in memory, and sees that nobody reads past its end.
fn reader(bytes: &[u8]) -> impl FnMut(u16, &mut [u8]) -> Result<()> {
    |offset, to| {
        let at = usize::from(offset);
        to.copy_from_slice(&bytes[at..at + to.len()]);
        Ok(())
    }
}

/// What the library makes of it.
fn read(bytes: &[u8], xid: u32) -> Option<Reply> {
    let mut reply = Reply::NONE;
    let sound = reply.read(bytes.len() as u16, MAC, xid, &mut reader(bytes));
    sound.then_some(reply)
}
