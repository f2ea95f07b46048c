//! The judge is judged: the suite against each fault in turn, and once against none.
//!
//! In: the scenarios, and the file that says which property must name which fault. Out: the kill matrix,
//! and what is wrong with it: a fault that nobody names, or a claim that no fault breaks. The whole matrix takes
//! long; so its verdicts are committed, and some of its pairs are held against them (`against.rs`).

mod against;
mod committed;
mod cover;
mod faults;
mod look;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use self::committed::Tally;
pub(crate) use self::faults::{Fault, Faults};
use self::look::Look;
use crate::failure::Failure;
use crate::report::{Entry, Kill, Matrix, Suite};
use crate::suite::{self, Plan};

/// How often the suite is run under a fault that has not been named: some need a moment's chance.
const LOOKS: u32 = 3;

/// How often a scenario alone is run under each fault while a claim of it was never broken. What is lost by
/// chance may be what nobody waited for; one run is a part of a second.
const ROUNDS: usize = 5;

/// A scenario's property, or a property by itself.
type Claim = (Option<String>, String);

/// How much to run.
#[derive(Debug)]
pub(crate) enum Extent {
    /// The suite under each fault, until it is named.
    Whole,
    /// The suite so often under each fault; what it showed goes to this file.
    Committing { file: PathBuf, looks: u32 },
    /// Pairs chosen by the seed, held against this file.
    Against { file: PathBuf, sample_seed: String },
}

/// What to run.
#[derive(Debug)]
pub(crate) struct SelftestPlan {
    /// The suite, without a fault.
    pub(crate) suite: Plan,
    /// The file of the faults.
    pub(crate) faults: PathBuf,
    /// Only these faults; all when there are none.
    pub(crate) only: Vec<String>,
    pub(crate) extent: Extent,
}

/// Runs what the plan says; `seen` is told of each fault as it ends.
pub(crate) async fn run(
    plan: SelftestPlan,
    seen: impl FnMut(&Kill, usize),
) -> Result<Matrix, Failure> {
    let all = Faults::read(&plan.faults)?;
    match &plan.extent {
        Extent::Whole => whole(&plan, &all, None, seen).await,
        Extent::Committing { file, looks } => {
            let mut tally = Tally::default();
            let into = Some((&mut tally, *looks));
            let matrix = whole(&plan, &all, into, seen).await?;
            let claims = matrix.claims().clone();
            if !matrix.is_clean() {
                return Err(Failure::world(
                    "the suite does not hold without a fault, so its matrix is not written",
                    file.display(),
                    "run `airtight verify`, and mend what it tells",
                ));
            }
            tally.committed(*looks, claims).write(file)?;
            Ok(matrix)
        }
        Extent::Against { file, sample_seed } => {
            against::run(&plan, &all, file, sample_seed, seen).await
        }
    }
}

/// Runs the suite once clean and under each fault until it is named, or as often as the tally wants.
async fn whole(
    plan: &SelftestPlan,
    all: &Faults,
    mut into: Option<(&mut Tally, u32)>,
    mut seen: impl FnMut(&Kill, usize),
) -> Result<Matrix, Failure> {
    let chosen = all.chosen(&plan.only)?;
    let clean = suite::run(plan.suite.clone(), |_, _| {}).await?;
    let at_least = into.as_ref().map_or(0, |(_, looks)| *looks);
    let mut kills = Vec::new();
    for (id, fault) in &chosen {
        let mut kill = Kill::of(id, &fault.named_by);
        while kill.looks < at_least || (!kill.named && kill.looks < LOOKS) {
            let look = look(&plan.suite, None, &mut kill, fault).await?;
            match &mut into {
                Some((tally, looks)) if kill.looks <= *looks => tally.add(id, &look),
                Some((tally, _)) => tally.add_again(id, &look),
                None => {}
            }
        }
        seen(&kill, chosen.len());
        kills.push(kill);
    }
    // What a part of the faults leaves untouched says nothing.
    let is_whole = chosen.len() == all.len();
    let claims = if is_whole { claims(&clean) } else { Vec::new() };
    if is_whole {
        for entry in clean.entries() {
            break_all(&plan.suite, entry, &claims, &chosen, &mut kills, &mut into).await?;
        }
    }
    Ok(Matrix::new(&clean, kills, &claims, judged(&clean)))
}

/// Runs the suite under a fault, or some scenarios of it and so many at once, and adds what broke.
async fn look(
    suite: &Plan,
    some: Option<(Vec<PathBuf>, usize)>,
    kill: &mut Kill,
    fault: &Fault,
) -> Result<Look, Failure> {
    let mut under_fault = Plan {
        fault: Some(kill.fault.clone()),
        ..suite.clone()
    };
    if let Some((paths, jobs)) = some {
        (under_fault.paths, under_fault.jobs) = (paths, jobs.min(suite.jobs));
    }
    let look = Look::of(&suite::run(under_fault, |_, _| {}).await?, fault);
    kill.looks += 1;
    kill.add(look.cells.clone());
    kill.not_run.clone_from(&look.not_run);
    kill.named |= look.heard.values().any(|heard| heard.named);
    Ok(look)
}

/// Runs a scenario of which a claim was broken by no fault under each of them again, until it is.
async fn break_all(
    suite: &Plan,
    entry: &Entry,
    claims: &[Claim],
    faults: &[(&String, &Fault)],
    kills: &mut [Kill],
    into: &mut Option<(&mut Tally, u32)>,
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
        let look = Look::of(&suite::run(again, |_, _| {}).await?, faults[index].1);
        if let Some((tally, _)) = into {
            tally.add_again(&kills[index].fault, &look);
        }
        kills[index].add(look.cells);
    }
    Ok(())
}

/// Every claim that the suite makes, by scenario and property; and each property by itself.
fn claims(clean: &Suite) -> Vec<Claim> {
    let mut claims: BTreeSet<Claim> = evidence::PROPERTIES
        .iter()
        .map(|property| (None, property.name.to_owned()))
        .collect();
    for (scenario, properties) in judged(clean) {
        let own = properties.into_iter();
        claims.extend(own.map(|property| (Some(scenario.clone()), property)));
    }
    claims.into_iter().collect()
}

/// The properties that each scenario judges.
fn judged(clean: &Suite) -> BTreeMap<String, BTreeSet<String>> {
    let mut claims: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in clean.entries() {
        let findings = entry
            .report()
            .into_iter()
            .flat_map(|report| &report.findings);
        let own = claims.entry(entry.name()).or_default();
        own.extend(findings.map(|judged| judged.property.to_owned()));
    }
    claims
}
