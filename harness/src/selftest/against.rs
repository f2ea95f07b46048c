//! Some pairs of a fault and a scenario, held against the committed matrix.
//!
//! Only what is unlike in every look counts: a claim that is broken by chance is broken in one of them, and a
//! slow machine leaves something unsaid.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};

use super::committed::{Committed, Often, Row};
use super::cover::Cover;
use super::faults::{Fault, Faults};
use super::look::Heard;
use super::{LOOKS, ROUNDS, SelftestPlan, look};
use crate::failure::Failure;
use crate::report::{Kill, Matrix, Sample, Unlike, shown};
use crate::scenario::{self, Scenario};
use crate::suite;

/// Scenarios at a time under one fault.
const AT_ONCE: usize = 4;

/// What the pairs of one fault showed.
struct Tried {
    kill: Kill,
    unlike: Vec<Unlike>,
    unsaid: Vec<Unlike>,
}

/// The scenarios, by their names.
struct Files {
    paths: BTreeMap<String, PathBuf>,
    scenarios: BTreeMap<String, Scenario>,
}

impl Files {
    fn read(plan: &SelftestPlan) -> Result<Self, Failure> {
        let (mut paths, mut scenarios) = (BTreeMap::new(), BTreeMap::new());
        for path in suite::files(&plan.suite.paths)? {
            let scenario =
                scenario::read(&path).map_err(|error| Failure::Told(error.to_string()))?;
            scenarios.insert(shown(&path), scenario);
            paths.insert(shown(&path), path);
        }
        Ok(Self { paths, scenarios })
    }

    fn of<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Vec<PathBuf> {
        let paths = names.into_iter().filter_map(|name| self.paths.get(name));
        paths.cloned().collect()
    }
}

/// Runs the pairs that the seed chooses; `seen` is told of each fault as it ends.
pub(super) async fn run(
    plan: &SelftestPlan,
    all: &Faults,
    file: &Path,
    sample_seed: &str,
    mut seen: impl FnMut(&Kill, usize),
) -> Result<Matrix, Failure> {
    let committed = Committed::read(file)?;
    let files = Files::read(plan)?;
    committed.fits(file, all, &files.scenarios)?;
    let chosen = all.chosen(&plan.only)?;
    let whole = chosen.len() == all.len();
    if whole {
        committed.knows_every_property(file)?;
    }
    let cover = Cover::of(&committed, sample_seed);
    let n_faults = chosen.len();
    let mut n_pairs = 0;
    let mut running = Vec::new();
    for (id, fault) in chosen {
        let pairs = cover.pairs.iter().filter(|pair| pair.fault == *id);
        let scenarios: BTreeSet<String> = pairs.map(|pair| pair.scenario.clone()).collect();
        n_pairs += scenarios.len();
        running.push(try_fault(plan, &committed, &files, id, fault, scenarios));
    }
    let mut ended = stream::iter(running).buffer_unordered((plan.suite.jobs / AT_ONCE).max(1));
    let (mut kills, mut unlike, mut unsaid) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(tried) = ended.next().await {
        let tried = tried?;
        seen(&tried.kill, n_faults);
        kills.push(tried.kill);
        unlike.extend(tried.unlike);
        unsaid.extend(tried.unsaid);
    }
    kills.sort_by(|one, other| one.fault.cmp(&other.fault));
    let mut claims = Vec::new();
    if whole {
        break_all(plan, &committed, &files, all, &mut kills).await?;
        claims.extend(
            evidence::PROPERTIES
                .iter()
                .map(|one| (None, one.name.to_owned())),
        );
        for (scenario, properties) in &committed.claims {
            let own = properties.iter();
            claims.extend(own.map(|property| (Some(scenario.clone()), property.clone())));
        }
    }
    let sample = Sample {
        pairs: n_pairs,
        of: cover.of,
        seed: sample_seed.to_owned(),
    };
    Ok(Matrix::of_sample(
        plan.suite.seed,
        kills,
        &claims,
        sample,
        unlike,
        unsaid,
    ))
}

/// How often a scenario is run before what it says counts as unlike the matrix: a claim that a fault breaks only by
/// chance is unlike it in some of them.
const TRIES: u32 = 6;

/// Runs the scenarios under the fault, and again those that said something unlike the matrix.
async fn try_fault(
    plan: &SelftestPlan,
    committed: &Committed,
    files: &Files,
    id: &str,
    fault: &Fault,
    scenarios: BTreeSet<String>,
) -> Result<Tried, Failure> {
    let mut kill = Kill::of(id, &fault.named_by);
    let mut looks: BTreeMap<String, Vec<Heard>> = BTreeMap::new();
    let mut open = scenarios.clone();
    while !open.is_empty() && kill.looks < TRIES {
        let paths = files.of(&open);
        let mut said = look(&plan.suite, Some((paths, AT_ONCE)), &mut kill, fault).await?;
        for scenario in &open {
            let heard = said.heard.remove(scenario).unwrap_or_default();
            looks.entry(scenario.clone()).or_default().push(heard);
        }
        open.retain(|scenario| {
            let row = committed.row(id, scenario);
            let (unlike, unsaid) = against(committed, id, scenario, &row, &looks[scenario]);
            let could_name = !kill.named && row.named.is_some();
            could_name || !unlike.is_empty() || !unsaid.is_empty()
        });
    }
    let mut rounds = 0;
    while !kill.named && rounds < LOOKS {
        look(&plan.suite, None, &mut kill, fault).await?;
        rounds += 1;
    }
    let (mut unlike, mut unsaid) = (Vec::new(), Vec::new());
    for (scenario, looks) in &looks {
        let row = committed.row(id, scenario);
        let (differs, silent) = against(committed, id, scenario, &row, looks);
        unlike.extend(differs);
        unsaid.extend(silent);
    }
    Ok(Tried {
        kill,
        unlike,
        unsaid,
    })
}

