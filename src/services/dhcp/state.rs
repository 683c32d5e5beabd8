//! How far a client is, and what it has to do.

/// How far the client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Not started; or it only gives its lease back.
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

impl State {
    /// Whether there is a lease.
    pub const fn is_leased(self) -> bool {
        matches!(self, State::Bound | State::Renewing | State::Rebinding)
    }
}

/// What has to be done, one after the other until there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing until the time has passed, or a message comes.
    Idle,
    /// Send [`super::Dhcp::message`] to [`super::Dhcp::to`]; then [`super::Dhcp::sent`].
    Send,
    /// [`super::Dhcp::lease`] is a new one: take the address.
    Bound,
    /// It goes on, perhaps with other particulars.
    Renewed,
    /// It is over or refused, or somebody else has the address: give it up.
    Lost,
    /// The lease was given back.
    Over,
}
