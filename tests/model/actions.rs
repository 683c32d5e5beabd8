//! The steps of a sequence, and how they are drawn.

use proptest::prelude::*;
use proptest::strategy::Union;
use w5100::stack::ready;
use w5100_sim::{ChipOptions, ResetStyle};

/// Which socket a call is made on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pick {
    /// One for which the call makes sense.
    Fit(u8),
    /// Any open one.
    Any(u8),
    /// One that was closed before.
    Stale(u8),
    /// A word that never was a handle.
    Wild(i32),
}

/// Where a connect or a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// A host's open port.
    Open(u8),
    /// A host's closed port.
    Closed(u8),
    /// An address that nobody has.
    Nobody,
    /// Port 0 of a host.
    NoPort,
    /// 0.0.0.0
    NoAddress,
    /// 255.255.255.255; of TCP there is none.
    Broadcast,
    /// The connected peer.
    Peer,
}

/// Which port bind asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Port {
    /// 0: any free one.
    Free,
    /// One of a few, so that they collide.
    Fixed(u8),
}

/// Which address bind asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub(crate) enum Own { Any, Chip, Foreign }

/// An option of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tune {
    /// Probes after a second of silence.
    KeepAlive(bool),
    DelayedAck(bool),
    /// Milliseconds; 0 for none.
    UserTimeout(u16),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// What a step becomes that a failure does not need.
    Nothing,
    Tcp,
    Udp,
    /// A raw socket for IP packets, or for Ethernet frames.
    Raw,
    Frames,
    /// A new socket and its connection to a host.
    Dial(u8),
    /// A client of a listener, which is made if there is none, and its new socket.
    Serve(u8),
    /// A new datagram socket, bound.
    Open,
    Bind(Pick, Port, Own),
    Listen(Pick, i32),
    Accept(Pick),
    Connect(Pick, To),
    Send(Pick, u16),
    Recv(Pick, u16),
    Peek(Pick, u16),
    SendTo(Pick, To, u16),
    /// A part of a datagram.
    SendPart(Pick, To, u16),
    ShutdownRead(Pick),
    ShutdownWrite(Pick),
    ShutdownBoth(Pick),
    Close(Pick),
    /// Events, and how many milliseconds to wait.
    Poll(Pick, i16, u8),
    /// All sockets at once.
    PollAll(i16),
    Name(Pick),
    PeerName(Pick),
    Available(Pick),
    TakeError(Pick),
    Outstanding(Pick),
    IsConnected(Pick),
    /// Takes the peer away from a datagram socket.
    Disconnect(Pick),
    /// Sends until no more fits, to a host that does not read.
    Fill(Pick),
    /// SO_LINGER in seconds, or off.
    Linger(Pick, Option<u16>),
    /// Other options of a stream.
    Tune(Pick, Tune),
    /// SO_SNDBUF in bytes, or the whole ring.
    SendLimit(Pick, u16),
    AllowBroadcast(Pick),
    /// A host connects to a port of the chip.
    Client(u8, u8),
    PeerSend(u8, u16),
    PeerFin(u8),
    PeerAbort(u8),
    PeerStops(u8),
    PeerReads(u8),
    /// A host sends a datagram to a socket's port, or to any.
    PeerDatagram(u8, u8, Pick, u16),
    Vanish(u8),
    ComeBack(u8),
    /// Milliseconds in which nobody calls the library.
    Pass(u16),
    /// Milliseconds in which the program serves the chip.
    Run(u16),
    /// Until all that is under way has arrived.
    Settle,
}

/// A sequence and the world that it runs in.
#[derive(Clone)]
pub(crate) struct Sequence {
    pub(crate) options: ChipOptions,
    pub(crate) wired: bool,
    /// Receive buffer of the hosts.
    pub(crate) window: usize,
    pub(crate) seed: u32,
    pub(crate) actions: Vec<Action>,
}

/// One step to a line, so that a failure can be read.
impl std::fmt::Debug for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:?}", self.options)?;
        let Self {
            wired,
            window,
            seed,
            ..
        } = self;
        writeln!(f, "wired {wired}, window {window}, seed {seed}")?;
        for (at, action) in self.actions.iter().enumerate() {
            if !matches!(action, Action::Nothing) {
                writeln!(f, "{at:3} {action:?}")?;
            }
        }
        Ok(())
    }
}

