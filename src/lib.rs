//! BSD-style sockets over the WIZnet W5100, for firmware without an allocator.
//!
//! The layers, each using only those to its right:
//!
//! ```text
//! ffi -> stack -> services, chip -> regs -> bus
//! ```
//!
//! * [`bus`]: bytes to and from the chip, as SPI frames or over the parallel bus;
//! * [`regs`]: the register map;
//! * [`chip`]: set-up, commands with bounded waits, rings;
//! * `services`: DHCP and DNS, as machines that know no chip;
//! * [`stack`]: sockets, listeners, handles, poll; and the lock round them;
//! * [`ffi`]: the C boundary, from which `include/w5100.h` is made.
//!
//! [`error`], [`winsock`], [`time`], [`sync`] and [`port`] are leaves that any layer
//! may use.
#![no_std]
#![deny(unsafe_code)]

// The panic handler of the archive on a host; the library itself uses core.
#[cfg(not(target_os = "none"))]
extern crate std;

pub mod bus;
pub mod chip;
pub mod error;
pub mod ffi;
pub mod port;
pub mod regs;
#[cfg(any(feature = "dhcp", feature = "dns"))]
pub mod services;
pub mod stack;
pub mod sync;
pub mod time;
pub mod winsock;
mod words;
