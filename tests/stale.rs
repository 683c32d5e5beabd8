//! A handle that was closed never reaches the socket that came after it.

mod support;

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::thread;

use support::memory::{Idle, MemoryChip, Opened};
use support::*;
use w5100::chip::{MemorySplit, Network};
use w5100::error::Error;
use w5100::stack::{Device, Direction, Endpoint, Handle, Kind, PollEntry, ready};

type Devices = [Device<MemoryChip, Idle>; 1];

const CYCLES: u32 = 1_000_000;
/// Threads that open and close.
const WORKERS: usize = 2;
/// Threads that use handles which those have closed.
const VANDALS: usize = 2;

fn enabled(opened: Opened) -> Devices {
    let devices = [Device::new(MemoryChip::new(opened), Idle::default(), 0)];
    let network = Network {
        address: address(CHIP_IP, MAC),
        retry_time: RETRY_TIME,
        retry_count: RETRY_COUNT,
        split: MemorySplit {
            rx: [8, 0, 0, 0],
            tx: [8, 0, 0, 0],
        },
    };
    devices[0]
        .with(|stack| stack.enable(&network, DNS, 1))
        .expect("the chip answers");
    devices
}

/// Opens the one hardware socket, as soon as the other threads let it, and closes it again.
fn cycle(devices: &Devices, port: u16) -> Handle {
    let device = &devices[0];
    let handle = device.with(|stack| stack.socket(Kind::Udp)).unwrap();
    let any = Endpoint { ip: [0; 4], port };
    while let Err(error) = device.with(|stack| stack.bind(handle, any)) {
        assert_eq!(error, Error::NoHardwareSocket);
        thread::yield_now();
    }
    device.with(|stack| stack.close(handle)).unwrap();
    handle
}

/// Every call that takes a handle says EBADF.
fn assert_stale(devices: &Devices, handle: Handle) {
    const BAD: Error = Error::BadHandle;
    let device = &devices[0];
    let peer = endpoint(PEER_IP, 9);
    assert_eq!(device.send(handle, b"x", false), Err(BAD));
    assert_eq!(device.receive(handle, &mut [0], false, false), Err(BAD));
    assert_eq!(device.send_to(handle, b"x", Some(peer), false), Err(BAD));
    let received = device.receive_from(handle, &mut [0], false, false);
    assert_eq!(received, Err(BAD));
    assert_eq!(device.accept(handle), Err(BAD));
    assert_eq!(device.connect(handle, peer), Err(BAD));
    device
        .with(|stack| {
            assert_eq!(stack.close(handle), Err(BAD));
            assert_eq!(stack.local(handle), Err(BAD));
            assert_eq!(stack.peer(handle), Err(BAD));
            assert_eq!(stack.bind(handle, peer), Err(BAD));
            assert_eq!(stack.listen(handle, 1), Err(BAD));
            assert_eq!(stack.shutdown(handle, Direction::Both), Err(BAD));
            assert_eq!(stack.available(handle), Err(BAD));
            assert_eq!(stack.outstanding(handle), Err(BAD));
            assert_eq!(stack.take_error(handle), Err(BAD));
            assert!(stack.settings(handle).is_err());
            Ok(())
        })
        .unwrap();
    let mut set = [PollEntry {
        fd: handle.raw(),
        events: ready::IN | ready::OUT,
        revents: 0,
    }];
    assert_eq!(poll(devices, &mut set, None), Ok(1));
    assert_eq!(set[0].revents, ready::NVAL);
}

/// Sets a flag when the thread that holds it is done with it, by a panic too.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn w6_a_million_reuses_of_one_hardware_socket() {
    let opened = Opened::default();
    let devices = enabled(opened.clone());
    let left = AtomicU32::new(CYCLES);
    let last = [const { AtomicI32::new(0) }; WORKERS];
    let over = AtomicBool::new(false);
    let take_one = || {
        let step = |left: u32| left.checked_sub(1);
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
            .is_ok()
    };
    // Gives all the handles it had.
    let work = |worker: usize| {
        let mut handles = Vec::new();
        while take_one() {
            let old = cycle(&devices, 1000 + worker as u16);
            handles.push(old.raw());
            last[worker].store(old.raw(), Ordering::SeqCst);
            for closed in [old, Handle::from_raw(handles[0])] {
                let closed = devices[0].with(|stack| stack.close(closed));
                assert_eq!(closed, Err(Error::BadHandle));
            }
        }
        handles
    };
    let mut handles: Vec<i32> = thread::scope(|scope| {
        // The vandals end with the workers, even if one of these fails.
        let _over = SetOnDrop(&over);
        let work = &work;
        let workers: [_; WORKERS] = std::array::from_fn(|worker| scope.spawn(move || work(worker)));
        for _ in 0..VANDALS {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    for handle in &last {
                        assert_stale(&devices, Handle::from_raw(handle.load(Ordering::SeqCst)));
                    }
                }
            });
        }
        let ended = workers.map(|worker| worker.join().expect("the worker does not panic"));
        ended.concat()
    });
    assert_eq!(opened.counts(), [CYCLES, 0, 0, 0]);
    handles.sort_unstable();
    handles.dedup();
    assert_eq!(handles.len(), CYCLES as usize, "a handle came twice");
    for handle in &last {
        assert_stale(&devices, Handle::from_raw(handle.load(Ordering::SeqCst)));
    }
}
