//! DNS messages (RFC 1035, section 4): one question for a host's address, and
//! its answer.

use super::name::{hash, labels, mix};
use crate::services::{Message, Piece, Read};

const HEADER: u32 = 12;
/// Type and class: A and CNAME, both IN.
const ADDRESS: [u8; 4] = [0, 1, 0, 1];
const ALIAS: [u8; 4] = [0, 5, 0, 1];
/// QR: an answer. OPCODE, which must be 0 as in the question.
const ANSWER: u8 = 0x80;
const OPCODE: u8 = 0x78;
/// RD: the server is to ask others.
const RECURSION: u8 = 0x01;
/// TC: not all of the answer is there.
const TRUNCATED: u8 = 0x02;
/// What the hashes of names in a message begin with.
const BASIS: u32 = 0x811C_9DC5;
/// The most aliases that are followed.
const ALIASES: u32 = 8;

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

/// Puts a part, from 0 on, of the question for the address of `name` into an empty
/// `piece`; true if there is another one.
pub fn put_question(id: u16, name: &[u8], number: u32, piece: &mut Piece) -> bool {
    let [high, low] = id.to_be_bytes();
    if number == 0 {
        piece.put(&[high, low, RECURSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        return true;
    }
    let label = labels(name).nth(number as usize - 1);
    match label {
        Some(label) => {
            piece.put(&[label.len() as u8]);
            piece.put(label);
        }
        None => {
            piece.put(&[0]);
            piece.put(&ADDRESS);
        }
    }
    label.is_some()
}

/// Reads a message of `length` bytes; `None` if it does not answer the question
/// or makes no sense.
pub fn read_answer<R: Read>(length: u16, id: u16, name: &[u8], read: &mut R) -> Option<Answer> {
    let mut message = Message::new(length, read);
    let [a, b, flags, status] = message.word(0);
    let [questions_high, questions_low, high, low] = message.word(4);
    let wanted = hash(BASIS, name);
    let (asked, end) = message.name(HEADER);
    let ours = [a, b] == id.to_be_bytes()
        && flags & (ANSWER | OPCODE) == ANSWER
        && [questions_high, questions_low] == [0, 1]
        && asked == wanted
        && message.word(end) == ADDRESS;
    message.unsound |= !ours;
    let records = u16::from_be_bytes([high, low]).into();
    let answer = match status & 0x0F {
        0 => message.find(wanted, end + 4, records),
        3 => Answer::None,
        _ => Answer::Failed,
    };
    // What is missing may have been the address.
    let unknown = answer == Answer::None && flags & TRUNCATED != 0;
    (!message.unsound).then_some(if unknown { Answer::Failed } else { answer })
}

impl<R: Read> Message<'_, R> {
    /// The address of the name with the hash `wanted`, along its aliases, in the
    /// records from `first` on.
    fn find(&mut self, wanted: u32, first: u32, records: u32) -> Answer {
        let mut wanted = wanted;
        let mut lifetime = u32::MAX;
        for _ in 0..ALIASES {
            let mut at = first;
            let mut followed = false;
            for _ in 0..records {
                let (owner, fixed) = self.name(at);
                let kind = self.word(fixed);
                let ttl = u32::from_be_bytes(self.word(fixed + 4));
                let [_, _, high, low] = self.word(fixed + 6);
                let length = u16::from_be_bytes([high, low]);
                let data = fixed + 10;
                at = data + u32::from(length);
                self.unsound |= at > self.length;
                if self.unsound {
                    return Answer::Failed;
                }
                if owner != wanted {
                    continue;
                }
                // One with the highest bit set counts as none (RFC 2181, 8).
                lifetime = lifetime.min(if ttl > i32::MAX as u32 { 0 } else { ttl });
                if kind == ADDRESS && length == 4 {
                    return Answer::Address(self.word(data), lifetime);
                }
                if kind == ALIAS {
                    (wanted, _) = self.name(data);
                    followed = true;
                }
            }
            if !followed {
                break;
            }
        }
        Answer::None
    }

    /// The hash of the name that lies at `at`, and where that ends. Names are
    /// compared by it: to forge an answer nobody needs two that share one.
    #[inline(never)]
    fn name(&mut self, at: u32) -> (u32, u32) {
        let mut at = at;
        let mut end = 0;
        let mut hash = BASIS;
        // Bytes of the label that are still to come.
        let mut left = 0;
        while !self.unsound {
            let mut byte = self.byte(at);
            at += 1;
            if left != 0 {
                left -= 1;
            } else if byte >= 64 {
                let to = u32::from(byte & 0x3F) << 8 | u32::from(self.byte(at));
                if end == 0 {
                    end = at + 1;
                }
                // A pointer leads back, and nothing else is known.
                if byte < 0xC0 || to + 1 >= at {
                    break;
                }
                at = to;
                continue;
            } else if byte == 0 {
                return (hash, if end == 0 { at } else { end });
            } else {
                left = byte;
                byte = b'.';
            }
            hash = mix(hash, byte);
        }
        self.unsound = true;
        (hash, end)
    }
}
