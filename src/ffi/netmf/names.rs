//! Addresses of hosts by name, from a pool: there is no heap.

use super::{ADDRESS_SIZE, LAST, NO_ADDRESS, SOCKET_ERROR, WSAEWOULDBLOCK, code};
use crate::error::{Error, Result};
use crate::ffi::address::SockAddrIn;
use crate::ffi::socket::{
    W5100_AF_INET, W5100_IPPROTO_TCP, W5100_IPPROTO_UDP, W5100_SOCK_DGRAM, W5100_SOCK_STREAM,
};
use crate::ffi::{DEVICES, required, text};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::ptr;
use portable_atomic::{AtomicBool, Ordering};

/// Results that may be in the program's hands at a time.
const RESULTS: usize = 4;

/// A result (`w5100_netmf_addrinfo`).
#[repr(C)]
#[derive(Debug)]
pub struct AddrInfo {
    ai_flags: c_int,
    ai_family: c_int,
    ai_socktype: c_int,
    ai_protocol: c_int,
    ai_addrlen: usize,
    ai_canonname: *mut c_char,
    ai_addr: *mut SockAddrIn,
    ai_next: *mut AddrInfo,
}

/// A result and its address.
#[derive(Debug)]
struct Entry {
    info: AddrInfo,
    address: SockAddrIn,
    name: c_char,
}

#[derive(Debug)]
struct Place {
    taken: AtomicBool,
    entry: UnsafeCell<Entry>,
}

// SAFETY: who turned `taken` to true alone has the entry, until the program gives
// it back; its pointers lead into it.
unsafe impl Sync for Place {}

static POOL: [Place; RESULTS] = [const {
    Place {
        taken: AtomicBool::new(false),
        entry: UnsafeCell::new(Entry {
            info: AddrInfo {
                ai_flags: 0,
                ai_family: 0,
                ai_socktype: 0,
                ai_protocol: 0,
                ai_addrlen: 0,
                ai_canonname: ptr::null_mut(),
                ai_addr: ptr::null_mut(),
                ai_next: ptr::null_mut(),
            },
            address: NO_ADDRESS,
            name: 0,
        }),
    }
}; RESULTS];

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const AddrInfo,
    results: *mut *mut AddrInfo,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    match unsafe { find(node, service, hints, results) } {
        Ok(()) => 0,
        Err(error) => {
            let code = code(error);
            LAST.store(code, Ordering::Relaxed);
            match code {
                WSAEWOULDBLOCK => SOCKET_ERROR,
                code => code,
            }
        }
    }
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_sock_getaddrinfo_nf(
    node: *const c_char,
    service: *const c_char,
    hints: *const AddrInfo,
    results: *mut *mut AddrInfo,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    match unsafe { w5100_netmf_sock_getaddrinfo(node, service, hints, results) } {
        0 => 0,
        _ => SOCKET_ERROR,
    }
}

unsafe fn find(
    node: *const c_char,
    service: *const c_char,
    hints: *const AddrInfo,
    results: *mut *mut AddrInfo,
) -> Result<()> {
    if results.is_null() {
        return Err(Error::Fault);
    }
    // SAFETY: NULL, or valid and a string, by the contract of `ffi`.
    let (host, port, hints) = unsafe {
        required(node)?;
        let port = match service.is_null() {
            true => 0,
            false => port_number(text(service))?,
        };
        (text(node), port, hints.as_ref())
    };
    let (family, kind, protocol) = hints.map_or((0, 0, 0), |hints| {
        (hints.ai_family, hints.ai_socktype, hints.ai_protocol)
    });
    if family != 0 && family != W5100_AF_INET {
        return Err(Error::FamilyNotSupported);
    }
    let ip = resolve(host)?;
    let place = POOL
        .iter()
        .find(|place| !place.taken.swap(true, Ordering::AcqRel))
        .ok_or(Error::TooManyHandles)?;
    let protocol = match (kind, protocol) {
        (W5100_SOCK_STREAM, 0) => W5100_IPPROTO_TCP,
        (W5100_SOCK_DGRAM, 0) => W5100_IPPROTO_UDP,
        (_, protocol) => protocol,
    };
    let entry = place.entry.get();
    // SAFETY: the place was taken just now, so nobody else has it; `results` is not
    // NULL, and valid by the contract of `ffi`. No reference outlives this.
    unsafe {
        (*entry).address = SockAddrIn {
            sin_family: W5100_AF_INET as u16,
            sin_port: port.to_be(),
            sin_addr: ip,
            sin_zero: [0; 8],
        };
        (*entry).info = AddrInfo {
            ai_flags: 0,
            ai_family: W5100_AF_INET,
            ai_socktype: kind,
            ai_protocol: protocol,
            ai_addrlen: ADDRESS_SIZE as usize,
            ai_canonname: &raw mut (*entry).name,
            ai_addr: &raw mut (*entry).address,
            ai_next: ptr::null_mut(),
        };
        *results = &raw mut (*entry).info;
    }
    Ok(())
}

/// The address of a host; of an empty name this chip's own.
fn resolve(host: &[u8]) -> Result<[u8; 4]> {
    let mut outcome = Err(Error::NetworkDown);
    for device in &DEVICES {
        outcome = match host {
            [] => device
                .with(|stack| stack.network())
                .map(|(network, _)| network.address.ip),
            _ => device.resolve(host, 0),
        };
        if outcome != Err(Error::NetworkDown) {
            break;
        }
    }
    outcome
}

/// A port as a number in a text; none if it is empty.
fn port_number(text: &[u8]) -> Result<u16> {
    text.iter().try_fold(0_u16, |port, &digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10);
        let port = port.checked_mul(10);
        let next = port.zip(digit);
        next.and_then(|(port, digit)| port.checked_add(digit.into()))
            .ok_or(Error::Invalid)
    })
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_sock_freeaddrinfo(results: *mut AddrInfo) {
    for place in &POOL {
        // The result is what an entry begins with.
        let entry = place.entry.get();
        // SAFETY: no more than an address inside of a place that is always there.
        let own = unsafe { &raw mut (*entry).info };
        if ptr::eq(own, results) {
            place.taken.store(false, Ordering::Release);
        }
    }
}
