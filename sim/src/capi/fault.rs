use super::{SimChip, status};
use crate::chip::Faults;

/// No chip on the line while `on`: MISO stays at `miso` (0x00 or 0xFF) and nothing is executed.
/// NULL does nothing; so with all functions on faults. None of them blocks.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_fault_absent(chip: Option<&SimChip>, on: bool, miso: u8) {
    set(chip, |faults| faults.absent = on.then_some(miso));
}

/// Commands are never accepted while `on`: Sn_CR keeps its value.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_fault_hung(chip: Option<&SimChip>, on: bool) {
    set(chip, |faults| faults.hung = on);
}

/// Garble what comes back in every `every_nth` frame; 0: in none. With `lost` such a frame does
/// not reach the chip either.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_fault_echo(chip: Option<&SimChip>, every_nth: u32, lost: bool) {
    set(chip, |faults| {
        faults.corrupt_every = every_nth;
        faults.corrupt_lost = lost;
    });
}

/// Erratum 1: the next UDP or IPRAW SEND never finishes, nor any later one on that socket until
/// the chip is reset.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_fault_swallow_send(chip: Option<&SimChip>) {
    set(chip, |faults| faults.swallow_send = true);
}

/// The chip resets itself before the next frame, as after a drop of its supply.
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_fault_reset(chip: Option<&SimChip>) {
    set(chip, |faults| faults.reset_now = true);
}

/// Pull the Ethernet cable out of the chip (false), or put it back (true).
#[unsafe(no_mangle)]
pub extern "C" fn w5100_sim_plug(chip: Option<&SimChip>, plugged: bool) {
    status(|| {
        chip?.chip.plug(plugged);
        Some(())
    });
}

fn set(chip: Option<&SimChip>, change: impl FnOnce(&mut Faults)) {
    status(|| {
        chip?.chip.with(|chip| change(chip.faults_mut()));
        Some(())
    });
}
