//! Events: what a program is told of a socket without asking.
//!
//! The rules are those of Winsock's asynchronous selection. An event is told
//! once and then not again until the program does what *enables* it: a receive
//! enables READ, an accept ACCEPT, a send that would block WRITE, a connect all
//! of them. Whether there is something to tell is derived each time from the
//! state that poll looks at, so no change can get lost; all that is kept is which
//! events were told.
//!
//! The program is told by a callback, or a window by its procedure, from inside
//! [`dispatch`], in the task that called it, with no lock held. A socket has one
//! of the two: what was set last.

use super::hardware::Hardware;
use super::poll::LONGEST_NAP_MS;
use super::table::{Phase, Socket};
use super::tcp::peer_has_ended;
use super::window::{self, WindowProcedure};
use super::{Device, Handle, SLOTS, Stack, notice};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::sync;
use core::ffi::c_void;
use core::ptr;
use portable_atomic::{AtomicPtr, Ordering};

/// Data waits, or an error of a datagram socket; enabled by a receive.
pub const READ: u8 = 0x01;
/// At least one byte can be sent; enabled by a send that would block.
pub const WRITE: u8 = 0x02;
/// A client waits; enabled by an accept.
pub const ACCEPT: u8 = 0x08;
/// A connect has ended, well or not; enabled by the next one.
pub const CONNECT: u8 = 0x10;
/// The connection is over, and all its data was read; told once.
pub const CLOSE: u8 = 0x20;
/// All that are ever told.
pub const ALL: u8 = READ | WRITE | ACCEPT | CONNECT | CLOSE;

/// A program's function: its context, the raw handle, one of the events above,
/// and the number of an [`Error`] or 0.
pub type Callback = extern "C" fn(context: *mut c_void, handle: i32, event: i32, error: i32);

/// Whom to tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// The first, so that a new table is all zero.
    Nobody,
    Function(Callback),
    Window {
        procedure: WindowProcedure,
        message: u32,
    },
}

/// What a program wants to be told of the socket in a slot.
#[derive(Debug)]
pub(super) struct Watcher {
    /// The socket it was set for; another one in the slot is none of its.
    pub(super) handle: i32,
    pub(super) mask: u8,
    /// Told, and not enabled since.
    told: u8,
    pub(super) target: Target,
    /// The function's context, or the window.
    pub(super) context: AtomicPtr<c_void>,
}

