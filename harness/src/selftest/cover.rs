//! Which pairs of a fault and a scenario are run: as few as break every claim and name every fault, and a tenth of
//! the others, chosen by a seed.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::committed::{Committed, Often};
use super::pair::Pair;

/// Of the pairs that nothing needs, one in so many is run.
const SAMPLE: usize = 10;
/// How many pairs are run for what happens only sometimes.
const CHANCES: usize = 3;

/// What must be seen once: a fault that is named, or a scenario's property that is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Named(String),
    Broken(String, String),
}

impl Need {
    /// Whether the pair shows it, always or sometimes.
    pub(super) fn is_met_by(&self, committed: &Committed, pair: &Pair) -> bool {
        let shown = |often| shows(committed, pair, often).contains(self);
        shown(Often::Always) || shown(Often::ByChance)
    }
}

/// What to run.
#[derive(Debug)]
pub(super) struct Cover {
    pub(super) pairs: BTreeSet<Pair>,
    /// All that could be run.
    pub(super) of: usize,
}

impl Cover {
    pub(super) fn of(committed: &Committed, seed: &str) -> Self {
        let all = committed.pairs();
        let of = all.len();
        let mut pairs = needed(committed, &all);
        let mut rest: Vec<Pair> = all
            .into_iter()
            .filter(|pair| !pairs.contains(pair))
            .collect();
        rest.shuffle(&mut StdRng::seed_from_u64(number(seed)));
        rest.truncate(rest.len().div_ceil(SAMPLE));
        pairs.extend(rest);
        Self { pairs, of }
    }
}

/// FNV-1a: the same words choose the same pairs everywhere.
fn number(seed: &str) -> u64 {
    seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What a pair shows so often.
fn shows(committed: &Committed, pair: &Pair, often: Often) -> BTreeSet<Need> {
    let row = committed.row(&pair.fault, &pair.scenario);
    let broken = match often {
        Often::Always => row.always,
        Often::ByChance => row.by_chance,
    };
    let broken = broken
        .into_iter()
        .map(|property| Need::Broken(pair.scenario.clone(), property));
    let named = (row.named == Some(often)).then(|| Need::Named(pair.fault.clone()));
    broken.chain(named).collect()
}

/// Chooses, one after the other, the pair that shows most of what is still missing.
fn needed(committed: &Committed, all: &[Pair]) -> BTreeSet<Pair> {
    let sure: Vec<(&Pair, BTreeSet<Need>)> = all
        .iter()
        .map(|pair| (pair, shows(committed, pair, Often::Always)))
        .collect();
    let mut missing: BTreeSet<Need> = sure.iter().flat_map(|(_, shown)| shown).cloned().collect();
    let mut chosen = BTreeSet::new();
    while let Some((pair, shown)) = sure
        .iter()
        .rev()
        .max_by_key(|(_, shown)| shown.intersection(&missing).count())
        .filter(|(_, shown)| !shown.is_disjoint(&missing))
    {
        missing.retain(|need| !shown.contains(need));
        chosen.insert((*pair).clone());
    }
    let seen: BTreeSet<&Need> = sure.iter().flat_map(|(_, shown)| shown).collect();
    let by_chance = |pair| shows(committed, pair, Often::ByChance);
    let chances: BTreeSet<Need> = all.iter().flat_map(by_chance).collect();
    for need in chances.iter().filter(|need| !seen.contains(need)) {
        let shown = all.iter().filter(|pair| by_chance(pair).contains(need));
        chosen.extend(shown.take(CHANCES).cloned());
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed() -> Committed {
        let text = r#"{"airtight_matrix": 1, "looks": 2,
            "claims": {"a": ["x", "y"], "b": ["x"], "c": ["z"]},
            "faults": {
                "F1": {"a": {"always": ["x"]}, "b": {"always": ["x"], "named": "always"}},
                "F2": {"a": {"always": ["x", "y"], "named": "always"}},
                "F3": {"c": {"by_chance": ["z"], "named": "by_chance"}},
                "F4": {}}}"#;
        serde_json::from_str(text).expect("a matrix")
    }

    #[track_caller]
    fn check(seed: &str) -> BTreeSet<Pair> {
        let cover = Cover::of(&committed(), seed);
        assert_eq!(cover.of, 12);
        // Nine are left, and a tenth of them is one.
        assert_eq!(cover.pairs.len(), 4, "{cover:?}");
        for (fault, scenario) in [("F1", "b"), ("F2", "a"), ("F3", "c")] {
            let (fault, scenario) = (fault.to_owned(), scenario.to_owned());
            assert!(cover.pairs.contains(&Pair { fault, scenario }), "{cover:?}");
        }
        cover.pairs
    }

    #[test]
    fn every_fault_and_claim_is_covered_and_the_seed_chooses_the_rest() {
        assert_eq!(check("a commit"), check("a commit"));
        let other: BTreeSet<_> = (0..20).map(|seed| check(&seed.to_string())).collect();
        assert!(other.len() > 3, "{other:?}");
    }
}
