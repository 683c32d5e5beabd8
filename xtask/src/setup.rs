//! Installs what the commands need: Debian packages, Rust targets, components.
//!
//! What installers print goes to standard error: standard output belongs to the
//! command that asked. When everything is there, nothing is started but two short cargo commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::BARE_METAL_TARGETS;
use crate::workspace::{self, Result, Workspace, capture, find_program, succeeds};

/// Something the commands use, and the Debian package that holds it.
struct Need {
    probe: Probe,
    package: &'static str,
}

/// How to tell that a package's content is there, however it was installed.
enum Probe {
    Program(&'static str),
    /// A library that the given compiler finds.
    Library(&'static str, &'static str),
}

const fn program(name: &'static str, package: &'static str) -> Need {
    Need {
        probe: Probe::Program(name),
        package,
    }
}

/// To build and run C programs on this computer.
const HOST: &[Need] = &[
    program("gcc", "gcc"),
    program("cmake", "cmake"),
    program("ninja", "ninja-build"),
    program("setpriv", "util-linux"),
];

/// TCP clients that are not ours.
const PEERS: &[Need] = &[program("nc", "netcat-openbsd"), program("curl", "curl")];

/// Peers for tests on a network, and what reads their frames.
const NETWORK: &[Need] = &[
    program("ping", "iputils-ping"),
    program("iperf3", "iperf3"),
    program("dnsmasq", "dnsmasq-base"),
    // Its service does not start unless somebody writes its configuration.
    program("dhcpd", "isc-dhcp-server"),
    program("tshark", "tshark"),
];

/// To build for bare metal.
const CROSS: &[Need] = &[
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
    program("arm-none-eabi-g++", "gcc-arm-none-eabi"),
    program("arm-none-eabi-nm", "binutils-arm-none-eabi"),
    Need {
        probe: Probe::Library("arm-none-eabi-gcc", "libc.a"),
        package: "libnewlib-arm-none-eabi",
    },
    program("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
];

/// To compile and run C# programs. Their packages bring the assemblies along.
const MONO: &[Need] = &[program("mcs", "mono-mcs"), program("mono", "mono-runtime")];

/// What the tests use besides.
const CHECKS: &[Need] = &[
    program("git", "git"),
    program("g++", "g++"),
    program("make", "make"),
    program("pkg-config", "pkg-config"),
    program("clang-format", "clang-format"),
    program("nm", "binutils"),
    program("qemu-system-arm", "qemu-system-arm"),
];

impl Probe {
    fn is_met(&self) -> bool {
        match self {
            // Debian keeps servers where only root's PATH leads.
            Self::Program(name) => {
                find_program(name).is_some() || Path::new("/usr/sbin").join(name).is_file()
            }
            // gcc prints the bare name back when it does not find the file.
            Self::Library(compiler, file) => find_program(compiler).is_some_and(|compiler| {
                let question = format!("-print-file-name={file}");
                capture(Command::new(compiler).arg(question))
                    .is_ok_and(|answer| Path::new(answer.trim()).is_absolute())
            }),
        }
    }
}

/// Makes sure that C programs can be built here, or says what is missing.
pub(crate) fn for_host() -> Result {
    packages(&[HOST])
}

/// Makes sure that the clients of `cargo xtask demo --check` are here.
pub(crate) fn for_peers() -> Result {
    packages(&[PEERS])
}

/// Makes sure that C# programs can be built and run.
pub(crate) fn for_mono() -> Result {
    packages(&[MONO])
}

/// Makes sure that libFuzzer can be built.
pub(crate) fn for_fuzzing() -> Result {
    packages(&[&[program("g++", "g++")]])
}

/// Makes sure that the library can be built for bare metal.
pub(crate) fn for_bare_metal() -> Result {
    packages(&[CROSS])?;
    rust_targets()
}

/// Makes sure that everything can be tested.
pub(crate) fn for_everything(workspace: &Workspace) -> Result {
    packages(&[HOST, PEERS, NETWORK, CROSS, MONO, CHECKS])?;
    time_server(workspace)?;
    rust_targets()?;
    rust_components(workspace)?;
    for_nightly().map(|_| ())
}

/// The toolchain that has what is not stable yet.
pub(crate) const NIGHTLY: &str = "nightly";

/// Makes sure that there is a nightly toolchain with its library's source, or
/// says what is missing. Returns where it is.
pub(crate) fn for_nightly() -> Result<PathBuf> {
    let wanted = format!("a {NIGHTLY} Rust toolchain with rust-src");
    let rustup = || match find_program("rustup") {
        Some(rustup) => Ok(Command::new(rustup)),
        None => Err(format!("no rustup here to install {wanted}")),
    };
    let sysroot = |rustup: &mut Command| {
        let sysroot = capture(rustup.args(["run", NIGHTLY, "rustc", "--print", "sysroot"]))?;
        Result::Ok(PathBuf::from(sysroot.trim()))
    };
    let is_complete = |root: &PathBuf| root.join("lib/rustlib/src/rust/library").is_dir();
    if succeeds(rustup()?.args(["run", NIGHTLY, "rustc", "--version"])) {
        let root = sysroot(&mut rustup()?)?;
        if is_complete(&root) {
            return Ok(root);
        }
    }
    eprintln!("installing: {wanted}");
    let what = ["toolchain", "install", NIGHTLY, "--profile", "minimal"];
    install(rustup()?.args(what).args(["--component", "rust-src"]))
        .map_err(|error| format!("{error}; needed: {wanted}"))?;
    let root = sysroot(&mut rustup()?)?;
    if is_complete(&root) {
        Ok(root)
    } else {
        Err(format!("still missing after the installation: {wanted}").into())
    }
}

/// The same, with Miri.
pub(crate) fn for_miri() -> Result {
    for_nightly()?;
    let is_there = || {
        let question = ["run", NIGHTLY, "cargo", "miri", "--version"];
        succeeds(Command::new("rustup").args(question))
    };
    if is_there() {
        return Ok(());
    }
    eprintln!("installing: Miri");
    let add = ["component", "add", "--toolchain", NIGHTLY, "miri"];
    install(Command::new("rustup").args(add))?;
    match is_there() {
        true => Ok(()),
        false => Err("Miri is still missing after the installation".into()),
    }
}

fn packages(needs: &[&[Need]]) -> Result {
    let missing = missing_packages(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !is_debian(&release) || find_program("apt-get").is_none() {
        return Err(
            format!("install what these Debian packages hold, then try again: {names}").into(),
        );
    }
    let is_root = workspace::is_root();
    if !is_root && find_program("sudo").is_none() {
        return Err(format!("neither root nor sudo; as root: apt-get install {names}").into());
    }
    eprintln!("installing: {names}");
    install(apt_get(is_root).arg("update"))?;
    let options = ["install", "--yes", "--no-install-recommends"];
    install(apt_get(is_root).args(options).args(&missing))?;
    match missing_packages(needs).as_slice() {
        [] => Ok(()),
        rest => Err(format!("still missing after the installation: {}", rest.join(" ")).into()),
    }
}

/// A time server for the tests, which is unpacked below the build directory and not
/// installed: of packages that keep the time Debian has one, and would take away
/// what keeps that of this computer.
fn time_server(workspace: &Workspace) -> Result {
    let place = workspace.output_dir("tools")?;
    let program = place.join("usr/sbin/chronyd");
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let can_unpack = is_debian(&release) && find_program("apt-get").is_some();
    if program.is_file() || !can_unpack && Probe::Program("chronyd").is_met() {
        return Ok(());
    }
    if !can_unpack {
        return Err("install what the Debian package chrony holds, then try again".into());
    }
    eprintln!("unpacking: chrony");
    let download = || {
        install(
            apt_get(true)
                .current_dir(&place)
                .args(["download", "chrony"]),
        )
    };
    // The lists of packages may be old, or none.
    download().or_else(|_| {
        install(apt_get(workspace::is_root()).arg("update"))?;
        download()
    })?;
    for file in fs::read_dir(&place)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            install(Command::new("dpkg").arg("-x").args([&file, &place]))?;
        }
    }
    match program.is_file() {
        true => Ok(()),
        false => Err("chronyd is still missing after it was unpacked".into()),
    }
}

fn install(command: &mut Command) -> Result {
    workspace::run(command.stdout(std::io::stderr()))
}

/// `apt-get` that asks nothing, as who runs us or through sudo.
fn apt_get(as_we_are: bool) -> Command {
    let mut command = Command::new(if as_we_are { "env" } else { "sudo" });
    if !as_we_are {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    // Another package manager may be at work: wait for it, but not for ever.
    command.arg("--option=DPkg::Lock::Timeout=300");
    command
}

fn missing_packages(needs: &[&[Need]]) -> Vec<&'static str> {
    let unmet = needs
        .iter()
        .copied()
        .flatten()
        .filter(|need| !need.probe.is_met());
    let mut missing: Vec<_> = unmet.map(|need| need.package).collect();
    missing.dedup();
    missing
}

/// Reads `/etc/os-release`: Debian, Ubuntu, or one of their relatives.
fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| {
            let names = value.trim_matches('"').split_whitespace();
            matches!(key, "ID" | "ID_LIKE")
                && names
                    .into_iter()
                    .any(|name| matches!(name, "debian" | "ubuntu"))
        })
}

