// Functions that drop into a driver's port struct: their first argument is the chip.

use std::ffi::c_void;

use super::{SimChip, attempt, slice_mut, status};

/// SAFETY: `chip` is NULL or a valid pointer to a chip.
unsafe fn chip<'a>(chip: *mut c_void) -> Option<&'a SimChip> {
    // SAFETY: the caller's promise; only shared references are ever made.
    unsafe { chip.cast::<SimChip>().as_ref() }
}

/// Exchange `count` SPI frames of 4 bytes in place, chip select down before and up after each.
///
/// A frame is F0 AH AL D to write and 0F AH AL xx to read; it comes back as the chip answers:
/// 00 01 02 and the byte read, or 03. On the virtual clock each takes 2290 ns. Returns 0, or
/// W5100_SIM_ERROR for NULL. Does not block; from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_transfer(
    chip: *mut c_void,
    frames: *mut u8,
    count: usize,
) -> i32 {
    status(|| {
        // SAFETY: the module's contract.
        let chip = unsafe { self::chip(chip) }?;
        // SAFETY: the module's contract; `count` frames of 4 bytes.
        let frames = unsafe { slice_mut(frames, count.checked_mul(4)?) }?;
        chip.chip.transfer_bytes(frames);
        Some(())
    })
}

/// Drive the chip select pin by hand: true (low) selects the chip. Each frame of 4 bytes needs a
/// falling edge before it and a rising one after it; what breaks that is counted as a violation.
/// Unlike with w5100_sim_transfer(), threads that use the line at once get into each other's
/// frames. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_select(chip: *mut c_void, low: bool) {
    status(|| {
        // SAFETY: the module's contract.
        unsafe { self::chip(chip) }?.chip.select(low);
        Some(())
    });
}

/// Clock one byte into the chip. Returns the one that it drove meanwhile; 0 for NULL and while
/// it is not selected. On the virtual clock it takes a quarter of a frame. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_clock_byte(chip: *mut c_void, mosi: u8) -> u8 {
    attempt(0, || {
        // SAFETY: the module's contract.
        let chip = unsafe { self::chip(chip) }?;
        Some(chip.chip.clock_byte(mosi))
    })
}

/// Drive the chip's /RESET pin: true holds it in reset. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_reset(chip: *mut c_void, asserted: bool) {
    status(|| {
        // SAFETY: the module's contract.
        unsafe { self::chip(chip) }?.chip.reset(asserted);
        Some(())
    });
}

/// Whether the chip's /INT pin is low, that is, wants attention. False for NULL. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_interrupt(chip: *mut c_void) -> bool {
    attempt(false, || {
        // SAFETY: the module's contract.
        let chip = unsafe { self::chip(chip) }?;
        Some(chip.chip.int_low())
    })
}

/// Milliseconds since the world began, wrapping; 0 for NULL. On the virtual clock each call takes
/// 1 us, so that a loop which only looks at the clock ends. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_now_ms(chip: *mut c_void) -> u32 {
    attempt(0, || {
        // SAFETY: the module's contract.
        let chip = unsafe { self::chip(chip) }?;
        Some(chip.chip.world().now_ms())
    })
}

/// The event token of the chip's world: it changes with each w5100_sim_notify() and with each
/// falling edge of the /INT of any chip in it. Read it before you look at what you wait for. 0 for
/// NULL. Does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_events(chip: *mut c_void) -> u64 {
    attempt(0, || {
        // SAFETY: the module's contract.
        let chip = unsafe { self::chip(chip) }?;
        Some(chip.chip.world().events())
    })
}

/// Sleep until w5100_sim_events() is not `events` any more, `timeout_ms` milliseconds at most.
///
/// What happened since the token was read is never missed. On the virtual clock time jumps to the
/// next thing that is due while every thread waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_wait(chip: *mut c_void, events: u64, timeout_ms: u32) {
    status(|| {
        // SAFETY: the module's contract.
        unsafe { self::chip(chip) }?
            .chip
            .world()
            .wait(events, timeout_ms);
        Some(())
    });
}

/// Change the event token and wake all threads in w5100_sim_wait(). From any thread; does not
/// block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_notify(chip: *mut c_void) {
    status(|| {
        // SAFETY: the module's contract.
        unsafe { self::chip(chip) }?.chip.world().notify();
        Some(())
    });
}
