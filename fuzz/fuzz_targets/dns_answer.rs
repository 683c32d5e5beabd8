//! A message as from a name server: what the library reads in it, beside what smoltcp does.

#![no_main]

#[path = "../../tests/dns/compare.rs"]
mod compare;

use compare::compare;
use libfuzzer_sys::fuzz_target;

/// The question of all that the corpus begins with.
const ID: u16 = 0xBEEF;
const HOST: &str = "www.example.org";

fuzz_target!(|data: &[u8]| compare(data, ID, HOST));
