//! Name servers that lie, whether they know no better or mean harm.

use proptest::prelude::*;
use w5100::error::{Error, Result};
use w5100::stack::LOCK_FRAMES;
use w5100_sim::PeerHandle;

use crate::answers::labels;
use crate::client::{ASKED, HOST, LIFETIME_S, ask, pass, question, reply, server};
use crate::support::*;
use crate::{ADDRESS, Record, answer};

const A: u16 = 1;
const CNAME: u16 = 5;
const LIE: [u8; 4] = [6; 4];

/// One service step, which no answer makes long.
#[track_caller]
fn step(lab: &Lab) {
    let before = lab.chip.counters().frames;
    lab.service();
    let frames = lab.chip.counters().frames - before;
    assert!(frames <= u64::from(LOCK_FRAMES), "{frames} frames");
}

/// What the device makes of a server's answer to its question.
#[track_caller]
fn told(lab: &Lab, server: &PeerHandle, host: &str, message: Vec<u8>) -> Result<[u8; 4]> {
    let (id, port) = question(lab, server, host);
    reply(server, port, id, message);
    lab.world.run_for(10);
    step(lab);
    ask(lab, host)
}

/// A question that is under way comes to its end, and is not heard any more.
fn end_question(lab: &Lab, server: &PeerHandle) {
    lab.pass_until(20_000, || lab.free_sockets() == 4);
    while server.udp_recv(53).is_some() {}
}

/// Nobody has been led astray for good.
#[track_caller]
fn an_honest_answer_is_believed(lab: &Lab, server: &PeerHandle) {
    end_question(lab, server);
    assert_eq!(ask(lab, "honest.example"), Err(Error::WouldBlock));
    assert_eq!(pass(lab, server, 200), ["honest.example"]);
    assert_eq!(ask(lab, "honest.example"), Ok(ADDRESS));
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    lab.assert_clean();
}

#[test]
fn aliases_in_a_circle_end_in_no_address() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let (one, two) = (labels("one.example"), labels("two.example"));
    let circle: [Record<'_>; 3] = [
        (ASKED, CNAME, 60, &one),
        (&one, CNAME, 60, &two),
        (&two, CNAME, 60, ASKED),
    ];
    let told = told(&lab, &server, HOST, answer(HOST, 0, &circle));
    assert_eq!(told, Err(Error::HostNotFound));
    an_honest_answer_is_believed(&lab, &server);
}

#[test]
fn pointers_in_a_circle_are_no_answer() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let first = (12 + HOST.len() + 2 + 4) as u8;
    // To itself; ahead; to and fro; out of the message.
    let owners = [
        &[0xC0, first][..],
        &[0xC0, first + 40],
        &[0xC0, first + 2, 0xC0, first],
        &[0xFF, 0xFF],
    ];
    for (number, owner) in owners.into_iter().enumerate() {
        // What was found out is remembered for a while.
        let host = HOST.replacen('w', &number.to_string(), 1);
        let message = answer(&host, 0, &[(owner, A, 60, &LIE)]);
        assert!(told(&lab, &server, &host, message).is_err(), "{owner:?}");
        end_question(&lab, &server);
    }
    an_honest_answer_is_believed(&lab, &server);
}

#[test]
fn a_record_of_another_class_is_not_believed() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let mut chaos = answer(HOST, 0, &[(ASKED, A, 60, &LIE)]);
    let class = chaos.len() - LIE.len() - 2 - 4 - 1;
    assert_eq!(chaos[class], 1);
    chaos[class] = 3;
    let told = told(&lab, &server, HOST, chaos);
    assert_eq!(told, Err(Error::HostNotFound));
    an_honest_answer_is_believed(&lab, &server);
}

/// RFC 2181, 8: as if it were zero.
#[test]
fn a_lifetime_with_its_highest_bit_set_is_none() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let message = answer(HOST, 0, &[(ASKED, A, 0x8000_0000, &ADDRESS)]);
    assert_eq!(told(&lab, &server, HOST, message), Ok(ADDRESS));
    // For as long as who has asked may take to fetch it.
    lab.world.run_for(6_000);
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock), "asked anew");
}

