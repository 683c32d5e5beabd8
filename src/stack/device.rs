//! A device that several tasks share: the lock, and the one way to wait.

use super::fairness::{Fairness, Visit};
use super::wait::Wait;
#[cfg(feature = "events")]
use super::wake::Wakes;
use super::{Datagram, Endpoint, Handle, Stack};
use crate::bus::Bus;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::sync;
use crate::time::Stopwatch;
use spin::{Mutex, MutexGuard};

/// The longest sleep between two tries for the lock.
const LOCK_NAP_MS: u32 = 1;

/// One try of an operation; the flag is true the first time.
pub(super) type Attempt<'a, B, P> = dyn FnMut(&mut Stack<B, P>, bool) -> Result<u16> + 'a;

/// A chip and its sockets, shared by any number of tasks.
///
/// The lock is only ever tried: a task that finds it taken sleeps through the
/// port, so that on a single core a preempted holder gets to run. It is not held
/// while waiting for the network (only while a chip is being set up), so a handle
/// is resolved anew after each wait.
#[derive(Debug)]
pub struct Device<B, P> {
    port: P,
    stack: Mutex<Stack<B, P>>,
    fairness: Fairness,
    #[cfg(feature = "events")]
    pub(super) wakes: Wakes,
}

impl<B: Bus, P: Port + Clone> Device<B, P> {
    /// A device that is not enabled yet.
    pub fn new(bus: B, port: P, number: u8) -> Self {
        Self::from_parts(port.clone(), Stack::new(bus, port, number))
    }
}

impl<B: Bus, P: Port> Device<B, P> {
    /// The same for a `static`: `port` and the stack's are the same.
    pub const fn from_parts(port: P, stack: Stack<B, P>) -> Self {
        Self {
            port,
            stack: Mutex::new(stack),
            fairness: Fairness::new(),
            #[cfg(feature = "events")]
            wakes: Wakes::new(),
        }
    }

    /// Runs `action` on the stack, under the lock, and then wakes who waits
    /// if something changed. `action` must not wait.
    ///
    /// # Errors
    /// Those of `action`.
    pub fn with<T>(&self, action: impl FnOnce(&mut Stack<B, P>) -> Result<T>) -> Result<T> {
        let (mut stack, taken) = self.acquire();
        let outcome = action(&mut stack);
        self.release(stack, taken);
        outcome
    }

    /// The same, if nobody has the lock; and without the port's own, so that it
    /// never waits.
    #[cfg(feature = "netmf")]
    pub fn try_with<T>(
        &self,
        action: impl FnOnce(&mut Stack<B, P>) -> Result<T>,
    ) -> Option<Result<T>> {
        let mut stack = self.stack.try_lock()?;
        let outcome = action(&mut stack);
        self.release(stack, core::ptr::null());
        Some(outcome)
    }

    // The two halves of `with` are not to be repeated in each of its uses.
    #[inline(never)]
    fn acquire(&self) -> (MutexGuard<'_, Stack<B, P>>, *const ()) {
        let taken = self.port.lock();
        let mut visit = Visit::default();
        loop {
            let seen = sync::epoch();
            // Who steps back wakes after those that sleep now.
            let mut nap = 2 * LOCK_NAP_MS;
            if self.fairness.may_try(&mut visit) {
                sync::step();
                if let Some(stack) = self.stack.try_lock() {
                    self.fairness.is_in(&visit);
                    return (stack, taken);
                }
                self.fairness.passed_over(&mut visit);
                nap = LOCK_NAP_MS;
            }
            self.port.wait(seen, nap);
        }
    }

    #[inline(never)]
    fn release(&self, mut stack: MutexGuard<'_, Stack<B, P>>, taken: *const ()) {
        let changed = core::mem::take(&mut stack.changed);
        stack.end_hold();
        sync::step();
        drop(stack);
        self.port.unlock(taken);
        if changed {
            self.wake();
        }
    }

