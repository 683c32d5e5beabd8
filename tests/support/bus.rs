//! Ways to the simulated chip, and a hook on the way.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use w5100::bus::{BusError, Frame, FrameTransfer, Pins};
use w5100_sim::ChipHandle;

/// The SPI line of the simulated chip.
pub(crate) struct Line(pub(crate) ChipHandle);

impl FrameTransfer for Line {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        self.0.transfer(frames);
        Ok(())
    }
}

type Choice = fn(&Frame) -> bool;

/// A fault of a [`FailingLine`] that occurs once, at the first frame of a test's choice.
#[derive(Clone, Default)]
pub(crate) struct LineFault(Arc<Mutex<Option<Choice>>>);

impl LineFault {
    pub(crate) fn set(&self, choice: Choice) {
        *self.0.lock().unwrap() = Some(choice);
    }

    /// It is still to occur.
    pub(crate) fn is_set(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }
}

/// The SPI line, with a fault: the frames of that transfer do not reach the chip.
pub(crate) struct FailingLine(pub(crate) Line, pub(crate) LineFault);

impl FrameTransfer for FailingLine {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        let occurs = |choice: &mut Choice| frames.iter().any(*choice);
        if self.1.0.lock().unwrap().take_if(occurs).is_some() {
            return Err(BusError::Transfer);
        }
        self.0.transfer(frames)
    }
}

/// The same as an embedded-hal device: a transaction is one chip select.
pub(crate) struct HalLine(pub(crate) ChipHandle);

impl ErrorType for HalLine {
    type Error = Infallible;
}

impl SpiDevice for HalLine {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let now = self.0.world().now();
        self.0.with(|chip| {
            chip.select(true);
            for operation in operations {
                let Operation::TransferInPlace(bytes) = operation else {
                    panic!("a frame is exchanged in place");
                };
                for byte in bytes.iter_mut() {
                    *byte = chip.clock_byte(now, *byte);
                }
            }
            chip.select(false);
        });
        Ok(())
    }
}

/// All fifteen address lines of the simulated chip.
pub(crate) struct DirectPins(pub(crate) ChipHandle);

impl Pins for DirectPins {
    fn get(&mut self, address: u16) -> u8 {
        let now = self.0.world().now();
        self.0.with(|chip| chip.parallel_read(now, address))
    }

    fn put(&mut self, address: u16, value: u8) {
        let now = self.0.world().now();
        self.0.with(|chip| chip.parallel_write(now, address, value));
    }
}

/// Two address lines of the simulated chip.
pub(crate) struct IndirectPins(pub(crate) ChipHandle);

impl Pins for IndirectPins {
    fn get(&mut self, address: u16) -> u8 {
        let now = self.0.world().now();
        self.0.with(|chip| chip.indirect_read(now, address as u8))
    }

    fn put(&mut self, address: u16, value: u8) {
        let now = self.0.world().now();
        self.0
            .with(|chip| chip.indirect_write(now, address as u8, value));
    }
}

type Hook = Box<dyn FnMut() + Send>;

/// Something to do whenever the library enters or leaves its lock. It may call the library
/// itself, and is not called again meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Observer(Arc<Mutex<Option<Hook>>>);

impl Observer {
    pub(crate) fn set(&self, hook: impl FnMut() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(hook));
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap() = None;
    }

    pub(super) fn step(&self) {
        let hook = self.0.lock().unwrap().take();
        if let Some(mut hook) = hook {
            hook();
            self.0.lock().unwrap().get_or_insert(hook);
        }
    }
}
