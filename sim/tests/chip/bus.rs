//! Frames, chip select and the parallel bus.

use w5100_sim::ChipOptions;

use crate::bench::*;

fn bare() -> w5100_sim::Chip {
    w5100_sim::Chip::new(ChipOptions::default())
}

#[test]
fn frames_echo_their_position() {
    let mut chip = bare();
    let mut frame = [0x0F, 0x00, 0x17, 0xAA];
    chip.spi(0, &mut frame);
    assert_eq!(frame, [0, 1, 2, 0x07], "high byte of RTR");
    let mut frame = [0xF0, 0x00, 0x17, 0x12];
    chip.spi(0, &mut frame);
    assert_eq!(frame, [0, 1, 2, 3]);
    assert_eq!(chip.peek(0x0017), 0x12);
    let counters = chip.counters();
    assert_eq!(
        (counters.frames, counters.reads, counters.writes),
        (2, 1, 1)
    );
    assert_eq!(counters.violations, 0);
}

#[test]
fn broken_frames_are_counted_and_do_nothing() {
    let mut chip = bare();
    chip.spi(0, &mut [0xAA, 0x00, 0x17, 0x12]);
    assert_eq!(chip.counters().violations, 1, "unknown opcode");
    chip.select(true);
    for byte in [0xF0, 0x00, 0x17] {
        chip.clock_byte(0, byte);
    }
    chip.select(false);
    assert_eq!(chip.counters().violations, 2, "chip select early");
    assert_eq!(chip.peek(0x0017), 0x07);
    chip.select(true);
    for byte in [0xF0, 0x00, 0x17, 0x12, 0xF0, 0x00, 0x18, 0x34] {
        chip.clock_byte(0, byte);
    }
    chip.select(false);
    assert_eq!(chip.counters().violations, 3, "no bursts");
    assert_eq!((chip.peek(0x0017), chip.peek(0x0018)), (0x12, 0xD0));
}

#[test]
#[should_panic(expected = "LongFrame")]
fn a_violation_can_be_fatal() {
    let mut chip = w5100_sim::Chip::new(ChipOptions {
        fatal_violations: true,
        ..ChipOptions::default()
    });
    chip.select(true);
    for byte in [0x0F, 0x00, 0x17, 0x00, 0x0F] {
        chip.clock_byte(0, byte);
    }
}

#[test]
fn bytes_without_chip_select_are_not_ours() {
    let mut chip = bare();
    for byte in [0xF0, 0x00, 0x17, 0x12] {
        assert_eq!(chip.clock_byte(0, byte), 0);
    }
    assert_eq!(chip.peek(0x0017), 0x07);
    assert_eq!(chip.counters().frames, 0);
}

#[test]
fn addresses_outside_the_map_are_counted() {
    let mut bench = Bench::one(ChipOptions::default());
    for addr in [0x0030, 0x0200, 0x0430, 0x0800, 0x3FFF, 0x8000] {
        let before = bench.chips[0].counters().misuses;
        assert_eq!(bench.read(0, addr), 0);
        assert_eq!(bench.chips[0].counters().misuses, before + 1, "{addr:04x}");
    }
}

#[test]
fn the_direct_bus_reaches_the_same_registers() {
    let mut chip = bare();
    assert_eq!(chip.parallel_read(0, 0x0019), 8);
    chip.parallel_write(0, 0x4123, 0x5A);
    assert_eq!(chip.peek(0x4123), 0x5A);
    chip.parallel_write(0, 0x8019, 3);
    assert_eq!(chip.peek(0x0019), 3, "there are 15 address lines");
}

#[test]
fn the_indirect_bus_advances_only_with_ai() {
    let mut chip = bare();
    chip.indirect_write(0, 0, 0x03);
    assert_eq!(chip.peek(0x0000), 0x03, "MR.IND and MR.AI");
    chip.indirect_write(0, 1, 0x40);
    chip.indirect_write(0, 2, 0xFF);
    for byte in [1, 2, 3] {
        chip.indirect_write(0, 3, byte);
    }
    assert_eq!(
        [0x40FF, 0x4100, 0x4101].map(|addr| chip.peek(addr)),
        [1, 2, 3]
    );
    assert_eq!(
        (chip.indirect_read(0, 1), chip.indirect_read(0, 2)),
        (0x41, 0x02)
    );

    chip.indirect_write(0, 0, 0x01);
    chip.indirect_write(0, 2, 0x00);
    assert_eq!([chip.indirect_read(0, 3), chip.indirect_read(0, 3)], [2, 2]);
}

#[test]
fn without_ind_the_two_lines_are_plain_addresses() {
    let mut chip = bare();
    chip.indirect_write(0, 1, 10);
    chip.indirect_write(0, 3, 12);
    assert_eq!((chip.peek(0x0001), chip.peek(0x0003)), (10, 12), "GAR");
}
