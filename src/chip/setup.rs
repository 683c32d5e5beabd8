//! Reset, probe and configuration.

use super::{Chip, MemorySplit, Peer};
use crate::bus::{Bus, INDIRECT_MODE};
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{Command, CommonEvents, SOCKETS, common, socket};
use crate::sync;
use crate::time::Stopwatch;

/// The chip's place on the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Gateway; all zero for none.
    pub gateway: [u8; 4],
    /// Subnet mask.
    pub mask: [u8; 4],
    /// Own MAC; neither all zero nor all ones.
    pub mac: [u8; 6],
    /// Own IP; all zero until DHCP has one.
    pub ip: [u8; 4],
}

impl Address {
    /// # Errors
    /// [`Error::Invalid`] for a MAC of all zeros or all ones. One with the group
    /// bit set is not a station's either (IEEE 802), but boards run with such
    /// ones, and the chip does not mind.
    pub fn check(&self) -> Result<()> {
        if self.mac == [0; 6] || self.mac == [0xFF; 6] {
            return Err(Error::Invalid);
        }
        Ok(())
    }
}

/// All that has to be written again after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Own addresses.
    pub address: Address,
    /// RTR, unit 100 us.
    pub retry_time: u16,
    /// RCR.
    pub retry_count: u8,
    /// Ring sizes.
    pub split: MemorySplit,
}

impl Network {
    /// Nothing set.
    pub const NEW: Network = Network {
        address: Address {
            gateway: [0; 4],
            mask: [0; 4],
            mac: [0; 6],
            ip: [0; 4],
        },
        retry_time: 0,
        retry_count: 0,
        split: MemorySplit::NONE,
    };

    /// The time that ARP takes to give up, in milliseconds.
    pub fn arp_ms(&self) -> u32 {
        u32::from(self.retry_time) * (u32::from(self.retry_count) + 1) / 10
    }

    /// The time from a segment to the chip's TIMEOUT if nobody acknowledges it,
    /// in milliseconds: the interval doubles while it fits 16 bits.
    pub fn retransmission_ms(&self) -> u32 {
        let mut interval = u32::from(self.retry_time);
        let mut total = 0u32;
        for _ in 0..u32::from(self.retry_count) + 1 {
            total = total.wrapping_add(interval);
            if interval * 2 <= 0xFFFF {
                interval *= 2;
            }
        }
        total / 10
    }
}

/// How long /RESET is held (the datasheet asks for 2 us).
const RESET_MS: u32 = 2;

/// What the PLL needs after a reset.
const SETTLE_MS: u32 = 10;

/// How long a chip may take to answer after a reset: an absent one must be
/// reported within 200 ms in all.
const PROBE_MS: u32 = 150;

impl<B: Bus, P: Port> Chip<B, P> {
    /// Resets the chip, waits until it answers as a W5100 does, and writes the
    /// configuration. Takes 200 ms at most.
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if no W5100 answers or it does not keep what is
    /// written to it; [`Error::Io`] if the bus fails.
    pub fn start(&mut self, network: &Network) -> Result<()> {
        self.suspect = true;
        self.reset()?;
        self.split = network.split;
        self.header_fields = [socket::HEADER_FIELDS_AT_RESET; SOCKETS];
        self.hung = false;
        // A socket's shadow is made anew when it is opened.
        for shadow in &mut self.shadows {
            shadow.command = Command::NONE;
        }
        self.set_address(&network.address)?;
        let [rtr_high, rtr_low] = network.retry_time.to_be_bytes();
        let [rmsr, tmsr] = network.split.registers();
        self.put(
            common::RTR,
            &[rtr_high, rtr_low, network.retry_count, rmsr, tmsr],
        )?;
        self.put(common::IMR, &[CommonEvents::MASK.0])?;
        // The last register tells for all that were written before it.
        if self.is_configured()? {
            self.suspect = false;
            Ok(())
        } else {
            Err(Error::NetworkDown)
        }
    }

