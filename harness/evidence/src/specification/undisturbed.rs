//! Noninterference, over a whole history in memory: parts alone, parts beside a neighbour, and what differs.
//!
//! How a frame becomes values is not written a second time (`comparison::leaves`, `comparison::shape`). Markers that were
//! cut short are not recognised here. A witness says where something differs and in how many parts, and not what.

mod seen;

mod alone;
mod random;

use std::collections::{BTreeMap, BTreeSet};

use self::alone::{Difference, differences};
use self::seen::{Part, parts};
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::verdict::Verdict;

/// A place of the parts alone sees the same beside each neighbour.
pub(super) fn undisturbed(history: &History) -> Finding {
    let parts = parts(history);
    let left_out = parts.iter().filter(|part| part.left_out.is_some());
    let left_out: Vec<&Part> = left_out.collect();
    let alone = { parts.iter() }
        .filter(|part| part.left_out.is_none() && part.beside.is_none())
        .collect::<Vec<&Part>>();
    let mut beside: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.left_out.is_none()) {
        if let Some(neighbour) = &part.beside {
            beside.entry(neighbour).or_default().push(part);
        }
    }
    let n_beside = |name: &str| beside.get(name).map_or(0, Vec::len);
    let mut neighbours = left_out.iter().filter_map(|part| part.beside.as_deref());
    let too_few = alone.len() < 2 || neighbours.any(|name| n_beside(name) < 2);
    let in_doubt = left_out.iter().any(|part| part.is_unsettled())
        || (too_few && left_out.iter().any(|part| !part.is_unsettled()));
    if in_doubt {
        beside.retain(|_, parts| parts.len() >= 2);
    }
    let undecided = || Finding::undecided("too little to compare");
    let has_events = |part: &&Part| part.things.iter().any(|thing| thing.is_event);
    if alone.len() < 2 || beside.is_empty() || !alone.iter().any(has_events) {
        return undecided();
    }
    let mut witnesses = Vec::new();
    let mut is_doubted = in_doubt;
    for (neighbour, parts) in &beside {
        let (found, doubted) = of_neighbour(history, &alone, neighbour, parts);
        witnesses.extend(found);
        is_doubted |= doubted;
    }
    if witnesses.is_empty() && is_doubted {
        return undecided();
    }
    let is_broken = !witnesses.is_empty();
    Finding {
        verdict: if is_broken {
            Verdict::Violated
        } else {
            Verdict::Holds
        },
        witnesses,
        ..undecided()
    }
}

/// What differs beside this neighbour in enough of the parts, and whether anything is in doubt.
fn of_neighbour(
    history: &History,
    alone: &[&Part],
    neighbour: &str,
    parts: &[&Part],
) -> (Vec<Witness>, bool) {
    let mut is_doubted = false;
    let mut seen: BTreeMap<Difference, BTreeSet<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        let (found, doubted) = differences(alone, part, &history.scene);
        is_doubted |= doubted;
        for difference in found {
            seen.entry(difference).or_default().insert(index);
        }
    }
    let counts = |difference: &Difference, seen: &BTreeSet<usize>| {
        seen.len() >= needed(difference, parts.len())
    };
    is_doubted |= { seen.iter() }
        .any(|(difference, seen)| is_suspect(difference) && !counts(difference, seen));
    seen.retain(|difference, seen| counts(difference, seen));
    let is_told = |difference: &Difference| {
        let other = match difference.what.as_str() {
            "fewer" => "nothing".to_owned(),
            "more" => "new".to_owned(),
            what => what.replace("delay", "late"),
        };
        let is_other = other != difference.what;
        let other = Difference {
            what: other,
            ..difference.clone()
        };
        !(is_other && seen.contains_key(&other))
    };
    let told = seen.iter().filter(|(difference, _)| is_told(difference));
    let witnesses = told.map(|(difference, seen)| {
        let Difference { place, kind, .. } = difference;
        let (n_seen, n_parts) = (seen.len(), parts.len());
        let says = format!("{place}: `{kind}` beside {neighbour}: ; in {n_seen} of {n_parts} runs");
        Witness {
            seq: None,
            says,
            frame: String::new(),
            event: None,
        }
    });
    (witnesses.collect(), is_doubted)
}

/// Whether nobody can tell, where it was seen in too few parts.
fn is_suspect(difference: &Difference) -> bool {
    ["unseen", "nothing", "new"].contains(&difference.what.as_str())
}

/// In how many parts it must be seen. What chance can make must be in each.
fn needed(difference: &Difference, n_parts: usize) -> usize {
    let what = difference.what.as_str();
    match what {
        "more" | "fewer" => n_parts,
        _ if what.starts_with("order") => n_parts,
        _ if what.starts_with("delay") => n_parts.max(2),
        _ => n_parts.min(2),
    }
}
