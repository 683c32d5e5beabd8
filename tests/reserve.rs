//! One hardware socket kept for DHCP and DNS: what a program still gets, and what a service does.

mod support;

use support::*;
use w5100::error::{Error, Result};
use w5100::stack::{DhcpSettings, Handle};
use w5100_sim::Conn;

const HOST: &str = "www.example.org";

fn reserve(lab: &Lab, on: bool) {
    lab.with(|stack| stack.reserve(on));
}

/// Asks for a name that no server tells.
fn ask(lab: &Lab) -> Result<[u8; 4]> {
    lab.device().with(|stack| stack.resolve(HOST.as_bytes()))
}

fn start_dhcp(lab: &Lab) -> Result<()> {
    lab.device()
        .with(|stack| stack.dhcp_start(&DhcpSettings::default()))
}

/// A client that was served, or refused.
fn visit(lab: &Lab, listener: Handle) -> Option<(Handle, Conn)> {
    lab.settle();
    let conn = lab.peer.connect(chip_ip(), PORT);
    lab.settle();
    if !conn.is_open() {
        return None;
    }
    Some((lab.accept(listener).expect("it waits"), conn))
}

#[track_caller]
fn sessions(lab: &Lab, listener: Handle, count: usize) -> Vec<(Handle, Conn)> {
    let session = |_| visit(lab, listener).expect("it is served");
    (0..count).map(session).collect()
}

#[track_caller]
fn echo_all(lab: &Lab, sessions: &[(Handle, Conn)]) {
    for (number, (handle, conn)) in sessions.iter().enumerate() {
        lab.echo(*handle, conn, &pattern(3000, number as u8));
    }
}

fn end(lab: &Lab, (handle, conn): (Handle, Conn)) {
    lab.close(handle);
    conn.close();
    lab.settle();
}

#[test]
fn netmf_three_sessions_run_and_the_fourth_client_waits_for_one_to_end() {
    let lab = Lab::new();
    reserve(&lab, true);
    let listener = lab.listener(PORT, 4);
    let mut served = sessions(&lab, listener, 3);
    assert!(visit(&lab, listener).is_none(), "it has to wait");
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 0));
    echo_all(&lab, &served);
    end(&lab, served.remove(0));
    served.extend(visit(&lab, listener));
    assert_eq!(served.len(), 3, "one has gone, one has come");
    assert!(visit(&lab, listener).is_none());
    echo_all(&lab, &served);
    lab.assert_clean();
}

#[test]
fn netmf_without_it_four_sessions_run() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let served = sessions(&lab, listener, 4);
    assert_eq!(ask(&lab), Err(Error::NoHardwareSocket));
    echo_all(&lab, &served);
}

#[test]
fn netmf_what_is_kept_is_for_a_name_and_is_kept_again() {
    let lab = Lab::new();
    reserve(&lab, true);
    let listener = lab.listener(PORT, 4);
    let served = sessions(&lab, listener, 3);
    assert_eq!(ask(&lab), Err(Error::WouldBlock));
    assert_eq!(lab.free_sockets(), 0, "it has the one that is kept");
    // Nobody answers.
    lab.pass_until(14_000, || lab.free_sockets() == 1);
    assert_eq!(ask(&lab), Err(Error::NameServer));
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 0));
    assert!(visit(&lab, listener).is_none());
    echo_all(&lab, &served);
    lab.assert_clean();
}

#[test]
fn netmf_a_connect_and_a_datagram_socket_do_not_get_the_one_that_is_kept() {
    let lab = Lab::new();
    reserve(&lab, true);
    lab.peer.listen(PEER_PORT);
    let clients: Vec<_> = (0..3).map(|_| lab.tcp()).collect();
    for client in &clients {
        let peer = endpoint(PEER_IP, PEER_PORT);
        lab.device().connect(*client, peer).expect("it is there");
    }
    let more = lab.tcp();
    let refused = lab.device().connect(more, endpoint(PEER_IP, PEER_PORT));
    assert_eq!(refused, Err(Error::NoHardwareSocket));
    let udp = lab.udp();
    assert_eq!(lab.bind(udp, 5000), Err(Error::NoHardwareSocket));
    lab.close(clients[0]);
    lab.settle();
    assert_eq!(lab.bind(udp, 5000), Ok(()));
    let late = lab.device().connect(more, endpoint(PEER_IP, PEER_PORT));
    assert_eq!(late, Err(Error::NoHardwareSocket), "that was the last");
    assert_eq!(start_dhcp(&lab), Ok(()), "it is for this");
    lab.assert_clean();
}

