//! Membership in multicast groups.
//!
//! The chip joins at OPEN and leaves at CLOSE, and a hardware socket that is a
//! member sends to its group alone: the mode fixes the MAC. So a socket has one
//! group at most, and joining or leaving opens its hardware anew.

use super::datagram::is_group;
use super::{Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Joins a group. Datagrams that wait are lost.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no group's address; [`Error::AddressInUse`] if
    /// it is a member already; [`Error::NoHardwareSocket`] if none can be had,
    /// or it is a member of another group; [`Error::NoSuchOption`] on a socket
    /// that is not UDP; [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn join(&mut self, handle: Handle, group: [u8; 4]) -> Result<()> {
        self.expect_udp(handle)?;
        if !is_group(group) {
            return Err(Error::Invalid);
        }
        let sn = self.open_datagram(handle)?;
        match self.hw(sn).group {
            [0, 0, 0, 0] => self.change_group(sn, group),
            present if present == group => Err(Error::AddressInUse),
            _ => Err(Error::NoHardwareSocket),
        }
    }

    /// Leaves a group. Datagrams that wait are lost.
    ///
    /// # Errors
    /// [`Error::AddressNotAvailable`] if it is no member;
    /// [`Error::NoSuchOption`] on a socket that is not UDP;
    /// [`Error::BadHandle`]; [`Error::NetworkDown`].
    pub fn leave(&mut self, handle: Handle, group: [u8; 4]) -> Result<()> {
        self.expect_udp(handle)?;
        let hardware = self.table.get(handle)?.hardware;
        match hardware {
            Some(sn) if is_group(group) && self.hw(sn).group == group => {
                self.change_group(sn, [0; 4])
            }
            _ => Err(Error::AddressNotAvailable),
        }
    }

    fn expect_udp(&mut self, handle: Handle) -> Result<()> {
        let kind = self.table.get(handle)?.kind;
        if kind.is_datagram() && !kind.is_raw() {
            Ok(())
        } else {
            Err(Error::NoSuchOption)
        }
    }

    fn change_group(&mut self, sn: Sn, group: [u8; 4]) -> Result<()> {
        // The CLOSE sends the leave.
        self.chip.close(sn)?;
        let hw = self.hw(sn);
        hw.group = group;
        hw.peer_known = false;
        hw.to_group = false;
        hw.lose_parts();
        hw.received = false;
        self.open_again(sn)
    }
}
