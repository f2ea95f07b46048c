//! What comes beside a neighbour and came in no part alone.
//!
//! An event without a marker, which nobody has asked for and which does not come by itself, may well be a neighbour's. It
//! counts in two parts; anything else, which may be an answer that came too late alone, counts if each part has it.
//! A part that lasts longer has room for what comes by the clock: an event that comes when each part alone was over
//! shows nothing.

use std::collections::BTreeSet;

use super::latency::UNNOTICED_US;
use crate::comparison::difference::{Aspect, Checks, Difference, Number};
use crate::comparison::known::Known;
use crate::comparison::sighting::{Sighting, StreamName};
use crate::comparison::streams::Streams;
use crate::observation::bare;

/// What tells a newcomer from what comes by itself.
#[derive(Debug)]
pub(super) struct Newcomers {
    ambient: BTreeSet<String>,
    /// How long the longest part alone lasted, in microseconds.
    lasted_us: u64,
}

impl Newcomers {
    pub(super) fn of(parts: &[Streams<'_>], known: &Known) -> Self {
        let lasted = parts.iter().map(|part| part.lasted_us);
        Self {
            ambient: known.ambient.clone(),
            lasted_us: lasted.max().unwrap_or(0),
        }
    }

    /// Checks a stream that no part alone had.
    pub(super) fn check(&self, name: &StreamName, sightings: &[&Sighting], checks: &mut Checks) {
        checks.count += 1;
        let over_us = self.lasted_us.saturating_add(UNNOTICED_US);
        let in_time = |sighting: &&&Sighting| !sighting.is_event || sighting.at_us <= over_us;
        let in_time: Vec<&Sighting> = sightings.iter().filter(in_time).copied().collect();
        if in_time.is_empty() {
            let (kind, ms) = (&name.kind, self.lasted_us / 1000);
            checks.doubts.push(format!(
                "{kind}: it came in no part alone, and after more than the {ms} ms that they lasted"
            ));
            return;
        }
        checks.count_of(name, 0, &in_time);
        let unasked = |sighting: &&&Sighting| sighting.is_event && !sighting.is_marked;
        let mut unasked = in_time.iter().filter(unasked);
        if let Some(first) = unasked
            .next()
            .filter(|_| !self.ambient.contains(bare(&name.kind)))
        {
            let says = format!("there are {}, and 0 alone", in_time.len());
            let new = Aspect::Count(Number::New);
            let difference = Difference::at(first, new, in_time.len() as u64, says);
            checks.differences.push(difference);
        }
    }
}
