//! Servers that lie, whether they know no better or mean harm.

use proptest::prelude::*;
use smoltcp::wire::DhcpMessageType::{Ack, Nak, Offer};
use smoltcp::wire::{DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, EthernetAddress};
use std::net::Ipv4Addr;
use w5100::services::dhcp::{Field, State};
use w5100::stack::{DhcpSettings, LOCK_FRAMES};

use crate::answers::{self, bytes_of};
use crate::server::{LEASED, Server, bound, own_ip, start, state};
use crate::support::*;

/// Of a server that was not asked.
const STRANGER: [u8; 4] = [192, 168, 1, 66];

/// One service step, which no message makes long.
#[track_caller]
fn step(lab: &Lab) {
    let before = lab.chip.counters().frames;
    lab.service();
    let frames = lab.chip.counters().frames - before;
    assert!(frames <= u64::from(LOCK_FRAMES), "{frames} frames");
}

/// A client that has sent its first message, and the number of its transaction.
#[track_caller]
fn asking(lab: &Lab, settings: &DhcpSettings<'_>) -> u32 {
    lab.peer.udp_bind(67);
    start(lab, settings).expect("there is hardware");
    xid(lab)
}

/// The number that the client's last message has.
#[track_caller]
fn xid(lab: &Lab) -> u32 {
    step(lab);
    lab.world.run_for(10);
    let heard = std::iter::from_fn(|| lab.peer.udp_recv(67)).last();
    let (_, message) = heard.expect("the client has asked");
    DhcpPacket::new_unchecked(&message).transaction_id()
}

/// Sends it to the client, which then takes a few steps.
#[track_caller]
fn tell(lab: &Lab, message: &[u8]) {
    let everybody = Ipv4Addr::BROADCAST;
    assert!(lab.peer.udp_send(67, everybody, 68, message));
    lab.world.run_for(5);
    step(lab);
    step(lab);
}

/// What an honest server says.
fn honest(kind: DhcpMessageType, xid: u32) -> DhcpRepr<'static> {
    answers::honest(kind, xid, LEASED, PEER_IP)
}

fn tell_all<'a>(lab: &Lab, messages: impl IntoIterator<Item = DhcpRepr<'a>>) {
    for message in messages {
        tell(lab, &bytes_of(&message));
    }
}

/// An honest server's offer is taken, and then its ACK.
#[track_caller]
fn is_bound_by_the_honest(lab: &Lab, xid_of_offer: u32) {
    tell_all(lab, [honest(Offer, xid_of_offer)]);
    assert_eq!(state(lab), State::Requesting);
    tell_all(lab, [honest(Ack, xid(lab))]);
    assert_eq!((state(lab), own_ip(lab)), (State::Bound, LEASED));
    lab.assert_clean();
}

#[test]
fn offers_of_what_is_no_hosts_address_are_passed_over() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    for ip in [
        [0, 0, 0, 0],
        [0, 1, 2, 3],
        [127, 0, 0, 1],
        [224, 0, 0, 1],
        [239, 255, 255, 250],
        [240, 0, 0, 1],
        [255, 255, 255, 255],
    ] {
        let offer = DhcpRepr {
            your_ip: ip.into(),
            ..honest(Offer, xid)
        };
        tell_all(&lab, [offer]);
        assert_eq!(state(&lab), State::Selecting, "{ip:?}");
    }
    is_bound_by_the_honest(&lab, xid);
}

#[test]
fn offers_without_a_server_or_a_time_or_for_others_are_passed_over() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    let offer = honest(Offer, xid);
    let bad = [
        DhcpRepr {
            server_identifier: None,
            ..offer.clone()
        },
        DhcpRepr {
            lease_duration: Some(0),
            ..offer.clone()
        },
        DhcpRepr {
            lease_duration: None,
            ..offer.clone()
        },
        DhcpRepr {
            transaction_id: xid ^ 1,
            ..offer.clone()
        },
        DhcpRepr {
            client_hardware_address: EthernetAddress([2, 0, 0, 0, 0, 9]),
            ..offer.clone()
        },
    ];
    for message in bad {
        tell_all(&lab, [message.clone()]);
        assert_eq!(state(&lab), State::Selecting, "{message:?}");
    }
    is_bound_by_the_honest(&lab, xid);
}

