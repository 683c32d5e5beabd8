//! Miri: an interpreter that reports undefined behaviour, on what it can run in reasonable time.

use std::process::Command;

use crate::setup::{self, NIGHTLY};
use crate::workspace::{self, Result, Workspace};

/// Pointers keep their origin, and are never made of numbers.
const FLAGS: &str = "-Zmiri-strict-provenance";

/// Orders of the threads that are tried where there are several.
const SEEDS: &str = "-Zmiri-strict-provenance -Zmiri-many-seeds=0..4";

/// Builds the mistakes in `tests/c_abi/seeded.rs`, which no other build has.
const WITH_MISTAKES: &str = "--cfg w5100_seeded_misuse";

/// These mistakes, and what is reported of each.
const SEEDED: [(&str, &str); 4] = [
    (
        "a_buffer_that_is_shorter_than_its_length",
        "going beyond the bounds",
    ),
    ("a_buffer_that_is_gone", "use-after-free"),
    ("a_port_that_is_gone_before_its_device", "has been freed"),
    ("a_buffer_that_another_thread_writes_to", "Data race"),
];

/// Runs the library's unit tests and the C functions over a port in memory; then what Miri must
/// find.
pub(crate) fn run(workspace: &Workspace) -> Result {
    setup::for_miri()?;
    workspace::run(miri(workspace, FLAGS)?.args(["--lib", "--test=c_abi"]))?;
    let threads = ["--test=c_abi", "--", "--exact", "threads_share_a_device"];
    workspace::run(miri(workspace, SEEDS)?.args(threads))?;
    for (name, finding) in SEEDED {
        let test = format!("seeded::{name}");
        let mut command = miri(workspace, FLAGS)?;
        command
            .args(["--test=c_abi", "--", "--exact", &test])
            .env("RUSTFLAGS", WITH_MISTAKES);
        expect(&mut command, finding).map_err(|error| format!("{name}: {error}"))?;
        println!("{name}: found");
    }
    Ok(())
}

fn miri(workspace: &Workspace, flags: &str) -> Result<Command> {
    let mut command = workspace.command("rustup");
    command
        .args(["run", NIGHTLY, "cargo", "miri", "test", "--quiet"])
        .arg("--package=w5100")
        .env("CARGO_TARGET_DIR", workspace.output_dir("miri")?)
        .env("MIRIFLAGS", flags);
    Ok(command)
}

/// The program must fail, and report `finding`.
fn expect(command: &mut Command, finding: &str) -> Result {
    let output = command.output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && report.contains("Undefined Behavior") && report.contains(finding)
    {
        return Ok(());
    }
    eprint!("{report}");
    Err(format!("no report of \"{finding}\": {}", output.status).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_report_that_is_expected_counts() {
        let says = |text: &str, status: &str| {
            let script = format!("echo '{text}' >&2; exit {status}");
            expect(Command::new("sh").args(["-c", &script]), "Data race").is_ok()
        };
        assert!(says("Undefined Behavior: Data race", "1"));
        assert!(!says("Undefined Behavior: Data race", "0"));
        assert!(!says("Undefined Behavior: use-after-free", "1"));
        assert!(!says("test failed", "101"));
    }
}
