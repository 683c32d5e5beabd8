//! Wrapping milliseconds.
//!
//! Every time in the library is a `u32` count of milliseconds that wraps after
//! 49.7 days; only differences are ever compared, so the wrap is harmless.

/// A source of time.
pub trait Clock {
    /// Milliseconds since any fixed moment, wrapping.
    fn now_ms(&self) -> u32;
}

/// A limit that is never reached.
pub const FOREVER: u32 = u32::MAX;

/// How long something takes, counted from its start.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    start: u32,
}

impl Stopwatch {
    /// Starts at `now`.
    pub const fn new(now: u32) -> Self {
        Self { start: now }
    }

    /// Milliseconds left at `now` of a `limit` in milliseconds: 0 when it is
    /// over, [`FOREVER`] if that is the limit.
    pub const fn left(&self, now: u32, limit: u32) -> u32 {
        match limit {
            FOREVER => FOREVER,
            limit => limit.saturating_sub(now.wrapping_sub(self.start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FOREVER, Stopwatch};

    #[test]
    fn a_limit_survives_the_wrap_of_the_clock() {
        let watch = Stopwatch::new(u32::MAX - 1);
        assert_eq!(watch.left(u32::MAX, 10), 9);
        assert_eq!(watch.left(7, 10), 1);
        assert_eq!(watch.left(8, 10), 0);
        assert_eq!(watch.left(9, 10), 0);
    }

    #[test]
    fn for_ever_never_ends() {
        assert_eq!(Stopwatch::new(0).left(u32::MAX, FOREVER), FOREVER);
    }
}
