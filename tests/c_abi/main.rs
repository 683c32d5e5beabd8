//! The C functions as a C program calls them, over a port that is nothing but memory, so that Miri
//! can follow every pointer.

#![allow(unsafe_code)]

#[path = "../support/frames.rs"]
mod frames;
#[cfg(miri)]
mod seeded;
mod session;
#[path = "../support/tiny.rs"]
mod tiny;

use std::ffi::CStr;
use std::ptr;

use session::{AF_INET, PEER, SIZE, Session, config, connected, peer};
use w5100::error::Error;
use w5100::ffi::address::{w5100_getpeername, w5100_getsockname};
use w5100::ffi::device::{WIZnet_Enable, w5100_get_config, w5100_set_config};
use w5100::ffi::error::{w5100_error_name, w5100_strerror};
use w5100::ffi::option::{W5100_FIONREAD, w5100_getsockopt, w5100_ioctl, w5100_setsockopt};
use w5100::ffi::poll::w5100_poll;
use w5100::ffi::socket::{
    w5100_accept, w5100_bind, w5100_close, w5100_listen, w5100_shutdown, w5100_socket,
};
use w5100::ffi::status::{w5100_counters_get, w5100_info_get, w5100_state_name};
use w5100::ffi::transfer::{w5100_recv, w5100_recvfrom, w5100_send, w5100_sendto};
use w5100::stack::{Counters, Info, PollEntry, ready};

const SOCK_DGRAM: i32 = 2;

fn fault() -> i32 {
    -Error::Fault.number()
}

fn bad_handle() -> i32 {
    -Error::BadHandle.number()
}

#[test]
fn a_connection_from_beginning_to_end() {
    let session = Session::new(peer());
    let handle = connected();
    let mut set = [PollEntry {
        fd: handle,
        events: ready::IN,
        revents: 0,
    }];
    let mut data = [0u8; 16];
    let more = [7u8; 1500];
    // SAFETY: each pointer is to a variable of the length that is given.
    unsafe {
        assert_eq!(w5100_poll(set.as_mut_ptr(), 1, -1), 1);
        assert_eq!(w5100_recv(handle, data.as_mut_ptr().cast(), 3, 0), 3);
        let rest = data.as_mut_ptr().add(3).cast();
        assert_eq!(w5100_recv(handle, rest, 13, 0), 2);
        assert_eq!(
            w5100_send(handle, more.as_ptr().cast(), more.len(), 0),
            1500
        );
    }
    assert_eq!(&data[..5], b"hello");
    assert_eq!(session.sent(), more);
    assert_eq!(w5100_shutdown(handle, 1), 0);
    assert_eq!(w5100_close(handle), 0);
    assert_eq!(w5100_close(handle), bad_handle());
}

#[test]
fn what_is_written_through_pointers() {
    let session = Session::new(peer());
    let handle = connected();
    let (mut own, mut theirs) = (PEER, PEER);
    let mut length = SIZE;
    let (mut info, mut counters) = (Info::default(), Counters::default());
    let mut read_back = config();
    let (mut value, mut value_length) = (0i32, 4);
    // SAFETY: each pointer is to a variable of its type.
    unsafe {
        assert_eq!(w5100_getsockname(handle, &mut own, &mut length), 0);
        assert_eq!(w5100_getpeername(handle, &mut theirs, &mut length), 0);
        assert_eq!(w5100_info_get(session.number, 0, &mut info), 1);
        assert_eq!(w5100_counters_get(session.number, &mut counters), 0);
        assert_eq!(w5100_get_config(session.number, &mut read_back), 0);
        assert_eq!(w5100_set_config(session.number, &read_back), 0);
        let to = ptr::from_mut(&mut value).cast();
        assert_eq!(
            w5100_getsockopt(handle, 0xFFFF, 0x1007, to, &mut value_length),
            0
        );
        let from = ptr::from_ref(&value).cast();
        assert_eq!(w5100_setsockopt(handle, 0xFFFF, 0x1101, from, 4), 0);
        assert_eq!(w5100_ioctl(handle, W5100_FIONREAD, &mut value), 0);
        for text in [
            w5100_strerror(9),
            w5100_error_name(9),
            w5100_state_name(0x17),
        ] {
            assert!(!CStr::from_ptr(text).is_empty());
        }
    }
    assert_eq!(own.sin_addr, [192, 168, 1, 201]);
    assert_eq!(theirs.sin_addr, PEER.sin_addr);
    assert_eq!(info.handle, handle);
    assert_eq!(value, 5, "bytes that wait");
}

