use super::{SimConn, SimWorld, address, array, attempt, slice, slice_mut, status};
use crate::net::host::Identity;
use crate::net::peer::{PeerHandle, Service};

/// A host on the wire that a test drives.
pub struct SimPeer {
    pub(super) peer: PeerHandle,
}

/// Bytes wait for w5100_sim_conn_recv(); the window closes when nobody comes for them.
pub const W5100_SIM_SERVICE_MANUAL: u8 = 0;
/// Bytes are counted and thrown away; the peer closes when the other side has.
pub const W5100_SIM_SERVICE_DISCARD: u8 = 1;
/// Bytes are sent back; the peer closes when the other side has.
pub const W5100_SIM_SERVICE_ECHO: u8 = 2;

/// Put a host on the wire. It answers ARP, ping and TCP as every host does, and else does what it
/// is told. It lives as long as the world. All addresses are required; a gateway of 0.0.0.0 is
/// none. Returns the peer, or NULL for NULL. No function of a peer blocks: run the world to let
/// things happen.
///
/// cbindgen:ptrs-as-arrays=[[mac; 6], [ip; 4], [mask; 4], [gateway; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_new(
    world: Option<&SimWorld>,
    mac: *const u8,
    ip: *const u8,
    mask: *const u8,
    gateway: *const u8,
) -> *mut SimPeer {
    attempt(std::ptr::null_mut(), || {
        // SAFETY: the module's contract; 6 bytes.
        let mac = unsafe { array::<6>(mac) }?;
        // SAFETY: the module's contract; 4 bytes each.
        let (ip, mask, gateway) = unsafe { (address(ip)?, address(mask)?, address(gateway)?) };
        let gateway = (!gateway.is_unspecified()).then_some(gateway);
        let world = world?;
        let peer = world.world.add_peer(Identity {
            mac,
            ip,
            mask,
            gateway,
        });
        Some(SimWorld::keep(&world.peers, SimPeer { peer }))
    })
}

/// Begin a connection to `ip`:`port` (4 bytes, host order). Returns it (see
/// w5100_sim_conn_free()), or NULL for NULL.
///
/// cbindgen:ptrs-as-arrays=[[ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_connect(
    peer: Option<&SimPeer>,
    ip: *const u8,
    port: u16,
) -> *mut SimConn {
    attempt(std::ptr::null_mut(), || {
        // SAFETY: the module's contract; 4 bytes.
        let ip = unsafe { address(ip) }?;
        Some(SimConn::boxed(peer?.peer.connect(ip, port)))
    })
}

/// Take any number of connections to `port`, for w5100_sim_peer_accept(). Returns 0, or
/// W5100_SIM_ERROR for NULL or port 0.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_listen(peer: Option<&SimPeer>, port: u16) -> i32 {
    w5100_sim_peer_listen_service(peer, port, W5100_SIM_SERVICE_MANUAL)
}

/// Take any number of connections to `port` and give each a `service`, W5100_SIM_SERVICE_...,
/// accepted or not. Returns 0, or W5100_SIM_ERROR for NULL, port 0 or no such service.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_listen_service(
    peer: Option<&SimPeer>,
    port: u16,
    service: u8,
) -> i32 {
    status(|| {
        let service = self::service(service)?;
        let peer = peer.filter(|_| port != 0)?;
        peer.peer.listen_service(port, service);
        Some(())
    })
}

/// Refuse further connections to `port`.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_unlisten(peer: Option<&SimPeer>, port: u16) {
    status(|| {
        peer?.peer.unlisten(port);
        Some(())
    });
}

/// The oldest established connection to `port` that was not given out yet, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_accept(peer: Option<&SimPeer>, port: u16) -> *mut SimConn {
    attempt(std::ptr::null_mut(), || {
        Some(SimConn::boxed(peer?.peer.accept(port)?))
    })
}

/// Drop everything in both directions while `on`, as a host does whose power has failed.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_vanish(peer: Option<&SimPeer>, on: bool) {
    status(|| {
        peer?.peer.vanish(on);
        Some(())
    });
}

/// Hold acknowledgments back for up to `ms` milliseconds; 0 (at first) sends them at once.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_ack_delay(peer: Option<&SimPeer>, ms: u32) {
    status(|| {
        peer?.peer.ack_delay((ms > 0).then_some(ms));
        Some(())
    });
}

/// Buffers of connections made from now on, in bytes; at first 32 KiB each. The window a peer
/// offers is what is free of `receive`. Returns 0, or W5100_SIM_ERROR for NULL or a size that is 0
/// or above 1 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_buffers(
    peer: Option<&SimPeer>,
    receive: u32,
    transmit: u32,
) -> i32 {
    status(|| {
        let sizes = 1..=1 << 20;
        let fit = sizes.contains(&receive) && sizes.contains(&transmit);
        peer.filter(|_| fit)?
            .peer
            .set_buffers(receive as usize, transmit as usize);
        Some(())
    })
}

