//! What the library reads in a server's message, beside what smoltcp does. The fuzz target
//! `dhcp_reply` has it too.

use smoltcp::wire::{DhcpOpCode, DhcpPacket, DhcpRepr};
use w5100::error::Result;
use w5100::services::dhcp::{Field, Reply};

const FIXED: usize = 240;
/// The longest message that a client asks for: whole ones up to here are to be understood.
const LONGEST: usize = 576;

/// Gives parts of a message in memory, and sees that nobody reads past its end.
pub(crate) fn reader(bytes: &[u8]) -> impl FnMut(u16, &mut [u8]) -> Result<()> {
    |offset, to| {
        let at = usize::from(offset);
        to.copy_from_slice(&bytes[at..at + to.len()]);
        Ok(())
    }
}

/// What the library makes of a message for the client with this MAC.
pub(crate) fn read_for(bytes: &[u8], mac: [u8; 6], xid: u32) -> Option<Reply> {
    let mut reply = Reply::NONE;
    let sound = reply.read(bytes.len() as u16, mac, xid, &mut reader(bytes));
    sound.then_some(reply)
}

/// Reads a message, within its bounds, and panics where the two readers disagree.
pub(crate) fn compare(bytes: &[u8], mac: [u8; 6], xid: u32) {
    let ours = read_for(bytes, mac, xid);
    let packet = DhcpPacket::new_checked(bytes).ok();
    let theirs = packet.as_ref().and_then(|packet| {
        let message = DhcpRepr::parse(packet).ok()?;
        Some((packet, message))
    });
    if let Some(reply) = &ours {
        assert_is_for(packet.as_ref(), mac, xid);
        let (at, length) = reply.domain;
        assert!(usize::from(at) + usize::from(length) <= bytes.len());
    }
    match (ours, theirs) {
        (Some(ours), Some((packet, theirs))) if is_plain(bytes) => {
            assert_agree(bytes, &ours, packet, &theirs);
        }
        (None, Some((packet, theirs))) if is_plain(bytes) && bytes.len() <= LONGEST => {
            let ours = packet.opcode() == DhcpOpCode::Reply
                && theirs.transaction_id == xid
                && theirs.client_hardware_address.0 == mac;
            assert!(!ours, "an answer that makes sense was refused");
        }
        _ => {}
    }
}

/// Whatever else is in it, an answer that is believed is one to this client.
fn assert_is_for(packet: Option<&DhcpPacket<&[u8]>>, mac: [u8; 6], xid: u32) {
    let packet = packet.expect("a message that is too short was believed");
    assert_eq!(packet.opcode(), DhcpOpCode::Reply);
    assert_eq!(packet.transaction_id(), xid);
    assert_eq!(packet.client_hardware_address().0, mac);
}

fn assert_agree(bytes: &[u8], ours: &Reply, packet: &DhcpPacket<&[u8]>, theirs: &DhcpRepr<'_>) {
    let option = |code| {
        let found = packet.options().find(|option| option.kind == code);
        found.map_or(&[][..], |option| option.data)
    };
    let address = |data: &[u8], number: usize| {
        let word = data.chunks_exact(4).nth(number);
        word.map_or([0; 4], |word| word.try_into().expect("it has four bytes"))
    };
    let ip = |ip: Option<smoltcp::wire::Ipv4Address>| ip.map_or([0; 4], |ip| ip.octets());
    assert_eq!(ours.kind, u8::from(theirs.message_type));
    for (field, expected) in [
        (Field::Address, theirs.your_ip.octets()),
        (Field::Mask, ip(theirs.subnet_mask)),
        (Field::Gateway, ip(theirs.router)),
        (Field::Server, ip(theirs.server_identifier)),
        (Field::Dns, address(option(6), 0)),
        (Field::SecondDns, address(option(6), 1)),
        (Field::Ntp, address(option(42), 0)),
    ] {
        assert_eq!(ours[field], expected, "{field:?}");
    }
    for (field, expected) in [
        (Field::Lease, theirs.lease_duration),
        (Field::T1, theirs.renew_duration),
        (Field::T2, theirs.rebind_duration),
    ] {
        assert_eq!(ours.seconds(field), expected.unwrap_or(0), "{field:?}");
    }
    let (at, length) = ours.domain;
    let domain = &bytes[at.into()..usize::from(at) + usize::from(length)];
    assert_eq!(domain, option(15), "the domain");
}

/// No option comes twice, is longer than it should be, overruns the message or is elsewhere: there both may
/// choose.
fn is_plain(bytes: &[u8]) -> bool {
    let mut seen = Vec::new();
    let mut at = FIXED;
    while at < bytes.len() && bytes[at] != 255 {
        if bytes[at] == 0 {
            at += 1;
            continue;
        }
        let (code, Some(length)) = (bytes[at], bytes.get(at + 1)) else {
            return false;
        };
        let usual = !matches!(code, 1 | 3 | 50..=54 | 57..=59) || *length <= usual_length(code);
        if code == 52 || !usual || seen.contains(&code) {
            return false;
        }
        seen.push(code);
        at += 2 + usize::from(*length);
    }
    at <= bytes.len() && is_kind_of_a_server(bytes)
}

/// The kind of message is one that servers send; those that clients send smoltcp may take too.
fn is_kind_of_a_server(bytes: &[u8]) -> bool {
    let packet = DhcpPacket::new_unchecked(bytes);
    packet.options().any(|option| {
        let of_a_server = matches!(option.data, [2 | 5 | 6]);
        option.kind == 53 && of_a_server
    })
}

fn usual_length(code: u8) -> u8 {
    match code {
        53 => 1,
        57 => 2,
        _ => 4,
    }
}
