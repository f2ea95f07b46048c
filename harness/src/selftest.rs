//! The judge is judged: the suite against each fault in turn, and once against none.
//!
//! In: the scenarios, and the file that says which property must name which fault. Out: the kill matrix,
//! and what is wrong with it: a fault that nobody names, or a claim that no fault breaks.

mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use evidence::Verdict;

pub(crate) use self::faults::Faults;
use crate::failure::Failure;
use crate::report::{Cell, Entry, Kill, Matrix, Suite};
use crate::suite::{self, Plan};

/// What to run.
#[derive(Debug)]
pub(crate) struct SelftestPlan {
    /// The suite, without a fault.
    pub(crate) suite: Plan,
    /// The file of the faults.
    pub(crate) faults: PathBuf,
    /// Only these faults; all when there are none.
    pub(crate) only: Vec<String>,
}

/// Runs the suite once clean and once under each fault; `seen` is told of each as it ends.
pub(crate) async fn run(
    plan: SelftestPlan,
    mut seen: impl FnMut(&Kill, usize),
) -> Result<Matrix, Failure> {
    let all = Faults::read(&plan.faults)?;
    let chosen = all.chosen(&plan.only)?;
    let clean = suite::run(plan.suite.clone(), |_, _| {}).await?;
    let mut kills = Vec::new();
    for (id, fault) in &chosen {
        let under_fault = Plan {
            fault: Some((*id).clone()),
            ..plan.suite.clone()
        };
        let suite = suite::run(under_fault, |_, _| {}).await?;
        let cells = broken(&suite);
        let named = cells.iter().any(|cell| fault.is_named_by(cell));
        let kill = Kill {
            fault: (*id).clone(),
            named_by: fault.named_by.clone(),
            named,
            not_run: not_run(&suite),
            cells,
        };
        seen(&kill, chosen.len());
        kills.push(kill);
    }
    // What a part of the faults leaves untouched says nothing.
    let whole = chosen.len() == all.len();
    let claims = if whole { claims(&clean) } else { Vec::new() };
    Ok(Matrix::new(&clean, kills, &claims))
}

/// Every broken claim of a run, by scenario and property.
fn broken(suite: &Suite) -> Vec<Cell> {
    let mut cells = BTreeMap::new();
    for entry in suite.entries() {
        for judged in entry
            .report()
            .into_iter()
            .flat_map(|report| &report.findings)
        {
            if judged.finding.verdict == Verdict::Violated {
                let cell = Cell {
                    scenario: entry.name(),
                    property: judged.property.to_owned(),
                    rules: judged.rules.clone(),
                    witness: judged
                        .finding
                        .witnesses
                        .first()
                        .map(|witness| witness.says.clone())
                        .unwrap_or_default(),
                };
                cells.insert((cell.scenario.clone(), judged.property), cell);
            }
        }
    }
    cells.into_values().collect()
}

/// The scenarios that said nothing.
fn not_run(suite: &Suite) -> Vec<String> {
    let silent = |entry: &&Entry| entry.report().is_none();
    suite
        .entries()
        .iter()
        .filter(silent)
        .map(Entry::name)
        .collect()
}

/// Every claim that the suite makes, by scenario and property; and each property by itself.
fn claims(clean: &Suite) -> Vec<(Option<String>, String)> {
    let mut claims: BTreeSet<(Option<String>, String)> = evidence::PROPERTIES
        .iter()
        .map(|property| (None, property.name.to_owned()))
        .collect();
    for entry in clean.entries() {
        let judged = entry
            .report()
            .into_iter()
            .flat_map(|report| &report.findings);
        claims.extend(judged.map(|judged| (Some(entry.name()), judged.property.to_owned())));
    }
    claims.into_iter().collect()
}
