//! The DHCP client on a socket of the library's own.

use super::{Device, Endpoint, Handle, Stack, notice};
use crate::bus::Bus;
use crate::chip::Address;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;
use crate::services::Text;
use crate::services::dhcp::{DOMAIN_MAX, Dhcp, Outcome, Outgoing, Reply, State, Step};

const CLIENT: u16 = 68;
const SERVER: u16 = 67;

/// Answers that one step reads.
const ANSWERS: u32 = 2;

/// A client, and what it holds.
#[derive(Debug)]
pub(super) struct Client {
    machine: Dhcp,
    /// Name of the domain that came with the lease.
    domain: Text<DOMAIN_MAX>,
    /// Its socket, while it has one.
    socket: Option<Handle>,
    /// Gives the hardware back while nothing is to be sent or heard.
    borrows: bool,
    /// The message that gives the lease back is on its way.
    releasing: bool,
    /// The chip saw another host answer for its address.
    pub(super) conflict: bool,
}

impl Client {
    /// The name of the domain; empty for none.
    pub(super) fn domain(&self) -> &[u8] {
        self.domain.bytes()
    }

    pub(super) const NEW: Client = Client {
        machine: Dhcp::NEW,
        domain: Text::NONE,
        socket: None,
        borrows: false,
        releasing: false,
        conflict: false,
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
    /// Starts to get an address, in the background. The chip has none until then.
    ///
    /// # Errors
    /// [`Error::Already`] if started and not released; [`Error::NoHardwareSocket`],
    /// [`Error::AddressInUse`] (port 68), [`Error::TooManyHandles`],
    /// [`Error::NetworkDown`].
    pub fn dhcp_start(&mut self, settings: &DhcpSettings<'_>, seed: u32) -> Result<()> {
        self.expect_up()?;
        if self.dhcp.releasing {
            // Whoever wants an address again need not wait for the last word on it.
            self.end_dhcp()?;
            self.lose_address()?;
        }
        if self.dhcp_step.is_some() {
            return Err(Error::Already);
        }
        self.dhcp.socket = Some(self.open_service(CLIENT)?);
        self.dhcp_step = Some(Self::step_dhcp);
        self.dhcp.borrows = settings.borrows;
        self.clear_address()?;
        let mac = self.network.address.mac;
        let now = self.now();
        let machine = &mut self.dhcp.machine;
        machine.set_host_name(settings.host_name);
        // For lack of random bits boards differ at least in their addresses.
        let [_, _, a, b, c, d] = mac;
        let seed = seed ^ u32::from_be_bytes([a, b, c, d]);
        machine.start(now, mac, seed, settings.remembered);
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
        // A release under way goes on: the server may have been told.
        if self.dhcp.releasing {
            return Ok(());
        }
        let leased = self.dhcp.machine.lease().address != [0; 4];
        // It may get lost: the server finds out when the lease is over.
        self.dhcp.releasing = release && leased && self.send_to_server(true).is_ok();
        self.dhcp.machine.stop();
        if self.dhcp.releasing {
            return Ok(());
        }
        self.end_dhcp()?;
        match release && leased {
            true => self.lose_address(),
            false => Ok(()),
        }
    }

    /// The device is disabled.
    pub(super) fn forget_dhcp(&mut self) {
        self.dhcp.machine.stop();
        self.dhcp.socket = None;
        self.dhcp.releasing = false;
        self.dhcp.conflict = false;
        self.dhcp_step = None;
    }

    fn end_dhcp(&mut self) -> Result<()> {
        self.dhcp.releasing = false;
        self.dhcp_step = None;
        match self.dhcp.socket.take() {
            Some(handle) => self.close(handle).or(Ok(())),
            None => Ok(()),
        }
    }

    /// The socket's hardware, if it has some.
    #[inline(never)]
    fn client_hardware(&mut self) -> Option<Sn> {
        self.table.get(self.dhcp.socket?).ok()?.hardware
    }

    /// Gives the address up once the server was told.
    fn finish_release(&mut self) -> Result<()> {
        if let Some(sn) = self.client_hardware() {
            self.attend(sn)?;
            if self.chip.is_sending(sn) {
                return Ok(());
            }
        }
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
        self.dhcp.domain()
    }

    /// One step; never waits.
    fn step_dhcp(&mut self) -> Result<()> {
        if self.dhcp.releasing {
            return self.finish_release();
        }
        if core::mem::take(&mut self.dhcp.conflict) {
            self.address_conflict()?;
        }
        for _ in 0..ANSWERS {
            self.hear_servers()?;
        }
        let now = self.now();
        match self.dhcp.machine.step(now) {
            Step::Idle => self.lend(),
            Step::Lose => self.lose_address(),
            Step::Send => match self.send_to_server(false) {
                Err(error @ (Error::NetworkDown | Error::Io)) => Err(error),
                // No socket, no port, or no turn yet: the next step tries again.
                Err(_) => {
                    self.restless = true;
                    Ok(())
                }
                asked => asked,
            },
        }
    }

    /// Another host answers for this chip's address.
    fn address_conflict(&mut self) -> Result<()> {
        if self.dhcp.machine.lease().address == [0; 4] {
            return Ok(());
        }
        let now = self.now();
        self.dhcp.machine.conflict(now);
        self.lose_address()
    }

    /// Fails with [`Error::WouldBlock`] while there is no lease.
    fn has_lease(&mut self) -> Result<()> {
        match self.dhcp.machine.state() {
            State::Off => Err(Error::Invalid),
            State::Bound | State::Renewing | State::Rebinding => Ok(()),
            _ => Err(Error::WouldBlock),
        }
    }

    /// The socket's hardware, taken now if it has none.
    fn client_socket(&mut self) -> Result<Sn> {
        let open = match self.dhcp.socket {
            Some(handle) if self.table.get(handle).is_ok() => handle,
            _ => self.open_service(CLIENT)?,
        };
        self.dhcp.socket = Some(open);
        self.open_datagram(open)
    }

    /// Sends what is due, or what gives the lease back.
    #[inline(never)]
    fn send_to_server(&mut self, release: bool) -> Result<()> {
        let sn = self.client_socket()?;
        let now = self.now();
        let machine = &mut self.dhcp.machine;
        let (_, ip) = match release {
            true => machine.release(),
            false => machine.outgoing(now),
        };
        let to = Endpoint { ip, port: SERVER };
        self.begin_message(sn, to, Outgoing::LENGTH)?;
        let mut writer = Self::writer(&mut self.chip, sn);
        let machine = &mut self.dhcp.machine;
        machine.message().write(&mut |piece| writer.piece(piece));
        let written = writer.written();
        self.end_message(sn, written)?;
        if !release {
            self.dhcp.machine.sent(now);
        }
        Ok(())
    }

    /// Reads one answer, if there is one.
    #[inline(never)]
    fn hear_servers(&mut self) -> Result<()> {
        let Some(sn) = self.client_hardware() else {
            return Ok(());
        };
        let Some((from, length)) = self.first_datagram(sn, false)? else {
            return Ok(());
        };
        let outcome = match from.port {
            SERVER => self.read_answer(sn, length)?,
            _ => Outcome::Nothing,
        };
        self.drop_message(sn, length)?;
        match outcome {
            Outcome::Nothing => Ok(()),
            Outcome::Bound => self.take_address(notice::BOUND),
            Outcome::Renewed => self.take_address(notice::RENEWED),
            Outcome::Refused => self.lose_address(),
        }
    }

    fn read_answer(&mut self, sn: Sn, length: u16) -> Result<Outcome> {
        let now = self.now();
        let mac = self.network.address.mac;
        let machine = &mut self.dhcp.machine;
        let chip = &mut self.chip;
        let mut read = |offset, bytes: &mut [u8]| Self::peek_message(chip, sn, offset, bytes);
        let mut reply = Reply::NONE;
        if !reply.read(length, mac, machine.xid(), &mut read)? {
            return Ok(Outcome::Nothing);
        }
        let outcome = machine.receive(now, &reply);
        if matches!(outcome, Outcome::Bound | Outcome::Renewed) {
            self.dhcp.domain.read(reply.domain, &mut read)?;
        }
        Ok(outcome)
    }

    /// Gives the hardware back until there is something to ask.
    fn lend(&mut self) -> Result<()> {
        let rests = self.dhcp.borrows && self.dhcp.machine.state() == State::Bound;
        match self.dhcp.socket {
            Some(handle) if rests => {
                self.dhcp.socket = None;
                self.close(handle)
            }
            _ => Ok(()),
        }
    }

    fn take_address(&mut self, event: u8) -> Result<()> {
        self.note(event);
        let Reply {
            address: ip,
            mask,
            gateway,
            dns,
            ..
        } = *self.dhcp.machine.lease();
        let address = Address {
            ip,
            mask,
            gateway,
            mac: self.network.address.mac,
        };
        let [first, second] = dns;
        if first == [0; 4] {
            return self.set_address(&address, self.dns);
        }
        #[cfg(feature = "dns")]
        {
            self.resolver.more_servers = [second, [0; 4]];
        }
        let _ = second;
        self.set_address(&address, first)
    }

    /// The chip has no address any more; its connections end.
    fn lose_address(&mut self) -> Result<()> {
        self.note(notice::LOST);
        self.clear_address()?;
        self.abort_connections()
    }

    #[inline(never)]
    fn clear_address(&mut self) -> Result<()> {
        let address = Address {
            ip: [0; 4],
            ..self.network.address
        };
        self.set_address(&address, self.dns)
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// Waits until there is a lease: `timeout_ms` as in [`super::poll`].
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if the time is over; [`Error::Invalid`] if DHCP is
    /// off; [`Error::NetworkDown`].
    pub fn dhcp_wait(&self, timeout_ms: u32) -> Result<()> {
        self.await_service(timeout_ms, &mut |stack| stack.has_lease())
    }
}
