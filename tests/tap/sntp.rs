//! The example `sntp`, with servers that know the time and such that do not.

use std::net::UdpSocket;
use std::path::Path;
use std::process::{self, Command};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::dnsmasq::ALWAYS;
use crate::example::{Program, Scene, dying_with_us};
use crate::http::text;
use crate::support::network::{INTERFACE, PATIENCE, output, program};

const LENGTH: usize = 48;
/// 2026-11-21 20:15:03.5 UTC: seconds since 1900, and the first byte of their fraction.
const NOW: u64 = 4_004_280_903 << 32 | 0x8000_0000;
const NOW_IN_WORDS: &str = "2026-11-21 20:15:03.";

type Message = [u8; LENGTH];

fn put(message: &mut Message, at: usize, value: u64) {
    message[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

fn take(message: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(message[at..at + 8].try_into().expect("8 bytes"))
}

/// What a server of stratum 2 answers at `time` (RFC 5905, 7.3).
fn good(question: &Message, time: u64) -> Message {
    let mut answer = [0; LENGTH];
    // Version 4, from a server; stratum; poll; precision.
    answer[..4].copy_from_slice(&[4 << 3 | 4, 2, 6, 0xEC]);
    put(&mut answer, 16, time);
    put(&mut answer, 24, take(question, 40));
    put(&mut answer, 32, time);
    put(&mut answer, 40, time);
    answer
}

/// A server whose answers to a question are what `answers` makes of it, each with the socket that
/// it goes out of: the asked one, or another one of the same host.
struct Server {
    asked: UdpSocket,
    other: UdpSocket,
}

impl Server {
    fn new() -> Self {
        let bound = || UdpSocket::bind("0.0.0.0:0").expect("a free port");
        let server = Self {
            asked: bound(),
            other: bound(),
        };
        server
            .asked
            .set_read_timeout(Some(PATIENCE))
            .expect("not zero");
        server
    }

    /// As the example is told of it.
    fn name(&self) -> String {
        let port = self.asked.local_addr().expect("bound").port();
        format!("192.168.1.1:{port}")
    }

    /// Answers one question with all of these.
    #[track_caller]
    fn answer(&self, answers: impl FnOnce(&Message) -> Vec<(bool, Vec<u8>)>) -> Message {
        let mut question = [0; LENGTH + 1];
        let (length, from) = self.asked.recv_from(&mut question).expect("a question");
        assert_eq!(length, LENGTH);
        let question: Message = question[..LENGTH].try_into().expect("so many");
        for (asked, answer) in answers(&question) {
            let socket = if asked { &self.asked } else { &self.other };
            socket.send_to(&answer, from).expect("sent");
        }
        question
    }
}

/// The example asks a server that answers so; what it prints of the time, and the question.
fn told(answers: impl FnOnce(&Message) -> Vec<(bool, Vec<u8>)>) -> Option<(String, Message)> {
    let mut command = Scene::new()?.example("sntp");
    let server = Server::new();
    let mut program = Program::start(command.arg(server.name()));
    let question = server.answer(answers);
    let line = program.line_with(", says 192.168.1.1");
    program.ends(0);
    Some((line, question))
}

#[test]
fn the_time_of_a_server_is_told_and_the_question_is_a_clients() {
    let Some((line, question)) = told(|question| vec![(true, good(question, NOW).to_vec())]) else {
        return;
    };
    assert!(line.starts_with(NOW_IN_WORDS), "{line}");
    // Version 4, from a client, and nothing of this computer's but what no one can guess.
    assert_eq!(question[0], 4 << 3 | 3);
    assert!(question[1..40].iter().all(|byte| *byte == 0));
    assert_ne!(take(&question, 40), 0);
}

/// The first bit of the seconds tells the era (RFC 4330, 3).
#[test]
fn the_time_is_right_before_and_after_the_seconds_of_2036_overflow() {
    for (seconds, words) in [
        (0xFFFF_FFFF, "2036-02-07 06:28:15."),
        (0, "2036-02-07 06:28:16."),
        (0x7FFF_FFFF, "2104-02-26 09:42:23."),
        (0x8000_0000, "1968-01-20 03:14:08."),
        // There is a leap day in 2000 and in 2028, and none in 2100.
        (0xBC65_8A80, "2000-02-29 00:00:00."),
        (0xF110_6700, "2028-02-29 00:00:00."),
        (0x787E_9E00, "2100-03-01 00:00:00."),
    ] {
        let time = seconds << 32 | 0x0010_0000;
        let Some((line, _)) = told(|question| vec![(true, good(question, time).to_vec())]) else {
            return;
        };
        assert!(line.starts_with(words), "{seconds:#x}: {line}");
    }
}

/// Each of them names another time; the question is asked once.
#[test]
fn what_does_not_answer_the_question_is_not_believed() {
    let lie = |change: fn(&mut Vec<u8>)| {
        move |question: &Message| {
            let mut answer = good(question, NOW - (1_000_000 << 32)).to_vec();
            change(&mut answer);
            answer
        }
    };
    let answers = |question: &Message| {
        let lies: [fn(&mut Vec<u8>); 6] = [
            |answer| answer.truncate(LENGTH - 1),
            |answer| answer.clear(),
            // The originate timestamp: one bit, or that of a client which has none.
            |answer| answer[31] ^= 1,
            |answer| answer[24..32].fill(0),
            // From a client; without a version.
            |answer| answer[0] = 4 << 3 | 3,
            |answer| answer[0] = 4,
        ];
        let mut all: Vec<_> = lies.map(|change| (true, lie(change)(question))).into();
        // Denial, which is not for us, and another socket of the same host.
        all.push((true, {
            let mut kiss = lie(|answer| answer[31] ^= 1)(question);
            kiss[1] = 0;
            kiss[12..16].copy_from_slice(b"DENY");
            kiss
        }));
        all.push((false, lie(|_| {})(question)));
        let mut last = good(question, NOW).to_vec();
        // What authenticates it is not looked at.
        last.extend([7; 20]);
        all.push((true, last));
        all
    };
    let Some((line, _)) = told(answers) else {
        return;
    };
    assert!(line.starts_with(NOW_IN_WORDS), "{line}");
}

/// A "kiss-o'-death" (RFC 5905, 7.4).
#[test]
fn a_server_that_denies_is_not_asked_again() {
    let Some(scene) = Scene::new() else {
        return;
    };
    let server = Server::new();
    let mut program = Program::start(scene.example("sntp").arg(server.name()));
    server.answer(|question| {
        let mut kiss = good(question, NOW).to_vec();
        kiss[1] = 0;
        kiss[12..16].copy_from_slice(b"DENY");
        vec![(true, kiss)]
    });
    let complaints = program.ends(1);
    assert!(
        complaints[0].starts_with("the server denies: "),
        "{complaints:?}"
    );
}

/// dnsmasq tells the server by DHCP, option 42; it is this computer, at the usual port.
#[test]
fn the_server_that_dhcp_tells_is_asked() {
    let Some(scene) = Scene::real("a time server that DHCP tells") else {
        return;
    };
    let (Some(_), Ok(server)) = (program("dnsmasq"), UdpSocket::bind("0.0.0.0:123")) else {
        return;
    };
    server.set_read_timeout(Some(PATIENCE)).expect("not zero");
    let mut command = scene.example("sntp");
    command.env("W5100_SIM_TAP", format!("{INTERFACE},192.168.1.1/24"));
    let mut board = Program::start(command.arg("dhcp"));
    board.line_after("no address yet");
    // By now this computer's end of the cable is there.
    let mut dnsmasq = dying_with_us("sh");
    dnsmasq.args(["-c", "exec dnsmasq \"$@\" 2>&1", "sh"]);
    dnsmasq.args([
        "--dhcp-leasefile=/dev/null",
        "--dhcp-range=192.168.1.77,192.168.1.77,255.255.255.0,2m",
        "--dhcp-option=option:ntp-server,192.168.1.1",
    ]);
    let dnsmasq = Program::start(dnsmasq.args(ALWAYS));
    let answering = thread::spawn(move || {
        let server = Server {
            other: server.try_clone().expect("a descriptor"),
            asked: server,
        };
        server.answer(|question| vec![(true, good(question, NOW).to_vec())]);
    });
    let line = board.line_with(", says 192.168.1.1");
    assert!(line.starts_with(NOW_IN_WORDS), "{line}");
    board.ends(0);
    answering.join().expect("it was asked");
    dnsmasq.kill();
}

/// What `cargo xtask test` unpacks, or what this computer has.
fn chronyd() -> Option<Command> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("xtask");
    let unpacked = target.join("tools/usr/sbin/chronyd");
    if unpacked.is_file() {
        return Some(dying_with_us(unpacked));
    }
    program("chronyd").map(|found| dying_with_us(found.get_program()))
}

/// chronyd, which does not touch this computer's clock: it is the time that is served.
#[test]
fn chronyd_tells_the_time_of_this_computer() {
    let (Some(scene), Some(mut chronyd)) = (Scene::real("chronyd as the server"), chronyd()) else {
        return;
    };
    let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chronyd-{}", process::id()));
    chronyd.args(["-d", "-x", "-u", "root", "local stratum 5", "allow all"]);
    // No control, by datagrams or by a file.
    chronyd.args(["cmdport 0", "bindcmdaddress /"]);
    chronyd.arg(format!("pidfile {}", files.display()));
    let _chronyd = Program::start(&mut chronyd);
    let began = now();
    let mut example = Program::start(scene.example("sntp").arg("192.168.1.1"));
    let told = example.line_with(", says 192.168.1.1");
    let ended = now();
    example.ends(0);
    let told = told.split(" UTC").next().expect("what is before it");
    // This computer's calendar is the other reading.
    let mut date = program("date").expect("it comes with every Linux");
    let told = text(output(date.args(["-u", "+%s%3N", "-d", told])));
    let told: u128 = told.trim().parse().expect("a number");
    assert!((began..=ended).contains(&told), "{began} {told} {ended}");
}

/// Milliseconds since 1970.
fn now() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("later than 1970").as_millis()
}
