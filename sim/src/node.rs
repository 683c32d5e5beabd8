//! What everything with an Ethernet port has in common.

/// Microseconds since the world began.
pub type Micros = u64;

/// Something with an Ethernet port.
pub trait Node {
    /// A frame arrives (Ethernet II, no FCS).
    fn receive(&mut self, now: Micros, frame: &[u8]);

    /// Do what is due at `now`; frames to send are pushed on `out`.
    fn poll(&mut self, now: Micros, out: &mut Vec<Vec<u8>>);

    /// When `poll` wants to be called next if nothing arrives (`None`: never).
    fn wake_at(&self, now: Micros) -> Option<Micros>;
}
