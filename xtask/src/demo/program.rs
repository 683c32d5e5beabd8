//! Clients that others wrote: nc, and curl.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::PATIENCE;
use super::client::{PAUSE, read_and_compare};
use crate::workspace::Result;

/// A program that sends its standard input to a TCP server, and prints what
/// comes back.
pub(super) struct Program {
    pub(super) name: &'static str,
    /// The program's arguments; it ends by itself when nothing moves.
    arguments: fn(SocketAddr) -> Vec<String>,
}

/// The programs that clients are played with.
pub(super) const ALL: [Program; 2] = [
    Program {
        name: "nc",
        arguments: |address| {
            let limit = PATIENCE.as_secs().to_string();
            let (ip, port) = (address.ip().to_string(), address.port().to_string());
            vec!["-w".into(), limit, ip, port]
        },
    },
    Program {
        name: "curl",
        arguments: |address| {
            let limit = PATIENCE.as_secs().to_string();
            let url = format!("telnet://{address}");
            vec!["-sN".into(), "--max-time".into(), limit, url]
        },
    },
];

impl Program {
    /// Sends `length` bytes and compares what comes back, again and again until
    /// the server answers: it may have to get a hardware socket ready first.
    /// Returns how many tries it took.
    pub(super) fn served(&self, address: SocketAddr, length: usize) -> Result<u32> {
        let text = text(length);
        let deadline = Instant::now() + PATIENCE;
        for tries in 1.. {
            match self.echo(address, &text) {
                Ok(()) => return Ok(tries),
                Err(error) if Instant::now() > deadline => {
                    return Err(format!("{}: {error}", self.name).into());
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        unreachable!("the deadline comes first")
    }

    fn echo(&self, address: SocketAddr, text: &[u8]) -> Result {
        let mut command = Command::new(self.name);
        command.args((self.arguments)(address));
        let mut process = Running::start(&mut command)?;
        let mut input = process.0.stdin.take().ok_or("no standard input")?;
        let mut output = process.0.stdout.take().ok_or("no standard output")?;
        std::thread::scope(|scope| {
            // The input ends with its last byte: curl looks at what came only
            // while it need not wait for more to send.
            let sending = scope.spawn(move || input.write_all(text));
            let received = read_and_compare(&mut output, text);
            if received.is_err() {
                // The other half would only wait for the limit.
                process.end();
            }
            let sent = sending.join().map_err(|_| "the sending thread panicked")?;
            received?;
            Ok(sent?)
        })
    }
}

/// A process that ends with this value.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self(
            child.map_err(|error| format!("cannot start: {error}"))?,
        ))
    }

    fn end(&mut self) {
        // Both fail when it has ended already, which is all we want.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Numbered lines. Text only: telnet gives byte 255 a meaning.
fn text(length: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|number: u32| format!("line {number}\n").into_bytes());
    lines.take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sh` in the place of a client.
    fn scripted(script: &'static str) -> Result {
        let mut process = Running::start(Command::new("sh").args(["-c", script]))?;
        let mut output = process.0.stdout.take().unwrap();
        read_and_compare(&mut output, b"line 0\n")
    }

    #[test]
    fn the_text_has_the_length_asked_for_and_lines_that_differ() {
        assert_eq!(text(10), b"line 0\nlin");
        assert_eq!(text(70_000).len(), 70_000);
    }

    #[test]
    fn a_programs_output_is_compared() {
        scripted("echo line 0").unwrap();
        assert!(scripted("echo line 1").is_err());
        assert!(scripted("exit 0").is_err());
    }
}
