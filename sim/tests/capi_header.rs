//! `include/w5100_sim.h` is what the code says, and a C program that uses it runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/w5100_sim.h"));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn header() -> PathBuf {
    root().join("include/w5100_sim.h")
}

/// Set BLESS=1 to take over what the code says.
#[test]
fn the_committed_header_is_up_to_date() {
    if env::var_os("BLESS").is_some() {
        fs::write(header(), GENERATED).expect("writable");
    }
    let committed = fs::read_to_string(header()).expect("committed");
    assert!(
        committed == GENERATED,
        "run the tests with BLESS=1 and look at the difference"
    );
}

#[test]
fn it_compiles_without_warnings_as_c_and_cpp() {
    let strict = [
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wconversion",
        "-Werror",
        "-fsyntax-only",
    ];
    let languages = [
        ("cc", "c", "c99"),
        ("cc", "c", "c11"),
        ("c++", "c++", "c++11"),
        ("c++", "c++", "c++17"),
    ];
    for (compiler, language, standard) in languages {
        let done = Command::new(compiler)
            .args(["-x", language, &format!("-std={standard}")])
            .args(strict)
            .arg("-include")
            .arg(concat!(env!("OUT_DIR"), "/w5100_sim.h"))
            .arg("/dev/null")
            .output()
            .expect("a C compiler");
        assert!(
            done.status.success(),
            "{standard}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

#[test]
fn it_names_every_exported_function_and_no_other() {
    let declared = words(GENERATED);
    let mut exported = BTreeSet::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi")).expect("here")
    {
        let text = fs::read_to_string(file.expect("readable").path()).expect("text");
        let functions = text.split("extern \"C\" fn ").skip(1);
        exported.extend(
            functions
                .filter_map(|rest| rest.split('(').next())
                .map(str::to_string),
        );
    }
    assert!(exported.len() > 50, "{} found", exported.len());
    assert_eq!(declared, exported);
}

/// All `w5100_sim_...(` outside comments.
fn words(header: &str) -> BTreeSet<String> {
    let code = header
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with('*'));
    code.flat_map(|line| line.split('(').next())
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("w5100_sim_") && !name.ends_with(';'))
        .map(str::to_string)
        .collect()
}

#[test]
fn a_c_program_runs_on_the_shared_library() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let library = library_directory();
    let program = directory.join("capi");
    let built = Command::new("cc")
        .args([
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-g",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capi.c"))
        .arg("-I")
        .arg(root().join("include"))
        .arg("-L")
        .arg(&library)
        .args(["-lw5100_sim", "-o"])
        .arg(&program)
        .arg(format!("-Wl,-rpath,{}", library.display()))
        .output()
        .expect("a C compiler");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let ran = Command::new(&program)
        .arg(directory.join("capi.pcap"))
        .env_remove("LD_LIBRARY_PATH") // cargo's, in which an older library may come first
        .output()
        .expect("built");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Where cargo has put the shared library: beside this test or one level up.
fn library_directory() -> PathBuf {
    let test = env::current_exe().expect("known");
    let candidates = test.ancestors().skip(1).take(2);
    let mut with_library = candidates.filter(|path| path.join("libw5100_sim.so").exists());
    with_library
        .next()
        .expect("cargo builds the cdylib before the tests")
        .to_path_buf()
}
