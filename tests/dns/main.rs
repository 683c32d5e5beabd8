//! The resolver's messages, its cache and its machine.

mod answers;
mod client;
mod compare;
mod hostile;
mod lookups;
mod machine;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

pub(crate) use compare::reader;
use w5100::services::Piece;
use w5100::services::dns::{Answer, put_question, read_answer};

const ID: u16 = 0xBEEF;
const ADDRESS: [u8; 4] = [10, 1, 2, 3];

fn query(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0.. {
        let mut piece = Piece::EMPTY;
        let more = put_question(ID, text.as_bytes(), number, &mut piece);
        bytes.extend(piece.bytes());
        if !more {
            break;
        }
    }
    bytes
}

/// What the library makes of a message.
fn read(bytes: &[u8], text: &str) -> Option<Answer> {
    read_answer(bytes.len() as u16, ID, text.as_bytes(), &mut reader(bytes))
}

/// A record of an answer: owner, type, lifetime, data.
type Record<'a> = (&'a [u8], u16, u32, &'a [u8]);

/// The answer of a server to the question for `text`.
fn answer(text: &str, status: u8, records: &[Record<'_>]) -> Vec<u8> {
    let mut bytes = query(text);
    bytes[2] |= 0x80;
    bytes[3] = 0x80 | status;
    bytes[7] = records.len() as u8;
    for (owner, kind, lifetime, data) in records {
        bytes.extend(*owner);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1]);
        bytes.extend(lifetime.to_be_bytes());
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(*data);
    }
    bytes
}
