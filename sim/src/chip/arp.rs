//! Address resolution (RFC 826), which the chip does for itself.

use core::net::Ipv4Addr;

use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol, Ipv4Address,
};

use super::core::Core;
use super::regs::{common, socket as reg, status};
use super::socket::{Socket, Task};
use crate::node::Micros;

/// A resolution under way: RCR + 1 requests, RTR apart.
#[derive(Debug)]
pub(crate) struct Resolve {
    hop: Ipv4Addr,
    due: Micros,
    requests: u8,
}

impl Resolve {
    /// When the next request, or the timeout, is due.
    pub(crate) fn due(&self) -> Micros {
        self.due
    }
}

fn send(core: &mut Core, operation: ArpOperation, to: EthernetAddress, ip: Ipv4Address) {
    let asks = operation == ArpOperation::Request;
    let repr = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: core.mac(),
        source_protocol_addr: core.ip(),
        target_hardware_addr: if asks { EthernetAddress([0; 6]) } else { to },
        target_protocol_addr: ip,
    };
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    core.send_frame(to, EthernetProtocol::Arp, &bytes);
}

/// An ARP packet arrives: answers it, looks for an address conflict, and returns the sender's
/// pair of addresses.
pub(crate) fn receive(core: &mut Core, bytes: &[u8]) -> Option<(Ipv4Addr, EthernetAddress)> {
    let packet = ArpPacket::new_checked(bytes).ok()?;
    let Ok(ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr,
        source_protocol_addr,
        target_protocol_addr,
        ..
    }) = ArpRepr::parse(&packet)
    else {
        return None;
    };
    let own = core.ip();
    if own.is_unspecified() {
        return Some((source_protocol_addr, source_hardware_addr));
    }
    if source_protocol_addr == own && source_hardware_addr != core.mac() {
        core.regs[common::IR] |= common::IR_CONFLICT;
    }
    if operation == ArpOperation::Request && target_protocol_addr == own {
        send(
            core,
            ArpOperation::Reply,
            source_hardware_addr,
            source_protocol_addr,
        );
    }
    Some((source_protocol_addr, source_hardware_addr))
}

impl Socket {
    /// Starts looking for the hardware address behind DIPR; Sn_SR shows ARP meanwhile.
    ///
    /// Returns the address at once when it is a broadcast or was resolved before.
    pub(crate) fn resolve(&mut self, core: &Core, now: Micros) -> Option<EthernetAddress> {
        let target = self.peer_ip();
        if core.is_broadcast(target) {
            return Some(EthernetAddress::BROADCAST);
        }
        if let Some((known, mac)) = self.neighbour
            && known == target
        {
            return Some(mac);
        }
        self.set_status(status::ARP);
        self.task = Task::Resolve(Resolve {
            hop: core.next_hop(target),
            due: now,
            requests: 0,
        });
        None
    }

    /// Some host's addresses became known. True when this socket was waiting for them.
    pub(crate) fn learn(&mut self, ip: Ipv4Addr, mac: EthernetAddress) -> bool {
        let waits = matches!(&self.task, Task::Resolve(resolve) if resolve.hop == ip);
        if waits {
            self.task = Task::Idle;
            self.neighbour = Some((self.peer_ip(), mac));
            self.set(reg::DHAR, mac.as_bytes());
        }
        waits
    }

    /// Sends the request that is due. True when the last one went unanswered.
    pub(crate) fn poll_resolve(&mut self, core: &mut Core, now: Micros) -> bool {
        let Task::Resolve(resolve) = &mut self.task else {
            return false;
        };
        if now < resolve.due {
            return false;
        }
        if resolve.requests > core.retry_count() {
            self.task = Task::Idle;
            return true;
        }
        send(
            core,
            ArpOperation::Request,
            EthernetAddress::BROADCAST,
            resolve.hop,
        );
        resolve.requests = resolve.requests.saturating_add(1);
        resolve.due = now + core.retry_time();
        false
    }
}
