//! The verdict as a table, and as JSON.

use std::fmt::Write;

use serde_json::json;

use super::listing::{Answer, Listing, Observation, View};
use super::verdict::{Difference, Verdict};

pub(super) fn json(verdict: &Verdict) -> serde_json::Value {
    let differences: Vec<_> = verdict
        .differences
        .iter()
        .map(|one| {
            let Difference {
                id,
                ours,
                linux,
                reason,
            } = one;
            json!({ "id": id, "ours": ours, "linux": linux, "reason": reason })
        })
        .collect();
    json!({
        "rows": verdict.rows,
        "observations": verdict.observations,
        "passes": verdict.passes,
        "documented_differences": verdict.count(true),
        "undocumented_differences": verdict.count(false),
        "differences": differences,
        "failures": verdict.failures,
    })
}

pub(super) fn table(listing: &Listing, verdict: &Verdict) -> String {
    let mut text = line(
        "observation",
        ["expected", "core", "BSD", "Winsock", "Linux"],
        "",
    );
    let mut row = "";
    for one in &listing.observations {
        if one.row != row {
            row = &one.row;
            let _ = writeln!(text, "\n{row}: {}", one.title);
        }
        text += &observation(one, verdict);
    }
    let _ = writeln!(
        text,
        "\n{} rows, {} observations, {} as expected; \
         {} documented differences to Linux, {} undocumented",
        verdict.rows,
        verdict.observations,
        verdict.passes,
        verdict.count(true),
        verdict.count(false),
    );
    text
}

fn line(name: &str, cells: [&str; 5], mark: &str) -> String {
    let [expected, core, bsd, winsock, linux] = cells;
    let line = format!(
        "  {name:<32} {expected:<17} | {core:<17} {bsd:<17} {winsock:<18} | {linux:<16} {mark}"
    );
    line.trim_end().to_owned() + "\n"
}

fn observation(one: &Observation, verdict: &Verdict) -> String {
    let [core, bsd, winsock, linux] = View::ALL.map(|view| cell(one.answer(view)));
    let expected = match one.answer(View::Core).or(one.answer(View::Bsd)) {
        Some(Answer::Got {
            expected: Some(expected),
            ..
        }) => expected,
        _ => "",
    };
    let id = one.id();
    let difference = verdict.differences.iter().find(|other| other.id == id);
    let mark = match difference {
        Some(Difference {
            reason: Some(_), ..
        }) => "differs",
        Some(Difference { reason: None, .. }) => "DIFFERS, undocumented",
        None => "",
    };
    let mut text = line(&one.label, [expected, &core, &bsd, &winsock, &linux], mark);
    for view in View::ALL {
        if let Some(Answer::NotRun(reason)) = one.answer(view) {
            let _ = writeln!(text, "      not run on {}: {reason}", view.name());
        }
    }
    text
}

/// An outcome; with a mark if another was expected.
fn cell(answer: Option<&Answer>) -> String {
    match answer {
        Some(Answer::Got { outcome, expected }) => {
            let wrong = expected
                .as_ref()
                .is_some_and(|expected| expected != outcome);
            format!("{outcome}{}", if wrong { " !" } else { "" })
        }
        Some(Answer::NotRun(_)) => "-".into(),
        Some(Answer::Missing(_)) => "missing !".into(),
        None => "missing !".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::{line, one};
    use super::*;

    #[test]
    fn json_has_the_published_shape() {
        let verdict = Verdict::new(&one("a", "0", "EPIPE"), &[]);
        let shown = json(&verdict);
        assert_eq!(shown["rows"], 1);
        assert_eq!(shown["observations"], 1);
        assert_eq!(shown["passes"], 1);
        assert_eq!(shown["documented_differences"], 0);
        assert_eq!(shown["undocumented_differences"], 1);
        assert_eq!(
            shown["differences"].to_string(),
            r#"[{"id":"row.a","linux":"EPIPE","ours":"0","reason":null}]"#
        );
        assert_eq!(shown["failures"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn the_table_marks_differences_and_says_what_was_not_run() {
        let mut listing = one("a", "0", "EPIPE");
        let not_run = line("row", "b", r#""not_run":"no chip""#);
        listing.read(View::Linux, &not_run).unwrap();
        let text = table(&listing, &Verdict::new(&listing, &[]));
        assert!(text.contains("\nrow: a row\n"), "{text}");
        assert!(text.contains("DIFFERS, undocumented\n"), "{text}");
        assert!(text.contains("not run on linux: no chip\n"), "{text}");
        assert!(text.contains("missing !"), "{text}");
        assert!(text.ends_with("0 documented differences to Linux, 1 undocumented\n"));
    }
}
