//! A chip with four hardware sockets, a program that wants four sessions, and a name to look up.

use w5100::error::Error;
use w5100::stack::{Direction, Handle, SLOTS};
use w5100::time::FOREVER;
use w5100_sim::Conn;

use crate::ADDRESS;
use crate::client::{HOST, ask, pass, question, server};
use crate::support::*;

/// So many clients of a listener, all served.
fn sessions(lab: &Lab, listener: Handle, count: usize) -> Vec<(Handle, Conn)> {
    let session = |_| {
        let conn = lab.client();
        (lab.accept(listener).expect("it is there"), conn)
    };
    (0..count).map(session).collect()
}

/// All get their own bytes back.
#[track_caller]
fn echo_all(lab: &Lab, sessions: &[(Handle, Conn)]) {
    for (number, (handle, conn)) in sessions.iter().enumerate() {
        lab.echo(*handle, conn, &pattern(3000, number as u8));
    }
}

#[test]
fn g5_four_sessions_leave_none_and_one_that_ends_does() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, listener, 4);
    let resolve = || lab.device().resolve(HOST.as_bytes(), FOREVER);
    let (outcome, elapsed) = lab.timed(resolve);
    assert_eq!(outcome, Err(Error::NoHardwareSocket));
    assert!(elapsed <= 5, "{elapsed} ms");
    echo_all(&lab, &sessions);
    let (handle, conn) = sessions.remove(2);
    lab.close(handle);
    conn.close();
    lab.settle();
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    assert_eq!(pass(&lab, &server, 200), [HOST]);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    echo_all(&lab, &sessions);
    lab.assert_clean();
}

#[test]
fn g5_a_listener_lends_its_socket_and_has_it_back() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let listener = lab.listener(PORT, 4);
    let mut sessions = sessions(&lab, listener, 3);
    lab.settle();
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 1));
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    assert_eq!((lab.free_sockets(), lab.listening()), (0, 0), "lent");
    assert_eq!(pass(&lab, &server, 200), [HOST]);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    assert_eq!((lab.free_sockets(), lab.listening()), (1, 1));
    let conn = lab.client();
    sessions.push((lab.accept(listener).expect("the fourth"), conn));
    echo_all(&lab, &sessions);
    lab.assert_clean();
}

#[test]
fn g5_a_wait_that_ends_early_keeps_nothing_for_long() {
    let lab = Lab::new();
    let _server = server(&lab, DNS);
    let resolve = || lab.device().resolve(HOST.as_bytes(), 100);
    let (outcome, elapsed) = lab.timed(resolve);
    assert_eq!(outcome, Err(Error::WouldBlock));
    assert!((100..150).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 3, "the question goes on");
    // Three rounds of growing pauses.
    lab.pass(14_000, 10);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
}

/// A program closes all that it finds, also what is not its own.
/// What the library itself has open.
fn own_sockets(lab: &Lab) -> Vec<Handle> {
    let rows = (0..SLOTS).filter_map(|index| lab.with(|stack| stack.info(index)));
    rows.map(|row| Handle::from_raw(row.handle)).collect()
}

#[test]
fn g5_a_socket_that_the_program_shut_down_keeps_its_hardware_no_longer_than_a_question() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    question(&lab, &server, HOST);
    for handle in own_sockets(&lab) {
        let told = lab
            .device()
            .with(|stack| stack.shutdown(handle, Direction::Both));
        assert_eq!(told, Err(Error::NotConnected), "but it has an effect");
    }
    let outcome = lab.device().resolve(HOST.as_bytes(), FOREVER);
    assert_eq!(outcome, Err(Error::NameServer));
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
}

#[test]
fn g5_a_socket_that_the_program_closed_ends_its_question() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    question(&lab, &server, HOST);
    let handles = own_sockets(&lab);
    assert_eq!(handles.len(), 1);
    handles.into_iter().for_each(|handle| lab.close(handle));
    lab.settle();
    assert_eq!(ask(&lab, HOST), Err(Error::NameServer));
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0));
    // The next question is a new one.
    assert_eq!(ask(&lab, "other.example"), Err(Error::WouldBlock));
    assert_eq!(pass(&lab, &server, 200), ["other.example"]);
    assert_eq!(ask(&lab, "other.example"), Ok(ADDRESS));
    lab.assert_clean();
}
