//! What few programs set on a socket, and what follows from it.

#[cfg(feature = "options")]
use super::Handle;
use super::Stack;
use crate::bus::Bus;
use crate::error::Result;
use crate::port::Port;
use crate::regs::Sn;

/// Seconds of silence before the first probe, if not set (RFC 1122, 4.2.3.6).
const KEEP_IDLE_S: u16 = 7200;
/// Seconds between two probes, if not set.
const KEEP_INTERVAL_S: u16 = 75;
/// Probes in one round, if not set.
const KEEP_COUNT: u8 = 9;
/// The chip's TTL after a reset.
const TTL: u8 = 128;
/// TTL of datagrams to groups (RFC 1112, 6.1).
const MULTICAST_TTL: u8 = 1;

/// Options that most sockets leave as they are. Zero stands for the default,
/// so that a new table is all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `SO_LINGER`: seconds that close may take to deliver; 0 drops the
    /// connection at once. `None`: ten seconds in the background.
    pub linger: Option<u16>,
    /// `SO_KEEPALIVE`: probes a silent connection.
    pub keepalive: bool,
    /// `TCP_KEEPIDLE`: seconds of silence before the first probe; 0: 7200.
    pub keep_idle: u16,
    /// `TCP_KEEPINTVL`: seconds between two probes; 0: 75.
    pub keep_interval: u16,
    /// `TCP_KEEPCNT`: probes in one round; 0: 9.
    pub keep_count: u8,
    /// `TCP_USER_TIMEOUT`: milliseconds that sent bytes may make no progress,
    /// a closed window included; 0: as long as the chip retries.
    pub user_timeout: u32,
    /// Milliseconds that a connection may wait for its program after the
    /// peer's FIN; 0: for ever.
    pub close_wait_timeout: u32,
    /// `TCP_NODELAY`, `TCP_QUICKACK` off: the chip delays its ACKs.
    pub delayed_ack: bool,
    /// `SO_SNDBUF`: bytes that may be unacknowledged; 0: the whole ring.
    pub send_limit: u16,
    /// `IP_TTL`; 0: 128.
    pub ttl: u8,
    /// `IP_MULTICAST_TTL`; 0: 1.
    pub multicast_ttl: u8,
    /// `IP_TOS`.
    pub tos: u8,
    /// A mark of the program's, which the library only shows.
    pub tag: u32,
    /// MACRAW: takes all frames, not only broadcasts and those to this chip.
    pub promiscuous: bool,
}

impl Options {
    /// All defaults.
    pub const DEFAULT: Options = Options {
        linger: None,
        keepalive: false,
        keep_idle: 0,
        keep_interval: 0,
        keep_count: 0,
        user_timeout: 0,
        close_wait_timeout: 0,
        delayed_ack: false,
        send_limit: 0,
        ttl: 0,
        multicast_ttl: 0,
        tos: 0,
        tag: 0,
        promiscuous: false,
    };

    /// Seconds of silence before the first probe.
    pub const fn keep_idle_s(&self) -> u16 {
        either(self.keep_idle, KEEP_IDLE_S)
    }

    /// Seconds between two probes.
    pub const fn keep_interval_s(&self) -> u16 {
        either(self.keep_interval, KEEP_INTERVAL_S)
    }

    /// Probes in one round.
    pub const fn keep_probes(&self) -> u8 {
        either(self.keep_count as u16, KEEP_COUNT as u16) as u8
    }

    /// TTL of datagrams and segments, those to groups excepted.
    pub const fn unicast_ttl(&self) -> u8 {
        either(self.ttl as u16, TTL as u16) as u8
    }

    /// TTL of datagrams to groups.
    pub const fn group_ttl(&self) -> u8 {
        either(self.multicast_ttl as u16, MULTICAST_TTL as u16) as u8
    }
}

const fn either(value: u16, default: u16) -> u16 {
    if value == 0 { default } else { value }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Sets the options of a socket. `delayed_ack` counts from the next
    /// connect or listen on, and at once for clients of a listener still to
    /// come; `promiscuous` from the first use on.
    ///
    /// # Errors
    /// [`crate::error::Error::BadHandle`], [`crate::error::Error::NetworkDown`].
    #[cfg(feature = "options")]
    pub fn set_options(&mut self, handle: Handle, options: Options) -> Result<()> {
        let socket = self.table.get(handle)?;
        let before = core::mem::replace(&mut socket.settings.options, options);
        let hardware = socket.hardware;
        if let Some(sn) = hardware {
            let hw = self.hw(sn);
            let to_group = hw.to_group || hw.group != [0; 4];
            self.write_header_fields(sn, &options, to_group)?;
        }
        if before.delayed_ack != options.delayed_ack {
            self.disarm_all(handle.slot())?;
        }
        self.changed = true;
        Ok(())
    }

    /// Writes TTL and TOS as a socket has them.
    pub(super) fn write_header_fields(
        &mut self,
        sn: Sn,
        options: &Options,
        to_group: bool,
    ) -> Result<()> {
        let ttl = if to_group {
            options.group_ttl()
        } else {
            options.unicast_ttl()
        };
        self.chip.set_ttl(sn, ttl)?;
        self.chip.set_tos(sn, options.tos)
    }

    /// The options of the socket that a hardware socket belongs to.
    pub(super) fn options_of(&mut self, sn: Sn) -> Options {
        let owner = usize::from(self.hw(sn).owner);
        match self.table.at(owner) {
            Some(socket) => *socket.settings.options(),
            None => Options::DEFAULT,
        }
    }
}
