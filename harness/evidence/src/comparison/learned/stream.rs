//! What is known about one stream.

use super::count::CountRange;
use super::latency::LatencyBand;
use super::slot::Slot;
use super::words::Words;
use crate::comparison::difference::Checks;
use crate::comparison::sighting::{Sighting, StreamName};
use crate::comparison::streams::Streams;

/// What is known about one stream: about each thing if it is steady, otherwise about their number and texts.
#[derive(Debug)]
pub(super) enum LearnedStream {
    Steady(Vec<Slot>),
    Unsteady {
        count: CountRange,
        words: Words,
        latency: LatencyBand,
    },
}

impl LearnedStream {
    /// Learns from the stream with this name in all parts.
    pub(super) fn of(name: &StreamName, parts: &[Streams<'_>]) -> Self {
        let each: Vec<&[&Sighting]> = parts.iter().map(|part| part.get(name)).collect();
        let count = each.first().map_or(0, |sightings| sightings.len());
        if each.iter().any(|sightings| sightings.len() != count) {
            let all = each.iter().flat_map(|sightings| sightings.iter().copied());
            return Self::Unsteady {
                count: CountRange::of(&each),
                words: Words::of(&each),
                latency: LatencyBand::of(all),
            };
        }
        Self::Steady((0..count).map(|index| Slot::of(&each, index)).collect())
    }

    /// Checks this stream in a part beside a neighbour.
    pub(super) fn check(&self, name: &StreamName, sightings: &[&Sighting], checks: &mut Checks) {
        checks.count += 1;
        match self {
            Self::Steady(slots) if slots.len() == sightings.len() => {
                for slot in slots {
                    slot.check(sightings, checks);
                }
            }
            Self::Steady(slots) => checks.count_of(name, slots.len(), sightings),
            Self::Unsteady {
                count,
                words,
                latency,
            } => {
                count.check(name, sightings, checks);
                for sighting in sightings {
                    words.check(sighting, checks);
                    latency.check(None, sighting, checks);
                }
            }
        }
    }
}