/// What is unlike the matrix in each look, and what no look could tell.
fn against(
    committed: &Committed,
    fault: &str,
    scenario: &str,
    row: &Row,
    looks: &[Heard],
) -> (Vec<Unlike>, Vec<Unlike>) {
    let (mut unlike, mut unsaid) = (Vec::new(), Vec::new());
    let known = committed.claims.get(scenario).cloned().unwrap_or_default();
    let heard: BTreeSet<String> = looks
        .iter()
        .flat_map(|look| &look.claims)
        .cloned()
        .collect();
    let n_looks = looks.len();
    for property in known.union(&heard) {
        let n_broken = looks
            .iter()
            .filter(|look| look.broken.contains(property))
            .count();
        let told =
            |look: &&Heard| look.claims.contains(property) && !look.unsaid.contains(property);
        let n_told = looks.iter().filter(told).count();
        let add = |list: &mut Vec<Unlike>, says: String| {
            list.push(Unlike {
                fault: fault.to_owned(),
                scenario: scenario.to_owned(),
                property: property.clone(),
                says,
            });
        };
        match row.often(property) {
            _ if !known.contains(property) => {
                add(
                    &mut unlike,
                    "the matrix does not know this claim".to_owned(),
                );
            }
            Some(Often::Always) if n_broken == 0 && n_told == n_looks => {
                add(
                    &mut unlike,
                    format!("the matrix says broken, and it held in {n_looks} of {n_looks} runs"),
                );
            }
            Some(Often::Always) if n_broken == 0 => {
                add(
                    &mut unsaid,
                    format!(
                        "the matrix says broken, and {} of {n_looks} runs could not tell",
                        n_looks - n_told
                    ),
                );
            }
            None if n_broken == n_looks => {
                add(
                    &mut unlike,
                    format!(
                        "the matrix says kept, and it was broken in {n_looks} of {n_looks} runs"
                    ),
                );
            }
            _ => {}
        }
    }
    (unlike, unsaid)
}

/// Runs what may break a claim again, until each claim is broken or its chances are used up.
async fn break_all(
    plan: &SelftestPlan,
    committed: &Committed,
    files: &Files,
    faults: &Faults,
    kills: &mut [Kill],
) -> Result<(), Failure> {
    let all = faults.chosen(&[])?;
    for (scenario, properties) in &committed.claims {
        for property in properties {
            let may = |kill: &Kill| {
                committed
                    .row(&kill.fault, scenario)
                    .often(property)
                    .is_some()
            };
            let indices: Vec<usize> = (0..kills.len())
                .filter(|index| may(&kills[*index]))
                .collect();
            for index in indices.iter().cycle().take(indices.len() * ROUNDS) {
                if kills.iter().any(|kill| kill.breaks(scenario, property)) {
                    break;
                }
                let paths = files.of([scenario]);
                let kill = &mut kills[*index];
                let fault = all.iter().find(|(id, _)| **id == kill.fault);
                if let Some((_, fault)) = fault {
                    look(&plan.suite, Some((paths, 1)), kill, fault).await?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each look by the verdict of `x`: `b`roken, `k`ept, `u`nsaid, or `-` when the scenario did not run.
    #[track_caller]
    fn check(matrix: &str, looks: &str, unlike: usize, unsaid: usize) {
        let text = format!(
            r#"{{"airtight_matrix": 1, "looks": 2, "claims": {{"a": ["x"]}}, "faults": {{"F": {{"a": {matrix}}}}}}}"#
        );
        let committed: Committed = serde_json::from_str(&text).expect("a matrix");
        let x = || BTreeSet::from(["x".to_owned()]);
        let heard = |letter| Heard {
            claims: if letter == '-' { BTreeSet::new() } else { x() },
            broken: if letter == 'b' { x() } else { BTreeSet::new() },
            unsaid: if letter == 'u' { x() } else { BTreeSet::new() },
            named: false,
        };
        let looks: Vec<Heard> = looks.chars().map(heard).collect();
        let (differs, silent) = against(&committed, "F", "a", &committed.row("F", "a"), &looks);
        assert_eq!(
            (differs.len(), silent.len()),
            (unlike, unsaid),
            "{matrix} {differs:?} {silent:?}"
        );
    }

    #[test]
    fn only_what_is_unlike_in_every_look_is_unlike() {
        let always = r#"{"always": ["x"]}"#;
        check(always, "b", 0, 0);
        check(always, "k", 1, 0);
        check(always, "kkk", 1, 0);
        check(always, "kkb", 0, 0);
        check(always, "kku", 0, 1);
        check(always, "---", 0, 1);
        let never = "{}";
        check(never, "k", 0, 0);
        check(never, "b", 1, 0);
        check(never, "bbb", 1, 0);
        check(never, "bbk", 0, 0);
        check(never, "bbu", 0, 0);
        check(never, "-", 0, 0);
        let by_chance = r#"{"by_chance": ["x"]}"#;
        for looks in ["b", "k", "u", "-", "bbb", "kkk"] {
            check(by_chance, looks, 0, 0);
        }
    }

    #[test]
    fn a_claim_without_a_row_is_unlike() {
        let text =
            r#"{"airtight_matrix": 1, "looks": 2, "claims": {"a": []}, "faults": {"F": {}}}"#;
        let committed: Committed = serde_json::from_str(text).expect("a matrix");
        let heard = Heard {
            claims: BTreeSet::from(["x".to_owned()]),
            ..Heard::default()
        };
        let (differs, _) = against(&committed, "F", "a", &Row::default(), &[heard]);
        assert_eq!(differs.len(), 1);
    }
}
