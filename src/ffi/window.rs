//! Events told to a window: what Winsock's `WSAAsyncSelect` is made of.

use super::on_any;
use core::ffi::c_void;

/// A window's function. It is given the window and the message that were set with
/// w5100_wsa_async_select(); the socket; and, in the lower 16 bits of `lparam`, one
/// `W5100_FD_...` bit, above them 0 or the Winsock code of what went wrong. What it
/// returns is not looked at.
pub type WindowProcedure =
    Option<extern "C" fn(window: *mut c_void, message: u32, wparam: usize, lparam: isize) -> isize>;

/// Has a window told of what happens on a socket, in place of the window or the
/// function that was set before (requirement N9): w5100_event_select() with
/// Winsock's arguments. The socket does not block from then on, also when it is no
/// longer told of; while it is, it cannot be made to. A socket that is accepted
/// from a listener so selected has the same window, message and events, and does
/// not block either. In a library built with its part `events`, as it is by
/// default; `WSAAsyncSelect` calls it.
///
/// The procedure runs inside w5100_dispatch(), which is the message loop: in the
/// task that called that, and nowhere else. It holds nothing of the library's and
/// may call anything, also for this very socket. Once this call or w5100_close() has
/// returned in the task that dispatches, what was set before is told of that socket
/// no more, and of none that has its place. In another task a w5100_dispatch() that
/// is under way may still do so, once: the window must outlive that.
///
/// @param handle     socket, or wake handle
/// @param window     given to the procedure
/// @param procedure  the window's function
/// @param message    given to the procedure; any
/// @param events     `W5100_FD_...` bits, and 4 (FD_OOB), which never comes; 0 for
///                   none any more, and the three arguments before it may be NULL
///                   or any
/// @return 0, or -W5100_EBADF, -W5100_EINVAL (unknown event), -W5100_EFAULT (no
///   window, or no procedure)
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_wsa_async_select(
    handle: i32,
    window: *mut c_void,
    procedure: WindowProcedure,
    message: u32,
    events: i32,
) -> i32 {
    on_any(handle, |stack, handle| {
        // None that does not fit is known.
        let events = u8::try_from(events).unwrap_or(u8::MAX);
        let procedure = procedure.filter(|_| !window.is_null());
        stack.select_window(handle, events, procedure, message, window)?;
        Ok(0)
    })
}
