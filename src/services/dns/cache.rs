//! Names and their addresses, for as long as their servers said.

use crate::error::Result;

/// Answers that are remembered.
const CACHED: usize = 8;
/// An address is remembered for no longer, in seconds.
const LONGEST_S: u32 = 24 * 3600;
/// An answer that is good for no time is kept so long for who asked.
const KEPT_MS: u32 = 5000;

/// How a question ended.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    answer: Result<[u8; 4]>,
    since: u32,
    /// 0 if nothing is remembered here.
    lifetime_ms: u32,
    /// Is told but once.
    once: bool,
}

/// Names and their addresses, for as long as their servers said; and what else
/// came of a question, until somebody was told.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    entries: [Entry; CACHED],
    next: u8,
}

impl Cache {
    /// Nothing is remembered.
    pub const EMPTY: Cache = Cache {
        entries: [Entry {
            hash: 0,
            answer: Ok([0; 4]),
            since: 0,
            lifetime_ms: 0,
            once: false,
        }; CACHED],
        next: 0,
    };

    /// What is remembered of the name with this hash.
    pub fn find(&mut self, hash: u32, now: u32) -> Option<Result<[u8; 4]>> {
        let mut found = None;
        for entry in &mut self.entries {
            if now.wrapping_sub(entry.since) >= entry.lifetime_ms {
                // So none comes back when the clock has wrapped.
                entry.lifetime_ms = 0;
            } else if entry.hash == hash {
                found = Some(entry.answer);
                if entry.once {
                    entry.lifetime_ms = 0;
                }
            }
        }
        found
    }

    /// Remembers an answer for some seconds, in place of the oldest one; with 0
    /// until it is told, which has to be soon.
    pub fn insert(&mut self, hash: u32, answer: Result<[u8; 4]>, seconds: u32, now: u32) {
        let once = seconds == 0;
        if let Some(entry) = self.entries.get_mut(usize::from(self.next)) {
            *entry = Entry {
                hash,
                answer,
                since: now,
                lifetime_ms: if once {
                    KEPT_MS
                } else {
                    seconds.min(LONGEST_S) * 1000
                },
                once,
            };
        }
        self.next = (self.next + 1) % CACHED as u8;
    }
}
