//! The machine, on a clock of the test's own.

use smoltcp::wire::DhcpMessageType::{Ack, Nak, Offer};
use smoltcp::wire::{DhcpMessageType, DhcpRepr, Ipv4Address};
use w5100::services::dhcp::{Dhcp, FOREVER, Field, Kind, Outgoing, State, Step};

use crate::{MAC, OFFERED, SERVER, answer, bytes_of, reader};

const EVERYBODY: [u8; 4] = [255; 4];
const SECOND: u32 = 1000;

struct Client {
    machine: Dhcp,
    now: u32,
}

impl Client {
    /// Begins close to the wrap of the clock, which nothing may depend on.
    fn started(remembered: [u8; 4]) -> Self {
        let now = u32::MAX - 5 * SECOND;
        let mut machine = Dhcp::NEW;
        machine.start(now, MAC, remembered);
        Self { machine, now }
    }

    fn bound(answers: &DhcpRepr<'_>) -> Self {
        let mut client = Self::started([0; 4]);
        assert_eq!(client.sends().0.kind, Kind::Discover);
        client.hears(answer(Offer));
        client.sends();
        let granted = DhcpRepr {
            message_type: Ack,
            ..answers.clone()
        };
        assert_eq!(client.hears(granted), Step::Bound);
        client
    }

    /// A message is due, and goes out.
    #[track_caller]
    fn sends(&mut self) -> (Outgoing, [u8; 4]) {
        assert_eq!(self.machine.step(self.now), Step::Send);
        let (message, to) = (*self.machine.message(), self.machine.to());
        self.machine.sent(self.now);
        (message, to)
    }

    /// Seconds until something is due, at most `limit`.
    fn waits(&mut self, limit: u32) -> (u32, Step) {
        for second in 0..limit {
            let step = self.machine.step(self.now);
            if step != Step::Idle {
                return (second, step);
            }
            self.now = self.now.wrapping_add(SECOND);
        }
        (limit, self.machine.step(self.now))
    }

    /// A message comes; what is due then.
    fn hears(&mut self, message: DhcpRepr<'_>) -> Step {
        let bytes = bytes_of(&DhcpRepr {
            transaction_id: self.machine.message().xid,
            ..message
        });
        let length = bytes.len() as u16;
        self.machine.hear(self.now, length, &mut reader(&bytes));
        self.machine.step(self.now)
    }
}

fn lease_of(seconds: u32) -> DhcpRepr<'static> {
    DhcpRepr {
        lease_duration: Some(seconds),
        renew_duration: None,
        rebind_duration: None,
        ..answer(Ack)
    }
}

fn from(server: [u8; 4], kind: DhcpMessageType) -> DhcpRepr<'static> {
    DhcpRepr {
        server_identifier: Some(server.into()),
        ..answer(kind)
    }
}

#[test]
fn from_discover_to_bound() {
    let mut client = Client::started([0; 4]);
    let (discover, to) = client.sends();
    assert_eq!((discover.kind, to), (Kind::Discover, EVERYBODY));
    assert_eq!(client.machine.step(client.now), Step::Idle);
    assert_eq!(client.hears(answer(Offer)), Step::Send);
    let (request, to) = client.sends();
    assert_eq!((request.kind, to), (Kind::Request, EVERYBODY));
    assert_eq!((request.wanted, request.server), (OFFERED, SERVER));
    assert_eq!(request.xid, discover.xid, "one transaction");
    assert_eq!(request.own, [0; 4]);
    assert_eq!(client.hears(answer(Ack)), Step::Bound);
    assert_eq!(client.machine.state(), State::Bound);
    let lease = client.machine.lease();
    assert_eq!(lease[Field::Address], OFFERED);
    let times = [Field::Lease, Field::T1, Field::T2].map(|field| lease.seconds(field));
    assert_eq!(times, [3600, 1800, 3150]);
}

#[test]
fn discovers_are_repeated_with_growing_pauses_and_jitter() {
    let mut client = Client::started([0; 4]);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        client.sends();
        pauses.push(client.waits(100).0);
    }
    for (pause, base) in pauses.iter().zip([4, 8, 16, 32, 64, 64, 64]) {
        assert!((base - 1..=base + 1).contains(pause), "{pauses:?}");
    }
    let (last, _) = client.sends();
    assert!(last.seconds > 180, "seconds since it began");
}

