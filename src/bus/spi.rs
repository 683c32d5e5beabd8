//! One 4-byte frame for each byte (datasheet 6.3): `F0 AH AL D` writes,
//! `0F AH AL x` reads, /SCS up after each. While it is clocked in, the chip
//! answers `00 01 02`, then `03` to a write or the byte to a read, which makes
//! every frame a check of the bus.

use super::{Bus, BusError, Traffic};
use embedded_hal::spi::SpiDevice;

/// Bytes in a frame.
pub const FRAME: usize = 4;

/// One frame, in place: sent from it, received into it.
pub type Frame = [u8; FRAME];

const WRITE: u8 = 0xF0;
const READ: u8 = 0x0F;
const ECHO: [u8; 3] = [0x00, 0x01, 0x02];
const WRITTEN: u8 = 0x03;

/// Frames handed over at once. It bounds the stack a copy needs (4 bytes each).
const BATCH: usize = 16;

/// How often one frame is given before the bus counts as dead.
const ATTEMPTS: u8 = 5;

/// Something that exchanges frames with the chip.
pub trait FrameTransfer {
    /// Exchanges each frame in place, with a chip select of its own.
    ///
    /// # Errors
    /// [`BusError::Transfer`] if the peripheral failed.
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError>;
}

/// Frames over an embedded-hal [`SpiDevice`], whose transactions drive /SCS.
#[derive(Debug)]
pub struct HalSpi<D>(pub D);

impl<D: SpiDevice> FrameTransfer for HalSpi<D> {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        for frame in frames {
            self.0
                .transfer_in_place(frame)
                .map_err(|_| BusError::Transfer)?;
        }
        Ok(())
    }
}

/// The chip behind SPI frames.
#[derive(Debug)]
pub struct SpiBus<T> {
    frames: T,
    traffic: Traffic,
}

impl<T: FrameTransfer> SpiBus<T> {
    /// A bus over `frames`.
    pub const fn new(frames: T) -> Self {
        Self {
            frames,
            traffic: Traffic {
                frames: 0,
                echo_errors: 0,
            },
        }
    }

    /// Exchanges the frames, counts those that were not echoed, and returns how
    /// many came before the first of them: from there on the caller goes on.
    /// `misses` counts the exchanges in a row that got nowhere.
    fn exchange(
        &mut self,
        frames: &mut [Frame],
        write: bool,
        misses: &mut u8,
    ) -> Result<usize, BusError> {
        self.traffic.frames = self.traffic.frames.wrapping_add(frames.len() as u32);
        self.frames.transfer(frames)?;
        let mut good = 0;
        let mut bad = 0;
        for [a, b, c, d] in frames.iter() {
            // A write is also checked for its last byte.
            if [*a, *b, *c] != ECHO || (write && *d != WRITTEN) {
                bad += 1;
            } else if bad == 0 {
                good += 1;
            }
        }
        self.traffic.echo_errors = self.traffic.echo_errors.wrapping_add(bad);
        *misses = if good == 0 { *misses + 1 } else { 0 };
        if *misses >= ATTEMPTS {
            return Err(BusError::Echo);
        }
        Ok(good)
    }
}

/// The frames of one batch, no more than `length`.
fn first(frames: &mut [Frame; BATCH], length: usize) -> &mut [Frame] {
    let count = length.min(BATCH);
    frames.get_mut(..count).unwrap_or_default()
}

fn address_frames(frames: &mut [Frame], opcode: u8, start: u16) {
    let mut address = start;
    for frame in frames {
        let [high, low] = address.to_be_bytes();
        *frame = [opcode, high, low, 0];
        address = address.wrapping_add(1);
    }
}

