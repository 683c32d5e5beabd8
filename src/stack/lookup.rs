//! Names that are looked up for a function, which [`dispatch`] runs with the
//! answer. A request asks as a waiting task would, again at each service step.
//!
//! [`dispatch`]: super::event::dispatch

use super::Stack;
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use core::{ffi::c_void, ptr};
use portable_atomic::{AtomicPtr, Ordering};

/// Requests of one device that wait at a time.
pub const REQUESTS: usize = 4;

/// A program's function: its context, the number of an [`Error`] or 0, and four
/// bytes, the host's address.
pub type Callback = extern "C" fn(context: *mut c_void, error: i32, ip: *const u8);

/// One name, and whom to tell. All zero while there is none, as a new device is.
#[derive(Debug)]
pub(super) struct Request {
    name: Option<&'static [u8]>,
    callback: Option<Callback>,
    context: AtomicPtr<c_void>,
    answered: bool,
    answer: Result<[u8; 4]>,
}

impl Request {
    pub(super) const fn none() -> Self {
        Self {
            name: None,
            callback: None,
            context: AtomicPtr::new(ptr::null_mut()),
            answered: false,
            answer: Ok([0; 4]),
        }
    }

    const fn is_free(&self) -> bool {
        self.name.is_none()
    }
}

/// One call that is due.
pub(super) struct Told {
    callback: Callback,
    context: *mut c_void,
    answer: Result<[u8; 4]>,
}

impl Told {
    pub(super) fn run(self) {
        let error = self.answer.map_or_else(Error::number, |_| 0);
        let ip = self.answer.unwrap_or_default();
        (self.callback)(self.context, error, ip.as_ptr());
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    /// Has `callback` told the address of a host, once.
    ///
    /// # Errors
    /// Those of [`Stack::resolve`] that can be told at once;
    /// [`Error::WouldBlock`] if [`REQUESTS`] wait already.
    pub fn resolve_for(
        &mut self,
        name: &'static [u8],
        callback: Callback,
        context: *mut c_void,
    ) -> Result<()> {
        match self.resolve(name) {
            // Also if it is known: told it is later.
            Ok(_) | Err(Error::WouldBlock) => {}
            Err(error) => return Err(error),
        }
        let mut requests = self.requests.iter_mut();
        let request = requests
            .find(|request| request.is_free())
            .ok_or(Error::WouldBlock)?;
        request.name = Some(name);
        request.callback = Some(callback);
        request.context = AtomicPtr::new(context);
        request.answered = false;
        self.lookup_step = Some(Self::step_lookups);
        self.changed = true;
        Ok(())
    }

    /// Forgets the requests of this `callback` with this `context`; tells how many.
    ///
    /// # Errors
    /// [`Error::NetworkDown`].
    pub fn cancel_resolve(&mut self, callback: Callback, context: *mut c_void) -> Result<usize> {
        self.expect_up()?;
        let mut count = 0;
        for request in &mut self.requests {
            let same = request
                .callback
                .is_some_and(|own| ptr::fn_addr_eq(own, callback));
            if same && !request.is_free() && request.context.load(Ordering::Relaxed) == context {
                request.name = None;
                count += 1;
            }
        }
        Ok(count)
    }

    /// The device is disabled.
    pub(super) fn forget_lookups(&mut self) {
        for request in &mut self.requests {
            request.name = None;
        }
        self.lookup_step = None;
    }

    /// Asks for what has no answer yet.
    fn step_lookups(&mut self) -> Result<()> {
        for place in 0..REQUESTS {
            let Some(&Request {
                name: Some(name),
                answered: false,
                ..
            }) = self.requests.get(place)
            else {
                continue;
            };
            let answer = self.resolve(name);
            if answer != Err(Error::WouldBlock)
                && let Some(request) = self.requests.get_mut(place)
            {
                request.answered = true;
                request.answer = answer;
                self.changed = true;
            }
        }
        Ok(())
    }

    /// The call for a request, if its answer is there; it is told herewith.
    pub(super) fn take_lookup(&mut self, place: usize) -> Option<Told> {
        let request = self.requests.get_mut(place)?;
        if !request.answered {
            return None;
        }
        request.name.take()?;
        Some(Told {
            callback: request.callback?,
            context: request.context.load(Ordering::Relaxed),
            answer: request.answer,
        })
    }
}
