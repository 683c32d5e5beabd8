//! A chip that says garbage: calls that the input chooses, over a bus where much of what is read
//! is the input's too. Nothing panics, no call goes on for ever, handles are what they were; and
//! once the chip is sane again, so is the device.

#![no_main]

#[path = "chip/board.rs"]
mod board;
#[path = "chip/calls.rs"]
mod calls;
#[path = "chip/end.rs"]
mod end;
#[path = "chip/session.rs"]
mod session;

use libfuzzer_sys::fuzz_target;
use session::Session;

fuzz_target!(|data: &[u8]| {
    let mut session = Session::new(data);
    while session.board.has_input() {
        session.step();
    }
    end::come_to(session);
});
