//! Enabling, disabling and configuring a device.

use super::port::{Given, Port, PortRef};
use super::{DEVICES, PORTS, answer, device_at, required, required_mut};
use crate::chip::{Address, MemorySplit, Network};
use crate::error::{Error, Result};
use crate::port::Port as _;
use crate::regs::common;
use crate::sync;
use crate::time::Clock;

/// The chip's place on the network and its set-up.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `sizeof(w5100_config)`, so that the struct can grow.
    pub size: u32,
    /// Own MAC address; neither all zeros nor all ones. The first byte should
    /// be even: some hosts and switches drop frames from a group address.
    pub mac: [u8; 6],
    /// Own IP address; 0.0.0.0 for none yet.
    pub ip: [u8; 4],
    /// Subnet mask.
    pub mask: [u8; 4],
    /// Gateway; 0.0.0.0 for none.
    pub gateway: [u8; 4],
    /// DNS server; 0.0.0.0 for none. Takes no hardware socket.
    pub dns: [u8; 4],
    /// KiB of receive memory for each hardware socket: 1, 2, 4, 8, or 0 (unused;
    /// so are all after it); 8 in all. All four 0: 2 each.
    pub rx_kib: [u8; 4],
    /// KiB of transmit memory, likewise; 0 where `rx_kib` is 0.
    pub tx_kib: [u8; 4],
    /// Retries of ARP and TCP: their number (RCR). 0: 8.
    pub retry_count: u8,
    /// Always 0.
    pub reserved: u8,
    /// Time to the first retry, in 100 us (RTR). 0: 2000, which is 200 ms.
    pub retry_time: u16,
}

impl Config {
    const SIZE: u32 = size_of::<Config>() as u32;

    fn fill(&self, network: &mut Network) {
        network.address.gateway = self.gateway;
        network.address.mask = self.mask;
        network.address.mac = self.mac;
        network.address.ip = self.ip;
        network.retry_time = match self.retry_time {
            0 => common::RTR_AT_RESET,
            time => time,
        };
        network.retry_count = match self.retry_count {
            0 => common::RCR_AT_RESET,
            count => count,
        };
        network.split = MemorySplit {
            rx: self.rx_kib,
            tx: self.tx_kib,
        };
        if network.split == MemorySplit::NONE {
            network.split = MemorySplit::EVEN;
        }
    }

    fn address(&self) -> Address {
        Address {
            gateway: self.gateway,
            mask: self.mask,
            mac: self.mac,
            ip: self.ip,
        }
    }
}

/// Enables a device: resets the chip behind `port`, waits until it answers,
/// and gives it its addresses.
///
/// The first device enabled has number 0 and is the one that w5100_socket()
/// uses. How many there can be is set when the library is built
/// (`W5100_DEVICES`; 1 on bare metal if not set).
///
/// @param port    the board; must stay valid and unchanged until
///                WIZnet_Disable() and all calls on the device have returned.
///                No chip may be given twice
/// @param config  the addresses; copied
/// @return the device's number, 0 or above, or
///   - -W5100_EFAULT: `port` or `config` is NULL, or the port lacks `transfer`
///     or `now_ms`, or has one of `lock` and `unlock` only
///   - -W5100_EINVAL: a `size` is too small, the MAC cannot be, or the memory
///     split is impossible
///   - -W5100_EMFILE: all devices are enabled
///   - -W5100_ENETDOWN: no W5100 answers: absent, dead, wrong SPI mode or a
///     clock that is too fast; reported within 200 ms
///   - -W5100_EIO: the port's `transfer` failed
///
/// Blocks for 200 ms at most. Task only.
#[unsafe(no_mangle)]
#[allow(non_snake_case)] // The name its users know (requirement G6).
pub unsafe extern "C" fn WIZnet_Enable(port: *const Port, config: *const Config) -> i32 {
    // SAFETY: by the contract of this module.
    answer(unsafe { enable(port, config) })
}