/// What the sequences of a test are mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Streams,
    Listeners,
    Datagrams,
    Everything,
}

fn options() -> impl Strategy<Value = ChipOptions> {
    let style = || {
        prop_oneof![
            4 => Just(ResetStyle::Rfc),
            1 => Just(ResetStyle::Zero),
            1 => Just(ResetStyle::Silent),
        ]
    };
    let flags = prop::array::uniform5(any::<bool>());
    let command_time = prop_oneof![3 => Just(0), 1 => 1..40u64];
    (any::<u16>(), flags, style(), style(), command_time).prop_map(
        |(seed, [latched, gated, random, survives, early], refuse, stray, command_time)| {
            ChipOptions {
                seed: seed.into(),
                latched_registers: !latched,
                imr_gates_ir: gated,
                random_tx_pointers: !random,
                rx_survives_close: !survives,
                early_arp_status: early,
                refuse,
                stray,
                command_time,
                ..ChipOptions::default()
            }
        },
    )
}

fn pick() -> impl Strategy<Value = Pick> + Clone {
    prop_oneof![
        30 => any::<u8>().prop_map(Pick::Fit),
        4 => any::<u8>().prop_map(Pick::Any),
        2 => any::<u8>().prop_map(Pick::Stale),
        1 => prop_oneof![Just(0), Just(-1), Just(i32::MAX), any::<i32>()].prop_map(Pick::Wild),
    ]
}

fn to() -> impl Strategy<Value = To> {
    prop_oneof![
        10 => any::<u8>().prop_map(To::Open),
        2 => any::<u8>().prop_map(To::Closed),
        1 => Just(To::Nobody),
        1 => prop_oneof![Just(To::NoPort), Just(To::NoAddress)],
        1 => Just(To::Broadcast),
        4 => Just(To::Peer),
    ]
}

/// Sizes: mostly small, some as large as a ring and beyond it.
fn size() -> impl Strategy<Value = u16> {
    prop_oneof![
        1 => Just(0),
        6 => 1..200u16,
        4 => 200..1500u16,
        2 => 1500..5000u16,
    ]
}

fn events() -> impl Strategy<Value = i16> {
    prop_oneof![
        3 => Just(ready::IN | ready::OUT | ready::RDHUP),
        1 => Just(ready::IN),
        1 => Just(ready::OUT),
        1 => Just(0),
    ]
}

type Choice = (u32, BoxedStrategy<Action>);

/// A step without a choice.
fn one(weight: u32, action: Action) -> Choice {
    (weight, Just(action).boxed())
}

/// A call on a socket.
fn call(weight: u32, action: fn(Pick) -> Action) -> Choice {
    (weight, pick().prop_map(action).boxed())
}

/// A call on a socket with an argument.
fn with<T: std::fmt::Debug + 'static>(
    weight: u32,
    argument: impl Strategy<Value = T> + 'static,
    action: fn(Pick, T) -> Action,
) -> Choice {
    let both = (pick(), argument);
    (
        weight,
        both.prop_map(move |(pick, argument)| action(pick, argument))
            .boxed(),
    )
}

/// Something with a drawn argument.
fn drawn<T: std::fmt::Debug + 'static>(
    weight: u32,
    argument: impl Strategy<Value = T> + 'static,
    action: fn(T) -> Action,
) -> Choice {
    (weight, argument.prop_map(action).boxed())
}

fn n() -> proptest::arbitrary::StrategyFor<u8> {
    any::<u8>()
}

