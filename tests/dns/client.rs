//! The resolver on the simulated chip, with name servers on its wire.

use w5100::error::{Error, Result};
use w5100::stack::Handle;
use w5100::time::FOREVER;
use w5100_sim::PeerHandle;

use crate::support::threads::{self, Job};
use crate::support::*;
use crate::{ADDRESS, answer};

pub(crate) const HOST: &str = "www.example.org";
/// A pointer to the question's name.
pub(crate) const ASKED: &[u8] = &[0xC0, 12];
const SECOND_SERVER: [u8; 4] = [192, 168, 1, 3];
pub(crate) const LIFETIME_S: u32 = 60;

pub(crate) fn ask(lab: &Lab, host: &str) -> Result<[u8; 4]> {
    lab.device().with(|stack| stack.resolve(host.as_bytes()))
}

/// A name server that has not heard anything yet.
pub(crate) fn server(lab: &Lab, ip: [u8; 4]) -> PeerHandle {
    let server = lab.world.add_simple_peer(ip.into());
    server.udp_bind(53);
    server
}

/// The name in a question, and its number and the asker's port.
fn heard(server: &PeerHandle) -> Option<(String, [u8; 2], u16)> {
    let (from, question) = server.udp_recv(53)?;
    let mut labels = Vec::new();
    let mut at = 12;
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).into_owned());
        at = end;
    }
    Some((labels.join("."), [question[0], question[1]], from.port()))
}

pub(crate) fn reply(server: &PeerHandle, port: u16, id: [u8; 2], mut message: Vec<u8>) {
    message[..2].copy_from_slice(&id);
    assert!(server.udp_send(53, chip_ip(), port, &message));
}

/// Time passes, and a server with one address for all names answers.
pub(crate) fn pass(lab: &Lab, server: &PeerHandle, ms: u32) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..ms / 10 {
        lab.service();
        lab.world.run_for(10);
        if let Some((name, id, port)) = heard(server) {
            let records = [(ASKED, 1, LIFETIME_S, &ADDRESS[..])];
            reply(server, port, id, answer(&name, 0, &records));
            names.push(name);
        }
    }
    names
}

/// The question goes out; what is heard of it.
pub(crate) fn question(lab: &Lab, server: &PeerHandle, host: &str) -> ([u8; 2], u16) {
    assert_eq!(ask(lab, host), Err(Error::WouldBlock));
    lab.settle();
    let (name, id, port) = heard(server).expect("the question is out");
    assert_eq!(name, host);
    (id, port)
}

#[test]
fn a_name_is_looked_up_and_remembered_for_its_lifetime() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    assert_eq!(pass(&lab, &server, 200), [HOST]);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    assert_eq!(ask(&lab, "WWW.EXAMPLE.ORG"), Ok(ADDRESS));
    lab.world.run_for(LIFETIME_S * 1000);
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    assert_eq!(pass(&lab, &server, 200), [HOST]);
    lab.assert_clean();
}

#[test]
fn four_numbers_are_no_question() {
    let lab = Lab::new();
    assert_eq!(ask(&lab, "10.1.2.3"), Ok([10, 1, 2, 3]));
    assert_eq!(lab.free_sockets(), 4);
    assert_eq!(ask(&lab, "a..b"), Err(Error::Invalid));
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn g5_four_busy_is_told_at_once_and_three_busy_works() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let mut sockets: Vec<Handle> = (0..4).map(|at| lab.udp_at(100 + at)).collect();
    let (outcome, elapsed) = lab.timed(|| lab.device().resolve(HOST.as_bytes(), FOREVER));
    assert_eq!(outcome, Err(Error::NoHardwareSocket));
    assert!(elapsed <= 5, "{elapsed} ms");
    lab.close(sockets.pop().expect("there are four"));
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    assert_eq!(lab.free_sockets(), 0);
    pass(&lab, &server, 200);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    assert_eq!(lab.free_sockets(), 1);
    assert_eq!(lab.open_handles(), 3);
}

