//! How bytes reach the chip: SPI frames or the parallel bus.

mod parallel;
mod spi;

pub use parallel::{DirectBus, INDIRECT_MODE, IndirectBus, Pins};
pub use spi::{FRAME, Frame, FrameTransfer, HalSpi, SpiBus};

/// Why an access failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusError {
    /// The port or peripheral reported a failure.
    Transfer,
    /// The chip did not echo the frame as a W5100 does: no chip, wrong SPI
    /// mode, or a clock that is too fast.
    Echo,
}

/// What went over the bus so far, wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// SPI frames, or parallel bus accesses.
    pub frames: u32,
    /// Frames that were not echoed as they must be.
    pub echo_errors: u32,
}

/// Access to the chip's 32 KiB address space.
///
/// Addresses count up by one for each byte. No register of the W5100 changes
/// by being read, so an implementation may repeat a read.
pub trait Bus {
    /// Reads `data.len()` bytes from `address` on.
    ///
    /// # Errors
    /// [`BusError`]; `data` is then undefined.
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError>;

    /// Writes `data` from `address` on, repeating what was not echoed.
    ///
    /// # Errors
    /// [`BusError`]; part of `data` may have been written.
    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError>;

    /// Writes one byte and never repeats it, for a command register: a command
    /// that is given twice may not mean the same.
    ///
    /// # Errors
    /// [`BusError`]; the byte may have been written or not.
    fn write_once(&mut self, address: u16, value: u8) -> Result<(), BusError> {
        self.write(address, &[value])
    }

    /// What went over the bus so far.
    fn traffic(&self) -> Traffic;
}
