//! iperf3 as the client of a server on the device, which speaks just enough of its protocol: a
//! control connection, on which states and lengths of JSON texts go back and forth, and one
//! connection for data.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use w5100::stack::Handle;

use crate::capture::Capture;
use crate::support::network::{PATIENCE, output, program};
use crate::support::{Lab, Setup};
use crate::{MEBIBYTE, listener, network, until_idle};

const PORT: u16 = 5201;
const COOKIE: usize = 37;
/// The client ends a test after so many bytes, and so they arrive.
const LENGTH: usize = 2 * MEBIBYTE;

/// States of a test, as the control connection names them.
const TEST_START: u8 = 1;
const TEST_RUNNING: u8 = 2;
const TEST_END: u8 = 4;
const PARAM_EXCHANGE: u8 = 9;
const CREATE_STREAMS: u8 = 10;
const EXCHANGE_RESULTS: u8 = 13;
const DISPLAY_RESULTS: u8 = 14;
const IPERF_DONE: u8 = 16;

struct Control<'a> {
    lab: &'a Lab,
    handle: Handle,
}

impl Control<'_> {
    fn receive(&self, length: usize) -> Vec<u8> {
        let mut data = Vec::new();
        while data.len() < length {
            let part = self.lab.receive(self.handle, length - data.len());
            let part = part.expect("the client goes on");
            assert!(!part.is_empty(), "the client goes on");
            data.extend(part);
        }
        data
    }

    fn send(&self, data: &[u8]) {
        assert_eq!(self.lab.send(self.handle, data), Ok(data.len()));
    }

    fn receive_text(&self) -> String {
        let length = self.receive(4).try_into().expect("four bytes");
        let text = self.receive(u32::from_be_bytes(length) as usize);
        String::from_utf8(text).expect("JSON")
    }

    fn send_text(&self, text: &str) {
        self.send(&(text.len() as u32).to_be_bytes());
        self.send(text.as_bytes());
    }

    fn expect(&self, state: u8) {
        assert_eq!(self.receive(1), [state]);
    }
}

/// Moves data, and counts it in `moved`, until the client ends the connection.
fn stream(lab: &Lab, handle: Handle, reverse: bool, moved: &AtomicUsize) {
    let data = [0x5A; 2048];
    loop {
        let part = if reverse {
            lab.send(handle, &data)
        } else {
            lab.receive(handle, data.len()).map(|part| part.len())
        };
        match part {
            Ok(length @ 1..) => moved.fetch_add(length, Ordering::Relaxed),
            // The client resets a connection of which it wants no more.
            Ok(0) | Err(_) => break,
        };
        lab.world.notify();
    }
    lab.close(handle);
}

/// Waits for the rest of what the client has sent.
fn until_moved(lab: &Lab, moved: &AtomicUsize) {
    loop {
        let token = lab.world.events();
        if moved.load(Ordering::Relaxed) >= LENGTH {
            break;
        }
        lab.world.wait(token, PATIENCE.as_millis() as u32);
    }
}

/// Serves one test.
fn serve(lab: &Lab, listener: Handle) {
    let accept = || lab.accept(listener).expect("the client");
    let control = Control {
        lab,
        handle: accept(),
    };
    let cookie = control.receive(COOKIE);
    control.send(&[PARAM_EXCHANGE]);
    let reverse = control.receive_text().contains("\"reverse\":");
    control.send(&[CREATE_STREAMS]);
    let data = Control {
        lab,
        handle: accept(),
    };
    assert_eq!(data.receive(COOKIE), cookie);
    let moved = AtomicUsize::new(0);
    thread::scope(|scope| {
        control.send(&[TEST_START, TEST_RUNNING]);
        scope.spawn(|| stream(lab, data.handle, reverse, &moved));
        control.expect(TEST_END);
        until_moved(lab, &moved);
        control.send(&[EXCHANGE_RESULTS]);
        control.receive_text();
        let bytes = moved.load(Ordering::Relaxed);
        control.send_text(&format!(
            "{{\"cpu_util_total\":0,\"cpu_util_user\":0,\"cpu_util_system\":0,\
             \"sender_has_retransmits\":0,\"streams\":[{{\"id\":1,\"bytes\":{bytes},\
             \"retransmits\":0,\"jitter\":0,\"errors\":0,\"packets\":0,\
             \"start_time\":0,\"end_time\":1}}]}}"
        ));
        control.send(&[DISPLAY_RESULTS]);
        control.expect(IPERF_DONE);
        lab.close(control.handle);
    });
}

/// One test of iperf3, with this argument besides.
fn iperf3(direction: &[&str]) {
    let (network, lab) = network(Setup::default());
    let Some(mut client) = program("iperf3") else {
        return;
    };
    let capture = Capture::start(&network.world, &format!("iperf{}", direction.concat()));
    let listener = listener(&lab, PORT, 4);
    let address = network.address(PORT);
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let arguments = ["-c", &ip, "-p", &port, "-n", &LENGTH.to_string()];
    let text = thread::scope(|scope| {
        scope.spawn(|| serve(&lab, listener));
        output(client.args(arguments).args(direction))
    });
    println!("{}", String::from_utf8_lossy(&text));
    lab.close(listener);
    until_idle(&lab);
    lab.assert_clean();
    // What it has asked for too much of, the client ends by a reset.
    capture.assert_clean(!direction.is_empty());
}

#[test]
fn iperf3_sends_to_the_device() {
    iperf3(&[]);
}

#[test]
fn iperf3_receives_from_the_device() {
    iperf3(&["--reverse"]);
}
