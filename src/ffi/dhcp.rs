//! DHCP.

use super::{ChipStack, answer, device_at, required, required_mut, text};
use crate::error::{Error, Result};
use crate::services::dhcp::{DOMAIN_MAX, Field, HOST_NAME_MAX, State};
use crate::stack::DhcpSettings;
use crate::time::FOREVER;
use crate::words;
use core::ffi::c_char;

/// `w5100_dhcp_config.flags`: hold no hardware socket between renewals. At a
/// renewal one is borrowed: a free one, or one that listens and has no client.
/// While all are connections the renewal waits; the lease may then be lost.
pub const W5100_DHCP_BORROW: u32 = 0x01;

/// `w5100_dhcp_status.state`: not started.
pub const W5100_DHCP_OFF: u8 = 0;
/// Looks for a server.
pub const W5100_DHCP_SELECTING: u8 = 1;
/// Asks for the address that a server offered.
pub const W5100_DHCP_REQUESTING: u8 = 2;
/// Asks for the address that was held before a restart.
pub const W5100_DHCP_REBOOTING: u8 = 3;
/// Has a lease.
pub const W5100_DHCP_BOUND: u8 = 4;
/// Has a lease, and asks its server to have it go on.
pub const W5100_DHCP_RENEWING: u8 = 5;
/// Has a lease, and asks any server to.
pub const W5100_DHCP_REBINDING: u8 = 6;
/// Tells its server that another host has the address.
pub const W5100_DHCP_DECLINING: u8 = 7;
const _: () = assert!(State::Declining as u8 == W5100_DHCP_DECLINING);

/// `w5100_dhcp_status.seconds`: a lease that never ends.
pub const W5100_DHCP_FOREVER: u32 = u32::MAX;

/// How to go about DHCP.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DhcpConfig {
    /// `sizeof(w5100_dhcp_config)`, so that the struct can grow.
    pub size: u32,
    /// `W5100_DHCP_...` bits.
    pub flags: u32,
    /// Own name, which servers show; of more than 32 bytes the first 32 count.
    /// May be NULL.
    pub host_name: *const c_char,
    /// The address that was held before a restart, which is asked for first;
    /// 0.0.0.0 for none.
    pub remembered: [u8; 4],
}

/// How far DHCP is. Addresses are 0.0.0.0 where there are none.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DhcpStatus {
    /// `W5100_DHCP_...`
    pub state: u8,
    /// Bytes of `domain`.
    pub domain_length: u8,
    /// Always 0.
    pub reserved: u16,
    /// Own address.
    pub address: [u8; 4],
    /// Subnet mask.
    pub mask: [u8; 4],
    /// Router.
    pub gateway: [u8; 4],
    /// Name servers.
    pub dns: [[u8; 4]; 2],
    /// Time server (NTP).
    pub ntp: [u8; 4],
    /// The server that granted the lease.
    pub server: [u8; 4],
    /// Seconds that the lease was granted for; W5100_DHCP_FOREVER.
    pub seconds: u32,
    /// Seconds that it has left, likewise.
    pub seconds_left: u32,
    /// Seconds after which its server is asked to have it go on.
    pub t1: u32,
    /// Seconds after which any server is.
    pub t2: u32,
    /// Name of the domain; ends with a NUL.
    pub domain: [c_char; 65],
}
const _: () = assert!(DOMAIN_MAX == 64);

/// Starts to get an address by DHCP (RFC 2131), in the background: the library's
/// calls on any socket, and w5100_service(), drive it. Until then the chip has no
/// address; connections under one that it had end with -W5100_ECONNABORTED. Takes a
/// hardware socket and a place in the handle table, and keeps both until
/// w5100_dhcp_stop(), unless W5100_DHCP_BORROW is set (requirement G3).
///
/// @param device  number from WIZnet_Enable()
/// @param config  copied; NULL for all zero
/// @return 0, or
///   - -W5100_EALREADY: started already, or a release is still on its way
///   - -W5100_ENOBUFS: no hardware socket can be had
///   - -W5100_EADDRINUSE: a socket of the program's is bound to UDP port 68
///   - -W5100_EMFILE: the handle table is full
///   - -W5100_EINVAL: no such device, or `size` is too small
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_dhcp_start(device: i32, config: *const DhcpConfig) -> i32 {
    // SAFETY: by the contract of `ffi`.
    answer(unsafe { start(device, config) })
}

