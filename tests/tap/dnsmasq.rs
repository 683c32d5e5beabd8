//! dnsmasq as the server of DHCP and DNS, in the network of the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::network;
use crate::support::network::{Network, PATIENCE, program};
use crate::support::{Lab, Setup};

/// How often the device is served at least: its times pass without any event of the world.
const TURN_MS: u32 = 20;

/// What every server of these tests is told. Nothing comes from this computer's settings, and
/// nothing is asked of other servers.
const ALWAYS: [&str; 9] = [
    // In the foreground, as who started it, with its log on stderr.
    "--no-daemon",
    "--conf-file=/dev/null",
    "--no-resolv",
    "--no-hosts",
    "--bind-interfaces",
    "--listen-address=192.168.1.1",
    "--log-queries",
    // It would wait for seconds whether somebody answers.
    "--no-ping",
    "--local=/example/",
];

/// A server that ends with the test, however that ends.
pub(crate) struct Dnsmasq<'a> {
    lab: &'a Lab,
    options: Vec<String>,
    directory: PathBuf,
    process: Option<Child>,
    log: Arc<Mutex<Log>>,
    /// Lines that [`Dnsmasq::line`] has looked at.
    seen: usize,
}

#[derive(Default)]
struct Log {
    lines: Vec<String>,
    ended: bool,
}

impl<'a> Dnsmasq<'a> {
    /// One that serves; `name` tells tests apart.
    fn new(lab: &'a Lab, name: &str, options: &[&str]) -> Self {
        let directory = format!("dnsmasq-{name}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory);
        fs::create_dir_all(&directory).expect("the directory can be made");
        let options = ALWAYS.iter().chain(options);
        let mut server = Self {
            lab,
            options: options.map(|option| (*option).into()).collect(),
            directory,
            process: None,
            log: Arc::default(),
            seen: 0,
        };
        server.start();
        server
    }

    /// Starts it, with the leases of the time before.
    pub(crate) fn start(&mut self) {
        // It is told to end with the thread that starts it, should that be killed.
        let mut command = program("setpriv").expect("it comes with every Linux");
        let leases = format!("--dhcp-leasefile={}", self.leases_file().display());
        let command = command
            .args(["--pdeathsig", "KILL", "dnsmasq", &leases])
            .args(&self.options)
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("it can be started");
        let lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        self.process = Some(process);
        self.log = Arc::default();
        self.seen = 0;
        let (log, world) = (Arc::clone(&self.log), self.lab.world.clone());
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                log.lock().expect("no panic").lines.push(line);
                world.notify();
            }
            log.lock().expect("no panic").ended = true;
            world.notify();
        });
        // By then it has bound its sockets.
        self.line("started, version");
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It fails only for a process that has ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again with another option in the place of one.
    #[track_caller]
    pub(crate) fn restart_with(&mut self, old: &str, new: &str) {
        self.stop();
        let option = self.options.iter_mut().find(|option| *option == old);
        *option.expect("it was told so") = new.into();
        self.start();
    }

    /// The leases that it has given, one in a line.
    pub(crate) fn leases_file(&self) -> PathBuf {
        self.directory.join("leases")
    }

    /// All that it has said since it was started.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic").lines.clone()
    }

    /// Lines of [`Dnsmasq::log`] with this in them.
    pub(crate) fn count(&self, part: &str) -> usize {
        let log = self.log();
        log.iter().filter(|line| line.contains(part)).count()
    }

    /// Serves the device until the server says something with `part` in it that was not asked
    /// for before.
    #[track_caller]
    pub(crate) fn line(&mut self, part: &str) -> String {
        let mut found = None;
        let log = Arc::clone(&self.log);
        let seen = &mut self.seen;
        until(self.lab, || {
            let log = log.lock().expect("no panic");
            let new = &log.lines[*seen..];
            if let Some(at) = new.iter().position(|line| line.contains(part)) {
                found = Some(new[at].clone());
                *seen += at + 1;
            }
            let gone = log.ended && found.is_none();
            assert!(!gone, "it ended: {:?}", log.lines);
            found.is_some()
        });
        found.expect("as it said")
    }
}

impl Drop for Dnsmasq<'_> {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            println!("dnsmasq: {:#?}", self.log());
        }
        // What stays is in the build's own directory.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Serves the device until `condition` holds.
#[track_caller]
pub(crate) fn until(lab: &Lab, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    loop {
        let token = lab.world.events();
        lab.service();
        if condition() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "it never happens");
        lab.world.wait(token, TURN_MS);
    }
}

/// A device and a server; neither on a computer without a real network, or without dnsmasq.
pub(crate) fn with_server(name: &str, options: &[&str], test: impl FnOnce(&Lab, Dnsmasq<'_>)) {
    let (network, lab): (Network, Lab) = network(Setup::default());
    if !network.is_real("dnsmasq as the server") || program("dnsmasq").is_none() {
        return;
    }
    test(&lab, Dnsmasq::new(&lab, name, options));
    lab.assert_clean();
}
