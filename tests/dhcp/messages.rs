//! Messages: sent ones as another reads them, received ones as another wrote or mangled them.

use proptest::prelude::*;
use smoltcp::wire::{DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, Ipv4Address};
use w5100::services::Text;
use w5100::services::dhcp::{Field, Kind, Outgoing};

use crate::compare::compare;
use crate::{MAC, OFFERED, SERVER, XID, answer, bytes_of, read, written};

const FIXED: usize = 240;

fn outgoing(kind: Kind) -> Outgoing {
    Outgoing {
        kind,
        mac: MAC,
        xid: XID,
        seconds: 3,
        own: [0; 4],
        wanted: [0; 4],
        server: [0; 4],
        host_name: Text::new(b"board"),
    }
}

#[test]
fn a_discover_asks_for_all_that_is_used_and_for_broadcasts() {
    let message = outgoing(Kind::Discover);
    let bytes = written(&message);
    assert!(bytes.len() >= 300, "what relays forward");
    let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
    let seen = DhcpRepr::parse(&packet).unwrap();
    assert_eq!(seen.message_type, DhcpMessageType::Discover);
    assert_eq!(seen.transaction_id, XID);
    assert_eq!(seen.secs, 3);
    assert_eq!(seen.client_hardware_address.0, MAC);
    assert_eq!(seen.client_identifier.map(|id| id.0), Some(MAC));
    assert!(seen.broadcast);
    assert_eq!(seen.max_size, Some(576));
    assert_eq!(
        seen.parameter_request_list,
        Some(&[1, 3, 6, 15, 42, 51, 54, 58, 59][..])
    );
    let name = packet.options().find(|option| option.kind == 12);
    assert_eq!(name.map(|option| option.data), Some(&b"board"[..]));
}

#[test]
fn a_request_names_the_address_and_the_server() {
    let bytes = written(&Outgoing {
        wanted: OFFERED,
        server: SERVER,
        ..outgoing(Kind::Request)
    });
    let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
    let seen = DhcpRepr::parse(&packet).unwrap();
    assert_eq!(seen.message_type, DhcpMessageType::Request);
    assert_eq!(seen.requested_ip, Some(OFFERED.into()));
    assert_eq!(seen.server_identifier, Some(SERVER.into()));
    assert_eq!(seen.client_ip, Ipv4Address::UNSPECIFIED);
}

#[test]
fn a_renewal_has_its_address_in_ciaddr_alone_and_hears_unicast() {
    let bytes = written(&Outgoing {
        own: OFFERED,
        ..outgoing(Kind::Request)
    });
    let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
    let seen = DhcpRepr::parse(&packet).unwrap();
    assert_eq!(seen.client_ip, Ipv4Address::from(OFFERED));
    assert_eq!((seen.requested_ip, seen.server_identifier), (None, None));
    assert!(!seen.broadcast);
}

#[test]
fn an_answer_is_read_whole() {
    let options = [
        DhcpOption {
            kind: 6,
            data: &[10, 0, 0, 2, 10, 0, 0, 3, 10, 0, 0, 4],
        },
        DhcpOption {
            kind: 15,
            data: b"lan",
        },
        DhcpOption {
            kind: 42,
            data: &[10, 0, 0, 5],
        },
    ];
    let bytes = bytes_of(&DhcpRepr {
        additional_options: &options,
        ..answer(DhcpMessageType::Ack)
    });
    let reply = read(&bytes, XID).expect("it is for this client");
    let (at, length) = reply.domain;
    assert_eq!(
        &bytes[at.into()..usize::from(at) + usize::from(length)],
        b"lan"
    );
    assert_eq!(reply.kind, 5);
    for (field, expected) in [
        (Field::Address, OFFERED),
        (Field::Server, SERVER),
        (Field::Mask, [255, 255, 255, 0]),
        (Field::Gateway, [10, 0, 0, 254]),
        (Field::Dns, [10, 0, 0, 2]),
        (Field::SecondDns, [10, 0, 0, 3]),
        (Field::Ntp, [10, 0, 0, 5]),
    ] {
        assert_eq!(reply[field], expected, "{field:?}");
    }
    let times = [Field::Lease, Field::T1, Field::T2].map(|field| reply.seconds(field));
    assert_eq!(times, [3600, 1800, 3150]);
}

#[test]
fn answers_for_others_are_none() {
    let good = bytes_of(&answer(DhcpMessageType::Offer));
    assert!(read(&good, XID).is_some());
    assert!(read(&good, XID + 1).is_none(), "another transaction");
    // The kind of message, the MAC, the cookie, the kind of hardware.
    for at in [0, 28, 33, 236, 239, 1, 2] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(read(&bad, XID).is_none(), "byte {at}");
    }
}

#[test]
fn a_message_cut_anywhere_makes_no_sense_or_the_same() {
    let good = bytes_of(&answer(DhcpMessageType::Ack));
    let whole = read(&good, XID).unwrap();
    for length in 0..good.len() {
        // The last byte is the mark of the end, without which all was said.
        let expected = (length == good.len() - 1).then_some(whole);
        let cut = read(&good[..length], XID);
        assert!(
            cut == expected || is_cut_between_options(&good, length),
            "{length}"
        );
    }
}

/// Whether the first `length` bytes end where an option does.
fn is_cut_between_options(bytes: &[u8], length: usize) -> bool {
    let mut at = FIXED;
    while at < length && bytes[at] != 255 {
        at += 2 + usize::from(bytes[at + 1]);
    }
    at == length
}

#[test]
fn an_option_that_overruns_its_message_spoils_it() {
    let mut bytes = bytes_of(&answer(DhcpMessageType::Ack));
    let at = FIXED + 3 + 1;
    bytes[at] = 255;
    assert!(read(&bytes, XID).is_none());
}

#[test]
fn options_go_on_in_the_fields_of_file_and_name() {
    let mut bytes = bytes_of(&DhcpRepr {
        router: None,
        lease_duration: None,
        additional_options: &[DhcpOption {
            kind: 52,
            data: &[3],
        }],
        ..answer(DhcpMessageType::Ack)
    });
    bytes[108..115].copy_from_slice(&[51, 4, 0, 0, 0, 60, 255]);
    bytes[44..51].copy_from_slice(&[3, 4, 10, 0, 0, 9, 255]);
    let reply = read(&bytes, XID).unwrap();
    assert_eq!(reply.seconds(Field::Lease), 60);
    assert_eq!(reply[Field::Gateway], [10, 0, 0, 9]);
    bytes[44 + 1] = 200;
    assert!(read(&bytes, XID).is_none(), "it overruns the field");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever becomes of a message, it is read within its bounds, and as the other reader does.
    #[test]
    fn mangled_answers_are_read_as_smoltcp_reads_them(
        changes in prop::collection::vec((0usize..400, any::<u8>()), 0..8),
        cut in 0usize..400,
    ) {
        let mut bytes = bytes_of(&answer(DhcpMessageType::Ack));
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(cut.max(bytes.len().saturating_sub(100)));
        compare(&bytes, MAC, XID);
    }
}
