//! What the runs of a whole matrix showed, counted until it is committed.

use std::collections::{BTreeMap, BTreeSet};

use super::committed::{Committed, Often, Row};
use super::pair::Pair;
use super::suite_run::ScenarioRun;

/// What the runs of a whole matrix showed, to be committed.
#[derive(Debug, Default)]
pub(super) struct MatrixTally(BTreeMap<String, BTreeMap<String, Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// In how many runs of the whole suite the fault was named; nothing where it never was.
    named: Option<u32>,
    broken: BTreeMap<String, u32>,
}

impl MatrixTally {
    /// Adds what a pair said in one run of all of them.
    pub(super) fn add(&mut self, pair: &Pair, run: &ScenarioRun) {
        self.count(pair, run, 1);
    }

    /// Adds what the pair said in an extra run: what only that run shows happens sometimes.
    pub(super) fn add_again(&mut self, pair: &Pair, run: &ScenarioRun) {
        self.count(pair, run, 0);
    }

    fn count(&mut self, pair: &Pair, run: &ScenarioRun, weight: u32) {
        let rows = self.0.entry(pair.fault.clone()).or_default();
        if run.broken.is_empty() {
            return;
        }
        let counts = rows.entry(pair.scenario.clone()).or_default();
        if run.named {
            *counts.named.get_or_insert(0) += weight;
        }
        for property in &run.broken {
            *counts.broken.entry(property.clone()).or_default() += weight;
        }
    }

    /// The file, of so many runs under each fault.
    pub(super) fn committed(
        &self,
        looks: u32,
        claims: BTreeMap<String, BTreeSet<String>>,
    ) -> Committed {
        let row = |counts: &Counts| {
            let mut row = Row::default();
            for (property, times) in &counts.broken {
                let set = if *times >= looks {
                    &mut row.always
                } else {
                    &mut row.by_chance
                };
                set.insert(property.clone());
            }
            row.named = counts.named.map(|times| match times >= looks {
                true => Often::Always,
                false => Often::ByChance,
            });
            row
        };
        let rows = |rows: &BTreeMap<String, Counts>| {
            let rows = rows.iter();
            rows.map(|(scenario, counts)| (scenario.clone(), row(counts)))
                .collect()
        };
        let faults = self.0.iter();
        let faults = faults.map(|(fault, of)| (fault.clone(), rows(of)));
        Committed::of(looks, claims, faults.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broke(broken: &[&str], named: bool) -> ScenarioRun {
        ScenarioRun {
            broken: broken.iter().map(|name| (*name).to_owned()).collect(),
            named,
            ..ScenarioRun::default()
        }
    }

    #[test]
    fn what_some_runs_did_not_show_is_by_chance() {
        let pair = |fault: &str| Pair {
            fault: fault.to_owned(),
            scenario: "a/b".to_owned(),
        };
        let mut tally = MatrixTally::default();
        tally.add(&pair("LOST"), &broke(&["x", "y"], true));
        tally.add(&pair("LOST"), &broke(&["x"], false));
        tally.add_again(&pair("LOST"), &broke(&["z"], false));
        tally.add(&pair("QUIET"), &broke(&[], false));
        let claims = BTreeMap::from([("a/b".to_owned(), BTreeSet::from(["x".to_owned()]))]);
        let committed = tally.committed(2, claims);
        let row = committed.row("LOST", "a/b");
        let often = ["x", "y", "z", "w"].map(|property| row.often(property));
        let chance = Some(Often::ByChance);
        assert_eq!(often, [Some(Often::Always), chance, chance, None]);
        assert_eq!(row.named, Some(Often::ByChance));
        assert_eq!(committed.row("QUIET", "a/b"), Row::default());
        let chances = ["LOST", "QUIET", "NOBODY"].map(|fault| committed.is_by_chance(fault));
        assert_eq!(chances, [true, false, false]);
        let again: Committed = serde_json::from_str(&committed.text()).expect("JSON");
        assert_eq!(again, committed);
        let line =
            r#"      "a/b": {"always": ["x"], "by_chance": ["y", "z"], "named": "by_chance"}"#;
        assert!(committed.text().contains(line), "{}", committed.text());
    }
}
