//! What the views need to hand out memory for the results of names without a heap:
//! a word that one task can take. The calls themselves are in `include/`.

use portable_atomic::{AtomicU32, Ordering};

/// Stores a word and tells what was there before, in one step for all tasks and
/// interrupts: who puts a 1 where a 0 was has taken what the word stands for, and
/// gives it back by putting the 0 there again. The results of getaddrinfo() are
/// handed out in this way.
///
/// @param word   NULL is understood: it always holds `value`
/// @param value  any
/// @return what was there
///
/// Does not block; uses neither the bus nor a lock. Any task or interrupt.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_exchange(word: *mut u32, value: u32) -> u32 {
    if word.is_null() {
        return value;
    }
    // SAFETY: not NULL, and by the contract of `ffi` valid and aligned. Who shares
    // it uses nothing but this function on it.
    unsafe { AtomicU32::from_ptr(word) }.swap(value, Ordering::AcqRel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_threads_takes_a_word() {
        static WORD: AtomicU32 = AtomicU32::new(0);
        let taken = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // SAFETY: a static.
                    let before = unsafe { w5100_exchange(WORD.as_ptr(), 1) };
                    taken.fetch_add(u32::from(before == 0), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(taken.load(Ordering::Relaxed), 1);
        // SAFETY: likewise.
        assert_eq!(unsafe { w5100_exchange(WORD.as_ptr(), 0) }, 1);
        assert_eq!(WORD.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn f10_no_word_is_never_taken() {
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { w5100_exchange(core::ptr::null_mut(), 1) }, 1);
    }
}
