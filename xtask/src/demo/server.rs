//! The echo server's process.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::PATIENCE;
use crate::workspace::Result;

/// The server says this, then its address, once clients can come.
const GREETING: &str = "listening on ";

/// How the first and the last line of the socket table begin.
const TABLE_HEAD: &str = "Prot ";
const TABLE_END: &str = "frames ";

/// The running echo server; it ends with this value.
pub(super) struct Server {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    address: SocketAddr,
}

impl Server {
    /// Starts the server's program and waits until it listens.
    pub(super) fn start(program: &mut Command) -> Result<Self> {
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the echo server: {error}"))?;
        let input = child
            .stdin
            .take()
            .ok_or("the server has no standard input")?;
        let output = child
            .stdout
            .take()
            .ok_or("the server has no standard output")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output)
                .lines()
                .map_while(std::result::Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            child,
            input,
            lines,
            address: nowhere,
        };
        server.address = loop {
            if let Some(address) = server.line()?.strip_prefix(GREETING) {
                break address.parse()?;
            }
        };
        Ok(server)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The socket table and, in its last line, the counters, as the server
    /// prints them.
    pub(super) fn table(&mut self) -> Result<String> {
        self.order("table")?;
        let mut line = self.line()?;
        while !line.trim_start().starts_with(TABLE_HEAD) {
            line = self.line()?;
        }
        let mut table = line;
        loop {
            let line = self.line()?;
            table.push('\n');
            table += &line;
            if line.starts_with(TABLE_END) {
                return Ok(table);
            }
        }
    }

    /// Asks the server to end, and expects status 0.
    pub(super) fn quit(mut self) -> Result {
        self.order("quit")?;
        let status = self
            .ended_within(PATIENCE)?
            .ok_or("the server did not end when asked to")?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }

    /// Passes on what the server prints, until it ends.
    pub(super) fn wait(mut self) -> Result {
        for line in &self.lines {
            println!("{line}");
        }
        let status = self.child.wait()?;
        Err(format!("the server ended with {status}").into())
    }

    fn order(&mut self, word: &str) -> Result {
        writeln!(self.input, "{word}")?;
        Ok(self.input.flush()?)
    }

    fn line(&self) -> Result<String> {
        self.lines
            .recv_timeout(PATIENCE)
            .map_err(|_| "the server ended, or said nothing for too long".into())
    }

    fn ended_within(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() || Instant::now() > deadline {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is all we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server made of a shell script.
    fn scripted(script: &str) -> Result<Server> {
        Server::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn the_address_the_table_and_the_end_are_understood() {
        let mut server = scripted(
            "echo hello; echo 'listening on 127.0.0.1:4321'; read order; echo new session; \
             echo \"Prot $order\"; echo 1; echo frames 2; read order; test \"$order\" = quit",
        )
        .unwrap();
        assert_eq!(server.address(), "127.0.0.1:4321".parse().unwrap());
        assert_eq!(server.table().unwrap(), "Prot table\n1\nframes 2");
        server.quit().unwrap();
    }

    #[test]
    fn a_server_that_never_listens_is_an_error() {
        assert!(scripted("echo sorry").is_err());
    }

    #[test]
    fn a_server_that_ends_badly_is_an_error() {
        let server = scripted("echo listening on 127.0.0.1:1; read order; exit 7").unwrap();
        assert!(server.quit().unwrap_err().to_string().contains('7'));
    }
}
