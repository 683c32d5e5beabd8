//! `docs/DEVIATIONS.md`: the differences to Linux that are meant to be.

use crate::workspace::Result;

/// A row of the tables: `` | `id` | ours | Linux | reason | ``.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Deviation {
    pub(super) id: String,
    pub(super) ours: String,
    pub(super) linux: String,
    pub(super) reason: String,
}

impl Deviation {
    /// Reads the document. Rows with a `/` in their name are about what the
    /// suite cannot compare, and are left out.
    pub(super) fn all(text: &str) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for line in text.lines().filter(|line| line.starts_with("| `")) {
            let cells = cells(line);
            let id = cells[0].trim_matches('`').to_owned();
            if id.contains('/') {
                continue;
            }
            let [_, ours, linux, reason] = &cells[..] else {
                return Err(format!("not a row of four cells: {line}").into());
            };
            if reason.is_empty() {
                return Err(format!("{id} has no reason").into());
            }
            if all.iter().any(|other| other.id == id) {
                return Err(format!("{id} is there twice").into());
            }
            all.push(Self {
                id,
                ours: ours.trim_matches('`').into(),
                linux: linux.trim_matches('`').into(),
                reason: reason.clone(),
            });
        }
        Ok(all)
    }
}

/// The cells of a row; `\|` in one is a bar.
fn cells(line: &str) -> Vec<String> {
    const BAR: &str = "\u{1}";
    let line = line.trim().trim_matches('|').replace("\\|", BAR);
    line.split('|')
        .map(|cell| cell.trim().replace(BAR, "|"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_tables_are_read_and_nothing_else() {
        let text = "Text with a `|` in it.\n\n| id | ours | Linux | why |\n|---|---|---|---|\n\
            | `a.b c` | `0` | `IN\\|OUT` | Because. |\n| `chip/x` | no table of four |\n";
        assert_eq!(
            Deviation::all(text).unwrap(),
            [Deviation {
                id: "a.b c".into(),
                ours: "0".into(),
                linux: "IN|OUT".into(),
                reason: "Because.".into(),
            }]
        );
    }

    #[test]
    fn a_row_without_a_reason_or_twice_is_an_error() {
        assert!(Deviation::all("| `a.b` | `0` | `1` | |").is_err());
        assert!(Deviation::all("| `a.b` | `0` | `1` |").is_err());
        let row = "| `a.b` | `0` | `1` | Because. |\n";
        assert!(Deviation::all(row).is_ok());
        assert!(Deviation::all(&row.repeat(2)).is_err());
    }
}
