//! Wake handles.

use super::{answer, device_at, device_of};
use crate::stack::Handle;

/// Makes a wake handle: put it into the set of w5100_poll(), or of a view's
/// select, with W5100_POLLIN, and w5100_wake() ends the call from any task or
/// interrupt without closing anything (requirement W8). In a library built with
/// its part `events`, as it is by default. It takes a place in the
/// handle table and no hardware socket. w5100_close() closes it, and
/// w5100_event_select() and w5100_wsa_async_select() take it; any other call on it
/// gives -W5100_EOPNOTSUPP.
///
/// @param device  number from WIZnet_Enable()
/// @return a handle above 0, or
///   - -W5100_EMFILE: the device's handle table is full (`W5100_SOCKETS`)
///   - -W5100_EINVAL: no such device
///   - -W5100_ENETDOWN: not enabled
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wake_new(device: i32) -> i32 {
    let outcome = device_at(device).and_then(|device| device.wake_handle());
    answer(outcome.map(|handle| handle.raw() as usize))
}

/// Signals a wake handle. Every poll with it in its set ends, now or, if it has
/// not begun, at once when it does: the handle stays readable until
/// w5100_wake_clear(). Touches neither the bus nor a lock of the library's; calls
/// the port's `notify`, which has to be fit for an interrupt if this is used in one.
///
/// @param handle  from w5100_wake_new()
/// @return 0, also if it was signalled already; or -W5100_EBADF: not an open
///   wake handle
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wake(handle: i32) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(device_of(handle).and_then(|device| device.signal(handle).map(|()| 0)))
}

/// Takes the signal of a wake handle back. Clear it before looking at what it
/// was signalled for, so that nothing is missed. Touches neither the bus nor a
/// lock.
///
/// @param handle  from w5100_wake_new()
/// @return 1 if it was signalled, else 0; or -W5100_EBADF: not an open wake
///   handle
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wake_clear(handle: i32) -> i32 {
    let handle = Handle::from_raw(handle);
    answer(device_of(handle).and_then(|device| device.quiet(handle).map(usize::from)))
}
