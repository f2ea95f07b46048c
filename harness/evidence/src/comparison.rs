//! Noninterference: does a user see the same with a neighbour as without one?
//!
//! In: a view of each part of a history. Out: differences, the smallest first. A part is *alone* when no neighbour
//! acts in it, and *beside* a neighbour otherwise. What is the same in every part alone must also be the same
//! beside a neighbour. What varies alone (a random id, the time, the order of two simultaneous things) is not
//! judged, except that the number of things must stay in a range. This finds leaks that carry no marker, a
//! count, a list, an id that grows, and neighbours who take what somebody else needs: what always came alone comes late
//! or not at all. `learned` is what the parts alone have in common.
//!
//! A difference that is seen once may be a coincidence. If a neighbour took part several times, a difference
//! counts only if it is seen at the same spot at least twice, and one that chance can make more easily only if each
//! part shows it (`Aspect::needs`).

pub(crate) mod shape;

pub(crate) mod leaves;
mod known;
mod sighting;
mod view;

mod streams;

mod difference;
mod learned;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::difference::REPEATED;
use self::difference::{Aspect, Difference};
pub(crate) use self::known::Known;
use self::learned::Learned;
use self::sighting::StreamName;
pub(crate) use self::view::View;
use crate::finding::Witness;

/// The result of a comparison.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// How many things were compared.
    pub(crate) checked: u64,
    /// The smallest difference first.
    pub(crate) witnesses: Vec<Witness>,
    /// What may be a difference, and nobody can tell.
    pub(crate) doubts: Vec<String>,
}

/// Where a difference is. It identifies the same difference in another part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    aspect: Aspect,
    neighbour: String,
    stream: StreamName,
}

/// A difference that was seen at the same spot in these parts.
struct Recurring {
    parts: BTreeSet<usize>,
    first: Difference,
}

/// Compares each view beside a neighbour (with the neighbour's name) with the views alone.
pub(crate) fn compare(alone: &[View], beside: &[(String, View)], known: &Known) -> Comparison {
    let learned = Learned::from(alone, known);
    let mut comparison = Comparison::default();
    let mut n_parts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spots: BTreeMap<Spot, Recurring> = BTreeMap::new();
    for (index, (neighbour, view)) in beside.iter().enumerate() {
        *n_parts.entry(neighbour).or_default() += 1;
        let checks = learned.check(view);
        comparison.checked += checks.count;
        let doubts = checks.doubts.into_iter();
        comparison
            .doubts
            .extend(doubts.map(|doubt| format!("beside {neighbour}: {doubt}")));
        for difference in checks.differences {
            let spot = Spot {
                aspect: difference.aspect.clone(),
                neighbour: neighbour.clone(),
                stream: difference.stream.clone(),
            };
            let recurring = spots.entry(spot).or_insert_with(|| Recurring {
                parts: BTreeSet::new(),
                first: difference,
            });
            recurring.parts.insert(index);
        }
    }
    let n_parts = |spot: &Spot| n_parts.get(spot.neighbour.as_str()).copied().unwrap_or(0);
    spots.retain(|spot, recurring| {
        let (n_seen, n_parts) = (recurring.parts.len(), n_parts(spot));
        let counts = n_seen >= spot.aspect.needs(n_parts);
        let missed = spot.aspect.missed().filter(|_| !counts);
        let (neighbour, kind) = (&spot.neighbour, &spot.stream.kind);
        comparison.doubts.extend(missed.map(|missed| {
            format!("beside {neighbour}: {kind}: {missed} in {n_seen} of {n_parts} runs")
        }));
        counts
    });
    let told: BTreeSet<Spot> = spots.keys().flat_map(told_by).collect();
    spots.retain(|spot, _| !told.contains(spot));
    let mut found: Vec<(Spot, Recurring)> = spots.into_iter().collect();
    found.sort_by_key(|(spot, recurring)| {
        let Difference { size, witness, .. } = &recurring.first;
        (spot.aspect.rank(), *size, witness.seq)
    });
    comparison.witnesses = found
        .into_iter()
        .map(|(spot, recurring)| witness(&spot, n_parts(&spot), recurring))
        .collect();
    comparison
}

/// Where the same difference shows itself in another way, too.
fn told_by(spot: &Spot) -> Option<Spot> {
    let aspect = spot.aspect.includes()?;
    Some(Spot {
        aspect,
        ..spot.clone()
    })
}

/// A difference in words: where it is, what it is, and in how many parts it was seen.
fn witness(spot: &Spot, n_parts: usize, recurring: Recurring) -> Witness {
    let (neighbour, StreamName { place, kind }) = (&spot.neighbour, &spot.stream);
    let (says, n_seen) = (&recurring.first.witness.says, recurring.parts.len());
    let says =
        format!("{place}: `{kind}` beside {neighbour}: {says}; in {n_seen} of {n_parts} runs");
    Witness {
        says,
        ..recurring.first.witness
    }
}
