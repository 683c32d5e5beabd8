//! The parallel bus: the same registers, directly or through a window of four addresses.

use super::Chip;
use super::regs::common::{MR_AI, MR_IND};
use crate::node::Micros;

/// Registers of the indirect bus (datasheet, "Indirect bus interface mode").
const IDM_AR0: u8 = 1;
const IDM_AR1: u8 = 2;
const IDM_DR: u8 = 3;

impl Chip {
    /// Reads one byte over the direct bus (15 address lines).
    pub fn parallel_read(&mut self, now: Micros, addr: u16) -> u8 {
        self.bus_read(now, addr & 0x7FFF)
    }

    /// Writes one byte over the direct bus (15 address lines).
    pub fn parallel_write(&mut self, now: Micros, addr: u16, value: u8) {
        self.bus_write(now, addr & 0x7FFF, value);
    }

    /// Reads one byte over the indirect bus: `reg` is the state of its two address lines.
    ///
    /// Without MR.IND the two lines are the lowest of the direct bus.
    pub fn indirect_read(&mut self, now: Micros, reg: u8) -> u8 {
        match (self.is_indirect(), reg & 3) {
            (true, IDM_AR0) => self.window.to_be_bytes()[0],
            (true, IDM_AR1) => self.window.to_be_bytes()[1],
            (true, IDM_DR) => {
                let value = self.bus_read(now, self.window & 0x7FFF);
                self.advance_window();
                value
            }
            (_, reg) => self.bus_read(now, u16::from(reg)),
        }
    }

    /// Writes one byte over the indirect bus: `reg` is the state of its two address lines.
    pub fn indirect_write(&mut self, now: Micros, reg: u8, value: u8) {
        let [high, low] = self.window.to_be_bytes();
        match (self.is_indirect(), reg & 3) {
            (true, IDM_AR0) => self.window = u16::from_be_bytes([value, low]),
            (true, IDM_AR1) => self.window = u16::from_be_bytes([high, value]),
            (true, IDM_DR) => {
                self.bus_write(now, self.window & 0x7FFF, value);
                self.advance_window();
            }
            (_, reg) => self.bus_write(now, u16::from(reg), value),
        }
    }

    fn is_indirect(&self) -> bool {
        self.mode() & MR_IND != 0
    }

    fn advance_window(&mut self) {
        if self.mode() & MR_AI != 0 {
            self.window = self.window.wrapping_add(1);
        }
    }
}
