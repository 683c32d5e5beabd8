//! DNS messages (RFC 1035, section 4): one question for a host's address, and
//! its answer.

use super::Name;
use crate::error::Result;
use crate::services::{Read, Write};

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
///
/// # Errors
/// Those of `write`.
pub fn write_query(id: u16, name: &Name, write: &mut Write<'_>) -> Result<()> {
    let [high, low] = id.to_be_bytes();
    write(&[high, low, RECURSION, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    write(name.labels())?;
    write(&[0, 0, TYPE_A as u8, 0, CLASS_IN as u8])
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
    let mut message = Message {
        length,
        read,
        sound: true,
    };
    let mut head = [0; HEADER as usize];
    message.get(0, &mut head)?;
    let [a, b, flags, status, questions @ .., _, _, _, _] = head;
    let [_, one, records_high, records_low] = questions;
    let ours = [a, b] == id.to_be_bytes()
        && flags & (ANSWER | OPCODE) == ANSWER
        && [questions[0], one] == [0, 1]
        && message.asks(name)?;
    if !ours || !message.sound {
        return Ok(None);
    }
    let records = u16::from_be_bytes([records_high, records_low]).min(RECORDS);
    let answer = match status & 0x0F {
        0 => message.find(name, records)?,
        3 => Answer::None,
        _ => Answer::Failed,
    };
    Ok(message.sound.then_some(answer))
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

/// A message that is being read.
struct Message<'a, 'b> {
    length: u16,
    read: &'a mut Read<'b>,
    /// Nothing past its end, and no name without one, was found so far.
    sound: bool,
}

impl Message<'_, '_> {
    /// The bytes at `offset`; zeros, and no sense, if the message is shorter.
    fn get(&mut self, offset: u16, to: &mut [u8]) -> Result<()> {
        if usize::from(offset) + to.len() > usize::from(self.length) {
            self.sound = false;
            return Ok(());
        }
        (self.read)(offset, to)
    }

    fn byte(&mut self, offset: u16) -> Result<u8> {
        let mut byte = [0];
        self.get(offset, &mut byte)?;
        Ok(byte[0])
    }

    /// Whether the question is the one that was asked.
    fn asks(&mut self, name: &Name) -> Result<bool> {
        let labels = name.labels();
        for (at, &expected) in labels.iter().enumerate() {
            let found = self.byte(HEADER + at as u16)?;
            if !found.eq_ignore_ascii_case(&expected) {
                return Ok(false);
            }
        }
        let mut tail = [1; 5];
        self.get(HEADER + labels.len() as u16, &mut tail)?;
        Ok(tail == [0, 0, TYPE_A as u8, 0, CLASS_IN as u8])
    }

    /// The address of `name`, along its aliases.
    fn find(&mut self, name: &Name, records: u16) -> Result<Answer> {
        let first = HEADER + name.labels().len() as u16 + 5;
        // Names are told by where they lie.
        let mut wanted = HEADER;
        let mut lifetime = u32::MAX;
        for _ in 0..ALIASES {
            let mut alias = None;
            let mut at = first;
            for _ in 0..records {
                let owner = at;
                let record = self.record(at)?;
                if !self.sound {
                    return Ok(Answer::Failed);
                }
                at = record.data.saturating_add(record.length);
                if record.class != CLASS_IN || !self.is_same(owner, wanted)? {
                    continue;
                }
                lifetime = lifetime.min(record.ttl);
                match (record.kind, record.length) {
                    (TYPE_A, 4) => {
                        let mut address = [0; 4];
                        self.get(record.data, &mut address)?;
                        return Ok(Answer::Address(address, lifetime));
                    }
                    (TYPE_CNAME, _) => alias = Some(record.data),
                    _ => {}
                }
            }
            let Some(next) = alias else { break };
            wanted = next;
        }
        Ok(Answer::None)
    }

    /// The record whose owner's name lies at `at`.
    fn record(&mut self, at: u16) -> Result<Record> {
        let after = self.skip(at)?;
        let mut fixed = [0; 10];
        self.get(after, &mut fixed)?;
        let [a, b, c, d, e, f, g, h, i, j] = fixed;
        let record = Record {
            kind: u16::from_be_bytes([a, b]),
            class: u16::from_be_bytes([c, d]),
            // A lifetime with the highest bit set counts as none (RFC 2181, 8).
            ttl: match u32::from_be_bytes([e, f, g, h]) {
                long if long > i32::MAX as u32 => 0,
                ttl => ttl,
            },
            data: after.saturating_add(10),
            length: u16::from_be_bytes([i, j]),
        };
        let end = u32::from(record.data) + u32::from(record.length);
        self.sound &= end <= u32::from(self.length);
        Ok(record)
    }

    /// Where a name ends that lies at `at`.
    fn skip(&mut self, at: u16) -> Result<u16> {
        let mut at = at;
        for _ in 0..STEPS {
            match self.byte(at)? {
                0 => return Ok(at.saturating_add(1)),
                0xC0.. => return Ok(at.saturating_add(2)),
                length if self.sound => at = at.saturating_add(1 + u16::from(length)),
                _ => break,
            }
        }
        self.sound = false;
        Ok(at)
    }

    /// Whether two names in the message are the same.
    fn is_same(&mut self, one: u16, other: u16) -> Result<bool> {
        let (mut one, mut other) = (one, other);
        for _ in 0..STEPS {
            one = self.label(one)?;
            other = self.label(other)?;
            if one == other {
                return Ok(self.sound);
            }
            let length = self.byte(one)?;
            if length != self.byte(other)? || !self.sound {
                return Ok(false);
            }
            if length == 0 {
                return Ok(true);
            }
            for at in 1..=u16::from(length) {
                let found = self.byte(one.saturating_add(at))?;
                let expected = self.byte(other.saturating_add(at))?;
                if !found.eq_ignore_ascii_case(&expected) {
                    return Ok(false);
                }
            }
            one = one.saturating_add(1 + u16::from(length));
            other = other.saturating_add(1 + u16::from(length));
        }
        Ok(false)
    }

    /// Where the label lies that a name at `at` goes on with: there, or where a
    /// pointer leads. Each must lead back, so that they come to an end.
    fn label(&mut self, at: u16) -> Result<u16> {
        let mut at = at;
        for _ in 0..STEPS {
            let high = self.byte(at)?;
            match high {
                0..64 => return Ok(at),
                0xC0.. => {
                    let low = self.byte(at.saturating_add(1))?;
                    let to = u16::from_be_bytes([high & 0x3F, low]);
                    if to >= at {
                        break;
                    }
                    at = to;
                }
                _ => break,
            }
        }
        self.sound = false;
        Ok(at)
    }
}