unsafe fn start(number: i32, config: *const DhcpConfig) -> Result<usize> {
    let device = device_at(number)?;
    let mut settings = DhcpSettings::default();
    if !config.is_null() {
        // SAFETY: by the contract of `ffi`; the size is looked at before what is
        // behind it.
        let config = unsafe {
            if (*required(config.cast::<u32>())? as usize) < size_of::<DhcpConfig>() {
                return Err(Error::Invalid);
            }
            required(config)?
        };
        settings.borrows = config.flags & W5100_DHCP_BORROW != 0;
        settings.remembered = config.remembered;
        if !config.host_name.is_null() {
            // SAFETY: by the contract of `ffi` a string.
            settings.host_name = unsafe { text(config.host_name) };
        }
    }
    device.with(|stack| stack.dhcp_start(&settings))?;
    Ok(0)
}

/// Ends DHCP and gives its hardware socket back. The address stays as it is,
/// though nobody has the lease renewed.
///
/// @param device  number from WIZnet_Enable()
/// @return 0, also if it was not started; or -W5100_EINVAL (no such device),
///   -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dhcp_stop(device: i32) -> i32 {
    order(device, |stack| stack.dhcp_stop(false))
}

/// The same, and gives the address back to the server first: the chip has none
/// any more, and its connections end with -W5100_ECONNABORTED.
///
/// @param device  number from WIZnet_Enable()
/// @return 0, also if it was not started; or -W5100_EINVAL (no such device),
///   -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dhcp_release(device: i32) -> i32 {
    order(device, |stack| stack.dhcp_stop(true))
}

#[inline(never)]
fn order(device: i32, order: fn(&mut ChipStack) -> Result<()>) -> i32 {
    let outcome = device_at(device).and_then(|device| device.with(order));
    answer(outcome.map(|()| 0))
}

/// Has the lease renewed now.
///
/// @param device  number from WIZnet_Enable()
/// @return 0: the server is being asked; or -W5100_EINVAL (no such device, or
///   there is no lease, or it is being renewed), -W5100_ENETDOWN
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dhcp_renew(device: i32) -> i32 {
    order(device, ChipStack::dhcp_renew)
}

/// Tells how far DHCP is.
///
/// @param device  number from WIZnet_Enable()
/// @param out     filled in
/// @return 0, or -W5100_EINVAL (no such device), -W5100_EFAULT
///
/// Does not block; uses no bus. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_dhcp_get(device: i32, out: *mut DhcpStatus) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of `ffi`.
        let out = unsafe { required_mut(out) }?;
        device.with(|stack| {
            let (state, lease, seconds_left) = stack.dhcp_state();
            out.state = state as u8;
            out.reserved = 0;
            out.address = lease[Field::Address];
            out.mask = lease[Field::Mask];
            out.gateway = lease[Field::Gateway];
            out.dns = [lease[Field::Dns], lease[Field::SecondDns]];
            out.ntp = lease[Field::Ntp];
            out.server = lease[Field::Server];
            out.seconds = lease.seconds(Field::Lease);
            out.seconds_left = seconds_left;
            out.t1 = lease.seconds(Field::T1);
            out.t2 = lease.seconds(Field::T2);
            let domain = stack.dhcp_domain();
            out.domain_length = domain.len() as u8;
            for (at, to) in out.domain.iter_mut().enumerate() {
                *to = *domain.get(at).unwrap_or(&0) as c_char;
            }
            Ok(())
        })?;
        Ok(0)
    });
    answer(outcome)
}

/// Waits until there is a lease.
///
/// @param device      number from WIZnet_Enable()
/// @param timeout_ms  milliseconds to wait at least: 0 does not wait, below 0
///                    waits for ever
/// @return 0: there is one; or
///   - -W5100_EAGAIN: the time is over
///   - -W5100_EINVAL: no such device, or DHCP is not started, or was stopped
///     meanwhile
///   - -W5100_ENETDOWN, -W5100_EIO
///
/// Blocks. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dhcp_wait(device: i32, timeout_ms: i32) -> i32 {
    let timeout = u32::try_from(timeout_ms).unwrap_or(FOREVER);
    let outcome = device_at(device).and_then(|device| device.dhcp_wait(timeout));
    answer(outcome.map(|()| 0))
}

/// By number.
const STATE_LIST: [&str; 9] = [
    "OFF",
    "SELECTING",
    "REQUESTING",
    "REBOOTING",
    "BOUND",
    "RENEWING",
    "REBINDING",
    "DECLINING",
    "UNKNOWN",
];
static STATES: [u8; words::length(&STATE_LIST)] = words::join(&STATE_LIST);

/// The name of a state of DHCP: "BOUND".
///
/// @param state  `W5100_DHCP_...`, as in `w5100_dhcp_status.state`
/// @return a constant string, never NULL; "UNKNOWN" for an unknown state
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_dhcp_state_name(state: u8) -> *const c_char {
    let last = STATE_LIST.len() - 1;
    words::nth(&STATES, usize::from(state).min(last)).as_ptr()
}

const _: () = assert!(HOST_NAME_MAX == 32);
