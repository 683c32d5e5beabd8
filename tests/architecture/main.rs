//! The shape of the source tree, as docs/DESIGN.md describes it.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// The library's modules from the bottom up. A module imports only from rows
/// above its own; `time` and `sync` import from nowhere.
const LAYERS: [&[&str]; 9] = [
    &["words"],
    &["error", "winsock", "time", "sync"],
    &["services"],
    &["port"],
    &["bus"],
    &["regs"],
    &["chip"],
    &["stack"],
    &["ffi"],
];

/// The only place where `unsafe` may stand.
const UNSAFE_ALLOWED: &str = "src/ffi/";

/// A longer file is two ideas.
const LONGEST_FILE: usize = 400;

/// Where hand-written code lives.
const CODE: [&str; 11] = [
    "src",
    "sim",
    "tests",
    "benches",
    "fuzz/fuzz_targets",
    "xtask",
    "c-examples",
    "ffi-tests",
    "firmware",
    "cmake",
    "include",
];

/// Headers that cbindgen writes, as long as they come.
const GENERATED: [&str; 2] = ["include/w5100.h", "include/w5100_sim.h"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `directory` with one of these extensions, as paths from the
/// root of the tree.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![PathBuf::from(directory)];
    while let Some(path) = pending.pop() {
        let Ok(entries) = fs::read_dir(root().join(&path)) else {
            continue;
        };
        for entry in entries.map(|entry| entry.unwrap()) {
            let path = path.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                pending.push(path);
            } else if extensions
                .iter()
                .any(|wanted| path.extension().is_some_and(|e| e == *wanted))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// `src/bus/spi.rs` is module `["bus", "spi"]`; `src/bus/mod.rs` is `["bus"]`.
fn module_path(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let mut names: Vec<_> = inside
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if names
        .last()
        .is_some_and(|name| name == "mod" || name == "lib")
    {
        names.pop();
    }
    names
}

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for file in files("src", &["rs"]) {
        let path = module_path(&file);
        let Some(own) = path.first() else { continue }; // lib.rs, the map, sees all.
        let own_rank = rank(own).unwrap_or_else(|| panic!("{own} has no place in LAYERS"));
        for used in source::crate_modules(&read(&file), path.len()) {
            let Some(used_rank) = rank(&used) else {
                continue;
            };
            if used != *own && used_rank >= own_rank {
                wrong.push(format!("{}: {used}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports from the same row or a higher layer: {wrong:#?}"
    );
}

#[test]
fn unsafe_stands_at_the_c_boundary_only() {
    let wrong: Vec<_> = files("src", &["rs"])
        .into_iter()
        .filter(|file| !file.starts_with(UNSAFE_ALLOWED))
        .filter(|file| source::words(&read(file)).any(|word| word == "unsafe"))
        .collect();
    assert!(
        wrong.is_empty(),
        "unsafe outside {UNSAFE_ALLOWED}: {wrong:#?}"
    );
}

#[test]
fn files_are_short() {
    let wrong: Vec<_> = CODE
        .iter()
        .flat_map(|directory| files(directory, &["rs", "c", "h", "cmake"]))
        .filter(|file| {
            GENERATED
                .iter()
                .all(|generated| file != Path::new(generated))
        })
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .collect();
    assert!(
        wrong.is_empty(),
        "more than {LONGEST_FILE} lines: {wrong:#?}"
    );
}

/// Two readings of one datasheet that must agree: neither may use the other's.
#[test]
fn the_library_and_the_simulator_do_not_know_each_other() {
    let mention = |directory: &str, name: &str| {
        files(directory, &["rs"])
            .into_iter()
            .filter(|file| source::words(&read(file)).any(|word| word == name))
            .collect::<Vec<_>>()
    };
    assert_eq!(mention("src", "w5100_sim"), Vec::<PathBuf>::new());
    assert_eq!(mention("sim", "w5100"), Vec::<PathBuf>::new());

    let dependencies = |manifest: &str| {
        let text = read(Path::new(manifest));
        let lines = text.lines().map(str::trim_end);
        lines
            .skip_while(|line| *line != "[dependencies]")
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split(['=', '.', ' ']).next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert!(!dependencies("Cargo.toml").contains(&"w5100-sim".to_owned()));
    assert!(!dependencies("sim/Cargo.toml").contains(&"w5100".to_owned()));
}