    /// Resets by the pin, if there is one, and by command, which is all there
    /// is without a pin.
    fn reset(&mut self) -> Result<()> {
        let watch = Stopwatch::new(self.now());
        if self.clock.reset(true) {
            self.pause(RESET_MS);
            self.clock.reset(false);
        }
        loop {
            // A bus that fails here may be a chip that is not up yet.
            let reset = self.put(common::MR, &[common::MR_RST]);
            self.pause(SETTLE_MS);
            let answer = reset.and_then(|()| self.probe());
            if answer.is_ok() || watch.left(self.now(), PROBE_MS) == 0 {
                return answer;
            }
        }
    }

    /// Whether the registers are those of a W5100 after a reset.
    fn probe(&mut self) -> Result<()> {
        // Also enters the indirect mode of a parallel bus.
        self.put(common::MR, &[0])?;
        let mode = self.get_byte(common::MR)? & !INDIRECT_MODE;
        if mode == 0 && self.get_word(common::RTR)? == common::RTR_AT_RESET {
            Ok(())
        } else {
            Err(Error::NetworkDown)
        }
    }

    /// Lets `ms` milliseconds pass, whatever else happens.
    fn pause(&self, ms: u32) {
        let watch = Stopwatch::new(self.now());
        while let left @ 1.. = watch.left(self.now(), ms) {
            self.clock.wait(sync::epoch(), left);
        }
    }

    /// True while the chip holds what [`Chip::start`] wrote: a reset behind
    /// the library's back clears IMR.
    pub fn is_configured(&mut self) -> Result<bool> {
        Ok(self.get_byte(common::IMR)? == CommonEvents::MASK.0)
    }

    /// Writes gateway, mask, MAC and IP. Without an IP there is no mask either:
    /// the chip would take every host for one of another subnet, and ask the
    /// gateway (errata 2 and 3).
    pub fn set_address(&mut self, address: &Address) -> Result<()> {
        let mask = match address.ip {
            [0, 0, 0, 0] if cfg!(feature = "udp") => [0; 4],
            _ => address.mask,
        };
        self.put(common::GAR, &address.gateway)?;
        self.put(common::SUBR, &mask)?;
        self.put(common::SHAR, &address.mac)?;
        self.put(common::SIPR, &address.ip)
    }

    /// Deals the memory anew. No hardware socket may be open.
    pub fn set_split(&mut self, split: MemorySplit) -> Result<()> {
        self.put(common::RMSR, &split.registers())?;
        self.split = split;
        Ok(())
    }

    /// The peer of the last ICMP port unreachable.
    pub fn unreachable_peer(&mut self) -> Result<Peer> {
        let mut bytes = [0; 6];
        self.get(common::UIPR, &mut bytes)?;
        Ok(Peer::from_bytes(bytes))
    }

    /// Reads them back from the chip.
    pub fn address(&mut self) -> Result<Address> {
        let mut address = Address::default();
        self.get(common::GAR, &mut address.gateway)?;
        self.get(common::SUBR, &mut address.mask)?;
        self.get(common::SHAR, &mut address.mac)?;
        self.get(common::SIPR, &mut address.ip)?;
        Ok(address)
    }

    /// True if the port can see /INT.
    pub fn interrupt_is_wired(&self) -> bool {
        self.clock.interrupt().is_some()
    }

    /// The sockets with something to say, and the chip's own events, which
    /// are cleared. Costs nothing while a wired /INT is high, unless `ask`; one
    /// frame else.
    pub fn events(&mut self, ask: bool) -> Result<CommonEvents> {
        if !ask && self.clock.interrupt() == Some(false) {
            return Ok(CommonEvents(0));
        }
        let events = CommonEvents(self.get_byte(common::IR)?);
        let own = events.0 & CommonEvents::OWN.0;
        if own != 0 {
            self.put(common::IR, &[own])?;
        }
        Ok(events)
    }
}
