//! What a program is told of the device itself: how its address fares.
//!
//! Each event is kept twice: for the program's function, which [`dispatch`] runs,
//! and for a program that asks. Without the feature `events` nothing is kept.
//!
//! [`dispatch`]: super::event::dispatch

use super::Stack;
use crate::bus::Bus;
use crate::port::Port;

#[cfg(feature = "events")]
use crate::error::{Error, Result};
#[cfg(feature = "events")]
use core::{ffi::c_void, ptr};
#[cfg(feature = "events")]
use portable_atomic::{AtomicPtr, Ordering};

/// DHCP got an address, where there was none or another.
pub const BOUND: u8 = 0x01;
/// The lease goes on.
pub const RENEWED: u8 = 0x02;
/// The address of DHCP is lost: the lease is over, was refused or given back, or
/// another host has the address.
pub const LOST: u8 = 0x04;
/// Another host has this chip's address, one of DHCP or not.
pub const CONFLICT: u8 = 0x08;
/// All that are ever told.
#[cfg(feature = "events")]
const ALL: u8 = BOUND | RENEWED | LOST | CONFLICT;
/// As they follow each other: an address is lost before there is another.
#[cfg(feature = "events")]
pub(super) const IN_ORDER: [u8; 4] = [CONFLICT, LOST, BOUND, RENEWED];

/// A program's function: its context, the device's number, and one of the events
/// above.
#[cfg(feature = "events")]
pub type Callback = extern "C" fn(context: *mut c_void, device: i32, event: u32);

/// What happened, and whom to tell.
#[cfg(feature = "events")]
#[derive(Debug)]
pub(super) struct Notices {
    callback: Option<Callback>,
    context: AtomicPtr<c_void>,
    mask: u8,
    /// The callback was not told yet.
    due: u8,
    /// Nobody has asked since.
    unread: u8,
}

#[cfg(feature = "events")]
impl Notices {
    pub(super) const fn new() -> Self {
        Self {
            callback: None,
            context: AtomicPtr::new(ptr::null_mut()),
            mask: 0,
            due: 0,
            unread: 0,
        }
    }
}

/// One call that is due.
#[cfg(feature = "events")]
pub(super) struct Notice {
    callback: Callback,
    context: *mut c_void,
    device: i32,
    event: u8,
}

#[cfg(feature = "events")]
impl Notice {
    pub(super) fn run(self) {
        (self.callback)(self.context, self.device, self.event.into());
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Something happened that a program may want to know.
    pub(super) fn note(&mut self, event: u8) {
        self.changed = true;
        #[cfg(feature = "events")]
        {
            self.notices.due |= event;
            self.notices.unread |= event;
        }
        let _ = event;
    }
}

#[cfg(feature = "events")]
impl<B: Bus, P: Port> Stack<B, P> {
    /// Has `callback` told of these `events` of the device from now on, in place
    /// of what was set before; none if `events` is 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] for unknown events; [`Error::NetworkDown`].
    pub fn watch_network(
        &mut self,
        events: u8,
        callback: Option<Callback>,
        context: *mut c_void,
    ) -> Result<()> {
        self.expect_up()?;
        if events & !ALL != 0 {
            return Err(Error::Invalid);
        }
        let notices = &mut self.notices;
        notices.callback = callback;
        notices.context = AtomicPtr::new(context);
        notices.mask = events;
        notices.due = 0;
        Ok(())
    }

    /// What happened since this was asked last, or since the device was enabled.
    ///
    /// # Errors
    /// [`Error::NetworkDown`].
    pub fn network_events(&mut self) -> Result<u8> {
        self.expect_up()?;
        Ok(core::mem::take(&mut self.notices.unread))
    }

    /// The device is disabled: nobody is told any more.
    pub(super) fn forget_notices(&mut self) {
        self.notices.mask = 0;
        self.notices.unread = 0;
    }

    /// The call for an event, if it is due; it is told herewith.
    pub(super) fn take_notice(&mut self, event: u8) -> Option<Notice> {
        let notices = &mut self.notices;
        if notices.due & notices.mask & event == 0 {
            return None;
        }
        notices.due &= !event;
        Some(Notice {
            callback: notices.callback?,
            context: notices.context.load(Ordering::Relaxed),
            device: self.table.device().into(),
            event,
        })
    }
}