    /// Ends every wait; the tasks look again. Callable from an interrupt, for
    /// which it is made: the falling edge of /INT.
    pub fn wake(&self) {
        sync::advance();
        self.port.notify();
    }

    /// See [`Stack::disable`].
    ///
    /// # Errors
    /// [`Error::NetworkDown`] if the device is not enabled.
    pub fn disable(&self) -> Result<()> {
        self.with(|stack| {
            stack.disable()?;
            #[cfg(feature = "events")]
            self.wakes.close_all();
            Ok(())
        })
    }

    /// Closes every socket as [`Stack::close`] does, and every wake handle.
    pub fn close_each(&self) {
        let _ = self.with(|stack| {
            stack.close_each();
            #[cfg(feature = "events")]
            self.wakes.close_all();
            Ok(())
        });
    }

    /// Begins a wait.
    pub(super) fn nap(&self) -> Nap {
        Nap {
            watch: Stopwatch::new(self.port.now_ms()),
            length: 1,
        }
    }

    /// Sleeps until something changed since `seen`, the nap or the `longest`
    /// one is over, or `limit` milliseconds have passed since the wait began.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if they have passed already.
    #[inline(never)]
    pub(super) fn sleep(&self, nap: &mut Nap, seen: u32, longest: u32, limit: u32) -> Result<()> {
        // The clock may have been about to tick when the wait began, and no wait
        // is to be shorter than asked for.
        let ticks = limit.saturating_add((limit != 0).into());
        let left = nap.watch.left(self.port.now_ms(), ticks);
        if left == 0 {
            return Err(Error::WouldBlock);
        }
        nap.length = nap.length.min(longest);
        self.port.wait(seen, nap.length.min(left));
        // What happened once may soon happen again.
        nap.length = if sync::epoch() == seen {
            nap.length * 2
        } else {
            1
        };
        Ok(())
    }

    /// The one way to wait: tries `attempt`, and as long as it would block,
    /// serves the chip, tries again, and sleeps. The flag given to `attempt`
    /// is true on the first try, when the chip has not been asked yet.
    pub(super) fn block(
        &self,
        handle: Handle,
        wait: Wait,
        attempt: &mut Attempt<'_, B, P>,
    ) -> Result<u16> {
        let mut nap = self.nap();
        let mut first = true;
        loop {
            let seen = sync::epoch();
            let (mut limit, mut longest) = (0, 0);
            let outcome = self.with(|stack| {
                if !first {
                    limit = match wait.fixed() {
                        Some(limit) => limit,
                        None => wait.limit(stack.settings(handle)?),
                    };
                    stack.service()?;
                }
                let outcome = attempt(stack, first);
                wait.enable_events(stack, handle, outcome);
                if first && stack.chip.suspect {
                    // Only a step finds out that the chip needs a reset. It is
                    // not for this call to try again: what it sends may be out.
                    let _ = stack.service();
                }
                longest = stack.idle();
                outcome
            });
            if outcome != Err(Error::WouldBlock) {
                return outcome;
            }
            if !core::mem::take(&mut first) {
                self.sleep(&mut nap, seen, longest, limit)?;
            }
        }
    }

    /// Takes a client of a listener, waiting for one.
    ///
    /// # Errors
    /// Those of [`Stack::accept`]; [`Error::WouldBlock`] if the socket does
    /// not block or its receive timeout is over.
    pub fn accept(&self, handle: Handle) -> Result<Handle> {
        let mut accepted = handle;
        self.block(handle, Wait::RECEIVE, &mut |stack, _| {
            accepted = stack.accept(handle)?;
            Ok(0)
        })?;
        Ok(accepted)
    }

