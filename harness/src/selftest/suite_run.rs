//! What one run of scenarios under a fault said, claim by claim.

use std::collections::{BTreeMap, BTreeSet};

use evidence::Verdict;

use super::faults::Fault;
use crate::report::fault_row::Cell;
use crate::report::suite::{Entry, Suite};

/// What one scenario said.
#[derive(Clone, Debug, Default)]
pub(super) struct ScenarioRun {
    /// The properties that it judged.
    pub(super) claims: BTreeSet<String>,
    pub(super) broken: BTreeSet<String>,
    /// Properties without an answer: undecided, or the scenario did not run to its end.
    pub(super) unsaid: BTreeSet<String>,
    /// Whether a property that speaks of the fault is broken, with the fault's own rule.
    pub(super) named: bool,
    /// Whether the harness itself was late, by so much that it may have missed something.
    pub(super) is_late: bool,
}

/// Lateness of the harness, in milliseconds, that leaves something open: a tenth of its patience for what is due.
const LATE_MS: u64 = 500;

/// What all scenarios of one run said.
#[derive(Debug)]
pub(super) struct SuiteRun {
    pub(super) scenarios: BTreeMap<String, ScenarioRun>,
    pub(super) cells: Vec<Cell>,
    /// Scenarios that said nothing.
    pub(super) not_run: Vec<String>,
}

impl SuiteRun {
    /// Of a run under this fault, or under none.
    pub(super) fn of(suite: &Suite, fault: Option<&Fault>) -> Self {
        let mut run = Self {
            scenarios: BTreeMap::new(),
            cells: Vec::new(),
            not_run: Vec::new(),
        };
        for entry in suite.entries() {
            run.add(entry, fault);
        }
        run
    }

    fn add(&mut self, entry: &Entry, fault: Option<&Fault>) {
        if entry.is_not_applicable() {
            return;
        }
        let name = entry.name();
        let Some(report) = entry.report() else {
            self.not_run.push(name);
            return;
        };
        let run = self.scenarios.entry(name.clone()).or_default();
        run.is_late = report.timing.late_ms() >= Some(LATE_MS);
        for judged in &report.findings {
            let property = judged.property.to_owned();
            run.claims.insert(property.clone());
            let verdict = judged.finding.verdict;
            if verdict == Verdict::Violated {
                let witness = judged.finding.witnesses.first();
                let cell = Cell {
                    scenario: name.clone(),
                    property: property.clone(),
                    rules: judged.rules.clone(),
                    witness: witness.map_or_else(String::new, |witness| witness.says.clone()),
                };
                run.named |= fault.is_some_and(|fault| fault.is_named_by(&cell));
                run.broken.insert(property);
                self.cells.push(cell);
            } else if verdict == Verdict::Undecided || entry.error().is_some() {
                run.unsaid.insert(property);
            }
        }
    }

    /// What this scenario said; nothing where it was not run.
    pub(super) fn scenario_run(mut self, scenario: &str) -> ScenarioRun {
        self.scenarios.remove(scenario).unwrap_or_default()
    }

    /// Whether a property that speaks of the fault is broken, with the fault's own rule.
    pub(super) fn names(&self) -> bool {
        self.scenarios.values().any(|run| run.named)
    }
}
