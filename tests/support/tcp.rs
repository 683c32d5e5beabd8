//! Connections between the device and its peer.

use super::{Lab, PEER_IP, PEER_PORT, PORT, chip_ip, endpoint};
use w5100::bus::Bus;
use w5100::error::{Error, Result};
use w5100::stack::Handle;
use w5100_sim::{Conn, Service};

/// Turns of a transfer without any progress after which it counts as stuck.
const PATIENCE: u32 = 2_000;

impl<B: Bus> Lab<B> {
    #[track_caller]
    pub(crate) fn listener(&self, port: u16, backlog: i32) -> Handle {
        let handle = self.tcp();
        self.bind(handle, port).expect("the port is free");
        self.with(|stack| stack.listen(handle, backlog));
        handle
    }

    /// A client of the device's listener at [`PORT`], connected.
    #[track_caller]
    pub(crate) fn client(&self) -> Conn {
        let conn = self.peer.connect(chip_ip(), PORT);
        self.settle();
        assert!(conn.is_open(), "{}", conn.state());
        conn
    }

    /// A connection that the device accepts at [`PORT`].
    #[track_caller]
    pub(crate) fn accepted(&self) -> (Handle, Conn) {
        let listener = self.listener(PORT, 4);
        let conn = self.client();
        let handle = self.accept(listener).expect("a client waits");
        self.close(listener);
        (handle, conn)
    }

    /// A connection that the device makes to the peer.
    #[track_caller]
    pub(crate) fn connected(&self) -> (Handle, Conn) {
        self.peer.listen_service(PEER_PORT, Service::Manual);
        let handle = self.tcp();
        self.connect(handle).expect("the peer accepts");
        self.settle();
        let conn = self.peer.accept(PEER_PORT).expect("the peer has it");
        (handle, conn)
    }

    /// Connects to [`PEER_PORT`] of the peer.
    pub(crate) fn connect(&self, handle: Handle) -> Result<()> {
        self.device().connect(handle, endpoint(PEER_IP, PEER_PORT))
    }

    pub(crate) fn accept(&self, listener: Handle) -> Result<Handle> {
        self.device().accept(listener)
    }

    pub(crate) fn send(&self, handle: Handle, data: &[u8]) -> Result<usize> {
        self.device().send(handle, data, false)
    }

    /// What one recv of `length` bytes gives.
    pub(crate) fn receive(&self, handle: Handle, length: usize) -> Result<Vec<u8>> {
        self.receive_with(handle, length, false)
    }

    pub(crate) fn receive_now(&self, handle: Handle, length: usize) -> Result<Vec<u8>> {
        self.receive_with(handle, length, true)
    }

    fn receive_with(&self, handle: Handle, length: usize, dont_wait: bool) -> Result<Vec<u8>> {
        let mut data = vec![0; length];
        let length = self.device().receive(handle, &mut data, false, dont_wait)?;
        data.truncate(length);
        Ok(data)
    }

    #[track_caller]
    pub(crate) fn available(&self, handle: Handle) -> usize {
        self.with(|stack| stack.available(handle))
    }

    /// Serves one connection as an echo server does, until the peer has closed.
    pub(crate) fn serve_echo(&self, handle: Handle) -> Result<()> {
        loop {
            let data = self.receive(handle, 512)?;
            if data.is_empty() {
                return self.device().with(|stack| stack.close(handle));
            }
            self.send(handle, &data)?;
        }
    }

    /// The peer sends `data`, the device sends back what comes, and the peer gets it all.
    #[track_caller]
    pub(crate) fn echo(&self, handle: Handle, conn: &Conn, data: &[u8]) {
        let mut queued = 0;
        let mut back = Vec::new();
        let mut waiting = Vec::new();
        let mut idle = 0;
        while back.len() < data.len() {
            let before = (queued, back.len(), waiting.len());
            queued += conn.send(&data[queued..]);
            if waiting.is_empty() {
                match self.receive_now(handle, 700) {
                    Ok(data) => waiting = data,
                    Err(error) => assert_eq!(error, Error::WouldBlock),
                }
            }
            match self.device().send(handle, &waiting, true) {
                Ok(sent) => drop(waiting.drain(..sent)),
                Err(error) => assert_eq!(error, Error::WouldBlock),
            }
            back.extend(conn.recv_all());
            if before == (queued, back.len(), waiting.len()) {
                self.world.run_for(1);
                idle += 1;
                assert!(idle < PATIENCE, "stuck after {} bytes", back.len());
            } else {
                idle = 0;
            }
        }
        assert!(back == data, "the echo differs");
    }
}
