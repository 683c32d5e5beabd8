//! Options of a socket, what shows of it, and what goes over the wire because of them.

use super::{CHIP_IP, Lab};
use w5100::bus::Bus;
use w5100::error::{Error, Result};
use w5100::regs::Status;
use w5100::stack::{Handle, Info, SLOTS};
use w5100_sim::World;

/// What a chip that nobody answers takes from a segment to giving up, with RTR and RCR as at
/// reset: 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 4 * 6.4 seconds.
pub(crate) const VERDICT_MS: u32 = 31_800;

impl<B: Bus> Lab<B> {
    /// Changes options of a socket.
    #[cfg(feature = "options")]
    #[track_caller]
    pub(crate) fn set(&self, handle: Handle, change: impl FnOnce(&mut w5100::stack::Options)) {
        self.with(|stack| {
            let mut options = stack.settings(handle)?.options;
            change(&mut options);
            stack.set_options(handle, options)
        });
    }

    /// How often the chip was reset, by the enable too.
    pub(crate) fn resets(&self) -> u32 {
        self.with(|stack| Ok(stack.counters().resets))
    }

    /// The socket's row in the table.
    #[track_caller]
    pub(crate) fn row(&self, handle: Handle) -> Info {
        (0..SLOTS)
            .filter_map(|index| self.with(|stack| stack.info(index)))
            .find(|row| row.handle == handle.raw())
            .expect("the socket is in the table")
    }

    /// The socket's row, after the chip was asked.
    #[track_caller]
    pub(crate) fn look(&self, handle: Handle) -> Info {
        (0..SLOTS)
            .filter(|index| {
                let row = self.with(|stack| stack.info(*index));
                row.is_some_and(|row| row.handle == handle.raw())
            })
            .find_map(|index| self.with(|stack| stack.look_at(index)))
            .expect("the socket is in the table")
    }

    /// Lets `ms` milliseconds pass with a service step after every `step_ms`.
    #[track_caller]
    pub(crate) fn pass(&self, ms: u32, step_ms: u32) {
        let end = self.world.now_ms() + ms;
        while self.world.now_ms() < end {
            self.world.run_for(step_ms.min(end - self.world.now_ms()));
            self.service();
        }
    }

    /// Serves the device until `holds`: the milliseconds that took. Fails after `limit_ms`.
    #[track_caller]
    pub(crate) fn pass_until(&self, limit_ms: u32, mut holds: impl FnMut() -> bool) -> u32 {
        let begin = self.world.now_ms();
        while !holds() {
            let elapsed = self.world.now_ms() - begin;
            assert!(elapsed < limit_ms, "not within {elapsed} ms");
            self.world.run_for(10);
            self.service();
        }
        self.world.now_ms() - begin
    }

    /// A close as programs call it: what it gave, and how long it took.
    pub(crate) fn close_timed(&self, handle: Handle) -> (Result<()>, u32) {
        self.timed(|| self.device().close(handle))
    }

    #[track_caller]
    pub(crate) fn state(&self, handle: Handle) -> Status {
        self.with(|stack| stack.state(handle))
    }

    #[track_caller]
    pub(crate) fn is_connected(&self, handle: Handle) -> bool {
        self.with(|stack| stack.is_connected(handle))
    }

    #[track_caller]
    pub(crate) fn so_error(&self, handle: Handle) -> Option<Error> {
        self.with(|stack| stack.take_error(handle))
    }

    pub(crate) fn outstanding(&self, handle: Handle) -> Result<u16> {
        self.device().with(|stack| stack.outstanding(handle))
    }
}

/// A TCP segment that was on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) at_ms: u32,
    pub(crate) from_chip: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    /// Bytes of payload.
    pub(crate) length: usize,
}

/// The TCP segments since the last call, or since the world was told to record.
pub(crate) fn segments(world: &World) -> Vec<Segment> {
    let parse = |at_us: u64, frame: &[u8]| {
        // Ethernet II, IPv4 without options, TCP.
        if frame.get(12..14)? != [0x08, 0x00] || *frame.get(23)? != 6 {
            return None;
        }
        let total = usize::from(u16::from_be_bytes([frame[16], frame[17]]));
        let header = usize::from(*frame.get(46)? >> 4) * 4;
        Some(Segment {
            at_ms: (at_us / 1000) as u32,
            from_chip: frame[26..30] == CHIP_IP,
            fin: frame[47] & 0x01 != 0,
            rst: frame[47] & 0x04 != 0,
            length: total - 20 - header,
        })
    };
    let recorded = world.recorded();
    recorded
        .iter()
        .filter_map(|recorded| parse(recorded.at, &recorded.frame))
        .collect()
}

/// Those that the chip sent.
pub(crate) fn from_chip(world: &World) -> Vec<Segment> {
    let mut sent = segments(world);
    sent.retain(|segment| segment.from_chip);
    sent
}
