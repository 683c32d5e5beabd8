//! The rows in every state a socket can be in: what they say, and what it costs to ask.

mod support;

use support::{tuning, *};
use w5100::error::Error;
use w5100::regs::Status;
use w5100::stack::{Direction, Handle, Info, Kind, SLOTS};
use w5100_sim::ChipOptions;

/// `W5100_LOOK_FRAMES`.
const LOOK_FRAMES: u64 = 16;

/// Every switch of the silicon that could matter here.
fn setups() -> Vec<Setup> {
    let with = |change: fn(&mut ChipOptions)| {
        let mut setup = Setup::default();
        change(&mut setup.options);
        setup
    };
    vec![
        with(|_| {}),
        with(|options| options.early_arp_status = true),
        with(|options| options.rx_survives_close = false),
        with(|options| options.random_tx_pointers = false),
        with(|options| options.latched_registers = false),
        with(|options| options.imr_gates_ir = false),
        Setup {
            wired: true,
            ..Setup::default()
        },
        Setup::one_socket(),
    ]
}

fn frames(lab: &Lab) -> u64 {
    lab.chip.counters().frames
}

/// Reads all rows, with and without a look: no frame without, and with one the bound at most where
/// there is hardware. A second look finds no news and says the same.
#[track_caller]
fn assert_cheap(lab: &Lab, when: &str) {
    for index in 0..SLOTS {
        let begin = frames(lab);
        let known = lab.with(|stack| stack.info(index));
        (0..4).for_each(|sn| _ = lab.with(|stack| stack.hardware_info(sn)));
        lab.with(|stack| Ok(stack.counters()));
        assert_eq!(frames(lab), begin, "{when}: a row without a look");
        let bound = match known {
            Some(row) if row.hardware != 255 => LOOK_FRAMES,
            _ => 0,
        };
        let first = lab.with(|stack| stack.look_at(index));
        let cost = frames(lab) - begin;
        assert!(cost <= bound, "{when}: {cost} frames for {known:?}");
        let again = lab.with(|stack| stack.look_at(index));
        assert_eq!(first.map(timeless), again.map(timeless), "{when}");
    }
}

fn timeless(row: Info) -> Info {
    Info {
        age_ms: 0,
        outstanding_ms: 0,
        silent_ms: 0,
        timeout_ms: 0,
        ..row
    }
}

/// A row with this state by name, after a look that was cheap.
#[track_caller]
fn assert_state(lab: &Lab, handle: Handle, name: &str) -> Info {
    assert_cheap(lab, name);
    let row = lab.look(handle);
    assert_eq!(Status(row.status).name().to_str(), Ok(name), "{row:?}");
    assert_eq!(lab.row(handle).status, row.status);
    row
}

fn connecting(lab: &Lab, ip: [u8; 4]) -> Handle {
    let handle = lab.tcp();
    lab.nonblocking(handle);
    let begun = lab.device().connect(handle, endpoint(ip, PEER_PORT));
    assert_eq!(begun, Err(Error::InProgress));
    handle
}

#[test]
fn f8_a_connection_has_a_row_in_each_state_and_a_look_is_cheap() {
    for setup in setups() {
        let lab = Lab::with_setup(setup);
        let handle = connecting(&lab, NOBODY);
        let row = assert_state(&lab, handle, "ARP");
        assert_eq!((row.remote_ip, row.remote_port), (NOBODY, PEER_PORT));
        lab.close(handle);
        lab.settle();

        // The peer is known to ARP, and silent to TCP.
        let no_tcp = |_, frame: &[u8]| frame.get(12..14) != Some(&[0x08, 0x00]) || frame[23] != 6;
        lab.world.set_filter(Some(Box::new(no_tcp)));
        let handle = connecting(&lab, PEER_IP);
        lab.settle();
        assert_state(&lab, handle, "SYNSENT");
        lab.world.set_filter(None);
        lab.close(handle);
        lab.pass(11_000, 100);

        let (handle, conn) = lab.connected();
        let row = assert_state(&lab, handle, "ESTABLISHED");
        assert_eq!((row.remote_ip, row.remote_port), (PEER_IP, PEER_PORT));
        assert_eq!((row.unread, row.outstanding), (0, 0));
        conn.send(&pattern(900, 1));
        assert_eq!(lab.send(handle, &pattern(700, 2)), Ok(700));
        assert_cheap(&lab, "bytes both ways");
        lab.settle();
        let row = assert_state(&lab, handle, "ESTABLISHED");
        assert_eq!((row.unread, row.outstanding), (900, 0));
        lab.with(|stack| stack.shutdown(handle, Direction::Write));
        assert_state(&lab, handle, "FIN_WAIT");
        conn.close();
        lab.settle();
        assert_state(&lab, handle, "CLOSED");
        lab.close(handle);
        lab.settle();

        let (handle, conn) = lab.accepted();
        let row = assert_state(&lab, handle, "ESTABLISHED");
        assert_eq!((row.local_port, row.remote_ip), (PORT, PEER_IP));
        assert_eq!(Some(row.remote_port), conn.local().map(|own| own.port()));
        conn.close();
        lab.world.run_for(SETTLE_MS);
        assert_state(&lab, handle, "CLOSE_WAIT");
        lab.world.set_filter(Some(Box::new(no_tcp)));
        lab.with(|stack| stack.shutdown(handle, Direction::Write));
        assert_state(&lab, handle, "LAST_ACK");
        lab.world.set_filter(None);
        lab.close(handle);
        lab.pass(11_000, 100);
        assert_eq!(
            (lab.free_sockets(), lab.open_handles()),
            (hardware_sockets(&lab), 0)
        );
        lab.assert_clean();
    }
}