/// The option that an offer needs is its last one.
#[test]
fn an_offer_is_taken_at_no_length_but_its_own() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    let offer = bytes_of(&DhcpRepr {
        server_identifier: None,
        additional_options: &[DhcpOption {
            kind: 54,
            data: &PEER_IP,
        }],
        ..honest(Offer, xid)
    });
    // A mark of the end that is missing is no harm.
    let end = offer
        .iter()
        .rposition(|byte| *byte == 255)
        .expect("it has one");
    for length in 1..end {
        tell(&lab, &offer[..length]);
        assert_eq!(state(&lab), State::Selecting, "{length} bytes");
    }
    tell(&lab, &offer[..end]);
    assert_eq!(state(&lab), State::Requesting);
    lab.assert_clean();
}

#[test]
fn options_that_overrun_spoil_the_offer_wherever_they_are() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    // Options go on in the fields of the file and of the name, where they may overrun too.
    let overloaded = |which: &'static [u8], at: usize| {
        let data = which;
        let mut bytes = bytes_of(&DhcpRepr {
            additional_options: &[DhcpOption { kind: 52, data }],
            ..honest(Offer, xid)
        });
        bytes[at..at + 2].copy_from_slice(&[43, 200]);
        bytes
    };
    let mut plain = bytes_of(&honest(Offer, xid));
    let last = plain.len() - 1;
    plain[last] = 43;
    plain.push(1);
    for offer in [
        plain,
        overloaded(&[1], 108),
        overloaded(&[2], 44),
        overloaded(&[3], 44),
    ] {
        tell(&lab, &offer);
        assert_eq!(state(&lab), State::Selecting);
    }
    is_bound_by_the_honest(&lab, xid);
}

#[test]
fn whom_the_client_did_not_ask_neither_grants_nor_refuses() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    // Nothing was asked for yet.
    tell_all(&lab, [honest(Ack, xid), honest(Nak, xid)]);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Selecting, [0; 4]));
    tell_all(&lab, [honest(Offer, xid)]);
    let stranger = |message| DhcpRepr {
        server_identifier: Some(STRANGER.into()),
        ..message
    };
    let other = DhcpRepr {
        your_ip: [192, 168, 1, 78].into(),
        ..honest(Ack, xid)
    };
    let nameless = DhcpRepr {
        server_identifier: None,
        ..honest(Nak, xid)
    };
    tell_all(
        &lab,
        [
            stranger(honest(Ack, xid)),
            stranger(honest(Nak, xid)),
            stranger(honest(Offer, xid)),
            other,
            nameless,
        ],
    );
    assert_eq!((state(&lab), own_ip(&lab)), (State::Requesting, [0; 4]));
    tell_all(&lab, [honest(Ack, xid)]);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
}

#[test]
fn a_lease_is_changed_by_no_message_that_was_not_asked_for() {
    let lab = Lab::new();
    let xid = asking(&lab, &DhcpSettings::default());
    is_bound_by_the_honest(&lab, xid);
    let lease = lab.with(|stack| Ok(*stack.dhcp_state().1));
    let longer = DhcpRepr {
        lease_duration: Some(1_000_000),
        router: Some(STRANGER.into()),
        ..honest(Ack, xid)
    };
    tell_all(&lab, [longer, honest(Nak, xid), honest(Offer, xid)]);
    assert_eq!(lab.with(|stack| Ok(*stack.dhcp_state().1)), lease);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
}

#[test]
fn a_strangers_refusal_of_a_renewal_is_nothing() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    server.silent = true;
    lab.with(|stack| stack.dhcp_renew());
    let xid = xid(&lab);
    let refusal = DhcpRepr {
        server_identifier: Some(STRANGER.into()),
        ..honest(Nak, xid)
    };
    tell_all(&lab, [refusal]);
    assert_eq!((state(&lab), own_ip(&lab)), (State::Renewing, LEASED));
}

