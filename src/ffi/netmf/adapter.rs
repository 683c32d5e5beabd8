//! The configuration of adapters: each device is one.

use super::fail;
use crate::chip::Address;
use crate::error::{Error, Result};
use crate::ffi::device::{Config, WIZnet_Enable};
use crate::ffi::port::Port;
use crate::ffi::{ChipStack, DEVICES, device_at, required, required_mut};
use crate::services::dhcp::State;
use crate::stack::DhcpSettings;

/// The address comes from DHCP.
const BY_DHCP: u32 = 0x01;
/// The name servers do.
const DNS_BY_DHCP: u32 = 0x02;

const UPDATE_DNS: u32 = 0x01;
const UPDATE_DHCP: u32 = 0x02;
const UPDATE_RENEW: u32 = 0x04;
const UPDATE_RELEASE: u32 = 0x08;
const UPDATE_MAC: u32 = 0x10;

const ETHERNET: u32 = 6;
const MAC_LENGTH: u32 = 6;

/// An adapter (`w5100_netmf_configuration`). Addresses stand as in memory.
#[repr(C)]
#[derive(Debug)]
pub struct NetworkConfiguration {
    flags: u32,
    ipaddr: [u8; 4],
    subnetmask: [u8; 4],
    gateway: [u8; 4],
    dns: [[u8; 4]; 2],
    interface_type: u32,
    mac_length: u32,
    mac: [u8; 64],
}

impl NetworkConfiguration {
    fn mac(&self) -> Result<[u8; 6]> {
        match self.mac {
            [a, b, c, d, e, f, ..] if self.mac_length == MAC_LENGTH => Ok([a, b, c, d, e, f]),
            _ => Err(Error::Invalid),
        }
    }

    const fn wants_dhcp(&self) -> bool {
        self.flags & BY_DHCP != 0
    }
}

/// Enables a device as this says: its number, or what WIZnet_Enable() answers.
pub(super) unsafe fn enable(port: *const Port, configuration: &NetworkConfiguration) -> i32 {
    let fixed = !configuration.wants_dhcp();
    let unless_dhcp = |address: [u8; 4]| if fixed { address } else { [0; 4] };
    let config = Config {
        size: size_of::<Config>() as u32,
        // None that cannot be is taken for one.
        mac: configuration.mac().unwrap_or_default(),
        ip: unless_dhcp(configuration.ipaddr),
        mask: unless_dhcp(configuration.subnetmask),
        gateway: unless_dhcp(configuration.gateway),
        dns: configuration.dns[0],
        rx_kib: [0; 4],
        tx_kib: [0; 4],
        retry_count: 0,
        reserved: 0,
        retry_time: 0,
    };
    // SAFETY: the port by the contract of `ffi`, the other one is this function's.
    unsafe { WIZnet_Enable(port, &config) }
}

/// What is left to do after that.
pub(super) unsafe fn start(number: i32, configuration: *const NetworkConfiguration) -> Result<()> {
    // SAFETY: by the contract of `ffi`.
    let configuration = unsafe { required(configuration) }?;
    let flags = match configuration.wants_dhcp() {
        true => UPDATE_DNS | UPDATE_DHCP,
        false => UPDATE_DNS,
    };
    apply(number, flags, configuration)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_netmf_adapter_count() -> u32 {
    DEVICES.len() as u32
}

fn told(outcome: Result<()>) -> i32 {
    match outcome {
        Ok(()) => 0,
        Err(error) => fail(super::code(error)),
    }
}

fn number_of(index: u32) -> i32 {
    i32::try_from(index).unwrap_or(-1)
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_adapter_load(
    index: u32,
    configuration: *mut NetworkConfiguration,
) -> i32 {
    let load = || {
        let device = device_at(number_of(index))?;
        // SAFETY: by the contract of `ffi`.
        let to = unsafe { required_mut(configuration) }?;
        device.with(|stack| {
            let (network, _) = stack.network()?;
            let (state, ..) = stack.dhcp_state();
            let [first, second, _] = stack.name_servers();
            let address = network.address;
            to.flags = match state {
                State::Off => 0,
                _ => BY_DHCP | DNS_BY_DHCP,
            };
            to.ipaddr = address.ip;
            to.subnetmask = address.mask;
            to.gateway = address.gateway;
            to.dns = [first, second];
            to.interface_type = ETHERNET;
            to.mac_length = MAC_LENGTH;
            for (at, byte) in to.mac.iter_mut().enumerate() {
                *byte = *address.mac.get(at).unwrap_or(&0);
            }
            Ok(())
        })
    };
    told(load())
}

/// See `include/w5100_netmf.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_netmf_adapter_update(
    index: u32,
    flags: u32,
    configuration: *const NetworkConfiguration,
) -> i32 {
    // SAFETY: by the contract of `ffi`.
    let outcome = unsafe { required(configuration) }
        .and_then(|configuration| apply(number_of(index), flags, configuration));
    told(outcome)
}

fn apply(number: i32, flags: u32, configuration: &NetworkConfiguration) -> Result<()> {
    let device = device_at(number)?;
    device.with(|stack| {
        if flags & UPDATE_MAC != 0 {
            let mac = configuration.mac()?;
            change(stack, |address| address.mac = mac)?;
        }
        if flags & UPDATE_DHCP != 0 {
            match configuration.wants_dhcp() {
                true => start_dhcp(stack)?,
                false => {
                    stack.dhcp_stop(false)?;
                    change(stack, |address| {
                        address.ip = configuration.ipaddr;
                        address.mask = configuration.subnetmask;
                        address.gateway = configuration.gateway;
                    })?;
                }
            }
        }
        if flags & UPDATE_DNS != 0 && configuration.flags & DNS_BY_DHCP == 0 {
            let [first, second] = configuration.dns;
            stack.set_name_servers([first, second, [0; 4]])?;
        }
        // Who renews a lease may have given it back before.
        match flags & (UPDATE_RENEW | UPDATE_RELEASE) {
            0 => Ok(()),
            UPDATE_RELEASE => stack.dhcp_stop(true),
            _ => renew(stack),
        }
    })
}

fn change(stack: &mut ChipStack, change: impl FnOnce(&mut Address)) -> Result<()> {
    let (network, dns) = stack.network()?;
    let mut address = network.address;
    change(&mut address);
    stack.set_address(&address, dns)
}

fn start_dhcp(stack: &mut ChipStack) -> Result<()> {
    match stack.dhcp_start(&DhcpSettings::default()) {
        Err(Error::Already) => Ok(()),
        started => started,
    }
}

fn renew(stack: &mut ChipStack) -> Result<()> {
    match (stack.dhcp_renew(), stack.dhcp_state().0) {
        (Err(Error::Invalid), State::Off) => start_dhcp(stack),
        // It is on its way.
        (Err(Error::Invalid), _) => Ok(()),
        (renewed, _) => renewed,
    }
}
