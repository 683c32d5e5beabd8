//! The link's faults, one by one, on the virtual clock: each datagram goes from one host to
//! another, and what arrives is counted.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use w5100_sim::{Link, PeerHandle, Service, World};

const ALICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const COUNT: u32 = 2_000;
const PORT: u16 = 9;

/// Two hosts that know each other's hardware address, and a perfect wire between them.
fn pair(seed: u64) -> (World, PeerHandle, PeerHandle) {
    let world = World::wire(seed);
    let (alice, bob) = (world.add_simple_peer(ALICE), world.add_simple_peer(BOB));
    for (peer, other) in [(&alice, BOB), (&bob, ALICE)] {
        peer.udp_bind(PORT);
        peer.ping(other, b"who are you");
    }
    world.run_for(10);
    (world, alice, bob)
}

/// The numbers of [`COUNT`] datagrams from `from`, as they arrive at `to`, with their times in
/// microseconds since each was sent. One is sent each millisecond.
fn numbers(world: &World, from: &PeerHandle, to: &PeerHandle, ip: Ipv4Addr) -> Vec<(u32, u64)> {
    let began = world.now();
    let mut arrived = Vec::new();
    let mut take_for = |milliseconds: u32| {
        let take = || {
            let now = world.now() - began;
            while let Some((_, payload)) = to.udp_recv(PORT) {
                let number = u32::from_be_bytes(payload.try_into().expect("four bytes"));
                arrived.push((number, now - u64::from(number) * 1_000));
            }
            false
        };
        world.run_until(take, milliseconds);
    };
    for number in 0..COUNT {
        assert!(from.udp_send(PORT, ip, PORT, &number.to_be_bytes()));
        take_for(1);
    }
    take_for(100);
    arrived
}

/// What arrives at the other host, in each direction, of a wire with `link`.
fn both_ways(seed: u64, link: Link) -> [Vec<(u32, u64)>; 2] {
    let (world, alice, bob) = pair(seed);
    world.set_link(link);
    [
        numbers(&world, &alice, &bob, BOB),
        numbers(&world, &bob, &alice, ALICE),
    ]
}

fn in_order(arrived: &[(u32, u64)]) -> bool {
    arrived.is_sorted_by_key(|(number, _)| *number)
}

/// Whether `count` of [`COUNT`] is about so many of 1000.
fn about(count: usize, permille: usize) -> bool {
    let expected = COUNT as usize * permille / 1000;
    (expected * 3 / 4..=expected * 5 / 4).contains(&count)
}

#[test]
fn a_perfect_link_delivers_each_once_and_at_once() {
    for arrived in both_ways(1, Link::default()) {
        let expected: Vec<_> = (0..COUNT).map(|number| (number, 50)).collect();
        assert!(arrived == expected);
    }
}

/// A link that takes 100 frames of 1000 away leaves the others as they are.
#[track_caller]
fn takes_a_tenth(link: Link) {
    for arrived in both_ways(1, link) {
        let gone = COUNT as usize - arrived.len();
        assert!(about(gone, 100), "{gone}");
        assert!(in_order(&arrived));
    }
}

#[test]
fn loss_takes_its_part_and_leaves_the_rest() {
    takes_a_tenth(Link {
        loss_permille: 100,
        ..Link::default()
    });
}

#[test]
fn duplicates_come_behind_their_originals() {
    let link = Link {
        duplicate_permille: 100,
        ..Link::default()
    };
    for arrived in both_ways(1, link) {
        let different: HashSet<_> = arrived.iter().collect();
        assert_eq!(different.len(), COUNT as usize);
        assert!(
            about(arrived.len() - COUNT as usize, 100),
            "{}",
            arrived.len()
        );
        assert!(in_order(&arrived));
    }
}

#[test]
fn reordered_frames_are_overtaken_and_no_other() {
    let link = Link {
        reorder_permille: 100,
        reorder_delay_us: 2_500,
        ..Link::default()
    };
    for arrived in both_ways(1, link) {
        assert_eq!(arrived.len(), COUNT as usize);
        let late = arrived.iter().filter(|(_, time)| *time == 2_550).count();
        let direct = arrived.iter().filter(|(_, time)| *time == 50).count();
        assert!(
            about(late, 100) && late + direct == COUNT as usize,
            "{late}"
        );
        assert!(!in_order(&arrived));
    }
}

#[test]
fn jitter_spreads_the_delay_and_keeps_the_order() {
    let link = Link {
        latency_us: 5_000,
        jitter_us: 3_000,
        ..Link::default()
    };
    for arrived in both_ways(1, link) {
        assert_eq!(arrived.len(), COUNT as usize);
        assert!(in_order(&arrived));
        let times = || arrived.iter().map(|(_, time)| *time);
        assert!(times().all(|time| (5_000..=8_000).contains(&time)));
        assert!(times().min() < Some(5_100) && times().max() > Some(7_900));
    }
}

/// Hosts drop what a checksum finds.
#[test]
fn corruption_costs_the_frame() {
    takes_a_tenth(Link {
        corrupt_permille: 100,
        ..Link::default()
    });
}

const EVERYTHING: Link = Link {
    latency_us: 300,
    jitter_us: 900,
    loss_permille: 30,
    duplicate_permille: 30,
    reorder_permille: 30,
    reorder_delay_us: 2_000,
    corrupt_permille: 30,
    partitioned: false,
};

#[test]
fn one_seed_gives_the_same_faults_again() {
    let faults = |seed| both_ways(seed, EVERYTHING);
    assert!(faults(7) == faults(7));
    assert!(faults(7) != faults(8));
}

#[test]
fn the_faults_can_be_given_a_seed_of_their_own() {
    let faults = |seed, own| {
        let (world, alice, bob) = pair(seed);
        world.set_link(EVERYTHING);
        world.seed_link(own);
        numbers(&world, &alice, &bob, BOB)
    };
    assert!(faults(1, 9) == faults(2, 9));
    assert!(faults(1, 9) != faults(1, 10));
}

#[test]
fn tcp_gets_its_bytes_through_every_fault() {
    let (world, alice, bob) = pair(3);
    world.set_link(EVERYTHING);
    bob.listen_service(7, Service::Echo);
    let client = alice.connect(BOB, 7);
    let data: Vec<u8> = (0..50_000u32).map(|i| (i * 13 + i / 257) as u8).collect();
    let mut sent = 0;
    let mut back = Vec::new();
    let whole = world.run_until(
        || {
            sent += client.send(&data[sent..]);
            back.extend(client.recv_all());
            back.len() >= data.len()
        },
        600_000,
    );
    assert!(whole && back == data, "{} of {sent} came back", back.len());
}
