//! The networks a chip can be plugged into.

pub(crate) mod forward;
pub(crate) mod host;
pub mod link;
pub mod packet;
pub mod peer;
pub(crate) mod tap;
pub mod wire;
