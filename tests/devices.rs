//! Two devices in one program.

mod support;

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use support::board::Board;
use support::bus::{Line, Observer};
use support::*;
use w5100::bus::SpiBus;
use w5100::chip::{MemorySplit, Network};
use w5100::error::Error;
use w5100::stack::{Device, Handle, Kind, PollEntry, Stack, event, ready};
use w5100_sim::{ChipHandle, ChipOptions, World};

type Devices = [Device<SpiBus<Line>, Board>; 2];

thread_local! {
    /// Events told.
    static COUNT: Cell<u32> = const { Cell::new(0) };
}

const IPS: [[u8; 4]; 2] = [CHIP_IP, NEIGHBOUR_IP];

fn chips(world: &World) -> [ChipHandle; 2] {
    [0, 1].map(|_| world.add_chip(ChipOptions::default()))
}

/// Both enabled, on one wire, in one table.
fn pair(chips: &[ChipHandle; 2]) -> Devices {
    [0, 1].map(|number| {
        let chip = chips[usize::from(number)].clone();
        let board = Board {
            chip: chip.clone(),
            wired: number == 1,
            reset_pin: true,
            began_ms: 0,
            observer: Observer::default(),
            interrupts: Default::default(),
        };
        let device = Device::new(SpiBus::new(Line(chip)), board, number);
        let network = Network {
            address: address(IPS[usize::from(number)], [2, 0, 0, 0, 0, number]),
            retry_time: RETRY_TIME,
            retry_count: RETRY_COUNT,
            split: MemorySplit::EVEN,
        };
        device
            .with(|stack| stack.enable(&network, DNS, 1))
            .expect("the chip answers");
        device
    })
}

fn datagrams(device: &Device<SpiBus<Line>, Board>) -> Handle {
    let bound = device.with(|stack| {
        let handle = stack.socket(Kind::Udp)?;
        stack.bind(handle, endpoint([0; 4], PORT))?;
        Ok(handle)
    });
    bound.expect("the port is free")
}

fn entry(handle: Handle) -> PollEntry {
    PollEntry {
        fd: handle.raw(),
        events: ready::IN,
        revents: 0,
    }
}

#[test]
fn one_poll_waits_for_sockets_of_both() {
    let world = World::wire(1);
    let devices = pair(&chips(&world));
    let handles = [0, 1].map(|at| datagrams(&devices[at]));
    let mut set = handles.map(entry);
    assert_eq!(poll(&devices, &mut set, Some(500)), Ok(0));
    for (from, to) in [(0, 1), (1, 0)] {
        let peer = Some(endpoint(IPS[to], PORT));
        let sent = devices[from].send_to(handles[from], b"hello", peer, false);
        assert_eq!(sent, Ok(5));
        assert_eq!(poll(&devices, &mut set, None), Ok(1));
        assert_eq!((set[to].revents, set[from].revents), (ready::IN, 0));
        let mut data = [0; 10];
        let received = devices[to].receive_from(handles[to], &mut data, false, false);
        assert_eq!(received, Ok(datagram(5, endpoint(IPS[from], PORT))));
    }
}

#[test]
fn poll_looks_after_each_device() {
    // Whether the one that was reset is named first or last: the other decides about the nap.
    for (at, order) in [(0, [0, 1]), (0, [1, 0]), (1, [0, 1]), (1, [1, 0])] {
        let world = World::wire(1);
        let chips = chips(&world);
        let devices = pair(&chips);
        let handles = order.map(|at: usize| datagrams(&devices[at]));
        let mut set = handles.map(entry);
        chips[at].with(|chip| chip.faults_mut().reset_now = true);
        assert_eq!(poll(&devices, &mut set, Some(10_000)), Ok(1), "chip {at}");
        for (number, entry) in order.into_iter().zip(&set) {
            let expected = if number == at {
                ready::ERR | ready::IN
            } else {
                0
            };
            assert_eq!(entry.revents, expected, "chip {at}, device {number}");
        }
    }
}

#[test]
fn a_handle_is_of_one_device_only() {
    let world = World::wire(1);
    let devices = pair(&chips(&world));
    let handles = [0, 1].map(|at| datagrams(&devices[at]));
    assert_ne!(handles[0], handles[1]);
    for (device, foreign) in [(0, handles[1]), (1, handles[0])] {
        let closed = devices[device].with(|stack| stack.close(foreign));
        assert_eq!(closed, Err(Error::BadHandle));
    }
}

#[test]
fn two_devices_on_one_wire_talk_to_each_other() {
    let near = Lab::new();
    let far = near.neighbour(Setup::default());
    let listener = far.listener(PORT, 4);
    let handle = near.tcp();
    near.device()
        .connect(handle, endpoint(NEIGHBOUR_IP, PORT))
        .expect("the other device listens");
    let accepted = far.accept(listener).unwrap();
    assert_eq!(far.with(|stack| stack.peer(accepted)).ip, CHIP_IP);
    let data = pattern(30_000, 9);
    let mut received = Vec::new();
    let mut sent = 0;
    while received.len() < data.len() {
        if let Ok(length) = near.device().send(handle, &data[sent..], true) {
            sent += length;
        }
        received.extend(far.receive(accepted, 1000).expect("more is to come"));
    }
    assert!(received == data);
    near.close(handle);
    assert_eq!(far.receive(accepted, 10), Ok(Vec::new()));
    far.close(accepted);
    near.settle();
    far.settle();
    assert_eq!(near.free_sockets(), 4);
    near.assert_clean();
    far.assert_clean();
}

extern "C" fn count(count: *mut c_void, _: i32, _: i32, _: i32) {
    COUNT.set(COUNT.get() + 1);
    assert!(count.is_null());
}

#[test]
fn what_is_due_is_told_although_another_chip_fails() {
    let world = World::wire(1);
    let chips = chips(&world);
    let devices = pair(&chips);
    for dead in [0, 1] {
        let alive = &devices[1 - dead];
        chips[dead].with(|chip| chip.faults_mut().absent = Some(0));
        let wake = alive.wake_handle().expect("there is room");
        let select = |stack: &mut Stack<_, _>| {
            stack.select_events(wake, event::READ, count, ptr::null_mut())
        };
        alive.with(select).expect("it is open");
        alive.signal(wake).expect("it is open");
        // With /INT wired a chip is only asked twice a second.
        world.run_for(500);
        assert_eq!(event::dispatch(&devices, 0), Ok(1), "chip {dead}");
        assert_eq!(COUNT.take(), 1);
        assert_eq!(event::dispatch(&devices, 0), Err(Error::NetworkDown));
        chips[dead].with(|chip| chip.faults_mut().absent = None);
    }
}
