//! `cargo xtask size`: what libw5100.a adds to a program.
//!
//! Each program in `firmware/size_*.c` is linked with nothing but the archive;
//! the linker's map then tells how many bytes come from there. memcpy and such
//! are Rust's own (compiler_builtins), in the archive, and count.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::linker_map::{Contribution, contribution};
use crate::report::Options;
use crate::workspace::{self, Result, Workspace};
use crate::{archive, setup};

/// A target and the C compiler that links for it.
struct Target {
    triple: &'static str,
    compiler: &'static str,
    flags: &'static str,
}

/// The first is the one with limits.
const TARGETS: [Target; 3] = [
    Target {
        triple: "thumbv7m-none-eabi",
        compiler: "arm-none-eabi-gcc",
        flags: "-mcpu=cortex-m3 -mthumb",
    },
    Target {
        triple: "thumbv6m-none-eabi",
        compiler: "arm-none-eabi-gcc",
        flags: "-mcpu=cortex-m0plus -mthumb",
    },
    Target {
        triple: "riscv32imac-unknown-none-elf",
        compiler: "riscv64-unknown-elf-gcc",
        flags: "-march=rv32imac -mabi=ilp32",
    },
];

/// As firmware/README.md says, and warnings are errors.
const FLAGS: &str = "-std=c11 -ffreestanding -Os -Wall -Wextra -Werror \
    -ffunction-sections -fdata-sections -Iinclude -nostartfiles -nostdlib \
    -Wl,--gc-sections -Wl,-z,noexecstack -Tfirmware/size.ld";

/// Each program, and the features of the library it is linked with: one that
/// is TCP only leaves the other parts out.
const PROGRAMS: [(&str, &str); 5] = [
    ("tcp", archive::TCP_ONLY),
    ("sockets", archive::SOCKETS),
    ("services", archive::FULL),
    ("full", archive::FULL),
    ("netmf", archive::ALL),
];

/// The most the TCP program's library part may take on thumbv7m, in bytes.
const LIMIT: Contribution = Contribution {
    flash: 12 * 1024,
    ram: 1024,
};

/// The most that DHCP and DNS may take there, in bytes of flash: in a program that
/// starts DHCP, waits, looks at the lease and asks for names; and in one that calls
/// all of their functions, has names told to callbacks and keeps a hardware socket.
const SERVICES_LIMIT: [(&str, u64); 2] = [("services", 6784), ("full", 8000)];

struct Row {
    target: &'static str,
    program: &'static str,
    bytes: Contribution,
}

/// Builds, links and adds up.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    setup::for_bare_metal()?;
    let mut rows = Vec::new();
    for target in &TARGETS {
        for (program, features) in PROGRAMS {
            let archive = archive::build(workspace, target.triple, features)?;
            let bytes = measure(workspace, target, program, &archive)?;
            rows.push(Row {
                target: target.triple,
                program,
                bytes,
            });
        }
    }
    if options.json {
        println!("{}", to_json(&rows)?);
    } else {
        print_table(&rows)?;
        print_default_archive(workspace, &rows)?;
    }
    if options.check { check(&rows) } else { Ok(()) }
}

fn measure(
    workspace: &Workspace,
    target: &Target,
    program: &str,
    archive: &Path,
) -> Result<Contribution> {
    let directory = workspace.output_dir("size")?;
    let stem = format!("{}-{program}", target.triple);
    let map = directory.join(format!("{stem}.map"));
    workspace::run(
        Command::new(target.compiler)
            .current_dir(&workspace.root)
            .args(target.flags.split(' '))
            .args(FLAGS.split(' '))
            .arg(format!("-Wl,-Map={}", map.display()))
            .arg("-o")
            .arg(directory.join(format!("{stem}.elf")))
            .arg(format!("firmware/size_{program}.c"))
            .arg(archive),
    )?;
    let bytes = contribution(&std::fs::read_to_string(&map)?, "libw5100.a");
    if bytes.flash == 0 {
        return Err(format!("{} names no section of libw5100.a", map.display()).into());
    }
    Ok(bytes)
}

/// What the TCP program takes on the limited target with the default archive.
fn print_default_archive(workspace: &Workspace, rows: &[Row]) -> Result {
    let target = &TARGETS[0];
    let archive = archive::build(workspace, target.triple, archive::ALL)?;
    let bytes = measure(workspace, target, "tcp", &archive)?;
    let without = limited(rows, "tcp")?.bytes;
    println!(
        "With all parts, as by default, the tcp program takes {} bytes of flash on {}, {} more.",
        bytes.flash,
        target.triple,
        bytes.flash.saturating_sub(without.flash)
    );
    Ok(())
}

