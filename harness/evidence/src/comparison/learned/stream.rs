//! What is known about one stream.

use super::count::CountRange;
use super::latency::LatencyBand;
use super::slot::Slot;
use super::words::Words;
use crate::comparison::difference::Checks;
use crate::comparison::known::Known;
use crate::comparison::sighting::{Sighting, StreamName};
use crate::comparison::streams::Streams;
use crate::observation::bare;

/// What is known about one stream: about each thing if it is steady, and about their number and texts.
#[derive(Debug)]
pub(super) struct LearnedStream {
    /// Each thing, if there were as many in each part alone.
    slots: Option<Vec<Slot>>,
    count: CountRange,
    words: Words,
    latency: LatencyBand,
}

impl LearnedStream {
    /// Learns from the stream with this name in all parts.
    pub(super) fn of(name: &StreamName, parts: &[Streams<'_>], known: &Known) -> Self {
        let each: Vec<&[&Sighting]> = parts.iter().map(|part| part.get(name)).collect();
        let all = each.iter().flat_map(|sightings| sightings.iter().copied());
        let count = each.first().map_or(0, |sightings| sightings.len());
        let is_steady = each.iter().all(|sightings| sightings.len() == count);
        let slots = is_steady.then(|| {
            let mut slots: Vec<Slot> = (0..count).map(|index| Slot::of(&each, index)).collect();
            let worst_us = slots.iter().map(|slot| slot.latency.spread_us()).max();
            let is_answer = !known.ambient.contains(bare(&name.kind));
            for slot in slots.iter_mut().filter(|_| is_answer) {
                slot.latency.tighten(each.len(), worst_us.unwrap_or(0));
            }
            slots
        });
        Self {
            slots,
            count: CountRange::of(&each, parts, known.uncounted.contains(&name.kind)),
            words: Words::of(&each),
            latency: LatencyBand::of(all),
        }
    }

    /// Whether each part alone had as many of them.
    pub(super) const fn is_steady(&self) -> bool {
        self.slots.is_some()
    }

    /// Checks this stream in a part beside a neighbour.
    pub(super) fn check(&self, name: &StreamName, part: &Streams<'_>, checks: &mut Checks) {
        checks.count += 1;
        let sightings = part.get(name);
        let as_alone = |slots: &&Vec<Slot>| slots.len() == sightings.len();
        if let Some(slots) = self.slots.as_ref().filter(as_alone) {
            for slot in slots {
                slot.check(sightings, checks);
            }
            return;
        }
        let is_within = self.count.check(name, (sightings, part.lasted_us), checks);
        // Of a steady stream that has another number nobody knows which thing is which.
        if self.is_steady() && !is_within {
            return;
        }
        for sighting in sightings {
            self.words.check(sighting, checks);
            self.latency.check(None, sighting, checks);
        }
    }
}
