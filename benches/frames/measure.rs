//! Counting frames on the simulated chip.

use w5100::stack::Handle;
use w5100_sim::{Conn, Service};

use crate::support::Lab;

/// Runs of each measurement.
const RUNS: usize = 8;
/// Long enough for all that is under way to arrive.
const QUIET_MS: u32 = 100;
/// How often the library looks whether the chip is still what it was, which is
/// no part of any operation.
const CHECK_MS: u32 = 500;

impl Lab {
    /// Prints the dearest of several runs, each of which tells its frames. A run
    /// is over before the library's next check; if there is time for two, the
    /// first leaves the second what one operation leaves the next.
    pub(crate) fn report(&self, operation: &str, n: usize, mut run: impl FnMut(usize) -> u64) {
        let mut dearest = 0;
        for at in 0..RUNS {
            self.world.run_for(CHECK_MS);
            self.service();
            let begin = self.world.now_ms();
            dearest = dearest.max(run(2 * at));
            let took = self.world.now_ms() - begin;
            if 2 * took < CHECK_MS {
                dearest = dearest.max(run(2 * at + 1));
            }
        }
        println!("{operation} {n} {dearest}");
    }

    /// Frames that `operation` costs, and its result.
    pub(crate) fn frames<T>(&self, operation: impl FnOnce() -> T) -> (u64, T) {
        let before = self.chip.counters().frames;
        let result = operation();
        (self.chip.counters().frames - before, result)
    }

    /// Frames that `operation` costs once everything under way has arrived. The
    /// library is not called meanwhile.
    pub(crate) fn steady(&self, operation: impl FnOnce()) -> u64 {
        self.quiet();
        self.frames(operation).0
    }

    /// Lets everything under way arrive, unseen by the library.
    pub(crate) fn quiet(&self) {
        self.world.run_for(QUIET_MS);
    }

    /// A connection to a peer that throws away what it gets.
    pub(crate) fn discarding(&self) -> (Handle, Conn) {
        let (handle, conn) = self.connected();
        conn.set_service(Service::Discard);
        (handle, conn)
    }

    /// Closes, and has the library see to the end of it.
    pub(crate) fn retire(&self, handle: Handle) {
        self.close(handle);
        self.settle();
    }
}
