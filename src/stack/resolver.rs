//! Addresses of hosts by name: one question at a time, on a hardware socket that
//! is taken for it and given back on every path.

use super::{Device, Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::Sn;
use crate::services::Dice;
use crate::services::dns::{
    Answer, Cache, Name, Query, SERVERS, Step, dotted_quad, hash, query_length, read_answer,
    write_query,
};

const SERVER_PORT: u16 = 53;
/// Own ports are drawn from here up (RFC 6335), so that nobody knows them.
const FIRST_PORT: u16 = 0xC000;
/// Answers, right or forged, that one step reads.
const ANSWERS: u32 = 4;
/// Tries to draw a port that is free.
const DRAWS: u32 = 8;

/// What the resolver keeps. A question is on its way while there is a step for it.
#[derive(Debug)]
pub(super) struct Resolver {
    /// The name that is asked for; `plain` bytes of it are what the program gave.
    name: Name,
    plain: u8,
    hash: u32,
    /// What [`hash`] begins with: another one at each start.
    secret: u32,
    query: Query,
    /// The server that was asked last.
    asked: Endpoint,
    socket: Option<Handle>,
    /// Name servers beside the device's first.
    pub(super) more_servers: [[u8; 4]; SERVERS - 1],
    cache: Cache,
    dice: Dice,
}

impl Resolver {
    pub(super) const NEW: Resolver = Resolver {
        name: Name::EMPTY,
        plain: 0,
        hash: 0,
        secret: 0,
        query: Query::NONE,
        asked: Endpoint {
            ip: [0; 4],
            port: 0,
        },
        socket: None,
        more_servers: [[0; 4]; SERVERS - 1],
        cache: Cache::EMPTY,
        dice: Dice::UNSET,
    };
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// The address of a host. It is meant to be asked again with the same name as
    /// long as it would block; other names wait for the end of this question.
    /// `seed` chooses numbers and ports the first time.
    ///
    /// # Errors
    /// [`Error::WouldBlock`]; [`Error::Invalid`] for what is no name;
    /// [`Error::HostNotFound`]; [`Error::NameServer`];
    /// [`Error::NoHardwareSocket`], [`Error::TooManyHandles`] at once;
    /// [`Error::NetworkDown`].
    pub fn resolve(&mut self, text: &[u8], seed: u32) -> Result<[u8; 4]> {
        self.expect_up()?;
        if let Some(address) = dotted_quad(text) {
            return Ok(address);
        }
        if self.resolver.dice == Dice::UNSET {
            self.resolver.dice = Dice::new(seed);
            self.resolver.secret = self.resolver.dice.roll();
        }
        let hash = hash(self.resolver.secret, text);
        let now = self.now();
        if let Some(answer) = self.resolver.cache.find(hash, now) {
            return answer;
        }
        if self.resolver_step.is_none() {
            self.take_up(text, hash)?;
        }
        Err(Error::WouldBlock)
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
        self.resolver.socket = None;
        self.resolver.cache.clear();
        self.resolver_step = None;
    }

    /// Begins to ask.
    fn take_up(&mut self, text: &[u8], hash: u32) -> Result<()> {
        if !self.resolver.name.set(text, &[]) {
            return Err(Error::Invalid);
        }
        self.resolver.plain = self.resolver.name.labels().len() as u8;
        #[cfg(feature = "dhcp")]
        if self.resolver.name.is_single() && !text.ends_with(b".") {
            self.resolver.name.extend(self.dhcp.domain());
        }
        self.resolver.socket = Some(self.open_unknown_port()?);
        self.resolver.hash = hash;
        self.resolver_step = Some(Self::step_resolver);
        self.begin_query();
        self.step_resolver()
    }

    fn begin_query(&mut self) {
        let now = self.now();
        self.resolver.query = Query::new(now, &mut self.resolver.dice);
        self.changed = true;
    }

    fn open_unknown_port(&mut self) -> Result<Handle> {
        for _ in 0..DRAWS {
            let port = FIRST_PORT | self.resolver.dice.roll() as u16;
            match self.open_service(port) {
                Err(Error::AddressInUse) => {}
                opened => return opened,
            }
        }
        Err(Error::AddressInUse)
    }

    /// One step; never waits.
    fn step_resolver(&mut self) -> Result<()> {
        let socket = self.resolver.socket;
        let Some(handle) = socket.filter(|handle| self.table.get(*handle).is_ok()) else {
            // The program closed what was not its own.
            return self.end_query(Err(Error::NameServer), 0);
        };
        let sn = self.open_datagram(handle)?;
        for _ in 0..ANSWERS {
            if !self.hear_answer(sn)? {
                break;
            }
            if self.resolver_step.is_none() {
                return Ok(());
            }
        }
        let now = self.now();
        if self.table.get(handle)?.failure.take().is_some() {
            self.resolver.query.failed(now);
        }
        let [second, third] = self.resolver.more_servers;
        let servers = [self.dns, second, third];
        match self.resolver.query.step(now, &servers) {
            Step::Idle => Ok(()),
            Step::GiveUp => self.end_query(Err(Error::NameServer), 0),
            Step::Ask(ip) => self.ask_server(sn, ip),
        }
    }

    fn ask_server(&mut self, sn: Sn, ip: [u8; 4]) -> Result<()> {
        let to = Endpoint {
            ip,
            port: SERVER_PORT,
        };
        self.resolver.asked = to;
        let id = self.resolver.query.id;
        let length = query_length(&self.resolver.name);
        let sent = self.send_query(sn, to, id, length);
        match sent {
            Err(Error::WouldBlock) => {}
            sent => {
                sent?;
                let now = self.now();
                let resolver = &mut self.resolver;
                resolver.query.asked(now, &mut resolver.dice);
            }
        }
        Ok(())
    }

    fn send_query(&mut self, sn: Sn, to: Endpoint, id: u16, length: u16) -> Result<()> {
        self.begin_message(sn, to, length)?;
        let mut writer = Self::writer(&mut self.chip, sn);
        write_query(id, &self.resolver.name, &mut |piece| writer.piece(piece));
        let written = writer.written();
        self.end_message(sn, written)
    }

    /// Reads what waits; false if nothing does.
    fn hear_answer(&mut self, sn: Sn) -> Result<bool> {
        let Some((from, length)) = self.first_datagram(sn, false)? else {
            return Ok(false);
        };
        let mut answer = None;
        if from == self.resolver.asked {
            let chip = &mut self.chip;
            let resolver = &self.resolver;
            answer = read_answer(
                length,
                resolver.query.id,
                &resolver.name,
                &mut |at, bytes| Self::peek_message(chip, sn, at, bytes),
            )?;
        }
        self.drop_message(sn, length)?;
        match answer {
            None => {}
            Some(Answer::Address(address, seconds)) => self.end_query(Ok(address), seconds)?,
            Some(Answer::None) => {
                let plain = self.resolver.plain;
                if self.resolver.name.labels().len() == usize::from(plain) {
                    self.end_query(Err(Error::HostNotFound), 0)?;
                } else {
                    // Not in the own domain; perhaps by itself.
                    self.resolver.name.truncate(plain);
                    self.begin_query();
                }
            }
            Some(Answer::Failed) => {
                let now = self.now();
                self.resolver.query.failed(now);
            }
        }
        Ok(true)
    }

    #[inline(never)]
    fn end_query(&mut self, answer: Result<[u8; 4]>, seconds: u32) -> Result<()> {
        let now = self.now();
        let hash = self.resolver.hash;
        self.resolver.cache.insert(hash, answer, seconds, now);
        self.resolver_step = None;
        self.changed = true;
        match self.resolver.socket.take() {
            Some(handle) => self.close(handle).or(Ok(())),
            None => Ok(()),
        }
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// The address of a host, waiting for it: `timeout_ms` as in [`super::poll`].
    ///
    /// # Errors
    /// Those of [`Stack::resolve`]; [`Error::WouldBlock`] if the time is over,
    /// though the question goes on.
    pub fn resolve(&self, text: &[u8], seed: u32, timeout_ms: u32) -> Result<[u8; 4]> {
        let mut address = [0; 4];
        self.await_service(timeout_ms, &mut |stack| {
            address = stack.resolve(text, seed)?;
            Ok(())
        })?;
        Ok(address)
    }
}
