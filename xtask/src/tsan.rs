//! `cargo xtask tsan`: the C stress program under ThreadSanitizer, with the
//! Rust side instrumented too.
//!
//! Rust's own runtime is the only one in the program: the C compiler's may be
//! older than what Rust's code asks for. Three programs are built:
//!
//! - with a simulator that is not instrumented. Its one lock orders the threads
//!   that pass through it, which hides races of the library; the detector
//!   must not see that order. Most of the work is done here;
//! - with one that is, for races in the simulator;
//! - with a race in the library that is there on purpose, which must be found.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::setup::{self, NIGHTLY};
use crate::workspace::{Result, Workspace, capture, run as run_to_end};

/// Options of `cargo xtask tsan`.
#[derive(Args)]
pub(crate) struct Options {
    /// What all random choices follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Operations of each thread.
    #[arg(long, default_value_t = 1500)]
    operations: u32,
}

impl Options {
    /// As in continuous integration.
    pub(crate) fn checking() -> Self {
        Self {
            seed: 1,
            operations: 1500,
        }
    }
}

/// Set to build the mistake in `src/ffi/seeded_race.rs`; also the mark that is
/// found in such an archive.
const SEEDED_RACE: &str = "w5100_seeded_race";

/// Optimised, but with lines in the reports, and quick to build.
const PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"),
];

/// What a program ends with after the detector has reported something.
const FOUND: i32 = 66;

/// A race comes to pass or not, as the threads happen to run: so many runs at
/// most are made for the one that must be found.
const RUNS_TO_FIND: u64 = 6;

/// Calls of the C library by the simulator that is not instrumented are seen
/// nevertheless; without its lock they would look like races.
const SUPPRESSIONS: &str = "called_from_lib:libw5100_sim.so\n";

/// Builds and runs all three.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    setup::for_host()?;
    let build = Build::new(workspace)?;
    let library = build.library("library", &[])?;
    let seeded = build.library("seeded", &["--", "--cfg", SEEDED_RACE])?;
    let plain = build.plain_simulator()?;
    let instrumented = build.instrumented_simulator()?;
    let objects = build.objects()?;

    expect_mark(&library, false)?;
    expect_mark(&seeded, true)?;
    let program = build.link("stress", &objects, &library, &plain)?;
    let whole = build.link("stress-whole", &objects, &library, &instrumented)?;
    let wrong = build.link("stress-seeded", &objects, &seeded, &plain)?;

    let Options { seed, operations } = *options;
    println!("library instrumented:");
    no_race(&mut build.command(&program, seed, operations)?)?;
    println!("simulator instrumented as well:");
    no_race(&mut build.command(&whole, seed, operations / 4)?)?;
    println!("with a race on purpose:");
    find_race(seed, |seed| build.command(&wrong, seed, operations))
}

/// The places and tools of a build.
struct Build<'a> {
    workspace: &'a Workspace,
    /// Of the nightly toolchain.
    sysroot: PathBuf,
    /// The computer's target triple.
    host: String,
    output: PathBuf,
}

impl<'a> Build<'a> {
    fn new(workspace: &'a Workspace) -> Result<Self> {
        let sysroot = setup::for_nightly()?;
        let version = capture(Command::new(sysroot.join("bin/rustc")).arg("-vV"))?;
        let host = host_of(&version).ok_or("rustc -vV names no host")?.into();
        Ok(Self {
            workspace,
            sysroot,
            host,
            output: workspace.output_dir("tsan")?,
        })
    }

    /// `cargo` of the nightly toolchain; `directory` keeps builds apart whose
    /// flags differ.
    fn cargo(&self, directory: &str, arguments: &[&str]) -> Command {
        let mut command = self.workspace.command("rustup");
        command
            .args(["run", NIGHTLY, "cargo"])
            .args(arguments)
            .args(["--quiet", "--release", "--lib", "--target", &self.host])
            .arg("--target-dir")
            .arg(self.output.join(directory))
            .envs(PROFILE)
            .env_remove("CARGO")
            .env_remove("RUSTC");
        command
    }

    /// Like [`cargo`](Self::cargo), instrumented down to the standard library.
    fn instrumented(&self, arguments: &[&str]) -> Command {
        let mut command = self.cargo("instrumented", arguments);
        command
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTFLAGS", "-Zsanitizer=thread");
        command
    }

    fn built(&self, directory: &str, file: &str) -> PathBuf {
        let target = self.output.join(directory).join(&self.host);
        target.join("release").join(file)
    }

    /// libw5100.a, instrumented, as `name`.a.
    fn library(&self, name: &str, flags: &[&str]) -> Result<PathBuf> {
        let what = ["rustc", "--package=w5100", "--crate-type=staticlib"];
        run_to_end(self.instrumented(&what).args(flags))?;
        let archive = self.output.join(name).with_extension("a");
        fs::copy(self.built("instrumented", "libw5100.a"), &archive)?;
        Ok(archive)
    }

    fn instrumented_simulator(&self) -> Result<PathBuf> {
        let what = ["rustc", "--package=w5100-sim", "--crate-type=cdylib"];
        run_to_end(&mut self.instrumented(&what))?;
        Ok(self.built("instrumented", ""))
    }

