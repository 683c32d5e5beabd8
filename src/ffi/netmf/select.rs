//! select with Winsock's sets, which are lists that are edited in place.

use super::{LAST, WSAEINVAL, code, fail, note, park};
use crate::error::{Error, Result};
use crate::ffi::{ChipStack, DEVICES, device_of, lookup};
use crate::stack::Handle;
use crate::stack::ready::{ERR, HUP, IN, OUT};
use core::ffi::c_long;
use portable_atomic::Ordering;

/// Sockets of a set.
const SETSIZE: usize = 256;

/// A set (`w5100_netmf_fd_set`).
#[repr(C)]
#[derive(Debug)]
pub struct FdSet {
    fd_count: u32,
    fd_array: [i32; SETSIZE],
}

/// A time (`w5100_netmf_timeval`).
#[repr(C)]
#[derive(Debug)]
pub struct TimeVal {
    tv_sec: c_long,
    tv_usec: c_long,
}

/// A set that may be NULL. No reference is made to it, since a program may give the
/// same one twice.
#[derive(Clone, Copy)]
struct List(*mut FdSet);

impl List {
    fn len(self) -> Result<usize> {
        if self.0.is_null() {
            return Ok(0);
        }
        // SAFETY: not NULL, and a set by the contract of `ffi`.
        match unsafe { (*self.0).fd_count } as usize {
            count if count > SETSIZE => Err(Error::Invalid),
            count => Ok(count),
        }
    }

    fn at(self, index: usize) -> i32 {
        // SAFETY: a set, by the contract of `ffi`, of which `index` is a part: see
        // `len`, without which nobody has an index.
        unsafe {
            (&raw const (*self.0).fd_array)
                .cast::<i32>()
                .add(index)
                .read()
        }
    }

    fn holds(self, handle: i32) -> bool {
        (0..self.len().unwrap_or(0)).any(|index| self.at(index) == handle)
    }

    /// Keeps those of which `keep` says so; tells how many.
    fn retain(self, mut keep: impl FnMut(i32) -> bool) -> i32 {
        let mut kept = 0;
        for index in 0..self.len().unwrap_or(0) {
            let handle = self.at(index);
            if keep(handle) {
                // SAFETY: as in `at`; `kept` is no more than `index`.
                unsafe {
                    (&raw mut (*self.0).fd_array)
                        .cast::<i32>()
                        .add(kept)
                        .write(handle);
                }
                kept += 1;
            }
        }
        if !self.0.is_null() {
            // SAFETY: not NULL, and a set by the contract of `ffi`.
            unsafe { (*self.0).fd_count = kept as u32 };
        }
        kept as i32
    }
}

/// What there is of a socket.
#[derive(Clone, Copy)]
struct Look {
    ready: i16,
    /// The bytes before an error.
    data: bool,
}

impl Look {
    const fn failed(self) -> bool {
        self.ready & ERR != 0
    }
}

/// A chip that fails has its sockets look ready: the next call says why.
fn look(handle: i32, events: i16) -> Look {
    on_stack(handle, |stack, handle| {
        let ready = stack.ready(handle, events)?;
        let data = ready & ERR != 0 && stack.available(handle).is_ok_and(|bytes| bytes > 0);
        Ok(Look { ready, data })
    })
    .unwrap_or(Look {
        ready: events,
        data: false,
    })
}

fn on_stack<T>(handle: i32, action: impl FnOnce(&mut ChipStack, Handle) -> Result<T>) -> Result<T> {
    let handle = Handle::from_raw(handle);
    device_of(handle)?.with(|stack| action(stack, handle))
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_select(
    _count: i32,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: *const TimeVal,
) -> i32 {
    let sets = [List(read), List(write), List(except)];
    // SAFETY: NULL or a time, by the contract of `ffi`.
    if let Some(time) = unsafe { timeout.as_ref() }
        && (time.tv_sec < 0 || time.tv_usec < 0)
    {
        return fail(WSAEINVAL);
    }
    match check(&sets).and_then(|()| serve(&sets)) {
        Ok(()) => {}
        Err(error) => return fail(code(error)),
    }
    let [read, write, except] = sets;
    let mut told = 0;
    let mut count = read.retain(|handle| {
        let look = look(handle, IN);
        // An error is for the third set, but not before the bytes were read.
        let ours = !look.failed() || look.data || !except.holds(handle);
        kept(handle, look.ready & (IN | HUP) != 0 && ours, IN)
    });
    count += write.retain(|handle| {
        let look = look(handle, OUT);
        let ours = !look.failed() || !except.holds(handle);
        kept(handle, look.ready & OUT != 0 && ours, OUT)
    });
    count += except.retain(|handle| {
        let look = look(handle, 0);
        let ours = look.failed() && !(look.data && read.holds(handle));
        if ours && let Some(error) = error_of(handle, !look.data) {
            told = code(error);
            note(handle, told);
        }
        kept(handle, ours, ERR)
    });
    LAST.store(told, Ordering::Relaxed);
    count
}

/// The sets can be, and so can all that is in them.
fn check(sets: &[List]) -> Result<()> {
    let mut all = 0;
    for set in sets {
        let length = set.len()?;
        all += length;
        for index in 0..length {
            lookup(Handle::from_raw(set.at(index)))?;
        }
    }
    match all {
        0 => Err(Error::Invalid),
        _ => Ok(()),
    }
}

/// Asks the chips that the sets are about what happened.
fn serve(sets: &[List]) -> Result<()> {
    for (number, device) in DEVICES.iter().enumerate() {
        let ours = sets.iter().any(|set| {
            (0..set.len().unwrap_or(0))
                .any(|index| Handle::from_raw(set.at(index)).device() == number)
        });
        if ours {
            device.with(|stack| stack.service())?;
        }
    }
    Ok(())
}

/// The error that a socket has to tell, and told it is if `take`.
fn error_of(handle: i32, take: bool) -> Option<Error> {
    on_stack(handle, |stack, handle| stack.pending_error(handle, take)).ok()?
}

/// What is not there yet is told when it is.
fn kept(handle: i32, keep: bool, events: i16) -> bool {
    if !keep {
        park(handle, events);
    }
    keep
}
