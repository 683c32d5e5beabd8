//! A network of the program's own, to which nothing outside it is connected.

use std::io;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};

/// Move the calling thread into a new network namespace. Threads and programs that it starts
/// from then on are in it too; other threads stay where they are.
///
/// The namespace has no name and no interface but a loopback that is down; it ends, with all
/// interfaces made in it, when the last thread in it has ended and the last of its sockets is
/// closed, whatever ends them. So a test leaves nothing behind, even when it is killed.
///
/// # Errors
/// `PermissionDenied` when the thread lacks CAP_SYS_ADMIN (root has it, and so has a program
/// under `unshare --map-root-user`).
pub fn own_network() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| {
        let advice = match error {
            Errno::EPERM => "; needed: CAP_SYS_ADMIN (root, or `unshare --map-root-user`)",
            _ => "",
        };
        let kind = io::Error::from(error).kind();
        io::Error::new(kind, format!("a network namespace: {error}{advice}"))
    })
}