#[test]
fn another_server_or_address_than_was_asked_is_not_taken() {
    let mut client = Client::started([0; 4]);
    client.sends();
    client.hears(answer(Offer));
    client.sends();
    assert_eq!(client.hears(from([10, 0, 0, 66], Ack)), Step::Idle);
    assert_eq!(client.hears(from([10, 0, 0, 66], Nak)), Step::Idle);
    let other = DhcpRepr {
        your_ip: Ipv4Address::new(10, 0, 0, 51),
        ..answer(Ack)
    };
    assert_eq!(client.hears(other), Step::Idle);
    assert_eq!(client.hears(answer(Ack)), Step::Bound);
}

#[test]
fn an_offer_without_a_lease_or_for_no_host_is_not_taken() {
    let mut client = Client::started([0; 4]);
    client.sends();
    for bad in [
        DhcpRepr {
            lease_duration: None,
            ..answer(Offer)
        },
        DhcpRepr {
            your_ip: Ipv4Address::UNSPECIFIED,
            ..answer(Offer)
        },
        DhcpRepr {
            your_ip: Ipv4Address::new(224, 0, 0, 1),
            ..answer(Offer)
        },
        DhcpRepr {
            server_identifier: None,
            ..answer(Offer)
        },
    ] {
        client.hears(bad);
        assert_eq!(client.machine.state(), State::Selecting);
    }
}

#[test]
fn a_server_that_stays_silent_after_its_offer_is_left() {
    let mut client = Client::started([0; 4]);
    client.sends();
    client.hears(answer(Offer));
    for _ in 0..4 {
        assert_eq!(client.sends().0.kind, Kind::Request);
        client.waits(100);
    }
    assert_eq!(client.sends().0.kind, Kind::Discover);
}

#[test]
fn t1_asks_the_server_and_an_answer_renews() {
    let mut client = Client::bound(&answer(Ack));
    let (passed, step) = client.waits(4000);
    assert_eq!((passed, step), (1800, Step::Send));
    let (request, to) = client.sends();
    assert_eq!((request.kind, to), (Kind::Request, SERVER));
    assert_eq!(
        (request.own, request.wanted, request.server),
        (OFFERED, [0; 4], [0; 4])
    );
    assert_eq!(client.hears(from([10, 0, 0, 66], Ack)), Step::Idle);
    assert_eq!(client.hears(answer(Ack)), Step::Renewed);
    assert_eq!(client.machine.state(), State::Bound);
    assert_eq!(client.waits(4000), (1800, Step::Send));
}

#[test]
fn without_an_answer_any_server_is_asked_at_t2_and_the_address_is_lost_in_the_end() {
    let mut client = Client::bound(&answer(Ack));
    let mut asked = Vec::new();
    let begun = client.now;
    let lost = loop {
        let (_, step) = client.waits(4000);
        let age = client.now.wrapping_sub(begun) / SECOND;
        match step {
            Step::Send => asked.push((age, client.sends().1)),
            _ => break age,
        }
    };
    assert_eq!(lost, 3600);
    assert_eq!(client.machine.lease()[Field::Address], [0; 4]);
    // Half of what is left, no sooner than after 60 s.
    let ages = |to| -> Vec<u32> {
        let those = asked.iter().filter(|(_, asked)| *asked == to);
        those.map(|(age, _)| *age).collect()
    };
    assert_eq!(ages(SERVER), [1800, 2475, 2812, 2981, 3065, 3125]);
    assert_eq!(ages(EVERYBODY), [3150, 3375, 3487, 3547]);
    assert_eq!(client.sends().0.kind, Kind::Discover);
}

#[test]
fn any_server_may_renew_at_t2() {
    let mut client = Client::bound(&lease_of(80));
    client.now = client.now.wrapping_add(70 * SECOND);
    assert_eq!(client.sends().1, EVERYBODY);
    assert_eq!(client.hears(from([10, 0, 0, 66], Ack)), Step::Renewed);
    assert_eq!(client.machine.lease()[Field::Server], [10, 0, 0, 66]);
}

#[test]
fn a_lease_for_ever_is_never_asked_for_again() {
    let mut client = Client::bound(&lease_of(FOREVER));
    for _ in 0..100 {
        client.now = client.now.wrapping_add(24 * 3600 * SECOND);
        assert_eq!(client.machine.step(client.now), Step::Idle);
    }
    assert_eq!(client.machine.seconds_left(), FOREVER);
}

