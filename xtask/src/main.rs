//! The project's commands: `cargo xtask demo | test | bench | size | conformance | tsan | fuzz`.
//!
//! One file per command; `workspace` finds the tree and runs programs, `setup`
//! installs what the commands need, `watchdog` ends what hangs.

mod archive;
mod bench;
mod conformance;
mod demo;
mod fuzz;
mod interleavings;
mod linker_map;
mod miri;
mod netmf;
mod report;
mod setup;
mod size;
mod test;
mod tsan;
mod watchdog;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::{Result, Workspace};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, then check, build, test and measure everything.
    Test(test::Options),
    /// Serve real TCP clients with the C echo server on a simulated W5100.
    Demo(demo::Options),
    /// Count the SPI frames that each operation costs on the simulated chip.
    Bench(report::Options),
    /// Measure the flash and RAM that libw5100.a adds to a program.
    Size(report::Options),
    /// Compare what each call answers in each state with what it must, and with Linux.
    Conformance(conformance::Options),
    /// Run the C stress program under ThreadSanitizer.
    Tsan(tsan::Options),
    /// Have libFuzzer make up messages, and what a broken chip says.
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Test(options) => return Ok(test::run(&workspace, &options)),
        Command::Demo(options) => demo::run(&workspace, &options)?,
        Command::Bench(options) => bench::run(&workspace, &options)?,
        Command::Size(options) => size::run(&workspace, &options)?,
        Command::Conformance(options) => conformance::run(&workspace, &options)?,
        Command::Tsan(options) => tsan::run(&workspace, &options)?,
        Command::Fuzz(options) => fuzz::run(&workspace, &options)?,
    }
    Ok(ExitCode::SUCCESS)
}
