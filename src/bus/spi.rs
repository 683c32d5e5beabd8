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

/// How often a batch is given before the bus counts as dead. A bus that garbles
/// every twentieth frame still gets 99 of 100 batches through.
const ATTEMPTS: u8 = 8;

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

    /// Exchanges the frames and counts those that came back wrong. A write is
    /// also checked for its last byte.
    fn exchange(&mut self, frames: &mut [Frame], write: bool) -> Result<(), BusError> {
        self.traffic.frames = self.traffic.frames.wrapping_add(frames.len() as u32);
        self.frames.transfer(frames)?;
        let bad = frames
            .iter()
            .filter(|[a, b, c, d]| [*a, *b, *c] != ECHO || (write && *d != WRITTEN))
            .count();
        self.traffic.echo_errors = self.traffic.echo_errors.wrapping_add(bad as u32);
        if bad == 0 {
            Ok(())
        } else {
            Err(BusError::Echo)
        }
    }

    /// One batch, repeated until it is echoed. `fill` makes the frames anew
    /// each time, since an exchange overwrites them.
    fn batch(
        &mut self,
        length: usize,
        write: bool,
        mut fill: impl FnMut(&mut [Frame]),
        mut take: impl FnMut(&[Frame]),
    ) -> Result<(), BusError> {
        let mut frames = [[0; FRAME]; BATCH];
        let Some(frames) = frames.get_mut(..length) else {
            return Err(BusError::Transfer);
        };
        let mut outcome = Err(BusError::Echo);
        for _ in 0..ATTEMPTS {
            fill(frames);
            outcome = self.exchange(frames, write);
            if outcome != Err(BusError::Echo) {
                break;
            }
        }
        take(frames);
        outcome
    }
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
        let mut at = address;
        for chunk in data.chunks_mut(BATCH) {
            self.batch(
                chunk.len(),
                false,
                |frames| address_frames(frames, READ, at),
                |frames| {
                    for (byte, frame) in chunk.iter_mut().zip(frames) {
                        *byte = frame[3];
                    }
                },
            )?;
            at = at.wrapping_add(BATCH as u16);
        }
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        let mut at = address;
        for chunk in data.chunks(BATCH) {
            self.batch(
                chunk.len(),
                true,
                |frames| {
                    address_frames(frames, WRITE, at);
                    for (byte, frame) in chunk.iter().zip(frames) {
                        frame[3] = *byte;
                    }
                },
                |_| {},
            )?;
            at = at.wrapping_add(BATCH as u16);
        }
        Ok(())
    }

    fn write_once(&mut self, address: u16, value: u8) -> Result<(), BusError> {
        let [high, low] = address.to_be_bytes();
        self.exchange(&mut [[WRITE, high, low, value]], true)
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
        seen: Vec<Frame>,
    }

    impl Memory {
        fn new(misses: u8) -> SpiBus<Self> {
            SpiBus::new(Self {
                bytes: std::vec![0; 0x8000],
                misses,
                seen: Vec::new(),
            })
        }
    }

    impl FrameTransfer for Memory {
        fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
            for frame in frames {
                self.seen.push(*frame);
                if self.misses > 0 {
                    self.misses -= 1;
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
