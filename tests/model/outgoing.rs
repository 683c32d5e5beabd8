//! Datagrams on their way to the hosts.

/// A datagram that the program sent and a host is to get.
pub(crate) struct Outgoing {
    pub(crate) port: u16,
    pub(crate) host: usize,
    pub(crate) data: Vec<u8>,
    pub(crate) certain: bool,
}

/// Takes what a host got off the list of what it is to get; false if that is wrong.
pub(crate) fn delivered(list: &mut Vec<Outgoing>, host: usize, port: u16, data: &[u8]) -> bool {
    let mut skipped = Vec::new();
    for (at, one) in list.iter().enumerate() {
        if one.host != host || one.port != port {
            continue;
        }
        skipped.push(at);
        if one.data == data {
            for at in skipped.into_iter().rev() {
                list.remove(at);
            }
            return true;
        }
        if one.certain {
            return false;
        }
    }
    false
}
