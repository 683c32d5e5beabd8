//! DNS messages (RFC 1035, section 4): one question for a host's address, and
//! its answer.

use super::name::{BASIS, Name, mix};
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
/// The most bytes and pointers of one name: a name has 255 bytes at most.
const STEPS: u32 = 300;

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
#[inline(never)]
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
    Ok(message.end()?.then_some(answer))
}

/// A record's fixed part.
struct Record {
    /// Of its owner's name.
    hash: u32,
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
        let (hash, end) = self.name(HEADER);
        hash == name.hash() && self.word(end) == [0, TYPE_A as u8, 0, CLASS_IN as u8]
    }

    /// The address of `name`, along its aliases.
    fn find(&mut self, name: &Name, records: u16) -> Answer {
        let mut wanted = name.hash();
        let mut lifetime = u32::MAX;
        for _ in 0..ALIASES {
            let mut alias = 0;
            let mut at = query_length(name);
            for _ in 0..records {
                let record = self.record(at);
                if self.unsound {
                    return Answer::Failed;
                }
                at = record.data + record.length;
                if record.class != CLASS_IN || record.hash != wanted {
                    continue;
                }
                lifetime = lifetime.min(record.ttl);
                if record.kind == TYPE_A && record.length == 4 {
                    return Answer::Address(self.word(record.data), lifetime);
                }
                if record.kind == TYPE_CNAME {
                    alias = record.data;
                }
            }
            if alias == 0 {
                break;
            }
            (wanted, _) = self.name(alias);
        }
        Answer::None
    }

    /// The record whose owner's name lies at `at`.
    #[inline(never)]
    fn record(&mut self, at: u16) -> Record {
        let (hash, after) = self.name(at);
        let [a, b, c, d] = self.word(after);
        let ttl = u32::from_be_bytes(self.word(after.wrapping_add(4)));
        let [_, _, high, low] = self.word(after.wrapping_add(6));
        let data = after.wrapping_add(10);
        let length = u16::from_be_bytes([high, low]);
        self.unsound |= u32::from(data) + u32::from(length) > u32::from(self.length);
        Record {
            hash,
            kind: u16::from_be_bytes([a, b]),
            class: u16::from_be_bytes([c, d]),
            // A lifetime with the highest bit set counts as none (RFC 2181, 8).
            ttl: if ttl > i32::MAX as u32 { 0 } else { ttl },
            data,
            length,
        }
    }

    /// The hash of the name that lies at `at`, and where that ends. Names are
    /// compared by it: to forge an answer nobody needs two that share one.
    #[inline(never)]
    fn name(&mut self, at: u16) -> (u32, u16) {
        let mut at = at;
        let mut end = 0;
        let mut hash = BASIS;
        // Bytes of the label that are still to come.
        let mut left = 0;
        for _ in 0..STEPS {
            let byte = self.byte(at);
            if left == 0 && byte >= 64 {
                let to = u16::from_be_bytes([byte & 0x3F, self.byte(at.wrapping_add(1))]);
                if end == 0 {
                    end = at.wrapping_add(2);
                }
                // A pointer leads back, and nothing else is known.
                if byte < 0xC0 || to >= at {
                    break;
                }
                at = to;
                continue;
            }
            hash = mix(hash, byte);
            at = at.wrapping_add(1);
            if left != 0 {
                left -= 1;
                continue;
            }
            left = byte;
            if byte == 0 {
                return (hash, if end == 0 { at } else { end });
            }
        }
        self.unsound = true;
        (hash, end)
    }
}
