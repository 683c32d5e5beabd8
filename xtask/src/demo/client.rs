//! An ordinary TCP client.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::PATIENCE;
use crate::workspace::Result;

/// Between two tries to connect.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// A connection to the echo server; no call on it waits longer than `PATIENCE`.
pub(super) struct Client {
    stream: TcpStream,
}

impl Client {
    /// Connects until the server answers; also tells how many tries it took.
    ///
    /// The W5100 has no backlog: between a client's arrival and the moment when
    /// the driver has the next hardware socket listen, the chip refuses clients.
    pub(super) fn served(address: SocketAddr) -> Result<(Self, u32)> {
        let deadline = Instant::now() + PATIENCE;
        for tries in 1.. {
            let greeted = Self::connect(address).and_then(|mut client| {
                client.echo(b"hello")?;
                Ok(client)
            });
            match greeted {
                Ok(client) => return Ok((client, tries)),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        unreachable!("the deadline comes first")
    }

    fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    /// Sends `bytes` while reading them back, and compares.
    pub(super) fn echo(&mut self, bytes: &[u8]) -> Result {
        let mut writer = self.stream.try_clone()?;
        let reader = &mut self.stream;
        std::thread::scope(|scope| {
            let sending = scope.spawn(move || writer.write_all(bytes));
            let received = read_and_compare(reader, bytes);
            if received.is_err() {
                // The other half would only wait for its timeout.
                let _ = reader.shutdown(std::net::Shutdown::Both);
            }
            let sent = sending.join().map_err(|_| "the sending thread panicked")?;
            received?;
            Ok(sent?)
        })
    }
}

/// Reads as many bytes as are expected, which they must be.
pub(super) fn read_and_compare(reader: &mut impl Read, expected: &[u8]) -> Result {
    let mut buffer = [0; 4096];
    let mut done = 0;
    while done < expected.len() {
        let wanted = buffer.len().min(expected.len() - done);
        let count = reader
            .read(&mut buffer[..wanted])
            .map_err(|error| format!("after {done} bytes: {error}"))?;
        if count == 0 {
            return Err(format!("closed after {done} of {} bytes", expected.len()).into());
        }
        let pairs = buffer[..count].iter().zip(&expected[done..]);
        if let Some(at) = pairs.clone().position(|(got, want)| got != want) {
            return Err(format!("byte {} differs", done + at).into());
        }
        done += count;
    }
    Ok(())
}

/// Connects while every hardware socket is taken, and tells how that ended.
/// Being served would be the failure.
pub(super) fn turned_away(address: SocketAddr) -> Result<&'static str> {
    let ended = |error: io::Error| match error.kind() {
        ErrorKind::ConnectionRefused => Ok("refused"),
        ErrorKind::ConnectionReset => Ok("reset"),
        _ => Err(format!("fifth client: {error}").into()),
    };
    let mut stream = match TcpStream::connect_timeout(&address, PATIENCE) {
        Ok(stream) => stream,
        Err(error) => return ended(error),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    // This may fail or not: the connection is about to end.
    let _ = stream.write_all(b"?");
    match stream.read(&mut [0; 1]) {
        Ok(0) => Ok("closed before a byte came"),
        Ok(_) => Err("the fifth client was served".into()),
        Err(error) => ended(error),
    }
}

/// Pseudo-random bytes (xorshift64), different for each `number` from 1 on.
pub(super) fn payload(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener};

    /// A server for one connection; `serve` is what it does.
    fn with_server(serve: fn(TcpStream), client: impl FnOnce(SocketAddr)) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || serve(listener.accept().unwrap().0));
        client(address);
        server.join().unwrap();
    }

    fn echo_with(change: fn(&mut u8)) -> impl Fn(TcpStream) {
        move |mut stream| {
            let mut buffer = [0; 1000];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                buffer[..count].iter_mut().for_each(change);
                if stream.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn payloads_differ_from_client_to_client() {
        assert_ne!(payload(1, 64), payload(2, 64));
        assert_eq!(payload(3, 64), payload(3, 64));
        assert_eq!(payload(1, 1000).len(), 1000);
    }

    #[test]
    fn a_true_echo_passes() {
        with_server(
            |stream| echo_with(|_| ())(stream),
            |address| {
                let mut client = Client::connect(address).unwrap();
                client.echo(&payload(1, 100_000)).unwrap();
                client.echo(&payload(2, 10)).unwrap();
            },
        );
    }

    #[test]
    fn a_changed_byte_is_found() {
        with_server(
            |stream| echo_with(|byte| *byte ^= 1)(stream),
            |address| {
                let error = Client::connect(address)
                    .unwrap()
                    .echo(&payload(1, 10))
                    .unwrap_err();
                assert_eq!(error.to_string(), "byte 0 differs");
            },
        );
    }

    #[test]
    fn an_early_end_is_found() {
        with_server(
            |stream| stream.shutdown(Shutdown::Write).unwrap(),
            |address| {
                let error = Client::connect(address)
                    .unwrap()
                    .echo(&payload(1, 10))
                    .unwrap_err();
                assert!(error.to_string().starts_with("closed after 0"), "{error}");
            },
        );
    }

    #[test]
    fn a_closed_connection_counts_as_turned_away() {
        with_server(drop, |address| assert!(turned_away(address).is_ok()));
    }

    #[test]
    fn being_served_does_not_count_as_turned_away() {
        with_server(
            |mut stream| stream.write_all(b"!").unwrap(),
            |address| assert!(turned_away(address).is_err()),
        );
    }
}
