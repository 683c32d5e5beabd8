//! The example `http_server`, as the kernel's clients and curl see it.

mod clients;
mod link;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::thread;

use crate::MEBIBYTE;
use crate::example::{Program, Scene};
use crate::support::network::{connect, output, program};
use crate::support::pattern;

/// A server, and where it is. `setup` may change how it is started.
fn server(setup: impl FnOnce(&mut Command)) -> Option<(Program, SocketAddr)> {
    Some(server_in(&Scene::new()?, setup))
}

fn server_in(scene: &Scene, setup: impl FnOnce(&mut Command)) -> (Program, SocketAddr) {
    let mut command = scene.example("http_server");
    setup(&mut command);
    let server = Program::start(&mut command);
    let address = server.address();
    (server, address)
}

fn usual() -> Option<(Program, SocketAddr)> {
    server(|_| {})
}

/// What curl gets for its arguments, among which "@" stands for the server.
pub(crate) fn curl(address: SocketAddr, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut curl = program("curl")?;
    curl.args(["-sS", "--noproxy", "*", "-m60"]);
    for argument in arguments {
        curl.arg(argument.replace('@', &format!("http://{address}")));
    }
    Some(output(&mut curl))
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

/// Sends `request`, and what comes until the server closes.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(request).expect("written");
    rest(&mut stream)
}

fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("a clean end");
    text(answer)
}

/// The head and the body of the next answer, whose length its head tells.
pub(crate) fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the head goes on");
        head.push(byte[0]);
    }
    let head = text(head);
    let length = head.split("Content-Length: ").nth(1).expect("it is told");
    let length = length.split("\r\n").next().expect("a line");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).expect("all of the body");
    (head, body)
}

pub(crate) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: w5100\r\n\r\n";
const GET_FILE: &[u8] = b"GET /file HTTP/1.1\r\nHost: w5100\r\n\r\n";
/// What is told of the index.
const INDEX_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 225\r\n\
                          Connection: keep-alive\r\n\r\n";

/// A session: a client whose request was answered, and that is kept.
pub(crate) fn session(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address);
    stream.write_all(GET).expect("written");
    assert!(answer(&mut stream).0.contains("Connection: keep-alive"));
    stream
}

#[test]
fn each_page_is_served_to_curl() {
    let Some((server, address)) = usual() else {
        return;
    };
    let page = |path| curl(address, &["--fail", path]).map(text);
    let Some(index) = page("@/") else {
        return;
    };
    assert!(index.starts_with("<!DOCTYPE html>") && index.ends_with("</html>\n"));
    assert_eq!(page("@/?a=b").as_ref(), Some(&index));
    let status = page("@/status").expect("as before");
    let rows: Vec<_> = status.lines().collect();
    assert!(rows[0].starts_with("Prot HW  Port Peer "), "{status}");
    assert!(rows[1].starts_with("tcp   -    80 -"), "{status}");
    assert!(rows[1].contains(" LISTEN "), "{status}");
    assert!(rows[2].contains(" ESTABLISHED "), "{status}");
    let hardware = rows.iter().position(|row| row.starts_with("HW Role "));
    assert_eq!(rows.len(), hardware.expect("it is there") + 6, "{status}");
    assert!(rows[rows.len() - 1].contains("free sockets 3"), "{status}");
    let json = page("@/status.json").expect("as before");
    assert!(json.starts_with("{\"version\":\""), "{json}");
    assert!(json.contains(",\"ip\":\"192.168.1.201\","), "{json}");
    assert!(json.contains("{\"hardware\":-1,\"state\":\"LISTEN\",\"port\":80,"));
    assert!(json.ends_with("}]}\n"), "{json}");
    server.quit();
}

#[test]
fn the_mebibyte_compares_equal_and_head_tells_its_length() {
    let Some((server, address)) = usual() else {
        return;
    };
    let Some(file) = curl(address, &["--fail", "@/file"]) else {
        return;
    };
    assert!(file == pattern(MEBIBYTE, 0), "the file differs");
    let head = curl(address, &["--fail", "--head", "@/file"]).expect("as before");
    assert!(text(head).contains("\r\nContent-Length: 1048576\r\n"));
    server.quit();
}

#[test]
fn curl_gets_several_pages_over_one_connection() {
    let Some((server, address)) = usual() else {
        return;
    };
    let told = ["-w", "%{http_code} %{num_connects}\\n", "-o/dev/null"];
    let mut arguments = told.to_vec();
    arguments.push("@/");
    for page in ["@/status", "@/file", "@/none", "@/status.json", "@/"] {
        arguments.extend(["-o/dev/null", page]);
    }
    let Some(told) = curl(address, &arguments) else {
        return;
    };
    let kept = "200 1\n200 0\n200 0\n404 0\n200 0\n200 0\n";
    assert_eq!(text(told), kept);
    server.quit();
}

