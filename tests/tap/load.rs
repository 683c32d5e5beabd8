//! As much as goes, in one direction.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use w5100::stack::Handle;

use crate::capture::Capture;
use crate::support::network::connect;
use crate::support::{Lab, Setup, pattern};
use crate::{MEBIBYTE, listener, network, until_idle};

const LENGTH: usize = 8 * MEBIBYTE;
/// Registered for iperf.
const PORT: u16 = 5001;
/// What the device takes or gives in one call.
const PART: usize = 2048;

/// The device's end and the kernel's at once, with what has to go from one to the other.
fn load(
    name: &str,
    device: impl FnOnce(&Lab, Handle, &[u8]) + Sync + Send,
    kernel: impl FnOnce(TcpStream, &[u8]) + Send,
) {
    let (network, lab) = network(Setup::one_socket());
    let capture = Capture::start(&network.world, name);
    let data = pattern(LENGTH, 5);
    let listener = listener(&lab, PORT, 1);
    let address = network.address(PORT);
    let began = Instant::now();
    thread::scope(|scope| {
        let data = &data;
        scope.spawn(move || kernel(connect(address), data));
        let handle = lab.accept(listener).expect("a client");
        lab.close(listener);
        device(&lab, handle, data);
        lab.close(handle);
        until_idle(&lab);
    });
    let rate = LENGTH as f64 / 1024.0 / began.elapsed().as_secs_f64();
    println!("{name}: {rate:.0} KiB/s");
    lab.assert_clean();
    capture.assert_clean(false);
}

#[test]
fn the_device_takes_what_the_kernel_sends() {
    let device = |lab: &Lab, handle, data: &[u8]| {
        let mut received = Vec::with_capacity(data.len());
        loop {
            let part = lab.receive(handle, PART).expect("received");
            if part.is_empty() {
                break;
            }
            received.extend(part);
        }
        assert!(received == data, "bytes differ");
    };
    load("to-the-device", device, |mut stream, data| {
        stream.write_all(data).expect("written");
        stream.shutdown(Shutdown::Write).expect("open");
        assert_eq!(stream.read(&mut [0]).expect("a clean end"), 0);
    });
}

#[test]
fn the_kernel_takes_what_the_device_sends() {
    let device = |lab: &Lab, handle, data: &[u8]| {
        for part in data.chunks(PART) {
            assert_eq!(lab.send(handle, part), Ok(part.len()));
        }
    };
    load("from-the-device", device, |mut stream, data| {
        let mut received = Vec::with_capacity(data.len());
        stream.read_to_end(&mut received).expect("a clean end");
        assert!(received == data, "bytes differ");
    });
}
