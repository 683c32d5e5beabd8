//! What a DHCP server says, as smoltcp writes it.

use smoltcp::wire::{
    DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, EthernetAddress, Ipv4Address,
};

pub(crate) const MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
pub(crate) const XID: u32 = 0x1234_5678;
pub(crate) const OFFERED: [u8; 4] = [10, 0, 0, 50];
pub(crate) const SERVER: [u8; 4] = [10, 0, 0, 1];

/// A server's message that says all that a client asks for.
pub(crate) fn answer(kind: DhcpMessageType) -> DhcpRepr<'static> {
    DhcpRepr {
        message_type: kind,
        transaction_id: XID,
        secs: 0,
        client_hardware_address: EthernetAddress(MAC),
        client_ip: Ipv4Address::UNSPECIFIED,
        your_ip: OFFERED.into(),
        server_ip: Ipv4Address::UNSPECIFIED,
        router: Some(Ipv4Address::new(10, 0, 0, 254)),
        subnet_mask: Some(Ipv4Address::new(255, 255, 255, 0)),
        relay_agent_ip: Ipv4Address::UNSPECIFIED,
        broadcast: false,
        requested_ip: None,
        client_identifier: None,
        server_identifier: Some(SERVER.into()),
        parameter_request_list: None,
        dns_servers: None,
        max_size: None,
        lease_duration: Some(3600),
        renew_duration: Some(1800),
        rebind_duration: Some(3150),
        additional_options: &[],
    }
}

/// smoltcp's writer leaves T1 and T2 out, so they are put in here.
pub(crate) fn bytes_of(message: &DhcpRepr<'_>) -> Vec<u8> {
    let times = [(58, message.renew_duration), (59, message.rebind_duration)];
    let words = times.map(|(code, time)| (code, time.map(u32::to_be_bytes)));
    let times = words.iter().filter_map(|(kind, word)| {
        let data = word.as_ref()?.as_slice();
        Some(DhcpOption { kind: *kind, data })
    });
    let options: Vec<_> = times
        .chain(message.additional_options.iter().copied())
        .collect();
    let message = DhcpRepr {
        additional_options: &options,
        ..message.clone()
    };
    let mut bytes = vec![0; message.buffer_len()];
    message
        .emit(&mut DhcpPacket::new_unchecked(&mut bytes))
        .expect("it has room");
    bytes
}

/// A server's message that a client believes: for its MAC, with all that a lease takes.
pub(crate) fn honest(
    kind: DhcpMessageType,
    xid: u32,
    address: [u8; 4],
    server: [u8; 4],
) -> DhcpRepr<'static> {
    DhcpRepr {
        transaction_id: xid,
        your_ip: address.into(),
        router: Some(server.into()),
        server_identifier: Some(server.into()),
        ..answer(kind)
    }
}
