//! Wrapping milliseconds.
//!
//! Every time in the library is a `u32` count of milliseconds that wraps after
//! 49.7 days; only differences are ever compared, so the wrap is harmless.

/// A source of time.
pub trait Clock {
    /// Milliseconds since any fixed moment, wrapping.
    fn now_ms(&self) -> u32;
}

/// How long something may take, counted from a start.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    start: u32,
    limit: Option<u32>,
}

impl Timeout {
    /// Ends `limit` milliseconds after `now`; `None` never ends.
    pub const fn new(now: u32, limit: Option<u32>) -> Self {
        Self { start: now, limit }
    }

    /// What is left of it at `now`: `None` is for ever, 0 is over.
    pub fn left(&self, now: u32) -> Option<u32> {
        let elapsed = now.wrapping_sub(self.start);
        self.limit.map(|limit| limit.saturating_sub(elapsed))
    }

    /// True once the limit is reached.
    pub fn is_over(&self, now: u32) -> bool {
        self.left(now) == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Timeout;

    #[test]
    fn a_timeout_survives_the_wrap_of_the_clock() {
        let timeout = Timeout::new(u32::MAX - 1, Some(10));
        assert_eq!(timeout.left(u32::MAX), Some(9));
        assert_eq!(timeout.left(7), Some(1));
        assert!(!timeout.is_over(7));
        assert!(timeout.is_over(8));
    }

    #[test]
    fn for_ever_never_ends() {
        assert!(!Timeout::new(0, None).is_over(u32::MAX));
    }
}
