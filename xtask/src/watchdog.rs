//! A time limit for work that runs other programs.

use std::fs;
use std::process::{self, Command};
use std::sync::mpsc;
use std::time::Duration;

use crate::workspace::{Result, succeeds};

/// Runs `work`. Once `limit` has passed, every process below this one is killed,
/// so that whatever `work` waits for ends, and the error names them.
pub(crate) fn within(limit: Duration, work: impl FnOnce() -> Result + Send) -> Result {
    within_below(process::id(), limit, work)
}

/// The same, with the processes below `root`.
fn within_below(root: u32, limit: Duration, work: impl FnOnce() -> Result + Send) -> Result {
    std::thread::scope(|scope| {
        let (sender, finished) = mpsc::channel::<()>();
        let worker = scope.spawn(move || {
            let _until_the_end = sender;
            work()
        });
        let timed_out = finished.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        let killed = if timed_out {
            kill_descendants(root)
        } else {
            Vec::new()
        };
        let outcome = worker.join().map_err(|_| "panicked")?;
        if timed_out {
            let minutes = limit.as_secs() / 60;
            let killed = killed.join("; ");
            return Err(format!("hung after {minutes} minutes; killed: {killed}").into());
        }
        outcome
    })
}

/// Kills the processes that `root` started, and those that they did. Returns
/// their command lines.
fn kill_descendants(root: u32) -> Vec<String> {
    let found = descendants(root, &parents());
    let names = found.iter().map(|pid| command_line(*pid)).collect();
    let pids = found.iter().map(u32::to_string);
    succeeds(
        Command::new("sh")
            .args(["-c", "kill -KILL \"$@\"", "kill"])
            .args(pids),
    );
    names
}

/// The processes below `root`, given each process with its parent.
fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(child, _)| child));
        next += 1;
    }
    found.split_off(1)
}

/// Every process with its parent, from `/proc/<pid>/stat` (proc(5)).
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, parent(&stat)?))
        })
        .collect()
}

/// The fourth field. The second, the name, may hold blanks and parentheses.
fn parent(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

fn command_line(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = String::from_utf8_lossy(&line).replace('\0', " ");
    words.trim().chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    #[test]
    fn work_in_time_keeps_its_outcome() {
        let hour = Duration::from_secs(3600);
        within(hour, || Ok(())).unwrap();
        let error = within(hour, || Err("no".into())).unwrap_err();
        assert_eq!(error.to_string(), "no");
    }

    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent("7 (a) b) S 3 7 7 0"), Some(3));
        assert_eq!(parent("7"), None);
    }

    #[test]
    fn descendants_are_those_below_the_root_only() {
        let parents = [(2, 1), (3, 2), (4, 1), (5, 3), (6, 4)];
        assert_eq!(descendants(2, &parents), [3, 5]);
        assert!(descendants(5, &parents).is_empty());
    }

    #[test]
    fn what_hangs_is_killed_and_the_work_then_ends() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 600 & echo started; wait $!; exit 7"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = shell.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let mut status = None;
        let error = within_below(shell.id(), Duration::ZERO, || {
            status = shell.wait()?.code();
            Ok(())
        })
        .unwrap_err();
        assert!(error.to_string().starts_with("hung"), "{error}");
        assert_eq!(status, Some(7));
    }
}