#[test]
fn http_1_0_closes_unless_it_is_asked_not_to() {
    let Some((server, address)) = usual() else {
        return;
    };
    let closed = ask(address, b"GET / HTTP/1.0\r\n\r\n");
    assert!(closed.contains("\r\nConnection: close\r\n"), "{closed}");
    assert!(closed.ends_with("</html>\n"));
    // No chunks, which it does not know: the end of the page is that of the connection.
    let status = ask(
        address,
        b"GET /status HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    );
    let (head, body) = status.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("\r\nConnection: close"), "{head}");
    assert!(!head.contains("chunked") && body.starts_with("Prot "));
    let kept = b"GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    let both = ask(address, kept);
    assert_eq!(both.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{both}");
    server.quit();
}

/// All are sent before the first answer is read.
#[test]
fn pipelined_requests_are_answered_in_order() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut stream = connect(address);
    let mut writer = stream.try_clone().expect("a descriptor");
    let sending = thread::spawn(move || {
        for path in ["/", "/file", "/none", "/"].repeat(3) {
            let request = format!("GET {path} HTTP/1.1\r\nHost: w5100\r\n\r\n");
            writer.write_all(request.as_bytes()).expect("written");
        }
        writer.write_all(b"HEAD /file HTTP/1.1\r\nHost: w5100\r\n\r\n")?;
        writer.write_all(b"GET / HTTP/1.1\r\nHost: w5100\r\nConnection: x, close\r\n\r\n")?;
        // Nothing is asked for after the one that closes.
        writer.write_all(GET)?;
        writer.shutdown(Shutdown::Write)
    });
    for _ in 0..3 {
        let index = answer(&mut stream).1;
        assert!(index.starts_with(b"<!DOCTYPE"));
        assert!(answer(&mut stream).1 == pattern(MEBIBYTE, 0));
        assert!(answer(&mut stream).0.starts_with("HTTP/1.1 404 "));
        assert_eq!(answer(&mut stream).1, index);
    }
    let last = rest(&mut stream);
    let (head, last) = last.split_once("\r\n\r\n").expect("the answer to HEAD");
    assert!(head.contains("Content-Length: 1048576"));
    assert!(last.contains("\r\nConnection: close\r\n"));
    assert_eq!(last.matches("HTTP/1.1 ").count(), 1);
    sending.join().expect("no panic").expect("all written");
    server.quit();
}

/// They are in the server's own memory before the first is answered, and the chip has nothing more
/// to tell. Lines may end without a CR.
#[test]
fn requests_that_came_at_once_are_all_answered() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut stream = connect(address);
    for count in 1..=5 {
        let requests = b"HEAD / HTTP/1.1\nHost:\n\n".repeat(count);
        stream.write_all(&requests).expect("written");
        for _ in 0..count {
            let mut answer = [0; INDEX_HEAD.len()];
            stream.read_exact(&mut answer).expect("an answer to each");
            assert_eq!(text(answer.to_vec()), INDEX_HEAD);
        }
    }
    drop(stream);
    server.quit();
}

/// It is told of its mistake, though it sends far more than the chip takes before it listens.
#[test]
fn a_client_that_sends_what_nobody_reads_hears_the_answer() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut stream = connect(address);
    let head = format!("PUT / HTTP/1.1\r\nHost: w5100\r\nContent-Length: {MEBIBYTE}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("written");
    stream.write_all(&pattern(MEBIBYTE / 4, 0)).expect("taken");
    stream.shutdown(Shutdown::Write).expect("open");
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    server.quit();
}

/// A request that is none is told so, and the connection closed.
#[test]
fn f10_what_is_no_request_is_refused() {
    let Some((server, address)) = usual() else {
        return;
    };
    let host = "Host: w5100\r\n";
    let long = "x".repeat(600);
    let cases = [
        ("nonsense\r\n\r\n".into(), 400),
        ("\u{16}\u{3}\u{1}\u{2}".into(), 400),
        ("GET  / HTTP/1.1\r\n\r\n".into(), 400),
        ("GET / HTTP/11\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1 \r\n\r\n".into(), 400),
        ("G(T / HTTP/1.1\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400),
        (format!("GET / HTTP/1.1\r\n{host}{host}\r\n"), 400),
        (format!("GET / HTTP/1.1\r\n{host}a : b\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\n{host} folded\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\n{host}a: \0\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\n{host}a: b\rc\r\n\r\n"), 400),
        (
            format!("GET / HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n"),
            400,
        ),
        (format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), 414),
        (format!("GET / HTTP/1.1\r\n{host}a: {long}\r\n\r\n"), 431),
        (
            format!("GET / HTTP/1.1\r\n{host}{}\r\n", "a: b\r\n".repeat(63)),
            431,
        ),
        (format!("GET / HTTP/2.0\r\n{host}\r\n"), 505),
        (
            format!("POST / HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc"),
            405,
        ),
    ];
    for (request, status) in cases {
        let answer = ask(address, request.as_bytes());
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{request}: {answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    server.quit();
}

/// What is not there or not done leaves the connection as it is.
#[test]
fn a_page_that_is_not_there_does_not_end_the_connection() {
    let Some((server, address)) = usual() else {
        return;
    };
    let mut stream = connect(address);
    let cases = [
        ("GET /none", 404),
        ("GET /statu", 404),
        ("GET /status.jsonx", 404),
        ("DELETE /", 405),
        ("BREW /", 501),
        ("\r\nGET http://w5100/", 200),
        ("GET HTTP://w5100", 200),
    ];
    for (what, status) in cases {
        let request = format!("{what} HTTP/1.1\r\nHost: w5100\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        let (head, _) = answer(&mut stream);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{what}: {head}"
        );
        assert!(head.contains("\r\nConnection: keep-alive\r\n"), "{head}");
        let allow = head.contains("\r\nAllow: GET, HEAD\r\n");
        assert_eq!(allow, status == 405, "{head}");
    }
    // The longest line that there may be.
    let line = format!("GET /{} HTTP/1.1\r", "x".repeat(511 - 15));
    let request = format!("{line}\nHost: w5100\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    assert!(answer(&mut stream).0.starts_with("HTTP/1.1 404 "));
    drop(stream);
    server.quit();
}