/// Steps of any profile.
fn common() -> Vec<Choice> {
    let own = prop_oneof![6 => Just(Own::Any), 2 => Just(Own::Chip), 1 => Just(Own::Foreign)];
    let port = prop_oneof![1 => Just(Port::Free), 4 => n().prop_map(Port::Fixed)];
    let wait = prop_oneof![3 => Just(0u8), 1 => 1..30u8];
    let time = prop_oneof![8 => 0..20u16, 4 => 20..400u16, 1 => 400..3000u16, 1 => Just(40_000)];
    vec![
        // The first one is what a failing sequence shrinks to.
        one(1, Action::Nothing),
        with(3, (port, own), |p, (port, own)| Action::Bind(p, port, own)),
        call(3, Action::Close),
        with(3, (events(), wait), |p, (events, wait)| {
            Action::Poll(p, events, wait)
        }),
        drawn(1, events(), Action::PollAll),
        call(1, Action::ShutdownRead),
        call(2, Action::ShutdownWrite),
        call(1, Action::ShutdownBoth),
        call(1, Action::Name),
        call(1, Action::IsConnected),
        call(1, Action::PeerName),
        call(2, Action::Available),
        call(2, Action::TakeError),
        drawn(1, n(), Action::Vanish),
        drawn(2, n(), Action::ComeBack),
        drawn(3, 0..20u16, Action::Pass),
        drawn(4, time, Action::Run),
        one(5, Action::Settle),
    ]
}

fn streams() -> Vec<Choice> {
    let linger = prop_oneof![3 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(None)];
    let tune = prop_oneof![
        any::<bool>().prop_map(Tune::KeepAlive),
        any::<bool>().prop_map(Tune::DelayedAck),
        (0..3000u16).prop_map(Tune::UserTimeout),
    ];
    vec![
        one(2, Action::Tcp),
        drawn(6, n(), Action::Dial),
        with(5, to(), Action::Connect),
        with(9, size(), Action::Send),
        with(9, size(), Action::Recv),
        with(1, size(), Action::Peek),
        call(2, Action::Outstanding),
        with(1, linger, Action::Linger),
        with(2, tune, Action::Tune),
        call(1, Action::Fill),
        with(1, 0..3000u16, Action::SendLimit),
        drawn(9, (n(), size()), |(n, size)| Action::PeerSend(n, size)),
        drawn(3, n(), Action::PeerFin),
        drawn(2, n(), Action::PeerAbort),
        drawn(1, n(), Action::PeerStops),
        drawn(1, n(), Action::PeerReads),
    ]
}

fn listeners() -> Vec<Choice> {
    let backlog = prop_oneof![4 => 1..5i32, 1 => any::<i32>()];
    vec![
        one(2, Action::Tcp),
        drawn(6, n(), Action::Serve),
        with(4, backlog, Action::Listen),
        call(9, Action::Accept),
        drawn(9, (n(), n()), |(host, port)| Action::Client(host, port)),
    ]
}

fn datagrams() -> Vec<Choice> {
    let incoming = (n(), n(), pick(), size());
    vec![
        one(2, Action::Udp),
        one(1, Action::Raw),
        one(1, Action::Frames),
        one(4, Action::Open),
        with(3, to(), Action::Connect),
        with(9, (to(), size()), |p, (to, size)| {
            Action::SendTo(p, to, size)
        }),
        with(2, (to(), size()), |p, (to, size)| {
            Action::SendPart(p, to, size)
        }),
        with(9, size(), Action::Recv),
        with(1, size(), Action::Peek),
        call(1, Action::AllowBroadcast),
        call(1, Action::Disconnect),
        drawn(9, incoming, |(host, from, p, size)| {
            Action::PeerDatagram(host, from, p, size)
        }),
    ]
}

fn action(profile: Profile) -> Union<BoxedStrategy<Action>> {
    let mut choices = common();
    if profile != Profile::Datagrams {
        choices.extend(streams());
    }
    if matches!(profile, Profile::Listeners | Profile::Everything) {
        choices.extend(listeners());
    }
    if matches!(profile, Profile::Datagrams | Profile::Everything) {
        choices.extend(datagrams());
    }
    Union::new_weighted(choices)
}

/// Sequences of 10 to 60 steps.
pub(crate) fn sequences(profile: Profile) -> impl Strategy<Value = Sequence> {
    let window = prop_oneof![2 => Just(32_768), 1 => Just(4096), 1 => 500..2000usize];
    let actions = prop::collection::vec(action(profile), 10..=60);
    (options(), any::<bool>(), window, any::<u16>(), actions).prop_map(
        |(options, wired, window, seed, actions)| Sequence {
            options,
            wired,
            window,
            seed: seed.into(),
            actions,
        },
    )
}
