//! The four hardware sockets: who has which, and how one is had.

use super::datagram::LOST;
use super::table::{Kind, Socket};
use super::{Handle, Stack};
use crate::bus::Bus;
use crate::chip::Peer;
use crate::error::{Error, Result};
use crate::port::Port;
use crate::regs::{SOCKETS, Sn, Status, socket};

/// How long a connection may take to end after close, in milliseconds, if its
/// program did not say.
pub(super) const ORPHAN_MS: u32 = 10_000;

/// What a hardware socket is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Nothing.
    Free,
    /// In LISTEN for a listener; given up for whoever needs it more.
    Armed,
    /// Connected, waits for accept.
    Pending,
    /// A program's TCP connection, or one being made.
    Connection,
    /// A program's UDP or raw socket.
    Datagram,
    /// A connection that its program closed: the rest of its data goes out,
    /// then a FIN, for ten seconds or its linger time at most.
    Orphan,
    /// A datagram socket that its program closed while its last datagram was
    /// under way, which may take as long as ARP does.
    Leaving,
}

/// Beside the roles: a hardware socket without memory can have none.
pub const ROLE_ABSENT: u8 = 7;

impl Role {
    /// True for [`Role::Datagram`], of which there is none without the feature.
    pub(super) const fn is_datagram(self) -> bool {
        cfg!(feature = "udp") && matches!(self, Role::Datagram)
    }

    /// True for [`Role::Leaving`], likewise.
    pub(super) const fn is_leaving(self) -> bool {
        cfg!(feature = "udp") && matches!(self, Role::Leaving)
    }
}

/// How far this side's end of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fin {
    /// Sending is open.
    Open,
    /// To be sent when all data is acknowledged: the chip's DISCON does not
    /// wait for that by itself.
    Wanted,
    /// Sent.
    Sent,
}

/// One hardware socket, as the stack knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hardware {
    pub(super) role: Role,
    /// The slot of the program socket it belongs to.
    pub(super) owner: u8,
    pub(super) fin: Fin,
    /// Sn_SR as last seen.
    pub(super) status: Status,
    /// Data was announced and not looked at.
    pub(super) received: bool,
    /// TCP: `peer` is known. UDP: it is what the chip's registers hold.
    pub(super) peer_known: bool,
    /// UDP: connected to `peer`.
    pub(super) filtered: bool,
    /// UDP: the next SEND goes to the MAC of a group.
    pub(super) to_group: bool,
    pub(super) peer: Peer,
    /// UDP: the group it is a member of, all zero for none.
    pub(super) group: [u8; 4],
    /// UDP: bytes of a datagram that is not complete yet.
    pub(super) collected: u16,
    /// When it arrived, or was closed by its program, in order.
    pub(super) arrival: u16,
    /// Orphan: when its program closed it. Datagram: when its last SEND began.
    pub(super) since: u32,
    /// When `status` last changed.
    pub(super) status_since: u32,
    /// When the last byte moved.
    pub(super) active: u32,
    /// Keepalive: when the last byte moved, or the last probe went out.
    pub(super) probed: u32,
    /// Keepalive: probes of this round.
    pub(super) probes: u8,
    /// Orphan: milliseconds it may take to end.
    pub(super) limit: u32,
    /// What the feature `stats` keeps.
    #[cfg(feature = "stats")]
    pub(super) ledger: super::ledger::Ledger,
}

impl Hardware {
    pub(super) const FREE: Hardware = Hardware {
        role: Role::Free,
        owner: 0,
        fin: Fin::Open,
        status: Status::CLOSED,
        received: false,
        peer_known: false,
        filtered: false,
        to_group: false,
        peer: Peer {
            ip: [0; 4],
            port: 0,
        },
        group: [0; 4],
        collected: 0,
        arrival: 0,
        since: 0,
        status_since: 0,
        active: 0,
        probed: 0,
        probes: 0,
        limit: 0,
        #[cfg(feature = "stats")]
        ledger: super::ledger::Ledger::NEW,
    };