fn rust_targets() -> Result {
    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    let missing: Vec<_> = BARE_METAL_TARGETS
        .iter()
        .filter(|target| !libraries.join(target).join("lib").is_dir())
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        install(rustup(&missing)?.args(["target", "add"]).args(&missing))
    }
}

fn rust_components(workspace: &Workspace) -> Result {
    let missing: Vec<_> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(subcommand, _)| !succeeds(workspace.cargo().args([subcommand, "--version"])))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        install(rustup(&missing)?.args(["component", "add"]).args(&missing))
    }
}

/// rustup acts on the toolchain that runs us: its proxies name it to their
/// children in `RUSTUP_TOOLCHAIN`.
fn rustup(wanted: &[impl AsRef<str>]) -> Result<Command> {
    match find_program("rustup") {
        Some(rustup) => Ok(Command::new(rustup)),
        None => {
            let wanted: Vec<_> = wanted.iter().map(AsRef::as_ref).collect();
            Err(format!(
                "no rustup here; add to this Rust toolchain: {}",
                wanted.join(" ")
            )
            .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_relatives_are_known() {
        assert!(is_debian("NAME=\"Debian\"\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nHOME_URL=https://debian.example\n"));
        assert!(!is_debian(""));
    }

    #[test]
    fn a_probe_tells_present_from_absent() {
        assert!(Probe::Program("sh").is_met());
        assert!(!Probe::Program("no-such-program").is_met());
        assert!(!Probe::Library("no-such-compiler", "libc.a").is_met());
        assert!(!Probe::Library("gcc", "no-such-library.a").is_met());
    }
}
