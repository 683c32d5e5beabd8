use std::ffi::c_char;

use super::{attempt, guard, peer, slice, slice_mut, status};
use crate::net::peer::{Conn, State};

/// A TCP connection of a peer.
pub struct SimConn {
    conn: Conn,
}

impl SimConn {
    pub(super) fn boxed(conn: Conn) -> *mut Self {
        Box::into_raw(Box::new(Self { conn }))
    }
}

/// Close the connection if it is open (FIN), and give its memory back. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_conn_free(conn: *mut SimConn) {
    if !conn.is_null() {
        // SAFETY: the module's contract: it came from SimConn::boxed and was not freed.
        guard((), || drop(unsafe { Box::from_raw(conn) }));
    }
}

/// The connection's state by its name in RFC 9293: "ESTABLISHED", "CLOSE-WAIT", ... Never NULL;
/// "CLOSED" for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_state(conn: Option<&SimConn>) -> *const c_char {
    let state = attempt(State::Closed, || Some(conn?.conn.state()));
    let name = match state {
        State::Closed => c"CLOSED",
        State::Listen => c"LISTEN",
        State::SynSent => c"SYN-SENT",
        State::SynReceived => c"SYN-RECEIVED",
        State::Established => c"ESTABLISHED",
        State::FinWait1 => c"FIN-WAIT-1",
        State::FinWait2 => c"FIN-WAIT-2",
        State::CloseWait => c"CLOSE-WAIT",
        State::Closing => c"CLOSING",
        State::LastAck => c"LAST-ACK",
        State::TimeWait => c"TIME-WAIT",
    };
    name.as_ptr()
}

/// Whether the connection is in the state ESTABLISHED.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_established(conn: Option<&SimConn>) -> bool {
    attempt(false, || Some(conn?.conn.state() == State::Established))
}

/// Whether it is over: refused, reset, or closed by both sides. True for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_closed(conn: Option<&SimConn>) -> bool {
    attempt(true, || {
        Some(matches!(
            conn?.conn.state(),
            State::Closed | State::TimeWait
        ))
    })
}

/// Whether the other side sent RST: it refused the connection or broke it.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_was_reset(conn: Option<&SimConn>) -> bool {
    attempt(false, || Some(conn?.conn.was_reset()))
}

/// Whether the other side has sent FIN and all that came before it was read.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_finished(conn: Option<&SimConn>) -> bool {
    attempt(false, || Some(conn?.conn.is_finished()))
}

/// Queue as many of the `length` bytes at `data` as there is room for. Returns how many; 0 when
/// the connection cannot send (not yet, or no longer), or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_conn_send(
    conn: Option<&SimConn>,
    data: *const u8,
    length: usize,
) -> usize {
    attempt(0, || {
        // SAFETY: the module's contract; `length` bytes.
        let data = unsafe { slice(data, length) }?;
        Some(conn?.conn.send(data))
    })
}

/// Take up to `length` bytes that have arrived. Returns how many; 0 when none wait, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_conn_recv(
    conn: Option<&SimConn>,
    data: *mut u8,
    length: usize,
) -> usize {
    attempt(0, || {
        // SAFETY: the module's contract; `length` bytes.
        let data = unsafe { slice_mut(data, length) }?;
        Some(conn?.conn.recv(data))
    })
}

/// Bytes that wait for w5100_sim_conn_recv().
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_available(conn: Option<&SimConn>) -> usize {
    attempt(0, || Some(conn?.conn.available()))
}

/// Bytes received since the connection began, read or not.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_received(conn: Option<&SimConn>) -> u64 {
    attempt(0, || Some(conn?.conn.received()))
}

/// Bytes queued that the other side has not acknowledged.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_unacknowledged(conn: Option<&SimConn>) -> usize {
    attempt(0, || Some(conn?.conn.unacknowledged()))
}

/// What becomes of bytes that arrive from now on: W5100_SIM_SERVICE_... MANUAL without a recv is
/// a peer that has stopped reading. Returns 0, or W5100_SIM_ERROR for NULL or no such service.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_service(conn: Option<&SimConn>, service: u8) -> i32 {
    status(|| {
        let service = peer::service(service)?;
        conn?.conn.set_service(service);
        Some(())
    })
}

/// Send FIN after what is queued. Receiving goes on.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_close(conn: Option<&SimConn>) {
    status(|| {
        conn?.conn.close();
        Some(())
    });
}

/// Send RST and forget what is queued.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_conn_abort(conn: Option<&SimConn>) {
    status(|| {
        conn?.conn.abort();
        Some(())
    });
}
