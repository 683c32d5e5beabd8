//! What is left out of a library that is built without it.

mod support;

use support::*;
use w5100::error::Error;
use w5100::stack::Kind;

#[test]
fn a_kind_of_socket_that_is_left_out_is_not_supported() {
    let lab = Lab::new();
    let kinds = [
        (Kind::Tcp, true),
        (Kind::Udp, cfg!(feature = "udp")),
        (Kind::Raw(1), cfg!(feature = "raw")),
        (Kind::Packet, cfg!(feature = "raw")),
    ];
    for (kind, built_in) in kinds {
        let outcome = lab.device().with(|stack| stack.socket(kind));
        match built_in {
            true => assert!(outcome.is_ok(), "{kind:?}"),
            false => assert_eq!(outcome, Err(Error::SocketTypeNotSupported), "{kind:?}"),
        }
    }
}

#[test]
fn a_row_has_no_times_that_nobody_notes() {
    let lab = Lab::new();
    let (handle, _conn) = lab.connected();
    lab.world.run_for(1000);
    lab.peer.vanish(true);
    assert_eq!(lab.send(handle, b"lost"), Ok(4));
    lab.world.run_for(700);
    let row = lab.row(handle);
    assert_eq!(row.outstanding, 4);
    let noted = cfg!(any(feature = "options", feature = "stats"));
    let expected = if noted { 700..=703 } else { 0..=0 };
    assert!(expected.contains(&row.outstanding_ms), "{row:?}");
}
