//! A resolver's machine: one question at a time, to several servers in turn, and
//! a cache.

mod message;
mod name;

pub use message::{Answer, query_length, read_answer, write_query};
pub use name::{Name, dotted_quad, hash};

use super::Dice;
use crate::error::Result;

/// Answers that are remembered.
const CACHED: usize = 8;
/// An address is remembered for no longer, in seconds.
const LONGEST_S: u32 = 24 * 3600;
/// An answer that is good for no time is kept so long for who asked.
const KEPT_MS: u32 = 5000;
/// Rounds of all servers.
const ROUNDS: u8 = 3;
/// How long the first round waits for each server; each further one twice as long
/// as the one before.
const FIRST_MS: u32 = 1500;
/// Servers that are known.
pub const SERVERS: usize = 3;

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

    /// Forgets all.
    pub fn clear(&mut self) {
        for entry in &mut self.entries {
            entry.lifetime_ms = 0;
        }
    }
}

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do until the time has passed, or an answer comes.
    Idle,
    /// Ask this server now; then [`Query::asked`].
    Ask([u8; 4]),
    /// No server answered.
    GiveUp,
}

/// A question on its way.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// The number that the answer must have.
    pub id: u16,
    /// The server that is asked, as a place in the list.
    server: u8,
    round: u8,
    asked: bool,
    due: u32,
}

impl Query {
    /// None.
    pub const NONE: Query = Query {
        id: 0,
        server: 0,
        round: 0,
        asked: false,
        due: 0,
    };

    /// A question that is to be asked at once.
    pub fn new(now: u32, dice: &mut Dice) -> Self {
        Self {
            id: (dice.roll() >> 16) as u16,
            due: now,
            ..Self::NONE
        }
    }

    /// What to do now.
    pub fn step(&mut self, now: u32, servers: &[[u8; 4]; SERVERS]) -> Step {
        if now.wrapping_sub(self.due) > u32::MAX / 2 {
            return Step::Idle;
        }
        if self.asked {
            self.next();
        }
        // Past servers that are not set; once round the list is enough.
        for _ in 0..SERVERS + 1 {
            if self.round >= ROUNDS {
                return Step::GiveUp;
            }
            match servers.get(usize::from(self.server)) {
                Some(server) if *server != [0; 4] => return Step::Ask(*server),
                _ => self.next(),
            }
        }
        Step::GiveUp
    }

    /// The question went out.
    pub fn asked(&mut self, now: u32, dice: &mut Dice) {
        let pause = FIRST_MS << self.round;
        // A quarter more or less, lest many boards ask in step.
        let jitter = ((dice.roll() >> 16) * (pause / 2)) >> 16;
        self.due = now.wrapping_add(pause - pause / 4 + jitter);
        self.asked = true;
    }

    /// The server cannot tell: the next one is asked at once.
    pub fn failed(&mut self, now: u32) {
        self.due = now;
    }

    fn next(&mut self) {
        self.asked = false;
        self.server += 1;
        if usize::from(self.server) >= SERVERS {
            self.server = 0;
            self.round += 1;
        }
    }
}
