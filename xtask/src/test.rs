//! `cargo xtask test`: every check of the project, one stage after the other.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use crate::workspace::{self, Result, Workspace};
use crate::{
    archive, bench, conformance, demo, fuzz, interleavings, miri, netmf, report, setup, size, tsan,
    watchdog,
};

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// Run these stages only; all are run if none is named.
    #[arg(value_parser = STAGES.map(|(name, _)| name))]
    stages: Vec<String>,
}

type Stage = (&'static str, fn(&Workspace) -> Result);

const STAGES: [Stage; 19] = [
    ("tools", setup::for_everything),
    ("rust-format", rust_format),
    ("c-format", c_format),
    ("lints", lints),
    ("docs", documentation),
    ("rust-tests", rust_tests),
    ("interleavings", interleavings::run),
    ("miri", miri::run),
    ("fuzz", |workspace| {
        fuzz::run(workspace, &fuzz::Options::checking())
    }),
    ("bare-metal", archive::build_all),
    ("no-panics", archive::check_panic_free),
    ("c-tests", |workspace| ctest(workspace, "host")),
    ("conformance", |workspace| {
        conformance::run(workspace, &conformance::Options::checking())
    }),
    ("tsan", |workspace| {
        tsan::run(workspace, &tsan::Options::checking())
    }),
    ("qemu", |workspace| ctest(workspace, "cortex-m3")),
    ("demo", |workspace| {
        demo::run(workspace, &demo::Options::checking())
    }),
    ("netmf", netmf::run),
    ("bench", |workspace| {
        bench::run(workspace, &report::Options::checking())
    }),
    ("size", |workspace| {
        size::run(workspace, &report::Options::checking())
    }),
];

/// A stage that takes longer hangs: many times what the slowest one needs.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Headers that cbindgen writes in a layout of its own.
const GENERATED: [&str; 2] = ["include/w5100.h", "include/w5100_sim.h"];

/// Runs the stages in order and stops at the first that fails. The last line
/// printed is the counts.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let wanted = |name: &str| options.stages.is_empty() || options.stages.iter().any(|s| s == name);
    let stages: Vec<_> = STAGES.iter().filter(|(name, _)| wanted(name)).collect();
    let mut exit = ExitCode::SUCCESS;
    let mut times = Vec::new();
    for (index, (name, stage)) in stages.iter().enumerate() {
        println!("\n== {}/{} {name}", index + 1, stages.len());
        let start = Instant::now();
        let outcome = watchdog::within(LIMIT, || stage(workspace));
        times.push((*name, start.elapsed(), outcome.is_ok()));
        if let Err(error) = outcome {
            eprintln!("error: stage {name}: {error}");
            exit = ExitCode::FAILURE;
            break;
        }
    }
    print!("{}", summary(&times, stages.len(), network()));
    exit
}

/// Says in the environment whether tests may leave out what they cannot do
/// without a real network: chips on TAP devices, in network namespaces.
const NETWORK: &str = "W5100_REAL_NETWORK";
/// Nothing may be left out.
const REQUIRED: &str = "required";

/// Required of root, who has the privileges, unless the environment says
/// otherwise.
fn network() -> OsString {
    let default = if workspace::is_root() {
        REQUIRED
    } else {
        "if privileged"
    };
    env::var_os(NETWORK).unwrap_or_else(|| default.into())
}

/// One line for each stage that ran, then the counts. Stages that did not run
/// are in neither count; what tests may have left out is said too.
fn summary(times: &[(&str, Duration, bool)], stages: usize, network: OsString) -> String {
    let mut text = String::from("\n");
    for (name, time, passed) in times {
        let verdict = if *passed { "passed" } else { "FAILED" };
        text += &format!("{verdict}  {name:<12} {:>7.1} s\n", time.as_secs_f32());
    }
    if network != REQUIRED {
        text += "real network not required: tests without privileges ran on the forward network\n";
    }
    if times.len() < stages {
        text += &format!("{} not run\n", stages - times.len());
    }
    let passed = times.iter().filter(|(_, _, passed)| *passed).count();
    text + &format!("{passed} passed, {} failed\n", times.len() - passed)
}