unsafe fn enable(port: *const Port, config: *const Config) -> Result<usize> {
    // SAFETY: by the contract of this module; `size` is looked at before the
    // members behind it.
    let (size, config_size) = unsafe {
        (
            *required(port.cast::<u32>())?,
            *required(config.cast::<u32>())?,
        )
    };
    if size < Port::SIZE || config_size < Config::SIZE {
        return Err(Error::Invalid);
    }
    // SAFETY: by the contract of this module; the sizes were checked.
    let (given, config) = unsafe { (Given::new(port).ok_or(Error::Fault)?, required(config)?) };
    if !given.is_complete() {
        return Err(Error::Fault);
    }
    for (number, (device, cell)) in DEVICES.iter().zip(&PORTS).enumerate() {
        if !cell.claim(port) {
            continue;
        }
        let outcome = device.with(|stack| {
            let random = PortRef::new(number as u8);
            let mac =
                u32::from_be_bytes([config.mac[2], config.mac[3], config.mac[4], config.mac[5]]);
            let seed = random
                .random()
                .unwrap_or_else(|| mac ^ random.now_ms().wrapping_mul(0x9E37_79B1));
            stack.enable_with(seed, |network, dns| {
                config.fill(network);
                *dns = config.dns;
            })?;
            #[cfg(feature = "dns")]
            if let Some(secret) = random.random() {
                stack.set_secret(secret);
            }
            Ok(())
        });
        if outcome.is_err() {
            cell.set(core::ptr::null());
        }
        return outcome.map(|()| number);
    }
    Err(Error::TooManyHandles)
}

/// Disables a device: its connections end silently, its handles for ever, and
/// every task that waits on one of them gets -W5100_EBADF.
///
/// @param device  number from WIZnet_Enable()
/// @return 0, or
///   - -W5100_EINVAL: no such device
///   - -W5100_ENETDOWN: not enabled
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
#[allow(non_snake_case)] // The name its users know (requirement G6).
pub extern "C" fn WIZnet_Disable(device: i32) -> i32 {
    let outcome = device_at(device).and_then(|found| {
        found.disable()?;
        if let Some(cell) = usize::try_from(device).ok().and_then(|at| PORTS.get(at)) {
            cell.set(core::ptr::null());
        }
        Ok(0)
    });
    answer(outcome)
}

/// Reads a device's configuration; MAC, IP, mask and gateway come from the
/// chip itself.
///
/// @param device  number from WIZnet_Enable()
/// @param config  filled in; the caller sets `size` before
/// @return 0, or -W5100_EFAULT, -W5100_EINVAL (no such device, or `size` too
///   small), -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_get_config(device: i32, config: *mut Config) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of this module.
        let config = unsafe { required_mut(config) }?;
        if config.size < Config::SIZE {
            return Err(Error::Invalid);
        }
        let (network, dns) = device.with(|stack| stack.network())?;
        *config = Config {
            size: config.size,
            mac: network.address.mac,
            ip: network.address.ip,
            mask: network.address.mask,
            gateway: network.address.gateway,
            dns,
            rx_kib: network.split.rx,
            tx_kib: network.split.tx,
            retry_count: network.retry_count,
            reserved: 0,
            retry_time: network.retry_time,
        };
        Ok(0)
    });
    answer(outcome)
}

/// Changes MAC, IP, mask, gateway and DNS server while the device runs. The
/// other members are not looked at. Connections go on under the new addresses,
/// as far as their peers let them.
///
/// @param device  number from WIZnet_Enable()
/// @param config  the new addresses; copied
/// @return 0, or -W5100_EFAULT, -W5100_EINVAL (no such device, `size` too
///   small, or a MAC that cannot be), -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_set_config(device: i32, config: *const Config) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        // SAFETY: by the contract of this module.
        let config = unsafe { required(config) }?;
        if config.size < Config::SIZE {
            return Err(Error::Invalid);
        }
        device.with(|stack| stack.set_address(&config.address(), config.dns))?;
        Ok(0)
    });
    answer(outcome)
}

/// Tells the library that /INT fell: every waiting task looks at the chip.
/// Touches neither the bus nor a lock.
///
/// @param device  number from WIZnet_Enable(); any other is ignored
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_interrupt(device: i32) {
    if let Ok(device) = device_at(device) {
        device.wake();
        #[cfg(feature = "netmf")]
        super::netmf::event::wanted(0);
    }
}

/// Does one service step: asks the chip what happened, and looks after
/// listeners and closing connections. Every call that waits on a socket does
/// this by itself; a program whose tasks are all busy elsewhere may do it from time to
/// time, so that clients find a listening socket.
///
/// @param device  number from WIZnet_Enable()
/// @return 0, or -W5100_EINVAL (no such device), -W5100_ENETDOWN, -W5100_EIO
///
/// Does not block. Task only.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_service(device: i32) -> i32 {
    let outcome = device_at(device).and_then(|device| {
        device.with(|stack| stack.service())?;
        Ok(0)
    });
    answer(outcome)
}

/// Whether anything happened since `seen`: for a port's `wait`, which must not
/// sleep then. Touches neither the bus nor a lock.
///
/// @param seen  what `wait` was given
/// @return true if the waiting task should look again
///
/// Does not block. Any task or interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_notified(seen: u32) -> bool {
    sync::epoch() != seen
}