fn hardware_sockets(lab: &Lab) -> u32 {
    match lab.network().split.tx[1] {
        0 => 1,
        _ => 4,
    }
}

#[test]
fn f8_sockets_without_a_connection_have_rows_too_and_a_look_is_cheap() {
    for setup in setups() {
        let lab = Lab::with_setup(setup);
        assert_cheap(&lab, "nothing is open");
        assert_state(&lab, lab.tcp(), "CLOSED");
        let listener = lab.listener(PORT, 2);
        assert_state(&lab, listener, "LISTEN");
        let _client = lab.client();
        lab.world.run_for(SETTLE_MS);
        let row = assert_state(&lab, listener, "LISTEN");
        assert_eq!(row.hardware, 255);
        lab.service();
        assert_eq!(lab.row(listener).pending, 1);
        lab.close(listener);
        lab.settle();

        let datagram = lab.udp_at(53);
        lab.arrives(&lab.peer, 53, 53, &[1; 100]);
        let row = assert_state(&lab, datagram, "UDP");
        assert_eq!((row.local_port, row.unread), (53, 108));
        let nobody = endpoint(NOBODY, 9);
        assert_eq!(lab.send_to(datagram, b"lost", nobody), Ok(4));
        assert_state(&lab, datagram, "UDP");
        lab.pass(2500, 10);
        let row = assert_state(&lab, datagram, "UDP");
        assert_eq!(row.outstanding, 0, "given up");
        lab.close(datagram);

        let raw = lab.socket(Kind::Raw(1));
        lab.bind(raw, 0).unwrap();
        assert_state(&lab, raw, "IPRAW");
        lab.close(raw);
        let packet = lab.socket(Kind::Packet);
        lab.bind(packet, 0).unwrap();
        assert_state(&lab, packet, "MACRAW");
        lab.assert_clean();
    }
}

#[test]
fn f8_how_a_connection_ended_shows_in_a_look_and_its_error_stays_to_be_told() {
    for setup in setups() {
        let lab = Lab::with_setup(setup);
        let (handle, conn) = lab.connected();
        conn.abort();
        lab.world.run_for(SETTLE_MS);
        let row = assert_state(&lab, handle, "CLOSED");
        assert_eq!(row.hardware, 255, "its hardware is free");
        assert_eq!(lab.send(handle, b"x"), Err(Error::ConnectionReset));
        lab.close(handle);

        let (handle, _conn) = lab.connected();
        lab.peer.vanish(true);
        assert_eq!(lab.send(handle, b"x"), Ok(1));
        lab.world.run_for(tuning::VERDICT_MS + 1000);
        let row = assert_state(&lab, handle, "CLOSED");
        assert_eq!((row.outstanding, row.outstanding_ms), (0, 0));
        assert_eq!(lab.receive(handle, 1), Err(Error::TimedOut));
        lab.assert_clean();
    }
}

#[test]
fn f8_a_look_past_the_table_or_at_a_dead_chip_fails() {
    let lab = Lab::new();
    let (handle, _conn) = lab.connected();
    let row = lab.look(handle);
    let device = lab.device();
    for index in [SLOTS, usize::MAX] {
        assert_eq!(
            device.with(|stack| stack.look_at(index)),
            Err(Error::Invalid)
        );
        assert_eq!(device.with(|stack| stack.info(index)), Err(Error::Invalid));
    }
    for number in [4, 255, 256, usize::MAX] {
        let past = device.with(|stack| stack.hardware_info(number).map(drop));
        assert_eq!(past, Err(Error::Invalid));
    }
    lab.chip.with(|chip| chip.faults_mut().absent = Some(0xFF));
    let at = (0..SLOTS).find(|at| lab.with(|stack| stack.info(*at)).is_some());
    let looked = device.with(|stack| stack.look_at(at.unwrap()));
    assert_eq!(looked, Err(Error::NetworkDown));
    // What was known is still told.
    assert_eq!(timeless(lab.row(handle)), timeless(row));
}

/// The clock wraps after 49.7 days.
#[test]
fn f8_times_are_right_across_the_wrap_of_the_clock() {
    let lab = Lab::with_setup(Setup {
        began_ms: u32::MAX - 1000,
        ..Setup::default()
    });
    let (handle, _conn) = lab.connected();
    lab.peer.vanish(true);
    lab.send(handle, b"x").unwrap();
    let begin = lab.world.now_ms();
    for _ in 0..4 {
        lab.world.run_for(500);
        let row = lab.look(handle);
        let passed = lab.world.now_ms() - begin;
        assert!(row.outstanding_ms.abs_diff(passed) <= 3, "{row:?}");
        for time in [row.silent_ms, row.age_ms] {
            assert!((passed..passed + 500).contains(&time), "{row:?}");
        }
    }
}
