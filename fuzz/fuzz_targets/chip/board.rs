//! A chip that is little more than its registers and memory, on a line where the input may have
//! its say; and the clock, which moves with each frame.

use std::cell::RefCell;
use std::rc::Rc;

use w5100::bus::{BusError, Frame, FrameTransfer};
use w5100::port::Port;
use w5100::time::Clock;

const READ: u8 = 0x0F;
const SIZE: usize = 0x8000;
const SOCKETS: std::ops::Range<usize> = 0x0400..0x0800;
/// Registers of a socket.
const MODE: usize = 0x00;
const COMMAND: usize = 0x01;
const EVENTS: usize = 0x02;
const STATUS: usize = 0x03;
const FREE: usize = 0x20;
const WRITTEN: usize = 0x24;
const WAITING: usize = 0x26;
const READ_TO: usize = 0x28;
/// Events.
const CONNECTED: u8 = 0x01;
const DISCONNECTED: u8 = 0x02;
const RECEIVED: u8 = 0x04;
const SENT: u8 = 0x10;
/// The first memory cells, and what each socket has of them: 2 KiB.
pub(crate) const TX: usize = 0x4000;
const RX: usize = 0x6000;
const RING: u16 = 0x0800;
/// A frame takes 100 us, so that a wait for the chip is over after few of them.
const FRAMES_PER_MS: u64 = 10;
/// No call exchanges as many frames, or waits as often.
const FRAMES: u32 = 200_000;
const WAITS: u32 = 20_000;

/// What the chip, the clock and the input are at present.
struct State {
    input: Vec<u8>,
    cells: Vec<u8>,
    /// Registers to be read that the input answers for.
    noise: u32,
    /// Exchanges that fail: reported so if true, without an echo if false.
    faults: (u32, bool),
    wired: bool,
    frames: u64,
    waited_ms: u64,
    /// Of the call under way.
    spent: u32,
    waits: u32,
    /// How far each socket's memory was filled, and given back.
    filled: [u16; 4],
    released: [u16; 4],
}

/// The chip with its board; copies are one and the same.
#[derive(Clone)]
pub(crate) struct Board(Rc<RefCell<State>>);

impl Board {
    pub(crate) fn new(input: &[u8]) -> Self {
        let mut state = State {
            // Taken from its end.
            input: input.iter().rev().copied().collect(),
            cells: vec![0; SIZE],
            noise: 0,
            faults: (0, false),
            wired: false,
            frames: 0,
            waited_ms: 0,
            spent: 0,
            waits: 0,
            filled: [0; 4],
            released: [0; 4],
        };
        state.reset();
        Self(Rc::new(RefCell::new(state)))
    }

    pub(crate) fn has_input(&self) -> bool {
        !self.0.borrow().input.is_empty()
    }

    /// The next byte; 0 when there is none left.
    pub(crate) fn byte(&self) -> u8 {
        self.0.borrow_mut().input.pop().unwrap_or(0)
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        let mut state = self.0.borrow_mut();
        state.spent = 0;
        state.waits = 0;
    }

    /// Of the next reads of registers, as many are answered by the input.
    pub(crate) fn set_noise(&self, count: u32) {
        self.0.borrow_mut().noise = count;
    }

    /// As many exchanges fail.
    pub(crate) fn set_faults(&self, count: u32, reported: bool) {
        self.0.borrow_mut().faults = (count, reported);
    }

    pub(crate) fn set_wired(&self, wired: bool) {
        self.0.borrow_mut().wired = wired;
    }

    /// A register or memory cell shows `value` from now on.
    pub(crate) fn poke(&self, address: u16, value: u8) {
        self.0.borrow_mut().cells[usize::from(address) % SIZE] = value;
    }

    pub(crate) fn peek(&self, address: usize) -> u8 {
        self.0.borrow().cells[address]
    }

    pub(crate) fn let_pass(&self, ms: u32) {
        self.0.borrow_mut().waited_ms += u64::from(ms);
    }

    /// The chip loses all it was told.
    pub(crate) fn lose_all(&self) {
        self.0.borrow_mut().reset();
    }

    /// Bytes arrive at socket `sn`.
    pub(crate) fn deliver(&self, sn: usize, data: &[u8]) {
        let mut state = self.0.borrow_mut();
        for byte in data {
            let at = RX + sn * usize::from(RING) + usize::from(state.filled[sn] % RING);
            state.cells[at] = *byte;
            state.filled[sn] = state.filled[sn].wrapping_add(1);
        }
        state.announce(sn);
    }

    /// From now on it is a sane chip, fresh from a reset.
    pub(crate) fn heal(&self) {
        let mut state = self.0.borrow_mut();
        state.input.clear();
        state.noise = 0;
        state.faults = (0, false);
        state.wired = false;
        state.reset();
    }
}

