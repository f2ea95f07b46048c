//! What the runs of one pair of a fault and a scenario say, held against its row of the committed matrix.
//!
//! Only what differs in every run counts: a claim that breaks sometimes breaks in one of them, and a slow machine
//! leaves something undecided. Of a fault that breaks its scenarios only sometimes, nothing but its name is asked, in
//! `against.rs`.

use std::collections::BTreeSet;

use super::committed::{Committed, Often};
use super::pair::Pair;
use super::suite_run::ScenarioRun;
use crate::report::matrix::Unlike;

/// What differs from the matrix in each run, and what no run could decide.
pub(super) fn held_against(
    committed: &Committed,
    pair: &Pair,
    runs: &[ScenarioRun],
) -> (Vec<Unlike>, Vec<Unlike>) {
    let (mut unlike, mut unsaid) = (Vec::new(), Vec::new());
    let Pair { fault, scenario } = pair;
    let row = committed.row(fault, scenario);
    let known = committed.claims.get(scenario).cloned().unwrap_or_default();
    let judged: BTreeSet<String> = runs.iter().flat_map(|run| &run.claims).cloned().collect();
    let n_runs = runs.len();
    let is_by_chance = committed.is_by_chance(fault);
    // A scenario that names the fault as well is one more that sees it, and no wrong accusation.
    let is_named = runs.iter().any(|run| run.named);
    let mut broken = runs.iter().flat_map(|run| &run.broken);
    let shows_fault = broken.any(|property| row.often(property) == Some(Often::Always));
    for property in known.union(&judged) {
        let n_broken = runs
            .iter()
            .filter(|run| run.broken.contains(property))
            .count();
        let is_decided =
            |run: &&ScenarioRun| run.claims.contains(property) && !run.unsaid.contains(property);
        let n_decided = runs.iter().filter(is_decided).count();
        let add = |list: &mut Vec<Unlike>, says: String| {
            list.push(Unlike {
                fault: fault.clone(),
                scenario: scenario.clone(),
                property: property.clone(),
                says,
            });
        };
        match row.often(property) {
            _ if !known.contains(property) => {
                add(
                    &mut unlike,
                    "the matrix does not have this claim".to_owned(),
                );
            }
            _ if is_by_chance => {}
            Some(Often::Always) if n_broken == 0 && n_decided == n_runs => {
                add(
                    &mut unlike,
                    format!(
                        "the matrix says that it is broken, but it held in {n_runs} of {n_runs} runs"
                    ),
                );
            }
            // Where another claim of the row breaks, the pair still shows the fault.
            Some(Often::Always) if n_broken == 0 && !shows_fault => {
                add(
                    &mut unsaid,
                    format!(
                        "the matrix says that it is broken, but {} of {n_runs} runs were undecided",
                        n_runs - n_decided
                    ),
                );
            }
            // Which claims break beside those that always do is often random.
            None if row.is_empty() && !is_named && n_broken == n_runs => {
                add(
                    &mut unlike,
                    format!(
                        "the matrix says that it holds, but it was broken in {n_runs} of {n_runs} runs"
                    ),
                );
            }
            _ => {}
        }
    }
    (unlike, unsaid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> Pair {
        Pair {
            fault: "F".to_owned(),
            scenario: "a".to_owned(),
        }
    }

    /// Each run by the verdict of `x`: `b`roken, `k`ept, `u`nsaid, or `-` when the scenario did not run.
    #[track_caller]
    fn check(matrix: &str, runs: &str, unlike: usize, unsaid: usize) {
        let text = format!(
            r#"{{"airtight_matrix": 1, "looks": 2, "claims": {{"a": ["x", "y"]}}, "faults": {{"F": {{"a": {matrix}}}}}}}"#
        );
        let committed: Committed = serde_json::from_str(&text).expect("a matrix");
        let x = || BTreeSet::from(["x".to_owned()]);
        let run = |letter| ScenarioRun {
            claims: if letter == '-' { BTreeSet::new() } else { x() },
            broken: if letter == 'b' { x() } else { BTreeSet::new() },
            unsaid: if letter == 'u' { x() } else { BTreeSet::new() },
            ..ScenarioRun::default()
        };
        let runs: Vec<ScenarioRun> = runs.chars().map(run).collect();
        let (differs, silent) = held_against(&committed, &pair(), &runs);
        assert_eq!(
            (differs.len(), silent.len()),
            (unlike, unsaid),
            "{matrix} {differs:?} {silent:?}"
        );
    }

    #[test]
    fn only_what_is_unlike_in_every_run_is_unlike() {
        let always = [
            ("b", 0, 0),
            ("k", 1, 0),
            ("kkk", 1, 0),
            ("kkb", 0, 0),
            ("kku", 0, 1),
            ("---", 0, 1),
        ];
        for (runs, unlike, unsaid) in always {
            check(r#"{"always": ["x"]}"#, runs, unlike, unsaid);
        }
        // A scenario that breaks may break in another claim as well.
        check(r#"{"always": ["y"], "by_chance": ["x"]}"#, "bbb", 0, 0);
        for (runs, unlike) in [
            ("k", 0),
            ("b", 1),
            ("bbb", 1),
            ("bbk", 0),
            ("bbu", 0),
            ("-", 0),
        ] {
            check("{}", runs, unlike, 0);
        }
        let by_chance = r#"{"by_chance": ["x"]}"#;
        for runs in ["b", "k", "u", "-", "bbb", "kkk"] {
            check(by_chance, runs, 0, 0);
        }
    }

    /// What a person is told of the pair whose runs were these.
    #[test]
    fn what_is_unlike_is_told_in_words() {
        let text = r#"{"airtight_matrix": 1, "looks": 2, "claims": {"a": ["x", "y"]}, "faults": {"F": {"a": {"always": ["x"]}}, "G": {}}}"#;
        let committed: Committed = serde_json::from_str(text).expect("a matrix");
        let of = |claims: &[&str], broken: &[&str]| ScenarioRun {
            claims: claims.iter().map(|name| (*name).to_owned()).collect(),
            broken: broken.iter().map(|name| (*name).to_owned()).collect(),
            ..ScenarioRun::default()
        };
        let told = |fault: &str, run: ScenarioRun| {
            let pair = Pair {
                fault: fault.to_owned(),
                scenario: "a".to_owned(),
            };
            let (unlike, unsaid) = held_against(&committed, &pair, &[run.clone(), run]);
            let all = unlike.into_iter().chain(unsaid);
            let lines = all.map(|one| format!("{fault}, {}: {}\n", one.property, one.says));
            lines.collect::<String>()
        };
        let all = [
            told("F", of(&["x"], &[])),
            told("F", of(&[], &[])),
            told("G", of(&["x"], &["x"])),
            told("G", of(&["new"], &[])),
        ];
        insta::assert_snapshot!(all.concat());
    }

    /// A race breaks something else each time, and a scenario that names the fault as well accuses nobody.
    #[test]
    fn what_only_a_race_changes_is_no_news() {
        let text = r#"{"airtight_matrix": 1, "looks": 2, "claims": {"a": ["x"], "b": ["x"], "c": ["x"]}, "faults":
            {"F": {"b": {"by_chance": ["x"]}, "c": {"always": ["x"]}}, "G": {"c": {"always": ["x"]}}}}"#;
        let committed: Committed = serde_json::from_str(text).expect("a matrix");
        let x = || BTreeSet::from(["x".to_owned()]);
        let broken = |named| ScenarioRun {
            claims: x(),
            broken: x(),
            named,
            ..ScenarioRun::default()
        };
        let kept = ScenarioRun {
            claims: x(),
            ..ScenarioRun::default()
        };
        let of = |fault: &str, scenario: &str, run: ScenarioRun| {
            let pair = Pair {
                fault: fault.to_owned(),
                scenario: scenario.to_owned(),
            };
            held_against(&committed, &pair, &[run]).0.len()
        };
        assert_eq!(of("F", "a", broken(false)), 0, "a race");
        assert_eq!(of("F", "c", kept.clone()), 0, "a race");
        assert_eq!(of("G", "a", broken(false)), 1);
        assert_eq!(of("G", "a", broken(true)), 0);
        assert_eq!(of("G", "c", kept), 1);
    }

    #[test]
    fn a_claim_that_stays_open_beside_one_that_breaks_is_no_silence() {
        let text = r#"{"airtight_matrix": 1, "looks": 2, "claims": {"a": ["x", "y"]}, "faults": {"F": {"a": {"always": ["x", "y"]}}}}"#;
        let committed: Committed = serde_json::from_str(text).expect("a matrix");
        let both = || BTreeSet::from(["x".to_owned(), "y".to_owned()]);
        let n_unsaid = |broken: &[&str]| {
            let broken: BTreeSet<String> = broken.iter().map(|name| (*name).to_owned()).collect();
            let run = ScenarioRun {
                claims: both(),
                unsaid: &both() - &broken,
                broken,
                ..ScenarioRun::default()
            };
            held_against(&committed, &pair(), &[run]).1.len()
        };
        assert_eq!(n_unsaid(&["y"]), 0);
        assert_eq!(n_unsaid(&[]), 2);
    }

    #[test]
    fn a_claim_without_a_row_is_unlike() {
        let text =
            r#"{"airtight_matrix": 1, "looks": 2, "claims": {"a": []}, "faults": {"F": {}}}"#;
        let committed: Committed = serde_json::from_str(text).expect("a matrix");
        let run = ScenarioRun {
            claims: BTreeSet::from(["x".to_owned()]),
            ..ScenarioRun::default()
        };
        let (differs, _) = held_against(&committed, &pair(), &[run]);
        assert_eq!(differs.len(), 1);
    }
}
