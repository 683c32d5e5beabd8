//! A device over the chip, and which handles are open as the program sees it.

use w5100::bus::SpiBus;
use w5100::chip::{Address, MemorySplit, Network};
use w5100::error::{Error, Result};
use w5100::stack::{Device, Endpoint, Handle, Kind};

use crate::board::Board;

pub(crate) const PEER: Endpoint = Endpoint {
    ip: [192, 168, 1, 10],
    port: 7,
};
pub(crate) const DNS: [u8; 4] = [192, 168, 1, 2];
/// Handles that were closed, and are seen to stay so.
const REMEMBERED: usize = 8;
/// The most that one call sends or receives.
const LARGEST: usize = 3000;

pub(crate) fn network() -> Network {
    Network {
        address: Address {
            gateway: [192, 168, 1, 1],
            mask: [255, 255, 255, 0],
            mac: [2, 0, 0, 0, 0, 1],
            ip: [192, 168, 1, 201],
        },
        retry_time: 2000,
        retry_count: 8,
        split: MemorySplit::EVEN,
    }
}

pub(crate) struct Session {
    pub(crate) board: Board,
    pub(crate) device: [Device<SpiBus<Board>, Board>; 1],
    pub(crate) up: bool,
    pub(crate) sockets: Vec<Handle>,
    pub(crate) wakes: Vec<Handle>,
    pub(crate) closed: Vec<Handle>,
    pub(crate) data: Vec<u8>,
}

impl Session {
    /// An enabled device.
    pub(crate) fn new(input: &[u8]) -> Self {
        let board = Board::new(input);
        let mut session = Self {
            device: [Device::new(SpiBus::new(board.clone()), board.clone(), 0)],
            board,
            up: false,
            sockets: Vec::new(),
            wakes: Vec::new(),
            closed: Vec::new(),
            data: vec![0x5A; LARGEST],
        };
        session.enable().expect("the chip is still sane");
        session
    }

    pub(crate) fn device(&self) -> &Device<SpiBus<Board>, Board> {
        &self.device[0]
    }

    pub(crate) fn enable(&mut self) -> Result<()> {
        let enabled = self.device().with(|stack| stack.enable(&network(), DNS, 1));
        if self.up {
            assert_eq!(enabled, Err(Error::Already));
        }
        self.up |= enabled.is_ok();
        enabled
    }

    pub(crate) fn disable(&mut self) {
        let disabled = self.device().disable();
        assert_eq!(disabled == Err(Error::NetworkDown) && !self.up, !self.up);
        self.up = false;
        self.closed.append(&mut self.sockets);
        self.closed.append(&mut self.wakes);
    }

    pub(crate) fn socket(&mut self, kind: Kind) {
        if let Ok(handle) = self.device().with(|stack| stack.socket(kind)) {
            // No call is to wait for a chip that never does what is waited for.
            let set = self.on(handle, |session| {
                session.device().with(|stack| {
                    let settings = stack.settings(handle)?;
                    settings.receive_timeout = 100;
                    settings.send_timeout = 100;
                    Ok(())
                })
            });
            assert_eq!(set, Ok(()));
            self.add(handle);
        }
    }

    pub(crate) fn add(&mut self, handle: Handle) {
        assert!(self.up, "a handle of a device that is not there");
        let is_new = !self.sockets.contains(&handle) && !self.wakes.contains(&handle);
        assert!(is_new, "two have one handle");
        self.sockets.push(handle);
    }

    /// One of those that are open; if there is none, one that was closed, or never was. What the
    /// library has opened for itself is not to be guessed.
    pub(crate) fn some_socket(&self) -> Handle {
        let number = usize::from(self.board.byte());
        let handles = match self.sockets.is_empty() {
            true => &self.closed,
            false => &self.sockets,
        };
        match handles.is_empty() {
            true => Handle::from_raw(-1 - number as i32),
            false => handles[number % handles.len()],
        }
    }

    pub(crate) fn close(&mut self, handle: Handle) {
        let closed = self.on(handle, |session| session.device().close(handle));
        self.sockets.retain(|open| *open != handle);
        self.wakes.retain(|open| *open != handle);
        if closed != Err(Error::BadHandle) {
            self.closed.push(handle);
        }
    }

    /// A call on `handle`: that it is no handle is what those that are closed answer, and no other.
    pub(crate) fn on<T>(
        &mut self,
        handle: Handle,
        call: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let was_open = self.sockets.contains(&handle) || self.wakes.contains(&handle);
        let outcome = call(self);
        if was_open && let Err(error) = &outcome {
            assert_ne!(*error, Error::BadHandle);
        }
        outcome
    }

    /// Open handles are open, closed ones are not, and there are no others.
    pub(crate) fn check(&mut self) {
        let kind = |handle: &Handle| self.device().with(|stack| stack.kind(*handle));
        assert!(self.sockets.iter().all(|handle| kind(handle).is_ok()));
        let stale = |handle: &Handle| kind(handle) == Err(Error::BadHandle);
        assert!(self.closed.iter().all(stale));
        let excess = self.closed.len().saturating_sub(REMEMBERED);
        self.closed.drain(..excess);
    }
}