/// The row of a program on the target that has limits.
fn limited<'a>(rows: &'a [Row], program: &str) -> Result<&'a Row> {
    let mut rows = rows.iter();
    rows.find(|row| row.target == TARGETS[0].triple && row.program == program)
        .ok_or_else(|| "a row with a limit was not measured".into())
}

/// The flash that DHCP and DNS take in a program.
fn services(rows: &[Row], program: &str) -> Result<u64> {
    let with = limited(rows, program)?.bytes.flash;
    let sockets = limited(rows, "sockets")?.bytes.flash;
    Ok(with.saturating_sub(sockets))
}

fn to_json(rows: &[Row]) -> Result<serde_json::Value> {
    let (basic, all) = (services(rows, "services")?, services(rows, "full")?);
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "target": row.target, "program": row.program,
                "flash": row.bytes.flash, "ram": row.bytes.ram,
            })
        })
        .collect();
    Ok(json!({ "rows": rows, "services": basic, "all_services": all }))
}

fn print_table(rows: &[Row]) -> Result {
    println!(
        "{:<30} {:<8} {:>7} {:>7}",
        "target", "program", "flash", "RAM"
    );
    for Row {
        target,
        program,
        bytes,
    } in rows
    {
        println!(
            "{target:<30} {program:<8} {:>7} {:>7}",
            bytes.flash, bytes.ram
        );
    }
    println!("Bytes that libw5100.a adds. Flash: code, constants, initial values.");
    println!("tcp: the library built without its features, all of which can be left out.");
    println!("sockets: without DHCP and DNS; services: with what most programs use of them.");
    println!("netmf: w5100_netmf.h, and what it uses of the rest.");
    println!(
        "DHCP and DNS together take {} bytes of flash there, and {} with all of their functions.",
        services(rows, "services")?,
        services(rows, "full")?
    );
    Ok(())
}

fn check(rows: &[Row]) -> Result {
    let Row { target, bytes, .. } = limited(rows, "tcp")?;
    if bytes.flash > LIMIT.flash || bytes.ram > LIMIT.ram {
        return Err(format!(
            "the TCP program takes {} bytes of flash and {} of RAM on {target}; \
             the limits are {} and {}",
            bytes.flash, bytes.ram, LIMIT.flash, LIMIT.ram
        )
        .into());
    }
    for (program, limit) in SERVICES_LIMIT {
        let taken = services(rows, program)?;
        if taken > limit {
            return Err(format!(
                "DHCP and DNS take {taken} bytes of flash in the program {program} on {target}; \
                 the limit is {limit}"
            )
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(program: &'static str, flash: u64, ram: u64) -> Row {
        Row {
            target: "thumbv7m-none-eabi",
            program,
            bytes: Contribution { flash, ram },
        }
    }

    /// The rows that have limits.
    fn rows(flash: u64, ram: u64, more: u64) -> [Row; 4] {
        let sockets = 30000;
        let [services, full] = SERVICES_LIMIT.map(|(program, limit)| (program, sockets + limit));
        [
            row("tcp", flash, ram),
            row("sockets", sockets, 1),
            row(services.0, services.1 + more, 1),
            row(full.0, full.1, 1),
        ]
    }

    #[test]
    fn the_limits_themselves_pass_and_one_byte_more_fails() {
        let check = |flash, ram, more| check(&rows(flash, ram, more));
        assert!(check(12288, 1024, 0).is_ok());
        assert!(check(12289, 1024, 0).is_err());
        assert!(check(12288, 1025, 0).is_err());
        assert!(check(12288, 1024, 1).is_err());
        assert!(super::check(&[]).is_err());
    }

    #[test]
    fn what_services_take_is_the_difference() {
        let rows = [row("sockets", 30000, 1), row("full", 36000, 1)];
        assert_eq!(services(&rows, "full").unwrap(), 6000);
    }

    #[test]
    fn json_has_the_published_shape() {
        let expected = [
            r#"{"all_services":7000,"rows":[{"flash":10,"program":"tcp","ram":4,"target":"thumbv7m-none-eabi"},"#,
            r#"{"flash":30000,"program":"sockets","ram":1,"target":"thumbv7m-none-eabi"},"#,
            r#"{"flash":36000,"program":"services","ram":1,"target":"thumbv7m-none-eabi"},"#,
            r#"{"flash":37000,"program":"full","ram":1,"target":"thumbv7m-none-eabi"}],"#,
            r#""services":6000}"#,
        ];
        let rows = [
            row("tcp", 10, 4),
            row("sockets", 30000, 1),
            row("services", 36000, 1),
            row("full", 37000, 1),
        ];
        let json = to_json(&rows).unwrap().to_string();
        assert_eq!(json, expected.concat());
    }
}