#[test]
fn f10_null_is_answered() {
    let _session = Session::new(peer());
    let handle = connected();
    // SAFETY: NULL is allowed everywhere.
    unsafe {
        assert_eq!(w5100_send(handle, ptr::null(), 4, 0), fault());
        assert_eq!(w5100_send(handle, ptr::null(), 0, 0), 0);
        assert_eq!(w5100_recv(handle, ptr::null_mut(), 4, 0), fault());
        assert_eq!(
            w5100_getsockname(handle, ptr::null_mut(), ptr::null_mut()),
            fault()
        );
        assert_eq!(w5100_poll(ptr::null_mut(), 1, 0), fault());
        assert_eq!(w5100_setsockopt(handle, 0xFFFF, 4, ptr::null(), 4), fault());
        assert_eq!(
            w5100_getsockopt(handle, 0xFFFF, 4, ptr::null_mut(), ptr::null_mut()),
            fault()
        );
        assert_eq!(w5100_counters_get(0, ptr::null_mut()), fault());
        assert_eq!(w5100_info_get(0, 0, ptr::null_mut()), fault());
        assert_eq!(WIZnet_Enable(ptr::null(), ptr::null()), fault());
        let udp = w5100_socket(AF_INET, SOCK_DGRAM, 0);
        assert_eq!(w5100_bind(udp, ptr::null(), SIZE), fault());
        let byte = [0u8];
        assert_eq!(w5100_sendto(udp, ptr::null(), 1, 0, &PEER, SIZE), fault());
        let unaddressed = w5100_sendto(udp, byte.as_ptr().cast(), 1, 0, ptr::null(), 0);
        assert_eq!(unaddressed, -Error::DestinationRequired.number());
    }
}

#[test]
fn f10_wild_handles_are_answered() {
    let _session = Session::new(peer());
    let handle = connected();
    let mut data = [0u8; 4];
    let (mut address, mut length) = (PEER, SIZE);
    for wild in [0, -1, 1, i32::MIN, i32::MAX, handle ^ 1, handle + 0x80] {
        // SAFETY: the pointers are to variables.
        unsafe {
            let to = data.as_mut_ptr().cast();
            assert_eq!(w5100_recv(wild, to, 4, 0), bad_handle());
            assert_eq!(w5100_send(wild, data.as_ptr().cast(), 4, 0), bad_handle());
            let to = data.as_mut_ptr().cast();
            let received = w5100_recvfrom(wild, to, 4, 0, &mut address, &mut length);
            assert_eq!(received, bad_handle());
            assert_eq!(w5100_accept(wild, &mut address, &mut length), bad_handle());
            assert_eq!(w5100_bind(wild, &PEER, SIZE), bad_handle());
        }
        assert_eq!(w5100_listen(wild, 1), bad_handle());
        assert_eq!(w5100_shutdown(wild, 2), bad_handle());
        assert_eq!(w5100_close(wild), bad_handle());
    }
}

/// Two threads on one connection, and a third that closes it.
#[test]
fn threads_share_a_device() {
    let session = Session::new(peer());
    let handle = connected();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let data = [7u8; 200];
            // SAFETY: the length is the buffer's.
            let sent = unsafe { w5100_send(handle, data.as_ptr().cast(), data.len(), 0) };
            assert!(sent == bad_handle() || sent >= 0, "{sent}");
        });
        scope.spawn(|| {
            let mut data = [0u8; 16];
            let mut received = 0;
            // Until the socket is closed.
            while received >= 0 {
                // SAFETY: the length is the buffer's.
                received = unsafe { w5100_recv(handle, data.as_mut_ptr().cast(), 16, 0) };
                assert!(received <= 5, "{received}");
            }
            assert_eq!(received, bad_handle());
        });
        scope.spawn(|| {
            let mut info = Info::default();
            // SAFETY: a variable of its type.
            assert_eq!(unsafe { w5100_info_get(session.number, 0, &mut info) }, 1);
            assert_eq!(w5100_close(handle), 0);
        });
    });
    assert!(session.sent().iter().all(|byte| *byte == 7));
}
