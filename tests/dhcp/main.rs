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
use w5100::services::dhcp::{Outgoing, Reply};

/// What the library sends.
fn written(message: &Outgoing) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut |piece| bytes.extend(piece));
    bytes
}

/// What the library makes of it, and that it never reads past its end.
fn read(bytes: &[u8], xid: u32) -> Option<Reply> {
    let mut from = |offset: u16, to: &mut [u8]| -> Result<()> {
        let at = usize::from(offset);
        to.copy_from_slice(&bytes[at..at + to.len()]);
        Ok(())
    };
    let mut reply = Reply::NONE;
    let sound = reply.read(bytes.len() as u16, MAC, xid, &mut from);
    sound.expect("memory does not fail").then_some(reply)
}
