//! `cargo xtask bench`: SPI frames per operation, beside what other drivers spend.
//!
//! `benches/frames/` measures; this command knows the columns to compare with.

use serde_json::json;

use crate::report::Options;
use crate::workspace::{Result, Workspace, capture};

/// What an operation costs elsewhere, and what it may cost here. `n` in the
/// columns is the number of payload bytes.
///
/// The other drivers' numbers were counted by running them, unmodified, against
/// a register stub that finishes each command at once, on hardware socket 0.
struct Operation {
    name: &'static str,
    vendor: Cost,
    arduino: Cost,
    target: Cost,
}

/// Frames as a function of the payload: `per_byte * n + fixed`.
#[derive(Clone, Copy)]
enum Cost {
    Fixed(u32),
    PerByte(u32),
    Unknown,
}
use Cost::{Fixed, PerByte, Unknown};

impl Cost {
    fn frames(self, n: u32) -> Option<u32> {
        match self {
            Fixed(frames) => Some(frames),
            PerByte(overhead) => Some(n + overhead),
            Unknown => None,
        }
    }

    fn text(self, n: u32) -> String {
        self.frames(n)
            .map_or_else(|| "-".into(), |frames| frames.to_string())
    }
}

#[rustfmt::skip]
const OPERATIONS: [Operation; 16] = [
    Operation { name: "tcp_send",        vendor: PerByte(18), arduino: PerByte(13), target: PerByte(6) },
    Operation { name: "tcp_recv",        vendor: PerByte(15), arduino: PerByte(8),  target: PerByte(6) },
    Operation { name: "recv_100x1",      vendor: Fixed(1600), arduino: Fixed(108),  target: Fixed(106) },
    Operation { name: "available",       vendor: Fixed(4),    arduino: Fixed(4),    target: Fixed(2) },
    Operation { name: "poll4_idle",      vendor: Fixed(12),   arduino: Fixed(20),   target: Fixed(1) },
    Operation { name: "poll4_idle_int",  vendor: Fixed(12),   arduino: Fixed(20),   target: Fixed(0) },
    Operation { name: "open_connect",    vendor: Fixed(25),   arduino: Fixed(17),   target: Fixed(14) },
    Operation { name: "open_listen",     vendor: Fixed(19),   arduino: Fixed(12),   target: Fixed(9) },
    Operation { name: "accept_none",     vendor: Fixed(1),    arduino: Fixed(1),    target: Fixed(1) },
    Operation { name: "accept_one",      vendor: Unknown,     arduino: Fixed(14),   target: Fixed(11) },
    Operation { name: "close",           vendor: Fixed(5),    arduino: Fixed(3),    target: Fixed(3) },
    Operation { name: "udp_sendto",      vendor: PerByte(35), arduino: PerByte(18), target: PerByte(12) },
    Operation { name: "udp_sendto_same", vendor: PerByte(35), arduino: PerByte(18), target: PerByte(6) },
    Operation { name: "udp_send",        vendor: Unknown,     arduino: Unknown,     target: PerByte(6) },
    Operation { name: "udp_more",        vendor: Unknown,     arduino: Unknown,     target: PerByte(7) },
    Operation { name: "udp_recvfrom",    vendor: PerByte(30), arduino: PerByte(16), target: PerByte(14) },
];

/// One measurement.
struct Row {
    operation: &'static Operation,
    n: u32,
    frames: u32,
}

impl Row {
    fn target(&self) -> Option<u32> {
        self.operation.target.frames(self.n)
    }

    fn is_over_target(&self) -> bool {
        self.target().is_some_and(|target| self.frames > target)
    }
}

/// Measures on the simulated chip.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    let listing =
        capture(
            workspace
                .cargo()
                .args(["bench", "--quiet", "--package=w5100", "--bench=frames"]),
        )?;
    let rows = parse(&listing)?;
    if options.json {
        println!("{}", to_json(&rows));
    } else {
        print_table(&rows);
    }
    if options.check { check(&rows) } else { Ok(()) }
}

