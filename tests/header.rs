//! The committed header is the one that the source makes.

use std::fs;

#[test]
fn the_header_and_the_code_have_not_drifted_apart() {
    let made =
        fs::read_to_string(concat!(env!("OUT_DIR"), "/w5100.h")).expect("the build makes it");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/w5100.h");
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &made).expect("include/ can be written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == committed,
        "include/w5100.h is not what src/ffi makes; run `BLESS=1 cargo test -p w5100 --test header`"
    );
}
