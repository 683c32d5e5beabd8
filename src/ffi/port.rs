//! The port: how the library reaches the board and the system from C.

use super::PORTS;
use crate::bus::{BusError, Frame, FrameTransfer};
use crate::port;
use crate::stack::DEVICES;
use crate::time::Clock;
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr::{self, NonNull};
use portable_atomic::{AtomicPtr, Ordering};

/// The board and the system, as the library needs them.
///
/// A filled-in constant of this type is all that a port is. It is used by
/// reference: it must stay valid and unchanged from WIZnet_Enable() until
/// WIZnet_Disable() and all other calls on the device have returned.
/// `docs/PORTING.md` goes through it member by member.
#[repr(C)]
#[derive(Debug)]
pub struct Port {
    /// `sizeof(w5100_port)`, so that the struct can grow.
    pub size: u32,
    /// Given back to every callback; may be NULL.
    pub context: *mut c_void,
    /// Exchanges `count` SPI frames of 4 bytes each, in place: byte by byte,
    /// what is sent is replaced by what is received. SPI mode 0 or 3, MSB
    /// first, 14 MHz at most; /SCS low before **each** frame and high after
    /// it. Returns 0, or a negative value if the bus failed. Called by one
    /// task at a time. Required.
    pub transfer:
        Option<unsafe extern "C" fn(context: *mut c_void, frames: *mut u8, count: usize) -> i32>,
    /// Drives the chip's /RESET pin: low if `asserted`. NULL: not wired, the
    /// chip is reset by command.
    pub reset: Option<unsafe extern "C" fn(context: *mut c_void, asserted: bool)>,
    /// Milliseconds since any moment, wrapping at 2^32. Any task. It must run
    /// whenever a call of the library is made, WIZnet_Enable() included: all waits
    /// are bounded by it. Required.
    pub now_ms: Option<unsafe extern "C" fn(context: *mut c_void) -> u32>,
    /// Puts the calling task to sleep until w5100_notified(`seen`) is true or
    /// `timeout_ms` milliseconds (1 or more) have passed. It may return early
    /// for any reason. Checking w5100_notified() and going to sleep must be
    /// one step as seen by `notify`, or a wake-up costs up to `timeout_ms`.
    /// NULL: the library polls without sleeping. With tasks of different
    /// priorities on one core it must sleep, or `lock` be given: a task that
    /// spins for the lock never lets the lower one run that has it.
    pub wait: Option<unsafe extern "C" fn(context: *mut c_void, seen: u32, timeout_ms: u32)>,
    /// Wakes every task in `wait`. Called from any task, and from the
    /// interrupt handlers that call w5100_interrupt() or w5100_wake(). NULL: tasks
    /// wake when their time is over.
    pub notify: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Takes a mutex of the system, one per device, for its priority
    /// inheritance. Held while the bus is used, and during `wait` only when a
    /// chip is being set up. NULL: the library's own lock serves, which is
    /// tried every millisecond, sleeping in `wait`.
    pub lock: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Gives it back. NULL if `lock` is.
    pub unlock: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// True while the chip's /INT pin is low. Its falling edge must also lead
    /// to w5100_interrupt(), or a change is noticed up to half a second late.
    /// NULL: not wired, the chip is asked over the bus.
    pub interrupt: Option<unsafe extern "C" fn(context: *mut c_void) -> bool>,
    /// 32 random bits, asked for twice by WIZnet_Enable(): port numbers come from
    /// them, and the numbers of DNS questions. NULL: made from the MAC address and
    /// the time; who knows these can then forge answers of a name server.
    pub random: Option<unsafe extern "C" fn(context: *mut c_void) -> u32>,
    /// Where the calling task's `errno` is: usually `return &errno;`. Only the
    /// BSD view uses it. NULL: one `int` of the library's for all tasks.
    pub errno_location: Option<unsafe extern "C" fn(context: *mut c_void) -> *mut i32>,
    /// Where the calling task's last Winsock error is: a variable of its own,
    /// apart from `errno`. Only the Winsock view uses it. NULL, or a `size` that
    /// ends before it: `errno_location` serves, and if that is NULL too, one
    /// `int` of the library's for all tasks.
    pub last_error_location: Option<unsafe extern "C" fn(context: *mut c_void) -> *mut i32>,
}

/// A callback that tells where a task has a variable.
pub(super) type Location = unsafe extern "C" fn(context: *mut c_void) -> *mut i32;

impl Port {
    /// The least `size`: that of the first version. Members behind it are looked
    /// at only if `size` says that they are there.
    pub(super) const SIZE: u32 = offset_of!(Port, last_error_location) as u32;
}

/// A port that C gave, with the members of [`Port::SIZE`] and perhaps more. No
/// reference is made to it, since it may be shorter than [`Port`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Given(NonNull<Port>);

/// A member of a port.
macro_rules! member {
    ($given:expr, $name:ident) => {
        // SAFETY: the port is valid by the contract of `ffi`, and long enough
        // for this member: see `Given`.
        unsafe { (*$given.0.as_ptr()).$name }
    };
}

impl Given {
    /// # Safety
    /// `port` is NULL, or valid by the contract of `ffi` and of [`Port::SIZE`]
    /// bytes or more.
    pub(super) unsafe fn new(port: *const Port) -> Option<Self> {
        NonNull::new(port.cast_mut()).map(Self)
    }

    fn context(self) -> *mut c_void {
        member!(self, context)
    }

