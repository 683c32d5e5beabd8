//! Events.

use super::{DEVICES, answer, on_any};
use crate::error::Error;
use crate::stack::event;
use crate::time::FOREVER;
use core::ffi::c_void;

/// Event: data waits, or an error of a datagram socket. Told again only after a
/// receive, then at once if data is left. On a wake handle: it was signalled.
pub const W5100_FD_READ: i32 = 0x01;
/// Event: at least one byte can be sent. Told again only after a send that would
/// block or took only a part.
pub const W5100_FD_WRITE: i32 = 0x02;
/// Event: a client waits. Told again only after an accept, then at once if
/// another one waits.
pub const W5100_FD_ACCEPT: i32 = 0x08;
/// Event: a connect has ended, well or not. Not told if connect itself, or another
/// call, has told why it failed.
pub const W5100_FD_CONNECT: i32 = 0x10;
/// Event: the connection is over, and all its data was read. Told once.
pub const W5100_FD_CLOSE: i32 = 0x20;

/// Has a function told of what happens on a socket, in place of the one that was
/// set before (requirement N9), or of the window that w5100_wsa_async_select() set.
/// The socket does not block from then on. Accepted sockets do not have it from
/// their listener. In a library built with its part
/// `events`, as it is by default.
///
/// The function runs inside w5100_dispatch(), in the task that called that, and
/// nowhere else. It holds nothing of the library's and may call anything, also
/// for this very socket. It is given its context, the socket, one `W5100_FD_...`
/// bit, and 0 or the `W5100_E...` number of what went wrong: of a failed connect,
/// of a connection that ended by an error, once its data was read, or of a datagram
/// that was not delivered.
/// A w5100_dispatch() that begins after this call has returned does not run the
/// function that was set before; one that is under way in another task may still
/// do so, once. So what its context points to must outlive that.
///
/// @param handle    socket, or wake handle
/// @param events    `W5100_FD_...` bits; 0 for none any more
/// @param callback  the function; may be NULL if `events` is 0
/// @param context   given back to it; may be NULL
/// @return 0, or -W5100_EBADF, -W5100_EINVAL (unknown event), -W5100_EFAULT
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_event_select(
    handle: i32,
    events: i32,
    callback: Option<extern "C" fn(context: *mut c_void, handle: i32, event: i32, error: i32)>,
    context: *mut c_void,
) -> i32 {
    on_any(handle, |stack, handle| {
        let events = u8::try_from(events).map_err(|_| Error::Invalid)?;
        let callback = match callback {
            Some(callback) => callback,
            None if events == 0 => ignore,
            None => return Err(Error::Fault),
        };
        stack.select_events(handle, events, callback, context)?;
        Ok(0)
    })
}

extern "C" fn ignore(_: *mut c_void, _: i32, _: i32, _: i32) {}

/// Waits until something is to be told of any socket of any device, and tells
/// it: the functions set with w5100_event_select() or w5100_wsa_async_select() run
/// in the calling task, one for each socket that has something, with nothing
/// locked. Meant to be the loop of one task; several may call it, and a socket's
/// function may then run in two of them at a time. A wake handle ends the wait like
/// any socket, and a signal is told in one of them only.
///
/// @param timeout_ms  milliseconds to wait at least if there is nothing to tell:
///                    0 does not wait, below 0 waits for ever
/// @return the number of functions that ran, 0 when the time is over; or, if none
///   ran, -W5100_ENETDOWN (no device is enabled, or a chip does not answer),
///   -W5100_EIO
///
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dispatch(timeout_ms: i32) -> i32 {
    let timeout = u32::try_from(timeout_ms).unwrap_or(FOREVER);
    answer(event::dispatch(&DEVICES, timeout))
}
