//! `cargo xtask fuzz`: bytes that nobody would send, made by libFuzzer, for the targets in `fuzz/`.
//!
//! The targets are built with the compiler that builds all else, and the coverage that libFuzzer
//! wants: LLVM has it on board. Seeds and counts of runs make a run the same each time.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::setup;
use crate::tsan::host_of;
use crate::workspace::{self, Result, Workspace, capture};

/// Options of `cargo xtask fuzz`.
#[derive(Args)]
pub(crate) struct Options {
    /// These targets only; all if none is named.
    #[arg(value_parser = TARGETS.map(|target| target.name))]
    targets: Vec<String>,
    /// What all random choices follow from.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Inputs that each target is given, in place of what it has in continuous integration.
    #[arg(long, conflicts_with = "seconds")]
    runs: Option<u32>,
    /// Seconds for each target, however many inputs that are. What is found that leads to new
    /// places is kept for the next time.
    #[arg(long)]
    seconds: Option<u32>,
}

impl Options {
    /// As in continuous integration.
    pub(crate) fn checking() -> Self {
        Self {
            targets: Vec::new(),
            seed: 1,
            runs: None,
            seconds: None,
        }
    }
}

struct Target {
    name: &'static str,
    /// Inputs in continuous integration: some ten seconds.
    runs: u32,
    /// The most bytes of one.
    longest: u32,
}

const TARGETS: [Target; 3] = [
    Target {
        name: "dhcp_reply",
        runs: 200_000,
        longest: 700,
    },
    Target {
        name: "dns_answer",
        runs: 400_000,
        longest: 512,
    },
    Target {
        name: "chip_bytes",
        runs: 30_000,
        longest: 2048,
    },
];

/// Coverage of each edge, and what comparisons compare: libFuzzer finds its way by them.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Seconds after which an input counts as one that never ends.
const LIMIT_S: u32 = 10;

/// Builds the targets and has libFuzzer try them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    setup::for_fuzzing()?;
    let host = capture(Command::new("rustc").arg("-vV"))?;
    let host = host_of(&host).ok_or("rustc -vV names no host")?;
    let output = workspace.output_dir("fuzz")?;
    let cargo = |arguments: &[&str]| {
        let mut command = workspace.cargo();
        command
            .args(arguments)
            .args(["--quiet", "--release", "--target", host])
            .args(["--manifest-path", "fuzz/Cargo.toml", "--target-dir"])
            .arg(&output)
            .env("RUSTFLAGS", FLAGS)
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    };
    workspace::run(cargo(&["clippy"]).args(["--", "-D", "warnings"]))?;
    workspace::run(&mut cargo(&["build"]))?;
    let programs = output.join(host).join("release");
    for target in &TARGETS {
        let wanted = |name: &String| name == target.name;
        if options.targets.is_empty() || options.targets.iter().any(wanted) {
            attack(workspace, target, &programs, &output, options)?;
        }
    }
    Ok(())
}

/// Runs a target until its inputs, or its time, are used up.
fn attack(
    workspace: &Workspace,
    target: &Target,
    programs: &Path,
    output: &Path,
    options: &Options,
) -> Result {
    let Target { name, longest, .. } = target;
    let corpus = workspace.root.join("fuzz/corpus").join(name);
    let findings = output.join("findings").join(name);
    fs::create_dir_all(&findings)?;
    let kept = output.join("corpus").join(name);
    let end = match options.seconds {
        Some(seconds) => format!("-max_total_time={seconds}"),
        None => {
            // With what a run before has kept it would not be the same run.
            let _ = fs::remove_dir_all(&kept);
            format!("-runs={}", options.runs.unwrap_or(target.runs))
        }
    };
    fs::create_dir_all(&kept)?;
    let log = findings.join("log");
    let status = workspace
        .command(programs.join(name))
        .args([&kept, &corpus])
        .args([end, format!("-seed={}", options.seed)])
        .args([format!("-max_len={longest}"), format!("-timeout={LIMIT_S}")])
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .stderr(fs::File::create(&log)?)
        .status()?;
    let log = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if status.success() {
        println!("{name}: {}", last_count(&log));
        return Ok(());
    }
    eprint!("{log}");
    let program = programs.join(name);
    Err(format!(
        "{name} failed; again: {} and the file that is named above",
        program.display()
    )
    .into())
}

/// What libFuzzer counted: inputs, and the edges and features that they led to.
fn last_count(log: &str) -> String {
    let line = log.lines().rev().find(|line| line.contains("DONE"));
    let words: Vec<_> = line.unwrap_or_default().split_whitespace().collect();
    match words[..] {
        [count, "DONE", "cov:", edges, "ft:", features, ..] => format!(
            "{} inputs, {edges} edges, {features} features",
            count.trim_start_matches('#')
        ),
        _ => "done".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_read_from_the_log() {
        let log = "#2\tINITED cov: 10 ft: 10 corp: 1/1b\n\
            #20000\tDONE   cov: 46 ft: 49 corp: 5/49b lim: 184 exec/s: 0 rss: 27Mb\nDone\n";
        assert_eq!(last_count(log), "20000 inputs, 46 edges, 49 features");
        assert_eq!(last_count(""), "done");
    }
}
