//! The client's side of DHCP (RFC 2131, section 4.4) as a state machine.

mod message;
mod reply;
mod state;

pub use message::{HOST_NAME_MAX, Kind, Outgoing};
pub use reply::{DOMAIN_MAX, FOREVER, Field, Reply};
pub use state::{State, Step};

use super::{Dice, Read, Text, is_reached};

/// Requests for an offered address before another offer is looked for.
const REQUESTS: u8 = 4;
/// Requests for an address that was held before a restart.
const REBOOTS: u8 = 2;
/// Pause after an address was declined (RFC 2131, 3.1.5).
const DECLINED_MS: u32 = 10_000;
/// Pause after a server's refusal, lest both run in a circle.
const REFUSED_MS: u32 = 1_000;
/// What makes times that are close to each other differ in many bits.
const SPREAD: u32 = 0x9E37_79B1;
/// So long the answer to a renewal is waited for.
const ANSWER_MS: u32 = 10_000;
/// The shortest pause between two requests for a lease to go on.
const RENEWAL_S: u32 = 60;
/// To every host.
const EVERYBODY: [u8; 4] = [255; 4];

/// A client. The fields lie so that those used most are near.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Dhcp {
    state: State,
    tries: u8,
    /// What became of the lease, and was not told yet.
    news: Step,
    /// Somebody else has the address.
    conflict: bool,
    /// The server that alone may answer; 0.0.0.0 for any.
    asked: [u8; 4],
    /// When the transaction began.
    began: u32,
    /// When the next message is due, if it is not a matter of the lease's age.
    due: u32,
    /// When the last message went out: a lease counts from there.
    sent_at: u32,
    /// Seconds that the lease is old. They are counted past the wrap of the
    /// millisecond clock, if there is a step once in 49 days.
    age: u32,
    /// The time up to which they are counted.
    counted_to: u32,
    /// The lease's age at which it is to be asked for again.
    ask_at: u32,
    dice: Dice,
    lease: Reply,
    /// What is sent in this state.
    message: Outgoing,
    domain: Text<DOMAIN_MAX>,
}

impl Dhcp {
    /// Off.
    pub const NEW: Dhcp = Dhcp {
        state: State::Off,
        tries: 0,
        news: Step::Idle,
        conflict: false,
        asked: [0; 4],
        began: 0,
        due: 0,
        sent_at: 0,
        age: 0,
        counted_to: 0,
        ask_at: 0,
        dice: Dice::UNSET,
        lease: Reply::NONE,
        message: Outgoing::NONE,
        domain: Text::NONE,
    };

