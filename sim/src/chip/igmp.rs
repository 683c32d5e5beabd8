//! Joining and leaving multicast groups (RFC 1112, RFC 2236).

use core::net::Ipv4Addr;

use smoltcp::wire::{EthernetAddress, IgmpPacket, IgmpRepr, IgmpVersion};

use super::core::{Core, Ipv4Header};
use super::regs::socket as reg;
use super::socket::Socket;

const PROTOCOL: u8 = 2;
const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);

/// Hardware address of an IPv4 group (RFC 1112, 6.4).
fn group_mac(group: Ipv4Addr) -> EthernetAddress {
    let [_, b, c, d] = group.octets();
    EthernetAddress([0x01, 0x00, 0x5E, b & 0x7F, c, d])
}

fn send(core: &mut Core, to: EthernetAddress, destination: Ipv4Addr, repr: &IgmpRepr) {
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut IgmpPacket::new_unchecked(&mut bytes[..]));
    let source = core.ip();
    core.send_ipv4(
        to,
        &Ipv4Header {
            protocol: PROTOCOL,
            source,
            destination,
            tos: 0,
            ttl: 1,
        },
        &bytes,
    );
}

/// True for a membership query about `group`, or about all groups.
pub(crate) fn asks_for(bytes: &[u8], group: Ipv4Addr) -> bool {
    let Ok(packet) = IgmpPacket::new_checked(bytes) else {
        return false;
    };
    matches!(
        IgmpRepr::parse(&packet),
        Ok(IgmpRepr::MembershipQuery { group_addr, .. })
            if group_addr == group || group_addr.is_unspecified()
    )
}

impl Socket {
    fn igmp_version(&self) -> IgmpVersion {
        if self.mode & reg::ND != 0 {
            IgmpVersion::Version1
        } else {
            IgmpVersion::Version2
        }
    }

    /// Reports membership of the group in DIPR to the hardware address in DHAR.
    pub(crate) fn join(&self, core: &mut Core) {
        let group_addr = self.peer_ip();
        let version = self.igmp_version();
        let report = IgmpRepr::MembershipReport {
            group_addr,
            version,
        };
        send(core, self.peer_mac(), group_addr, &report);
    }

    /// Tells the routers that the group is left; IGMPv1 has no such message.
    pub(crate) fn leave(&self, core: &mut Core) {
        if self.igmp_version() == IgmpVersion::Version2 {
            let leave = IgmpRepr::LeaveGroup {
                group_addr: self.peer_ip(),
            };
            send(core, group_mac(ALL_ROUTERS), ALL_ROUTERS, &leave);
        }
    }
}
