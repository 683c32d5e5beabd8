//! The kernel's TCP against the device's: what goes round comes back, whatever the link does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use w5100_sim::Link;

use crate::capture::Capture;
use crate::support::network::{PATIENCE, connect};
use crate::support::{GATEWAY, Setup, endpoint, pattern};
use crate::{ECHO, MEBIBYTE, listener, network, until_idle};

/// Sends `data` while it reads to the end; what was read.
fn exchange(mut stream: TcpStream, data: &[u8]) -> Vec<u8> {
    let mut writer = stream.try_clone().expect("a descriptor");
    thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(data).expect("written");
            writer.shutdown(Shutdown::Write).expect("open");
        });
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("a clean end");
        received
    })
}

/// `clients` connections of the kernel at once, each of which sends `length` bytes to the device
/// and gets them back, over a link that is `link`.
fn echo(name: &str, setup: Setup, clients: u8, length: usize, link: Option<Link>) {
    let (network, lab) = network(setup);
    let capture = Capture::start(&network.world, name);
    if let Some(link) = link {
        network.world.seed_link(length as u64);
        network.world.set_link(link);
    }
    let listener = listener(&lab, ECHO, clients.into());
    let address = network.address(ECHO);
    thread::scope(|scope| {
        for number in 0..clients {
            // One after the other: the chip has no backlog, and refuses whom it does not expect.
            let stream = connect(address);
            let handle = lab.accept(listener).expect("a client");
            let lab = &lab;
            scope.spawn(move || lab.serve_echo(handle).expect("served to the end"));
            scope.spawn(move || {
                let sent = pattern(length, number);
                let received = exchange(stream, &sent);
                assert!(received == sent, "client {number}: the echo differs");
            });
        }
        lab.close(listener);
        until_idle(&lab);
    });
    lab.assert_clean();
    capture.assert_clean(link.is_some());
}

#[test]
fn a_mebibyte_each_way_on_a_clean_link() {
    echo("clean", Setup::one_socket(), 1, MEBIBYTE, None);
}

#[test]
fn four_clients_at_once() {
    echo("four", Setup::default(), 4, MEBIBYTE / 4, None);
}

/// Half of the impaired tests' frames are data; a loss costs the 200 ms after which it is sent
/// again.
const PERFECT: Link = Link {
    latency_us: 0,
    jitter_us: 0,
    loss_permille: 0,
    duplicate_permille: 0,
    reorder_permille: 0,
    reorder_delay_us: 0,
    corrupt_permille: 0,
    partitioned: false,
};

fn impaired(name: &str, length: usize, link: Link) {
    echo(name, Setup::one_socket(), 1, length, Some(link));
}

#[test]
fn a_mebibyte_each_way_with_every_fault() {
    let link = Link {
        latency_us: 300,
        jitter_us: 2_000,
        loss_permille: 3,
        duplicate_permille: 20,
        reorder_permille: 5,
        reorder_delay_us: 4_000,
        corrupt_permille: 3,
        ..PERFECT
    };
    impaired("every-fault", MEBIBYTE, link);
}

#[test]
fn bytes_are_right_with_loss() {
    let link = Link {
        loss_permille: 20,
        ..PERFECT
    };
    impaired("loss", MEBIBYTE / 4, link);
}

#[test]
fn bytes_are_right_with_reordering() {
    let link = Link {
        reorder_permille: 50,
        reorder_delay_us: 3_000,
        ..PERFECT
    };
    impaired("reordering", MEBIBYTE / 4, link);
}

#[test]
fn bytes_are_right_with_duplicates() {
    let link = Link {
        duplicate_permille: 200,
        ..PERFECT
    };
    impaired("duplicates", MEBIBYTE / 4, link);
}

#[test]
fn bytes_are_right_with_delay_and_jitter() {
    let link = Link {
        latency_us: 5_000,
        jitter_us: 20_000,
        ..PERFECT
    };
    impaired("delay", MEBIBYTE / 4, link);
}

#[test]
fn bytes_are_right_with_corruption() {
    let link = Link {
        corrupt_permille: 20,
        ..PERFECT
    };
    impaired("corruption", MEBIBYTE / 4, link);
}

/// The device opens, sends and closes first.
#[test]
fn the_device_connects_to_a_server_of_the_kernel() {
    let (network, lab) = network(Setup::one_socket());
    let capture = Capture::start(&network.world, "connects");
    let server = TcpListener::bind("0.0.0.0:0").expect("a free port");
    let port = server.local_addr().expect("bound").port();
    let sent = pattern(MEBIBYTE / 4, 9);
    thread::scope(|scope| {
        let serving = scope.spawn(move || {
            let (mut stream, _) = server.accept().expect("the device");
            stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
            let mut received = Vec::new();
            stream.read_to_end(&mut received).expect("a clean end");
            received
        });
        let handle = lab.tcp();
        let to = endpoint(GATEWAY, port);
        lab.device().connect(handle, to).expect("connected");
        assert_eq!(lab.send(handle, &sent), Ok(sent.len()));
        lab.close(handle);
        until_idle(&lab);
        assert!(serving.join().expect("no panic") == sent, "bytes differ");
    });
    capture.assert_clean(false);
}
