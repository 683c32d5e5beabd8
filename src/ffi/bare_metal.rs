//! What the archive brings along where there is no operating system.

/// No path of a release build reaches this; see `docs/DESIGN.md`, "Panics".
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Cortex-M0 has no atomic read-modify-write: it is made by masking interrupts
/// for a few instructions. The other targets never call this.
#[cfg(target_arch = "arm")]
mod critical {
    use core::arch::asm;
    use critical_section::RawRestoreState;

    struct MaskInterrupts;
    critical_section::set_impl!(MaskInterrupts);

    // SAFETY: on a single core nothing runs between `acquire` and `release`
    // but the code between them, since interrupts are masked; PRIMASK is put
    // back as it was, so that sections nest.
    unsafe impl critical_section::Impl for MaskInterrupts {
        unsafe fn acquire() -> RawRestoreState {
            let primask: u32;
            // SAFETY: reads PRIMASK and sets it; touches no memory that the
            // compiler may keep in registers across it.
            unsafe { asm!("mrs {0}, PRIMASK", "cpsid i", out(reg) primask) };
            primask
        }

        unsafe fn release(primask: RawRestoreState) {
            // SAFETY: writes back what `acquire` read.
            unsafe { asm!("msr PRIMASK, {0}", in(reg) primask) };
        }
    }
}
