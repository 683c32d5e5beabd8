//! One hardware socket that is kept for the library's own services.
//!
//! While it is kept, a program gets no hardware socket, and no listener is armed,
//! unless one that is free, or held by a service, is left afterwards. Services are
//! not bound by it: it is for them.

use super::Stack;
use super::hardware::Role;
use crate::bus::Bus;
use crate::error::Result;
use crate::port::Port;
use crate::regs::Sn;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Has one hardware socket kept for DHCP and DNS from now on, or not. A
    /// listener that has the last one, and no client there, gives it up; of a
    /// program's sockets the first that it gives back is kept.
    ///
    /// # Errors
    /// [`Error::NetworkDown`](crate::error::Error).
    pub fn reserve(&mut self, on: bool) -> Result<()> {
        self.expect_up()?;
        self.spare = on.then_some(Self::spare);
        self.changed = true;
        if !on {
            // What was kept is for listeners again.
            return self.arm_listeners(true);
        }
        for sn in Sn::all() {
            let idle = self.hw(sn).role == Role::Armed && self.spare() == 0;
            if idle && self.disarm(sn)? {
                self.free_hardware(sn)?;
            }
        }
        Ok(())
    }

    /// Hardware sockets that are free or held by a service: if one is to be kept,
    /// a program may not have the last of them.
    fn spare(&mut self) -> usize {
        let mut count = 0;
        for sn in Sn::all() {
            let hw = *self.hw(sn);
            let kept = match hw.role {
                Role::Free => self.chip.has(sn),
                Role::Datagram => self
                    .table
                    .at(usize::from(hw.owner))
                    .is_some_and(|socket| socket.is_service()),
                _ => false,
            };
            count += usize::from(kept);
        }
        count
    }

    /// How many of those a claim may take.
    pub(super) fn claimable(&mut self, service: bool) -> usize {
        match self.spare {
            Some(spare) if !service => spare(self),
            _ => usize::MAX,
        }
    }
}