#[test]
fn g5_the_free_count_is_the_same_after_success_failure_and_timeout() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    ask(&lab, HOST).ok();
    pass(&lab, &server, 200);
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0), "success");
    let (id, port) = question(&lab, &server, "none.example.org");
    assert_eq!(lab.free_sockets(), 3);
    reply(&server, port, id, answer("none.example.org", 3, &[]));
    lab.settle();
    lab.service();
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0), "failure");
    assert_eq!(ask(&lab, "none.example.org"), Err(Error::HostNotFound));
    let outcome = lab.device().resolve(b"silent.example.org", FOREVER);
    assert_eq!(outcome, Err(Error::NameServer));
    assert_eq!((lab.free_sockets(), lab.open_handles()), (4, 0), "timeout");
    lab.assert_clean();
}

/// What others see of the seed, in the ports of connections, tells nothing of it.
#[test]
fn the_numbers_of_questions_come_from_a_secret_of_their_own() {
    let [one, other] = [1, 2].map(|secret| {
        let lab = Lab::new();
        let server = server(&lab, DNS);
        lab.with(|stack| {
            stack.set_secret(secret);
            Ok(())
        });
        question(&lab, &server, HOST)
    });
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

/// A link may double it: eight names are remembered, and not four of them twice.
#[test]
fn a_second_answer_to_a_question_is_not_remembered() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let hosts: Vec<_> = (0..8).map(|number| format!("{number}.example")).collect();
    for host in &hosts {
        let (id, port) = question(&lab, &server, host);
        let records = [(ASKED, 1, LIFETIME_S, &ADDRESS[..])];
        for _ in 0..2 {
            reply(&server, port, id, answer(host, 0, &records));
        }
        lab.settle();
        lab.service();
    }
    for host in &hosts {
        assert_eq!(ask(&lab, host), Ok(ADDRESS), "{host}");
    }
}

#[test]
fn a_device_that_is_disabled_forgets_its_name_servers() {
    let lab = Lab::new();
    let other = server(&lab, SECOND_SERVER);
    lab.with(|stack| stack.set_name_servers([DNS, SECOND_SERVER, [0; 4]]));
    lab.device().disable().expect("it is enabled");
    lab.enable().expect("the chip answers");
    let outcome = lab.device().resolve(HOST.as_bytes(), FOREVER);
    assert_eq!(outcome, Err(Error::NameServer));
    assert_eq!(heard(&other), None);
}

#[test]
fn a_silent_server_is_asked_thrice_and_bounds_the_wait() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let ask = || lab.device().resolve(HOST.as_bytes(), FOREVER);
    let (outcome, elapsed) = lab.timed(ask);
    assert_eq!(outcome, Err(Error::NameServer));
    assert!((7_800..13_200).contains(&elapsed), "{elapsed} ms");
    assert_eq!(std::iter::from_fn(|| heard(&server)).count(), 3);
}

