use super::{SimWorld, attempt, status};
use crate::chip::{ChipOptions, ResetStyle};
use crate::world::ChipHandle;

/// A simulated W5100.
pub struct SimChip {
    pub(super) chip: ChipHandle,
}

/// Answer with the sequence numbers of RFC 9293: the peer sees "refused".
pub const W5100_SIM_RESET_RFC: u8 = 0;
/// Answer with zero sequence and acknowledgment numbers: the peer times out.
pub const W5100_SIM_RESET_ZERO: u8 = 1;
/// Do not answer.
pub const W5100_SIM_RESET_SILENT: u8 = 2;

/// Choices where documents and known drivers disagree about the chip.
#[repr(C)]
pub struct SimOptions {
    /// sizeof(w5100_sim_options): lets the struct grow.
    pub size: u32,
    /// Sn_DHAR, DIPR, DPORT, MSSR, TX_WR and RX_RD read as before until a command takes them.
    pub latched_registers: bool,
    /// IMR gates the bits of IR besides the /INT line.
    pub imr_gates_ir: bool,
    /// A TCP connection starts with TX_RD and TX_WR at a random value, else at zero.
    pub random_tx_pointers: bool,
    /// Received data can still be read after the socket is closed.
    pub rx_survives_close: bool,
    /// Sn_SR shows 11, 21 or 31 in place of 01 while an address is resolved.
    pub early_arp_status: bool,
    /// A broken frame rule makes the transfer fail (or ends the program, if the library was built
    /// to abort), besides being counted.
    pub fatal_violations: bool,
    /// How a SYN to a port without listener is answered: W5100_SIM_RESET_...
    pub refuse: u8,
    /// How any other segment of no known connection is answered: W5100_SIM_RESET_...
    pub stray: u8,
    /// Microseconds until a command is accepted and Sn_CR reads 0.
    pub command_time_us: u32,
    /// Microseconds a reset by MR.RST takes.
    pub reset_time_us: u32,
    /// Where initial sequence numbers come from.
    pub seed: u64,
}

/// What a chip has counted since it was made, wrapping. A reset does not clear it.
#[repr(C)]
pub struct SimCounters {
    /// SPI frames begun.
    pub frames: u32,
    /// Bytes read.
    pub reads: u32,
    /// Bytes written.
    pub writes: u32,
    /// Frames that broke the rules of chip select or opcode.
    pub violations: u32,
    /// Commands and accesses the datasheet gives no meaning to.
    pub misuses: u32,
    /// Commands accepted.
    pub commands: u32,
    /// Ethernet frames that arrived.
    pub packets_received: u32,
    /// Ethernet frames sent.
    pub packets_sent: u32,
    /// Ethernet frames or segments dropped.
    pub packets_dropped: u32,
}

/// Put a chip on the wire, as it is after power-up. It lives as long as the world. Returns the
/// chip, or NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_chip_new(world: Option<&SimWorld>) -> *mut SimChip {
    add(world, Some(ChipOptions::default()))
}

/// Like w5100_sim_chip_new(), with `options` (see w5100_sim_options_default()). NULL also when
/// they make no sense.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_chip_new_with(
    world: Option<&SimWorld>,
    options: Option<&SimOptions>,
) -> *mut SimChip {
    add(world, options.and_then(from_c))
}

/// Set `size` and the choices to those of w5100_sim_chip_new(). Returns 0, or W5100_SIM_ERROR for
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_options_default(out: Option<&mut SimOptions>) -> i32 {
    status(|| {
        let options = ChipOptions::default();
        *out? = SimOptions {
            size: size_of::<SimOptions>() as u32,
            latched_registers: options.latched_registers,
            imr_gates_ir: options.imr_gates_ir,
            random_tx_pointers: options.random_tx_pointers,
            rx_survives_close: options.rx_survives_close,
            early_arp_status: options.early_arp_status,
            fatal_violations: options.fatal_violations,
            refuse: W5100_SIM_RESET_RFC,
            stray: W5100_SIM_RESET_RFC,
            command_time_us: options.command_time as u32,
            reset_time_us: options.reset_time as u32,
            seed: options.seed,
        };
        Some(())
    })
}

/// The byte at `address` as an SPI read would give it, without its side effects or time. 0 for
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_peek(chip: Option<&SimChip>, address: u16) -> u8 {
    attempt(0, || Some(chip?.chip.with(|chip| chip.peek(address))))
}

/// Read the chip's counters. Returns 0, or W5100_SIM_ERROR for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_counters_get(
    chip: Option<&SimChip>,
    out: Option<&mut SimCounters>,
) -> i32 {
    status(|| {
        let (out, counters) = (out?, chip?.chip.counters());
        *out = SimCounters {
            frames: counters.frames as u32,
            reads: counters.reads as u32,
            writes: counters.writes as u32,
            violations: counters.violations as u32,
            misuses: counters.misuses as u32,
            commands: counters.commands as u32,
            packets_received: counters.packets_received as u32,
            packets_sent: counters.packets_sent as u32,
            packets_dropped: counters.packets_dropped as u32,
        };
        Some(())
    })
}

fn add(world: Option<&SimWorld>, options: Option<ChipOptions>) -> *mut SimChip {
    attempt(std::ptr::null_mut(), || {
        let (world, options) = (world?, options?);
        Some(SimWorld::keep(
            &world.chips,
            SimChip {
                chip: world.world.add_chip(options),
            },
        ))
    })
}

fn from_c(options: &SimOptions) -> Option<ChipOptions> {
    if options.size as usize != size_of::<SimOptions>() {
        return None;
    }
    Some(ChipOptions {
        seed: options.seed,
        latched_registers: options.latched_registers,
        imr_gates_ir: options.imr_gates_ir,
        random_tx_pointers: options.random_tx_pointers,
        rx_survives_close: options.rx_survives_close,
        early_arp_status: options.early_arp_status,
        refuse: reset_style(options.refuse)?,
        stray: reset_style(options.stray)?,
        command_time: options.command_time_us.into(),
        reset_time: options.reset_time_us.into(),
        fatal_violations: options.fatal_violations,
    })
}

fn reset_style(style: u8) -> Option<ResetStyle> {
    match style {
        W5100_SIM_RESET_RFC => Some(ResetStyle::Rfc),
        W5100_SIM_RESET_ZERO => Some(ResetStyle::Zero),
        W5100_SIM_RESET_SILENT => Some(ResetStyle::Silent),
        _ => None,
    }
}
