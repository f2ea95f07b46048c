//! What users saw alone, held against what they saw beside somebody: noninterference.
//!
//! In: a view of each part of a history. Out: differences, the smallest first. What is the same in every
//! part alone must be the same beside a neighbour; what is not (a random id, the time, the order of two
//! things at once) is not judged, but how many things there are stays in a range. So a leak is seen where no
//! marker stands: a count, a list, an id that grows, a message that comes late. `learned` says what the parts
//! alone have in common.
//!
//! What is different once may be chance. Where a neighbour was there several times, a difference counts
//! when it is seen at the same place at least twice.

mod shape;

mod leaves;
mod sighting;
mod view;

mod streams;

mod difference;
mod learned;

use std::collections::{BTreeMap, BTreeSet};

use self::difference::{Aspect, Difference};
use self::learned::Learned;
use self::sighting::StreamName;
pub(crate) use self::view::View;
use crate::finding::Witness;

/// Parts beside a neighbour in which a difference must be seen, where there are so many.
pub(crate) const REPEATED: usize = 2;

/// What the comparison shows.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// How much was held against what was seen alone.
    pub(crate) checked: u64,
    /// The smallest difference first.
    pub(crate) witnesses: Vec<Witness>,
}

/// Where a difference is, so that it is known again in another part.
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

/// Holds each view beside a neighbour (by the neighbour's name) against those alone.
pub(crate) fn compare(alone: &[View], beside: &[(String, View)]) -> Comparison {
    let learned = Learned::from(alone);
    let mut comparison = Comparison::default();
    let mut n_parts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spots: BTreeMap<Spot, Recurring> = BTreeMap::new();
    for (index, (neighbour, view)) in beside.iter().enumerate() {
        *n_parts.entry(neighbour).or_default() += 1;
        let checks = learned.check(view);
        comparison.checked += checks.count;
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
    spots.retain(|spot, recurring| recurring.parts.len() >= REPEATED.min(n_parts(spot)));
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

/// What a person reads of a difference: where it is, what it is, and in how many of the parts.
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
