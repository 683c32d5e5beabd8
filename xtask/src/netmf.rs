//! The stage `netmf`: the C# binding, its programs and their tests under Mono.
//!
//! Each test is a process of its own, with a time limit. Then the same tests run on a library of
//! the same functions, each of which fails: none may pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::workspace::{self, Result, Workspace, capture};
use crate::{demo, setup, watchdog};

/// A test waits for no event longer than 20 seconds.
const LIMIT: Duration = Duration::from_secs(2 * 60);

/// The assembly of the tests.
const TESTS: &str = "NetmfTests.exe";
/// The library below the binding.
const LIBRARY: &str = "libw5100_host.so";
/// What each function of the library that always fails gives: -W5100_EIO.
const FAILURE: i32 = -5;

/// Builds everything, runs the tests on both libraries, and the demo.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let built = build(workspace)?;
    let tests = names(workspace, &built)?;
    let start = Instant::now();
    for test in &tests {
        let outcome = run_test(workspace, &built, test)?;
        if !outcome.passed {
            return Err(format!("{test} failed:\n{}", outcome.text).into());
        }
        println!("passed  {test}");
    }
    let seconds = start.elapsed().as_secs_f32();
    println!("{} tests under Mono: {seconds:.1} s", tests.len());

    let dead = dead_library(workspace, &built)?;
    for test in &tests {
        if run_test(workspace, &dead, test)?.passed {
            return Err(format!("{test} passes though every call of the library fails").into());
        }
    }
    println!("none of them passes on a library whose calls all fail");
    demo::run(workspace, &demo::Options::checking_netmf())
}

/// The library, the binding and all programs, as a user's CMake builds them. Returns where they
/// are.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    setup::for_host()?;
    setup::for_mono()?;
    let configure = ["--preset", "host", "--log-level=WARNING"];
    workspace::run(workspace.command("cmake").args(configure))?;
    let build = ["--build", "--preset", "host", "--target", "netmf_managed"];
    workspace::run(workspace.command("cmake").args(build))?;
    Ok(workspace.root.join("build/host/bindings/netmf"))
}

fn names(workspace: &Workspace, built: &Path) -> Result<Vec<String>> {
    let list = capture(workspace.command("mono").arg(built.join(TESTS)))?;
    let names: Vec<_> = list.lines().map(str::to_owned).collect();
    if names.is_empty() {
        return Err("there are no tests".into());
    }
    Ok(names)
}

struct Outcome {
    passed: bool,
    /// What the test printed.
    text: String,
}

fn run_test(workspace: &Workspace, directory: &Path, test: &str) -> Result<Outcome> {
    let mut outcome = None;
    let limited = watchdog::within(LIMIT, || {
        let output = workspace
            .command("mono")
            .env("W5100_HOST_QUIET", "1")
            .arg("--debug")
            .arg(directory.join(TESTS))
            .arg(test)
            .stdin(Stdio::null())
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        outcome = Some(Outcome {
            passed: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        });
        Ok(())
    });
    limited.map_err(|error| format!("{test}: {error}"))?;
    outcome.ok_or_else(|| format!("{test} did not run").into())
}

/// A directory with everything but the library, in whose place is one that always fails.
fn dead_library(workspace: &Workspace, built: &Path) -> Result<PathBuf> {
    let directory = workspace.output_dir("netmf")?;
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if let (Some("dll" | "exe"), Some(name)) = (extension, path.file_name()) {
            fs::copy(&path, directory.join(name))?;
        }
    }
    let arguments = ["-D", "--defined-only"];
    let symbols = capture(
        workspace
            .command("nm")
            .args(arguments)
            .arg(built.join(LIBRARY)),
    )?;
    let source = directory.join("dead.c");
    fs::write(&source, dead_source(&symbols)?)?;
    workspace::run(
        workspace
            .command("gcc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(directory.join(LIBRARY))
            .arg(&source),
    )?;
    Ok(directory)
}

/// C functions of the names that `nm` has listed, each of which fails.
fn dead_source(symbols: &str) -> Result<String> {
    let names: Vec<_> = symbols
        .lines()
        .filter_map(|line| line.split(" T ").nth(1))
        .collect();
    for expected in ["w5100_host_enable", "w5100_socket", "w5100_recv"] {
        if !names.contains(&expected) {
            return Err(format!("the library has no function {expected}").into());
        }
    }
    let functions = names
        .iter()
        .map(|name| format!("int {name}(void) {{ return {FAILURE}; }}\n"));
    Ok(functions.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_that_is_exported_fails() {
        let symbols = "0 T w5100_host_enable\n1 T w5100_socket\n2 D data\n3 T w5100_recv\n";
        let source = dead_source(symbols).unwrap();
        assert_eq!(source.lines().count(), 3);
        assert!(source.contains("int w5100_socket(void) { return -5; }\n"));
    }

    #[test]
    fn a_list_without_the_librarys_functions_is_none() {
        assert!(dead_source("0 T main\n").is_err());
    }
}
