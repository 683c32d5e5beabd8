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

/// One name, and whom to tell. All zero while there is none.
#[derive(Debug)]
pub(super) struct Request {
    name: Option<&'static [u8]>,
    callback: Option<Callback>,
    context: AtomicPtr<c_void>,
    /// What there is to tell, once it is there.
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

    fn is_of(&self, callback: Callback, context: *mut c_void) -> bool {
        self.name.is_some()
            && self
                .callback
                .is_some_and(|own| ptr::fn_addr_eq(own, callback))
            && self.context.load(Ordering::Relaxed) == context
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
        seed: u32,
        callback: Callback,
        context: *mut c_void,
    ) -> Result<()> {
        self.expect_up()?;
        let mut places = self.requests.iter();
        let free = places.position(|request| request.name.is_none());
        let free = free.ok_or(Error::WouldBlock)?;
        let (answered, answer) = match self.resolve(name, seed) {
            Err(Error::WouldBlock) => (false, Ok([0; 4])),
            // There may be nothing to look up, but never nothing to tell.
            Ok(address) => (true, Ok(address)),
            Err(error) => return Err(error),
        };
        if let Some(request) = self.requests.get_mut(free) {
            *request = Request {
                name: Some(name),
                callback: Some(callback),
                context: AtomicPtr::new(context),
                answered,
                answer,
            };
        }
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
            if request.is_of(callback, context) {
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
            let name = match self.requests.get(place) {
                Some(request) if !request.answered => request.name,
                _ => None,
            };
            let Some(name) = name else {
                continue;
            };
            // It has its seed since the first question.
            let answer = self.resolve(name, 0);
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

    /// The call for a request, if it is due; it is told herewith.
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
