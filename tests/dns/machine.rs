//! Whom a question goes to and when, and what is remembered.

use w5100::error::Error;
use w5100::services::Piece;
use w5100::services::dns::{Cache, Dns, SERVERS, Step, hash, host_name};

use crate::ADDRESS;

const ONE: [u8; 4] = [10, 0, 0, 1];
const TWO: [u8; 4] = [10, 0, 0, 2];
const NONE: [u8; 4] = [0; 4];

const HOST: &[u8] = b"www.example.org";

/// A resolver that has just begun to ask.
fn asking(now: u32) -> Dns {
    let mut machine = Dns::NEW;
    assert_eq!(machine.find(HOST, 3, now), Err(Error::WouldBlock));
    machine.ask(HOST, b"", now);
    machine
}

/// Asks until it gives up: when, and whom.
fn all_tries(servers: [[u8; 4]; SERVERS]) -> Vec<(u32, [u8; 4])> {
    // Across the wrap of the clock.
    let begun = u32::MAX - 2000;
    let mut machine = asking(begun);
    let mut tries = Vec::new();
    for passed in 0..100_000 {
        let now = begun.wrapping_add(passed);
        match machine.step(now, &servers) {
            Step::Idle => {}
            Step::Ask(server) => {
                tries.push((passed, server));
                machine.asked(now);
            }
            Step::Over => {
                let told = machine.find(HOST, 3, now);
                assert_eq!(told, Err(Error::NameServer));
                return tries;
            }
        }
    }
    panic!("it never gives up");
}

#[test]
fn servers_are_asked_in_turn_in_three_rounds_that_grow() {
    let tries = all_tries([ONE, TWO, NONE]);
    let whom: Vec<_> = tries.iter().map(|(_, server)| *server).collect();
    assert_eq!(whom, [ONE, TWO, ONE, TWO, ONE, TWO]);
    let pauses: Vec<_> = tries.windows(2).map(|two| two[1].0 - two[0].0).collect();
    for (pause, base) in pauses.iter().zip([1500, 1500, 3000, 3000, 6000]) {
        assert!((base * 3 / 4..=base * 5 / 4).contains(pause), "{pauses:?}");
    }
}

/// When a server is asked that says each time that it cannot tell.
#[test]
fn servers_that_cannot_tell_have_time_until_the_next_round() {
    let mut machine = asking(0);
    let mut tries = Vec::new();
    for now in 0..100_000 {
        match machine.step(now, &[ONE, TWO, NONE]) {
            Step::Idle => {}
            Step::Ask(server) => {
                tries.push((now, server));
                machine.asked(now);
                machine.failed(now);
            }
            Step::Over => break,
        }
    }
    let whom: Vec<_> = tries.iter().map(|(_, server)| *server).collect();
    assert_eq!(whom, [ONE, TWO, ONE, TWO, ONE, TWO]);
    let pauses: Vec<_> = tries.windows(2).map(|two| two[1].0 - two[0].0).collect();
    for (pause, base) in pauses.iter().zip([0, 1500, 0, 3000, 0]) {
        // At once is with the next millisecond.
        let longest = (base * 5 / 4).max(1);
        assert!((base * 3 / 4..=longest).contains(pause), "{pauses:?}");
    }
}

#[test]
fn without_servers_it_gives_up_at_once() {
    assert_eq!(all_tries([NONE; SERVERS]), []);
}

#[test]
fn a_server_that_cannot_tell_is_left_at_once() {
    let mut machine = asking(0);
    assert_eq!(machine.step(0, &[ONE, TWO, NONE]), Step::Ask(ONE));
    machine.asked(0);
    assert_eq!(machine.step(10, &[ONE, TWO, NONE]), Step::Idle);
    machine.failed(10);
    assert_eq!(machine.step(10, &[ONE, TWO, NONE]), Step::Ask(TWO));
}

#[test]
fn two_questions_have_other_numbers() {
    let mut machine = asking(0);
    let first_part = |machine: &Dns| {
        let mut piece = Piece::EMPTY;
        assert!(machine.put(0, &mut piece), "there is more");
        piece.bytes().to_vec()
    };
    let one = first_part(&machine);
    machine.ask(HOST, b"", 0);
    assert_ne!(one, first_part(&machine));
}

#[test]
fn an_address_is_remembered_for_its_lifetime() {
    let mut cache = Cache::EMPTY;
    let host = hash(7, b"www.example.org");
    assert_eq!(cache.find(host, 0), None);
    let begun = u32::MAX - 1000;
    cache.insert(host, Ok(ADDRESS), 60, begun);
    assert_eq!(
        cache.find(host, begun.wrapping_add(59_999)),
        Some(Ok(ADDRESS))
    );
    assert_eq!(cache.find(hash(7, b"example.org"), begun), None);
    assert_eq!(cache.find(host, begun.wrapping_add(60_000)), None);
    assert_eq!(cache.find(host, begun), None, "gone for good");
}

#[test]
fn a_lifetime_of_zero_is_told_once_and_one_of_years_is_a_day() {
    const DAY_MS: u32 = 24 * 3600 * 1000;
    let mut cache = Cache::EMPTY;
    cache.insert(1, Ok(ADDRESS), 0, 5);
    assert_eq!(cache.find(1, 5), Some(Ok(ADDRESS)));
    assert_eq!(cache.find(1, 5), None, "told once");
    cache.insert(1, Err(Error::HostNotFound), 0, 5);
    assert_eq!(cache.find(1, 5005), None, "nobody asked");
    cache.insert(2, Ok(ADDRESS), u32::MAX, 5);
    assert_eq!(cache.find(2, 4 + DAY_MS), Some(Ok(ADDRESS)));
    assert_eq!(cache.find(2, 5 + DAY_MS), None);
}

#[test]
fn the_oldest_makes_room() {
    let mut cache = Cache::EMPTY;
    for host in 0..9 {
        cache.insert(host, Ok(ADDRESS), 60, 0);
    }
    assert_eq!(cache.find(0, 0), None);
    assert!((1..9).all(|host| cache.find(host, 0) == Some(Ok(ADDRESS))));
}

#[test]
fn names_in_other_case_are_the_same() {
    assert_eq!(hash(7, b"A.Example"), hash(7, b"a.eXAMPLE"));
    assert_eq!(host_name(b"a.example."), Some(&b"a.example"[..]));
    assert_ne!(hash(7, b"a.example"), hash(7, b"b.example"));
    assert_ne!(hash(7, b"a.example"), hash(8, b"a.example"));
}