#[test]
fn netmf_what_dhcp_holds_is_the_one_that_is_kept() {
    let lab = Lab::new();
    assert_eq!(start_dhcp(&lab), Ok(()));
    reserve(&lab, true);
    let datagrams: Vec<_> = (0..4).map(|_| lab.udp()).collect();
    for (number, udp) in datagrams.iter().enumerate() {
        let expected = match number {
            3 => Err(Error::NoHardwareSocket),
            _ => Ok(()),
        };
        assert_eq!(lab.bind(*udp, 5000 + number as u16), expected);
    }
    // Once DHCP has no need of it, it is kept all the same.
    lab.with(|stack| stack.dhcp_stop(false));
    assert_eq!(lab.free_sockets(), 1);
    assert_eq!(lab.bind(datagrams[3], 5003), Err(Error::NoHardwareSocket));
    assert_eq!(ask(&lab), Err(Error::WouldBlock));
}

#[test]
fn netmf_a_program_may_take_an_idle_listeners_socket_and_not_the_one_that_is_kept() {
    let lab = Lab::new();
    reserve(&lab, true);
    let listener = lab.listener(PORT, 4);
    let _served = sessions(&lab, listener, 2);
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (2, 1));
    let udp = lab.udp();
    assert_eq!(lab.bind(udp, 5000), Ok(()));
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 0));
    lab.close(udp);
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (2, 1));
}

#[test]
fn netmf_a_listener_gives_its_last_one_up_and_has_it_back() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let mut served = sessions(&lab, listener, 3);
    lab.settle();
    assert_eq!(lab.listening(), 1);
    reserve(&lab, true);
    assert_eq!(lab.listening(), 0, "at once");
    assert!(visit(&lab, listener).is_none());
    reserve(&lab, false);
    served.extend(visit(&lab, listener));
    assert_eq!(served.len(), 4);
    echo_all(&lab, &served);
    lab.assert_clean();
}

#[test]
fn netmf_nothing_that_runs_is_ended_and_the_next_that_is_free_is_kept() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let mut served = sessions(&lab, listener, 4);
    reserve(&lab, true);
    echo_all(&lab, &served);
    let udp = lab.udp();
    assert_eq!(lab.bind(udp, 5000), Err(Error::NoHardwareSocket));
    end(&lab, served.remove(1));
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 0));
    assert_eq!(lab.bind(udp, 5000), Err(Error::NoHardwareSocket));
    end(&lab, served.remove(1));
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (2, 1));
    echo_all(&lab, &served);
    lab.assert_clean();
}

/// Its data is under way when the program wants another.
#[test]
fn netmf_a_closed_connection_that_still_ends_is_given_up_for_a_program() {
    let lab = Lab::new();
    reserve(&lab, true);
    let listener = lab.listener(PORT, 1);
    let served = sessions(&lab, listener, 3);
    lab.close(listener);
    lab.peer.vanish(true);
    assert_eq!(lab.send(served[0].0, b"never acknowledged"), Ok(18));
    lab.close(served[0].0);
    assert_eq!(
        lab.statuses().iter().filter(|status| **status == 0).count(),
        1
    );
    let udp = lab.udp();
    assert_eq!(lab.bind(udp, 5000), Ok(()));
    let more = lab.udp();
    assert_eq!(lab.bind(more, 5001), Err(Error::NoHardwareSocket));
    assert_eq!(ask(&lab), Err(Error::WouldBlock));
}

/// What a closed connection leaves is the next that is free.
#[test]
fn netmf_all_in_use_and_one_that_still_ends_leave_none_to_a_program() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let served = sessions(&lab, listener, 4);
    reserve(&lab, true);
    lab.peer.vanish(true);
    assert_eq!(lab.send(served[0].0, b"never acknowledged"), Ok(18));
    lab.close(served[0].0);
    let udp = lab.udp();
    assert_eq!(lab.bind(udp, 5000), Err(Error::NoHardwareSocket));
    assert_eq!(ask(&lab), Err(Error::WouldBlock), "a service may have it");
}

#[test]
fn netmf_a_device_that_is_enabled_anew_keeps_none() {
    let lab = Lab::new();
    reserve(&lab, true);
    lab.device().disable().expect("it is enabled");
    let refused = lab.device().with(|stack| stack.reserve(true));
    assert_eq!(refused, Err(Error::NetworkDown));
    lab.enable().expect("the chip answers");
    for number in 0..4 {
        let udp = lab.udp();
        assert_eq!(lab.bind(udp, 5000 + number), Ok(()));
    }
}
