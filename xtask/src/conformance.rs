//! `cargo xtask conformance`: what each call answers in each state, beside what
//! Linux answers.
//!
//! `ffi-tests/conformance/` observes; this command compares. Each view of the
//! library must answer as its table says, and every difference to Linux must
//! be in `docs/DEVIATIONS.md`.

mod deviations;
mod listing;
mod show;
mod verdict;

use std::process::Stdio;

use clap::Args;

use crate::setup;
use crate::workspace::{Result, Workspace, capture};
use deviations::Deviation;
use listing::{Listing, View};
use verdict::Verdict;

/// Options of `cargo xtask conformance`.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// The table.
    pub(crate) fn checking() -> Self {
        Self { json: false }
    }
}

const DEVIATIONS: &str = "docs/DEVIATIONS.md";

/// Builds and runs the suite on all views and on Linux, and compares.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    setup::for_host()?;
    build(workspace)?;
    let mut listing = Listing::default();
    let mut failures = Vec::new();
    for view in View::ALL {
        failures.extend(observe(workspace, view, &mut listing)?);
    }
    let text = std::fs::read_to_string(workspace.root.join(DEVIATIONS))
        .map_err(|error| format!("{DEVIATIONS}: {error}"))?;
    let mut verdict = Verdict::new(&listing, &Deviation::all(&text)?);
    if verdict.failures.is_empty() {
        // A program that fails has failed an observation, and said so there.
        verdict.failures = failures;
    }
    if options.json {
        println!("{}", show::json(&verdict));
    } else {
        print!("{}", show::table(&listing, &verdict));
    }
    verdict.outcome()
}

fn build(workspace: &Workspace) -> Result {
    for arguments in [
        &["--preset", "host", "--log-level=WARNING"][..],
        &["--build", "--preset", "host", "--target", "conformance"],
    ] {
        capture(workspace.command("cmake").args(arguments))?;
    }
    Ok(())
}

/// Runs the suite on one view. Its status says the same as its observations,
/// unless the suite itself is incomplete.
fn observe(workspace: &Workspace, view: View, listing: &mut Listing) -> Result<Option<String>> {
    let program = format!("conformance_{}", view.name());
    let path = workspace
        .root
        .join("build/host/ffi-tests/conformance")
        .join(&program);
    let output = workspace
        .command(&path)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    listing.read(view, &String::from_utf8(output.stdout)?)?;
    Ok((!output.status.success()).then(|| format!("{program} failed: {}", output.status)))
}