fn rust_format(workspace: &Workspace) -> Result {
    workspace::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    // A workspace of its own.
    let fuzz = ["fmt", "--check", "--manifest-path=fuzz/Cargo.toml"];
    workspace::run(workspace.cargo().args(fuzz))
}

fn c_format(workspace: &Workspace) -> Result {
    let mut files = workspace.tracked_files(&["c", "h"])?;
    files.retain(|file| !GENERATED.contains(&file.as_str()));
    if files.is_empty() {
        return Err("no C file is under version control".into());
    }
    workspace::run(
        workspace
            .command("clang-format")
            .args(["--dry-run", "-Werror"])
            .args(&files),
    )?;
    println!("{} files", files.len());
    Ok(())
}

/// The whole workspace, and the library without its optional parts, or with one.
fn lints(workspace: &Workspace) -> Result {
    for what in [
        &["--workspace", "--all-targets"][..],
        &["--package=w5100", "--no-default-features"],
        &["--package=w5100", "--no-default-features", "--features=udp"],
        &[
            "--package=w5100",
            "--no-default-features",
            "--features=options",
        ],
        &[
            "--package=w5100",
            "--no-default-features",
            "--features=events",
        ],
        &[
            "--package=w5100",
            "--no-default-features",
            "--features=stats",
        ],
    ] {
        let deny = ["--", "-D", "warnings"];
        workspace::run(
            workspace
                .cargo()
                .args(["clippy", "--quiet"])
                .args(what)
                .args(deny),
        )?;
    }
    Ok(())
}

fn documentation(workspace: &Workspace) -> Result {
    workspace::run(workspace.cargo().env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--quiet",
        "--workspace",
        "--no-deps",
    ]))
}

/// The whole workspace; and sessions as a TCP-only firmware has them, optimised
/// and without UDP.
fn rust_tests(workspace: &Workspace) -> Result {
    workspace::run(
        workspace
            .cargo()
            .env(NETWORK, network())
            .args(["test", "--workspace"]),
    )?;
    workspace::run(
        workspace
            .cargo()
            .args(["test", "--package=w5100", "--release"])
            .args(["--no-default-features"])
            .args(["--test=stream", "--test=listener", "--test=wake"])
            .arg("--test=features"),
    )
}

/// Configures, builds and tests one of the presets in `CMakePresets.json`.
fn ctest(workspace: &Workspace, preset: &str) -> Result {
    workspace::run(workspace.command("cmake").args(["--preset", preset]))?;
    workspace::run(
        workspace
            .command("cmake")
            .args(["--build", "--preset", preset]),
    )?;
    workspace::run(
        workspace
            .command("ctest")
            .env(NETWORK, network())
            .args(["--preset", preset]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_summary_ends_with_the_counts_alone_on_a_line() {
        let text = summary(
            &[("a", SECOND, true), ("b", SECOND, true)],
            2,
            REQUIRED.into(),
        );
        assert_eq!(text.lines().last(), Some("2 passed, 0 failed"));
        assert!(!text.contains("not run"));
        assert!(!text.contains("real network"));
    }

    #[test]
    fn a_network_that_was_not_required_is_mentioned() {
        let text = summary(&[("a", SECOND, true)], 1, "if privileged".into());
        assert!(text.contains("\nreal network not required"));
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed"));
    }

    #[test]
    fn stages_that_did_not_run_are_not_counted_as_passed() {
        let text = summary(
            &[("a", SECOND, true), ("b", SECOND, false)],
            5,
            REQUIRED.into(),
        );
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
        assert!(text.contains("\n3 not run\n"));
        assert!(text.contains("FAILED  b"));
    }
}
