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

/// The program that measures the whole library, and shows that none of it panics.
#[test]
fn the_full_program_uses_every_function() {
    let read = |path: &str| {
        let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).expect("the file is there")
    };
    let program = read("firmware/size_full.c");
    let header = read("include/w5100.h");
    // A declaration begins in the first column with the type.
    let functions = header
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("w5100_") || name.starts_with("WIZnet_"));
    let mut count = 0;
    for name in functions {
        assert!(
            program.contains(&format!("(function){name},")),
            "{name} is not used"
        );
        count += 1;
    }
    assert!(count > 40, "{count} functions");
}