    /// Connects, and waits for the peer's answer. A UDP socket only notes the
    /// peer.
    ///
    /// # Errors
    /// Those of [`Stack::connect`]; [`Error::InProgress`] if the socket does
    /// not block or its send timeout is over; [`Error::ConnectionRefused`],
    /// [`Error::TimedOut`], [`Error::HostUnreachable`].
    pub fn connect(&self, handle: Handle, peer: Endpoint) -> Result<()> {
        self.with(|stack| stack.connect(handle, peer))?;
        // Nobody can have answered yet, so the first try asks nothing.
        match self.block(handle, Wait::SEND, &mut |stack, _| {
            stack.connected(handle).map(|()| 0)
        }) {
            Err(Error::WouldBlock) => Err(Error::InProgress),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Sends all of `data`, waiting for room. Bytes of two calls never mix.
    ///
    /// # Errors
    /// Those of [`Stack::send`]. After some bytes were taken their number is
    /// returned, and the error by the next call.
    pub fn send(&self, handle: Handle, data: &[u8], dont_wait: bool) -> Result<usize> {
        let mut sent = 0;
        let mut ours = false;
        let outcome = self.block(handle, Wait::SEND.unless(dont_wait), &mut |stack, _| {
            let rest = data.get(sent..).unwrap_or(&[]);
            sent += usize::from(stack.send(handle, rest, &mut ours)?);
            if sent < data.len() {
                Err(Error::WouldBlock)
            } else {
                Ok(0)
            }
        });
        if ours {
            // The handle may be gone by now, and the turn with it.
            let _ = self.with(|stack| stack.end_turn(handle));
        }
        match outcome {
            Err(error) if sent == 0 => Err(error),
            _ => Ok(sent),
        }
    }

    /// Receives what there is, waiting for the first byte; 0 at the end of
    /// the stream.
    ///
    /// # Errors
    /// Those of [`Stack::receive`].
    pub fn receive(
        &self,
        handle: Handle,
        data: &mut [u8],
        peek: bool,
        dont_wait: bool,
    ) -> Result<usize> {
        self.block(
            handle,
            Wait::RECEIVE.unless(dont_wait),
            &mut |stack, first| stack.receive(handle, data, peek, first),
        )
        .map(usize::from)
    }

    /// Sends one datagram, waiting for the one before it to go out.
    ///
    /// # Errors
    /// Those of [`Stack::send_to`].
    pub fn send_to(
        &self,
        handle: Handle,
        data: &[u8],
        peer: Option<Endpoint>,
        dont_wait: bool,
    ) -> Result<usize> {
        self.block(handle, Wait::SEND.unless(dont_wait), &mut |stack, _| {
            stack.send_to(handle, data, peer, false)
        })
        .map(usize::from)
    }

    /// Takes a part of a datagram that a later [`Device::send_to`] completes
    /// and sends, to `peer` or to the connected one.
    ///
    /// # Errors
    /// Those of [`Stack::send_to`].
    pub fn send_part(
        &self,
        handle: Handle,
        data: &[u8],
        peer: Option<Endpoint>,
        dont_wait: bool,
    ) -> Result<usize> {
        self.block(handle, Wait::SEND.unless(dont_wait), &mut |stack, _| {
            stack.send_to(handle, data, peer, true)
        })
        .map(usize::from)
    }

    /// Receives one datagram, waiting for it.
    ///
    /// # Errors
    /// Those of [`Stack::receive_from`].
    pub fn receive_from(
        &self,
        handle: Handle,
        data: &mut [u8],
        peek: bool,
        dont_wait: bool,
    ) -> Result<Datagram> {
        let mut datagram = Datagram::default();
        self.block(
            handle,
            Wait::RECEIVE.unless(dont_wait),
            &mut |stack, first| {
                datagram = stack.receive_from(handle, data, peek, first)?;
                Ok(0)
            },
        )?;
        Ok(datagram)
    }
}

/// A wait under way: since when, and how long it sleeps next. While nothing
/// happens the naps double.
#[derive(Debug)]
pub(super) struct Nap {
    watch: Stopwatch,
    length: u32,
}
