//! Reads GNU ld map files: which archive put how many bytes where.

/// Bytes that one archive contributes to a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contribution {
    /// Code, constants, and the initial values of variables.
    pub(crate) flash: u64,
    /// Variables, initialised and zeroed.
    pub(crate) ram: u64,
}

/// What the members of `archive` (a file name such as `libw5100.a`) put into
/// the program. Sections that the linker dropped are listed in an earlier part
/// of the map, which is passed over.
pub(crate) fn contribution(map: &str, archive: &str) -> Contribution {
    let mut sum = Contribution::default();
    let placed = map
        .split_once("\nLinker script and memory map")
        .map_or("", |(_, rest)| rest);
    let member_of = format!("{archive}(");
    let mut lines = placed.lines().peekable();
    while let Some(line) = lines.next() {
        // An input section stands one column in; its fields go on the next
        // line when its name is long.
        let Some(rest) = line
            .strip_prefix(' ')
            .filter(|rest| !rest.starts_with([' ', '*']))
        else {
            continue;
        };
        let mut fields: Vec<&str> = rest.split_whitespace().collect();
        if fields.len() == 1 {
            fields.extend(
                lines
                    .next_if(|next| next.starts_with("  "))
                    .unwrap_or("")
                    .split_whitespace(),
            );
        }
        let [section, _address, size, file, ..] = fields[..] else {
            continue;
        };
        let file = file.rsplit('/').next().unwrap_or(file);
        if !file.starts_with(&member_of) {
            continue;
        }
        let Some(size) = size
            .strip_prefix("0x")
            .and_then(|hex| u64::from_str_radix(hex, 16).ok())
        else {
            continue;
        };
        let (in_flash, in_ram) = memories(section);
        sum.flash += if in_flash { size } else { 0 };
        sum.ram += if in_ram { size } else { 0 };
    }
    sum
}

/// Whether an input section of this name takes flash, and whether it takes RAM.
fn memories(section: &str) -> (bool, bool) {
    let is = |name: &str| {
        section
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if [".data", ".sdata"].into_iter().any(is) {
        (true, true)
    } else if [".bss", ".sbss", "COMMON"].into_iter().any(is) {
        (false, true)
    } else {
        let constant = [
            ".text",
            ".rodata",
            ".srodata",
            ".ARM.exidx",
            ".ARM.extab",
            ".eh_frame",
        ]
        .into_iter();
        (constant.into_iter().any(is), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a map that GNU ld writes, shortened.
    const MAP: &str = "\
Archive member included to satisfy reference by file (symbol)

target/libw5100.a(w5100.o)
                              size_tcp.o (w5100_socket)

Discarded input sections

 .text.w5100_sendto
                0x00000000      0x400 target/libw5100.a(w5100.o)

Memory Configuration

Name             Origin             Length             Attributes
*default*        0x00000000         0xffffffff

Linker script and memory map

LOAD size_tcp.o
LOAD target/libw5100.a

.text           0x00008000      0x150
 *(.text .stub .text.*)
 .text.main     0x00008000       0x20 size_tcp.o
 .text.w5100_socket
                0x00008020      0x100 target/libw5100.a(w5100.o)
                0x00008020                w5100_socket
 *fill*         0x00008120        0x4
 .text.memcpy   0x00008124       0x10 target/libw5100.a(compiler_builtins.o)
 .text.libgcc   0x00008134       0x10 /usr/lib/libgcc.a(_udivsi3.o)

.rodata         0x00008150       0x30
 .rodata..Lanon.1
                0x00008150       0x30 target/libw5100.a(w5100.o)

.ARM.exidx      0x00008180        0x8
 .ARM.exidx.text.w5100_socket
                0x00008180        0x8 target/libw5100.a(w5100.o)

.data           0x00018180        0x8
 .data.first    0x00018180        0x8 target/libw5100.a(w5100.o)

.bss            0x00018188       0x40
 .bss.table     0x00018188       0x40 target/libw5100.a(w5100.o)
 .bss.own       0x000181c8       0x80 size_tcp.o

.debug_info     0x00000000     0x1000
 .debug_info    0x00000000     0x1000 target/libw5100.a(w5100.o)
 .comment       0x00000000       0x13 target/libw5100.a(w5100.o)
";

    #[test]
    fn every_member_of_the_archive_counts_and_nothing_else() {
        let sum = contribution(MAP, "libw5100.a");
        assert_eq!(sum.flash, 0x100 + 0x10 + 0x30 + 0x8 + 0x8);
        assert_eq!(sum.ram, 0x8 + 0x40);
    }

    #[test]
    fn another_archive_is_told_apart() {
        assert_eq!(
            contribution(MAP, "libgcc.a"),
            Contribution {
                flash: 0x10,
                ram: 0
            }
        );
        assert_eq!(contribution(MAP, "w5100.a"), Contribution::default());
    }

    #[test]
    fn a_section_name_is_not_taken_for_a_longer_one() {
        assert_eq!(memories(".bss.table"), (false, true));
        assert_eq!(memories(".data"), (true, true));
        assert_eq!(memories(".debug_info"), (false, false));
        assert_eq!(memories(".texture"), (false, false));
    }
}
