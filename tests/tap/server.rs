//! A server that others wrote, in the network of the test: what it says, and its start and end.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::network;
use crate::support::network::{Network, PATIENCE, output, program};
use crate::support::{Lab, Setup};

/// How often the device is served at least: its times pass without any event of the world.
const TURN_MS: u32 = 20;

/// One that ends with the test, however that ends.
pub(crate) struct Server<'a> {
    lab: &'a Lab,
    /// The program, and what it is started with.
    command: Vec<OsString>,
    /// What it says when it has bound its sockets.
    ready: &'static str,
    directory: PathBuf,
    process: Option<Child>,
    log: Arc<Mutex<Log>>,
    /// Lines that [`Server::line`] has looked at.
    seen: usize,
}

#[derive(Default)]
struct Log {
    lines: Vec<String>,
    ended: bool,
}

impl<'a> Server<'a> {
    /// One that is still to be started; `name` tells tests apart.
    pub(crate) fn new(lab: &'a Lab, program: &str, name: &str, ready: &'static str) -> Self {
        let directory = format!("{program}-{name}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory);
        fs::create_dir_all(&directory).expect("the directory can be made");
        Self {
            lab,
            command: vec![program.into()],
            ready,
            directory,
            process: None,
            log: Arc::default(),
            seen: 0,
        }
    }

    /// Starts a copy of the program: where AppArmor knows it by its path, it may not open the
    /// files of a test.
    pub(crate) fn copy_program(&mut self) {
        let name = self.command[0].to_str().expect("as it was given");
        let original = program(name).expect("the test was told that it is there");
        let copy = self.file("program");
        fs::copy(original.get_program(), &copy).expect("it can be copied");
        self.command[0] = copy.into();
    }

    /// Has it started with one more argument.
    pub(crate) fn argument(&mut self, argument: impl Into<OsString>) {
        self.command.push(argument.into());
    }

    /// Starts it, with the leases of the time before.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        // It is told to end with the thread that starts it, should that be killed.
        let mut command = program("setpriv").expect("it comes with every Linux");
        let command = command
            .args(["--pdeathsig", "KILL"])
            .args(&self.command)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
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
        self.line(self.ready);
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It fails only for a process that has ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again with another argument in the place of one.
    #[track_caller]
    pub(crate) fn restart_with(&mut self, old: &str, new: &str) {
        self.stop();
        let argument = self.command.iter_mut().find(|argument| *argument == old);
        *argument.expect("it was told so") = new.into();
        self.start();
    }

    /// A file of its own.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The leases that it has given.
    pub(crate) fn leases_file(&self) -> PathBuf {
        self.file("leases")
    }

    /// All that it has said since it was started.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic").lines.clone()
    }

    /// Lines of [`Server::log`] with this in them.
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
            assert!(!gone, "it ended without {part:?}: {:?}", log.lines);
            found.is_some()
        });
        found.expect("as it said")
    }

    /// It says all of these, one after the other.
    #[track_caller]
    pub(crate) fn lines(&mut self, parts: &[&str]) {
        for part in parts {
            self.line(part);
        }
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            println!("{:?}: {:#?}", self.command, self.log());
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

/// A device in a real network; no test without one.
pub(crate) fn with_network(purpose: &str, test: impl FnOnce(&Lab)) {
    let (network, lab): (Network, Lab) = network(Setup::default());
    if network.is_real(purpose) {
        test(&lab);
        lab.assert_clean();
    }
}

/// The same, if there is this program too.
pub(crate) fn with_program(name: &str, test: impl FnOnce(&Lab)) {
    with_network(&format!("{name} as the server"), |lab| {
        if program(name).is_some() {
            test(lab);
        }
    });
}

/// Changes this computer's side of the network.
#[track_caller]
pub(crate) fn ip(arguments: &[&str]) {
    let mut ip = program("ip").expect("it comes with every Linux");
    output(ip.args(arguments));
}
