//! A chip with four hardware sockets, a program that wants four sessions, and a lease: both
//! policies.

use smoltcp::wire::DhcpMessageType::{Discover, Request};
use w5100::error::Error;
use w5100::services::dhcp::State;
use w5100::stack::{DhcpSettings, Handle};
use w5100_sim::Conn;

use crate::server::{BORROWS, LEASED, SECONDS, Server, bound, own_ip, state};
use crate::support::*;

const T1_MS: u32 = SECONDS / 2 * 1000;

/// A client tries to connect.
fn client(lab: &Lab, server: &mut Server<'_>) -> Conn {
    let conn = lab.peer.connect(LEASED.into(), PORT);
    server.pass(300);
    conn
}

/// A client that is served.
#[track_caller]
fn session(lab: &Lab, server: &mut Server<'_>, listener: Handle) -> (Handle, Conn) {
    let conn = client(lab, server);
    assert!(conn.is_open(), "{}", conn.state());
    let handle = lab.accept(listener).expect("it is there");
    (handle, conn)
}

/// So many of them.
#[track_caller]
fn sessions(
    lab: &Lab,
    server: &mut Server<'_>,
    listener: Handle,
    count: usize,
) -> Vec<(Handle, Conn)> {
    let mut sessions = Vec::new();
    while sessions.len() < count {
        sessions.push(session(lab, server, listener));
    }
    sessions
}

/// All get their own bytes back.
#[track_caller]
fn echo_all(lab: &Lab, sessions: &[(Handle, Conn)]) {
    for (number, (handle, conn)) in sessions.iter().enumerate() {
        lab.echo(*handle, conn, &pattern(3000, number as u8));
    }
}

/// Time passes until the client is in this state.
#[track_caller]
fn pass_until(lab: &Lab, server: &mut Server<'_>, wanted: State) {
    for _ in 0..SECONDS * 100 {
        if state(lab) == wanted {
            return;
        }
        server.pass(10);
    }
    panic!("{:?}, not {wanted:?}", state(lab));
}

fn close_all(lab: &Lab, server: &mut Server<'_>, listener: Handle, sessions: &[(Handle, Conn)]) {
    lab.close(listener);
    for (handle, conn) in sessions {
        lab.close(*handle);
        conn.close();
    }
    server.pass(500);
}

#[test]
fn g3_held_three_sessions_run_and_the_fourth_is_served_once_dhcp_is_off() {
    let lab = Lab::new();
    assert_eq!(lab.free_sockets(), 4);
    let mut server = bound(&lab, &DhcpSettings::default());
    assert_eq!(lab.free_sockets(), 3);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, &mut server, listener, 3);
    assert_eq!(lab.free_sockets(), 0);
    assert!(!client(&lab, &mut server).is_open(), "it has to wait");
    // The socket is for this.
    server.heard.clear();
    server.pass(T1_MS + 1000);
    assert_eq!(
        (&server.heard[..], state(&lab)),
        (&[Request][..], State::Bound)
    );
    echo_all(&lab, &sessions);
    assert!(!client(&lab, &mut server).is_open(), "as before");
    lab.with(|stack| stack.dhcp_stop(false));
    sessions.push(session(&lab, &mut server, listener));
    echo_all(&lab, &sessions);
    close_all(&lab, &mut server, listener, &sessions);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    lab.assert_clean();
}

#[test]
fn g3_held_the_fourth_is_served_once_one_of_three_has_gone() {
    let lab = Lab::new();
    let mut server = bound(&lab, &DhcpSettings::default());
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, &mut server, listener, 3);
    assert!(!client(&lab, &mut server).is_open());
    let (handle, conn) = sessions.remove(0);
    lab.close(handle);
    conn.close();
    server.pass(500);
    sessions.push(session(&lab, &mut server, listener));
    echo_all(&lab, &sessions);
    close_all(&lab, &mut server, listener, &sessions);
    assert_eq!(lab.free_sockets(), 3, "the client's own is kept");
}

#[test]
fn g3_borrowed_a_server_that_is_silent_takes_no_session() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, &mut server, listener, 3);
    server.silent = true;
    pass_until(&lab, &mut server, State::Renewing);
    assert_eq!(lab.listening(), 0, "it was lent");
    server.pass(11_000);
    assert_eq!(state(&lab), State::Renewing);
    assert_eq!(lab.listening(), 1, "and is back until it asks again");
    sessions.push(session(&lab, &mut server, listener));
    echo_all(&lab, &sessions);
    let (handle, conn) = sessions.remove(0);
    lab.close(handle);
    conn.close();
    server.silent = false;
    pass_until(&lab, &mut server, State::Bound);
    echo_all(&lab, &sessions);
}

#[test]
fn g3_borrowed_an_idle_listener_lends_its_socket_for_the_renewal() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, &mut server, listener, 3);
    server.pass(100);
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 1));
    server.heard.clear();
    pass_until(&lab, &mut server, State::Renewing);
    assert_eq!(lab.listening(), 0, "it was lent");
    pass_until(&lab, &mut server, State::Bound);
    server.pass(100);
    assert_eq!(server.heard, [Request]);
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 1));
    sessions.push(session(&lab, &mut server, listener));
    echo_all(&lab, &sessions);
    close_all(&lab, &mut server, listener, &sessions);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    lab.assert_clean();
}

#[test]
fn g3_borrowed_with_four_sessions_the_renewal_waits_for_one_to_end() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, &mut server, listener, 4);
    assert_eq!(lab.free_sockets(), 0);
    server.heard.clear();
    server.pass(T1_MS + 30_000);
    assert_eq!((server.heard.len(), state(&lab)), (0, State::Renewing));
    echo_all(&lab, &sessions);
    let (handle, conn) = sessions.remove(1);
    lab.close(handle);
    conn.close();
    server.pass(1000);
    assert_eq!(
        (&server.heard[..], state(&lab)),
        (&[Request][..], State::Bound)
    );
    assert_eq!(own_ip(&lab), LEASED);
    sessions.push(session(&lab, &mut server, listener));
    echo_all(&lab, &sessions);
    close_all(&lab, &mut server, listener, &sessions);
    assert_eq!(lab.free_sockets(), 4);
    lab.assert_clean();
}

#[test]
fn g3_borrowed_four_sessions_that_never_end_cost_the_lease() {
    let lab = Lab::new();
    let mut server = bound(&lab, &BORROWS);
    let listener = lab.listener(PORT, 4);
    let sessions = sessions(&lab, &mut server, listener, 4);
    server.heard.clear();
    server.pass(SECONDS * 1000 - 10_000);
    assert_eq!((server.heard.len(), state(&lab)), (0, State::Rebinding));
    echo_all(&lab, &sessions);
    pass_until(&lab, &mut server, State::Selecting);
    assert_eq!(own_ip(&lab), [0; 4]);
    for (handle, _) in &sessions {
        assert_eq!(lab.receive_now(*handle, 1), Err(Error::ConnectionAborted));
    }
    // Now there is hardware.
    server.pass(10_000);
    assert_eq!(server.heard, [Discover, Request]);
    assert_eq!(own_ip(&lab), LEASED);
    let again = session(&lab, &mut server, listener);
    lab.echo(again.0, &again.1, &pattern(3000, 9));
    close_all(&lab, &mut server, listener, &sessions);
    lab.close(again.0);
    again.1.close();
    server.pass(500);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    lab.assert_clean();
}