    /// The other side, as far as it was told or asked for.
    pub(super) fn known_peer(&self) -> Option<Peer> {
        (self.peer_known || self.filtered).then_some(self.peer)
    }

    /// What the ring held is lost, and with it the parts of a datagram.
    pub(super) fn lose_parts(&mut self) {
        if self.collected != 0 {
            self.collected = LOST;
        }
    }

    /// Nobody's, and with nothing to wait for. The next OPEN sets the rest.
    pub(super) fn free(&mut self) {
        self.role = Role::Free;
        self.fin = Fin::Open;
    }
}

impl<B: Bus, P: Port> Stack<B, P> {
    #[inline(never)]
    pub(super) fn hw(&mut self, sn: Sn) -> &mut Hardware {
        &mut self.hardware[sn.index()]
    }

    /// A byte moved. What follows from silence has to be asked for.
    pub(super) fn touch(&mut self, sn: Sn) {
        if cfg!(feature = "options") {
            let now = self.now();
            let hw = self.hw(sn);
            hw.active = now;
            hw.probed = now;
            hw.probes = 0;
        }
    }

    /// True if `sn` is in `role` for the program socket in slot `owner`.
    pub(super) fn is(&self, sn: Sn, role: Role, owner: usize) -> bool {
        let hw = &self.hardware[sn.index()];
        hw.role == role && usize::from(hw.owner) == owner
    }

    /// Hardware sockets in `role` for `owner`.
    pub(super) fn count(&self, role: Role, owner: usize) -> usize {
        Sn::all().filter(|sn| self.is(*sn, role, owner)).count()
    }

    /// A hardware socket that nothing uses.
    pub(super) fn free_socket(&self) -> Option<Sn> {
        Sn::all().find(|sn| self.hardware[sn.index()].role == Role::Free && self.chip.has(*sn))
    }

    /// Gets a hardware socket for a program that needs one: a free one, else
    /// an armed one (rather from a listener with two), else the oldest orphan. One
    /// that is kept for services is for a `service` alone.
    ///
    /// # Errors
    /// [`Error::NoHardwareSocket`].
    pub(super) fn claim(&mut self, kind: Kind, service: bool) -> Result<Sn> {
        // MACRAW is for the first one alone.
        let among = if kind.is_packet() { 1 } else { SOCKETS };
        // One that turns out to have a client is not offered again.
        for _ in 0..SOCKETS + 1 {
            let claimable = self.claimable(service);
            if claimable == 0 {
                break;
            }
            let sn = self
                .most_available(among, claimable > 1)
                .ok_or(Error::NoHardwareSocket)?;
            if self.hw(sn).role != Role::Armed || self.disarm(sn)? {
                self.free_hardware(sn)?;
                return Ok(sn);
            }
        }
        Err(Error::NoHardwareSocket)
    }

    /// How many of those that are kept, if one is, this claim may take.
    #[cfg(not(any(feature = "dhcp", feature = "dns")))]
    pub(super) const fn claimable(&self, _service: bool) -> usize {
        usize::MAX
    }

    fn most_available(&self, among: usize, free: bool) -> Option<Sn> {
        const ARMED: u32 = 1 << 31;
        let now = self.now();
        let mut best = None;
        let mut most = 0;
        for sn in Sn::all().take(among).filter(|sn| self.chip.has(*sn)) {
            let hw = &self.hardware[sn.index()];
            let availability = match hw.role {
                Role::Free if free => u32::MAX,
                Role::Armed if hw.status == Status::LISTEN => {
                    ARMED + self.count(Role::Armed, hw.owner.into()) as u32
                }
                Role::Orphan | Role::Leaving => {
                    now.wrapping_sub(hw.since).saturating_add(1) & !ARMED
                }
                _ => 0,
            };
            if availability > most {
                most = availability;
                best = Some(sn);
            }
        }
        best
    }

    /// Whether an armed socket may be taken away from its listener: not once a
    /// client came.
    pub(super) fn disarm(&mut self, sn: Sn) -> Result<bool> {
        let status = self.chip.status(sn)?;
        if status.has_left_listen() {
            self.saw(sn, status, false);
            return Ok(false);
        }
        Ok(true)
    }

