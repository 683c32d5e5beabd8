//! DNS messages (RFC 1035, section 4): one question for a host's address, and
//! its answer.

use super::Name;
use crate::error::Result;
use crate::services::{Message, Read, Write};

const HEADER: u16 = 12;
const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
const CLASS_IN: u16 = 1;
/// QR: an answer. OPCODE, which must be 0 as in the question.
const ANSWER: u8 = 0x80;
const OPCODE: u8 = 0x78;
/// RD: the server is to ask others.
const RECURSION: u8 = 0x01;
/// The most aliases that are followed.
const ALIASES: u32 = 8;
/// The most records that are looked at: answers for hosts have few.
const RECORDS: u16 = 32;
/// The most labels and pointers of one name: a name has 127 at most.
const STEPS: u32 = 128;

/// What a server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The host's address, and for how many seconds it is good.
    Address([u8; 4], u32),
    /// There is no such host, or it has no address (NXDOMAIN, or no record).
    None,
    /// The server cannot tell (SERVFAIL, REFUSED and the like).
    Failed,
}

/// Asks for the address of `name`, in pieces.
pub fn write_query(id: u16, name: &Name, write: &mut Write<'_>) {
    let [high, low] = id.to_be_bytes();
    write(&[high, low, RECURSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    write(name.labels());
    write(&[0, 0, TYPE_A as u8, 0, CLASS_IN as u8]);
}

/// Bytes of such a message.
pub fn query_length(name: &Name) -> u16 {
    HEADER + name.labels().len() as u16 + 5
}

/// Reads a message of `length` bytes; `None` if it does not answer the question
/// or makes no sense.
///
/// # Errors
/// Those of `read`.
pub fn read_answer(
    length: u16,
    id: u16,
    name: &Name,
    read: &mut Read<'_>,
) -> Result<Option<Answer>> {
    let mut message = Message::new(length, read);
    let [a, b, flags, status] = message.word(0);
    let [questions_high, questions_low, high, low] = message.word(4);
    let ours = [a, b] == id.to_be_bytes()
        && flags & (ANSWER | OPCODE) == ANSWER
        && [questions_high, questions_low] == [0, 1]
        && message.asks(name);
    message.unsound |= !ours;
    let records = u16::from_be_bytes([high, low]).min(RECORDS);
    let answer = match status & 0x0F {
        _ if message.unsound => Answer::Failed,
        0 => message.find(name, records),
        3 => Answer::None,
        _ => Answer::Failed,
    };
    message.made(answer)
}

/// A record's fixed part.
struct Record {
    kind: u16,
    class: u16,
    ttl: u32,
    /// Where its data lies, and how long that is.
    data: u16,
    length: u16,
}

impl Message<'_, '_> {
    /// Whether the question is the one that was asked.
    fn asks(&mut self, name: &Name) -> bool {
        let mut at = HEADER;
        for expected in name.labels() {
            if !self.byte(at).eq_ignore_ascii_case(expected) {
                return false;
            }
            at += 1;
        }
        self.byte(at) == 0 && self.word(at + 1) == [0, TYPE_A as u8, 0, CLASS_IN as u8]
    }

    /// The address of `name`, along its aliases.
    fn find(&mut self, name: &Name, records: u16) -> Answer {
        let first = HEADER + name.labels().len() as u16 + 5;
        // Names are told by where they lie.
        let mut wanted = HEADER;
        let mut lifetime = u32::MAX;
        for _ in 0..ALIASES {
            let mut alias = None;
            let mut at = first;
            for _ in 0..records {
                let owner = at;
                let record = self.record(at);
                if self.unsound {
                    return Answer::Failed;
                }
                at = record.data + record.length;
                if record.class != CLASS_IN || !self.is_same(owner, wanted) {
                    continue;
                }
                lifetime = lifetime.min(record.ttl);
                match (record.kind, record.length) {
                    (TYPE_A, 4) => {
                        return Answer::Address(self.word(record.data), lifetime);
                    }
                    (TYPE_CNAME, _) => alias = Some(record.data),
                    _ => {}
                }
            }
            let Some(next) = alias else { break };
            wanted = next;
        }
        Answer::None
    }

    /// The record whose owner's name lies at `at`.
    fn record(&mut self, at: u16) -> Record {
        let after = self.skip(at);
        let [a, b, c, d] = self.word(after);
        let ttl = u32::from_be_bytes(self.word(after.wrapping_add(4)));
        let data = after.wrapping_add(10);
        let length = [8, 9].map(|at| self.byte(after.wrapping_add(at)));
        let length = u16::from_be_bytes(length);
        self.unsound |= u32::from(data) + u32::from(length) > u32::from(self.length());
        Record {
            kind: u16::from_be_bytes([a, b]),
            class: u16::from_be_bytes([c, d]),
            // A lifetime with the highest bit set counts as none (RFC 2181, 8).
            ttl: if ttl > i32::MAX as u32 { 0 } else { ttl },
            data,
            length,
        }
    }

    /// Where a name ends that lies at `at`.
    fn skip(&mut self, at: u16) -> u16 {
        let mut at = at;
        for _ in 0..STEPS {
            let length = self.byte(at);
            at = at.wrapping_add(1);
            match length {
                0 => return at,
                0xC0.. => return at.wrapping_add(1),
                _ => at = at.wrapping_add(length.into()),
            }
        }
        self.unsound = true;
        at
    }

    /// Whether two names in the message are the same.
    fn is_same(&mut self, one: u16, other: u16) -> bool {
        let (mut one, mut other) = (one, other);
        for _ in 0..STEPS {
            one = self.label(one);
            other = self.label(other);
            if one == other {
                return true;
            }
            // The length of a label is compared like the rest of it.
            let length = self.byte(one);
            for _ in 0..=length {
                let found = self.byte(one);
                if !found.eq_ignore_ascii_case(&self.byte(other)) || self.unsound {
                    return false;
                }
                one = one.wrapping_add(1);
                other = other.wrapping_add(1);
            }
            if length == 0 {
                return true;
            }
        }
        false
    }

    /// Where the label lies that a name at `at` goes on with: there, or where a
    /// pointer leads. Each must lead back, so that they come to an end.
    fn label(&mut self, at: u16) -> u16 {
        let mut at = at;
        for _ in 0..STEPS {
            let high = self.byte(at);
            if high < 64 {
                return at;
            }
            let to = u16::from_be_bytes([high & 0x3F, self.byte(at.wrapping_add(1))]);
            if high < 0xC0 || to >= at {
                break;
            }
            at = to;
        }
        self.unsound = true;
        at
    }
}
