//! A hardware socket that is kept for DHCP and DNS.

use super::{answer, device_at};

/// Keeps one hardware socket of a device for DHCP and DNS, or no longer. In a
/// library built with its part `dhcp` or `dns`, as it is by default.
///
/// While it is kept, the program has one hardware socket less: three sessions run,
/// further clients are refused by the chip until one ends, and a connect or a
/// datagram socket beyond that gives -W5100_ENOBUFS. What DHCP holds is the one
/// that is kept, so that DHCP costs no second one; with W5100_DHCP_BORROW both
/// DHCP and DNS have the use of it.
///
/// Nothing that runs is ended. A listener gives up a socket that has no client; if
/// all are connections or datagram sockets, the next one that is free is kept.
/// WIZnet_Disable() ends it.
///
/// @param device  number from WIZnet_Enable()
/// @param on      whether one is kept; at first none is
/// @return 0, or -W5100_EINVAL (no such device), -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_reserve_socket(device: i32, on: bool) -> i32 {
    let outcome = device_at(device).and_then(|device| device.with(|stack| stack.reserve(on)));
    answer(outcome.map(|()| 0))
}
