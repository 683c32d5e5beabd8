//! Sizes chosen at build time, and the C header.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let bare = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let sockets = setting("W5100_SOCKETS", 16, 4..=32);
    let devices = setting("W5100_DEVICES", if bare { 1 } else { 4 }, 1..=4);
    let sizes = format!(
        "/// Program sockets of one device (build setting `W5100_SOCKETS`, 4 to 32).\n\
         pub const SLOTS: usize = {sockets};\n\
         /// Devices (build setting `W5100_DEVICES`, 1 to 4; 1 on bare metal and 4\n\
         /// elsewhere if not set).\n\
         pub const DEVICES: usize = {devices};\n"
    );
    fs::write(out.join("sizes.rs"), sizes).expect("OUT_DIR can be written");

    let list: Vec<_> = (0..devices).map(|n| format!("device({n})")).collect();
    fs::write(out.join("devices.rs"), format!("[{}]", list.join(", ")))
        .expect("OUT_DIR can be written");

    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    let mut header = cbindgen::Builder::new().with_config(
        cbindgen::Config::from_file("cbindgen.toml").expect("cbindgen.toml can be read"),
    );
    for source in HEADER_SOURCES {
        println!("cargo:rerun-if-changed={source}");
        header = header.with_src(source);
    }
    // A syntax error is reported better by the compiler itself.
    if let Ok(bindings) = header.generate() {
        bindings.write_to_file(out.join("w5100.h"));
    }
}

/// What is public in C, in the order of the header.
const HEADER_SOURCES: [&str; 22] = [
    "src/ffi/error.rs",
    "src/ffi/port.rs",
    "src/ffi/device.rs",
    "src/ffi/socket.rs",
    "src/ffi/address.rs",
    "src/ffi/transfer.rs",
    "src/stack/poll.rs",
    "src/ffi/poll.rs",
    "src/ffi/wake.rs",
    "src/ffi/event.rs",
    "src/ffi/network.rs",
    "src/ffi/option.rs",
    "src/ffi/tuning.rs",
    "src/stack/info.rs",
    "src/ffi/status.rs",
    "src/ffi/dhcp.rs",
    "src/ffi/dns.rs",
    "src/ffi/lookup.rs",
    "src/ffi/reserve.rs",
    "src/ffi/netdb.rs",
    "src/ffi/winsock.rs",
    "src/ffi/window.rs",
];

fn setting(name: &str, default: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
    println!("cargo:rerun-if-env-changed={name}");
    let Ok(text) = env::var(name) else {
        return default;
    };
    match text.parse() {
        Ok(value) if range.contains(&value) => value,
        _ => panic!(
            "{name}={text}: must be {} to {}",
            range.start(),
            range.end()
        ),
    }
}
