//! The numbers of a tab's events rise.

use std::collections::BTreeMap;

use super::findings::{finding, witness};
use crate::finding::Finding;
use crate::history::History;
use crate::observation::{Observation, What};
use crate::place::Place;

/// In each tab the numbers rise.
pub(super) fn events_in_order(history: &History) -> Finding {
    let mut highest: BTreeMap<&Place, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (observation, number) in numbered(history) {
        let Some(before) = highest.insert(&observation.place, number) else {
            continue;
        };
        chances += 1;
        if number < before {
            witnesses.push(witness(
                observation,
                format!("{} got number {number} after {before}", observation.place),
            ));
            highest.insert(&observation.place, before);
        }
    }
    finding(chances, witnesses, "no tab received two numbered events")
}

fn numbered(history: &History) -> impl Iterator<Item = (&Observation, u64)> {
    history
        .observations
        .iter()
        .filter_map(|observation| match observation.what {
            What::Received {
                number: Some(number),
                ..
            } => Some((observation, number)),
            _ => None,
        })
}
