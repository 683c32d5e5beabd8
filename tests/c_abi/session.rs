//! A C program's device: a port of C functions, and memory for a chip.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::frames;
use crate::tiny::{Peer, TinyChip};
use w5100::ffi::address::SockAddrIn;
use w5100::ffi::device::{Config, WIZnet_Disable, WIZnet_Enable, w5100_notified};
use w5100::ffi::port::Port;
use w5100::ffi::socket::{w5100_connect, w5100_socket};

pub(crate) const AF_INET: i32 = 2;
pub(crate) const SOCK_STREAM: i32 = 1;
pub(crate) const SIZE: u32 = size_of::<SockAddrIn>() as u32;
pub(crate) const PEER: SockAddrIn = SockAddrIn {
    sin_family: AF_INET as u16,
    sin_port: 7u16.to_be(),
    sin_addr: [192, 168, 1, 10],
    sin_zero: [0; 8],
};

/// The devices are the library's, and so of all tests.
static ALONE: Mutex<()> = Mutex::new(());

/// What the port's context points to.
struct Board {
    /// The library's lock is round it.
    chip: TinyChip,
    /// Any thread's.
    now_ms: AtomicU32,
}

/// # Safety
/// `context` is the one that came with the port.
unsafe fn clock<'a>(context: *mut c_void) -> &'a AtomicU32 {
    // SAFETY: the board lives as long as its session; no reference is made to the chip beside it.
    unsafe { &(*context.cast::<Board>()).now_ms }
}

unsafe extern "C" fn transfer(context: *mut c_void, frames: *mut u8, count: usize) -> i32 {
    // SAFETY: as in `clock`; one thread at a time is in here.
    let chip = unsafe { &mut (*context.cast::<Board>()).chip };
    // SAFETY: `count` frames of four bytes.
    let frames = unsafe { std::slice::from_raw_parts_mut(frames.cast::<[u8; 4]>(), count) };
    // SAFETY: the port's context.
    chip.now = unsafe { clock(context) }.load(Ordering::Relaxed);
    for frame in frames {
        *frame = frames::exchange(chip, *frame);
    }
    0
}

unsafe extern "C" fn now_ms(context: *mut c_void) -> u32 {
    // SAFETY: the port's context.
    unsafe { clock(context) }.load(Ordering::Relaxed)
}

unsafe extern "C" fn wait(context: *mut c_void, seen: u32, timeout_ms: u32) {
    std::thread::yield_now();
    if !w5100_notified(seen) {
        // SAFETY: the port's context.
        unsafe { clock(context) }.fetch_add(timeout_ms, Ordering::Relaxed);
    }
}

/// An enabled device, disabled when dropped.
pub(crate) struct Session {
    pub(crate) number: i32,
    pub(crate) port: *mut Port,
    board: *mut Board,
    _alone: MutexGuard<'static, ()>,
}

impl Session {
    pub(crate) fn new(peer: Peer) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let board = Box::into_raw(Box::new(Board {
            chip: TinyChip::new(peer),
            now_ms: AtomicU32::new(0),
        }));
        let port = Box::into_raw(Box::new(Port {
            size: size_of::<Port>() as u32,
            context: board.cast(),
            transfer: Some(transfer),
            reset: None,
            now_ms: Some(now_ms),
            wait: Some(wait),
            notify: None,
            lock: None,
            unlock: None,
            interrupt: None,
            random: None,
            errno_location: None,
            last_error_location: None,
        }));
        let config = config();
        // SAFETY: both live until the session is dropped.
        let number = unsafe { WIZnet_Enable(port, &config) };
        assert!(number >= 0, "{number}");
        Self {
            number,
            port,
            board,
            _alone: alone,
        }
    }

    /// What the peer has.
    pub(crate) fn sent(&self) -> Vec<u8> {
        // SAFETY: no call is under way.
        unsafe { (*self.board).chip.sent.concat() }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        assert_eq!(WIZnet_Disable(self.number), 0);
        // SAFETY: made by `new`, and nobody has them any more.
        unsafe {
            drop(Box::from_raw(self.port));
            drop(Box::from_raw(self.board));
        }
    }
}

pub(crate) fn config() -> Config {
    Config {
        size: size_of::<Config>() as u32,
        mac: [2, 0, 0, 0, 0, 1],
        ip: [192, 168, 1, 201],
        mask: [255, 255, 255, 0],
        gateway: [192, 168, 1, 1],
        dns: [0; 4],
        rx_kib: [1, 0, 0, 0],
        tx_kib: [1, 0, 0, 0],
        retry_count: 0,
        reserved: 0,
        retry_time: 0,
    }
}

pub(crate) fn peer() -> Peer {
    Peer {
        ack_ms: Some(3),
        greeting: b"hello".to_vec(),
        ..Peer::default()
    }
}

pub(crate) fn connected() -> i32 {
    let handle = w5100_socket(AF_INET, SOCK_STREAM, 0);
    assert!(handle > 0, "{handle}");
    // SAFETY: the address is one.
    assert_eq!(unsafe { w5100_connect(handle, &PEER, SIZE) }, 0);
    handle
}