/// The chip looks for its MAC for 1.8 s each time; then there is nothing to wait for but the next
/// round, of which the second is 3 s after the first, a quarter more or less.
#[test]
fn an_absent_server_is_left_when_the_chip_gives_up() {
    let lab = Lab::new();
    let ask = || lab.device().resolve(HOST.as_bytes(), FOREVER);
    let (outcome, elapsed) = lab.timed(ask);
    assert_eq!(outcome, Err(Error::NameServer));
    assert!((5_850..7_500).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn the_second_server_is_asked_when_the_first_cannot_tell() {
    let lab = Lab::new();
    let (first, second) = (server(&lab, DNS), server(&lab, SECOND_SERVER));
    lab.with(|stack| stack.set_name_servers([DNS, SECOND_SERVER, [0; 4]]));
    let (id, port) = question(&lab, &first, HOST);
    reply(&first, port, id, answer(HOST, 2, &[]));
    assert_eq!(pass(&lab, &second, 300), [HOST]);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
}

#[test]
fn forged_answers_are_not_believed() {
    let lab = Lab::new();
    let honest = server(&lab, DNS);
    let forger = server(&lab, SECOND_SERVER);
    let (id, port) = question(&lab, &honest, HOST);
    let lie = |name| answer(name, 0, &[(ASKED, 1, LIFETIME_S, &[6; 4])]);
    // From another host, another port, with another number, to another question.
    reply(&forger, port, id, lie(HOST));
    let mut message = lie(HOST);
    message[..2].copy_from_slice(&id);
    assert!(honest.udp_send(54, chip_ip(), port, &message));
    reply(&honest, port, [id[0], id[1] ^ 1], lie(HOST));
    reply(&honest, port, id, lie("www.example.com"));
    reply(&honest, port, id, vec![0; 2]);
    lab.settle();
    lab.service();
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock));
    reply(
        &honest,
        port,
        id,
        answer(HOST, 0, &[(ASKED, 1, 9, &ADDRESS)]),
    );
    lab.settle();
    lab.service();
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
    lab.assert_clean();
}

#[test]
fn numbers_and_ports_differ_from_question_to_question() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let mut seen = Vec::new();
    for host in ["a.example", "b.example", "c.example"] {
        let (id, port) = question(&lab, &server, host);
        assert!(port >= 0xC000, "{port}");
        reply(&server, port, id, answer(host, 3, &[]));
        lab.settle();
        lab.service();
        assert_eq!(ask(&lab, host), Err(Error::HostNotFound));
        // Ports that are given out in turn would be neighbours.
        let guessed = |(one, other): &([u8; 2], u16)| *one == id || port.abs_diff(*other) < 16;
        assert!(!seen.iter().any(guessed), "{port} after {seen:?}");
        seen.push((id, port));
    }
}

#[test]
fn tasks_that_ask_for_different_names_all_get_their_answer() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    let resolve = |host: &'static [u8]| -> Job<'_, ()> {
        let lab = &lab;
        Box::new(move || {
            assert_eq!(lab.device().resolve(host, FOREVER), Ok(ADDRESS));
        })
    };
    let serve: Job<'_, ()> = Box::new(|| {
        let mut answered = 0;
        while answered < 3 {
            answered += pass(&lab, &server, 10).len();
        }
    });
    let jobs = vec![
        resolve(b"a.example"),
        resolve(b"b.example"),
        resolve(b"c.example"),
        serve,
    ];
    threads::run(&lab.world, jobs);
    assert_eq!(lab.free_sockets(), 4);
}

#[test]
fn an_answer_that_is_not_to_be_remembered_is_told_once_and_soon() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    for late_ms in [0, 6000] {
        let (id, port) = question(&lab, &server, HOST);
        reply(
            &server,
            port,
            id,
            answer(HOST, 0, &[(ASKED, 1, 0, &ADDRESS)]),
        );
        lab.settle();
        lab.service();
        lab.world.run_for(late_ms);
        match late_ms {
            0 => assert_eq!(ask(&lab, HOST), Ok(ADDRESS)),
            _ => assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock), "asked anew"),
        }
    }
}

#[test]
fn a_device_that_is_disabled_forgets_its_question_and_what_it_knew() {
    let lab = Lab::new();
    let server = server(&lab, DNS);
    ask(&lab, HOST).ok();
    pass(&lab, &server, 200);
    assert_eq!(ask(&lab, "other.example"), Err(Error::WouldBlock));
    lab.device().disable().expect("it is enabled");
    assert_eq!(ask(&lab, HOST), Err(Error::NetworkDown));
    lab.enable().expect("the chip answers");
    assert_eq!(lab.free_sockets(), 4);
    assert_eq!(ask(&lab, HOST), Err(Error::WouldBlock), "asked anew");
    pass(&lab, &server, 200);
    assert_eq!(ask(&lab, HOST), Ok(ADDRESS));
}
