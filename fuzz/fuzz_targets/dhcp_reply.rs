//! A message as from a DHCP server: what the library reads in it, beside what smoltcp does; and
//! what its client does with it, in each state that such a message may meet.

#![no_main]

#[path = "../../tests/dhcp/compare.rs"]
mod compare;

use compare::{compare, reader};
use libfuzzer_sys::fuzz_target;
use w5100::services::dhcp::{Dhcp, Field, State, Step};

const MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
const XID: u32 = 0x1234_5678;
const ADDRESS: [u8; 4] = [10, 0, 0, 50];
/// Where the number of the transaction lies, and what kind of message it is, in those that
/// the corpus begins with.
const NUMBER: usize = 4;
const KIND: usize = 242;
const ACK: u8 = 5;

fuzz_target!(|data: &[u8]| {
    compare(data, MAC, XID);
    client(data, [0; 4]);
    client(data, ADDRESS);
});

/// A client that hears nothing but this message, as often as it asks.
fn client(data: &[u8], remembered: [u8; 4]) {
    // The wrap of the clock is near.
    let mut now = u32::MAX - 5000;
    let mut client = Dhcp::NEW;
    client.start(now, MAC, remembered);
    let mut bytes = data.to_vec();
    for _ in 0..12 {
        let step = client.step(now);
        if step == Step::Send {
            let xid = client.message().xid;
            client.sent(now);
            if let Some(number) = bytes.get_mut(NUMBER..NUMBER + 4) {
                number.copy_from_slice(&xid.to_be_bytes());
            }
            client.hear(now, bytes.len() as u16, &mut reader(&bytes));
            // An offer is followed by what grants it.
            if client.state() == State::Requesting && bytes.get(KIND) == Some(&2) {
                bytes[KIND] = ACK;
            }
        }
        assert_sound(&client);
        // At the latest a lease is over some day.
        now = now
            .wrapping_add(10_000)
            .wrapping_add(client.seconds_left().min(100_000) * 300);
    }
}

fn assert_sound(client: &Dhcp) {
    let lease = client.lease();
    if matches!(
        client.state(),
        State::Bound | State::Renewing | State::Rebinding
    ) {
        let [first, ..] = lease[Field::Address];
        assert!(
            first != 0 && first != 127 && first < 224,
            "no host's address"
        );
        let times = [Field::T1, Field::T2, Field::Lease].map(|field| lease.seconds(field));
        assert!(times.is_sorted(), "{times:?}");
        assert_ne!(lease[Field::Mask], [0; 4]);
    }
}
