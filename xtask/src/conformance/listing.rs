//! What the suite's programs observed.

use serde_json::Value;

use crate::workspace::Result;

/// Whose answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Core,
    Bsd,
    Winsock,
    Linux,
}

impl View {
    pub(super) const ALL: [View; 4] = [View::Core, View::Bsd, View::Winsock, View::Linux];

    pub(super) fn name(self) -> &'static str {
        match self {
            View::Core => "core",
            View::Bsd => "bsd",
            View::Winsock => "winsock",
            View::Linux => "linux",
        }
    }
}

/// What came of an observation in one view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An outcome; nothing is expected of Linux.
    Got {
        outcome: String,
        expected: Option<String>,
    },
    /// It cannot be made there: why.
    NotRun(String),
    /// The program ended before it, with this wait status.
    Missing(i64),
}

impl Answer {
    /// The outcome, if there is one.
    pub(super) fn outcome(&self) -> Option<&str> {
        match self {
            Answer::Got { outcome, .. } => Some(outcome),
            _ => None,
        }
    }
}

/// One observation in all views.
#[derive(Debug)]
pub(super) struct Observation {
    /// The row's identifier.
    pub(super) row: String,
    /// The row in words.
    pub(super) title: String,
    pub(super) label: String,
    answers: [Option<Answer>; 4],
}

impl Observation {
    /// What it is called in `docs/DEVIATIONS.md`.
    pub(super) fn id(&self) -> String {
        format!("{}.{}", self.row, self.label)
    }

    /// Of a view that has not observed it at all: `None`.
    pub(super) fn answer(&self, view: View) -> Option<&Answer> {
        self.answers[view as usize].as_ref()
    }
}

/// All observations, in the suite's order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) observations: Vec<Observation>,
}

impl Listing {
    /// Adds the lines that a view's program printed, one JSON object each.
    pub(super) fn read(&mut self, view: View, lines: &str) -> Result {
        for line in lines.lines() {
            let value: Value = serde_json::from_str(line)?;
            let text = |key: &str| -> Result<String> {
                let text = value[key].as_str();
                Ok(text
                    .ok_or_else(|| format!("no {key} in: {line}"))?
                    .to_owned())
            };
            let answer = answer(&value).ok_or_else(|| format!("no answer in: {line}"))?;
            let (row, title, label) = (text("row")?, text("title")?, text("label")?);
            let found = self.entry(row, title, label);
            let place = &mut found.answers[view as usize];
            if place.is_some() {
                return Err(format!("{} was observed twice on {}", found.id(), view.name()).into());
            }
            *place = Some(answer);
        }
        Ok(())
    }

    fn entry(&mut self, row: String, title: String, label: String) -> &mut Observation {
        let known = |one: &Observation| one.row == row && one.label == label;
        let at = self.observations.iter().position(known);
        let at = at.unwrap_or_else(|| {
            self.observations.push(Observation {
                row,
                title,
                label,
                answers: [None, None, None, None],
            });
            self.observations.len() - 1
        });
        &mut self.observations[at]
    }
}

fn answer(value: &Value) -> Option<Answer> {
    if let Some(reason) = value["not_run"].as_str() {
        return Some(Answer::NotRun(reason.into()));
    }
    if let Some(status) = value["missing"].as_i64() {
        return Some(Answer::Missing(status));
    }
    Some(Answer::Got {
        outcome: value["got"].as_str()?.into(),
        expected: value["expected"].as_str().map(Into::into),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The views of the library.
    pub(in super::super) const OURS: [View; 3] = [View::Core, View::Bsd, View::Winsock];

    /// A line as the programs print it; `rest` is the answer.
    pub(in super::super) fn line(row: &str, label: &str, rest: &str) -> String {
        format!(r#"{{"row":"{row}","title":"a row","label":"{label}",{rest}}}"#) + "\n"
    }

    /// One observation that all views answer like `ours` but Linux like `linux`.
    pub(in super::super) fn one(label: &str, ours: &str, linux: &str) -> Listing {
        let mut listing = Listing::default();
        for view in OURS {
            let rest = format!(r#""expected":"{ours}","got":"{ours}""#);
            listing.read(view, &line("row", label, &rest)).unwrap();
        }
        let rest = format!(r#""got":"{linux}""#);
        listing
            .read(View::Linux, &line("row", label, &rest))
            .unwrap();
        listing
    }

    #[test]
    fn the_views_of_an_observation_come_together() {
        let listing = one("label", "0", "EPIPE");
        let [found] = &listing.observations[..] else {
            panic!("{listing:?}");
        };
        assert_eq!(found.id(), "row.label");
        assert_eq!(found.answer(View::Bsd).unwrap().outcome(), Some("0"));
        assert_eq!(found.answer(View::Linux).unwrap().outcome(), Some("EPIPE"));
    }

    #[test]
    fn what_was_not_observed_has_its_reason() {
        let mut listing = Listing::default();
        let lines = line("row", "a", r#""not_run":"no chip""#)
            + &line("row", "b", r#""expected":"0","missing":14"#);
        listing.read(View::Core, &lines).unwrap();
        let answers: Vec<_> = listing
            .observations
            .iter()
            .map(|one| one.answer(View::Core).unwrap().clone())
            .collect();
        assert_eq!(
            answers,
            [Answer::NotRun("no chip".into()), Answer::Missing(14)]
        );
    }

    #[test]
    fn a_line_that_is_none_or_comes_twice_is_an_error() {
        let mut listing = Listing::default();
        assert!(listing.read(View::Core, "nonsense").is_err());
        assert!(listing.read(View::Core, "{}").is_err());
        assert!(
            listing
                .read(View::Core, &line("row", "a", r#""x":1"#))
                .is_err()
        );
        let good = line("row", "a", r#""got":"0""#);
        listing.read(View::Core, &good).unwrap();
        assert!(listing.read(View::Core, &good).is_err());
    }
}
