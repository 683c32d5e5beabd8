//! The DHCP client on a socket of the library's own.

use super::wait::Wait;
use super::{Device, Endpoint, Handle, Stack, notice};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;
use crate::services::dhcp::{Dhcp, Field, Reply, State, Step};

const CLIENT: u16 = 68;
const SERVER: u16 = 67;

/// A client, and what it holds.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) machine: Dhcp,
    /// Its socket, if it has one.
    socket: Handle,
    /// Gives the hardware back while nothing is to be sent or heard.
    borrows: bool,
}

impl Client {
    pub(super) const NEW: Client = Client {
        machine: Dhcp::NEW,
        socket: Handle::NONE,
        borrows: false,
    };
}

/// How a client is to go about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct DhcpSettings<'a> {
    /// The name to tell servers; cut to 32 bytes.
    pub host_name: &'a [u8],
    /// The address that was held before a restart; 0.0.0.0 for none.
    pub remembered: [u8; 4],
    /// Holds no hardware socket between renewals, but takes one from a listener
    /// that has no client, or a free one.
    pub borrows: bool,
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Starts to get an address, in the background. The chip has none until then,
    /// and connections under the one before end.
    ///
    /// # Errors
    /// [`Error::Already`] if started and not released; [`Error::NoHardwareSocket`],
    /// [`Error::AddressInUse`] (port 68), [`Error::TooManyHandles`],
    /// [`Error::NetworkDown`].
    pub fn dhcp_start(&mut self, settings: &DhcpSettings<'_>) -> Result<()> {
        if self.dhcp_step.is_some() {
            if self.dhcp.machine.state() != State::Off {
                return Err(Error::Already);
            }
            // Whoever wants an address again need not wait for the last word on it.
            self.finish_release()?;
        }
        self.dhcp.socket = self.open_service(CLIENT)?;
        self.dhcp_step = Some(Self::step_dhcp);
        self.dhcp.borrows = settings.borrows;
        self.clear_address()?;
        let mac = self.network.address.mac;
        let now = self.now();
        let machine = &mut self.dhcp.machine;
        machine.set_host_name(settings.host_name);
        machine.start(now, mac, settings.remembered);
        self.changed = true;
        Ok(())
    }

    /// Ends it, and gives the hardware back. With `release` the server is told
    /// first, in the background, and the address is given up; else it stays, though
    /// nobody renews it.
    ///
    /// # Errors
    /// [`Error::NetworkDown`].
    pub fn dhcp_stop(&mut self, release: bool) -> Result<()> {
        self.expect_up()?;
        let now = self.now();
        let machine = &mut self.dhcp.machine;
        if release && machine.state().is_leased() {
            machine.release(now);
            self.changed = true;
            return self.step_dhcp();
        }
        // A release under way goes on: the server may have been told.
        if machine.state() == State::Off {
            return Ok(());
        }
        machine.stop();
        self.end_dhcp()
    }

    /// The device is disabled.
    pub(super) fn forget_dhcp(&mut self) {
        self.dhcp = Client::NEW;
        self.dhcp_step = None;
    }

    fn end_dhcp(&mut self) -> Result<()> {
        self.dhcp_step = None;
        self.close(self.dhcp.socket).or(Ok(()))
    }

    /// Gives the address up once the server was told.
    fn finish_release(&mut self) -> Result<()> {
        self.end_dhcp()?;
        self.lose_address()
    }

    /// Has the lease renewed before its time.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none.
    pub fn dhcp_renew(&mut self) -> Result<()> {
        self.expect_up()?;
        if self.dhcp.machine.state() != State::Bound {
            return Err(Error::Invalid);
        }
        let now = self.now();
        self.dhcp.machine.renew(now);
        self.changed = true;
        Ok(())
    }

    /// How far it is, the lease, and the seconds that it has left.
    pub fn dhcp_state(&self) -> (State, &Reply, u32) {
        let machine = &self.dhcp.machine;
        (machine.state(), machine.lease(), machine.seconds_left())
    }

    /// The name of the domain that came with the lease; empty for none.
    pub fn dhcp_domain(&self) -> &[u8] {
        self.dhcp.machine.domain()
    }

    /// One step; never waits.
    fn step_dhcp(&mut self) -> Result<()> {
        let socket = self.dhcp.socket;
        if let Some(sn) = self.table.get(socket).ok().and_then(|own| own.hardware) {
            // What is on its way is not to be changed.
            if self.chip.is_sending(sn) {
                return Ok(());
            }
            self.hear(socket, SERVER, Self::hear_server)?;
        }
        let now = self.now();
        match self.dhcp.machine.step(now) {
            Step::Idle if self.dhcp.borrows && self.dhcp.machine.rests(now) => {
                self.close(socket).or(Ok(()))
            }
            Step::Idle => Ok(()),
            Step::Send => {
                let said = self.tell_server();
                self.restless = true;
                // The program did something to what is not its own: the next step takes
                // another one.
                if said == Err(Error::Pipe) {
                    let _ = self.close(self.dhcp.socket);
                }
                // No socket, no port, or no turn yet: the next step tries again. A
                // release may get lost: the server finds out when the lease is over.
                if said.is_ok() || self.dhcp.machine.state() == State::Off {
                    self.dhcp.machine.sent(now);
                }
                Ok(())
            }
            Step::Bound => self.take_address(notice::BOUND),
            Step::Renewed => self.take_address(notice::RENEWED),
            Step::Lost => self.lose_address(),
            Step::Over => self.finish_release(),
        }
    }

    /// Fails with [`Error::WouldBlock`] while there is no lease.
    fn has_lease(&mut self) -> Result<u16> {
        self.expect_up()?;
        match self.dhcp.machine.state() {
            State::Off => Err(Error::Invalid),
            state if state.is_leased() => Ok(0),
            _ => Err(Error::WouldBlock),
        }
    }

    /// Sends what is due.
    fn tell_server(&mut self) -> Result<()> {
        if self.table.get(self.dhcp.socket).is_err() {
            self.dhcp.socket = self.open_service(CLIENT)?;
        }
        let to = Endpoint {
            ip: self.dhcp.machine.to(),
            port: SERVER,
        };
        self.say(self.dhcp.socket, to, |stack, number, piece| {
            stack.dhcp.machine.message().put(number, piece)
        })
    }

    fn hear_server(&mut self, sn: Sn, _from: [u8; 4], length: u16) {
        let now = self.now();
        let mut read = Self::reader(&mut self.chip, sn);
        self.dhcp.machine.hear(now, length, &mut read);
    }

    fn take_address(&mut self, event: u8) -> Result<()> {
        self.note(event);
        let lease = self.dhcp.machine.lease();
        let address = &mut self.network.address;
        address.ip = lease[Field::Address];
        address.mask = lease[Field::Mask];
        address.gateway = lease[Field::Gateway];
        if lease[Field::Dns] != [0; 4] {
            self.dns = lease[Field::Dns];
            #[cfg(feature = "dns")]
            {
                self.resolver.more_servers = [lease[Field::SecondDns], [0; 4]];
            }
        }
        self.chip.set_address(&self.network.address)
    }

    fn lose_address(&mut self) -> Result<()> {
        self.note(notice::LOST);
        self.clear_address()
    }

    /// The chip has no address any more; its connections end.
    #[inline(never)]
    fn clear_address(&mut self) -> Result<()> {
        self.network.address.ip = [0; 4];
        self.chip.set_address(&self.network.address)?;
        self.abort_connections()
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// Waits until there is a lease: `timeout_ms` as in [`super::poll`].
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if the time is over; [`Error::Invalid`] if DHCP is
    /// off; [`Error::NetworkDown`].
    pub fn dhcp_wait(&self, timeout_ms: u32) -> Result<()> {
        let wait = Wait::until(timeout_ms);
        let waited = self.block(Handle::NONE, wait, &mut |stack, _| stack.has_lease());
        waited.map(|_| ())
    }
}