    /// Begins. `remembered` is an address held before a restart, or 0.0.0.0.
    pub fn start(&mut self, now: u32, mac: [u8; 6], remembered: [u8; 4]) {
        self.message.mac = mac;
        // Its numbers are told to everybody, so they come from nothing that is to be
        // hidden.
        let [_, _, a, b, c, d] = mac;
        self.dice = Dice::new(u32::from_be_bytes([a, b, c, d]) ^ now.wrapping_mul(SPREAD));
        self.lease[Field::Address] = [0; 4];
        self.news = Step::Idle;
        self.conflict = false;
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

    /// Ends. The lease is not given back.
    pub fn stop(&mut self) {
        self.state = State::Off;
    }

    /// Ends, and has the lease given back.
    pub fn release(&mut self, now: u32) {
        self.lose(State::Off, now);
    }

    /// How far it is.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The lease; its address is 0.0.0.0 while there is none.
    #[inline(never)]
    pub const fn lease(&self) -> &Reply {
        &self.lease
    }

    /// The name of the domain that came with it; empty for none.
    pub fn domain(&self) -> &[u8] {
        self.domain.bytes()
    }

    /// Seconds that the lease has left; [`FOREVER`] for ever.
    pub fn seconds_left(&self) -> u32 {
        match self.lease.seconds(Field::Lease) {
            FOREVER => FOREVER,
            seconds => seconds.saturating_sub(self.age),
        }
    }

    /// Whether no answer is to be expected for now: the lease is good, and nothing
    /// was asked, or too long ago.
    pub const fn rests(&self, now: u32) -> bool {
        self.state.is_leased()
            && (self.state as u8 == State::Bound as u8
                || now.wrapping_sub(self.sent_at) >= ANSWER_MS)
    }

    /// Asks for the lease to go on before its time.
    pub fn renew(&mut self, now: u32) {
        if self.state == State::Bound {
            self.enter(State::Renewing, now);
        }
    }

    /// Somebody else has the chip's address (RFC 2131, 3.1.5): if it is the
    /// lease's, it is to be declined and given up.
    pub fn conflict(&mut self) {
        self.conflict = true;
    }

    /// Changes to a state, and makes its message, but for the address that is
    /// wanted and who offered it.
    #[inline(never)]
    fn enter(&mut self, state: State, now: u32) {
        self.state = state;
        self.tries = 0;
        self.due = now;
        self.ask_at = self.age;
        let message = &mut self.message;
        message.kind = match state {
            State::Off => Kind::Release,
            State::Selecting => Kind::Discover,
            State::Declining => Kind::Decline,
            _ => Kind::Request,
        };
        message.own = [0; 4];
        message.wanted = [0; 4];
        message.server = [0; 4];
        self.asked = [0; 4];
        if state.is_leased() {
            message.own = self.lease[Field::Address];
        }
        if state == State::Renewing {
            self.asked = self.lease[Field::Server];
        }
        // A request belongs to the offer before it.
        if state != State::Requesting {
            message.xid = self.dice.roll();
            self.began = now;
        }
    }

    /// The lease is no more, and another state follows.
    #[inline(never)]
    fn lose(&mut self, state: State, now: u32) {
        let address = self.lease[Field::Address];
        let server = self.lease[Field::Server];
        self.enter(state, now);
        let message = &mut self.message;
        match state {
            State::Off => {
                message.own = address;
                message.server = server;
                self.asked = server;
                return;
            }
            State::Declining => {
                message.wanted = address;
                message.server = server;
            }
            _ => {}
        }
        // A request may be refused before there is a lease.
        if address != [0; 4] {
            self.news = Step::Lost;
        }
        self.lease[Field::Address] = [0; 4];
    }

    /// Lets time pass, and tells what to do.
    #[inline(never)]
    pub fn step(&mut self, now: u32) -> Step {
        let conflict = core::mem::take(&mut self.conflict);
        let leased = self.state.is_leased();
        if leased {
            match conflict {
                true => self.lose(State::Declining, now),
                false => self.step_lease(now),
            }
        }
        let news = core::mem::replace(&mut self.news, Step::Idle);
        if news != Step::Idle {
            return news;
        }
        if self.state == State::Off && self.message.kind != Kind::Release {
            return Step::Over;
        }
        let due = match leased {
            true => self.state != State::Bound && self.age >= self.ask_at,
            false => is_reached(now, self.due),
        };
        if !due {
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
        // A request tells the seconds of the first message of its transaction.
        if self.state != State::Requesting {
            let passed = now.wrapping_sub(self.began) / 1000;
            self.message.seconds = passed.min(0xFFFF) as u16;
        }
        Step::Send
    }

    fn step_lease(&mut self, now: u32) {
        self.count(now);
        let age = self.age;
        let seconds = self.lease.seconds(Field::Lease);
        if age >= seconds {
            self.lose(State::Selecting, now);
        } else if age >= self.lease.seconds(Field::T2) {
            if self.state != State::Rebinding {
                self.enter(State::Rebinding, now);
            }
        } else if age >= self.lease.seconds(Field::T1) && self.state == State::Bound {
            self.enter(State::Renewing, now);
        }
    }

    /// Lets the lease grow old.
    fn count(&mut self, now: u32) {
        let seconds = now.wrapping_sub(self.counted_to) / 1000;
        self.counted_to = self.counted_to.wrapping_add(seconds * 1000);
        self.age = self.age.wrapping_add(seconds);
    }

    /// The message that is due.
    pub const fn message(&self) -> &Outgoing {
        &self.message
    }

    /// Whom it is for: a server, or 255.255.255.255.
    pub fn to(&self) -> [u8; 4] {
        match self.state {
            State::Renewing | State::Off => self.asked,
            _ => EVERYBODY,
        }
    }

    /// The message went out.
    #[inline(never)]
    pub fn sent(&mut self, now: u32) {
        self.sent_at = now;
        match self.state {
            State::Off => {
                self.message.kind = Kind::None;
                self.lease[Field::Address] = [0; 4];
            }
            State::Declining => {
                self.enter(State::Selecting, now);
                self.due = now.wrapping_add(DECLINED_MS);
            }
            State::Renewing | State::Rebinding => {
                let end = match self.state {
                    State::Renewing => Field::T2,
                    _ => Field::Lease,
                };
                // Half of what is left (RFC 2131, 4.4.5): it is never asked for past its end.
                // A program that has it renewed before its time does not wait so long.
                let mut pause = self.lease.seconds(end).wrapping_sub(self.age) / 2;
                if pause < RENEWAL_S || self.age < self.lease.seconds(Field::T1) {
                    pause = RENEWAL_S;
                }
                self.ask_at = self.age.wrapping_add(pause);
            }
            _ => {
                // 4 s, doubled up to 64 s, each a second more or less (4.1).
                let pause = 4000u32 << self.tries.min(4);
                let jitter = self.dice.roll() % 2001;
                self.due = now.wrapping_add(pause + jitter - 1000);
                self.tries = self.tries.saturating_add(1);
            }
        }
    }

    /// A message of `length` bytes came from a server.
    #[inline(never)]
    pub fn hear(&mut self, now: u32, length: u16, read: &mut impl Read) {
        let mut reply = Reply::NONE;
        if reply.read(length, self.message.mac, self.message.xid, read) && self.receive(now, &reply)
        {
            self.domain.read(reply.domain, read);
        }
    }

    /// Takes what a server said; true if it is a lease.
    fn receive(&mut self, now: u32, reply: &Reply) -> bool {
        const OFFER: u8 = Kind::Offer as u8;
        const ACK: u8 = Kind::Ack as u8;
        const NAK: u8 = Kind::Nak as u8;
        let asks = matches!(
            self.state,
            State::Requesting | State::Rebooting | State::Renewing | State::Rebinding
        );
        let from_asked = self.asked == [0; 4] || self.asked == reply[Field::Server];
        if reply.kind == NAK && asks && from_asked {
            self.lose(State::Selecting, now);
            self.due = now.wrapping_add(REFUSED_MS);
            return false;
        }
        if !reply.is_usable() {
            return false;
        }
        let address = reply[Field::Address];
        if reply.kind == OFFER && self.state == State::Selecting {
            self.enter(State::Requesting, now);
            self.asked = reply[Field::Server];
            self.message.server = self.asked;
            self.message.wanted = address;
        }
        let Outgoing { own, wanted, .. } = self.message;
        let ours = address == own || address == wanted;
        if reply.kind != ACK || !asks || !from_asked || !ours {
            return false;
        }
        self.news = match own == [0; 4] {
            true => Step::Bound,
            false => Step::Renewed,
        };
        self.lease = *reply;
        self.lease.complete();
        self.state = State::Bound;
        self.age = 0;
        self.counted_to = self.sent_at;
        true
    }
}
