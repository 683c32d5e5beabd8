//! The simulated chip against its datasheet, register by register and frame by frame.

mod abuse;
mod bench;
mod bus;
mod datagrams;
mod faults;
mod host;
mod registers;
mod rings;
mod tcp;
mod timeouts;
mod transfer;
