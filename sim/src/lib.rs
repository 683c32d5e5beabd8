//! A simulated WIZnet W5100, below the SPI line, and networks to plug it into.
//!
//! ```text
//! capi          the C face: include/w5100_sim.h
//!  └ world      clock, nodes, threads that wait
//!     ├ net     wire (a switch), peer (scripted hosts), forward (gateway to 127.0.0.1),
//!     │         tap (a network interface of this computer)
//!     ├ pcap    capture of the wire
//!     └ chip    the W5100 itself
//!        └ spi  frames, chip select, the MISO echo
//! node          what all that has an Ethernet port has in common
//! namespace     a network of the program's own for tests that need one
//! ```
//!
//! The crate knows nothing of any driver: it is a second, independent reading of the datasheet.
//!
//! ```
//! use std::net::Ipv4Addr;
//! use w5100_sim::{ChipOptions, World};
//!
//! let world = World::wire(1);
//! let chip = world.add_chip(ChipOptions::default());
//! let peer = world.add_simple_peer(Ipv4Addr::new(192, 168, 1, 10));
//!
//! let mut frames = [[0x0F, 0x00, 0x19, 0x00]]; // read RCR
//! chip.transfer(&mut frames);
//! assert_eq!(frames, [[0x00, 0x01, 0x02, 0x08]]);
//!
//! let connection = peer.connect(Ipv4Addr::new(192, 168, 1, 201), 80);
//! world.run_until(|| connection.is_open(), 1_000); // false: the chip has no address yet
//! ```

pub mod capi;
pub mod chip;
mod namespace;
pub mod net;
pub mod node;
pub mod pcap;
pub mod spi;
pub mod world;

pub use chip::{Chip, ChipCounters, ChipOptions, Faults, ResetStyle};
pub use namespace::own_network;
pub use net::host::Identity;
pub use net::link::Link;
pub use net::peer::{Conn, PeerHandle, Service, State as TcpState};
pub use net::wire::Filter;
pub use node::{Micros, Node};
pub use world::{ChipHandle, Recorded, ThreadGuard, World};

/// The examples of the document are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/SIMULATOR.md")]
struct Document;
