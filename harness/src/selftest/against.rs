//! Some pairs of a fault and a scenario, held against the committed matrix.
//!
//! All of them are run at once, as far as the machine bears it; what differs from the matrix is run again
//! with less beside it, and at last alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::claims::claims;
use super::committed::Committed;
use super::cover::{Cover, Need};
use super::faults::Faults;
use super::pair::Pair;
use super::plan::{Progress, ROUNDS, SelftestPlan};
use super::suite_run::{ScenarioRun, SuiteRun};
use super::trial::Trial;
use super::unlike::held_against;
use crate::failure::Failure;
use crate::report::matrix::{Matrix, Sample};

/// How often a pair is run alone before a difference from the matrix counts: a claim that a fault breaks only sometimes
/// differs in some of the runs.
const ALONE: usize = 4;

/// Runs the pairs that the seed chooses, and reports how far it is.
pub(super) async fn run(
    plan: &SelftestPlan,
    all: &Faults,
    file: &Path,
    sample_seed: &str,
    mut tell: impl FnMut(Progress<'_>),
) -> Result<Matrix, Failure> {
    let committed = Committed::read(file)?;
    let mut trial = Trial::of(plan, all)?;
    committed.fits(file, all, &trial.scenarios)?;
    let is_whole = trial.kills.len() == all.len();
    if is_whole {
        committed.knows_every_property(file)?;
    }
    let cover = Cover::of(&committed, sample_seed);
    let mut pairs = cover.pairs;
    pairs.retain(|pair| trial.kills.contains_key(&pair.fault));
    let sample = Sample {
        pairs: pairs.len(),
        of: cover.of,
        seed: sample_seed.to_owned(),
    };
    let mut said = BTreeMap::new();
    let many = plan.suite.jobs;
    if run_all(&mut trial, &committed, pairs, many, &mut said, &mut tell).await? {
        meet_needs(&mut trial, &committed, is_whole, &mut tell).await?;
    }
    let must_break = is_whole.then(|| claims(&committed.claims));
    let (mut unlike, mut unsaid) = (Vec::new(), Vec::new());
    for (pair, runs) in &said {
        let (differs, silent) = held_against(&committed, pair, runs);
        unlike.extend(differs);
        unsaid.extend(silent);
    }
    Ok(Matrix::of_sample(
        plan.suite.seed,
        trial.kills.into_values().collect(),
        &must_break.unwrap_or_default(),
        sample,
        unlike,
        unsaid,
    ))
}

/// What each run of a pair said.
type Said = BTreeMap<Pair, Vec<ScenarioRun>>;

/// Runs these pairs, and some of them again. Gives whether few enough differ that the difference may be random.
async fn run_all(
    trial: &mut Trial<'_>,
    committed: &Committed,
    pairs: BTreeSet<Pair>,
    many: usize,
    said: &mut Said,
    tell: &mut impl FnMut(Progress<'_>),
) -> Result<bool, Failure> {
    let jobs = [many, (many / 3).max(1)];
    let n_pairs = pairs.len();
    let mut open = pairs;
    let mut is_chance = true;
    for jobs in jobs.into_iter().chain([1; ALONE]) {
        let keep = |trial: &Trial<'_>, pair: &Pair, run: SuiteRun| {
            let runs = said.entry(pair.clone()).or_default();
            runs.push(run.scenario_run(&pair.scenario));
            !is_open(trial, committed, pair, runs)
        };
        trial.run(&open, jobs, keep, tell).await?;
        open.retain(|pair| is_open(trial, committed, pair, &said[pair]));
        // Where most differ it is not random, and running all of them again would only take time.
        is_chance = open.len() <= n_pairs.div_ceil(2);
        if open.is_empty() || !is_chance {
            break;
        }
    }
    trial.report_others(tell);
    Ok(is_chance)
}

/// Whether another run of the pair could decide more.
fn is_open(trial: &Trial<'_>, committed: &Committed, pair: &Pair, runs: &[ScenarioRun]) -> bool {
    let (unlike, unsaid) = held_against(committed, pair, runs);
    let could_name =
        !trial.is_named(&pair.fault) && Need::Named(pair.fault.clone()).is_met_by(committed, pair);
    could_name || !unlike.is_empty() || !unsaid.is_empty()
}

/// Runs, one after the other, what may name a fault that nothing has named, or break a claim that nothing has
/// broken, until it does or its chances are used up.
async fn meet_needs(
    trial: &mut Trial<'_>,
    committed: &Committed,
    with_claims: bool,
    tell: &mut impl FnMut(Progress<'_>),
) -> Result<(), Failure> {
    let mut needs: Vec<Need> = trial.kills.keys().cloned().map(Need::Named).collect();
    if with_claims {
        for (scenario, properties) in &committed.claims {
            let own = properties.iter().cloned();
            needs.extend(own.map(|property| Need::Broken(scenario.clone(), property)));
        }
    }
    let pairs = committed.pairs();
    for need in needs {
        let may = pairs.iter().filter(|pair| {
            trial.kills.contains_key(&pair.fault) && need.is_met_by(committed, pair)
        });
        let may: Vec<&Pair> = may.collect();
        for pair in may.iter().cycle().take(may.len() * ROUNDS) {
            let is_met = match &need {
                Need::Named(id) => trial.is_named(id),
                Need::Broken(scenario, property) => trial.is_broken(scenario, property),
            };
            if is_met {
                break;
            }
            let one = BTreeSet::from([(*pair).clone()]);
            trial.run(&one, 1, |_, _, _| false, tell).await?;
        }
    }
    Ok(())
}
