//! A simulated WIZnet W5100, below the SPI line, and networks to plug it into.
//!
//! ```text
//! capi          the C face: include/w5100_sim.h
//!  └ world      clock, nodes, threads that wait
//!     ├ net     wire (a switch), peer (scripted hosts), forward (gateway to 127.0.0.1)
//!     ├ pcap    capture of the wire
//!     └ chip    the W5100 itself
//!        └ spi  frames, chip select, the MISO echo
//! node          what all that has an Ethernet port has in common
//! ```
//!
//! The crate knows nothing of any driver: it is a second, independent reading of the datasheet.

pub mod capi;
pub mod chip;
pub mod net;
pub mod node;
pub mod pcap;
pub mod spi;
pub mod world;

pub use chip::{Chip, ChipCounters, ChipOptions, Faults, ResetStyle};
pub use net::host::Identity;
pub use net::peer::{Conn, PeerHandle, Service, State as TcpState};
pub use net::wire::{Filter, Link};
pub use node::{Micros, Node};
pub use world::{ChipHandle, Recorded, ThreadGuard, World};
