//! What users saw alone, held against what they saw beside somebody: noninterference.
//!
//! In: a view of each part of a history. Out: differences, the smallest first. What is the same in every
//! part alone must be the same beside a neighbour; what is not (a random id, the time, the order of two
//! things at once) is not judged, but how many things there are stays in a range. So a leak is seen where no marker stands: a count, a list, an id that
//! grows, a message that comes late. `learned` says what the parts alone have in common.
//!
//! What is different once may be chance. Where a neighbour was there several times, a difference counts
//! when it is seen at the same place at least twice.

mod learned;
mod leaves;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use self::learned::Learned;
pub(crate) use self::view::View;
use crate::finding::Witness;

/// Parts beside a neighbour in which a difference must be seen, where there are so many.
pub(crate) const REPEATED: usize = 2;

/// What a difference is in, from the smallest to the largest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aspect {
    /// A value in the thing of this index, at this path; none: in any of them.
    Content(Option<usize>, String),
    /// How far a number has moved since the thing before.
    Step(usize, String),
    /// Which of two sorts of things comes first.
    Order(String),
    /// How many there are.
    Number,
    /// When it comes; none: any of them.
    Latency(Option<usize>),
}

/// Where a difference is, so that it is known again in another part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    aspect: Aspect,
    neighbour: String,
    place: String,
    kind: String,
}

/// One thing that is not as it was alone.
#[derive(Clone, Debug)]
struct Difference {
    aspect: Aspect,
    place: String,
    kind: String,
    /// How large: letters, things or microseconds.
    size: u64,
    witness: Witness,
}

/// What the comparison shows.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// How much was held against what was seen alone.
    pub(crate) checked: u64,
    /// The smallest difference first.
    pub(crate) witnesses: Vec<Witness>,
}

/// Holds each view beside a neighbour (by the neighbour's name) against those alone.
pub(crate) fn compare(alone: &[View], beside: &[(String, View)]) -> Compared {
    let learned = Learned::from(alone);
    let mut compared = Compared::default();
    let mut n_parts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spots: BTreeMap<Spot, (BTreeSet<usize>, Difference)> = BTreeMap::new();
    for (index, (neighbour, view)) in beside.iter().enumerate() {
        *n_parts.entry(neighbour).or_default() += 1;
        let (checked, differences) = learned.against(view);
        compared.checked += checked;
        for difference in differences {
            let spot = Spot {
                aspect: difference.aspect.clone(),
                neighbour: neighbour.clone(),
                place: difference.place.clone(),
                kind: difference.kind.clone(),
            };
            let (parts, _) = spots
                .entry(spot)
                .or_insert_with(|| (BTreeSet::new(), difference));
            parts.insert(index);
        }
    }
    let mut found: Vec<(Spot, usize, Difference)> = spots
        .into_iter()
        .filter(|(spot, (parts, _))| {
            let of = n_parts.get(spot.neighbour.as_str()).copied().unwrap_or(0);
            parts.len() >= REPEATED.min(of)
        })
        .map(|(spot, (parts, difference))| (spot, parts.len(), difference))
        .collect();
    found.sort_by_key(|(spot, _, difference)| {
        (rank(&spot.aspect), difference.size, difference.witness.seq)
    });
    compared.witnesses = found
        .into_iter()
        .map(|(spot, times, difference)| {
            let of = n_parts.get(spot.neighbour.as_str()).copied().unwrap_or(0);
            let Spot {
                neighbour,
                place,
                kind,
                ..
            } = spot;
            let Witness { says, .. } = &difference.witness;
            let says =
                format!("{place}: `{kind}` beside {neighbour}: {says}; in {times} of {of} runs");
            Witness {
                says,
                ..difference.witness
            }
        })
        .collect();
    compared
}

const fn rank(aspect: &Aspect) -> u8 {
    match aspect {
        Aspect::Content(..) | Aspect::Step(..) => 0,
        Aspect::Order(_) => 1,
        Aspect::Number => 2,
        Aspect::Latency(_) => 3,
    }
}
