//! The reference for sending datagrams.

use crate::datagram::{Datagrams, Fate, Layer};
use w5100::error::{Error, Result};
use w5100::stack::Endpoint;

impl Datagrams {
    /// One answer to sending `data` to `to`, or a part of it if `more`; `hardware`: whether a hardware socket can
    /// certainly, and can perhaps be had.
    pub(crate) fn send(
        &mut self,
        to: Option<Endpoint>,
        data: &[u8],
        more: bool,
        hardware: (bool, bool),
        now: u64,
        answer: &Result<usize>,
    ) -> bool {
        let wrong = self.wrong(to, data.len(), more);
        if let Err(error) = answer
            && wrong.contains(error)
        {
            if *error == Error::MessageSize {
                self.parts = None;
            }
            return true;
        }
        if !wrong.is_empty() {
            return false;
        }
        let (least, most) = hardware;
        if *answer == Err(Error::NoHardwareSocket) {
            return !self.hardware && !least;
        }
        if !self.hardware && !most {
            return false;
        }
        self.hardware = true;
        // It asks the chip about the one before.
        self.pass(now, true);
        let (may, must) = self.is_sending(now);
        match answer {
            Ok(count) => {
                let fine = *count == data.len() && !must && !self.has_news();
                self.took(to, data, more, now);
                fine
            }
            Err(Error::WouldBlock) => may && !self.has_news(),
            Err(error) => self.tell(*error),
        }
    }

    /// A part was taken, perhaps the last one.
    fn took(&mut self, to: Option<Endpoint>, data: &[u8], more: bool, now: u64) {
        let to = to.or(self.peer).unwrap_or_default();
        let (_, parts) = self.parts.get_or_insert((to, Vec::new()));
        parts.extend_from_slice(data);
        if !more {
            self.sent = Some((now, Fate::Open));
        }
    }

    /// What one frame carries.
    fn largest(&self) -> usize {
        match self.layer {
            Layer::Udp => 1472,
            Layer::Ip => 1480,
            Layer::Ethernet => 1514,
        }
    }

    /// What is wrong with a datagram.
    fn wrong(&self, to: Option<Endpoint>, length: usize, more: bool) -> Vec<Error> {
        if self.shut_write {
            return vec![Error::Pipe];
        }
        if let Some((_, parts)) = &self.parts {
            let too_long = parts.len() + length > self.largest();
            let short = self.layer == Layer::Ethernet && !more && parts.len() + length < 14;
            return match (too_long, short) {
                (true, _) => vec![Error::MessageSize],
                (_, true) => vec![Error::Invalid],
                _ => Vec::new(),
            };
        }
        if self.layer == Layer::Ethernet {
            return match length {
                0 => vec![Error::NotSupported],
                1..14 if !more => vec![Error::Invalid],
                length if length > self.largest() => vec![Error::MessageSize],
                _ => Vec::new(),
            };
        }
        let Some(to) = to.or(self.peer) else {
            return vec![Error::DestinationRequired];
        };
        let broadcast = to.ip == [255; 4] && !self.broadcast;
        let checks = [
            (
                Error::Invalid,
                (to.port == 0 && self.layer == Layer::Udp) || to.ip == [0; 4],
            ),
            (Error::Access, broadcast),
            (Error::NotSupported, length == 0),
            (Error::MessageSize, length > self.largest()),
        ];
        let wrong = checks.into_iter().filter(|(_, wrong)| *wrong);
        wrong.map(|(error, _)| error).collect()
    }
}
