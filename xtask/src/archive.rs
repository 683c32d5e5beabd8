//! libw5100.a for bare metal: building it, and showing that it cannot panic.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Result, Workspace, capture, run};

/// Every bare-metal target the library is built for.
pub(crate) const BARE_METAL_TARGETS: [&str; 4] = [
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    "thumbv7em-none-eabihf",
    "riscv32imac-unknown-none-elf",
];

/// The target whose archive is searched for panics.
const PANIC_TARGET: &str = "thumbv7m-none-eabi";

/// Parts of the symbols that some path to a panic leaves in a linked program.
const PANIC_MARKS: [&str; 5] = [
    "panic",
    "unwrap_failed",
    "expect_failed",
    "slice_index",
    "rust_begin_unwind",
];

/// Panic symbols that are left, each with the reason why it cannot be reached.
const PANICS_EXPLAINED: [(&str, &str); 0] = [];

/// The library's features on bare metal, with all parts of `w5100.h` and with TCP alone.
pub(crate) const FULL: &str = "--features=bare-metal,udp,raw,options,events,stats,dhcp,dns";
/// The same and the socket layer of NETMF-style runtimes: everything.
pub(crate) const ALL: &str = "--features=bare-metal,udp,raw,options,events,stats,dhcp,dns,netmf";
/// All parts but the services.
pub(crate) const SOCKETS: &str = "--features=bare-metal,udp,raw,options,events,stats";
pub(crate) const TCP_ONLY: &str = "--features=bare-metal";

/// Builds the release archive for a bare-metal target and returns its path,
/// at which the next build for that target puts another.
pub(crate) fn build(workspace: &Workspace, target: &str, features: &str) -> Result<PathBuf> {
    run(workspace
        .cargo()
        .args(["rustc", "--quiet", "--release", "--package=w5100", "--lib"])
        .args(["--crate-type=staticlib", "--target", target])
        .args(["--no-default-features", features]))?;
    Ok(workspace.target.join(target).join("release/libw5100.a"))
}

/// The archive builds for every bare-metal target.
pub(crate) fn build_all(workspace: &Workspace) -> Result {
    for target in BARE_METAL_TARGETS {
        let archive = build(workspace, target, ALL)?;
        println!("{target}: {} bytes", archive.metadata()?.len());
    }
    Ok(())
}

/// No exported function reaches a panic, with all parts or with TCP alone.
pub(crate) fn check_panic_free(workspace: &Workspace) -> Result {
    for (name, features) in [("all features", ALL), ("TCP only", TCP_ONLY)] {
        let count = panic_free_exports(workspace, features)
            .map_err(|error| format!("archive with {name}: {error}"))?;
        println!("{name}: {count} exported functions, no path to a panic");
    }
    Ok(())
}

/// Links a program that keeps every exported function and nothing else, and
/// fails when the linker kept a panic too. Returns how many functions.
fn panic_free_exports(workspace: &Workspace, features: &str) -> Result<usize> {
    let archive = build(workspace, PANIC_TARGET, features)?;
    let listing = symbol_listing(&archive)?;
    let exports = exported_functions(&listing);
    if exports.is_empty() {
        return Err(format!("{} exports no function", archive.display()).into());
    }
    let program = workspace.output_dir("panic-free")?.join("all_exports.elf");
    run(Command::new("arm-none-eabi-gcc")
        .args(["-mcpu=cortex-m3", "-mthumb", "-nostdlib"])
        .args(["-Wl,--gc-sections", "-Wl,--entry=0"])
        .args(exports.iter().map(|name| format!("-Wl,--undefined={name}")))
        .arg("-o")
        .arg(&program)
        .arg(&archive)
        .arg("-lgcc"))?;
    let linked = symbol_listing(&program)?;
    let kept = exported_functions(&linked).len();
    if kept != exports.len() {
        return Err(format!("only {kept} of {} exports were linked", exports.len()).into());
    }
    let panics = unexplained_panics(&linked);
    if !panics.is_empty() {
        return Err(format!("a panic can be reached from C: {}", panics.join(", ")).into());
    }
    Ok(kept)
}

fn symbol_listing(file: &Path) -> Result<String> {
    let nm = "arm-none-eabi-nm";
    capture(
        Command::new(nm)
            .args(["--defined-only", "--quiet"])
            .arg(file),
    )
}

/// The names in an `nm` listing, each with its type letter.
fn symbols(listing: &str) -> impl Iterator<Item = (&str, &str)> {
    listing.lines().filter_map(|line| {
        let mut words = line.split_whitespace().rev();
        let name = words.next()?;
        Some((words.next()?, name))
    })
}

/// The C functions the library exports.
fn exported_functions(listing: &str) -> Vec<&str> {
    symbols(listing)
        .filter(|(kind, name)| {
            *kind == "T" && (name.starts_with("w5100_") || name.starts_with("WIZnet_"))
        })
        .map(|(_, name)| name)
        .collect()
}

fn unexplained_panics(listing: &str) -> Vec<&str> {
    symbols(listing)
        .map(|(_, name)| name)
        .filter(|name| PANIC_MARKS.iter().any(|mark| name.contains(mark)))
        .filter(|name| {
            !PANICS_EXPLAINED
                .iter()
                .any(|(explained, _)| name.contains(explained))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "
w5100.w5100.1.rcgu.o:
00000000 T w5100_socket
00000000 t w5100_local_helper
00000000 T WIZnet_Enable
00000000 r w5100_table
00000000 W memcpy
00000010 t _RNvNtCs8_4core9panicking18panic_bounds_check
00000012 t _RNvCs1_7___rustc17rust_begin_unwind
";

    #[test]
    fn exports_are_the_global_functions_with_our_prefixes() {
        assert_eq!(
            exported_functions(LISTING),
            ["w5100_socket", "WIZnet_Enable"]
        );
    }

    #[test]
    fn panics_are_found_whether_local_or_global() {
        let panics = unexplained_panics(LISTING);
        assert_eq!(panics.len(), 2);
        assert!(panics[0].contains("panic_bounds_check"));
        assert!(panics[1].contains("rust_begin_unwind"));
    }
}
