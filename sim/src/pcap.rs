//! Capture files that Wireshark and tcpdump read (classic pcap, microseconds, Ethernet).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::node::Micros;

const MAGIC_MICROSECONDS: u32 = 0xA1B2_C3D4;
const LINKTYPE_ETHERNET: u32 = 1;
const SNAP_LENGTH: u32 = 65_535;

/// A capture file being written. What is buffered is written when it is dropped.
#[derive(Debug)]
pub struct Pcap<W: Write = BufWriter<File>> {
    sink: W,
}

impl Pcap {
    /// Create or truncate the file at `path`.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::new(BufWriter::new(File::create(path)?))
    }
}

impl<W: Write> Pcap<W> {
    /// Begin a capture by writing the file header to `sink`.
    pub fn new(mut sink: W) -> io::Result<Self> {
        sink.write_all(&MAGIC_MICROSECONDS.to_le_bytes())?;
        sink.write_all(&2u16.to_le_bytes())?; // format version 2.4
        sink.write_all(&4u16.to_le_bytes())?;
        sink.write_all(&[0; 8])?; // time zone and accuracy: always 0
        sink.write_all(&SNAP_LENGTH.to_le_bytes())?;
        sink.write_all(&LINKTYPE_ETHERNET.to_le_bytes())?;
        Ok(Self { sink })
    }

    /// Append one Ethernet frame (no FCS) seen at `now`.
    pub fn frame(&mut self, now: Micros, frame: &[u8]) -> io::Result<()> {
        let captured = frame.len().min(SNAP_LENGTH as usize);
        for word in [
            now / 1_000_000,
            now % 1_000_000,
            captured as u64,
            frame.len() as u64,
        ] {
            // Seconds wrap in 2106, lengths are below 64 KiB: the format's own limits.
            self.sink.write_all(&(word as u32).to_le_bytes())?;
        }
        self.sink.write_all(&frame[..captured])
    }

    /// Write out what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
