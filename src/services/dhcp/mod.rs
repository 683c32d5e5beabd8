//! The client's side of DHCP (RFC 2131, section 4.4) as a state machine.

mod lease;
mod message;

pub use lease::FOREVER;
pub use message::{DOMAIN_MAX, HOST_NAME_MAX, Kind, Outgoing, Reply};

use super::Dice;
use lease::Age;

/// Requests for an offered address before another offer is looked for.
const REQUESTS: u8 = 4;
/// Requests for an address that was held before a restart.
const REBOOTS: u8 = 2;
/// Pause after an address was declined (RFC 2131, 3.1.5).
const DECLINED_MS: u32 = 10_000;
/// Pause after a server's refusal, lest both run in a circle.
const REFUSED_MS: u32 = 1_000;
/// The shortest pause between two requests for a lease to go on.
const RENEWAL_S: u32 = 60;

/// How far the client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Not started.
    #[default]
    Off,
    /// Looks for a server.
    Selecting,
    /// Asks for the address that a server offered.
    Requesting,
    /// Asks for the address that was held before a restart.
    Rebooting,
    /// Has a lease.
    Bound,
    /// Asks its server to have the lease go on.
    Renewing,
    /// Asks any server to.
    Rebinding,
    /// Tells its server that somebody else has the address.
    Declining,
}

/// What has to be done, in this order until there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing until the time has passed, or a message comes.
    Idle,
    /// Send what [`Dhcp::outgoing`] gives; then [`Dhcp::sent`].
    Send,
    /// The lease is over: give the address up.
    Lose,
}

/// What a message changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing, or nothing that a program could notice.
    Nothing,
    /// [`Dhcp::lease`] is a new one: take the address.
    Bound,
    /// It goes on, perhaps with other particulars.
    Renewed,
    /// A server refused it: give the address up.
    Refused,
}

/// A client.
#[derive(Clone, Copy, Debug)]
pub struct Dhcp {
    state: State,
    dice: Dice,
    /// What is sent in this state.
    message: Outgoing,
    /// The server that alone may answer; 0.0.0.0 for any.
    asked: [u8; 4],
    /// When the transaction began.
    began: u32,
    /// When the next message is due, if it is not a matter of the lease's age.
    due: u32,
    tries: u8,
    /// When the last message went out: a lease counts from there.
    sent_at: u32,
    lease: Reply,
    age: Age,
    /// The lease's age at which it is to be asked for again.
    ask_at: u32,
}

impl Dhcp {
    /// Off.
    pub const NEW: Dhcp = Dhcp {
        state: State::Off,
        dice: Dice::UNSET,
        message: Outgoing::NONE,
        asked: [0; 4],
        began: 0,
        due: 0,
        tries: 0,
        sent_at: 0,
        lease: Reply::NONE,
        age: Age::NEW,
        ask_at: 0,
    };

    /// Begins. `remembered` is an address held before a restart, or 0.0.0.0.
    pub fn start(&mut self, now: u32, mac: [u8; 6], seed: u32, remembered: [u8; 4]) {
        self.message.mac = mac;
        self.dice = Dice::new(seed);
        self.lease.address = [0; 4];
        let state = match remembered == [0; 4] {
            true => State::Selecting,
            false => State::Rebooting,
        };
        self.enter(state, now);
        self.message.wanted = remembered;
    }

    /// Sets the name to tell servers: the first [`HOST_NAME_MAX`] bytes of `name`.
    pub fn set_host_name(&mut self, name: &[u8]) {
        self.message.host_name.set(name);
    }

    /// Ends. The lease is not given back; see [`Dhcp::release`].
    pub fn stop(&mut self) {
        self.state = State::Off;
    }

    /// How far it is.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The lease; its address is 0.0.0.0 while there is none.
    pub const fn lease(&self) -> &Reply {
        &self.lease
    }

    /// Seconds that the lease has left; [`FOREVER`] for ever.
    pub fn seconds_left(&self) -> u32 {
        self.lease.left(self.age.seconds)
    }

    /// The transaction that answers must name.
    pub const fn xid(&self) -> u32 {
        self.message.xid
    }

    /// Asks for the lease to go on before its time.
    pub fn renew(&mut self, now: u32) {
        if self.state == State::Bound {
            self.enter(State::Renewing, now);
        }
    }

    /// Somebody else has the address (RFC 2131, 3.1.5): it is to be declined and
    /// given up.
    pub fn conflict(&mut self, now: u32) {
        let Reply {
            address, server, ..
        } = self.lease;
        self.lease.address = [0; 4];
        self.enter(State::Declining, now);
        self.message.wanted = address;
        self.message.server = server;
    }

    /// Changes to a state, and makes its message, but for the address that is
    /// wanted and who offered it.
    #[inline(never)]
    fn enter(&mut self, state: State, now: u32) {
        self.state = state;
        self.tries = 0;
        self.due = now;
        self.ask_at = self.age.seconds;
        let renews = matches!(state, State::Renewing | State::Rebinding);
        let message = &mut self.message;
        message.kind = match state {
            State::Selecting => Kind::Discover,
            State::Declining => Kind::Decline,
            _ => Kind::Request,
        };
        message.own = if renews { self.lease.address } else { [0; 4] };
        message.wanted = [0; 4];
        message.server = [0; 4];
        self.asked = [0; 4];
        if state == State::Renewing {
            self.asked = self.lease.server;
        }
        // A request belongs to the offer before it.
        if state != State::Requesting {
            message.xid = self.dice.roll();
            self.began = now;
        }
    }

