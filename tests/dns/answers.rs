//! Questions as another reads them; answers, good, bad and mangled.

use proptest::prelude::*;
use smoltcp::wire::{DnsPacket, DnsQueryType, DnsQuestion};
use w5100::services::dns::{Answer, dotted_quad, host_name};

use crate::compare::compare;
use crate::{ADDRESS, ID, Record, answer, query, read};

const HOST: &str = "www.example.org";
/// A pointer to the question's name.
const ASKED: &[u8] = &[0xC0, 12];
const A: u16 = 1;
const CNAME: u16 = 5;

fn address(lifetime: u32) -> Option<Answer> {
    Some(Answer::Address(ADDRESS, lifetime))
}

/// Labels, ended by a 0.
pub(crate) fn labels(text: &str) -> Vec<u8> {
    let labels = text.split('.').flat_map(|label| {
        let length = [label.len() as u8];
        [&length[..], label.as_bytes()].concat()
    });
    labels.chain([0]).collect()
}

#[test]
fn a_question_is_one_for_an_address() {
    let bytes = query(HOST);
    let packet = DnsPacket::new_checked(&bytes[..]).unwrap();
    assert_eq!(packet.transaction_id(), ID);
    assert_eq!(
        (packet.question_count(), packet.answer_record_count()),
        (1, 0)
    );
    let (rest, question) = DnsQuestion::parse(packet.payload()).unwrap();
    assert!(rest.is_empty());
    assert_eq!(question.type_, DnsQueryType::A);
    assert_eq!(question.name, labels(HOST));
}

#[test]
fn an_address_is_found_with_its_lifetime() {
    let records: [Record<'_>; 1] = [(ASKED, A, 300, &ADDRESS)];
    assert_eq!(read(&answer(HOST, 0, &records), HOST), address(300));
    assert_eq!(
        read(&answer(HOST, 0, &records), "WWW.Example.ORG"),
        address(300)
    );
}

#[test]
fn aliases_are_followed_in_any_order_and_the_shortest_lifetime_counts() {
    let (one, two) = (labels("one.example.net"), labels("two.example.net"));
    let mut records: [Record<'_>; 3] = [
        (ASKED, CNAME, 60, &one),
        (&one, CNAME, 20, &two),
        (&two, A, 300, &ADDRESS),
    ];
    assert_eq!(read(&answer(HOST, 0, &records), HOST), address(20));
    records.reverse();
    assert_eq!(read(&answer(HOST, 0, &records), HOST), address(20));
}

#[test]
fn aliases_that_are_compressed_are_followed() {
    // "web" and then the question's name from its second label on.
    let alias = [&[3][..], b"web", &[0xC0, 16]].concat();
    let records: [Record<'_>; 2] = [
        (ASKED, CNAME, 60, &alias),
        (&labels("web.example.org"), A, 60, &ADDRESS),
    ];
    assert_eq!(read(&answer(HOST, 0, &records), HOST), address(60));
}

#[test]
fn aliases_in_a_circle_have_no_address() {
    let one = labels("one.example.net");
    let records: [Record<'_>; 2] = [(ASKED, CNAME, 60, &one), (&one, CNAME, 60, ASKED)];
    assert_eq!(read(&answer(HOST, 0, &records), HOST), Some(Answer::None));
}

#[test]
fn records_of_other_hosts_types_and_classes_are_no_answer() {
    let other = labels("evil.example.org");
    let records: [Record<'_>; 2] = [(&other, A, 60, &[6; 4]), (ASKED, 28, 60, &[6; 16])];
    assert_eq!(read(&answer(HOST, 0, &records), HOST), Some(Answer::None));
    let mut chaos = answer(HOST, 0, &[(ASKED, A, 60, &ADDRESS)]);
    let class = chaos.len() - 4 - 2 - 4 - 1;
    chaos[class] = 3;
    assert_eq!(read(&chaos, HOST), Some(Answer::None));
}

#[test]
fn what_a_server_cannot_tell_is_not_what_is_not_there() {
    for (status, expected) in [(3, Answer::None), (2, Answer::Failed), (5, Answer::Failed)] {
        assert_eq!(read(&answer(HOST, status, &[]), HOST), Some(expected));
    }
}

#[test]
fn forged_answers_are_none() {
    let good = answer(HOST, 0, &[(ASKED, A, 300, &ADDRESS)]);
    assert_eq!(read(&good, "www.example.com"), None, "another question");
    // The number, the flags, the count of questions, the question's type and class.
    let question = 12 + HOST.len() + 2;
    for (at, bit) in [(0, 1), (1, 1), (2, 0x80), (2, 0x08), (4, 1), (5, 1)]
        .into_iter()
        .chain((question..question + 4).map(|at| (at, 1)))
    {
        let mut bad = good.clone();
        bad[at] ^= bit;
        assert_eq!(read(&bad, HOST), None, "byte {at}");
    }
}

#[test]
fn a_message_cut_anywhere_is_none() {
    let good = answer(HOST, 0, &[(ASKED, A, 300, &ADDRESS)]);
    for length in 0..good.len() {
        assert!(
            matches!(read(&good[..length], HOST), None | Some(Answer::Failed)),
            "{length}"
        );
    }
}

#[test]
fn names_that_lead_nowhere_come_to_an_end() {
    // A pointer to itself, one ahead, and a label of a kind that is not.
    for owner in [&[0xC0, 33][..], &[0xC0, 200], &[0x80, 0]] {
        let bytes = answer(HOST, 0, &[(owner, A, 300, &ADDRESS)]);
        assert!(
            !matches!(read(&bytes, HOST), Some(Answer::Address(..))),
            "{owner:?}"
        );
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    for (text, good) in [
        ("a", true),
        ("a.b.", true),
        (&longest, true),
        ("", false),
        (".", false),
        ("a..b", false),
        (".a", false),
        (&"a".repeat(64), false),
        (&format!("{longest}a"), false),
    ] {
        let name = host_name(text.as_bytes());
        let expected = text.strip_suffix('.').unwrap_or(text).as_bytes();
        assert_eq!(name, good.then_some(expected), "{text:?}");
    }
}

#[test]
fn four_numbers_are_an_address() {
    for (text, expected) in [
        ("10.1.2.3", Some(ADDRESS)),
        ("255.255.255.255", Some([255; 4])),
        ("0.0.0.0", Some([0; 4])),
        ("10.1.2", None),
        ("10.1.2.3.4", None),
        ("10.1.2.256", None),
        ("10.1..3", None),
        ("10.1.2.0003", None),
        ("10.1.2.x", None),
        ("", None),
    ] {
        assert_eq!(dotted_quad(text.as_bytes()), expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever becomes of an answer, it is read within its bounds; and what is found in it is
    /// what the other reader finds.
    #[test]
    fn mangled_answers_give_no_address_that_is_not_there(
        changes in prop::collection::vec((12usize..120, any::<u8>()), 0..6),
        cut in 0usize..120,
    ) {
        let one = labels("one.example.net");
        let records: [Record<'_>; 2] = [(ASKED, CNAME, 60, &one), (&one, A, 300, &ADDRESS)];
        let mut bytes = answer(HOST, 0, &records);
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(cut.max(bytes.len() - 40));
        compare(&bytes, ID, HOST);
    }
}
