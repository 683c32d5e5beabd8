//! Where the tree and its build output are, and how other programs are run.

use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Every failure ends as one message on standard error.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The source tree and its build directory.
pub(crate) struct Workspace {
    /// The directory of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever the user's settings put it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and config files are honoured.
    pub(crate) fn locate() -> Result<Self> {
        let metadata = capture(cargo().args(["metadata", "--no-deps", "--format-version=1"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let path = |key: &str| -> Result<PathBuf> {
            let value = metadata[key].as_str();
            Ok(value
                .ok_or_else(|| format!("cargo metadata has no {key}"))?
                .into())
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
        })
    }

    /// A program started in the root of the tree, without what `cargo run` adds
    /// to `LD_LIBRARY_PATH`: there a C program would find a simulator other
    /// than the one it was linked with.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", outside(&paths, &self.target));
        }
        command
    }

    /// The cargo that runs us, started in the root of the tree.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// A directory for the output of the command `name`, made if need be.
    pub(crate) fn output_dir(&self, name: &str) -> Result<PathBuf> {
        let directory = self.target.join("xtask").join(name);
        std::fs::create_dir_all(&directory)?;
        Ok(directory)
    }

    /// The files under version control whose names end in one of `extensions`.
    pub(crate) fn tracked_files(&self, extensions: &[&str]) -> Result<Vec<String>> {
        let patterns = extensions.iter().map(|extension| format!("*.{extension}"));
        let list = capture(self.command("git").args(["ls-files", "--"]).args(patterns))?;
        // Git goes on listing a file that was deleted but not yet committed.
        let exists = |file: &&str| self.root.join(file).exists();
        Ok(list.lines().filter(exists).map(str::to_owned).collect())
    }
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed: {status}", text(command)).into())
    }
}

/// Runs a program to its end and returns its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("{} failed: {}", text(command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a program starts and ends with status 0. It prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Whether this is root, who may make networks.
pub(crate) fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Looks a program up in `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|file| is_executable(file))
}

/// The entries of a search path that are not below `directory`.
fn outside(paths: &OsStr, directory: &Path) -> OsString {
    let kept = env::split_paths(paths).filter(|path| !path.starts_with(directory));
    env::join_paths(kept).unwrap_or_default()
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!(
        "cannot start {}: {error}",
        command.get_program().to_string_lossy()
    )
}

/// The command line, short enough for a message.
fn text(command: &Command) -> String {
    const LONGEST: usize = 160;
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        if text.len() + argument.len() > LONGEST {
            text.push_str(" ...");
            break;
        }
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"]))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("sh -c exit 3 failed"), "{error}");
        assert!(error.ends_with('3'), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot start no-such-program"), "{error}");
    }

    #[test]
    fn programs_are_found_in_the_path_only() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program").is_none());
    }

    #[test]
    fn a_search_path_loses_the_build_directory_only() {
        let kept = outside(OsStr::new("/t/debug/deps:/opt/lib:/t:/tt"), Path::new("/t"));
        assert_eq!(kept, "/opt/lib:/tt");
    }
}
