//! Several clients at once, slow ones, and such that say nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{GET, GET_FILE, answer, ask, rest, server, server_in, session, usual};
use crate::MEBIBYTE;
use crate::example::Scene;
use crate::support::network::PATIENCE;
use crate::support::pattern;

const SESSIONS: usize = 4;
/// As long as a session may be idle where that is tested.
const SHORT_MS: u64 = 2000;

fn short_of_patience(command: &mut Command) {
    command.args(["0", &SHORT_MS.to_string()]);
}

#[test]
fn four_clients_are_served_at_once_and_a_fifth_waits() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut sessions: Vec<_> = (0..SESSIONS).map(|_| session(address)).collect();
    thread::scope(|scope| {
        for stream in &mut sessions {
            scope.spawn(|| {
                stream.write_all(GET_FILE).expect("written");
                assert!(answer(stream).1 == pattern(MEBIBYTE, 0));
            });
        }
    });
    assert!(!is_served(address), "a fifth session");
    drop(sessions.pop());
    let began = Instant::now();
    while !is_served(address) {
        assert!(began.elapsed() < PATIENCE, "it waits for ever");
    }
    for stream in &mut sessions {
        stream.write_all(GET).expect("written");
        assert!(answer(stream).0.starts_with("HTTP/1.1 200 "));
    }
    drop(sessions);
    server.quit();
}

/// Whether a client that comes now gets the index.
fn is_served(address: SocketAddr) -> bool {
    let mut answer = Vec::new();
    let asked = TcpStream::connect_timeout(&address, PATIENCE).and_then(|mut stream| {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        stream.read_to_end(&mut answer)
    });
    asked.is_ok() && answer.ends_with(b"</html>\n")
}

/// Three of them ask for more than all buffers hold, and read nothing of it meanwhile.
#[test]
fn clients_that_read_slowly_hold_up_no_other() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut slow: Vec<_> = (1..SESSIONS).map(|_| session(address)).collect();
    for stream in &mut slow {
        stream.write_all(GET_FILE).expect("written");
    }
    let mut fast = session(address);
    for _ in 0..3 {
        fast.write_all(GET_FILE).expect("written");
        assert!(answer(&mut fast).1 == pattern(MEBIBYTE, 0));
    }
    for stream in &mut slow {
        assert!(answer(stream).1 == pattern(MEBIBYTE, 0));
    }
    drop((slow, fast));
    server.quit();
}

#[test]
fn an_idle_client_is_ended_and_one_in_a_request_is_told() {
    let Some((server, address)) = server(short_of_patience) else {
        return;
    };
    let limit = Duration::from_millis(SHORT_MS);
    for (request, told) in [(&b""[..], ""), (b"GET / HT", "HTTP/1.1 408 ")] {
        let began = Instant::now();
        let mut stream = session(address);
        stream.write_all(request).expect("written");
        let answer = rest(&mut stream);
        assert!(answer.starts_with(told), "{answer}");
        assert_eq!(answer.is_empty(), told.is_empty(), "{answer}");
        assert!(began.elapsed() >= limit, "{:?}", began.elapsed());
    }
    server.quit();
}

/// It gets no more, and its hardware socket is free for others.
#[test]
fn r6_a_client_that_never_reads_is_dropped() {
    // The forward network would take the whole file in its place.
    let Some(scene) = Scene::real("a client that never reads") else {
        return;
    };
    let (server, address) = server_in(&scene, short_of_patience);
    let mut silent = session(address);
    silent.write_all(GET_FILE).expect("written");
    // A status page tells it from its own connection, beside which three are free.
    let is_dropped = || {
        let status = ask(address, b"GET /status HTTP/1.0\r\n\r\n");
        status.contains("free sockets 3")
    };
    let began = Instant::now();
    assert!(!is_dropped(), "not at once");
    while !is_dropped() {
        assert!(began.elapsed() < PATIENCE, "it never is");
    }
    assert!(began.elapsed() >= Duration::from_millis(SHORT_MS));
    server.quit();
}
