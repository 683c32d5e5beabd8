use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use super::{SimChip, SimPeer, address, attempt, guard, status, string};
use crate::net::link::Link;
use crate::world::World;

/// A clock, an Ethernet wire, and the chips and peers plugged into it.
#[allow(clippy::vec_box)] // C programs hold the addresses
pub struct SimWorld {
    pub(super) world: World,
    pub(super) chips: Mutex<Vec<Box<SimChip>>>,
    pub(super) peers: Mutex<Vec<Box<SimPeer>>>,
}

/// How the wire treats frames: see w5100_sim_link_set().
#[repr(C)]
pub struct SimLink {
    /// From one port of the switch to another, in microseconds.
    pub latency_us: u32,
    /// Frames lost, out of 1000.
    pub loss_permille: u16,
    /// Frames delivered twice, out of 1000.
    pub duplicate_permille: u16,
    /// Frames held back so that later ones overtake them, out of 1000.
    pub reorder_permille: u16,
    /// Nothing passes at all.
    pub partitioned: bool,
    /// How long a frame that is reordered is held back, in microseconds.
    pub reorder_delay_us: u32,
    /// Up to so many microseconds more than latency_us. It does not change the order of frames.
    pub jitter_us: u32,
    /// Frames with one bit of their IP packet turned over, out of 1000.
    pub corrupt_permille: u16,
}

impl SimWorld {
    pub(super) fn boxed(world: World) -> *mut Self {
        Box::into_raw(Box::new(Self {
            world,
            chips: Mutex::default(),
            peers: Mutex::default(),
        }))
    }

    /// Keep what the world owns, at an address that does not change.
    #[allow(clippy::vec_box)]
    pub(super) fn keep<T>(list: &Mutex<Vec<Box<T>>>, item: T) -> *mut T {
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(Box::new(item));
        list.last_mut()
            .map_or(std::ptr::null_mut(), |kept| &raw mut **kept)
    }
}

/// Make a wire with a virtual clock, for tests that always run the same way.
///
/// Time moves by 2290 ns for each SPI frame, by 1 us for each look at the clock, and to the next
/// thing that is due when every thread waits (w5100_sim_wait, w5100_sim_run_for). `seed` is where
/// all that is random comes from. Returns the world, or NULL when memory is short.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_wire(seed: u64) -> *mut SimWorld {
    guard(std::ptr::null_mut(), || SimWorld::boxed(World::wire(seed)))
}

/// Make a wire like that of w5100_sim_wire(), but in real time and without latency. A thread of
/// the library's own does what is due. Returns the world, or NULL when the thread cannot be had.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_wire_in_real_time(seed: u64) -> *mut SimWorld {
    attempt(std::ptr::null_mut(), || {
        Some(SimWorld::boxed(World::wire_in_real_time(seed).ok()?))
    })
}

/// Make a network in real time whose gateway is this computer's loopback interface.
///
/// TCP connections and datagrams of a chip to the gateway's address reach the same port of
/// 127.0.0.1; the way to a chip is opened with w5100_sim_forward_port(). The gateway answers ping.
/// `gateway_ip`: 4 bytes; its subnet is a /24. A thread of the library's own does the work.
/// Returns the world, or NULL when the thread or its sockets cannot be had.
///
/// cbindgen:ptrs-as-arrays=[[gateway_ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_forward(gateway_ip: *const u8) -> *mut SimWorld {
    attempt(std::ptr::null_mut(), || {
        // SAFETY: the module's contract; 4 bytes.
        let ip = unsafe { address(gateway_ip) }?;
        Some(SimWorld::boxed(World::forward(ip).ok()?))
    })
}

/// End a world with its chips and peers; their pointers are invalid from then on, connections
/// (w5100_sim_conn) are still to be freed. No other thread may be in a call with any of them. NULL
/// does nothing. Blocks until the world's own thread has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_free(world: *mut SimWorld) {
    if !world.is_null() {
        // SAFETY: the module's contract: it came from SimWorld::boxed and was not freed.
        guard((), || drop(unsafe { Box::from_raw(world) }));
    }
}

/// One more thread takes part in the virtual clock: time jumps only while as many threads wait as
/// take part. To leave no gap, call it on behalf of a thread before that is created. Either all
/// threads that use the world take part, or none (which suits a single thread). A thread that
/// takes part must not block on anything else, such as pthread_join. No effect in real time.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_thread_enter(world: Option<&SimWorld>) {
    status(|| {
        world?.world.register_thread();
        Some(())
    });
}

/// One thread less takes part in the virtual clock: call it when a thread ends or is about to
/// block on something else.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_thread_leave(world: Option<&SimWorld>) {
    status(|| {
        world?.world.unregister_thread();
        Some(())
    });
}

