//! What the input may choose: calls of the library, and what becomes of the chip.

use std::ffi::c_void;
use std::ptr;

use w5100::error::Result;
use w5100::stack::{
    self, DhcpSettings, Direction, Endpoint, Handle, Kind, Options, PollEntry, SLOTS, event,
};

use crate::session::{PEER, Session};

/// The most bytes of a frame, and all memory for what is received.
const FRAME: usize = 1514;
const MEMORY: usize = 8192;
const NAME: &[u8] = b"www.example.org";

extern "C" fn told(_context: *mut c_void, _handle: i32, _event: i32, _error: i32) {}
pub(crate) extern "C" fn answered(_context: *mut c_void, _error: i32, _ip: *const u8) {}
extern "C" fn window(_window: *mut c_void, _message: u32, _wparam: usize, _lparam: isize) -> isize {
    0
}

/// A call may succeed or fail.
fn end_as_it_may<T>(_outcome: Result<T>) {}

impl Session {
    /// One thing happens.
    pub(crate) fn step(&mut self) {
        self.board.begin();
        match self.board.byte() % 40 {
            0..3 => self.disturb(),
            3..8 => self.poke(),
            8..10 => self.arrive(),
            10 => self.board.let_pass(u32::from(self.board.byte()) * 40),
            11..14 => self.open(),
            14..18 => self.meet(),
            18..25 => self.transfer(),
            25..28 => self.look(),
            28..31 => self.tell(),
            31..34 => self.set(),
            34..36 => self.serve(),
            36..38 => self.leave(),
            38 => self.turn(),
            _ => end_as_it_may(self.device().with(|stack| stack.service())),
        }
        self.check();
    }

    /// The line, or the chip as a whole.
    fn disturb(&mut self) {
        let count = u32::from(self.board.byte());
        match count % 8 {
            0 => self.board.set_faults(count / 8, true),
            1 => self.board.set_faults(count / 4, false),
            2 => self.board.set_wired(count >= 128),
            3 => self.board.lose_all(),
            _ => self.board.set_noise(count),
        }
    }

    /// A register of a socket, or one of all, shows something else.
    fn poke(&mut self) {
        let (place, value) = (u16::from(self.board.byte()), self.board.byte());
        let socket = 0x0400 + (place >> 6) * 0x100;
        match place & 0x3F {
            // What changes most, on a real chip too.
            at @ ..0x2C => self.board.poke(socket + at, value),
            0x2C..0x30 => self.board.poke(socket + 0x02, value),
            0x30..0x34 => self.board.poke(socket + 0x03, value),
            0x34..0x38 => self.board.poke(socket + 0x26, value),
            0x38..0x3C => self.board.poke(socket + 0x20, value),
            _ => self.board.poke(place >> 2 & 0x3F, value),
        }
    }

    /// Bytes, with or without a sound header before them.
    fn arrive(&mut self) {
        let (how, length) = (self.board.byte(), self.board.byte());
        let sn = usize::from(how % 4);
        if how & 0x80 != 0 {
            let [a, b, c, d] = PEER.ip;
            self.board
                .deliver(sn, &[a, b, c, d, 0, 7, how >> 2 & 7, length]);
        }
        let data: Vec<u8> = (0..length).map(|_| self.board.byte()).collect();
        self.board.deliver(sn, &data);
    }

    fn open(&mut self) {
        match self.board.byte() % 8 {
            0..4 => self.socket(Kind::Tcp),
            4..6 => self.socket(Kind::Udp),
            6 => self.socket(Kind::Raw(self.board.byte())),
            _ => self.socket(Kind::Packet),
        }
    }

    /// A local or a peer's address.
    fn endpoint(&self) -> Endpoint {
        match self.board.byte() {
            0 => Endpoint { ip: [0; 4], ..PEER },
            1 => Endpoint {
                ip: [255; 4],
                ..PEER
            },
            2 => Endpoint {
                ip: [224, 0, 0, 1],
                ..PEER
            },
            port => Endpoint {
                port: u16::from(port % 4),
                ..PEER
            },
        }
    }

