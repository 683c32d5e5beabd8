//! The C examples, as CMake builds them, in the network of a test.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use w5100_sim::{World, own_network};

use crate::support::network::{INTERFACE, PATIENCE, missing, output, program};

/// A program that prints lines, and ends with the test, however that ends.
pub(crate) struct Program {
    process: Child,
    lines: Receiver<String>,
    complaints: Option<thread::JoinHandle<Vec<String>>>,
}

/// The examples that the tests need.
const NEEDED: [&str; 5] = [
    "http_server",
    "dhcp_http",
    "http_get",
    "winsock_http_get",
    "sntp",
];

/// Where they are, built once.
fn built() -> Option<&'static Path> {
    static DIRECTORY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for arguments in [
            &["--preset", "host", "--log-level=WARNING"][..],
            &[&["--build", "--preset", "host", "--target"], &NEEDED[..]].concat(),
        ] {
            let mut cmake = program("cmake")?;
            output(without_ours(&mut cmake).current_dir(root).args(arguments));
        }
        Some(root.join("build/host/c-examples"))
    };
    DIRECTORY.get_or_init(build).as_deref()
}

/// A network for an example: of the test's own, with a TAP device, or else the forward network.
pub(crate) struct Scene {
    examples: &'static Path,
    real: bool,
}

impl Scene {
    /// `None` on a computer that cannot build C programs.
    pub(crate) fn new() -> Option<Self> {
        let examples = built()?;
        let real = own_network().and_then(|()| World::tap("probe", None));
        if let Err(error) = &real {
            missing(&format!(
                "no real network, the forward network instead: {error}"
            ));
        }
        let real = real.is_ok();
        Some(Self { examples, real })
    }

    /// One that the kernel itself is in; `None` where that cannot be, which is said.
    pub(crate) fn real(purpose: &str) -> Option<Self> {
        let scene = Self::new()?;
        if !scene.real {
            missing(&format!("not tested without a real network: {purpose}"));
        }
        scene.real.then_some(scene)
    }

    /// An example in this network, which is this computer's at the address that its own
    /// configuration names as its gateway's.
    pub(crate) fn example(&self, name: &str) -> Command {
        let mut command = dying_with_us(self.examples.join(name));
        without_ours(&mut command);
        if self.real {
            command.env("W5100_SIM_TAP", INTERFACE);
        }
        command
    }
}

/// Takes away what cargo adds for this test: a C program would find a simulator other than the one
/// that it was linked with.
fn without_ours(command: &mut Command) -> &mut Command {
    command.env_remove("LD_LIBRARY_PATH")
}

/// A program that is killed with the thread that starts it.
pub(crate) fn dying_with_us(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = program("setpriv").expect("it comes with every Linux");
    command.args(["--pdeathsig", "KILL"]).arg(name);
    command
}

impl Program {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let errors = BufReader::new(process.stderr.take().expect("a pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may have ended.
                let _ = sender.send(line);
            }
        });
        let complaints = thread::spawn(move || errors.lines().map_while(Result::ok).collect());
        Self {
            process,
            lines,
            complaints: Some(complaints),
        }
    }

    /// The rest of its next line that begins with `start`; lines before it are skipped.
    #[track_caller]
    pub(crate) fn line_after(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never says {start:?}"));
            if let Some(rest) = line.strip_prefix(start) {
                return rest.into();
            }
        }
    }

    /// Its next line with `part` in it; lines before it are skipped.
    #[track_caller]
    pub(crate) fn line_with(&self, part: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never says {part:?}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// What it has said since it was last asked.
    pub(crate) fn said(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Ends it, however it would end.
    pub(crate) fn kill(mut self) {
        // It fails only for a process that has ended.
        let _ = self.process.kill();
    }

    /// Where it listens.
    #[track_caller]
    pub(crate) fn address(&self) -> SocketAddr {
        let address = self.line_after("listening on ");
        address.parse().expect("an address and a port")
    }

    /// Gives it a line.
    #[track_caller]
    pub(crate) fn order(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("a pipe");
        writeln!(input, "{line}").expect("it runs");
    }

    /// Tells it to end, which it has to do well, and without a complaint.
    #[track_caller]
    pub(crate) fn quit(mut self) {
        self.order("quit");
        self.ends(0);
    }

    /// Waits for its end, which is with `status` and, if that is 0, without a complaint.
    #[track_caller]
    pub(crate) fn ends(&mut self, status: i32) -> Vec<String> {
        let complaints = self.complaints.take().expect("it ends once");
        let complaints = complaints.join().expect("no panic");
        let ended = self.process.wait().expect("it can be waited for");
        assert_eq!(ended.code(), Some(status), "{complaints:#?}");
        assert!(status != 0 || complaints.is_empty(), "{complaints:#?}");
        complaints
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is all we want.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking()
            && let Some(complaints) = self.complaints.take()
        {
            println!("it said: {:#?}", self.lines.try_iter().collect::<Vec<_>>());
            println!("it complained: {:#?}", complaints.join());
        }
    }
}
