//! The example `dhcp_http`: a board that gets its address from dnsmasq, and curl, which finds it
//! there.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::dnsmasq::ALWAYS;
use crate::example::{Program, Scene, dying_with_us};
use crate::http::{GET, answer, ask, curl, session, text};
use crate::support::network::{INTERFACE, program};

/// Two minutes are the shortest that dnsmasq grants, three seconds the earliest T1.
const SEVENTY_SEVEN: &str = "--dhcp-range=192.168.1.77,192.168.1.77,255.255.255.128,2m";
const EIGHTY_EIGHT: &str = "--dhcp-range=192.168.1.88,192.168.1.88,255.255.255.128,2m";
const EARLY_T1: &str = "--dhcp-option-force=option:T1,3";
const T1: Duration = Duration::from_secs(3);

/// A board before it has an address, and what its servers keep in files.
struct Board {
    program: Program,
    leases: PathBuf,
}

impl Board {
    /// One that keeps to `policy`; none without a real network, or without dnsmasq.
    fn boot(name: &str, policy: &str) -> Option<Self> {
        let scene = Scene::real("a board that gets its address")?;
        program("dnsmasq")?;
        let leases = format!("dhcp-http-{name}-{}", std::process::id());
        let leases = Path::new(env!("CARGO_TARGET_TMPDIR")).join(leases);
        let mut command = scene.example("dhcp_http");
        // This computer's end of the cable is made by the example.
        command.env("W5100_SIM_TAP", format!("{INTERFACE},192.168.1.1/24"));
        let program = Program::start(command.arg(policy));
        program.line_after("no address yet");
        Some(Self { program, leases })
    }

    /// A server that gives addresses of this range.
    fn server(&self, range: &str) -> Program {
        let leases = format!("--dhcp-leasefile={}", self.leases.display());
        // Its log, which is on stderr, is what is read of it.
        let mut command = dying_with_us("sh");
        command.args(["-c", "exec dnsmasq \"$@\" 2>&1", "sh", &leases, range]);
        command.args(["--dhcp-authoritative", EARLY_T1]);
        let server = Program::start(command.args(ALWAYS));
        server.line_with("started, version");
        server
    }

    /// Waits until it has an address and serves there.
    #[track_caller]
    fn bound(&self, address: &str) -> SocketAddr {
        let lease = self.program.line_after("BOUND ");
        let expected = format!(
            "{address}, mask 255.255.255.128, gateway 192.168.1.1, name server 192.168.1.1, \
             from 192.168.1.1, 120 s"
        );
        assert_eq!(lease, expected);
        let reached = self.program.address();
        assert_eq!(reached.to_string(), format!("{address}:80"));
        reached
    }

    /// Both end, the board well.
    #[track_caller]
    fn finish(mut self, server: Program) {
        server.kill();
        self.program.order("quit");
        self.program.ends(0);
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // There is none if no server was started.
        let _ = fs::remove_file(&self.leases);
    }
}

/// A request on a session that is kept.
#[track_caller]
fn ask_again(stream: &mut TcpStream) {
    stream.write_all(GET).expect("written");
    assert!(answer(stream).0.starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_board_boots_gets_an_address_and_serves_its_pages() {
    let Some(board) = Board::boot("boots", "hold") else {
        return;
    };
    let server = board.server(SEVENTY_SEVEN);
    let address = board.bound("192.168.1.77");
    server.line_with("DHCPACK(w5100) 192.168.1.77");
    let page = |path| curl(address, &["--fail", path]).map(text);
    let Some(json) = page("@/status.json") else {
        return;
    };
    assert!(json.contains(",\"ip\":\"192.168.1.77\","), "{json}");
    // Beside curl's connection and DHCP's socket.
    assert!(json.contains(",\"free_sockets\":2,"), "{json}");
    assert!(page("@/").expect("as before").contains("<h1>W5100</h1>"));
    board.finish(server);
}

/// The connection is asked for pages from before the first renewal until after the second.
fn goes_on_over_renewals(policy: &str) {
    let Some(board) = Board::boot(policy, policy) else {
        return;
    };
    let server = board.server(SEVENTY_SEVEN);
    let mut stream = session(board.bound("192.168.1.77"));
    for _ in 0..2 {
        let renewed = board.program.line_after("RENEWED ");
        assert!(renewed.starts_with("192.168.1.77, "), "{renewed}");
        ask_again(&mut stream);
    }
    drop(stream);
    board.finish(server);
}

#[test]
fn g3_a_kept_connection_goes_on_over_renewals() {
    goes_on_over_renewals("hold");
}

#[test]
fn g3_a_kept_connection_goes_on_over_renewals_with_a_borrowed_socket() {
    goes_on_over_renewals("borrow");
}

/// While there are four, nothing is left to renew with; that is done as soon as one ends.
#[test]
fn g3_a_board_that_borrows_serves_four_and_renews_when_one_has_gone() {
    let Some(board) = Board::boot("four", "borrow") else {
        return;
    };
    let server = board.server(SEVENTY_SEVEN);
    let address = board.bound("192.168.1.77");
    let mut sessions: Vec<_> = (0..4).map(|_| session(address)).collect();
    let full = Instant::now();
    while full.elapsed() < 2 * T1 {
        sessions.iter_mut().for_each(ask_again);
    }
    assert_eq!(board.program.said(), [""; 0], "it is not renewed");
    drop(sessions.pop());
    board.program.line_after("RENEWED 192.168.1.77, ");
    sessions.iter_mut().for_each(ask_again);
    drop(sessions);
    board.finish(server);
}

#[test]
fn an_address_that_is_lost_ends_connections_and_another_one_is_served() {
    let Some(board) = Board::boot("lost", "hold") else {
        return;
    };
    let server = board.server(SEVENTY_SEVEN);
    let _lost = session(board.bound("192.168.1.77"));
    server.kill();
    let server = board.server(EIGHTY_EIGHT);
    board.program.line_after("LOST");
    let address = board.bound("192.168.1.88");
    let asked = b"GET /status.json HTTP/1.0\r\n\r\n";
    // Beside this connection and DHCP's socket: that of the first one is free.
    let json = ask(address, asked);
    assert!(json.contains(",\"free_sockets\":2,"), "{json}");
    board.finish(server);
}
