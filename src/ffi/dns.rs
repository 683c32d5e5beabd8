//! Names of hosts.

use super::{answer, device_at, required, required_mut, text};
use crate::error::{Error, Result};
use crate::services::dns::SERVERS;
use crate::time::FOREVER;
use core::ffi::c_char;

/// Name servers of a device.
pub const W5100_DNS_SERVERS: u32 = 3;
const _: () = assert!(SERVERS == W5100_DNS_SERVERS as usize);

/// Looks up the address of a host (RFC 1035, an A record, over any aliases). A
/// text of four numbers is its own answer. Answers are remembered for as long as
/// their server said. A name without a dot is looked for in the domain that DHCP
/// told first. One question of a device is on its way at a time; a call for another
/// name waits until it is its turn.
///
/// It takes a hardware socket and a place in the handle table for the question, and
/// gives both back on every path (requirement G5).
///
/// @param device      number from WIZnet_Enable()
/// @param name        host, ended by a NUL; 253 bytes at most
/// @param ip          4 bytes, filled in, first byte first
/// @param timeout_ms  milliseconds to wait at least: 0 does not wait, below 0
///                    waits for ever, that is, until the last server was asked
///                    three times: 10.5 s each
/// @return 0, or
///   - -W5100_EAGAIN: the time is over. The question goes on: a later call with
///     the same name gets its answer
///   - -W5100_EHOSTNOTFOUND: there is no such host, or it has no address
///   - -W5100_ENAMESERVER: no server answered, or none is set
///   - -W5100_ENOBUFS: no hardware socket can be had
///   - -W5100_EMFILE: the handle table is full
///   - -W5100_EINVAL: no such device, or what is no name
///   - -W5100_EFAULT, -W5100_ENETDOWN, -W5100_EIO
///
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_resolve(
    device: i32,
    name: *const c_char,
    ip: *mut u8,
    timeout_ms: i32,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    answer(unsafe { resolve(device, name, ip, timeout_ms) })
}

unsafe fn resolve(number: i32, name: *const c_char, ip: *mut u8, timeout_ms: i32) -> Result<usize> {
    let device = device_at(number)?;
    // SAFETY: by the contract of `ffi`: NULL, or 4 bytes; NULL, or a string.
    let (ip, name) = unsafe {
        let ip = required_mut(ip.cast::<[u8; 4]>())?;
        required(name)?;
        (ip, text(name))
    };
    let timeout = u32::try_from(timeout_ms).unwrap_or(FOREVER);
    *ip = device.resolve(name, timeout)?;
    Ok(0)
}

/// Sets a device's name servers, in the order in which they are asked. What DHCP
/// tells later takes their place. Answers that are remembered stay so.
///
/// @param device   number from WIZnet_Enable()
/// @param servers  `count` addresses of 4 bytes, first byte first; may be NULL if
///                 `count` is 0
/// @param count    0 to W5100_DNS_SERVERS
/// @return 0, or -W5100_EINVAL (no such device, or too many), -W5100_EFAULT,
///   -W5100_ENETDOWN (not enabled)
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_dns_set(device: i32, servers: *const [u8; 4], count: u32) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        let mut list = [[0; 4]; SERVERS];
        if servers.is_null() && count != 0 {
            return Err(Error::Fault);
        }
        let given = list.get_mut(..count as usize).ok_or(Error::Invalid)?;
        for (at, to) in given.iter_mut().enumerate() {
            // SAFETY: by the contract of `ffi` NULL or `count` of them, of which
            // this is one.
            *to = unsafe { *required(servers.wrapping_add(at))? };
        }
        device.with(|stack| stack.set_name_servers(list))?;
        Ok(0)
    });
    answer(outcome)
}
