//! The resolver's messages, its cache and its machine.

mod answers;
mod client;
mod hostile;
mod lookups;
mod machine;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

use w5100::error::Result;
use w5100::services::dns::{Answer, Name, read_answer, write_query};

const ID: u16 = 0xBEEF;
const ADDRESS: [u8; 4] = [10, 1, 2, 3];

fn name(text: &str) -> Name {
    let mut name = Name::EMPTY;
    assert!(name.set(text.as_bytes(), b""));
    name
}

fn query(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_query(ID, &name(text), &mut |piece| bytes.extend(piece));
    bytes
}

/// What the library makes of a message, and that it never reads past its end.
fn read(bytes: &[u8], text: &str) -> Option<Answer> {
    let mut from = |offset: u16, to: &mut [u8]| -> Result<()> {
        let at = usize::from(offset);
        to.copy_from_slice(&bytes[at..at + to.len()]);
        Ok(())
    };
    read_answer(bytes.len() as u16, ID, &name(text), &mut from).expect("memory does not fail")
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
