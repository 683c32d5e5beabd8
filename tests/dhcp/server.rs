//! A server on the wire, and the client's side of the lab.

use std::net::Ipv4Addr;

use smoltcp::wire::DhcpMessageType::{Ack, Discover, Nak, Offer, Request};
use smoltcp::wire::{DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, EthernetAddress};
use w5100::error::Result;
use w5100::services::dhcp::State;
use w5100::stack::DhcpSettings;

use crate::bytes_of;
use crate::support::*;

/// What the server gives out.
pub(crate) const LEASED: [u8; 4] = [192, 168, 1, 77];
pub(crate) const SECONDS: u32 = 600;
const NAME_SERVERS: [u8; 8] = [192, 168, 1, 3, 192, 168, 1, 4];

/// No hardware socket is kept between renewals.
pub(crate) const BORROWS: DhcpSettings<'_> = DhcpSettings {
    host_name: &[],
    remembered: [0; 4],
    borrows: true,
};

/// A server that answers as it is told to, at the peer of the lab.
pub(crate) struct Server<'a> {
    lab: &'a Lab,
    pub(crate) refuses: bool,
    pub(crate) silent: bool,
    /// Seconds that its leases are good for.
    pub(crate) seconds: u32,
    pub(crate) heard: Vec<DhcpMessageType>,
    /// When, by the world's clock.
    pub(crate) heard_ms: Vec<u32>,
}

impl<'a> Server<'a> {
    pub(crate) fn new(lab: &'a Lab) -> Self {
        lab.peer.udp_bind(67);
        Self {
            lab,
            refuses: false,
            silent: false,
            seconds: SECONDS,
            heard: Vec::new(),
            heard_ms: Vec::new(),
        }
    }

    /// Time passes, the library is served, and so are its messages.
    pub(crate) fn pass(&mut self, ms: u32) {
        self.pass_in(ms, 10);
    }

    /// The same, in steps of so many milliseconds.
    pub(crate) fn pass_in(&mut self, ms: u32, step_ms: u32) {
        for _ in 0..ms / step_ms {
            self.lab.service();
            self.lab.world.run_for(step_ms);
            while let Some((from, data)) = self.lab.peer.udp_recv(67) {
                self.hear(*from.ip(), &data);
            }
        }
    }

    fn hear(&mut self, from: Ipv4Addr, data: &[u8]) {
        let packet = DhcpPacket::new_checked(data).expect("it is a message");
        let message = DhcpRepr::parse(&packet).expect("it makes sense");
        assert_eq!(message.client_hardware_address, EthernetAddress(MAC));
        self.heard.push(message.message_type);
        self.heard_ms.push(self.lab.world.now_ms());
        if message.client_ip != Ipv4Addr::UNSPECIFIED {
            assert_eq!(from, message.client_ip, "an address in use is the sender's");
        }
        let kind = match message.message_type {
            _ if self.silent => return,
            Discover => Offer,
            Request if self.refuses => Nak,
            Request => Ack,
            _ => return,
        };
        self.answer(kind, message.transaction_id, MAC, message.broadcast);
    }

    pub(crate) fn answer(&self, kind: DhcpMessageType, xid: u32, mac: [u8; 6], broadcast: bool) {
        let options = [
            DhcpOption {
                kind: 6,
                data: &NAME_SERVERS,
            },
            DhcpOption {
                kind: 15,
                data: b"lan.example",
            },
        ];
        let message = DhcpRepr {
            transaction_id: xid,
            client_hardware_address: EthernetAddress(mac),
            your_ip: LEASED.into(),
            router: Some(GATEWAY.into()),
            server_identifier: Some(PEER_IP.into()),
            lease_duration: Some(self.seconds),
            renew_duration: None,
            rebind_duration: None,
            additional_options: &options,
            ..crate::answer(kind)
        };
        let to = match broadcast {
            true => Ipv4Addr::BROADCAST,
            false => LEASED.into(),
        };
        assert!(self.lab.peer.udp_send(67, to, 68, &bytes_of(&message)));
    }
}

pub(crate) fn start(lab: &Lab, settings: &DhcpSettings<'_>) -> Result<()> {
    lab.device().with(|stack| stack.dhcp_start(settings))
}

pub(crate) fn state(lab: &Lab) -> State {
    lab.with(|stack| Ok(stack.dhcp_state().0))
}

pub(crate) fn own_ip(lab: &Lab) -> [u8; 4] {
    lab.with(|stack| Ok(stack.network()?.0.address.ip))
}

/// A lab whose client has its lease.
pub(crate) fn bound<'a>(lab: &'a Lab, settings: &DhcpSettings<'_>) -> Server<'a> {
    let mut server = Server::new(lab);
    start(lab, settings).expect("there is hardware");
    server.pass(1000);
    assert_eq!(state(lab), State::Bound);
    server
}
