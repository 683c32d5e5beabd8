//! Every interleaving of a few tasks in the library's own code, up to stated bounds.
//!
//! The tasks are coroutines that shuttle switches: wherever the library reads or moves the epoch,
//! tries or gives back the lock, asks its port or reaches the chip (`sync::step` and the port and bus
//! of this program). shuttle was chosen over loom because of what runs between those places: whole
//! calls, with the lock that ships, over a chip and a clock. loom would want the lock replaced by
//! its own, has no time, and repeats all of it for every order of unrelated accesses. What it has
//! more, reorderings of weak atomics, is not at stake: the epoch and the words of wake handles are
//! sequentially consistent, all else is behind the lock, and the flag of fairness is a hint.
//!
//! Built with `--cfg w5100_interleavings` only, by `cargo xtask test interleavings`.
#![cfg(w5100_interleavings)]

mod events;
mod explore;
mod lock;
mod rig;
mod seeded;
mod stale;
mod turns;
mod waits;
mod wakes;
mod world;

#[path = "../support/tiny.rs"]
mod tiny;
