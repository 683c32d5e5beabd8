//! What the README shows is taken from programs that are built and tested.

use std::fs;
use std::path::Path;

/// The C snippets of a Markdown text.
fn c_snippets(markdown: &str) -> Vec<&str> {
    markdown
        .split("```c\n")
        .skip(1)
        .map(|rest| rest.split_once("```").expect("a snippet has an end").0)
        .collect()
}

#[test]
fn each_c_snippet_stands_verbatim_in_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let examples: Vec<_> = fs::read_dir(root.join("c-examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let snippets = c_snippets(&readme);
    assert!(!snippets.is_empty(), "the README shows no C");
    for snippet in snippets {
        assert!(
            examples.iter().any(|text| text.contains(snippet)),
            "in no example:\n{snippet}"
        );
    }
}

/// The text of a macro that is string literals.
fn macro_text(header: &str, name: &str) -> String {
    let start = header
        .split_once(&format!("#define {name} "))
        .expect("it is defined")
        .1;
    let lines = start.split_inclusive('\n');
    let mut text = String::new();
    for line in lines {
        text.extend(line.split('"').skip(1).step_by(2));
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    text
}

#[test]
fn the_tables_have_the_headings_that_are_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [readme, header] = ["README.md", "include/w5100_netstat.h"]
        .map(|path| fs::read_to_string(root.join(path)).unwrap());
    for name in ["W5100_NETSTAT_ROWS", "W5100_NETSTAT_HARDWARE"] {
        let heading = macro_text(&header, name);
        assert!(heading.len() > 70, "{name}: {heading}");
        assert!(readme.lines().any(|line| line == heading), "{heading}");
    }
}

#[test]
fn snippets_are_cut_out_of_markdown() {
    assert_eq!(
        c_snippets("a\n```c\nint x;\n```\nb\n```sh\nls\n```\n"),
        ["int x;\n"]
    );
}