    /// Lets time pass, and tells what to do.
    pub fn step(&mut self, now: u32) -> Step {
        let leased = matches!(
            self.state,
            State::Bound | State::Renewing | State::Rebinding
        );
        if leased {
            return self.step_lease(now);
        }
        if self.state == State::Off || !is_reached(now, self.due) {
            return Step::Idle;
        }
        let most = match self.state {
            State::Requesting => REQUESTS,
            State::Rebooting => REBOOTS,
            _ => u8::MAX,
        };
        if self.tries >= most {
            self.enter(State::Selecting, now);
        }
        Step::Send
    }

    fn step_lease(&mut self, now: u32) -> Step {
        self.age.advance(now);
        let age = self.age.seconds;
        let Reply {
            lease: seconds,
            t1,
            t2,
            ..
        } = self.lease;
        if seconds == FOREVER && self.state == State::Bound {
            return Step::Idle;
        }
        if age >= seconds {
            self.lease.address = [0; 4];
            self.enter(State::Selecting, now);
            return Step::Lose;
        }
        if age >= t2 && self.state != State::Rebinding {
            self.enter(State::Rebinding, now);
        } else if age >= t1 && self.state == State::Bound {
            self.enter(State::Renewing, now);
        }
        match self.state != State::Bound && age >= self.ask_at {
            true => Step::Send,
            false => Step::Idle,
        }
    }

    /// The message that [`Dhcp::outgoing`] or [`Dhcp::release`] gave.
    pub const fn message(&self) -> &Outgoing {
        &self.message
    }

    /// The message that is due, and to whom: a server, or 255.255.255.255.
    pub fn outgoing(&mut self, now: u32) -> (&Outgoing, [u8; 4]) {
        // A request tells the seconds of the first message of its transaction.
        if self.state != State::Requesting {
            let passed = now.wrapping_sub(self.began) / 1000;
            self.message.seconds = passed.min(0xFFFF) as u16;
        }
        let to = match self.state {
            State::Renewing => self.asked,
            _ => [255; 4],
        };
        (&self.message, to)
    }

    /// The message that gives the lease back, and to whom.
    pub fn release(&mut self) -> (&Outgoing, [u8; 4]) {
        let Reply {
            address, server, ..
        } = self.lease;
        let message = &mut self.message;
        message.kind = Kind::Release;
        message.xid = self.dice.roll();
        message.seconds = 0;
        message.own = address;
        message.wanted = [0; 4];
        message.server = server;
        (message, server)
    }

    /// The message went out.
    pub fn sent(&mut self, now: u32) {
        self.sent_at = now;
        match self.state {
            State::Declining => {
                self.enter(State::Selecting, now);
                self.due = now.wrapping_add(DECLINED_MS);
            }
            State::Renewing | State::Rebinding => {
                let end = match self.state {
                    State::Renewing => self.lease.t2,
                    _ => self.lease.lease,
                };
                let age = self.age.seconds;
                // Half of what is left (RFC 2131, 4.4.5): it is never asked for past its end.
                let pause = (end.wrapping_sub(age) / 2).max(RENEWAL_S);
                self.ask_at = age.wrapping_add(pause);
            }
            _ => {
                // 4 s, doubled up to 64 s, each a second more or less (4.1).
                let pause = 4000u32 << self.tries.min(4);
                let jitter = self.dice.roll() % 2001;
                self.due = now.wrapping_add(pause + jitter - 1000);
                self.tries = self.tries.wrapping_add(1);
            }
        }
    }

    /// A server's answer came. The caller has checked that it is for this client
    /// and transaction.
    #[inline(never)]
    pub fn receive(&mut self, now: u32, reply: &Reply) -> Outcome {
        const OFFER: u8 = Kind::Offer as u8;
        const ACK: u8 = Kind::Ack as u8;
        const NAK: u8 = Kind::Nak as u8;
        let asks = matches!(
            self.state,
            State::Requesting | State::Rebooting | State::Renewing | State::Rebinding
        );
        let from_asked = self.asked == [0; 4] || self.asked == reply.server;
        if reply.kind == NAK && asks && from_asked {
            self.lease.address = [0; 4];
            self.enter(State::Selecting, now);
            self.due = now.wrapping_add(REFUSED_MS);
            return Outcome::Refused;
        }
        if !reply.is_usable() {
            return Outcome::Nothing;
        }
        if reply.kind == OFFER && self.state == State::Selecting {
            self.enter(State::Requesting, now);
            self.message.wanted = reply.address;
            self.message.server = reply.server;
            self.asked = reply.server;
        }
        let Outgoing { own, wanted, .. } = self.message;
        let ours = reply.address == own || reply.address == wanted;
        if reply.kind != ACK || !asks || !from_asked || !ours {
            return Outcome::Nothing;
        }
        let outcome = match own == [0; 4] {
            true => Outcome::Bound,
            false => Outcome::Renewed,
        };
        self.lease = *reply;
        self.lease.complete();
        self.age = Age::since(self.sent_at);
        self.age.advance(now);
        self.state = State::Bound;
        outcome
    }
}

/// True once `now` is at or past `time`.
const fn is_reached(now: u32, time: u32) -> bool {
    now.wrapping_sub(time) <= u32::MAX / 2
}
