//! The socket event, the service step, and the layer's beginning and end.

use super::adapter::{self, NetworkConfiguration};
use super::{ERRORS, LAST, error_of, fail};
use crate::error::Error;
use crate::ffi::port::Port;
use crate::ffi::{DEVICES, PORTS, answer, device, required};
use crate::stack::Handle;
use core::ffi::c_void;
use core::ptr;
use portable_atomic::{AtomicPtr, AtomicU32, Ordering};

/// What a device without anything to do is looked at again after, in milliseconds.
const REST_MS: u32 = 500;
/// The same if another call has the device, or an interrupt came meanwhile.
const BUSY_MS: u32 = 1;

/// The runtime's functions (`w5100_netmf_hooks`).
#[repr(C)]
#[derive(Debug)]
pub struct Hooks {
    /// `sizeof(w5100_netmf_hooks)`, so that the struct can grow.
    pub size: u32,
    /// Sets the runtime's socket event.
    pub event: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Has [`w5100_netmf_service`] called in so many milliseconds, or sooner.
    pub schedule: Option<unsafe extern "C" fn(context: *mut c_void, ms: u32)>,
    /// Given back to both.
    pub context: *mut c_void,
}

static HOOKS: AtomicPtr<Hooks> = AtomicPtr::new(ptr::null_mut());

/// In how many milliseconds the runtime is to call the service step, as far as it
/// was told.
static PROMISED: AtomicU32 = AtomicU32::new(0);

fn hooks() -> Option<&'static Hooks> {
    // SAFETY: NULL, or what was given to w5100_netmf_initialize(), which is valid
    // until w5100_netmf_uninitialize() has returned.
    unsafe { HOOKS.load(Ordering::Acquire).as_ref() }
}

/// Something changed: sets the runtime's socket event. Callable from an interrupt.
pub(in crate::ffi) fn raise() {
    if let Some(hooks) = hooks()
        && let Some(event) = hooks.event
    {
        // SAFETY: the runtime's function, with its own context.
        unsafe { event(hooks.context) }
    }
}

/// The service step is wanted in `ms` milliseconds. Callable from an interrupt.
pub(in crate::ffi) fn wanted(ms: u32) {
    if ms != 0 && ms >= PROMISED.load(Ordering::Relaxed) {
        return;
    }
    if let Some(hooks) = hooks()
        && let Some(schedule) = hooks.schedule
    {
        PROMISED.store(ms, Ordering::Relaxed);
        // SAFETY: the runtime's function, with its own context.
        unsafe { schedule(hooks.context, ms) }
    }
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_initialize(
    port: *const Port,
    configuration: *const NetworkConfiguration,
    hooks: *const Hooks,
) -> i32 {
    // SAFETY: by the contract of `ffi`: NULL, or a struct that begins with its size,
    // which is looked at before what is behind it.
    let complete = unsafe {
        match hooks.cast::<u32>().as_ref() {
            None => Err(Error::Fault),
            Some(size) if (*size as usize) < size_of::<Hooks>() => Err(Error::Invalid),
            Some(_) => (*hooks).event.ok_or(Error::Fault),
        }
    };
    if let Err(error) = complete {
        return fail(super::code(error));
    }
    let mut number = -1;
    if !port.is_null() {
        // SAFETY: by the contract of `ffi`.
        number = match unsafe { required(configuration) } {
            // SAFETY: the port is valid by the same contract.
            Ok(configuration) => unsafe { adapter::enable(port, configuration) },
            Err(error) => answer(Err(error)),
        };
        if number < 0 {
            return fail(super::code_of(number));
        }
    }
    HOOKS.store(hooks.cast_mut(), Ordering::Release);
    PROMISED.store(u32::MAX, Ordering::Relaxed);
    if !port.is_null() {
        // SAFETY: as above; it is not NULL.
        let outcome = unsafe { adapter::start(number, configuration) };
        if let Err(error) = outcome {
            HOOKS.store(ptr::null_mut(), Ordering::Release);
            device::WIZnet_Disable(number);
            return fail(super::code(error));
        }
    }
    wanted(0);
    0
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_uninitialize() -> i32 {
    for number in 0..DEVICES.len() as i32 {
        // One that is not enabled has nothing to end.
        device::WIZnet_Disable(number);
    }
    // Who is parked finds out.
    raise();
    HOOKS.store(ptr::null_mut(), Ordering::Release);
    for error in &ERRORS {
        error.store(0, Ordering::Relaxed);
    }
    0
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_service() -> u32 {
    let mut soonest = REST_MS;
    let mut there = false;
    PROMISED.store(u32::MAX, Ordering::Relaxed);
    for (device, port) in DEVICES.iter().zip(&PORTS) {
        if port.get().is_none() {
            continue;
        }
        match device.serve_parked() {
            Some(served) => {
                there |= served.there;
                soonest = soonest.min(served.next_ms);
            }
            None => soonest = BUSY_MS,
        }
    }
    if there {
        raise();
    }
    // An interrupt in the midst of it has asked for a step, which the answer to this
    // one would put off.
    let asked = PROMISED.fetch_min(soonest, Ordering::Relaxed);
    soonest.min(asked).max(BUSY_MS)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_getlasterror() -> i32 {
    LAST.load(Ordering::Relaxed)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_getsocklasterror(handle: i32) -> i32 {
    let pending = crate::ffi::lookup(Handle::from_raw(handle))
        .and_then(|(device, _)| device.with(|stack| stack.take_error(Handle::from_raw(handle))));
    match pending {
        Ok(Some(error)) => super::code(error),
        Ok(None) => error_of(handle).map_or(0, |error| error.load(Ordering::Relaxed).into()),
        Err(error) => super::code(error),
    }
}
