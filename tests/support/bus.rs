//! Ways to the simulated chip, and a hook on the way.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use super::{Lab, Setup};
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use w5100::bus::{BusError, Frame, FrameTransfer, Pins, SpiBus};
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

/// Exchanges of a [`FailingLine`] that fail.
struct Failure {
    choice: Choice,
    /// Chosen frames that get through before.
    spared: u32,
    /// How many exchanges in a row fail.
    count: u32,
    /// The chosen frame reaches the chip all the same.
    arrives: bool,
    begun: bool,
}

impl Failure {
    /// How many of the frames get through, if not all do.
    fn strikes(&mut self, frames: &[Frame]) -> Option<usize> {
        if self.begun {
            return Some(0);
        }
        for (at, frame) in frames.iter().enumerate() {
            if (self.choice)(frame) {
                if self.spared == 0 {
                    self.begun = true;
                    return Some(at + usize::from(self.arrives));
                }
                self.spared -= 1;
            }
        }
        None
    }
}

/// A fault of a [`FailingLine`] that occurs once, at the first frame of a test's choice.
#[derive(Clone, Default)]
pub(crate) struct LineFault(Arc<Mutex<Option<Failure>>>);

impl LineFault {
    pub(crate) fn set(&self, choice: Choice) {
        self.set_for(choice, 1, false);
    }

    /// `count` exchanges in a row fail, the first one at a frame of the test's choice, which
    /// `arrives` or not.
    pub(crate) fn set_for(&self, choice: Choice, count: u32, arrives: bool) {
        self.put(choice, 0, count, arrives);
    }

    /// The exchange fails at the frame after `spared` others, and `count` in all.
    pub(crate) fn set_after(&self, spared: u32, count: u32) {
        self.put(|_| true, spared, count, false);
    }

    fn put(&self, choice: Choice, spared: u32, count: u32, arrives: bool) {
        *self.0.lock().unwrap() = Some(Failure {
            choice,
            spared,
            count,
            arrives,
            begun: false,
        });
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap() = None;
    }

    /// It is still to occur, or not over.
    pub(crate) fn is_set(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }
}

/// The SPI line, with a fault: of that exchange only the frames before it reach the chip.
pub(crate) struct FailingLine(pub(crate) Line, pub(crate) LineFault);

impl FrameTransfer for FailingLine {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        let mut fault = self.1.0.lock().unwrap();
        let Some(failure) = fault.as_mut() else {
            return self.0.transfer(frames);
        };
        let Some(through) = failure.strikes(frames) else {
            return self.0.transfer(frames);
        };
        failure.count -= 1;
        if failure.count == 0 {
            *fault = None;
        }
        self.0.transfer(&mut frames[..through])?;
        Err(BusError::Transfer)
    }
}

/// An enabled device over a line with a fault to set.
pub(crate) fn failing() -> (Lab<SpiBus<FailingLine>>, LineFault) {
    let fault = LineFault::default();
    let lab = Lab::over(Setup::default(), |chip| {
        SpiBus::new(FailingLine(Line(chip), fault.clone()))
    });
    lab.enable().expect("the chip answers");
    (lab, fault)
}

/// The SPI line, and something that looks at each frame before it goes to the chip. If that
/// says no, the frame is echoed like a write and reaches nobody.
pub(crate) struct HookedLine<H>(pub(crate) ChipHandle, pub(crate) H);

impl<H: FnMut(&ChipHandle, Frame) -> bool> FrameTransfer for HookedLine<H> {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        for frame in frames {
            if (self.1)(&self.0, *frame) {
                self.0.transfer(std::slice::from_mut(frame));
            } else {
                *frame = [0, 1, 2, 3];
            }
        }
        Ok(())
    }
}

/// An enabled device over such a line.
pub(crate) fn hooked<H>(setup: Setup, hook: H) -> Lab<SpiBus<HookedLine<H>>>
where
    H: FnMut(&ChipHandle, Frame) -> bool,
{
    let lab = Lab::over(setup, |chip| SpiBus::new(HookedLine(chip, hook)));
    lab.enable().expect("the chip answers");
    lab
}

/// What a register of the chip shows now, in no time.
pub(crate) fn register(chip: &ChipHandle, address: u16) -> u8 {
    let now = chip.world().now();
    chip.with(|chip| chip.parallel_read(now, address))
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