/// Let the world run for `ms` milliseconds. Blocks; counts as waiting.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_run_for(world: Option<&SimWorld>, ms: u32) {
    status(|| {
        world?.world.run_for(ms);
        Some(())
    });
}

/// Microseconds since the world began; 0 for NULL. Reading takes no virtual time.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_now_us(world: Option<&SimWorld>) -> u64 {
    attempt(0, || Some(world?.world.now()))
}

/// What an SPI frame takes on the virtual clock, in nanoseconds; at first 2290 (14 MHz).
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_frame_time_set(world: Option<&SimWorld>, nanoseconds: u32) {
    status(|| {
        world?.world.set_frame_time(nanoseconds);
        Some(())
    });
}

/// Change how the wire treats frames sent from now on. At first a virtual wire has 50 us of
/// latency, a real-time one none, and neither has faults. Returns 0, or W5100_SIM_ERROR for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_link_set(world: Option<&SimWorld>, link: Option<&SimLink>) -> i32 {
    status(|| {
        let link = link?;
        world?.world.set_link(Link {
            latency_us: link.latency_us,
            loss_permille: link.loss_permille,
            duplicate_permille: link.duplicate_permille,
            reorder_permille: link.reorder_permille,
            reorder_delay_us: link.reorder_delay_us,
            jitter_us: link.jitter_us,
            corrupt_permille: link.corrupt_permille,
            partitioned: link.partitioned,
        });
        Some(())
    })
}

/// Read how the wire treats frames. Returns 0, or W5100_SIM_ERROR for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_link_get(world: Option<&SimWorld>, out: Option<&mut SimLink>) -> i32 {
    status(|| {
        let (out, link) = (out?, world?.world.link());
        *out = SimLink {
            latency_us: link.latency_us,
            loss_permille: link.loss_permille,
            duplicate_permille: link.duplicate_permille,
            reorder_permille: link.reorder_permille,
            partitioned: link.partitioned,
            reorder_delay_us: link.reorder_delay_us,
            jitter_us: link.jitter_us,
            corrupt_permille: link.corrupt_permille,
        };
        Some(())
    })
}

/// Draw what is random about the link anew from `seed`, from the next frame on. A wire begins with
/// its own seed, the other networks with 0.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_link_seed(world: Option<&SimWorld>, seed: u64) {
    status(|| {
        world?.world.seed_link(seed);
        Some(())
    });
}

/// Write all frames put on the wire from now on to a pcap file at `path` (UTF-8), which is
/// truncated. Returns 0, or W5100_SIM_ERROR when the file cannot be made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_capture(world: Option<&SimWorld>, path: *const c_char) -> i32 {
    status(|| {
        // SAFETY: the module's contract; a string that ends with a NUL.
        let path = unsafe { string(path) }?;
        world?.world.capture(path).ok()
    })
}

/// End the capture; the end of the world does so too. Returns 0, or W5100_SIM_ERROR when the file
/// could not be written in full.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_capture_stop(world: Option<&SimWorld>) -> i32 {
    status(|| world?.world.stop_capture().ok())
}

/// A hash over all frames put on the wire so far: when, from where and what. With one thread, the
/// same seed and the same calls give the same hash. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_trace_hash(world: Option<&SimWorld>) -> u64 {
    attempt(0, || Some(world?.world.trace_hash()))
}

/// Lead a TCP port of 127.0.0.1 to `chip_ip`:`chip_port` (4 bytes, host order).
///
/// `host_port` is the port to listen on; 0 takes any free one. Only for a world made by
/// w5100_sim_forward(). Returns the port listened on, or W5100_SIM_ERROR: it is taken, or this is
/// another kind of world.
///
/// cbindgen:ptrs-as-arrays=[[chip_ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_forward_port(
    world: Option<&SimWorld>,
    host_port: u16,
    chip_ip: *const u8,
    chip_port: u16,
) -> i32 {
    attempt(super::W5100_SIM_ERROR, || {
        // SAFETY: the module's contract; 4 bytes.
        let ip = unsafe { address(chip_ip) }?;
        Some(
            world?
                .world
                .forward_port(host_port, ip, chip_port)
                .ok()?
                .into(),
        )
    })
}

/// Like w5100_sim_forward_port(), for UDP: each sender is answered at the address it sent from.
///
/// cbindgen:ptrs-as-arrays=[[chip_ip; 4]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w5100_sim_forward_udp_port(
    world: Option<&SimWorld>,
    host_port: u16,
    chip_ip: *const u8,
    chip_port: u16,
) -> i32 {
    attempt(super::W5100_SIM_ERROR, || {
        // SAFETY: the module's contract; 4 bytes.
        let ip = unsafe { address(chip_ip) }?;
        Some(
            world?
                .world
                .forward_udp_port(host_port, ip, chip_port)
                .ok()?
                .into(),
        )
    })
}