    fn plain_simulator(&self) -> Result<PathBuf> {
        let what = ["rustc", "--package=w5100-sim", "--crate-type=cdylib"];
        run_to_end(&mut self.cargo("plain", &what))?;
        Ok(self.built("plain", ""))
    }

    /// The C sources, instrumented.
    fn objects(&self) -> Result<Vec<PathBuf>> {
        let tests = self.workspace.root.join("ffi-tests");
        let mut sources = vec![tests.join("support/check.c")];
        for entry in fs::read_dir(tests.join("stress"))? {
            let path = entry?.path();
            if path.extension() == Some(OsStr::new("c")) {
                sources.push(path);
            }
        }
        sources.iter().map(|source| self.object(source)).collect()
    }

    fn object(&self, source: &Path) -> Result<PathBuf> {
        let name = source.file_stem().ok_or("a source without a name")?;
        let object = self.output.join(name).with_extension("o");
        let include = ["-Iinclude", "-Iffi-tests/support", "-Iffi-tests/stress"];
        run_to_end(
            self.workspace
                .command("gcc")
                .args(["-std=gnu11", "-O1", "-g", "-fsanitize=thread", "-c"])
                .args(["-Wall", "-Wextra", "-pedantic", "-Werror"])
                .args(include)
                .arg(source)
                .arg("-o")
                .arg(&object),
        )?;
        Ok(object)
    }

    /// Without the compiler's own runtime. The simulator finds the one of the
    /// program.
    fn link(
        &self,
        name: &str,
        objects: &[PathBuf],
        library: &Path,
        simulator: &Path,
    ) -> Result<PathBuf> {
        let program = self.output.join(name);
        let libraries = self.sysroot.join("lib/rustlib").join(&self.host);
        let runtime = libraries.join("lib/librustc-nightly_rt.tsan.a");
        run_to_end(
            self.workspace
                .command("gcc")
                .args(objects)
                .arg(library)
                .arg(format!("-L{}", simulator.display()))
                .arg(format!("-Wl,-rpath,{}", simulator.display()))
                .args(["-lw5100_sim", "-rdynamic", "-Wl,--whole-archive"])
                .arg(runtime)
                .args(["-Wl,--no-whole-archive", "-lpthread", "-lm", "-ldl"])
                .args(["-lrt", "-lgcc_s", "-o"])
                .arg(&program),
        )?;
        Ok(program)
    }

    /// A run that goes on after a report.
    fn command(&self, program: &Path, seed: u64, operations: u32) -> Result<Command> {
        let suppressions = self.output.join("suppressions");
        fs::write(&suppressions, SUPPRESSIONS)?;
        let settings = format!(
            "exitcode={FOUND}:allow_addr2line=1:suppressions={}",
            suppressions.display()
        );
        let mut command = self.workspace.command(program);
        command
            .args([seed.to_string(), operations.to_string()])
            .env("TSAN_OPTIONS", settings);
        Ok(command)
    }
}

fn no_race(command: &mut Command) -> Result {
    run_to_end(command)
}

/// Runs with one seed after the other until the seeded race is reported.
fn find_race(first: u64, command: impl Fn(u64) -> Result<Command>) -> Result {
    for seed in first..first + RUNS_TO_FIND {
        let mut command = command(seed)?;
        let output = command.stdout(Stdio::null()).output()?;
        let report = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(FOUND) && tells_of_the_seeded_race(&report) {
            println!("  found with seed {seed}");
            return Ok(());
        }
        if !output.status.success() {
            return Err(format!("not what was to be found:\n{report}").into());
        }
    }
    Err(format!("a race that is there was not found in {RUNS_TO_FIND} runs").into())
}

/// The report is of a data race, and one side of it is the mistake.
fn tells_of_the_seeded_race(report: &str) -> bool {
    report.contains("ThreadSanitizer: data race") && report.contains("seeded_race.rs")
}

/// An archive has the mark of the mistake, or has not.
fn expect_mark(archive: &Path, expected: bool) -> Result {
    let mark = SEEDED_RACE.as_bytes();
    let content = fs::read(archive)?;
    let found = content.windows(mark.len()).any(|window| window == mark);
    if found == expected {
        Ok(())
    } else {
        let verb = if expected { "lacks" } else { "has" };
        Err(format!("{} {verb} the mark {SEEDED_RACE}", archive.display()).into())
    }
}

/// The line `host: ...` of `rustc -vV`.
pub(crate) fn host_of(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_rustc() {
        let version = "rustc 1.97.0-nightly\nhost: x86_64-unknown-linux-gnu\nrelease: 1.97.0\n";
        assert_eq!(host_of(version), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(host_of("rustc 1.97.0"), None);
    }

    #[test]
    fn only_the_race_that_was_seeded_counts() {
        let race = "WARNING: ThreadSanitizer: data race (pid=1)\n";
        assert!(!tells_of_the_seeded_race(race));
        assert!(!tells_of_the_seeded_race("src/ffi/seeded_race.rs:20:14"));
        let seeded = format!("{race}  #0 counters src/ffi/seeded_race.rs:20:14\n");
        assert!(tells_of_the_seeded_race(&seeded));
    }
}
