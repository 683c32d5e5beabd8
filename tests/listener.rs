//! Listening with four hardware sockets: what the sample programs of the GHI driver need of it.

mod support;

use support::threads::{self, Job};
use support::*;
use w5100::error::Error;

#[test]
fn g1_listener_costs_no_session() {
    let lab = Lab::new();
    let listener = lab.listener(PORT, 4);
    let sessions: Vec<_> = (0..4)
        .map(|_| {
            let conn = lab.client();
            (lab.accept(listener).unwrap(), conn)
        })
        .collect();
    assert_eq!(lab.free_sockets(), 0);
    for (number, (handle, conn)) in (0..).zip(&sessions) {
        lab.echo(*handle, conn, &pattern(5000, number));
    }
    lab.assert_clean();
}
