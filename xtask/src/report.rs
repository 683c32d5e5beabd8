//! What the commands that measure have in common.

use clap::Args;

/// Options of `cargo xtask bench` and `cargo xtask size`.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail when something is over its target.
    #[arg(long)]
    pub(crate) check: bool,
}

impl Options {
    /// The table, and the targets.
    pub(crate) fn checking() -> Self {
        Self {
            json: false,
            check: true,
        }
    }
}
