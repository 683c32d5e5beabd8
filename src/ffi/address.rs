//! Addresses, and who a socket talks to.

use super::socket::{W5100_AF_INET, W5100_AF_UNSPEC};
use super::{on_stack, required, required_mut};
use crate::error::{Error, Result};
use crate::stack::Endpoint;

/// An IPv4 address and port (`struct sockaddr_in`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SockAddrIn {
    /// W5100_AF_INET.
    pub sin_family: u16,
    /// Port in network byte order.
    pub sin_port: u16,
    /// IP address, first byte first: {192, 168, 1, 201}. {0, 0, 0, 0} is any.
    pub sin_addr: [u8; 4],
    /// Not looked at; 0 when written.
    pub sin_zero: [u8; 8],
}

const ADDRESS_SIZE: u32 = size_of::<SockAddrIn>() as u32;

/// Reads an address given by C.
pub(super) unsafe fn endpoint(address: *const SockAddrIn, length: u32) -> Result<Endpoint> {
    if address.is_null() {
        return Err(Error::Fault);
    }
    if length < ADDRESS_SIZE {
        return Err(Error::Invalid);
    }
    // SAFETY: by the contract of this module; the length was checked.
    let address = unsafe { required(address) }?;
    if i32::from(address.sin_family) != W5100_AF_INET {
        return Err(Error::FamilyNotSupported);
    }
    Ok(Endpoint {
        ip: address.sin_addr,
        port: u16::from_be(address.sin_port),
    })
}

/// True for an address that is long enough to have a family and has none.
pub(super) unsafe fn is_unspecified(address: *const SockAddrIn, length: u32) -> bool {
    // SAFETY: by the contract of this module; the length was checked.
    let family = || unsafe { address.cast::<u16>().as_ref() };
    length >= 2 && family().is_some_and(|family| i32::from(*family) == W5100_AF_UNSPEC)
}

/// Where to write an address for C: nowhere if `address` is NULL.
pub(super) struct AddressOut<'a>(Option<(&'a mut SockAddrIn, &'a mut u32)>);

impl AddressOut<'_> {
    pub(super) const NONE: Self = Self(None);

    pub(super) unsafe fn new(address: *mut SockAddrIn, length: *mut u32) -> Result<Self> {
        if address.is_null() {
            return Ok(Self::NONE);
        }
        // SAFETY: by the contract of this module.
        let length = unsafe { required_mut(length) }?;
        if *length < ADDRESS_SIZE {
            return Err(Error::Invalid);
        }
        // SAFETY: by the contract of this module; the length was checked.
        Ok(Self(Some((unsafe { required_mut(address) }?, length))))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn write(self, endpoint: Endpoint) {
        if let Some((address, length)) = self.0 {
            *address = SockAddrIn {
                sin_family: W5100_AF_INET as u16,
                sin_port: endpoint.port.to_be(),
                sin_addr: endpoint.ip,
                sin_zero: [0; 8],
            };
            *length = ADDRESS_SIZE;
        }
    }
}

/// Tells the local address: the port once bound, the IP once connected or
/// bound to it.
///
/// @param handle   socket
/// @param address  filled in
/// @param length   in: size of `address`; out: bytes written
/// @return 0, or -W5100_EBADF, -W5100_EFAULT, -W5100_EINVAL (`length` too
///   small), -W5100_ENETDOWN
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_getsockname(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut u32,
) -> i32 {
    on_stack(handle, |stack, handle| {
        // SAFETY: by the contract of this module.
        unsafe { put_name(stack.local(handle)?, address, length) }
    })
}

/// Tells the peer's address.
///
/// @param handle   socket
/// @param address  filled in
/// @param length   in: size of `address`; out: bytes written
/// @return 0, or -W5100_EBADF, -W5100_ENOTCONN, -W5100_EFAULT, -W5100_EINVAL
///   (`length` too small), -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_getpeername(
    handle: i32,
    address: *mut SockAddrIn,
    length: *mut u32,
) -> i32 {
    on_stack(handle, |stack, handle| {
        // SAFETY: by the contract of this module.
        unsafe { put_name(stack.peer(handle)?, address, length) }
    })
}

unsafe fn put_name(
    endpoint: Endpoint,
    address: *mut SockAddrIn,
    length: *mut u32,
) -> Result<usize> {
    // SAFETY: by the contract of this module.
    let out = unsafe { AddressOut::new(address, length) }?;
    if !out.is_wanted() {
        return Err(Error::Fault);
    }
    out.write(endpoint);
    Ok(0)
}