    /// Gets and opens a hardware socket for a program socket, which is bound to
    /// a free port if it is not bound.
    ///
    /// # Errors
    /// [`Error::NoHardwareSocket`], [`Error::BadHandle`],
    /// [`Error::NetworkDown`].
    pub(super) fn obtain(&mut self, handle: Handle, kind: Kind, role: Role) -> Result<Sn> {
        self.ensure_port(handle)?;
        let services = cfg!(any(feature = "dhcp", feature = "dns"));
        let service = services && self.table.get(handle)?.is_service();
        let sn = self.claim(kind, service)?;
        self.open(sn, role, handle.slot())?;
        self.table.get(handle)?.hardware = Some(sn);
        Ok(sn)
    }

    /// Opens `sn` for the program socket in slot `owner`.
    pub(super) fn open(&mut self, sn: Sn, role: Role, owner: usize) -> Result<()> {
        let since = self.now();
        *self.hw(sn) = Hardware {
            owner: owner as u8,
            status_since: since,
            ..Hardware::FREE
        };
        self.touch(sn);
        self.open_again(sn)?;
        self.hw(sn).role = role;
        Ok(())
    }

    /// Has the chip open `sn` as its owner has it.
    pub(super) fn open_again(&mut self, sn: Sn) -> Result<()> {
        let Hardware { owner, group, .. } = *self.hw(sn);
        let Some(&mut Socket {
            kind,
            port,
            settings,
            ..
        }) = self.table.at(usize::from(owner))
        else {
            return Ok(());
        };
        #[cfg(feature = "stats")]
        {
            self.hw(sn).ledger.port = port;
        }
        let options = settings.options();
        let mode = match kind {
            _ if !kind.is_datagram() => match options.delayed_ack {
                true => socket::MODE_TCP,
                false => socket::MODE_TCP | socket::MODE_NO_DELAYED_ACK,
            },
            Kind::Packet if kind.is_raw() => match options.promiscuous {
                true => socket::MODE_MACRAW,
                false => socket::MODE_MACRAW | socket::MODE_MAC_FILTER,
            },
            Kind::Raw(protocol) if kind.is_raw() => {
                self.chip.set_protocol(sn, protocol)?;
                socket::MODE_IPRAW
            }
            _ if group != [0; 4] => {
                self.chip.set_group_mac(sn, group)?;
                self.chip.set_peer(sn, Peer { ip: group, port })?;
                socket::MODE_UDP | socket::MODE_MULTICAST
            }
            _ => socket::MODE_UDP,
        };
        if cfg!(feature = "options") || kind.is_datagram() {
            self.write_header_fields(sn, options, group != [0; 4])?;
        }
        self.chip.open(sn, mode, port)?;
        if kind.is_datagram() {
            self.hw(sn).status = Status::UDP;
        }
        Ok(())
    }

    /// Closes `sn` silently, and has nobody use it. It is free even if the
    /// chip fails, since the next OPEN begins anew.
    pub(super) fn free_hardware(&mut self, sn: Sn) -> Result<()> {
        if self.hw(sn).role == Role::Free {
            return Ok(());
        }
        self.forget(sn);
        self.chip.close(sn)
    }

    /// Has nobody use `sn`, without a word to the chip.
    pub(super) fn forget(&mut self, sn: Sn) {
        let Hardware {
            role, fin, arrival, ..
        } = *self.hw(sn);
        // The FIN goes out when all is acknowledged. It is for a close that waits.
        if cfg!(feature = "options") && role == Role::Orphan && fin == Fin::Sent {
            self.ended[sn.index()] = arrival;
        }
        self.hw(sn).free();
        self.changed = true;
    }

    /// The peer of a connection; asked of the chip once.
    pub(super) fn peer_of(&mut self, sn: Sn) -> Result<Peer> {
        if !self.hw(sn).peer_known {
            let peer = self.chip.peer(sn)?;
            let hw = self.hw(sn);
            hw.peer = peer;
            hw.peer_known = true;
        }
        Ok(self.hw(sn).peer)
    }
}
