use std::cell::RefCell;
use std::ffi::c_char;
use std::io;

use super::{SimWorld, address, attempt, guard, status, string};
use crate::world::World;

thread_local! {
    static REASON: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The result without its error, which is kept for w5100_sim_reason().
fn kept<T>(result: io::Result<T>) -> Option<T> {
    let text = match &result {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    REASON.set(text);
    result.ok()
}

/// Move the calling thread into a new network namespace, in which a TAP device disturbs nobody.
///
/// Threads and programs that it starts from then on are in it too; other threads stay where they
/// are. It has no interface but a loopback that is down, and no name: it ends, with all that was
/// made in it, when the last thread in it has ended and its last socket is closed, whatever ends
/// them. Returns 0, or W5100_SIM_ERROR when the thread lacks CAP_SYS_ADMIN (root has it, and so
/// has a program under `unshare --map-root-user`); w5100_sim_reason() says so. Does not block.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_own_network() -> i32 {
    status(|| kept(crate::own_network()))
}

/// Make a network in real time that ends in a network interface of this computer: a TAP device,
/// whose peer for TCP, UDP, ARP and ping is this computer's kernel. A chip needs an address of its
/// own in that network.
///
/// `device`: its name, 1 to 15 bytes. One that is not there is made, and goes with the world; it
/// happens in the network namespace of the calling thread (w5100_sim_own_network()).
/// `host_ip`: 4 bytes, the address that the interface gets, with a prefix of `prefix` bits (0 to
/// 32); it is brought up then. NULL takes the interface as it is.
/// Returns the world, or NULL: the program may not (it needs /dev/net/tun and CAP_NET_ADMIN in that
/// namespace, but for a device that an administrator made for its user), another program has the
/// device, the name or the prefix is none, or this kernel has no TAP devices. w5100_sim_reason()
/// says which.
///
/// cbindgen:ptrs-as-arrays=[[host_ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_tap(
    device: *const c_char,
    host_ip: *const u8,
    prefix: u8,
) -> *mut SimWorld {
    attempt(std::ptr::null_mut(), || {
        // SAFETY: the module's contract; a string that ends with a NUL.
        let device = unsafe { string(device) }.unwrap_or_default();
        // SAFETY: the module's contract; 4 bytes.
        let host = unsafe { address(host_ip) }.map(|ip| (ip, prefix));
        Some(SimWorld::boxed(kept(World::tap(device, host))?))
    })
}

/// Why the last w5100_sim_own_network() or w5100_sim_tap() of this thread failed, for people: as
/// many bytes as fit `room` with the NUL at the end. Empty if it did not fail. Returns the length
/// of the whole text. A `text` of NULL, or a `room` of 0, only asks for that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_reason(text: *mut c_char, room: usize) -> usize {
    guard(0, || {
        REASON.with_borrow(|reason| {
            // SAFETY: the module's contract; `room` bytes.
            let place = unsafe { super::slice_mut(text.cast(), room) };
            if let Some(place) = place.filter(|place| !place.is_empty()) {
                let length = reason.len().min(place.len() - 1);
                place[..length].copy_from_slice(&reason.as_bytes()[..length]);
                place[length] = 0;
            }
            reason.len()
        })
    })
}
