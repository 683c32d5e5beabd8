//! The example `http_get`, over the BSD view and over Winsock's, with a server of this computer.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::MEBIBYTE;
use crate::example::{Program, Scene, dying_with_us};
use crate::support::network::{PATIENCE, program};
use crate::support::pattern;

/// One source, two views.
const PROGRAMS: [&str; 2] = ["http_get", "winsock_http_get"];
/// From one look for the example to the next.
const PAUSE: Duration = Duration::from_millis(5);
const HOST: &str = "www.lab.example";

/// Answers one request with this: the request, or none if the example has `ended` without.
fn serve(listener: &TcpListener, answer: &[u8], ended: &AtomicBool) -> Option<String> {
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(_) if ended.load(Ordering::Acquire) => return None,
            Err(_) => thread::sleep(PAUSE),
        }
    };
    stream.set_nonblocking(false).expect("a socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the request goes on");
        request.push(byte[0]);
    }
    stream.write_all(answer).expect("written");
    Some(String::from_utf8(request).expect("text"))
}

/// What the example prints and complains of, and how it ends, while this computer answers so; and
/// the request.
fn got(mut example: Command, host: &str, answer: &[u8]) -> (Vec<u8>, String, i32, Option<String>) {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("bound").port().to_string();
    let example = example.args([host, &port, "/page?x=1"]);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let serving = scope.spawn(|| serve(&listener, answer, &ended));
        let output = example.output();
        ended.store(true, Ordering::Release);
        let output = output.expect("it can be started");
        let complaint = String::from_utf8_lossy(&output.stderr).into();
        let code = output.status.code().expect("by itself");
        let request = serving.join().expect("no panic");
        (output.stdout, complaint, code, request)
    })
}

fn page(length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nx: y\r\nCONTENT-Length: {length}\r\n\r\n");
    [head.as_bytes(), &pattern(length, 3)].concat()
}

#[test]
fn a_page_is_got_by_the_name_of_its_server() {
    for name in PROGRAMS {
        let Some(scene) = Scene::real("a server that is found by its name") else {
            return;
        };
        if program("dnsmasq").is_none() {
            return;
        }
        let mut names = dying_with_us("sh");
        // At any address: the example is to make that of this computer.
        names.args(["-c", "exec dnsmasq \"$@\" 2>&1", "sh", "--no-daemon"]);
        names.args(["--conf-file=/dev/null", "--no-resolv", "--no-hosts"]);
        let record = format!("--host-record={HOST},192.168.1.1");
        let names = Program::start(names.args(["--log-queries", &record]));
        names.line_with("started, version");
        let (printed, complaint, code, request) = got(scene.example(name), HOST, &page(MEBIBYTE));
        assert_eq!((complaint.as_str(), code), ("", 0), "{name}");
        assert!(printed == pattern(MEBIBYTE, 3), "{name}: the page differs");
        let expected = format!("GET /page?x=1 HTTP/1.0\r\nHost: {HOST}\r\n\r\n");
        assert_eq!(request, Some(expected), "{name}");
        names.line_with(&format!("query[A] {HOST} from 192.168.1.206"));
        names.kill();
    }
}

#[test]
fn a_page_that_is_cut_off_or_not_there_is_told() {
    let cut = page(1000);
    let cases: [(&[u8], &str, usize); 4] = [
        (&cut[..cut.len() - 1], "page: it was cut off\n", 999),
        (
            b"HTTP/1.1 404 Not Found\r\n\r\nno",
            "/page?x=1: HTTP/1.1 404 Not Found\n",
            0,
        ),
        (b"nonsense\r\n\r\n", "192.168.1.1: no answer of HTTP\n", 0),
        (
            b"HTTP/1.1 200 OK\r\nx: y",
            "192.168.1.1: no answer of HTTP\n",
            0,
        ),
    ];
    for name in PROGRAMS {
        for (answer, expected, length) in cases {
            let Some(scene) = Scene::new() else {
                return;
            };
            let (printed, complaint, code, _) = got(scene.example(name), "192.168.1.1", answer);
            assert_eq!((complaint.as_str(), code), (expected, 1), "{name}");
            assert!(printed == pattern(1000, 3)[..length], "{name}");
        }
    }
}
