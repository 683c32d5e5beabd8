//! A UDP socket that is closed right after its last sendto: the datagram goes out, and the
//! hardware is free when it is out.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::{Endpoint, Handle, Kind};

/// A port of the peer, and one of the chip.
const KEEP: u16 = 1000;
const OWN: u16 = 2000;
/// ARP gives up after RTR x (RCR + 1); a SEND may take a little more.
const ARP_MS: u32 = RETRY_TIME as u32 / 10 * (RETRY_COUNT as u32 + 1);
const CURED_MS: u32 = ARP_MS + 1200;
/// A close takes some frames on the bus, and does not wait.
const AT_ONCE_MS: u32 = 5;
/// Sn_SR of hardware sockets that nothing uses.
const ALL_CLOSED: [u8; 4] = [0; 4];

fn lab() -> Lab {
    let lab = Lab::new();
    lab.peer.udp_bind(KEEP);
    lab
}

fn keeper() -> Endpoint {
    endpoint(PEER_IP, KEEP)
}

/// Sends one datagram, and closes the socket at once.
#[track_caller]
fn send_and_close(lab: &Lab, handle: Handle, data: &[u8], to: Endpoint) {
    assert_eq!(lab.send_to(handle, data, to), Ok(data.len()));
    assert_eq!(lab.close_timed(handle).0, Ok(()));
    assert_eq!(lab.device().close(handle), Err(Error::BadHandle));
}

#[test]
fn the_last_datagram_arrives_whether_arp_is_needed_or_not() {
    let lab = lab();
    for round in 0..5 {
        let data = pattern(1 + usize::from(round) * 300, round);
        send_and_close(&lab, lab.udp_at(OWN), &data, keeper());
        assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(data));
        assert_eq!(lab.peer_got(&lab.peer, KEEP), None);
        lab.settle();
        assert_eq!((lab.free_sockets(), lab.statuses()), (4, ALL_CLOSED));
    }
    lab.assert_clean();
}

#[test]
fn a_close_does_not_wait_for_arp() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    assert_eq!(lab.send_to(handle, b"x", endpoint(NOBODY, KEEP)), Ok(1));
    let (outcome, elapsed) = lab.close_timed(handle);
    assert_eq!(outcome, Ok(()));
    assert!(elapsed <= AT_ONCE_MS, "{elapsed} ms");
}

#[test]
fn the_last_packet_of_a_raw_socket_goes_out_too() {
    let lab = lab();
    lab.world.record(true);
    let handle = lab.socket(Kind::Raw(200));
    send_and_close(&lab, handle, b"payload", endpoint(PEER_IP, 0));
    lab.settle();
    let sent = lab.packets_of(200);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].payload, b"payload");
    assert_eq!(lab.statuses(), ALL_CLOSED);
}

#[test]
fn a_host_that_does_not_answer_arp_holds_no_hardware() {
    let lab = lab();
    send_and_close(&lab, lab.udp_at(OWN), b"x", endpoint(NOBODY, KEEP));
    let elapsed = lab.pass_until(CURED_MS, || lab.statuses() == ALL_CLOSED);
    assert!(
        (ARP_MS - 100..ARP_MS + 100).contains(&elapsed),
        "{elapsed} ms"
    );
    assert_eq!((lab.free_sockets(), lab.resets()), (4, 1));
    lab.assert_clean();
}

#[test]
fn who_needs_hardware_does_not_wait_for_arp() {
    let lab = lab();
    for port in OWN..OWN + 4 {
        send_and_close(&lab, lab.udp_at(port), b"x", endpoint(NOBODY, KEEP));
    }
    let (handle, elapsed) = lab.timed(|| lab.udp_at(OWN));
    assert!(elapsed <= AT_ONCE_MS, "{elapsed} ms");
    assert_eq!(lab.send_to(handle, b"hello", keeper()), Ok(5));
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"hello".to_vec()));
    lab.assert_clean();
}

#[test]
fn a_socket_with_nothing_under_way_is_closed_at_once() {
    let lab = lab();
    let handle = lab.udp_at(OWN);
    assert_eq!(lab.send_to(handle, b"x", keeper()), Ok(1));
    lab.settle();
    lab.close(handle);
    assert_eq!(lab.statuses(), ALL_CLOSED);
}

#[test]
fn erratum_1_that_strikes_the_last_datagram_is_cured_too() {
    let lab = lab();
    let other = lab.udp_at(OWN + 1);
    lab.chip.with(|chip| chip.faults_mut().swallow_send = true);
    send_and_close(&lab, lab.udp_at(OWN), b"lost", keeper());
    lab.pass_until(CURED_MS, || lab.resets() == 2);
    assert_eq!(lab.so_error(other), Some(Error::NetworkReset));
    lab.close(other);
    assert_eq!((lab.free_sockets(), lab.statuses()), (4, ALL_CLOSED));
    send_and_close(&lab, lab.udp_at(OWN), b"again", keeper());
    assert_eq!(lab.peer_got(&lab.peer, KEEP), Some(b"again".to_vec()));
}
