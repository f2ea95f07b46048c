//! Every scenario under every fault, and once under none.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::claims;
use super::faults::Faults;
use super::pair::Pair;
use super::plan::{Progress, ROUNDS, SelftestPlan};
use super::suite_run::{ScenarioRun, SuiteRun};
use super::tally::MatrixTally;
use super::trial::Trial;
use crate::failure::Failure;
use crate::report::matrix::Matrix;
use crate::report::suite::Suite;
use crate::suite::playing;

/// How often the suite is run under a fault that has not been named: some need a moment's chance.
const TRIES: u32 = 3;

/// Runs all pairs, and those of a fault that is not named again; with a tally, as often as that wants.
pub(super) async fn run(
    plan: &SelftestPlan,
    all: &Faults,
    mut into: Option<(&mut MatrixTally, u32)>,
    mut tell: impl FnMut(Progress<'_>),
) -> Result<Matrix, Failure> {
    let mut trial = Trial::of(plan, all)?;
    let clean = playing::run(plan.suite.clone(), |_, _| {}).await?;
    let without = SuiteRun::of(&clean, None);
    let at_least = into.as_ref().map_or(1, |(_, looks)| *looks);
    let mut pairs = trial.pairs();
    for n_tries in 1..=at_least.max(TRIES) {
        let is_last = |trial: &Trial<'_>, pair: &Pair| {
            n_tries >= at_least && (n_tries >= TRIES || trial.is_named(&pair.fault))
        };
        let mut said: BTreeMap<Pair, ScenarioRun> = BTreeMap::new();
        let keep = |trial: &Trial<'_>, pair: &Pair, run: SuiteRun| {
            said.insert(pair.clone(), run.scenario_run(&pair.scenario));
            is_last(trial, pair)
        };
        trial
            .run(&pairs, jobs(plan, n_tries), keep, &mut tell)
            .await?;
        if let Some((tally, looks)) = &mut into {
            // A run alone may decide what a busy machine left open.
            let again: Vec<&Pair> = said
                .iter()
                .filter(|(pair, run)| {
                    let clean = without.scenarios.get(&pair.scenario);
                    run.is_late && clean.is_none_or(|clean| !run.unsaid.is_subset(&clean.unsaid))
                })
                .map(|(pair, _)| pair)
                .collect();
            let again: BTreeSet<Pair> = again.into_iter().cloned().collect();
            let keep = |_: &Trial<'_>, pair: &Pair, run: SuiteRun| {
                said.insert(pair.clone(), run.scenario_run(&pair.scenario));
                false
            };
            trial.run(&again, 1, keep, &mut tell).await?;
            for (pair, run) in &said {
                if n_tries <= *looks {
                    tally.add(pair, run);
                } else {
                    tally.add_again(pair, run);
                }
            }
        }
        // Once its fault is named, a pair that broke nothing need not be run again.
        pairs.retain(|pair| {
            let is_named = trial.is_named(&pair.fault);
            let broke = trial.kills[&pair.fault].touches(&pair.scenario);
            !is_named || (broke && n_tries < at_least)
        });
        if pairs.is_empty() {
            break;
        }
    }
    trial.report_others(&mut tell);
    // Only all faults together can show that no fault breaks a claim.
    let is_whole = trial.kills.len() == all.len();
    let judged = judged(&clean);
    if is_whole {
        break_all(&mut trial, &judged, &mut into, &mut tell).await?;
    }
    let claims = if is_whole {
        claims(&judged)
    } else {
        Vec::new()
    };
    let kills = trial.kills.into_values().collect();
    Ok(Matrix::new(&clean, kills, &claims, judged))
}

/// How many pairs at a time: in every other try few, because some claims break only on a busy machine.
fn jobs(plan: &SelftestPlan, n_tries: u32) -> usize {
    match n_tries % 2 {
        0 => plan.suite.jobs.div_ceil(4),
        _ => plan.suite.jobs,
    }
}

/// Runs a scenario of which a claim was broken by no fault under each of them again, until it is.
async fn break_all(
    trial: &mut Trial<'_>,
    judged: &BTreeMap<String, BTreeSet<String>>,
    into: &mut Option<(&mut MatrixTally, u32)>,
    tell: &mut impl FnMut(Progress<'_>),
) -> Result<(), Failure> {
    let all = trial.pairs();
    for (scenario, properties) in judged {
        let own: Vec<&Pair> = all
            .iter()
            .filter(|pair| pair.scenario == *scenario)
            .collect();
        for pair in own.iter().cycle().take(own.len() * ROUNDS) {
            if properties.iter().all(|one| trial.is_broken(scenario, one)) {
                break;
            }
            let keep = |_: &Trial<'_>, pair: &Pair, run: SuiteRun| {
                if let Some((tally, _)) = into.as_mut() {
                    tally.add_again(pair, &run.scenario_run(&pair.scenario));
                }
                false
            };
            let one = BTreeSet::from([(*pair).clone()]);
            trial.run(&one, 1, keep, tell).await?;
        }
    }
    Ok(())
}

/// The properties that each scenario judges.
fn judged(clean: &Suite) -> BTreeMap<String, BTreeSet<String>> {
    let mut claims: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let entries = clean.entries().iter();
    for entry in entries.filter(|entry| !entry.is_not_applicable()) {
        let reports = entry.report().into_iter();
        let findings = reports.flat_map(|report| &report.findings);
        let own = claims.entry(entry.name()).or_default();
        own.extend(findings.map(|judged| judged.property.to_owned()));
    }
    claims
}