/// Reads lines of `operation n frames`, and wants each operation at least once.
fn parse(listing: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in listing.lines().filter(|line| !line.is_empty()) {
        let [name, n, frames] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("not a measurement: {line}").into());
        };
        let operation = OPERATIONS.iter().find(|operation| operation.name == name);
        let operation = operation.ok_or_else(|| format!("unknown operation {name}"))?;
        rows.push(Row {
            operation,
            n: n.parse()?,
            frames: frames.parse()?,
        });
    }
    for Operation { name, .. } in &OPERATIONS {
        if !rows.iter().any(|row| row.operation.name == *name) {
            return Err(format!("{name} was not measured").into());
        }
    }
    Ok(rows)
}

fn to_json(rows: &[Row]) -> serde_json::Value {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "op": row.operation.name, "n": row.n,
                "frames": row.frames, "target": row.target(),
            })
        })
        .collect();
    json!({ "rows": rows })
}

fn print_table(rows: &[Row]) {
    println!(
        "{:<16} {:>5} {:>8} {:>8} | {:>8} {:>8}",
        "operation", "n", "vendor", "Arduino", "target", "w5100"
    );
    for row in rows {
        let Operation {
            name,
            vendor,
            arduino,
            target,
        } = row.operation;
        let mark = if row.is_over_target() { "  over" } else { "" };
        println!(
            "{name:<16} {:>5} {:>8} {:>8} | {:>8} {:>8}{mark}",
            row.n,
            vendor.text(row.n),
            arduino.text(row.n),
            target.text(row.n),
            row.frames,
        );
    }
    println!("SPI frames of 4 bytes. n: payload bytes, or bytes waiting.");
}

fn check(rows: &[Row]) -> Result {
    let over: Vec<_> = rows
        .iter()
        .filter(|row| row.is_over_target())
        .map(|row| {
            format!(
                "{} (n = {}): {} frames",
                row.operation.name, row.n, row.frames
            )
        })
        .collect();
    if over.is_empty() {
        Ok(())
    } else {
        Err(format!("over target: {}", over.join(", ")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A listing with every operation at its target for `n`.
    fn listing(n: u32) -> String {
        OPERATIONS
            .iter()
            .map(|operation| {
                format!(
                    "{} {n} {}\n",
                    operation.name,
                    operation.target.frames(n).unwrap()
                )
            })
            .collect()
    }

    #[test]
    fn operations_at_their_target_pass() {
        let rows = parse(&listing(64)).unwrap();
        assert_eq!(rows.len(), OPERATIONS.len());
        check(&rows).unwrap();
    }

    #[test]
    fn one_frame_over_fails() {
        for (at_target, over, message) in [
            (
                "tcp_send 64 70",
                "tcp_send 64 71",
                "tcp_send (n = 64): 71 frames",
            ),
            (
                "udp_sendto 64 76",
                "udp_sendto 64 77",
                "udp_sendto (n = 64): 77 frames",
            ),
        ] {
            let text = listing(64).replace(at_target, over);
            let error = check(&parse(&text).unwrap()).unwrap_err().to_string();
            assert_eq!(error, format!("over target: {message}"));
        }
    }

    #[test]
    fn a_missing_or_unknown_operation_is_an_error() {
        assert!(parse(&listing(1).replace("close 1 3\n", "")).is_err());
        assert!(parse(&listing(1).replace("close", "klose")).is_err());
        assert!(parse("tcp_send 1").is_err());
    }

    #[test]
    fn json_has_the_published_shape() {
        let rows = parse(&listing(1)).unwrap();
        assert_eq!(
            to_json(&rows[..1]).to_string(),
            r#"{"rows":[{"frames":7,"n":1,"op":"tcp_send","target":7}]}"#
        );
    }
}
