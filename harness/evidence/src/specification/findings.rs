//! How a specification ends: in a finding.

use crate::finding::{Finding, Witness};
use crate::observation::{Observation, What};
use crate::verdict::Verdict;

/// The finding of these chances and witnesses.
pub(super) fn finding(chances: u64, witnesses: Vec<Witness>, no_chance: &str) -> Finding {
    let verdict = match (witnesses.is_empty(), chances) {
        (true, 0) => return Finding::undecided(no_chance),
        (true, _) => Verdict::Holds,
        (false, _) => Verdict::Violated,
    };
    Finding {
        verdict,
        chances: chances.max(1),
        reason: String::new(),
        note: String::new(),
        witnesses,
        left_out: 0,
    }
}

/// The same, if nobody knows how some of the chances ended.
pub(super) fn doubted(
    chances: u64,
    witnesses: Vec<Witness>,
    doubts: &[String],
    no_chance: &str,
) -> Finding {
    let Some(first) = doubts.first().filter(|_| witnesses.is_empty()) else {
        return finding(chances, witnesses, no_chance);
    };
    let more = match doubts.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Finding {
        chances,
        ..Finding::undecided(format!("{first}{more}"))
    }
}

/// This observation as a witness.
pub(super) fn witness(observation: &Observation, says: String) -> Witness {
    let (event, frame) = match &observation.what {
        What::Received { event, frame, .. } => (Some(event.clone()), frame.clone()),
        _ => (None, String::new()),
    };
    Witness {
        seq: Some(observation.seq),
        says,
        frame,
        event,
    }
}
