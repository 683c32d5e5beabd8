//! What it costs to wait for nothing.

mod support;

use support::Lab;

#[test]
fn a_connection_that_is_over_costs_no_frames() {
    let lab = Lab::new();
    for _ in 0..4 {
        let (handle, conn) = lab.connected();
        conn.close();
        lab.close(handle);
        lab.settle();
    }
    assert_eq!(lab.free_sockets(), 4);
    let before = lab.chip.counters().frames;
    lab.service();
    assert_eq!(
        lab.chip.counters().frames - before,
        1,
        "the common IR alone"
    );
}
