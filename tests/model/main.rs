//! Random calls on random sockets, random behaviour of the hosts, random silicon: what every call
//! answers is compared with a small reference.
//!
//! A sequence is drawn by proptest and runs on the virtual clock. One that differs is shrunk and
//! printed, a step to a line. The same sequences are drawn in each run; `W5100_MODEL_SEED=<n>`
//! draws others, `PROPTEST_CASES=<n>` another number for each test.

#[path = "../support/mod.rs"]
mod support;

mod actions;
mod asks;
mod calls;
mod connections;
mod datagram;
mod hosts;
mod knowledge;
mod life;
mod link;
mod outgoing;
mod polls;
mod reference;
mod run;
mod sending;
mod udp;
mod view;
mod world;

use std::str::FromStr;

use actions::{Action, Profile, Sequence};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use support::board::Board;
use support::bus::Line;
use w5100::bus::SpiBus;
use w5100::stack::Stack;
use world::Flaw;

/// The library's side of the simulated chip.
pub(crate) type DeviceStack = Stack<SpiBus<Line>, Board>;

/// Sequences of each test.
const SEQUENCES: u32 = 2_500;

fn number<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs sequences of a profile; the first difference, shrunk.
fn difference(profile: Profile, sequences: u32, flaw: Option<Flaw>) -> Option<String> {
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let mut seed = [profile as u8; 32];
    let chosen: u64 = number("W5100_MODEL_SEED").unwrap_or(0);
    seed[..8].copy_from_slice(&chosen.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let run = |sequence| run::run(&sequence, flaw).map_err(TestCaseError::fail);
    match TestRunner::new_with_rng(config, rng).run(&actions::sequences(profile), run) {
        Ok(()) => None,
        Err(TestError::Fail(reason, sequence)) => {
            Some(shortest(reason.to_string(), sequence, flaw))
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Leaves out what is left of the steps that a failure does not need.
fn shortest(mut reason: String, mut sequence: Sequence, flaw: Option<Flaw>) -> String {
    for at in 0..sequence.actions.len() {
        let action = std::mem::replace(&mut sequence.actions[at], Action::Nothing);
        match run::run(&sequence, flaw) {
            Err(difference) => reason = difference,
            Ok(()) => sequence.actions[at] = action,
        }
    }
    format!("{reason}\n{sequence:?}")
}

#[track_caller]
fn agree(profile: Profile) {
    let sequences = number("PROPTEST_CASES").unwrap_or(SEQUENCES);
    if let Some(difference) = difference(profile, sequences, None) {
        panic!("{difference}");
    }
}

#[test]
fn model_streams_answer_as_the_reference_does() {
    agree(Profile::Streams);
}

#[test]
fn model_listeners_answer_as_the_reference_does() {
    agree(Profile::Listeners);
}

#[test]
fn model_datagrams_answer_as_the_reference_does() {
    agree(Profile::Datagrams);
}

#[test]
fn model_everything_together_answers_as_the_reference_does() {
    agree(Profile::Everything);
}

#[test]
fn a_flaw_of_the_reference_is_found_and_shrunk() {
    for flaw in [
        Flaw::KnowsNoReset,
        Flaw::ExpectsMoreRoom,
        Flaw::ForgetsASocket,
    ] {
        let found = difference(Profile::Everything, 500, Some(flaw)).expect("it is found");
        // What was wrong, the options of the world in two lines, and the steps.
        assert!(found.lines().count() <= 3 + 5, "{flaw:?}: {found}");
    }
}