impl State {
    fn reset(&mut self) {
        self.cells.fill(0);
        self.cells[0x17..0x19].copy_from_slice(&2000u16.to_be_bytes());
        self.cells[0x19] = 8;
        self.filled = [0; 4];
        self.released = [0; 4];
    }

    fn word(&self, address: usize) -> u16 {
        u16::from_be_bytes([self.cells[address], self.cells[address + 1]])
    }

    fn set_word(&mut self, address: usize, value: u16) {
        self.cells[address..address + 2].copy_from_slice(&value.to_be_bytes());
    }

    fn raise(&mut self, socket: usize, events: u8) {
        self.cells[socket + EVENTS] |= events;
    }

    fn announce(&mut self, sn: usize) {
        let socket = SOCKETS.start + sn * 0x100;
        let waiting = self.filled[sn].wrapping_sub(self.released[sn]);
        self.set_word(socket + WAITING, waiting);
        if waiting != 0 {
            self.raise(socket, RECEIVED);
        }
    }

    fn read(&mut self, address: usize) -> u8 {
        let is_register = address < SOCKETS.end;
        if is_register && self.noise > 0 {
            self.noise -= 1;
            if let Some(byte) = self.input.pop() {
                return byte;
            }
        }
        match address {
            0x15 => self.cells[0x15] | self.socket_events(),
            _ => self.cells[address],
        }
    }

    /// A bit for each socket that has something to say.
    fn socket_events(&self) -> u8 {
        let has = |sn: &usize| self.cells[SOCKETS.start + sn * 0x100 + EVENTS] != 0;
        (0..4).filter(has).map(|sn| 1 << sn).sum()
    }

    fn write(&mut self, address: usize, value: u8) {
        let register = address & 0xFF;
        match register {
            _ if address == 0 && value & 0x80 != 0 => self.reset(),
            _ if address == 0x15 => self.cells[0x15] &= !value,
            COMMAND if SOCKETS.contains(&address) => self.execute(address - COMMAND, value),
            EVENTS if SOCKETS.contains(&address) => self.cells[address] &= !value,
            _ => self.cells[address] = value,
        }
    }

    fn execute(&mut self, socket: usize, command: u8) {
        let sn = (socket - SOCKETS.start) / 0x100;
        match command {
            0x01 => {
                self.cells[socket + STATUS] = match self.cells[socket + MODE] & 0x0F {
                    1 => 0x13,
                    2 => 0x22,
                    3 => 0x32,
                    4 => 0x42,
                    _ => 0,
                };
                for pointer in [WRITTEN, READ_TO, WAITING] {
                    self.set_word(socket + pointer, 0);
                }
                self.set_word(socket + FREE, RING);
                self.filled[sn] = 0;
                self.released[sn] = 0;
            }
            0x02 => self.cells[socket + STATUS] = 0x14,
            0x04 => {
                self.cells[socket + STATUS] = 0x17;
                self.raise(socket, CONNECTED);
            }
            0x08 => {
                self.cells[socket + STATUS] = 0;
                self.raise(socket, DISCONNECTED);
            }
            0x10 => self.cells[socket + STATUS] = 0,
            0x20 | 0x21 => self.raise(socket, SENT),
            0x40 => {
                self.released[sn] = self.word(socket + READ_TO);
                self.announce(sn);
            }
            _ => {}
        }
    }

    fn exchange(&mut self, frame: &mut Frame) {
        let [kind, high, low, value] = *frame;
        let address = usize::from(u16::from_be_bytes([high, low])) % SIZE;
        let answer = if kind == READ {
            self.read(address)
        } else {
            self.write(address, value);
            3
        };
        *frame = [0, 1, 2, answer];
    }
}

impl FrameTransfer for Board {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        let mut state = self.0.borrow_mut();
        state.frames += frames.len() as u64;
        state.spent += frames.len() as u32;
        assert!(state.spent < FRAMES, "a call never ends");
        if state.faults.0 > 0 {
            state.faults.0 -= 1;
            if state.faults.1 {
                return Err(BusError::Transfer);
            }
            frames.fill([0xFF; 4]);
            return Ok(());
        }
        for frame in frames {
            state.exchange(frame);
        }
        Ok(())
    }
}

impl Clock for Board {
    fn now_ms(&self) -> u32 {
        let state = self.0.borrow();
        let passed = state.waited_ms + state.frames / FRAMES_PER_MS;
        // It wraps soon.
        (u32::MAX - 5000).wrapping_add(passed as u32)
    }
}

impl Port for Board {
    fn wait(&self, _seen: u32, timeout_ms: u32) {
        let mut state = self.0.borrow_mut();
        state.waits += 1;
        assert!(state.waits < WAITS, "a call waits for ever");
        state.waited_ms += u64::from(timeout_ms.clamp(1, 1000));
    }

    fn interrupt(&self) -> Option<bool> {
        let state = self.0.borrow();
        let events = state.cells[0x15] | state.socket_events();
        state.wired.then_some(events & state.cells[0x16] != 0)
    }
}
