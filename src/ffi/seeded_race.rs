//! A mistake made on purpose: built only with `--cfg w5100_seeded_race`, which
//! `cargo xtask tsan` sets to see that its detector finds the race.

use super::Device;
use crate::error::Result;
use crate::stack::Counters;
use core::ptr;

/// What tells an archive with the mistake from one without.
#[used]
static MARK: [u8; 17] = *b"w5100_seeded_race";

/// The counts, read after the lock was given back: a reference that outlives
/// it, as a careless shortcut would have it. Nothing is written, so that the
/// program goes on and only the detector can tell.
pub(super) fn counters(device: &Device) -> Result<Counters> {
    let stack = device.with(|stack| Ok(ptr::from_mut(stack)))?;
    // SAFETY: the device is static, so the pointer is valid. That nobody else
    // writes meanwhile is NOT so: this is the seeded race.
    let stack = unsafe { &*stack };
    Ok(stack.counters())
}
