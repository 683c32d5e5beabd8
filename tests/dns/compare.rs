//! What the library reads in a name server's message, beside what smoltcp does. The fuzz target
//! `dns_answer` has it too.

use smoltcp::wire::{
    DnsFlags, DnsOpcode, DnsPacket, DnsQueryType, DnsQuestion, DnsRcode, DnsRecord, DnsRecordData,
};
use w5100::error::Error;
use w5100::services::dns::{Answer, read_answer};

/// Gives parts of a message in memory, and sees that nobody reads past its end.
pub(crate) fn reader(bytes: &[u8]) -> impl FnMut(u16, &mut [u8]) -> Result<(), Error> {
    |offset, to| {
        let at = usize::from(offset);
        to.copy_from_slice(&bytes[at..at + to.len()]);
        Ok(())
    }
}

/// Reads a message as the answer to the question `id` for `host`, within its bounds, and panics
/// where it is believed and smoltcp's reader finds something else.
pub(crate) fn compare(bytes: &[u8], id: u16, host: &str) {
    let length = bytes.len() as u16;
    let Some(ours) = read_answer(length, id, host.as_bytes(), &mut reader(bytes)) else {
        return;
    };
    let packet = DnsPacket::new_checked(bytes).expect("what is too short was believed");
    assert_eq!(packet.transaction_id(), id);
    assert!(packet.flags().contains(DnsFlags::RESPONSE));
    assert_eq!(packet.opcode(), DnsOpcode::Query);
    assert_eq!(packet.question_count(), 1);
    // Of what is not whole it is not known what is missing.
    let truncated = packet.flags().contains(DnsFlags::TRUNCATED);
    let expected_error = match packet.rcode() {
        DnsRcode::NoError => None,
        DnsRcode::NXDomain if !truncated => Some(Answer::None),
        _ => Some(Answer::Failed),
    };
    if expected_error.is_some() {
        assert_eq!(Some(ours), expected_error);
    }
    let Ok((rest, question)) = DnsQuestion::parse(packet.payload()) else {
        panic!("the question is none");
    };
    assert_eq!(question.type_, DnsQueryType::A);
    if let Some(name) = text(&packet, question.name) {
        assert_eq!(name, host.to_ascii_lowercase());
    }
    if let (None, Some(records)) = (expected_error, records(&packet, rest)) {
        compare_records(&records, host, ours, truncated);
    }
}

/// A record that matters: its owner, lifetime, and where it leads.
struct Record {
    owner: String,
    lifetime: u32,
    to: To,
}

#[derive(PartialEq)]
enum To {
    Address([u8; 4]),
    Alias(String),
    Nothing,
}

/// All answers; `None` if smoltcp cannot read one of them.
fn records(packet: &DnsPacket<&[u8]>, first: &[u8]) -> Option<Vec<Record>> {
    let mut rest = first;
    let mut records = Vec::new();
    for _ in 0..packet.answer_record_count() {
        let (after, record) = DnsRecord::parse(rest).ok()?;
        rest = after;
        records.push(Record {
            owner: text(packet, record.name)?,
            // One with the highest bit set counts as none (RFC 2181, 8).
            lifetime: i32::try_from(record.ttl).map_or(0, i32::cast_unsigned),
            to: match record.data {
                DnsRecordData::A(address) => To::Address(address.octets()),
                DnsRecordData::Cname(name) => To::Alias(text(packet, name)?),
                _ => To::Nothing,
            },
        });
    }
    Some(records)
}

/// A name in lower case, with dots between its labels; `None` if smoltcp cannot read it.
fn text(packet: &DnsPacket<&[u8]>, name: &[u8]) -> Option<String> {
    let labels: Vec<_> = packet
        .parse_name(name)
        .map(Result::ok)
        .collect::<Option<_>>()?;
    // One character for each byte.
    let text = labels.join(&b'.').into_iter().map(char::from);
    Some(text.collect::<String>().to_ascii_lowercase())
}

/// An address is one that the name leads to. Where the way is one, it is that, with the shortest
/// lifetime on the way; and where no way leads to one, there is none.
fn compare_records(records: &[Record], host: &str, ours: Answer, truncated: bool) {
    let mut names = vec![host.to_ascii_lowercase()];
    let mut reached = Vec::new();
    let mut one_way = true;
    let mut lifetime = u32::MAX;
    let mut at = 0;
    while at < names.len() {
        let name = names[at].clone();
        let own: Vec<_> = records
            .iter()
            .filter(|record| record.owner == name)
            .collect();
        one_way &= own.len() < 2;
        for record in own {
            lifetime = lifetime.min(record.lifetime);
            match &record.to {
                To::Address(address) => reached.push(*address),
                To::Alias(alias) if !names.contains(alias) => names.push(alias.clone()),
                _ => {}
            }
        }
        at += 1;
    }
    match ours {
        Answer::Address(address, seconds) => {
            assert!(reached.contains(&address), "{address:?} of {reached:?}");
            if one_way {
                assert_eq!(seconds, lifetime);
            }
        }
        // Long ways are given up.
        Answer::None | Answer::Failed => {
            assert!(reached.is_empty() || !one_way || names.len() > ALIASES);
            assert_eq!(ours == Answer::Failed, truncated);
        }
    }
}

/// As many aliases, one after the other, are followed for sure.
const ALIASES: usize = 8;
