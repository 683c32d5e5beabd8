//! Enabling and disabling a device, and its addresses.

use super::Stack;
use crate::bus::Bus;
use crate::chip::{Address, Network};
use crate::error::{Error, Result};
use crate::port::Port;
#[cfg(feature = "dns")]
use crate::services::Dice;

impl<B: Bus, P: Port> Stack<B, P> {
    /// Resets the chip and gives it its addresses. `seed` chooses the first
    /// port that is given out, and the numbers of services.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a configuration that cannot be,
    /// [`Error::Already`] if the device is enabled,
    /// [`Error::NetworkDown`] if no W5100 answers.
    pub fn enable(&mut self, network: &Network, dns: [u8; 4], seed: u32) -> Result<()> {
        self.enable_with(seed, |to, to_dns| {
            *to = *network;
            *to_dns = dns;
        })
    }

    /// Like [`Stack::enable`], with a configuration that is filled in in place:
    /// one struct copy would cost the library its only call to memcpy, 740
    /// bytes where no C library brings one.
    ///
    /// # Errors
    /// Those of [`Stack::enable`].
    pub fn enable_with(
        &mut self,
        seed: u32,
        fill: impl FnOnce(&mut Network, &mut [u8; 4]),
    ) -> Result<()> {
        if self.up {
            return Err(Error::Already);
        }
        fill(&mut self.network, &mut self.dns);
        self.network.address.check()?;
        self.network.split.check()?;
        self.chip.start(&self.network)?;
        self.next_port = (seed ^ seed >> 16) as u16;
        #[cfg(feature = "dns")]
        self.set_secret(seed);
        self.checked_at = self.chip.now();
        self.resets = self.resets.wrapping_add(1);
        self.up = true;
        Ok(())
    }

    /// Ends all connections silently and all handles for ever.
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if the device is not enabled.
    pub fn disable(&mut self) -> Result<()> {
        self.expect_up()?;
        self.up = false;
        self.half_restored = false;
        #[cfg(any(feature = "dhcp", feature = "dns"))]
        {
            self.spare = None;
        }
        #[cfg(feature = "dhcp")]
        self.forget_dhcp();
        #[cfg(feature = "dns")]
        self.forget_names();
        #[cfg(feature = "events")]
        self.forget_notices();
        #[cfg(all(feature = "dns", feature = "events"))]
        self.forget_lookups();
        self.close_all()
    }

    /// Sets what the numbers of names' questions come from, in place of the seed:
    /// other numbers, which come from that, are told to other hosts.
    #[cfg(feature = "dns")]
    pub fn set_secret(&mut self, secret: u32) {
        self.dice = Dice::new(secret);
    }

    pub(super) fn expect_up(&self) -> Result<()> {
        if self.up {
            Ok(())
        } else {
            Err(Error::NetworkDown)
        }
    }

    /// The configuration; the addresses are read back from the chip.
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if the device is not enabled or does not answer.
    pub fn network(&mut self) -> Result<(Network, [u8; 4])> {
        self.expect_up()?;
        let mut address = self.chip.address()?;
        if cfg!(feature = "udp") && address.ip == [0; 4] {
            address.mask = self.network.address.mask;
        }
        Ok((
            Network {
                address,
                ..self.network
            },
            self.dns,
        ))
    }

    /// Changes the addresses. Connections go on under the new ones, as far as
    /// the peers let them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad MAC, [`Error::NetworkDown`].
    pub fn set_address(&mut self, address: &Address, dns: [u8; 4]) -> Result<()> {
        self.expect_up()?;
        address.check()?;
        self.chip.set_address(address)?;
        self.network.address = *address;
        self.dns = dns;
        Ok(())
    }
}
