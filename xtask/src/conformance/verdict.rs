//! Whether all is as it must be.

use super::DEVIATIONS;
use super::deviations::Deviation;
use super::listing::{Answer, Listing, Observation, View};
use crate::workspace::Result;

/// An observation in which the library and Linux differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) id: String,
    pub(super) ours: String,
    pub(super) linux: String,
    /// From the document.
    pub(super) reason: Option<String>,
}

#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) rows: usize,
    pub(super) observations: usize,
    /// Observations that are as expected in each view of the library.
    pub(super) passes: usize,
    pub(super) differences: Vec<Difference>,
    /// A sentence for each thing that is wrong.
    pub(super) failures: Vec<String>,
}

impl Verdict {
    pub(super) fn new(listing: &Listing, deviations: &[Deviation]) -> Self {
        let all = &listing.observations;
        let mut failures: Vec<_> = all.iter().flat_map(unexpected).collect();
        let failed = |one: &&Observation| unexpected(one).is_empty();
        let differences: Vec<_> = all
            .iter()
            .filter_map(|one| difference(one, deviations))
            .collect();
        failures.extend(differences.iter().filter_map(|one| {
            let Difference {
                id, ours, linux, ..
            } = one;
            let undocumented = one.reason.is_none();
            undocumented.then(|| {
                format!("{id}: ours gives {ours}, Linux {linux}, and {DEVIATIONS} says nothing")
            })
        }));
        failures.extend(
            deviations
                .iter()
                .filter_map(|one| stale(one, all, &differences)),
        );
        let mut rows: Vec<_> = all.iter().map(|one| &one.row).collect();
        rows.dedup();
        Self {
            rows: rows.len(),
            observations: all.len(),
            passes: all.iter().filter(failed).count(),
            differences,
            failures,
        }
    }

    /// Differences that the document has, or that it has not.
    pub(super) fn count(&self, documented: bool) -> usize {
        let wanted = |one: &&Difference| one.reason.is_some() == documented;
        self.differences.iter().filter(wanted).count()
    }

    pub(super) fn outcome(&self) -> Result {
        match &self.failures[..] {
            [] => Ok(()),
            failures => Err(failures.join("\n       ").into()),
        }
    }
}

/// What is not as expected of an observation.
fn unexpected(one: &Observation) -> Vec<String> {
    let id = one.id();
    let check = |view: View| {
        let name = view.name();
        match one.answer(view) {
            None => Some(format!("{id}: not observed on {name}")),
            Some(Answer::Missing(status)) => Some(format!(
                "{id}: the case on {name} ended before it, with wait status {status}"
            )),
            Some(Answer::Got {
                outcome,
                expected: Some(expected),
            }) if outcome != expected => Some(format!(
                "{id}: {name} gives {outcome}, and must give {expected}"
            )),
            Some(_) => None,
        }
    };
    View::ALL.into_iter().filter_map(check).collect()
}

/// The core and the BSD view against Linux; the Winsock view follows another
/// system.
fn difference(one: &Observation, deviations: &[Deviation]) -> Option<Difference> {
    let outcome = |view| one.answer(view).and_then(Answer::outcome);
    let linux = outcome(View::Linux)?;
    let ours = match (outcome(View::Core), outcome(View::Bsd)) {
        (Some(core), Some(bsd)) if core != bsd => format!("{core}, BSD view {bsd}"),
        (None, None) => return None,
        (core, bsd) => core.or(bsd)?.to_owned(),
    };
    let id = one.id();
    let found = deviations.iter().find(|deviation| deviation.id == id);
    (ours != linux).then(|| Difference {
        reason: found.map(|deviation| deviation.reason.clone()),
        id,
        ours,
        linux: linux.to_owned(),
    })
}