#[test]
fn an_answer_that_takes_too_long_to_read_is_none() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    // Where the first record lies, to whose long name all others point.
    let first = (12 + HOST.len() + 2 + 4) as u8;
    let long = labels(&["o"; 100].join("."));
    let mut records: Vec<Record<'_>> = vec![(&long, A, 60, &LIE)];
    let pointer = [0xC0, first];
    records.extend(vec![(&pointer[..], A, 60, &LIE[..]); 40]);
    records.push((ASKED, A, 60, &ADDRESS));
    assert!(told(&lab, &server, HOST, answer(HOST, 0, &records)).is_err());
    an_honest_answer_is_believed(&lab, &server);
}

/// Each name takes as long to read as a name can, and is read again for each alias.
#[test]
fn the_longest_names_in_the_most_records_make_no_step_long() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let label = "a".repeat(61);
    let host = format!("{label}.{label}.{label}.{label}.b");
    let names: Vec<_> = (0..7u8)
        .map(|number| labels(&format!("{number}.c")))
        .collect();
    let mut records: Vec<Record<'_>> = vec![(ASKED, 28, 60, &[6; 16]); 24];
    // Against the order in which they are looked for.
    records.push((&names[6], A, 60, &ADDRESS));
    for two in names.windows(2).rev() {
        records.push((&two[0], CNAME, 60, &two[1]));
    }
    records.push((ASKED, CNAME, 60, &names[0]));
    let told = told(&lab, &server, &host, answer(&host, 0, &records));
    assert_ne!(told, Ok(LIE));
    an_honest_answer_is_believed(&lab, &server);
}

#[test]
fn a_flood_of_forged_answers_hides_the_right_one_from_nobody() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let (id, port) = question(&lab, &server, HOST);
    let lie = answer(HOST, 0, &[(ASKED, A, LIFETIME_S, &LIE)]);
    for guess in 0..400u16 {
        let [high, low] = guess.to_be_bytes();
        if [high, low] != id {
            reply(&server, port, [high, low], lie.clone());
        }
        if guess % 4 == 0 {
            lab.world.run_for(1);
            step(&lab);
        }
    }
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    // What the chip still holds.
    (0..20).for_each(|_| step(&lab));
    reply(
        &server,
        port,
        id,
        answer(HOST, 0, &[(ASKED, A, LIFETIME_S, &ADDRESS)]),
    );
    lab.world.run_for(10);
    step(&lab);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    lab.assert_clean();
}

/// What does not fit may have been the address: that is not to say that there is none.
#[test]
fn an_answer_that_was_truncated_does_not_tell_that_there_is_no_host() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let mut message = answer(HOST, 0, &[]);
    message[2] |= 0x02;
    let told = told(&lab, &server, HOST, message);
    assert_ne!(told, Err(Error::HostNotFound));
    an_honest_answer_is_believed(&lab, &server);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is said to the device, it takes no address that was not in the message, takes no
    /// long step, and believes an honest server afterwards.
    #[test]
    fn no_mangled_answer_leads_astray(
        changes in prop::collection::vec((2usize..100, any::<u8>()), 0..6),
        cut in prop_oneof![3 => Just(0usize), 1 => 1usize..60],
    ) {
        let lab = Lab::new();
        let server = server(&lab, DNS);
        let one = labels("one.example.net");
        let records: [Record<'_>; 2] = [(ASKED, CNAME, 60, &one), (&one, A, 300, &ADDRESS)];
        let mut message = answer(HOST, 0, &records);
        for (at, value) in changes {
            if let Some(byte) = message.get_mut(at) {
                *byte = value;
            }
        }
        message.truncate(message.len() - cut);
        if let Ok(found) = told(&lab, &server, HOST, message.clone()) {
            prop_assert!(message.windows(4).any(|four| four == found));
        }
        an_honest_answer_is_believed(&lab, &server);
    }
}
