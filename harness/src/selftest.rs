//! The judge is judged: the suite against each fault in turn, and once against none.
//!
//! In: the scenarios, and the file that says which property must name which fault. Out: the kill matrix,
//! and what is wrong with it: a fault that nobody names, or a claim that no fault breaks.

mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use evidence::Verdict;

pub(crate) use self::faults::{Fault, Faults};
use crate::failure::Failure;
use crate::report::{Cell, Entry, Kill, Matrix, Suite};
use crate::suite::{self, Plan};

/// How often the suite is run under a fault that has not been named: some need a moment's chance.
const LOOKS: u32 = 3;

/// How often a scenario alone is run under each fault while a claim of it was never broken. What is lost by
/// chance may be what nobody waited for; one run is a part of a second.
const ROUNDS: usize = 5;

/// A scenario's property, or a property by itself.
type Claim = (Option<String>, String);

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
        let mut kill = Kill::of(id, &fault.named_by);
        while !kill.named && kill.looks < LOOKS {
            look(&plan.suite, &mut kill, fault).await?;
        }
        seen(&kill, chosen.len());
        kills.push(kill);
    }
    // What a part of the faults leaves untouched says nothing.
    let whole = chosen.len() == all.len();
    let claims = if whole { claims(&clean) } else { Vec::new() };
    if whole {
        for entry in clean.entries() {
            break_all(&plan.suite, entry, &claims, &mut kills).await?;
        }
    }
    Ok(Matrix::new(&clean, kills, &claims))
}

/// Runs the suite under a fault, and adds what it broke.
async fn look(suite: &Plan, kill: &mut Kill, fault: &Fault) -> Result<(), Failure> {
    let under_fault = Plan {
        fault: Some(kill.fault.clone()),
        ..suite.clone()
    };
    let suite = suite::run(under_fault, |_, _| {}).await?;
    kill.looks += 1;
    kill.add(broken(&suite));
    kill.not_run = not_run(&suite);
    kill.named = kill.cells.iter().any(|cell| fault.is_named_by(cell));
    Ok(())
}

/// Runs a scenario of which a claim was broken by no fault under each of them again, until it is.
async fn break_all(
    suite: &Plan,
    entry: &Entry,
    claims: &[Claim],
    kills: &mut [Kill],
) -> Result<(), Failure> {
    let name = entry.name();
    let own = claims
        .iter()
        .filter(|(scenario, _)| scenario.as_ref() == Some(&name));
    let own: Vec<&str> = own.map(|(_, property)| property.as_str()).collect();
    for index in (0..kills.len()).cycle().take(kills.len() * ROUNDS) {
        let is_broken = |property: &&str| kills.iter().any(|kill| kill.breaks(&name, property));
        if own.iter().all(is_broken) {
            return Ok(());
        }
        let again = Plan {
            paths: vec![entry.path().to_owned()],
            fault: Some(kills[index].fault.clone()),
            ..suite.clone()
        };
        let seen = suite::run(again, |_, _| {}).await?;
        kills[index].add(broken(&seen));
    }
    Ok(())
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
fn claims(clean: &Suite) -> Vec<Claim> {
    let mut claims: BTreeSet<Claim> = evidence::PROPERTIES
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