/// What the document says of an observation and is not so.
fn stale(one: &Deviation, all: &[Observation], differences: &[Difference]) -> Option<String> {
    let id = &one.id;
    let Some(found) = differences.iter().find(|difference| difference.id == *id) else {
        let exists = all.iter().any(|observation| observation.id() == *id);
        return Some(if exists {
            format!("{DEVIATIONS}: {id} does not differ")
        } else {
            format!("{DEVIATIONS}: there is no {id}")
        });
    };
    (found.ours != one.ours || found.linux != one.linux).then(|| {
        let Difference { ours, linux, .. } = found;
        format!("{DEVIATIONS}: {id} is {ours} and on Linux {linux}, and not as it says there")
    })
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::{OURS, line, one};
    use super::*;

    fn deviation(id: &str, ours: &str, linux: &str) -> Deviation {
        Deviation {
            id: id.into(),
            ours: ours.into(),
            linux: linux.into(),
            reason: "Because.".into(),
        }
    }

    /// The only thing that is wrong.
    fn failure(listing: &Listing, deviations: &[Deviation]) -> String {
        let verdict = Verdict::new(listing, deviations);
        assert_eq!(verdict.failures.len(), 1, "{:?}", verdict.failures);
        verdict.outcome().unwrap_err().to_string()
    }

    #[test]
    fn the_same_answer_everywhere_passes() {
        let verdict = Verdict::new(&one("a", "0", "0"), &[]);
        verdict.outcome().unwrap();
        assert_eq!(
            (verdict.rows, verdict.observations, verdict.passes),
            (1, 1, 1)
        );
        assert!(verdict.differences.is_empty());
    }

    #[test]
    fn an_undocumented_difference_fails() {
        let listing = one("a", "0", "EPIPE");
        assert!(failure(&listing, &[]).contains("says nothing"));
        assert_eq!(Verdict::new(&listing, &[]).count(false), 1);
        assert_eq!(Verdict::new(&listing, &[]).passes, 1);
    }

    #[test]
    fn a_documented_difference_passes() {
        let documented = [deviation("row.a", "0", "EPIPE")];
        let verdict = Verdict::new(&one("a", "0", "EPIPE"), &documented);
        verdict.outcome().unwrap();
        assert_eq!((verdict.count(true), verdict.count(false)), (1, 0));
        assert_eq!(verdict.differences[0].reason.as_deref(), Some("Because."));
    }

    #[test]
    fn a_stale_entry_fails() {
        let same = one("a", "0", "0");
        let entry = [deviation("row.a", "0", "EPIPE")];
        assert!(failure(&same, &entry).ends_with("row.a does not differ"));
        let entry = [deviation("row.gone", "0", "EPIPE")];
        assert!(failure(&same, &entry).ends_with("there is no row.gone"));
        let entry = [deviation("row.a", "0", "EINVAL")];
        assert!(failure(&one("a", "0", "EPIPE"), &entry).contains("not as it says"));
    }

    #[test]
    fn an_unexpected_answer_fails_in_any_view() {
        for wrong in OURS {
            let mut listing = Listing::default();
            for view in View::ALL {
                let got = if view == wrong { "1" } else { "0" };
                let rest = format!(r#""expected":"0","got":"{got}""#);
                listing.read(view, &line("row", "a", &rest)).unwrap();
            }
            let verdict = Verdict::new(&listing, &[deviation("row.a", "1", "0")]);
            let expected = format!("row.a: {} gives 1, and must give 0", wrong.name());
            assert!(verdict.failures.contains(&expected), "{verdict:?}");
            assert_eq!(verdict.passes, 0);
        }
    }

    #[test]
    fn an_observation_that_is_missing_fails() {
        let mut listing = Listing::default();
        for view in [View::Core, View::Bsd, View::Linux] {
            let rest = r#""expected":"0","got":"0""#;
            listing.read(view, &line("row", "a", rest)).unwrap();
        }
        assert_eq!(failure(&listing, &[]), "row.a: not observed on winsock");
        let missing = line("row", "a", r#""expected":"0","missing":14"#);
        listing.read(View::Winsock, &missing).unwrap();
        assert!(failure(&listing, &[]).contains("wait status 14"));
    }

    #[test]
    fn what_linux_cannot_run_is_no_difference() {
        let mut listing = Listing::default();
        for view in OURS {
            let rest = r#""expected":"0","got":"0""#;
            listing.read(view, &line("row", "a", rest)).unwrap();
        }
        let not_run = line("row", "a", r#""not_run":"no chip""#);
        listing.read(View::Linux, &not_run).unwrap();
        let verdict = Verdict::new(&listing, &[]);
        verdict.outcome().unwrap();
        assert!(verdict.differences.is_empty());
    }

    #[test]
    fn either_of_core_and_bsd_can_differ() {
        let mut listing = Listing::default();
        for (view, got) in View::ALL.into_iter().zip(["0", "1", "2", "0"]) {
            let rest = format!(r#""got":"{got}""#);
            listing.read(view, &line("row", "a", &rest)).unwrap();
        }
        let verdict = Verdict::new(&listing, &[]);
        assert_eq!(verdict.differences[0].ours, "0, BSD view 1");
    }
}