/// Open UDP port `port`; with `echo` it sends every datagram back. Returns 0, or W5100_SIM_ERROR
/// for NULL or port 0.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peer_udp_bind(peer: Option<&SimPeer>, port: u16, echo: bool) -> i32 {
    status(|| {
        let peer = &peer.filter(|_| port != 0)?.peer;
        if echo {
            peer.udp_echo(port)
        } else {
            peer.udp_bind(port)
        }
        Some(())
    })
}

/// Send `length` bytes as one datagram from port `from` to `ip`:`port`. Returns 0, or
/// W5100_SIM_ERROR: NULL, a port or address of 0, or the queue of 64 datagrams is full.
///
/// cbindgen:ptrs-as-arrays=[[ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_udp_send(
    peer: Option<&SimPeer>,
    from: u16,
    ip: *const u8,
    port: u16,
    data: *const u8,
    length: usize,
) -> i32 {
    status(|| {
        // SAFETY: the module's contract; 4 and `length` bytes.
        let (ip, data) = unsafe { (address(ip)?, slice(data, length)?) };
        peer?.peer.udp_send(from, ip, port, data).then_some(())
    })
}

/// Take the oldest datagram at `port`: up to `length` bytes of it, the rest is lost. The sender's
/// address goes to `from_ip` (4 bytes) and `from_port`; both may be NULL. Returns the datagram's
/// whole length, or W5100_SIM_ERROR when none waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_udp_recv(
    peer: Option<&SimPeer>,
    port: u16,
    data: *mut u8,
    length: usize,
    from_ip: *mut u8,
    from_port: Option<&mut u16>,
) -> i32 {
    attempt(super::W5100_SIM_ERROR, || {
        // SAFETY: the module's contract; `length` bytes.
        let data = unsafe { slice_mut(data, length) }?;
        let (from, payload) = peer?.peer.udp_recv(port)?;
        let copied = payload.len().min(data.len());
        data[..copied].copy_from_slice(&payload[..copied]);
        // SAFETY: the module's contract; 4 bytes.
        if let Some(out) = unsafe { from_ip.cast::<[u8; 4]>().as_mut() } {
            *out = from.ip().octets();
        }
        if let Some(out) = from_port {
            *out = from.port();
        }
        i32::try_from(payload.len()).ok()
    })
}

/// Send one ping of `length` bytes, 1472 at most. Returns 0, or W5100_SIM_ERROR for NULL or a
/// length above that.
///
/// cbindgen:ptrs-as-arrays=[[ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_ping(
    peer: Option<&SimPeer>,
    ip: *const u8,
    data: *const u8,
    length: usize,
) -> i32 {
    status(|| {
        // SAFETY: the module's contract; 4 and `length` bytes.
        let (ip, data) = unsafe { (address(ip)?, slice(data, length)?) };
        peer.filter(|_| length <= 1472)?.peer.ping(ip, data);
        Some(())
    })
}

/// Take the oldest answer to a ping: up to `length` bytes of its payload. Returns the payload's
/// whole length, or W5100_SIM_ERROR when none waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_ping_reply(
    peer: Option<&SimPeer>,
    data: *mut u8,
    length: usize,
) -> i32 {
    attempt(super::W5100_SIM_ERROR, || {
        // SAFETY: the module's contract; `length` bytes.
        let data = unsafe { slice_mut(data, length) }?;
        let (_, payload) = peer?.peer.ping_reply()?;
        let copied = payload.len().min(data.len());
        data[..copied].copy_from_slice(&payload[..copied]);
        i32::try_from(payload.len()).ok()
    })
}

/// Put a frame on the wire as it is: Ethernet II without FCS, 14 to 1514 bytes. Returns 0, or
/// W5100_SIM_ERROR for NULL or another length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_peer_inject(
    peer: Option<&SimPeer>,
    frame: *const u8,
    length: usize,
) -> i32 {
    status(|| {
        // SAFETY: the module's contract; `length` bytes.
        let frame = unsafe { slice(frame, length) }?;
        peer.filter(|_| (14..=1514).contains(&length))?
            .peer
            .inject(frame);
        Some(())
    })
}

pub(super) fn service(number: u8) -> Option<Service> {
    match number {
        W5100_SIM_SERVICE_MANUAL => Some(Service::Manual),
        W5100_SIM_SERVICE_DISCARD => Some(Service::Discard),
        W5100_SIM_SERVICE_ECHO => Some(Service::Echo),
        _ => None,
    }
}
