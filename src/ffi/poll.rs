//! Waiting for several sockets.

use super::{DEVICES, answer};
use crate::error::Error;
use crate::stack::{self, PollEntry};
use crate::time::FOREVER;
use core::slice;

/// Data, a client or the end of the stream waits: w5100_recv() or
/// w5100_accept() does not block.
pub const W5100_POLLIN: i16 = 0x0001;
/// w5100_send() takes at least one byte, or has an error to tell.
pub const W5100_POLLOUT: i16 = 0x0004;
/// An error waits; see W5100_SO_ERROR.
pub const W5100_POLLERR: i16 = 0x0008;
/// Both directions are over, or the socket was never connected.
pub const W5100_POLLHUP: i16 = 0x0010;
/// No open handle.
pub const W5100_POLLNVAL: i16 = 0x0020;
/// The peer will send nothing more.
pub const W5100_POLLRDHUP: i16 = 0x2000;
/// w5100_poll(): no time limit.
pub const W5100_WAIT_FOREVER: i32 = -1;

/// Waits until one of several sockets is ready. They may belong to several
/// devices; the port of the first one's does the sleeping.
///
/// @param set         entries; `revents` of each is written
/// @param count       number of entries; may be 0
/// @param timeout_ms  milliseconds to wait at least if nothing is ready: 0 does
///                    not wait, below 0 waits for ever
/// @return the number of entries whose `revents` is not 0, 0 when the time is
///   over; or -W5100_EFAULT (`set` is NULL and `count` is not 0),
///   -W5100_ENETDOWN, -W5100_EIO
///
/// An entry with a negative `fd` is ignored; one with a stale handle gets
/// W5100_POLLNVAL and counts. Closing a socket of the set from another task
/// ends the wait. Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_poll(set: *mut PollEntry, count: u32, timeout_ms: i32) -> i32 {
    let entries = if count == 0 {
        &mut []
    } else if set.is_null() {
        return answer(Err(Error::Fault));
    } else {
        // SAFETY: not NULL, and valid for `count` entries that nobody else
        // uses, by the contract of this module.
        unsafe { slice::from_raw_parts_mut(set, count as usize) }
    };
    let timeout = u32::try_from(timeout_ms).unwrap_or(FOREVER);
    answer(stack::poll(&DEVICES, entries, timeout))
}