    /// True if what must be there is.
    pub(super) fn is_complete(self) -> bool {
        member!(self, transfer).is_some()
            && member!(self, now_ms).is_some()
            && member!(self, lock).is_some() == member!(self, unlock).is_some()
    }

    fn last_error_location(self) -> Option<Location> {
        if member!(self, size) as usize >= size_of::<Port>() {
            member!(self, last_error_location)
        } else {
            None
        }
    }
}

/// The calling task's variable, by the word of the first port that has the
/// callback.
fn task_variable(callback: impl Fn(Given) -> Option<Location>) -> Option<*mut i32> {
    PORTS
        .iter()
        .filter_map(|cell| {
            let port = cell.get()?;
            // SAFETY: a callback of a valid port, with its own context.
            callback(port).map(|location| unsafe { location(port.context()) })
        })
        .find(|location| !location.is_null())
}

/// Where the calling task's `errno` is, if a port tells.
pub(super) fn errno_location() -> Option<*mut i32> {
    task_variable(|port| member!(port, errno_location))
}

/// Where the calling task's last Winsock error is, if a port tells.
pub(super) fn last_error_location() -> Option<*mut i32> {
    task_variable(Given::last_error_location).or_else(errno_location)
}

/// Where the port of a device is kept; empty while the device is free.
#[derive(Debug)]
pub(super) struct PortCell(AtomicPtr<Port>);

impl PortCell {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    pub(super) fn get(&self) -> Option<Given> {
        // SAFETY: the cell is empty or holds the port given to WIZnet_Enable,
        // which is valid until WIZnet_Disable has emptied the cell.
        unsafe { Given::new(self.0.load(Ordering::Acquire)) }
    }

    /// Takes the cell for `port`, if it is empty.
    pub(super) fn claim(&self, port: *const Port) -> bool {
        self.0
            .compare_exchange(
                ptr::null_mut(),
                port.cast_mut(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            )
            .is_ok()
    }

    pub(super) fn set(&self, port: *const Port) {
        self.0.store(port.cast_mut(), Ordering::Release);
    }
}

/// The port of the device with this number, as the layers below see it.
/// Without one, nothing happens and no time passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct PortRef(u8);

impl PortRef {
    pub(super) const fn new(device: u8) -> Self {
        Self(device)
    }

    fn get(self) -> Option<Given> {
        // With one device the number is not even loaded.
        let number = if DEVICES == 1 { 0 } else { self.0.into() };
        PORTS.get(number)?.get()
    }
}

impl Clock for PortRef {
    fn now_ms(&self) -> u32 {
        match self.get() {
            Some(port) => {
                // SAFETY: a callback of a valid port, with its own context.
                member!(port, now_ms).map_or(0, |now_ms| unsafe { now_ms(port.context()) })
            }
            None => 0,
        }
    }
}

impl FrameTransfer for PortRef {
    fn transfer(&mut self, frames: &mut [Frame]) -> Result<(), BusError> {
        let Some((port, transfer)) = self
            .get()
            .and_then(|port| Some((port, member!(port, transfer)?)))
        else {
            return Err(BusError::Transfer);
        };
        let count = frames.len();
        // SAFETY: a callback of a valid port; `frames` is `count` times 4
        // bytes that nobody else uses.
        match unsafe { transfer(port.context(), frames.as_mut_ptr().cast(), count) } {
            0.. => Ok(()),
            _ => Err(BusError::Transfer),
        }
    }
}

impl port::Port for PortRef {
    fn wait(&self, seen: u32, timeout_ms: u32) {
        if let Some(port) = self.get()
            && let Some(wait) = member!(port, wait)
        {
            // SAFETY: a callback of a valid port, with its own context.
            unsafe { wait(port.context(), seen, timeout_ms) }
        }
    }

    fn notify(&self) {
        if let Some(port) = self.get()
            && let Some(notify) = member!(port, notify)
        {
            // SAFETY: a callback of a valid port, with its own context.
            unsafe { notify(port.context()) }
        }
        #[cfg(feature = "netmf")]
        super::netmf::event::raise();
    }

    fn lock(&self) -> *const () {
        let Some(port) = self.get() else {
            return ptr::null();
        };
        if let Some(lock) = member!(port, lock) {
            // SAFETY: a callback of a valid port, with its own context.
            unsafe { lock(port.context()) };
        }
        port.0.as_ptr().cast()
    }

    fn unlock(&self, taken: *const ()) {
        // SAFETY: NULL or what `lock` returned. The device may have been
        // disabled meanwhile, but this call has not returned yet, and its port
        // is valid until then.
        if let Some(port) = unsafe { Given::new(taken.cast()) }
            && let Some(unlock) = member!(port, unlock)
        {
            // SAFETY: a callback of a valid port, with its own context.
            unsafe { unlock(port.context()) };
        }
    }

    fn interrupt(&self) -> Option<bool> {
        let port = self.get()?;
        // SAFETY: a callback of a valid port, with its own context.
        member!(port, interrupt).map(|interrupt| unsafe { interrupt(port.context()) })
    }

    fn reset(&self, asserted: bool) -> bool {
        let Some((port, reset)) = self
            .get()
            .and_then(|port| Some((port, member!(port, reset)?)))
        else {
            return false;
        };
        // SAFETY: a callback of a valid port, with its own context.
        unsafe { reset(port.context(), asserted) };
        true
    }

    fn random(&self) -> Option<u32> {
        let port = self.get()?;
        // SAFETY: a callback of a valid port, with its own context.
        member!(port, random).map(|random| unsafe { random(port.context()) })
    }
}