impl Watcher {
    /// Nobody wants to be told.
    pub(super) const fn new() -> Self {
        Self {
            handle: 0,
            mask: 0,
            told: 0,
            target: Target::Nobody,
            context: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// One call that is due.
#[derive(Clone, Copy, Debug)]
struct Call {
    target: Target,
    context: *mut c_void,
    handle: Handle,
    event: u8,
    error: Option<Error>,
}

impl Call {
    fn run(self) {
        let Self {
            context, handle, ..
        } = self;
        let error = self.error.map_or(0, Error::number);
        match self.target {
            Target::Nobody => {}
            Target::Function(callback) => {
                callback(context, handle.raw(), self.event.into(), error);
            }
            Target::Window { procedure, message } => {
                let (wparam, lparam) = window::parameters(handle, self.event, error);
                procedure(context, message, wparam, lparam);
            }
        }
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Has `callback` told of the `events` of a socket, in place of what was set
    /// before; none if `events` is 0. The socket does not block from then on.
    /// Of a wake handle the event is [`READ`], and telling it clears the signal.
    ///
    /// # Errors
    /// [`Error::Invalid`] for unknown events; [`Error::BadHandle`].
    pub fn select_events(
        &mut self,
        handle: Handle,
        events: u8,
        callback: Callback,
        context: *mut c_void,
    ) -> Result<()> {
        let target = Target::Function(callback);
        self.set_watcher(handle, events, ALL, target, context)
    }

    /// Sets the watcher of a socket, for events of those `known`.
    pub(super) fn set_watcher(
        &mut self,
        handle: Handle,
        events: u8,
        known: u8,
        target: Target,
        context: *mut c_void,
    ) -> Result<()> {
        let socket = self.table.get_any(handle)?;
        if events & !known != 0 {
            return Err(Error::Invalid);
        }
        if events != 0 {
            if matches!(target, Target::Nobody) {
                return Err(Error::Fault);
            }
            socket.settings.nonblocking = true;
        }
        // Only a connect that is still to end is an event, or a failed one that
        // nobody was told of.
        let told = match socket.phase {
            Phase::Connecting => 0,
            Phase::Failed if socket.failure.is_some() => 0,
            _ => CONNECT,
        };
        if let Some(watcher) = self.watchers.get_mut(handle.slot()) {
            *watcher = Watcher {
                handle: handle.raw(),
                mask: events,
                told,
                target,
                context: AtomicPtr::new(context),
            };
        }
        self.changed = true;
        Ok(())
    }

    /// The program did what enables `events` of a socket.
    pub(super) fn enable_events(&mut self, handle: Handle, events: u8) {
        if let Some(watcher) = self.watchers.get_mut(handle.slot())
            && watcher.handle == handle.raw()
            && watcher.told & events != 0
        {
            watcher.told &= !events;
            // What is there already has to be told by somebody who sleeps.
            self.changed = true;
        }
    }

    /// The next call that is due for the socket in a slot, which is told herewith.
    fn take_call(
        &mut self,
        index: usize,
        signalled: impl Fn(Handle) -> bool,
    ) -> Result<Option<Call>> {
        let Some(handle) = self.table.handle_at(index) else {
            return Ok(None);
        };
        let Some(&Watcher {
            handle: owner,
            mask,
            told,
            target,
            ref context,
        }) = self.watchers.get(index)
        else {
            return Ok(None);
        };
        let context = context.load(Ordering::Relaxed);
        let open = mask & !told;
        if owner != handle.raw() || open == 0 {
            return Ok(None);
        }
        let Some(socket) = self.table.at(index).copied() else {
            return Ok(None);
        };
        let event = match socket.phase {
            Phase::Wake => open & if signalled(handle) { READ } else { 0 },
            _ => self.due(index, &socket, open)?,
        };
        if event == 0 {
            return Ok(None);
        }
        if let Some(watcher) = self.watchers.get_mut(index)
            && socket.phase != Phase::Wake
        {
            watcher.told |= event;
        }
        Ok(Some(Call {
            target,
            context,
            handle,
            event,
            error: self.error_of(index, event),
        }))
    }

    /// The first of the `open` events that there is to tell; 0 if there is none.
    fn due(&mut self, index: usize, socket: &Socket, open: u8) -> Result<u8> {
        let there = match socket.phase {
            _ if socket.kind.is_datagram() => self.due_of_datagrams(socket, open)?,
            Phase::Listening if self.has_pending(index) => ACCEPT,
            // Another call may have told why.
            Phase::Failed if socket.failure.is_some() => CONNECT,
            Phase::Connected => self.due_of_stream(socket, open)?,
            // Perhaps so soon that nobody was told of the connect.
            Phase::Ended if open & CONNECT != 0 => CONNECT,
            Phase::Ended => CLOSE,
            _ => 0,
        } & open;
        Ok(there & there.wrapping_neg())
    }

    fn due_of_stream(&mut self, socket: &Socket, open: u8) -> Result<u8> {
        let Some(sn) = socket.hardware else {
            return Ok(0);
        };
        let Hardware { status, .. } = *self.hw(sn);
        let ended = peer_has_ended(status);
        let mut there = CONNECT;
        if open & (READ | CLOSE) != 0 {
            // Data may have come with the end, unannounced as yet.
            let readable = !socket.shut_read && self.readable(sn, ended)? > 0;
            there |= match (readable, ended) {
                (true, _) => READ,
                (false, true) => CLOSE,
                (false, false) => 0,
            };
        }
        let ours = open & WRITE != 0 && !socket.shut_write && !socket.in_send;
        if ours && self.writable(sn)? {
            there |= WRITE;
        }
        // A connect is told of before anything else.
        Ok(if open & there & CONNECT != 0 {
            CONNECT
        } else {
            there
        })
    }

    fn due_of_datagrams(&mut self, socket: &Socket, open: u8) -> Result<u8> {
        let Some(sn) = socket.hardware else {
            return Ok(WRITE);
        };
        let mut there = 0;
        if socket.failure.is_some()
            || (open & READ != 0 && self.first_datagram(sn, false)?.is_some())
        {
            there |= READ;
        }
        if !self.chip.is_sending(sn) {
            there |= WRITE;
        }
        Ok(there)
    }

    /// What went wrong, if that is what an event is about. A failed connect is
    /// told herewith; other errors wait for the next call too. While a stream has
    /// data left its end is not told yet, nor how it came.
    fn error_of(&mut self, index: usize, event: u8) -> Option<Error> {
        let socket = self.table.at(index)?;
        let failed = socket.phase == Phase::Failed;
        match event {
            CONNECT if failed => socket.failure.take().map(Error::from),
            CLOSE => socket.failure.map(Error::from),
            READ if socket.kind.is_datagram() => socket.failure.map(Error::from),
            _ => None,
        }
    }
}

/// Runs the callbacks that are due on all devices, and waits until at least one
/// was or the time is over: `timeout_ms` as in [`super::poll`]. Tells how many
/// ran.
///
/// # Errors
/// [`Error::NetworkDown`] if no device is enabled, or if a chip does not answer and
/// nothing was told meanwhile.
pub fn dispatch<B: Bus, P: Port>(devices: &[Device<B, P>], timeout_ms: u32) -> Result<usize> {
    let Some(first) = devices.first() else {
        return Err(Error::NetworkDown);
    };
    let mut nap = first.nap();
    loop {
        let seen = sync::epoch();
        let mut count = 0;
        let mut waiter = None;
        let mut failure = Ok(());
        let mut longest = LONGEST_NAP_MS;
        for device in devices {
            let served = device.with(|stack| {
                if stack.up {
                    stack.service()?;
                }
                Ok(stack.up)
            });
            let outcome = match served {
                Ok(true) => {
                    waiter = waiter.or(Some(device));
                    device.run_callbacks(&mut longest, &mut count)
                }
                served => served.map(|_| ()),
            };
            failure = failure.and(outcome);
        }
        // A chip that fails keeps nobody from what others have to tell.
        if count > 0 {
            return Ok(count);
        }
        failure?;
        let waiter = waiter.ok_or(Error::NetworkDown)?;
        if timeout_ms == 0 {
            return Ok(0);
        }
        match waiter.sleep(&mut nap, seen, longest, timeout_ms) {
            Err(Error::WouldBlock) => return Ok(0),
            slept => slept?,
        }
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// What is due of the device itself, and names that were looked up. What a
    /// callback brings about is for the next time.
    fn run_notices(&self, count: &mut usize) -> Result<()> {
        for event in notice::IN_ORDER {
            if let Some(notice) = self.with(|stack| Ok(stack.take_notice(event)))? {
                notice.run();
                *count += 1;
            }
        }
        #[cfg(feature = "dns")]
        for place in 0..super::lookup::REQUESTS {
            if let Some(told) = self.with(|stack| Ok(stack.take_lookup(place)))? {
                told.run();
                *count += 1;
            }
        }
        Ok(())
    }

    /// One callback for each socket that has one due; and for how long the task
    /// may sleep `longest` by what it tried. Those that ran are added to `count`.
    fn run_callbacks(&self, longest: &mut u32, count: &mut usize) -> Result<()> {
        self.run_notices(count)?;
        for index in 0..SLOTS {
            let call = self.with(|stack| {
                let call = stack.take_call(index, |handle| self.wakes.is_signalled(handle));
                // Now: a step of another task forgets what this one tried.
                *longest = stack.idle().min(*longest);
                call
            })?;
            if let Some(call) = call {
                // A wake handle's signal is taken back. Another task may have done so
                // meanwhile, and told it. For sockets this is nothing.
                if self.quiet(call.handle) == Ok(false) {
                    continue;
                }
                call.run();
                *count += 1;
            }
        }
        Ok(())
    }
}