    fn meet(&mut self) {
        let (what, handle) = (self.board.byte(), self.some_socket());
        let outcome = self.on(handle, |session| match what % 8 {
            0 => {
                let local = Endpoint {
                    ip: [0; 4],
                    ..session.endpoint()
                };
                session.device().with(|stack| stack.bind(handle, local))
            }
            1..3 => session
                .device()
                .with(|stack| stack.listen(handle, i32::from(what / 8))),
            3..5 => session.device().connect(handle, PEER),
            5 => {
                let peer = session.endpoint();
                session.device().with(|stack| stack.connect(handle, peer))
            }
            _ => {
                let accepted = session.device().accept(handle)?;
                session.add(accepted);
                Ok(())
            }
        });
        end_as_it_may(outcome);
    }

    fn transfer(&mut self) {
        let (what, handle) = (self.board.byte(), self.some_socket());
        let length = usize::from(self.board.byte()) * 11;
        let dont_wait = what & 0x80 != 0;
        let peek = what & 0x40 != 0;
        let to = (what & 0x20 != 0).then(|| self.endpoint());
        let mut data = std::mem::take(&mut self.data);
        let outcome = self.on(handle, |session| {
            let device = session.device();
            match what % 8 {
                0..2 => device.send(handle, &data[..length], dont_wait),
                2..4 => device.receive(handle, &mut data[..length], peek, dont_wait),
                4 => device.send_to(handle, &data[..length], to, dont_wait),
                5 => device.send_part(handle, &data[..length], to, dont_wait),
                6 => {
                    let datagram =
                        device.receive_from(handle, &mut data[..length], peek, dont_wait)?;
                    assert!(usize::from(datagram.whole) <= FRAME, "longer than a frame");
                    Ok(usize::from(datagram.length))
                }
                _ => {
                    let waiting = device.with(|stack| stack.available(handle))?;
                    assert!(waiting <= MEMORY, "more than there is room for");
                    Ok(0)
                }
            }
        });
        self.data = data;
        assert!(outcome.is_ok_and(|done| done <= length) || outcome.is_err());
    }

    fn look(&mut self) {
        let (what, handle) = (self.board.byte(), self.some_socket());
        let index = usize::from(what / 8) % SLOTS;
        let outcome: Result<()> = self.on(handle, |session| {
            session.device().with(|stack| {
                match what % 8 {
                    0 => drop(stack.state(handle)?),
                    1 => drop(stack.peer(handle)?),
                    2 => drop(stack.local(handle)?),
                    3 => drop(stack.take_error(handle)?),
                    4 => drop(stack.outstanding(handle)?),
                    5 => drop(stack.look_at(index)?),
                    6 => drop(stack.hardware_info(index % 4)?),
                    _ => drop(stack.network()?),
                }
                Ok(())
            })
        });
        end_as_it_may(outcome);
    }

    /// Poll, and functions that are told.
    fn tell(&mut self) {
        let (what, handle) = (self.board.byte(), self.some_socket());
        let timeout = u32::from(what & 0x7F);
        match what % 6 {
            0..2 => {
                let open = self.sockets.iter().chain(&self.wakes);
                let entry = |handle: &Handle| PollEntry {
                    fd: handle.raw(),
                    events: i16::from(what),
                    revents: 0,
                };
                let mut set: Vec<_> = open.map(entry).collect();
                if let Ok(count) = stack::poll(&self.device, &mut set, timeout) {
                    let ready = set.iter().filter(|entry| entry.revents != 0);
                    assert_eq!(ready.count(), count);
                    let stale = set
                        .iter()
                        .any(|entry| entry.revents & stack::ready::NVAL != 0);
                    assert!(!stale, "an open handle is none");
                }
            }
            2 => end_as_it_may(event::dispatch(&self.device, timeout)),
            3 => end_as_it_may(self.on(handle, |session| {
                let none = ptr::null_mut();
                let device = session.device();
                device.with(|stack| stack.select_events(handle, what >> 1, told, none))
            })),
            4 => end_as_it_may(self.on(handle, |session| {
                let (events, none) = (what >> 1, ptr::null_mut());
                let device = session.device();
                device.with(|stack| stack.select_window(handle, events, Some(window), 1, none))
            })),
            _ => self.wake(what),
        }
    }

