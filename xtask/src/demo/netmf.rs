//! `cargo xtask demo --netmf`: the echo server that a C# programmer published, unchanged, under
//! Mono on the simulated chip. Its author wanted four sessions and got two.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};

use super::client::{self, Client, payload};
use super::{Options, PATIENCE, after};
use crate::netmf;
use crate::workspace::{Result, Workspace};

const CHIP_PORT: u16 = 80;
const CLIENTS: u64 = 4;
/// The program has room for 1024 bytes at a time.
const BLOCK: usize = 1000;
const BLOCKS: usize = 100;

/// Builds and starts the program, then plays the clients.
pub(super) fn run(workspace: &Workspace, options: &Options) -> Result {
    let program = netmf::build(workspace)?.join("EchoServer.exe");
    let server = Server::start(
        workspace
            .command("setpriv")
            .args(["--pdeathsig", "TERM", "mono"])
            .arg(program)
            .env("W5100_HOST_PORTS", format!("{CHIP_PORT}={}", options.port))
            .env_remove("W5100_HOST_QUIET"),
    )?;
    println!("the published program serves on {}", server.address);

    let mut clients = Vec::new();
    for number in 1..=CLIENTS {
        // One after the other: two at a time meet the race that its author tells of.
        let (client, tries) = Client::served(server.address)?;
        server.until("New Sesion")?;
        println!("client {number}: served{}", after(tries));
        clients.push(client);
    }
    echo_at_once(&mut clients)?;
    println!("fifth client: {}", client::turned_away(server.address)?);

    drop(clients.pop());
    server.until("Remote Disconnect")?;
    let (newcomer, tries) = Client::served(server.address)?;
    println!("one client left, a new one was served{}", after(tries));
    clients.push(newcomer);
    echo_at_once(&mut clients)?;
    if options.check {
        return Ok(());
    }
    drop(clients);
    println!(
        "serving on; try: nc {} {}",
        server.address.ip(),
        server.address.port()
    );
    println!("Ctrl-C ends it");
    server.pass_on()
}

/// Different bytes through all connections; the same have to come back.
fn echo_at_once(clients: &mut [Client]) -> Result {
    std::thread::scope(|scope| {
        let sessions: Vec<_> = (1..)
            .zip(clients.iter_mut())
            .map(|(number, client)| {
                scope.spawn(move || -> Result {
                    payload(number, BLOCK * BLOCKS)
                        .chunks(BLOCK)
                        .try_for_each(|block| client.echo(block))
                })
            })
            .collect();
        for (session, number) in sessions.into_iter().zip(1..) {
            let outcome = session.join().map_err(|_| "a client thread panicked")?;
            outcome.map_err(|error| format!("client {number}: {error}"))?;
        }
        Result::Ok(())
    })?;
    let bytes = BLOCK * BLOCKS;
    println!(
        "{} clients at once: {bytes} bytes sent by each, the same came back",
        clients.len()
    );
    Ok(())
}

/// The running program; it ends with this value.
struct Server {
    child: Child,
    lines: Receiver<String>,
    address: SocketAddr,
}

impl Server {
    /// Starts the program and waits until it listens.
    fn start(program: &mut Command) -> Result<Self> {
        let mut child = program
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the program: {error}"))?;
        let (sender, lines) = mpsc::channel();
        read(child.stdout.take(), sender.clone());
        read(child.stderr.take(), sender);
        let mut server = Self {
            child,
            lines,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address = loop {
            if let Some(address) = leads_to_chip(&server.line()?) {
                break address;
            }
        };
        server.until("*** Echo Server Listening")?;
        Ok(server)
    }

    fn line(&self) -> Result<String> {
        let line = self.lines.recv_timeout(PATIENCE);
        line.map_err(|_| "the program says nothing more".into())
    }

    /// Reads on to a line. Whatever else the program says is passed on.
    fn until(&self, expected: &str) -> Result {
        loop {
            let line = self.line()?;
            println!("  | {line}");
            if line == expected {
                return Ok(());
            }
        }
    }

    fn pass_on(mut self) -> Result {
        for line in &self.lines {
            println!("  | {line}");
        }
        let status = self.child.wait()?;
        Err(format!("the program ended with {status}").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves for ever; both fail if it has ended after all.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends the lines of one of the program's outputs.
fn read(output: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let Some(output) = output else { return };
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines();
        for line in lines.map_while(std::result::Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

/// The address in "127.0.0.1:4711 leads to TCP port 80 of the chip".
fn leads_to_chip(line: &str) -> Option<SocketAddr> {
    let end = format!(" leads to TCP port {CHIP_PORT} of the chip");
    line.strip_suffix(&end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_address_is_known() {
        let address = SocketAddr::from(([127, 0, 0, 1], 4711));
        let line = "127.0.0.1:4711 leads to TCP port 80 of the chip";
        assert_eq!(leads_to_chip(line), Some(address));
        assert_eq!(leads_to_chip("*** Echo Server Listening"), None);
        assert_eq!(
            leads_to_chip("127.0.0.1:1 leads to UDP port 80 of the chip"),
            None
        );
    }

    #[test]
    fn a_program_that_ends_is_noticed() {
        let Err(error) = Server::start(Command::new("sh").args(["-c", "echo no"])) else {
            panic!("it cannot have started");
        };
        assert_eq!(error.to_string(), "the program says nothing more");
    }
}
