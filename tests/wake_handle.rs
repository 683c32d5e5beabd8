//! Wake handles: a poll ends from another thread, without anything being closed.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::{Handle, PollEntry, ready};

fn entry(handle: Handle) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events: ready::IN,
        revents: 0,
    }
}

#[test]
fn w8_a_signal_before_the_poll_is_not_lost() {
    let lab = Lab::new();
    let device = lab.device();
    let handle = device.wake_handle().unwrap();
    let mut set = [entry(handle)];
    assert_eq!(poll(&lab.devices, &mut set, Some(5)), Ok(0));
    device.signal(handle).unwrap();
    let (count, elapsed) = lab.timed(|| poll(&lab.devices, &mut set, None));
    assert_eq!((count, set[0].revents), (Ok(1), ready::IN));
    assert!(elapsed <= 1, "{elapsed} ms");
    // It stays until it is cleared.
    assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(1));
    assert_eq!(device.quiet(handle), Ok(true));
    assert_eq!(device.quiet(handle), Ok(false));
    assert_eq!(poll(&lab.devices, &mut set, Some(0)), Ok(0));
}

#[test]
fn a_closed_wake_handle_never_signals_the_next_one() {
    let lab = Lab::new();
    let device = lab.device();
    let old = device.wake_handle().unwrap();
    device.signal(old).unwrap();
    device.close(old).unwrap();
    let new = device.wake_handle().unwrap();
    assert_eq!(device.signal(old), Err(Error::BadHandle));
    assert_eq!(device.quiet(old), Err(Error::BadHandle));
    assert_eq!(device.close(old), Err(Error::BadHandle));
    assert_eq!(lab.poll(new, ready::IN, Some(0)), 0);
    assert_eq!(device.quiet(new), Ok(false));
    let closed = [old.raw(), 0, -1, -new.raw(), i32::MIN, i32::MAX];
    for raw in closed {
        let handle = Handle::from_raw(raw);
        assert_eq!(device.signal(handle), Err(Error::BadHandle), "{raw}");
        assert_eq!(device.quiet(handle), Err(Error::BadHandle), "{raw}");
    }
}

#[test]
fn a_wake_handle_is_no_socket_and_a_socket_no_wake_handle() {
    let lab = Lab::new();
    let device = lab.device();
    let wake = device.wake_handle().unwrap();
    let socket = lab.tcp();
    assert_eq!(device.signal(socket), Err(Error::BadHandle));
    assert_eq!(
        device.receive(wake, &mut [0], false, true),
        Err(Error::NotSupported)
    );
    assert_eq!(device.send(wake, b"x", true), Err(Error::NotSupported));
    assert_eq!(
        device.with(|stack| stack.listen(wake, 1)),
        Err(Error::NotSupported)
    );
    assert_eq!(
        device.with(|stack| stack.settings(wake).map(drop)),
        Err(Error::NotSupported)
    );
    device.disable().unwrap();
    assert_eq!(device.signal(wake), Err(Error::BadHandle));
}
