//! Messages to servers (RFC 2131, section 2; options: RFC 2132).

use crate::services::{Piece, Text};

/// Bytes before the cookie and the options: the first two pieces.
pub(super) const FIXED: usize = 2 * Piece::ROOM;
const _: () = assert!(FIXED == 236);
/// The least that relays forward (RFC 1542, 2.1).
const _: () = assert!(3 * Piece::ROOM >= 300);
pub(super) const COOKIE: [u8; 4] = [99, 130, 83, 99];
const REQUEST: u8 = 1;
pub(super) const ETHERNET: [u8; 2] = [1, 6];
/// The flag that asks for answers by broadcast: without an address the chip
/// hears no others.
const BROADCAST: [u8; 2] = [0x80, 0];

/// What a message is for (option 53).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// None: a machine that was not started, which is to be all zero.
    None = 0,
    /// Looks for servers.
    Discover = 1,
    /// A server's offer.
    Offer,
    /// Asks for an address that was offered, held before, or is held.
    Request,
    /// Tells the server that somebody has the address already.
    Decline,
    /// The server grants a lease.
    Ack,
    /// The server refuses.
    Nak,
    /// Gives the address back.
    Release,
}

/// The longest name of a client.
pub const HOST_NAME_MAX: usize = 32;

/// A message to a server.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing {
    /// What it is for.
    pub kind: Kind,
    /// Own MAC address.
    pub mac: [u8; 6],
    /// Number of the transaction.
    pub xid: u32,
    /// Seconds since it began.
    pub seconds: u16,
    /// The address that is in use (ciaddr), else 0.0.0.0.
    pub own: [u8; 4],
    /// The address that is wanted (option 50); 0.0.0.0 is not told.
    pub wanted: [u8; 4],
    /// The server that is meant (option 54), likewise.
    pub server: [u8; 4],
    /// Own name (option 12).
    pub host_name: Text<HOST_NAME_MAX>,
}

/// Options of what asks: the largest message that is read whole, which is all a
/// client must take (57), and what it wants to be told (55).
const ASKS: [u8; 15] = [57, 2, 2, 64, 55, 9, 1, 3, 6, 15, 42, 51, 54, 58, 59];

impl Outgoing {
    /// None yet.
    pub(super) const NONE: Outgoing = Outgoing {
        kind: Kind::None,
        mac: [0; 6],
        xid: 0,
        seconds: 0,
        own: [0; 4],
        wanted: [0; 4],
        server: [0; 4],
        host_name: Text::NONE,
    };

    /// Puts a part of the message, from 0 on, into an empty `piece`; true if there
    /// is another one.
    pub fn put(&self, number: u32, piece: &mut Piece) -> bool {
        match number {
            0 => self.put_header(piece),
            2 => self.put_options(piece),
            _ => {}
        }
        piece.skip_to(Piece::ROOM);
        number < 2
    }

    fn put_header(&self, piece: &mut Piece) {
        piece.put(&[REQUEST, ETHERNET[0], ETHERNET[1], 0]);
        piece.put(&self.xid.to_be_bytes());
        piece.put(&self.seconds.to_be_bytes());
        if self.own == [0; 4] {
            piece.put(&BROADCAST);
        }
        piece.skip_to(12);
        piece.put(&self.own);
        piece.skip_to(28);
        piece.put(&self.mac);
    }

    /// The cookie and the options: 79 bytes at most.
    fn put_options(&self, piece: &mut Piece) {
        piece.put(&COOKIE);
        option(piece, 53, &[self.kind as u8]);
        piece.put(&[61, 7, ETHERNET[0]]);
        piece.put(&self.mac);
        option(piece, 50, &self.wanted);
        option(piece, 54, &self.server);
        option(piece, 12, self.host_name.bytes());
        if matches!(self.kind, Kind::Discover | Kind::Request) {
            piece.put(&ASKS);
        }
        piece.put(&[255]);
    }
}

/// Puts an option, if it is not zero.
#[inline(never)]
fn option(piece: &mut Piece, code: u8, data: &[u8]) {
    if data.iter().any(|byte| *byte != 0) {
        piece.put(&[code, data.len() as u8]);
        piece.put(data);
    }
}
