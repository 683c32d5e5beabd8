//! Messages from servers, and what a server granted.

use super::message::{COOKIE, ETHERNET, FIXED};
use crate::services::{Message, Read};
use core::ops::{Index, IndexMut};

/// The longest name of a domain that is kept.
pub const DOMAIN_MAX: usize = 64;
/// Seconds of a lease that never ends.
pub const FOREVER: u32 = u32::MAX;

const REPLY: u8 = 2;

/// What a server tells in four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The address that it is about (yiaddr); 0.0.0.0 if there is no lease.
    Address,
    /// Subnet mask; of a lease, that of the address's class if not told.
    Mask,
    /// First router.
    Gateway,
    /// First name server.
    Dns,
    /// Second name server.
    SecondDns,
    /// First time server.
    Ntp,
    /// Who sent it.
    Server,
    /// Seconds that it is good for; [`FOREVER`].
    Lease,
    /// Seconds after which its server is asked to have it go on.
    T1,
    /// Seconds after which any server is.
    T2,
}

/// The options of the fields behind the address; of the second name server none.
const CODES: [u8; 9] = [1, 3, 6, 0, 42, 54, 51, 58, 59];

/// What a server said; and a lease, if that was an ACK. All zero where it told
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    fields: [[u8; 4]; 10],
    /// Where the domain name lies (option 15), and how long it is.
    pub domain: (u16, u8),
    /// Option 53: 2, 5 or 6.
    pub kind: u8,
    /// Which fields have options too (option 52): 1 the file's, 2 the name's.
    overload: u8,
}

impl Index<Field> for Reply {
    type Output = [u8; 4];
    fn index(&self, field: Field) -> &[u8; 4] {
        &self.fields[field as usize]
    }
}

impl IndexMut<Field> for Reply {
    fn index_mut(&mut self, field: Field) -> &mut [u8; 4] {
        &mut self.fields[field as usize]
    }
}

impl Reply {
    /// Nothing, and no lease.
    pub const NONE: Reply = Reply {
        fields: [[0; 4]; 10],
        domain: (0, 0),
        kind: 0,
        overload: 0,
    };

    /// The seconds in a field.
    pub fn seconds(&self, field: Field) -> u32 {
        u32::from_be_bytes(self[field])
    }

    /// Reads a message of `length` bytes into what is [`Reply::NONE`]; false if it
    /// is none for this client and transaction, or makes no sense.
    pub fn read(&mut self, length: u16, mac: [u8; 6], xid: u32, read: &mut impl Read) -> bool {
        let mut message = Message::new(length, read);
        let [a, b, c, d, e, f] = mac;
        let [kind, hardware, size, _] = message.word(0);
        let ours = [kind, hardware, size] == [REPLY, ETHERNET[0], ETHERNET[1]]
            && message.word(28) == [a, b, c, d]
            && message.word(30) == [c, d, e, f]
            && message.word(4) == xid.to_be_bytes()
            && message.word(FIXED as u32) == COOKIE;
        if !ours {
            return false;
        }
        self[Field::Address] = message.word(16);
        self.options(&mut message, FIXED as u32 + 4, length.into());
        // Options may go on in the fields of the file and the server's name.
        let overload = self.overload;
        if overload & 1 != 0 {
            self.options(&mut message, 108, 236);
        }
        if overload & 2 != 0 {
            self.options(&mut message, 44, 108);
        }
        !message.unsound && matches!(self.kind, 2 | 5 | 6)
    }

    /// Reads the options from `at` to `end`, which none may overrun.
    #[inline(never)]
    fn options(&mut self, message: &mut Message<'_, impl Read>, at: u32, end: u32) {
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
            let next = at + u32::from(length);
            message.unsound |= next > end;
            if message.unsound {
                return;
            }
            match (code, length) {
                (53, 1) => self.kind = message.byte(at),
                (52, 1) => self.overload = message.byte(at),
                (15, _) => self.domain = (at as u16, length),
                (_, 4..) => self.set(message, code, length, at),
                _ => {}
            }
            at = next;
        }
        // A server that forgets the end is understood all the same.
    }

    fn set(&mut self, message: &mut Message<'_, impl Read>, code: u8, length: u8, at: u32) {
        let [_, fields @ ..] = &mut self.fields;
        for (field, own) in fields.iter_mut().zip(&CODES) {
            if code == *own {
                *field = message.word(at);
            }
        }
        if code == 6 && length >= 8 {
            self[Field::SecondDns] = message.word(at + 4);
        }
    }

    /// True if it has what a lease needs: an address that a host can have, and a
    /// time.
    pub(super) fn is_usable(&self) -> bool {
        let [first, ..] = self[Field::Address];
        let host = first != 0 && first != 127 && first < 224;
        host && self[Field::Lease] != [0; 4] && self[Field::Server] != [0; 4]
    }

    /// Sets what a lease needs and the server left out.
    pub(super) fn complete(&mut self) {
        if self[Field::Mask] == [0; 4] {
            self[Field::Mask] = class_mask(self[Field::Address]);
        }
        // Times that are not told, or in no order, are what RFC 2131, 4.4.5 has.
        let seconds = self.seconds(Field::Lease);
        let (mut t1, mut t2) = (self.seconds(Field::T1), self.seconds(Field::T2));
        if t1 == 0 || t1 >= t2 || t2 >= seconds {
            t1 = seconds / 2;
            t2 = seconds - seconds / 8;
        }
        self[Field::T1] = t1.to_be_bytes();
        self[Field::T2] = t2.to_be_bytes();
    }
}

const fn class_mask([first, ..]: [u8; 4]) -> [u8; 4] {
    match first {
        0..128 => [255, 0, 0, 0],
        128..192 => [255, 255, 0, 0],
        _ => [255, 255, 255, 0],
    }
}
