//! Programs that others wrote, as clients of the device.

use std::thread;

use crate::capture::Capture;
use crate::support::network::{output, program};
use crate::support::{Lab, Setup, pattern};
use crate::{MEBIBYTE, listener, network, until_idle};

const HTTP: u16 = 80;
const PAGES: [(&str, usize); 3] = [("/", 512), ("/empty", 0), ("/large", MEBIBYTE)];

/// Answers one request, and closes.
fn serve_page(lab: &Lab, listener: w5100::stack::Handle) {
    let handle = lab.accept(listener).expect("a client");
    let mut request = String::new();
    while !request.contains("\r\n\r\n") {
        let part = lab.receive(handle, 512).expect("received");
        assert!(!part.is_empty(), "the request ends early: {request}");
        request += &String::from_utf8_lossy(&part);
    }
    let path = request.split(' ').nth(1).expect("a request line");
    let page = PAGES.iter().find(|(name, _)| *name == path);
    let length = page.expect("one of the pages").1;
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n");
    for part in [head.as_bytes(), &pattern(length, 1)] {
        assert_eq!(lab.send(handle, part), Ok(part.len()));
    }
    lab.close(handle);
}

#[test]
fn curl_gets_several_pages() {
    let (network, lab) = network(Setup::default());
    let Some(_) = program("curl") else {
        return;
    };
    let capture = Capture::start(&network.world, "curl");
    let listener = listener(&lab, HTTP, 4);
    let address = network.address(HTTP);
    thread::scope(|scope| {
        scope.spawn(|| PAGES.iter().for_each(|_| serve_page(&lab, listener)));
        for (path, length) in PAGES {
            let mut curl = program("curl").expect("as before");
            let url = format!("http://{address}{path}");
            let page = output(curl.args(["-sS", "--fail", "--noproxy", "*", "-m60", &url]));
            assert!(page == pattern(length, 1), "{path} differs");
        }
    });
    lab.close(listener);
    until_idle(&lab);
    lab.assert_clean();
    capture.assert_clean(false);
}
