//! Addresses of hosts by name: one question at a time, on a hardware socket that
//! is taken for it and given back on every path.

use super::wait::Wait;
use super::{Device, Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;
use crate::services::dns::{Dns, SERVERS, Step, host_name, is_short};

const SERVER: u16 = 53;

/// What the resolver keeps. A question is on its way while there is a step for it.
#[derive(Debug)]
pub(super) struct Resolver {
    machine: Dns,
    socket: Handle,
    /// Name servers beside the device's first.
    pub(super) more_servers: [[u8; 4]; SERVERS - 1],
}

impl Resolver {
    pub(super) const NEW: Resolver = Resolver {
        machine: Dns::NEW,
        socket: Handle::NONE,
        more_servers: [[0; 4]; SERVERS - 1],
    };
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// The address of a host. It is meant to be asked again with the same name as
    /// long as it would block; other names wait for the end of this question.
    ///
    /// # Errors
    /// [`Error::WouldBlock`]; [`Error::Invalid`] for what is no name;
    /// [`Error::HostNotFound`]; [`Error::NameServer`];
    /// [`Error::NoHardwareSocket`], [`Error::TooManyHandles`] at once;
    /// [`Error::NetworkDown`].
    pub fn resolve(&mut self, text: &[u8]) -> Result<[u8; 4]> {
        self.expect_up()?;
        let now = self.now();
        let name = host_name(text).ok_or(Error::Invalid)?;
        let known = self.resolver.machine.find(name, self.dice.roll(), now);
        if known == Err(Error::WouldBlock) && self.resolver_step.is_none() {
            self.take_up(name, is_short(text), now)?;
        }
        known
    }

    /// Sets whom to ask, in this order; 0.0.0.0 is nobody.
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if not enabled.
    pub fn set_name_servers(&mut self, servers: [[u8; 4]; SERVERS]) -> Result<()> {
        self.expect_up()?;
        [
            self.dns,
            self.resolver.more_servers[0],
            self.resolver.more_servers[1],
        ] = servers;
        Ok(())
    }

    /// The device is disabled.
    pub(super) fn forget_names(&mut self) {
        self.resolver = Resolver::NEW;
        self.resolver_step = None;
    }

    /// Begins to ask; for a `short` name in the own domain first.
    fn take_up(&mut self, name: &[u8], short: bool, now: u32) -> Result<()> {
        let domain: &[u8] = match short {
            #[cfg(feature = "dhcp")]
            true => self.dhcp.machine.domain(),
            _ => &[],
        };
        let machine = &mut self.resolver.machine;
        machine.ask(name, domain, now);
        // A port that nobody knows.
        self.next_port = machine.random();
        self.resolver.socket = self.open_service(0)?;
        self.resolver_step = Some(Self::step_resolver);
        self.step_resolver()
    }

    /// One step; never waits.
    fn step_resolver(&mut self) -> Result<()> {
        let handle = self.resolver.socket;
        let heard = self.hear(handle, SERVER, Self::hear_answer);
        let now = self.now();
        let machine = &mut self.resolver.machine;
        match self.table.get(handle) {
            Ok(socket) => {
                heard?;
                if socket.failure.take().is_some() {
                    machine.failed(now);
                }
            }
            // The program closed what was not its own.
            Err(_) => machine.give_up(now),
        }
        let [second, third] = self.resolver.more_servers;
        match machine.step(now, &[self.dns, second, third]) {
            Step::Idle => Ok(()),
            Step::Ask(ip) => {
                let server = Endpoint { ip, port: SERVER };
                let asked = self.say(handle, server, |stack, number, piece| {
                    stack.resolver.machine.put(number, piece)
                });
                // One that cannot be sent is one that nobody answers.
                if asked != Err(Error::WouldBlock) {
                    self.resolver.machine.asked(now);
                }
                self.restless = true;
                Ok(())
            }
            Step::Over => self.end_question(),
        }
    }

    fn hear_answer(&mut self, sn: Sn, from: [u8; 4], length: u16) {
        let now = self.now();
        let mut read = Self::reader(&mut self.chip, sn);
        self.resolver.machine.hear(from, length, &mut read, now);
    }

    fn end_question(&mut self) -> Result<()> {
        self.resolver_step = None;
        self.changed = true;
        self.close(self.resolver.socket).or(Ok(()))
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// The address of a host, waiting for it: `timeout_ms` as in [`super::poll`].
    ///
    /// # Errors
    /// Those of [`Stack::resolve`]; [`Error::WouldBlock`] if the time is over,
    /// though the question goes on.
    pub fn resolve(&self, text: &[u8], timeout_ms: u32) -> Result<[u8; 4]> {
        let mut address = [0; 4];
        let wait = Wait::until(timeout_ms);
        self.block(Handle::NONE, wait, &mut |stack, _| {
            address = stack.resolve(text)?;
            Ok(0)
        })?;
        Ok(address)
    }
}