#[test]
fn a_renewal_before_its_time_is_repeated_soon() {
    for seconds in [24 * 3600, FOREVER] {
        let mut client = Client::bound(&lease_of(seconds));
        client.machine.renew(client.now);
        for _ in 0..3 {
            assert_eq!(client.sends().0.kind, Kind::Request);
            assert_eq!(client.waits(1000), (60, Step::Send));
        }
        assert_eq!(client.hears(answer(Ack)), Step::Renewed);
    }
}

#[test]
fn a_lease_of_months_is_counted_past_the_wrap_of_the_clock() {
    const DAY: u32 = 24 * 3600;
    let mut client = Client::bound(&lease_of(200 * DAY));
    for day in 1..100 {
        client.now = client.now.wrapping_add(DAY * SECOND);
        assert_eq!(client.machine.step(client.now), Step::Idle, "day {day}");
    }
    client.now = client.now.wrapping_add(DAY * SECOND);
    assert_eq!(client.machine.step(client.now), Step::Send);
    assert_eq!(client.machine.seconds_left(), 100 * DAY);
}

#[test]
fn a_refusal_ends_the_lease_and_begins_anew_after_a_pause() {
    let mut client = Client::bound(&answer(Ack));
    client.now = client.now.wrapping_add(1800 * SECOND);
    client.sends();
    assert_eq!(client.hears(from([10, 0, 0, 66], Nak)), Step::Idle);
    assert_eq!(client.hears(from(SERVER, Nak)), Step::Lost);
    assert_eq!(client.machine.lease()[Field::Address], [0; 4]);
    assert_eq!(client.machine.step(client.now), Step::Idle);
    assert_eq!(client.waits(10), (1, Step::Send));
    assert_eq!(client.sends().0.kind, Kind::Discover);
}

#[test]
fn a_remembered_address_is_asked_for_at_once() {
    let mut client = Client::started(OFFERED);
    let (request, to) = client.sends();
    assert_eq!((request.kind, to), (Kind::Request, EVERYBODY));
    assert_eq!(
        (request.wanted, request.server, request.own),
        (OFFERED, [0; 4], [0; 4])
    );
    assert_eq!(client.hears(answer(Ack)), Step::Bound);
}

#[test]
fn a_remembered_address_that_is_refused_or_unknown_is_forgotten() {
    let mut refused = Client::started(OFFERED);
    refused.sends();
    assert_eq!(
        refused.hears(from(SERVER, Nak)),
        Step::Idle,
        "nothing is lost"
    );
    refused.waits(10);
    assert_eq!(refused.sends().0.kind, Kind::Discover);
    let mut silent = Client::started(OFFERED);
    for _ in 0..2 {
        assert_eq!(silent.sends().0.kind, Kind::Request);
        silent.waits(100);
    }
    assert_eq!(silent.sends().0.kind, Kind::Discover);
}

#[test]
fn a_conflict_is_declined_and_another_address_looked_for_after_ten_seconds() {
    let mut client = Client::bound(&answer(Ack));
    client.machine.conflict();
    assert_eq!(client.machine.step(client.now), Step::Lost);
    assert_eq!(client.machine.lease()[Field::Address], [0; 4]);
    let (decline, to) = client.sends();
    assert_eq!((decline.kind, to), (Kind::Decline, EVERYBODY));
    assert_eq!((decline.wanted, decline.server), (OFFERED, SERVER));
    assert_eq!(decline.own, [0; 4]);
    assert_eq!(client.waits(100), (10, Step::Send));
    assert_eq!(client.sends().0.kind, Kind::Discover);
}

#[test]
fn times_in_no_order_are_those_of_the_rfc() {
    for (t1, t2) in [(0, 0), (90, 80), (10, 200), (50, 0)] {
        let client = Client::bound(&DhcpRepr {
            renew_duration: Some(t1),
            rebind_duration: Some(t2),
            ..lease_of(80)
        });
        let lease = client.machine.lease();
        let times = [Field::T1, Field::T2].map(|field| lease.seconds(field));
        assert_eq!(times, [40, 70], "{t1} {t2}");
    }
}

#[test]
fn a_lease_counts_from_its_request() {
    let mut client = Client::started([0; 4]);
    client.sends();
    client.hears(answer(Offer));
    client.sends();
    client.now = client.now.wrapping_add(3 * SECOND);
    client.hears(answer(Ack));
    assert_eq!(client.machine.seconds_left(), 3597);
}
