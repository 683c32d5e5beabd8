//! Why one read of a 16-bit register is enough.
//!
//! TX_FSR and RX_RSR may change between the reads of their two bytes. The library reads the high
//! byte first and does not repeat it. As long as the value only grows, whatever comes of that is
//! never more than the value at the end: it may miss bytes, and finds them the next time.

mod support;

use std::sync::{Arc, Mutex};

use support::memory::Idle;
use support::{MAC, address};
use w5100::bus::{Bus, BusError, Traffic};
use w5100::chip::{Chip, MemorySplit, Network};
use w5100::regs::Sn;

/// Registers of socket 0, by the register map.
const TX_FSR: u16 = 0x0420;
const RX_RSR: u16 = 0x0426;
/// Bytes in a ring.
const RING: u16 = 2048;

/// A chip whose counter has one value at the first read of it and another at all that follow.
struct Growing {
    cells: Vec<u8>,
    register: u16,
    values: Arc<Mutex<Values>>,
}

#[derive(Default)]
struct Values {
    before: u16,
    after: u16,
    /// The bytes of the register that were read, in order.
    reads: Vec<u16>,
}

impl Bus for Growing {
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError> {
        for (at, byte) in (address..).zip(data) {
            let offset = at.wrapping_sub(self.register);
            *byte = if offset < 2 {
                let mut values = self.values.lock().unwrap();
                let value = if values.reads.is_empty() {
                    values.before
                } else {
                    values.after
                };
                values.reads.push(offset);
                value.to_be_bytes()[usize::from(offset)]
            } else {
                self.cells[usize::from(at)]
            };
        }
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        let start = usize::from(address);
        self.cells[start..start + data.len()].copy_from_slice(data);
        // A reset is over at once, and leaves RTR at 2000.
        if address == 0 && data[0] & 0x80 != 0 {
            self.cells.fill(0);
            self.cells[0x17..0x19].copy_from_slice(&2000u16.to_be_bytes());
        }
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

type Ring = Chip<Growing, Idle>;

fn chip(register: u16) -> (Ring, Arc<Mutex<Values>>) {
    let values = Arc::new(Mutex::new(Values::default()));
    let bus = Growing {
        cells: vec![0; 0x8000],
        register,
        values: values.clone(),
    };
    let mut chip = Chip::new(bus, Idle::default());
    let network = Network {
        address: address([192, 168, 1, 1], MAC),
        retry_time: 2000,
        retry_count: 8,
        split: MemorySplit::EVEN,
    };
    chip.start(&network).expect("the chip answers");
    (chip, values)
}

/// Has `read` read the register for every value before the first byte is read, and every value
/// that it may have grown to before the second.
fn never_too_much(register: u16, mut read: impl FnMut(&mut Ring) -> u16) {
    let (mut chip, values) = chip(register);
    for before in 0..=RING {
        for after in before..=RING {
            *values.lock().unwrap() = Values {
                before,
                after,
                reads: Vec::new(),
            };
            let seen = read(&mut chip);
            let reads = std::mem::take(&mut values.lock().unwrap().reads);
            assert!(reads == [0, 1] || reads == [0], "{reads:?}");
            assert!(seen <= after, "{seen} of {before} to {after}");
            if before == after && reads.len() == 2 {
                assert_eq!(seen, after);
            }
        }
    }
}

#[test]
fn received_bytes_are_never_overestimated() {
    let sn = Sn::new(0).expect("there is a socket 0");
    never_too_much(RX_RSR, |chip| chip.refresh_rx(sn).unwrap());
}

#[test]
fn free_bytes_are_never_overestimated() {
    let sn = Sn::new(0).expect("there is a socket 0");
    never_too_much(TX_FSR, |chip| {
        let free = chip.tx_free(sn, RING).unwrap();
        if free == RING {
            // So much is known from now on, and would not be asked for again.
            chip.close(sn).unwrap();
        }
        free
    });
}
