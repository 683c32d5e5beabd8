//! The parallel bus (datasheet 6.1 and 6.2): the whole address space in the
//! direct mode, four cells of it in the indirect one.

use super::{Bus, BusError, Traffic};

/// The wires of the bus: one access each, none of which can fail.
pub trait Pins {
    /// Reads the cell at `address`.
    fn get(&mut self, address: u16) -> u8;
    /// Writes the cell at `address`.
    fn put(&mut self, address: u16, value: u8);
}

/// All fifteen address lines are wired: a byte costs one access.
#[derive(Debug)]
pub struct DirectBus<P> {
    pins: P,
    accesses: u32,
}

impl<P: Pins> DirectBus<P> {
    /// A bus over `pins`.
    pub const fn new(pins: P) -> Self {
        Self { pins, accesses: 0 }
    }
}

impl<P: Pins> Bus for DirectBus<P> {
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError> {
        self.accesses = self.accesses.wrapping_add(data.len() as u32);
        for (offset, byte) in (0..).zip(data) {
            *byte = self.pins.get(address.wrapping_add(offset));
        }
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        self.accesses = self.accesses.wrapping_add(data.len() as u32);
        for (offset, byte) in (0..).zip(data) {
            self.pins.put(address.wrapping_add(offset), *byte);
        }
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            frames: self.accesses,
            echo_errors: 0,
        }
    }
}

/// The bits of MR for the indirect mode with an address that counts up (IND
/// and AI).
pub const INDIRECT_MODE: u8 = 0x03;

/// Two address lines are wired: MR, the address in two bytes, and the data.
const MR: u16 = 0;
const IDM_AR0: u16 = 1;
const IDM_AR1: u16 = 2;
const IDM_DR: u16 = 3;

/// The indirect mode, with the address counting up by itself: a run of bytes
/// costs two accesses for its start and one for each byte.
#[derive(Debug)]
pub struct IndirectBus<P> {
    pins: P,
    accesses: u32,
}

impl<P: Pins> IndirectBus<P> {
    /// A bus over `pins`, of which only the addresses 0 to 3 are used.
    pub const fn new(pins: P) -> Self {
        Self { pins, accesses: 0 }
    }

    fn put(&mut self, cell: u16, value: u8) {
        self.accesses = self.accesses.wrapping_add(1);
        self.pins.put(cell, value);
    }

    fn get(&mut self, cell: u16) -> u8 {
        self.accesses = self.accesses.wrapping_add(1);
        self.pins.get(cell)
    }

    fn seek(&mut self, address: u16) {
        let [high, low] = address.to_be_bytes();
        self.put(IDM_AR0, high);
        self.put(IDM_AR1, low);
    }
}

impl<P: Pins> Bus for IndirectBus<P> {
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError> {
        // MR is wired itself, and is how the mode is entered.
        if let (MR, [mode]) = (address, &mut *data) {
            *mode = self.get(MR);
            return Ok(());
        }
        self.seek(address);
        for byte in data {
            *byte = self.get(IDM_DR);
        }
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        if let (MR, [mode]) = (address, data) {
            // A reset leaves the indirect mode; the write of MR that the
            // chip layer does after each reset enters it again.
            self.put(MR, *mode | INDIRECT_MODE);
            return Ok(());
        }
        self.seek(address);
        for byte in data {
            self.put(IDM_DR, *byte);
        }
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            frames: self.accesses,
            echo_errors: 0,
        }
    }
}
