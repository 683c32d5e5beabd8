//! The TAP network as far as it needs no driver: what a program may do, and what it is told.
//! `tests/tap/` has the kernel talk to a device.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use w5100_sim::{World, own_network};

const HOST: Option<(Ipv4Addr, u8)> = Some((Ipv4Addr::new(10, 9, 8, 1), 24));

/// The interfaces of the calling thread's network namespace.
fn interfaces() -> Vec<String> {
    let table = fs::read_to_string("/proc/thread-self/net/dev").expect("the kernel's table");
    let rows = table.lines().filter_map(|line| line.split_once(':'));
    rows.map(|(name, _)| name.trim().to_owned()).collect()
}

/// Runs `test` in a network namespace, if this process may have one. If not, it says so past the
/// test harness, which keeps what passing tests print, or fails where that is required.
fn isolated(test: impl FnOnce() + Send) {
    let required = env::var_os("W5100_REAL_NETWORK").is_some_and(|value| value == "required");
    thread::scope(|scope| {
        scope.spawn(|| match own_network() {
            Ok(()) => test(),
            Err(error) if required => panic!("{error}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::PermissionDenied);
                let _ = writeln!(io::stderr(), "note: not tested without {error}");
            }
        });
    });
}

#[test]
fn a_namespace_is_its_threads_alone() {
    let outside = interfaces();
    isolated(|| {
        assert_eq!(interfaces(), ["lo"]);
        let world = World::tap("chips", HOST).expect("privileged");
        assert_eq!(interfaces(), ["lo", "chips"]);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(interfaces(), ["lo", "chips"]));
        });
        drop(world);
        assert_eq!(interfaces(), ["lo"]);
    });
    assert_eq!(interfaces(), outside);
}

/// Set in the program that [`a_killed_program_leaves_nothing`] kills, which is this one again.
const VICTIM: &str = "W5100_TEST_VICTIM";

/// Has a network until its input ends.
fn have_a_network() {
    let _world = World::tap("chips", HOST).expect("privileged");
    let namespace = fs::read_link("/proc/thread-self/ns/net").expect("a link");
    println!("in {}", namespace.display());
    let _ = io::stdin().read(&mut [0]);
}

/// Whether a task of this computer is in `namespace`, or a file system holds it.
fn exists(namespace: &str) -> bool {
    let directories = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    let tasks = directories(Path::new("/proc")).flat_map(|p| directories(&p.path().join("task")));
    let links = tasks.filter_map(|task| fs::read_link(task.path().join("ns/net")).ok());
    let mut names = links.map(|link| link.display().to_string());
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the kernel's table");
    names.any(|name| name == namespace) || mounts.contains(namespace)
}

#[test]
fn a_killed_program_leaves_nothing() {
    if env::var_os(VICTIM).is_some() {
        return isolated(have_a_network);
    }
    isolated(|| {
        let mut program = Command::new(env::current_exe().expect("known"))
            .args(["--exact", "a_killed_program_leaves_nothing", "--nocapture"])
            .env(VICTIM, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let output = BufReader::new(program.stdout.take().expect("piped"));
        let mut lines = output.lines().map_while(Result::ok);
        // The harness writes the test's name before it on the same line.
        let namespace = lines.find_map(|line| Some(line.split_once("in net:")?.1.to_owned()));
        let namespace = format!("net:{}", namespace.expect("it has a network"));
        assert!(exists(&namespace));
        program.kill().expect("it still runs");
        program.wait().expect("a child");
        assert!(!exists(&namespace));
    });
}

#[test]
fn names_and_prefixes_are_checked() {
    isolated(|| {
        for (name, host) in [
            ("", HOST),
            ("sixteen-letters!", HOST),
            ("lo", HOST),
            ("chips", HOST.map(|(ip, _)| (ip, 33))),
        ] {
            let error = World::tap(name, host).map(drop).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        }
        assert_eq!(interfaces(), ["lo"]);
    });
}

#[test]
fn a_device_has_one_user() {
    isolated(|| {
        let _world = World::tap("chips", HOST).expect("privileged");
        let error = World::tap("chips", None).map(drop).expect_err("taken");
        assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
        assert!(error.to_string().contains("chips"), "{error}");
    });
}

/// An interface as it is: here one that nobody brings up.
#[test]
fn an_interface_can_be_left_alone() {
    isolated(|| {
        let _world = World::tap("chips", None).expect("privileged");
        let state = fs::read_to_string("/proc/thread-self/net/route").expect("the kernel's table");
        assert!(!state.contains("chips"), "{state}");
    });
}