#[test]
fn times_in_no_order_are_as_if_not_told() {
    for (t1, t2) in [(900, 700), (3000, 2000), (50, 700), (600, 525), (0, 0)] {
        let lab = Lab::new();
        let xid = asking(&lab, &DhcpSettings::default());
        let grant = |kind| DhcpRepr {
            lease_duration: Some(600),
            renew_duration: Some(t1),
            rebind_duration: Some(t2),
            ..honest(kind, xid)
        };
        tell_all(&lab, [grant(Offer), grant(Ack)]);
        let lease = lab.with(|stack| Ok(*stack.dhcp_state().1));
        // RFC 2131, 4.4.5: half of it, and seven eighths.
        let times = [Field::T1, Field::T2].map(|field| lease.seconds(field));
        assert_eq!(times, [300, 525], "{t1}, {t2}");
    }
}

/// As much as the chip can hold, of messages that take as long as any to read: the options fill a
/// datagram and go on in both fields, and each byte is looked at.
#[test]
fn a_flood_makes_no_step_long_and_hides_no_answer() {
    for setup in [Setup::default(), Setup::one_socket()] {
        let lab = Lab::with_setup(setup);
        let xid = asking(&lab, &DhcpSettings::default());
        let mut long = bytes_of(&DhcpRepr {
            additional_options: &[DhcpOption {
                kind: 52,
                data: &[3],
            }],
            ..honest(Nak, xid)
        });
        let end = long.iter().rposition(|byte| *byte == 255);
        long.truncate(end.expect("it has one"));
        // As many as go into a datagram.
        while long.len() + 6 <= 1472 {
            long.extend([58, 4, 0, 0, 0, 1]);
        }
        for _ in 0..40 {
            // More than the ring holds.
            for message in [&long; 6].into_iter().chain([&bytes_of(&honest(Ack, xid))]) {
                assert!(lab.peer.udp_send(67, Ipv4Addr::BROADCAST, 68, message));
            }
            lab.world.run_for(5);
            step(&lab);
        }
        assert_eq!((state(&lab), own_ip(&lab)), (State::Selecting, [0; 4]));
        // What the chip still holds.
        (0..30).for_each(|_| step(&lab));
        is_bound_by_the_honest(&lab, xid);
    }
}

/// Nobody can take these: an address is one that a host may have.
fn is_hosts([first, ..]: [u8; 4]) -> bool {
    (1..224).contains(&first) && first != 127
}

/// A message of a server with some bytes changed, cut or not.
#[derive(Clone, Debug)]
struct Mangled {
    kind: DhcpMessageType,
    changes: Vec<(usize, u8)>,
    cut: usize,
}

fn mangled() -> impl Strategy<Value = Mangled> {
    let kind = prop_oneof![Just(Offer), Just(Ack), Just(Nak)];
    // What matters is in the first bytes and in the options.
    let at = prop_oneof![0usize..48, 236usize..310, Just(28usize)];
    let changes = prop::collection::vec((at, any::<u8>()), 0..4);
    (
        kind,
        changes,
        prop_oneof![3 => Just(0usize), 1 => 1usize..60],
    )
        .prop_map(|(kind, changes, cut)| Mangled { kind, changes, cut })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is said to a client, it has an address that a host may have or none, takes no long
    /// step, and an honest server finds it ready.
    #[test]
    fn no_series_of_mangled_messages_leads_astray(messages in prop::collection::vec(mangled(), 1..12)) {
        let lab = Lab::new();
        let mut xid = asking(&lab, &DhcpSettings::default());
        for Mangled { kind, changes, cut } in messages {
            let mut bytes = bytes_of(&honest(kind, xid));
            for (at, value) in changes {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            bytes.truncate(bytes.len() - cut);
            tell(&lab, &bytes);
            while let Some((_, message)) = lab.peer.udp_recv(67) {
                xid = DhcpPacket::new_unchecked(&message).transaction_id();
            }
            let ip = own_ip(&lab);
            prop_assert!(ip == [0; 4] || is_hosts(ip), "{ip:?}");
            let has_lease = matches!(state(&lab), State::Bound | State::Renewing | State::Rebinding);
            prop_assert_eq!(has_lease, ip != [0; 4]);
        }
        lab.with(|stack| stack.dhcp_stop(false));
        let mut server = Server::new(&lab);
        start(&lab, &DhcpSettings::default()).expect("there is hardware");
        server.pass(1000);
        prop_assert_eq!((state(&lab), own_ip(&lab)), (State::Bound, LEASED));
        lab.assert_clean();
    }
}
