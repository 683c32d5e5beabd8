//! Servers that lie: small ones of the tests' own, on this computer's sockets.

use std::collections::VecDeque;
use std::net::UdpSocket;

use smoltcp::wire::DhcpMessageType::{Ack, Discover, Nak, Offer, Request};
use smoltcp::wire::{DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, EthernetAddress};
use w5100::error::Error;
use w5100::services::dhcp::{Field, State};

use crate::answers;
use crate::dhcp::{LEASED, NAMED, own_ip, state};
use crate::server::{ip, until, with_network};
use crate::support::network::INTERFACE;
use crate::support::{GATEWAY, Lab, NOBODY};

const HOST: &[u8] = b"www.lab.example";
const ADDRESS: [u8; 4] = [192, 168, 1, 7];
const LIE: [u8; 4] = [6; 4];
/// Of a server that was not asked.
const STRANGER: [u8; 4] = [192, 168, 1, 3];

fn socket(address: [u8; 4], port: u16) -> UdpSocket {
    let socket = UdpSocket::bind((std::net::Ipv4Addr::from(address), port)).expect("it is free");
    socket.set_nonblocking(true).expect("it can");
    socket.set_broadcast(true).expect("it may");
    socket
}

/// What waits at a socket, and whose it is.
fn heard(socket: &UdpSocket) -> Option<(Vec<u8>, std::net::SocketAddr)> {
    let mut bytes = vec![0; 1500];
    let (length, from) = socket.recv_from(&mut bytes).ok()?;
    bytes.truncate(length);
    Some((bytes, from))
}

/// What an honest server of DHCP says.
fn honest(kind: DhcpMessageType, xid: u32) -> DhcpRepr<'static> {
    answers::honest(kind, xid, LEASED, GATEWAY)
}

/// Lies that come before an honest answer of this kind, and it.
fn lies_and_truth(kind: DhcpMessageType, xid: u32) -> VecDeque<Vec<u8>> {
    let truth = honest(kind, xid);
    let lie = |lie: &DhcpRepr<'_>| answers::bytes_of(lie);
    let of = |your_ip: [u8; 4]| {
        lie(&DhcpRepr {
            your_ip: your_ip.into(),
            ..truth.clone()
        })
    };
    let stranger = |kind| {
        lie(&DhcpRepr {
            server_identifier: Some(STRANGER.into()),
            router: Some(STRANGER.into()),
            ..honest(kind, xid)
        })
    };
    let mut lies = VecDeque::from([
        lie(&DhcpRepr {
            transaction_id: xid ^ 1,
            ..truth.clone()
        }),
        lie(&DhcpRepr {
            client_hardware_address: EthernetAddress([2, 0, 0, 0, 0, 9]),
            ..truth.clone()
        }),
        lie(&DhcpRepr {
            server_identifier: None,
            ..truth.clone()
        }),
        lie(&DhcpRepr {
            lease_duration: Some(0),
            ..truth.clone()
        }),
        lie(&DhcpRepr {
            // Options go on in the file's field, where the first one overruns.
            additional_options: &[DhcpOption {
                kind: 52,
                data: &[1],
            }],
            ..truth.clone()
        }),
        of([0; 4]),
        of([127, 0, 0, 1]),
        of([224, 0, 0, 1]),
        of([255; 4]),
        stranger(Nak),
    ]);
    lies[4][108..110].copy_from_slice(&[43, 250]);
    let whole = lie(&truth);
    lies.extend([1, 100, 239, 240, 250].map(|length| whole[..length].to_vec()));
    if kind == Ack {
        lies.push_back(stranger(Ack));
        lies.push_back(of([192, 168, 1, 78]));
    } else {
        // Nothing was asked for yet.
        lies.push_back(lie(&honest(Ack, xid)));
        lies.push_back(lie(&honest(Nak, xid)));
    }
    lies.push_back(whole);
    lies
}

/// Serves the device and answers it, a message a turn, until `condition` holds. What its last
/// transaction was.
#[track_caller]
fn answer_until(lab: &Lab, server: &UdpSocket, condition: impl Fn() -> bool) -> u32 {
    let mut answers = VecDeque::new();
    let mut xid = 0;
    until(lab, || {
        if let Some((message, _)) = heard(server) {
            let packet = DhcpPacket::new_checked(&message[..]).expect("it is a message");
            let asked = DhcpRepr::parse(&packet).expect("it makes sense");
            xid = asked.transaction_id;
            answers = match asked.message_type {
                Discover => lies_and_truth(Offer, xid),
                Request => lies_and_truth(Ack, xid),
                _ => VecDeque::new(),
            };
        }
        if let Some(answer) = answers.pop_front() {
            server.send_to(&answer, "255.255.255.255:68").expect("sent");
        }
        condition()
    });
    xid
}

