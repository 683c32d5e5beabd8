//! A resolver's machine: one question at a time, to several servers in turn, and
//! a cache.

mod cache;
mod message;
mod name;

pub use cache::Cache;
pub use message::{Answer, put_question, read_answer};
pub use name::{dotted_quad, hash, host_name, is_short};

use name::NAME_ROOM;

use super::{Dice, Piece, Read, Text, is_reached};
use crate::error::{Error, Result};

/// Rounds of all servers.
const ROUNDS: u8 = 3;
/// How long the first round waits for each server; each further one twice as long
/// as the one before.
const FIRST_MS: u32 = 1500;
/// Servers that are known.
pub const SERVERS: usize = 3;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do until the time has passed, or an answer comes.
    Idle,
    /// Ask this server now; then [`Dns::asked`].
    Ask([u8; 4]),
    /// The question is over: [`Dns::find`] tells its answer.
    Over,
}

/// A resolver. The fields lie so that the small ones are near.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Dns {
    dice: Dice,
    /// When the next server is to be asked, and when the first one again.
    due: u32,
    round_due: u32,
    /// The server that was asked last.
    asked: [u8; 4],
    /// What the hashes of names begin with: another one at each start.
    secret: u32,
    /// The number that the answer must have.
    id: u16,
    /// Places in the list of servers that were done with.
    tries: u8,
    /// So many bytes of the name are what the program gave.
    plain: u8,
    /// The question was answered, or given up.
    over: bool,
    cache: Cache,
    name: Text<NAME_ROOM>,
}

impl Dns {
    /// Knows nothing, and has no question.
    pub const NEW: Dns = Dns {
        dice: Dice::UNSET,
        due: 0,
        round_due: 0,
        asked: [0; 4],
        secret: 0,
        id: 0,
        tries: 0,
        plain: 0,
        over: false,
        cache: Cache::EMPTY,
        name: Text::NONE,
    };

    /// What is known of a [`host_name`]. `seed` chooses all numbers the first time.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] for nothing; how the question ended, once.
    pub fn find(&mut self, name: &[u8], seed: u32, now: u32) -> Result<[u8; 4]> {
        if let Some(address) = dotted_quad(name) {
            return Ok(address);
        }
        if self.dice == Dice::UNSET {
            self.dice = Dice::new(seed);
            self.secret = self.dice.roll();
        }
        let known = self.cache.find(hash(self.secret, name), now);
        known.unwrap_or(Err(Error::WouldBlock))
    }

    /// Begins to ask for a [`host_name`], first in a `domain`, if that is one.
    pub fn ask(&mut self, name: &[u8], domain: &[u8], now: u32) {
        self.name.set(name);
        self.plain = name.len() as u8;
        if let Some(domain) = host_name(domain) {
            self.name.add(b".");
            self.name.add(domain);
        }
        self.begin(now);
    }

    #[inline(never)]
    fn begin(&mut self, now: u32) {
        self.id = self.random();
        self.tries = 0;
        self.due = now;
        self.round_due = now;
        self.over = false;
    }

    /// A number that is hard to guess.
    pub fn random(&mut self) -> u16 {
        (self.dice.roll() >> 16) as u16
    }

    /// What to do now.
    pub fn step(&mut self, now: u32, servers: &[[u8; 4]; SERVERS]) -> Step {
        while !self.over && is_reached(now, self.due) {
            if self.tries >= ROUNDS * SERVERS as u8 {
                self.give_up(now);
                break;
            }
            // A round is no shorter because its servers cannot tell.
            if usize::from(self.tries) % SERVERS == 0 && !is_reached(now, self.round_due) {
                self.due = self.round_due;
                break;
            }
            let server = servers[usize::from(self.tries) % SERVERS];
            if server != [0; 4] {
                self.asked = server;
                return Step::Ask(server);
            }
            self.tries += 1;
        }
        match self.over {
            true => Step::Over,
            false => Step::Idle,
        }
    }

    /// Puts a part of the question, from 0 on, into an empty `piece`; true if there
    /// is another one.
    pub fn put(&self, number: u32, piece: &mut Piece) -> bool {
        put_question(self.id, self.name.bytes(), number, piece)
    }

    /// The question went out.
    pub fn asked(&mut self, now: u32) {
        let pause = FIRST_MS << (usize::from(self.tries) / SERVERS);
        // A quarter more or less, lest many boards ask in step.
        let jitter = (u32::from(self.random()) * (pause / 2)) >> 16;
        self.due = now.wrapping_add(pause - pause / 4 + jitter);
        self.round_due = self.due;
        self.tries += 1;
    }

    /// The server cannot tell: the next one is asked at once, or the first one
    /// when its time has come.
    pub fn failed(&mut self, now: u32) {
        self.due = now;
    }

    /// No server can tell, or be asked.
    pub fn give_up(&mut self, now: u32) {
        self.end(Err(Error::NameServer), 0, now);
    }

    /// A message of `length` bytes came.
    pub fn hear(&mut self, from: [u8; 4], length: u16, read: &mut impl Read, now: u32) {
        // Nobody else is heard, nor who says it twice.
        if self.over || from != self.asked {
            return;
        }
        match read_answer(length, self.id, self.name.bytes(), read) {
            None => {}
            Some(Answer::Address(address, seconds)) => self.end(Ok(address), seconds, now),
            Some(Answer::None) if self.name.bytes().len() == usize::from(self.plain) => {
                self.end(Err(Error::HostNotFound), 0, now);
            }
            Some(Answer::None) => {
                // Not in the own domain; perhaps by itself.
                self.name.truncate(self.plain);
                self.begin(now);
            }
            Some(Answer::Failed) => self.failed(now),
        }
    }

    /// Remembers how the question ended.
    #[inline(never)]
    fn end(&mut self, answer: Result<[u8; 4]>, seconds: u32, now: u32) {
        self.over = true;
        self.name.truncate(self.plain);
        let hash = hash(self.secret, self.name.bytes());
        self.cache.insert(hash, answer, seconds, now);
    }
}
