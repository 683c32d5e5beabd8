//! What listens on the wire without taking part: a hash, a capture file, a record for tests.

use std::io;

use crate::node::Micros;
use crate::pcap::Pcap;

/// A frame as it was put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When, in microseconds since the world began.
    pub at: Micros,
    /// Ethernet II, no FCS.
    pub frame: Vec<u8>,
}

pub(crate) struct Trace {
    hash: u64,
    capture: Option<Pcap>,
    capture_error: Option<io::Error>,
    record: Option<Vec<Recorded>>,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            hash: FNV_OFFSET,
            capture: None,
            capture_error: None,
            record: None,
        }
    }
}

impl Trace {
    pub(crate) fn frame(&mut self, now: Micros, from: usize, frame: &[u8]) {
        self.mix(&now.to_le_bytes());
        self.mix(&(from as u64).to_le_bytes());
        self.mix(&(frame.len() as u64).to_le_bytes());
        self.mix(frame);
        if let Some(record) = &mut self.record {
            record.push(Recorded {
                at: now,
                frame: frame.to_vec(),
            });
        }
        if let Some(capture) = &mut self.capture
            && let Err(error) = capture.frame(now, frame)
        {
            self.capture_error = Some(error);
            self.capture = None;
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn start_capture(&mut self, capture: Pcap) {
        self.capture = Some(capture);
    }

    /// End the capture: the first error of all its writes, if there was one.
    pub(crate) fn stop_capture(&mut self) -> io::Result<()> {
        let flushed = self
            .capture
            .take()
            .map_or(Ok(()), |mut capture| capture.flush());
        self.capture_error.take().map_or(flushed, Err)
    }

    pub(crate) fn record(&mut self, on: bool) {
        self.record = on.then(Vec::new);
    }

    pub(crate) fn take_record(&mut self) -> Vec<Recorded> {
        self.record.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// FNV-1a, 64 bits.
    fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }
}

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;
