//! `cargo xtask demo`: the C echo server on a simulated W5100, and real TCP
//! clients of this machine.
//!
//! The chip has four hardware sockets. Four clients fill them, a fifth is
//! turned away, and once one of the four has left a new one is served. With
//! `--check`, nc and curl are served too.

mod client;
mod netmf;
mod program;
mod server;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use crate::setup;
use crate::workspace::{self, Result, Workspace};
use client::{Client, payload};
use server::Server;

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// End with status 0 once everything was seen to work.
    #[arg(long)]
    check: bool,
    /// The port on 127.0.0.1 that leads to the chip; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Run a published C# program under Mono, in place of the C server.
    #[arg(long)]
    netmf: bool,
}

impl Options {
    /// Any port, and an end.
    pub(crate) fn checking() -> Self {
        Self {
            check: true,
            port: 0,
            netmf: false,
        }
    }

    /// The same, of the C# program.
    pub(crate) fn checking_netmf() -> Self {
        Self {
            netmf: true,
            ..Self::checking()
        }
    }
}

/// One client for each hardware socket of the chip.
const CLIENTS: u64 = 4;
const BYTES_EACH: usize = 1 << 20;
const BYTES_OF_PROGRAMS: usize = 1 << 16;
/// After this long without a turn, the demo has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Builds and starts the server, then plays the clients.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    setup::for_host()?;
    if options.netmf {
        return netmf::run(workspace, options);
    }
    if options.check {
        setup::for_peers()?;
    }
    let program = build(workspace)?;
    // Whatever ends the demo, Ctrl-C and kill included, ends the server too.
    let mut server = Server::start(
        workspace
            .command("setpriv")
            .args(["--pdeathsig", "TERM"])
            .arg(program)
            .arg(options.port.to_string()),
    )?;
    println!("a simulated W5100 serves on {}", server.address());

    let clients = four_at_once(server.address())?;
    println!("fifth client: {}", client::turned_away(server.address())?);
    println!("\n{}\n", server.table()?);
    served_after_a_departure(server.address(), clients)?;

    if options.check {
        other_programs(server.address())?;
        server.quit()
    } else {
        println!(
            "serving on; try: nc {} {}",
            server.address().ip(),
            server.address().port()
        );
        println!("Ctrl-C ends it");
        server.wait()
    }
}

/// libw5100.a, the simulator and the C programs, as a user's CMake builds them.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    workspace::run(
        workspace
            .command("cmake")
            .args(["--preset", "host", "--log-level=WARNING"]),
    )?;
    workspace::run(workspace.command("cmake").args([
        "--build",
        "--preset",
        "host",
        "--target",
        "echo_server",
    ]))?;
    Ok(workspace.root.join("build/host/c-examples/echo_server"))
}

/// Sends different bytes through four connections at once and compares what
/// comes back. The clients are returned still connected.
fn four_at_once(address: SocketAddr) -> Result<Vec<Client>> {
    let start = Instant::now();
    let sessions: Vec<_> = (1..=CLIENTS)
        .map(|number| {
            std::thread::spawn(move || -> Result<(Client, u32)> {
                let (mut client, tries) = Client::served(address)?;
                client.echo(&payload(number, BYTES_EACH))?;
                Ok((client, tries))
            })
        })
        .collect();
    let mut clients = Vec::new();
    for (session, number) in sessions.into_iter().zip(1..) {
        let outcome = session.join().map_err(|_| "a client thread panicked")?;
        let (client, tries) = outcome.map_err(|error| format!("client {number}: {error}"))?;
        println!(
            "client {number}: {BYTES_EACH} bytes sent, the same came back{}",
            after(tries)
        );
        clients.push(client);
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = (CLIENTS as usize * BYTES_EACH) as f64 / 1024.0 / seconds;
    println!("{CLIENTS} clients at once: {seconds:.1} s, {rate:.0} KiB/s echoed");
    Ok(clients)
}

/// One client leaves, and another gets its place.
fn served_after_a_departure(address: SocketAddr, mut clients: Vec<Client>) -> Result {
    drop(clients.pop());
    let (newcomer, tries) = Client::served(address)
        .map_err(|error| format!("no client was served after one had left: {error}"))?;
    println!("one client left, a new one was served{}", after(tries));
    clients.push(newcomer);
    for (client, number) in clients.iter_mut().zip(1..) {
        client
            .echo(&payload(number, 256))
            .map_err(|error| format!("client {number}, later: {error}"))?;
    }
    println!("the others are served as before");
    Ok(())
}

/// Programs that others wrote, as clients one after the other.
fn other_programs(address: SocketAddr) -> Result {
    for program in program::ALL {
        let tries = program.served(address, BYTES_OF_PROGRAMS)?;
        println!(
            "{}: {BYTES_OF_PROGRAMS} bytes sent, the same came back{}",
            program.name,
            after(tries)
        );
    }
    Ok(())
}

/// What to add when a client was refused at first.
fn after(tries: u32) -> String {
    if tries > 1 {
        format!(" (connected at try {tries})")
    } else {
        String::new()
    }
}
