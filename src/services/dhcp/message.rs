//! DHCP messages (RFC 2131, section 2; options: RFC 2132).

use crate::error::Result;
use crate::services::{Message, Read, Text, Write};

/// Bytes before the options: the BOOTP fields and the cookie.
const FIXED: u16 = 240;
/// Of them, those that are zero behind two pieces.
const REST: usize = FIXED as usize - 4 - 2 * Piece::LENGTH;
/// The least that relays forward (RFC 1542, 2.1).
const _: () = assert!(Outgoing::LENGTH >= 300);
const COOKIE: [u8; 4] = [99, 130, 83, 99];
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const ETHERNET: [u8; 2] = [1, 6];
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
/// The longest name of a domain that is kept.
pub const DOMAIN_MAX: usize = 64;

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

/// What a server said; and a lease, if that was an ACK. Addresses are 0.0.0.0
/// where it told none, times 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Option 53: 2, 5 or 6.
    pub kind: u8,
    /// The address that it is about (yiaddr); 0.0.0.0 if there is no lease.
    pub address: [u8; 4],
    /// Who sent it (option 54).
    pub server: [u8; 4],
    /// Subnet mask (option 1); of a lease, that of the address's class if not told.
    pub mask: [u8; 4],
    /// First router (option 3).
    pub gateway: [u8; 4],
    /// First two name servers (option 6).
    pub dns: [[u8; 4]; 2],
    /// First time server (option 42).
    pub ntp: [u8; 4],
    /// Seconds that it is good for (option 51); [`super::FOREVER`].
    pub lease: u32,
    /// Seconds after which its server is asked to have it go on (option 58).
    pub t1: u32,
    /// Seconds after which any server is (option 59).
    pub t2: u32,
    /// Where the domain name lies (option 15), and how long it is.
    pub domain: (u16, u8),
    /// Which fields have options too (option 52): 1 the file's, 2 the name's.
    pub overload: u8,
}

/// Options of what asks: the largest message that is read whole, which is all a
/// client must take (57), and what it wants to be told (55).
const ASKS: [u8; 15] = [57, 2, 2, 64, 55, 9, 1, 3, 6, 15, 42, 51, 54, 58, 59];

/// A piece of a message, which is zero where nothing was put.
struct Piece {
    bytes: [u8; Piece::LENGTH],
    at: usize,
}

impl Piece {
    const LENGTH: usize = 80;

    const EMPTY: Piece = Piece {
        bytes: [0; Piece::LENGTH],
        at: 0,
    };

    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(to) = self.bytes.get_mut(self.at) {
                *to = *byte;
                self.at += 1;
            }
        }
    }

    /// An option, if it is not zero.
    #[inline(never)]
    fn option(&mut self, code: u8, data: &[u8]) {
        if data.iter().any(|byte| *byte != 0) {
            self.put(&[code, data.len() as u8]);
            self.put(data);
        }
    }
}

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

    /// Bytes that [`Outgoing::write`] gives.
    pub const LENGTH: u16 = FIXED - 4 + Piece::LENGTH as u16;

    /// Gives the message piece by piece.
    pub fn write(&self, write: &mut Write<'_>) {
        let mut piece = Piece::EMPTY;
        piece.put(&[REQUEST, ETHERNET[0], ETHERNET[1], 0]);
        piece.put(&self.xid.to_be_bytes());
        piece.put(&self.seconds.to_be_bytes());
        if self.own == [0; 4] {
            piece.put(&BROADCAST);
        }
        piece.at = 12;
        piece.put(&self.own);
        piece.at = 28;
        piece.put(&self.mac);
        write(&piece.bytes);
        // The rest is zero up to the cookie.
        piece = Piece::EMPTY;
        write(&piece.bytes);
        write(piece.bytes.split_at(REST).0);
        self.put_options(&mut piece);
        write(&piece.bytes);
    }

    /// The cookie and the options: 79 bytes at most.
    fn put_options(&self, piece: &mut Piece) {
        piece.put(&COOKIE);
        piece.option(53, &[self.kind as u8]);
        piece.put(&[61, 7, ETHERNET[0]]);
        piece.put(&self.mac);
        piece.option(50, &self.wanted);
        piece.option(54, &self.server);
        piece.option(12, self.host_name.bytes());
        if matches!(self.kind, Kind::Discover | Kind::Request) {
            piece.put(&ASKS);
        }
        piece.put(&[255]);
    }
}

impl Reply {
    /// Nothing, and no lease.
    pub const NONE: Reply = Reply {
        kind: 0,
        address: [0; 4],
        server: [0; 4],
        mask: [0; 4],
        gateway: [0; 4],
        dns: [[0; 4]; 2],
        ntp: [0; 4],
        lease: 0,
        t1: 0,
        t2: 0,
        domain: (0, 0),
        overload: 0,
    };

    /// Reads a message of `length` bytes into what is [`Reply::NONE`]; false if it
    /// is none for this client and transaction, or makes no sense.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read(
        &mut self,
        length: u16,
        mac: [u8; 6],
        xid: u32,
        read: &mut Read<'_>,
    ) -> Result<bool> {
        let mut message = Message::new(length, read);
        let mut owner = [0; 6];
        message.get(28, &mut owner);
        let [kind, hardware, size, _] = message.word(0);
        let ours = [kind, hardware, size] == [REPLY, ETHERNET[0], ETHERNET[1]]
            && owner == mac
            && message.word(4) == xid.to_be_bytes()
            && message.word(FIXED - 4) == COOKIE;
        if !ours {
            return Ok(false);
        }
        self.address = message.word(16);
        self.options(&mut message, FIXED, length);
        // Options may go on in the fields of the file and the server's name.
        let overload = self.overload;
        if overload & 1 != 0 {
            self.options(&mut message, 108, 236);
        }
        if overload & 2 != 0 {
            self.options(&mut message, 44, 108);
        }
        message.unsound |= !matches!(self.kind, 2 | 5 | 6);
        message.end()
    }

    /// Reads the options from `at` to `end`, which none may overrun.
    fn options(&mut self, message: &mut Message<'_, '_>, at: u16, end: u16) {
        let mut at = at;
        while at < end {
            let code = message.byte(at);
            at += 1;
            match code {
                0 => continue,
                255 => return,
                _ => {}
            }
            let length = message.byte(at);
            at += 1;
            let next = at + u16::from(length);
            if next > end || message.unsound {
                message.unsound = true;
                return;
            }
            self.option(message, code, length, at);
            at = next;
        }
        // A server that forgets the end is understood all the same.
    }

    fn option(&mut self, message: &mut Message<'_, '_>, code: u8, length: u8, at: u16) {
        match (code, length) {
            (53, 1) => self.kind = message.byte(at),
            (52, 1) => self.overload = message.byte(at),
            (15, 1..) => self.domain = (at, length),
            (_, 4..) => {
                let word = message.word(at);
                let number = u32::from_be_bytes(word);
                match code {
                    1 => self.mask = word,
                    3 => self.gateway = word,
                    6 => {
                        self.dns[0] = word;
                        if length >= 8 {
                            self.dns[1] = message.word(at + 4);
                        }
                    }
                    42 => self.ntp = word,
                    51 => self.lease = number,
                    54 => self.server = word,
                    58 => self.t1 = number,
                    59 => self.t2 = number,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
