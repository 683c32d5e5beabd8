//! A chip that is little more than its memory, for tests that need many cycles: it opens and
//! closes sockets, and its network is silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use w5100::bus::{Bus, BusError, Traffic};
use w5100::port::Port;
use w5100::time::Clock;

const RTR: usize = 0x0017;
const MR_RST: u8 = 0x80;
/// Socket registers, and the commands that the library gives without a peer.
const MODE: usize = 0x00;
const COMMAND: usize = 0x01;
const EVENTS: usize = 0x02;
const STATUS: usize = 0x03;
const OPEN: u8 = 0x01;
const LISTEN: u8 = 0x02;
const CLOSE: u8 = 0x10;

/// How often each hardware socket was opened.
#[derive(Clone, Default)]
pub(crate) struct Opened(Arc<[AtomicU32; 4]>);

impl Opened {
    pub(crate) fn counts(&self) -> [u32; 4] {
        std::array::from_fn(|sn| self.0[sn].load(Ordering::SeqCst))
    }
}

pub(crate) struct MemoryChip {
    cells: Vec<u8>,
    opened: Opened,
}

impl MemoryChip {
    pub(crate) fn new(opened: Opened) -> Self {
        let mut chip = Self {
            cells: vec![0; 0x8000],
            opened,
        };
        chip.reset();
        chip
    }

    fn reset(&mut self) {
        self.cells.fill(0);
        self.cells[RTR..RTR + 2].copy_from_slice(&2000u16.to_be_bytes());
    }

    fn put(&mut self, address: usize, value: u8) {
        let socket = address & !0xFF;
        match address - socket {
            0 if address == 0 && value & MR_RST != 0 => self.reset(),
            COMMAND if (0x0400..0x0800).contains(&address) => self.execute(socket, value),
            EVENTS if (0x0400..0x0800).contains(&address) => self.cells[address] &= !value,
            _ => self.cells[address] = value,
        }
    }

    fn execute(&mut self, socket: usize, command: u8) {
        self.cells[socket + STATUS] = match command {
            OPEN => {
                self.opened.0[(socket >> 8) - 4].fetch_add(1, Ordering::SeqCst);
                // SOCK_INIT or SOCK_UDP.
                if self.cells[socket + MODE] & 0x0F == 1 {
                    0x13
                } else {
                    0x22
                }
            }
            LISTEN => 0x14,
            CLOSE => 0,
            other => panic!("command {other:02X} needs a network"),
        };
    }
}

impl Bus for MemoryChip {
    fn read(&mut self, address: u16, data: &mut [u8]) -> Result<(), BusError> {
        let start = usize::from(address);
        data.copy_from_slice(&self.cells[start..start + data.len()]);
        Ok(())
    }

    fn write(&mut self, address: u16, data: &[u8]) -> Result<(), BusError> {
        for (at, value) in (usize::from(address)..).zip(data) {
            self.put(at, *value);
        }
        Ok(())
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

/// A board whose clock moves when somebody waits.
#[derive(Clone, Default)]
pub(crate) struct Idle(Arc<AtomicU32>);

impl Clock for Idle {
    fn now_ms(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Port for Idle {
    fn wait(&self, _seen: u32, _timeout_ms: u32) {
        self.0.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
    }
}