#[test]
fn a_lease_is_got_and_renewed_among_lies() {
    with_network("a DHCP server that lies", |lab| {
        ip(&["route", "add", "255.255.255.255", "dev", INTERFACE]);
        let server = socket([0; 4], 67);
        lab.with(|stack| stack.dhcp_start(&NAMED));
        answer_until(lab, &server, || state(lab) == State::Bound);
        assert_eq!(own_ip(lab), LEASED);
        let lease = lab.with(|stack| Ok(*stack.dhcp_state().1));
        assert_eq!(lease[Field::Server], GATEWAY);
        assert_eq!(lease[Field::Gateway], GATEWAY);
        lab.with(|stack| stack.dhcp_renew());
        answer_until(lab, &server, || state(lab) == State::Bound);
        assert_eq!(lab.with(|stack| Ok(*stack.dhcp_state().1)), lease);
    });
}

/// As fast as this computer sends.
#[test]
fn a_flood_that_nobody_asked_for_changes_no_lease() {
    with_network("a DHCP server that floods", |lab| {
        ip(&["route", "add", "255.255.255.255", "dev", INTERFACE]);
        let server = socket([0; 4], 67);
        lab.with(|stack| stack.dhcp_start(&NAMED));
        let xid = answer_until(lab, &server, || state(lab) == State::Bound);
        let lease = lab.with(|stack| Ok(*stack.dhcp_state().1));
        let longer = answers::bytes_of(&DhcpRepr {
            lease_duration: Some(1_000_000),
            ..honest(Ack, xid)
        });
        let refusal = answers::bytes_of(&honest(Nak, xid));
        for number in 0..2000 {
            let message = if number % 2 == 0 { &longer } else { &refusal };
            server.send_to(message, "255.255.255.255:68").expect("sent");
            lab.service();
        }
        assert_eq!(lab.with(|stack| Ok(*stack.dhcp_state().1)), lease);
        assert_eq!((state(lab), own_ip(lab)), (State::Bound, LEASED));
        lab.with(|stack| stack.dhcp_renew());
        answer_until(lab, &server, || state(lab) == State::Bound);
    });
}

/// The answer to a question: one address for the name that lies at `owner`.
fn told(question: &[u8], owner: [u8; 2], address: [u8; 4]) -> Vec<u8> {
    let mut message = question.to_vec();
    // An answer with one record; recursion was asked for and is had.
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    message[7] = 1;
    message.extend(owner);
    // An address, of the Internet, for an hour.
    message.extend([0, 1, 0, 1, 0, 0, 14, 16, 0, 4]);
    message.extend(address);
    message
}

#[test]
fn g5_the_right_address_is_found_among_forgeries() {
    with_network("forged answers of DNS", |lab| {
        ip(&["address", "add", "192.168.1.3/24", "dev", INTERFACE]);
        let server = socket(GATEWAY, 53);
        let (stranger, other_port) = (socket(STRANGER, 53), socket(GATEWAY, 54));
        lab.with(|stack| stack.set_name_servers([GATEWAY, [0; 4], [0; 4]]));
        let ask = || lab.device().with(|stack| stack.resolve(HOST));
        assert_eq!(ask(), Err(Error::WouldBlock));
        let mut question = None;
        until(lab, || {
            question = heard(&server);
            question.is_some()
        });
        let (question, device) = question.expect("as awaited");
        let asked = [0xC0, 12];
        let lie = told(&question, asked, LIE);
        let changed = |at: usize| {
            let mut message = lie.clone();
            message[at] ^= 1;
            message
        };
        let record = question.len();
        let end = |length| lie[..length].to_vec();
        let itself = [0xC0, record as u8];
        let forgeries = [
            (&stranger, lie.clone()),
            (&other_port, lie.clone()),
            // Another number, name, type, class.
            (&server, changed(0)),
            (&server, changed(1)),
            (&server, changed(13)),
            (&server, changed(record - 3)),
            (&server, changed(record - 1)),
            // No answer, and none to this question alone.
            (&server, question.clone()),
            (&server, changed(5)),
            (&server, end(3)),
            (&server, end(record - 2)),
            (&server, end(lie.len() - 1)),
            (&server, told(&question, itself, LIE)),
        ];
        for (from, forgery) in forgeries {
            let before = lab.chip.counters().packets_received;
            from.send_to(&forgery, device).expect("sent");
            // One after the other: the chip holds but a few.
            until(lab, || lab.chip.counters().packets_received > before);
            lab.service();
            assert_eq!(ask(), Err(Error::WouldBlock), "{forgery:?}");
        }
        server
            .send_to(&told(&question, asked, ADDRESS), device)
            .expect("sent");
        until(lab, || ask() != Err(Error::WouldBlock));
        assert_eq!(ask(), Ok(ADDRESS));
        assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
        lab.with(|stack| stack.set_name_servers([NOBODY, [0; 4], [0; 4]]));
        assert_eq!(ask(), Ok(ADDRESS), "remembered");
    });
}
