//! How long a call waits, and what it lets the program be told of afterwards.

#[cfg(feature = "events")]
use super::event;
use super::table::Settings;
use super::{Handle, Stack};
use crate::bus::Bus;
#[cfg(feature = "events")]
use crate::error::Error;
use crate::error::Result;
use crate::port::Port;
use crate::time::FOREVER;

/// Which of a socket's settings bound a wait.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    sending: bool,
    dont_wait: bool,
    /// Milliseconds, whatever the settings are: for a close that
    /// lingers, and for what has no socket.
    #[cfg(any(feature = "options", feature = "dhcp", feature = "dns"))]
    fixed: Option<u32>,
}

impl Wait {
    pub(super) const RECEIVE: Wait = Wait {
        sending: false,
        dont_wait: false,
        #[cfg(any(feature = "options", feature = "dhcp", feature = "dns"))]
        fixed: None,
    };
    pub(super) const SEND: Wait = Wait {
        sending: true,
        dont_wait: false,
        #[cfg(any(feature = "options", feature = "dhcp", feature = "dns"))]
        fixed: None,
    };

    #[cfg(any(feature = "options", feature = "dhcp", feature = "dns"))]
    pub(super) const fn until(limit: u32) -> Self {
        Self {
            fixed: Some(limit),
            ..Self::SEND
        }
    }

    pub(super) const fn fixed(self) -> Option<u32> {
        #[cfg(any(feature = "options", feature = "dhcp", feature = "dns"))]
        return self.fixed;
        #[cfg(not(any(feature = "options", feature = "dhcp", feature = "dns")))]
        None
    }

    /// What a call that ended so lets the program be told of again.
    pub(super) fn enable_events<B: Bus, P: Port>(
        self,
        stack: &mut Stack<B, P>,
        handle: Handle,
        outcome: Result<u16>,
    ) {
        #[cfg(feature = "events")]
        if !self.sending {
            stack.enable_events(handle, event::READ | event::ACCEPT);
        } else if outcome == Err(Error::WouldBlock) {
            stack.enable_events(handle, event::WRITE);
        }
        #[cfg(not(feature = "events"))]
        let _ = (stack, handle, outcome);
    }

    pub(super) const fn unless(self, dont_wait: bool) -> Self {
        Self { dont_wait, ..self }
    }

    /// Milliseconds to wait.
    pub(super) fn limit(self, settings: &Settings) -> u32 {
        if self.dont_wait || settings.nonblocking {
            return 0;
        }
        let limit = if self.sending {
            settings.send_timeout
        } else {
            settings.receive_timeout
        };
        match limit {
            0 => FOREVER,
            limit => limit,
        }
    }
}