    fn wake(&mut self, what: u8) {
        match self.wakes.first().copied() {
            Some(handle) if what >= 64 => {
                assert!(self.device().signal(handle).is_ok());
                assert_eq!(self.device().quiet(handle), Ok(true));
                assert!(self.device().signal(handle).is_ok());
            }
            _ => {
                if let Ok(handle) = self.device().wake_handle() {
                    self.wakes.push(handle);
                }
            }
        }
    }

    fn set(&mut self) {
        let (what, value, handle) = (self.board.byte(), self.board.byte(), self.some_socket());
        let seconds = u16::from(value % 4);
        let outcome = self.on(handle, |session| {
            session.device().with(|stack| match what % 8 {
                0..4 => {
                    let options = Options {
                        linger: (value & 1 != 0).then_some(seconds),
                        keepalive: value & 2 != 0,
                        keep_idle: seconds,
                        keep_interval: seconds,
                        keep_count: value >> 4,
                        user_timeout: u32::from(value) * 10,
                        close_wait_timeout: u32::from(value & 0xF0) * 10,
                        delayed_ack: value & 4 != 0,
                        send_limit: u16::from(value) * 8,
                        ttl: value,
                        ..Options::DEFAULT
                    };
                    stack.set_options(handle, options)
                }
                4 => {
                    stack.settings(handle)?.nonblocking = value & 1 != 0;
                    stack.settings(handle)?.broadcast = value & 2 != 0;
                    Ok(())
                }
                5 => stack.join(handle, [224, 0, 0, value]),
                6 => stack.leave(handle, [224, 0, 0, value]),
                _ => stack.set_receive_buffer(handle, u16::from(value) << 6),
            })
        });
        end_as_it_may(outcome);
    }

    /// DHCP and DNS.
    fn serve(&mut self) {
        let what = self.board.byte();
        let device = self.device();
        let timeout = u32::from(what / 8) * 10;
        match what % 8 {
            0..2 => end_as_it_may(device.with(|stack| {
                let remembered = [192, 168, 1, what];
                stack.dhcp_start(&DhcpSettings {
                    host_name: b"board",
                    remembered: if what & 0x80 != 0 { remembered } else { [0; 4] },
                    borrows: what & 0x40 != 0,
                })
            })),
            2 => end_as_it_may(device.with(|stack| stack.dhcp_stop(what & 0x80 != 0))),
            3 => end_as_it_may(device.with(|stack| stack.dhcp_renew())),
            4 => end_as_it_may(device.dhcp_wait(timeout)),
            5 => end_as_it_may(device.resolve(NAME, timeout)),
            6 => end_as_it_may(device.with(|stack| stack.reserve(what & 0x80 != 0))),
            _ => end_as_it_may(
                device.with(|stack| stack.resolve_for(NAME, answered, ptr::null_mut())),
            ),
        }
    }

    fn leave(&mut self) {
        let (what, handle) = (self.board.byte(), self.some_socket());
        let direction = [Direction::Read, Direction::Write, Direction::Both];
        match what % 8 {
            0..3 => {
                let direction = direction[usize::from(what % 8)];
                end_as_it_may(self.on(handle, |session| {
                    let device = session.device();
                    device.with(|stack| stack.shutdown(handle, direction))
                }));
            }
            3 => {
                if let Some(wake) = self.wakes.first().copied() {
                    self.close(wake);
                }
            }
            _ => self.close(handle),
        }
    }

    /// Off and on again.
    fn turn(&mut self) {
        match self.board.byte() % 4 {
            0 => self.disable(),
            1 => {
                self.device().close_each();
                self.closed.append(&mut self.sockets);
                self.closed.append(&mut self.wakes);
            }
            _ => end_as_it_may(self.enable()),
        }
    }
}
