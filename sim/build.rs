//! Generates the C header from `src/capi` into OUT_DIR; a test compares it with the committed one.

use std::env;
use std::fs;
use std::path::PathBuf;

/// In the order in which the header presents them.
const SOURCES: [&str; 8] = [
    "mod", "world", "tap", "chip", "port", "fault", "peer", "conn",
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo::rerun-if-changed=cbindgen.toml");
    println!("cargo::rerun-if-changed=src/capi");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    // As one file, because cbindgen sorts several by name.
    let sources = SOURCES.map(|name| {
        let path = root.join("src/capi").join(name).with_extension("rs");
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let joined = out.join("capi.rs");
    fs::write(&joined, sources.join("\n")).expect("OUT_DIR can be written");
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(joined)
        .generate();
    bindings
        .expect("src/capi")
        .write_to_file(out.join("w5100_sim.h"));
}
