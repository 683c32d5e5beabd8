//! A chip that fails: noise on the bus, a reset behind the library's back, commands that are
//! never taken, a SEND that never ends.

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::{Error, Result};
use w5100::stack::ready;
use w5100_sim::{ChipOptions, Faults};

/// No call may take longer on a chip that does not answer.
const LIMIT_MS: u32 = 500;
/// A waiting task looks this often whether the chip is still what it was.
const NOTICE_MS: u32 = 1000;

fn fault(lab: &Lab, set: impl FnOnce(&mut Faults)) {
    lab.chip.with(|chip| set(chip.faults_mut()));
}

fn echo_errors(lab: &Lab) -> u32 {
    lab.with(|stack| Ok(stack.counters().echo_errors))
}

#[test]
fn a_corrupted_echo_is_counted_and_repeated() {
    for corrupt_lost in [false, true] {
        for every in [35, 50, 101, 1000] {
            let lab = Lab::new();
            let (accepted, client) = lab.accepted();
            fault(&lab, |faults| {
                faults.corrupt_every = every;
                faults.corrupt_lost = corrupt_lost;
            });
            lab.echo(accepted, &client, &pattern(20_000, 1));
            let (connected, server) = lab.connected();
            lab.echo(connected, &server, &pattern(20_000, 2));
            lab.close(connected);
            lab.close(accepted);
            server.close();
            client.close();
            lab.settle();
            let errors = echo_errors(&lab);
            // Every one was seen, whatever the library did about it.
            let frames = lab.chip.counters().frames as u32;
            assert!(
                errors >= frames / every / 2,
                "{errors} of {frames}, every {every}"
            );
            assert_eq!(lab.free_sockets(), 4);
            assert_eq!(lab.resets(), 1);
        }
    }
}

#[test]
fn datagrams_survive_a_corrupted_echo() {
    for corrupt_lost in [false, true] {
        let lab = Lab::new();
        lab.peer.udp_echo(7);
        let handle = lab.udp();
        fault(&lab, |faults| {
            faults.corrupt_every = 37;
            faults.corrupt_lost = corrupt_lost;
        });
        let echo = endpoint(PEER_IP, 7);
        for round in 0..200 {
            let data = pattern(usize::from(round) + 1, round);
            let sent = lab.device().send_to(handle, &data, Some(echo), false);
            assert_eq!(sent, Ok(data.len()), "round {round}");
            let mut back = [0; 300];
            lab.timeouts(handle, 5000, 5000);
            let received = lab.device().receive_from(handle, &mut back, false, false);
            assert_eq!(received, Ok(datagram(data.len(), echo)), "round {round}");
            assert_eq!(back[..data.len()], data[..]);
            // Neither lost nor sent twice.
            let more = lab.device().receive_from(handle, &mut back, false, true);
            assert_eq!(more, Err(Error::WouldBlock), "round {round}");
        }
        assert!(echo_errors(&lab) > 0);
    }
}

#[test]
fn a_reset_behind_the_librarys_back_is_noticed_by_who_waits() {
    for wired in [false, true] {
        let lab = Lab::with_setup(Setup {
            wired,
            ..Setup::default()
        });
        let listener = lab.listener(PORT, 4);
        let client = lab.client();
        let handle = lab.accept(listener).unwrap();
        let jobs: Vec<Job<'_, Result<Vec<u8>>>> = vec![
            Box::new(|| lab.receive(handle, 10)),
            Box::new(|| {
                lab.world.run_for(2000);
                fault(&lab, |faults| faults.reset_now = true);
                Ok(Vec::new())
            }),
        ];
        let (outcomes, elapsed) = lab.timed(|| threads::run(&lab.world, jobs));
        assert_eq!(outcomes[0], Err(Error::NetworkReset));
        assert!(elapsed <= 2000 + NOTICE_MS, "{elapsed} ms");
        assert_eq!(lab.resets(), 2);
        assert_eq!(lab.send(handle, b"x"), Err(Error::Pipe));
        lab.close(handle);

        // The listener is served again, and the addresses are back.
        lab.settle();
        let again = lab.client();
        let handle = lab.accept(listener).unwrap();
        lab.echo(handle, &again, &pattern(5000, 4));
        assert_eq!(lab.with(|stack| stack.network()).0, lab.network());
        drop(client);
    }
}

#[test]
fn a_reset_is_noticed_by_a_program_that_only_polls() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let _client = lab.client();
    let handle = lab.accept(listener).unwrap();
    fault(&lab, |faults| faults.reset_now = true);
    let (revents, elapsed) = lab.timed(|| lab.poll(handle, ready::IN, Some(5000)));
    assert_eq!(revents, ready::IN | ready::ERR | ready::HUP);
    assert!(elapsed <= NOTICE_MS, "{elapsed} ms");
    assert_eq!(
        lab.with(|stack| stack.take_error(handle)),
        Some(Error::NetworkReset)
    );
}

