//! The library's own code under every interleaving of a few tasks, up to stated bounds.

use crate::workspace::{self, Result, Workspace};

/// Runs `tests/interleavings`, which prints what it explored. It needs a library in which a test
/// decides who goes on, hence a build of its own.
pub(crate) fn run(workspace: &Workspace) -> Result {
    workspace::run(
        workspace
            .cargo()
            .env("RUSTFLAGS", "--cfg w5100_interleavings")
            .env("CARGO_TARGET_DIR", workspace.output_dir("interleavings")?)
            .args(["test", "--quiet", "--package=w5100"])
            .args(["--profile=interleavings", "--test=interleavings"]),
    )
}