impl<T: FrameTransfer> Bus for SpiBus<T> {
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError> {
        let mut rest = data;
        let mut address = address;
        let mut misses = 0;
        while !rest.is_empty() {
            let mut frames = [[0; FRAME]; BATCH];
            let batch = first(&mut frames, rest.len());
            address_frames(batch, READ, address);
            let good = self.exchange(batch, false, &mut misses)?;
            for (byte, frame) in rest.iter_mut().zip(batch).take(good) {
                *byte = frame[3];
            }
            rest = rest.get_mut(good..).unwrap_or_default();
            address = address.wrapping_add(good as u16);
        }
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        let mut rest = data;
        let mut address = address;
        let mut misses = 0;
        while !rest.is_empty() {
            let mut frames = [[0; FRAME]; BATCH];
            let batch = first(&mut frames, rest.len());
            address_frames(batch, WRITE, address);
            for (byte, frame) in rest.iter().zip(batch.iter_mut()) {
                frame[3] = *byte;
            }
            let good = self.exchange(batch, true, &mut misses)?;
            rest = rest.get(good..).unwrap_or_default();
            address = address.wrapping_add(good as u16);
        }
        Ok(())
    }

    fn write_once(&mut self, address: u16, value: u8) -> Result<(), BusError> {
        let [high, low] = address.to_be_bytes();
        // The last attempt there is.
        let mut misses = ATTEMPTS - 1;
        self.exchange(&mut [[WRITE, high, low, value]], true, &mut misses)?;
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        self.traffic
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// A chip that is nothing but memory, and misses the first frames.
    struct Memory {
        bytes: Vec<u8>,
        misses: u8,
        /// Every frame of this number is missed too, if it is not 0.
        noise: usize,
        seen: Vec<Frame>,
    }

    impl Memory {
        fn new(misses: u8) -> SpiBus<Self> {
            SpiBus::new(Self {
                bytes: std::vec![0; 0x8000],
                misses,
                noise: 0,
                seen: Vec::new(),
            })
        }
    }

    impl FrameTransfer for Memory {
        fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
            for frame in frames {
                self.seen.push(*frame);
                let noise = self.noise > 0 && self.seen.len().is_multiple_of(self.noise);
                if self.misses > 0 || noise {
                    self.misses = self.misses.saturating_sub(1);
                    *frame = [0xFF; 4];
                    continue;
                }
                let cell = &mut self.bytes[u16::from_be_bytes([frame[1], frame[2]]) as usize];
                let last = if frame[0] == 0xF0 {
                    *cell = frame[3];
                    3
                } else {
                    *cell
                };
                *frame = [0, 1, 2, last];
            }
            Ok(())
        }
    }

    #[test]
    fn a_write_is_one_frame_a_byte_with_counting_addresses() {
        let mut bus = Memory::new(0);
        bus.write(0x40FF, &[0xAA, 0xBB]).unwrap();
        assert_eq!(
            bus.frames.seen,
            [[0xF0, 0x40, 0xFF, 0xAA], [0xF0, 0x41, 0x00, 0xBB]]
        );
    }

    #[test]
    fn long_copies_come_back_whole() {
        let mut bus = Memory::new(0);
        let data: Vec<u8> = (0..100).collect();
        bus.write(0x4000, &data).unwrap();
        let mut back = [0; 100];
        bus.read(0x4000, &mut back).unwrap();
        assert_eq!(back[..], data[..]);
        assert_eq!(bus.traffic().frames, 200);
    }

    #[test]
    fn a_missed_echo_is_counted_and_repeated() {
        let mut bus = Memory::new(2);
        bus.write(0x0001, &[192]).unwrap();
        assert_eq!(bus.traffic().echo_errors, 2);
        assert_eq!(bus.frames.bytes[1], 192);
    }

    #[test]
    fn noise_that_no_batch_escapes_is_stood() {
        let mut bus = Memory::new(0);
        bus.frames.noise = 5;
        let data: Vec<u8> = (0..200).collect();
        bus.write(0x4000, &data).unwrap();
        let mut back = [0; 200];
        bus.read(0x4000, &mut back).unwrap();
        assert_eq!(back[..], data[..]);
    }

    #[test]
    fn g6_a_bus_that_never_echoes_is_given_up() {
        let mut bus = Memory::new(100);
        assert_eq!(bus.read(0, &mut [0]), Err(BusError::Echo));
        assert_eq!(bus.traffic().frames, u32::from(ATTEMPTS));
    }

    #[test]
    fn a_command_is_never_given_twice() {
        let mut bus = Memory::new(1);
        assert_eq!(bus.write_once(0x0401, 0x20), Err(BusError::Echo));
        assert_eq!(bus.traffic().frames, 1);
    }
}