#[test]
fn a_reset_ends_each_kind_of_call() {
    let waiting = |wait: &(dyn Fn(&Lab) -> Result<()> + Sync), expected: Result<()>| {
        let lab = Lab::new();
        let jobs: Vec<Job<'_, Result<()>>> = vec![
            Box::new(|| wait(&lab)),
            Box::new(|| {
                lab.world.run_for(1500);
                fault(&lab, |faults| faults.reset_now = true);
                Ok(())
            }),
        ];
        let (outcomes, elapsed) = lab.timed(|| threads::run(&lab.world, jobs));
        assert_eq!(outcomes[0], expected);
        assert!(elapsed <= 1500 + NOTICE_MS, "{elapsed} ms");
    };
    let lost = Err(Error::NetworkReset);
    let connect = |lab: &Lab| {
        let handle = lab.tcp();
        lab.device().connect(handle, endpoint(NOBODY, 7))
    };
    waiting(&connect, lost);
    let receive_from = |lab: &Lab| {
        let handle = lab.udp();
        let received = lab.device().receive_from(handle, &mut [0], false, false);
        received.map(drop)
    };
    waiting(&receive_from, lost);
    let send = |lab: &Lab| {
        let (handle, _conn) = lab.accepted();
        lab.send(handle, &vec![1; 100_000])?;
        lab.send(handle, b"x").map(drop)
    };
    waiting(&send, lost);
}

#[test]
fn a_hung_chip_hangs_no_call() {
    for options in [0u64, 50].map(|command_time| ChipOptions {
        command_time,
        ..ChipOptions::default()
    }) {
        let lab = Lab::with_setup(Setup {
            options,
            ..Setup::default()
        });
        let listener = lab.listener(PORT, 4);
        let (handle, conn) = {
            let conn = lab.client();
            (lab.accept(listener).unwrap(), conn)
        };
        conn.send(&[1; 2000]);
        lab.world.run_for(SETTLE_MS);
        let spare = [lab.tcp(), lab.tcp()];
        let datagram = lab.udp();
        lab.timeouts(handle, 50, 50);
        lab.timeouts(listener, 50, 50);
        lab.timeouts(spare[0], 50, 50);
        fault(&lab, |faults| faults.hung = true);

        let bounded = |call: &dyn Fn() -> bool| {
            let (_, elapsed) = lab.timed(call);
            assert!(elapsed <= LIMIT_MS, "{elapsed} ms");
        };
        for _ in 0..3 {
            bounded(&|| lab.receive(handle, 100).is_ok());
            bounded(&|| lab.send(handle, b"x").is_ok());
            bounded(&|| lab.accept(listener).is_ok());
            bounded(&|| lab.connect(spare[0]).is_ok());
            bounded(&|| lab.bind(datagram, 9).is_ok());
            bounded(&|| lab.device().with(|stack| stack.listen(spare[1], 1)).is_ok());
            bounded(&|| lab.device().with(|stack| stack.service()).is_ok());
        }
        for on in [handle, listener, datagram, spare[0], spare[1]] {
            bounded(&|| lab.device().with(|stack| stack.close(on)).is_ok());
        }
        assert_eq!(lab.open_handles(), 0);
    }
}

#[test]
fn an_absent_chip_hangs_no_call_and_may_come_back() {
    for miso in [0x00, 0xFF] {
        let lab = Lab::new();
        let (handle, _conn) = lab.accepted();
        fault(&lab, |faults| faults.absent = Some(miso));
        let (outcome, elapsed) = lab.timed(|| lab.receive(handle, 10));
        assert_eq!(outcome, Err(Error::NetworkDown));
        assert!(elapsed <= LIMIT_MS, "{elapsed} ms");
        let (outcome, elapsed) = lab.timed(|| lab.send(handle, &[1; 3000]));
        assert_eq!(outcome, Err(Error::NetworkDown));
        assert!(elapsed <= LIMIT_MS, "{elapsed} ms");

        // Its supply came back, and so did the chip.
        fault(&lab, |faults| {
            faults.absent = None;
            faults.reset_now = true;
        });
        assert_eq!(lab.receive(handle, 10), Err(Error::NetworkReset));
        let (handle, conn) = lab.accepted();
        lab.echo(handle, &conn, b"back again");
    }
}

#[test]
fn erratum_1_a_swallowed_datagram_is_cured_by_a_reset() {
    let lab = Lab::new();
    lab.peer.udp_echo(7);
    let listener = lab.listener(PORT, 4);
    let handle = lab.udp();
    lab.bind(handle, 9).unwrap();
    let echo = endpoint(PEER_IP, 7);
    fault(&lab, |faults| faults.swallow_send = true);
    assert_eq!(
        lab.device().send_to(handle, b"lost", Some(echo), false),
        Ok(4)
    );
    let (outcome, elapsed) = lab.timed(|| {
        let mut data = [0; 10];
        lab.device().receive_from(handle, &mut data, false, false)
    });
    assert_eq!(outcome, Err(Error::NetworkReset));
    // After the time ARP may take, and not much later.
    assert!((1800..4000).contains(&elapsed), "{elapsed} ms");
    assert_eq!(lab.resets(), 2);

    // The socket, its port and the listener go on.
    assert_eq!(
        lab.device().send_to(handle, b"again", Some(echo), false),
        Ok(5)
    );
    let mut data = [0; 10];
    let received = lab.device().receive_from(handle, &mut data, false, false);
    assert_eq!(received, Ok(datagram(5, echo)));
    assert_eq!(lab.local(handle).port, 9);
    let conn = lab.client();
    let session = lab.accept(listener).unwrap();
    lab.echo(session, &conn, b"still served");
}
