//! What is known about one thing of a steady stream, for example the third.

use std::collections::BTreeMap;

use super::latency::LatencyBand;
use super::value::LearnedValue;
use crate::comparison::difference::{Aspect, Checks, Difference, excerpt};
use crate::comparison::sighting::Sighting;

/// The path of whether a step was met.
const MET: &str = "met";

/// What is known about the thing with one index.
#[derive(Debug)]
pub(super) struct Slot {
    index: usize,
    /// Every value by its path; empty if the paths were not the same in each part.
    values: BTreeMap<String, LearnedValue>,
    /// Whether the paths were the same in each part: then no other may occur.
    closed: bool,
    pub(super) latency: LatencyBand,
    /// It is a step, and was met in each part alone.
    was_met: bool,
}

impl Slot {
    /// Learns from the things with this `index` in all parts.
    pub(super) fn of(parts: &[&[&Sighting]], index: usize) -> Self {
        let things: Vec<&Sighting> = parts.iter().map(|sightings| sightings[index]).collect();
        let paths = |thing: &Sighting| -> Vec<String> {
            thing.leaves.iter().map(|(path, _)| path.clone()).collect()
        };
        let first = things.first().map(|thing| paths(thing)).unwrap_or_default();
        let closed = things.iter().all(|thing| paths(thing) == first);
        let known = if closed { first } else { Vec::new() };
        let values = known.into_iter().map(|path| {
            let value = LearnedValue::of(parts, index, &path);
            (path, value)
        });
        Self {
            index,
            values: values.collect(),
            closed,
            latency: LatencyBand::of(things.iter().copied()),
            was_met: { things.iter() }.all(|thing| thing.value(MET) == Some("true")),
        }
    }

    /// Checks a step that was not seen in time. Where each part alone met it, the time that was waited for says whether
    /// a neighbour is to blame: a wait as short as some alone shows nothing.
    fn check_wait(&self, sighting: &Sighting, waited_us: u64, checks: &mut Checks) {
        if !self.was_met {
            return;
        }
        checks.count += 1;
        let waited_ms = waited_us / 1000;
        let limit_us = self.latency.loose_us();
        if waited_us <= limit_us {
            let kind = &sighting.stream.kind;
            let why = format!(
                "{kind}: it was met in each part alone, and not seen in {waited_ms} ms, which is too short to tell"
            );
            checks.doubts.push(why);
            return;
        }
        let limit = self.latency.limit(limit_us);
        let says = format!("it was not seen in {waited_ms} ms; {limit}");
        let size = waited_us - limit_us;
        let difference = Difference::at(sighting, Aspect::Unseen, size, says);
        checks.differences.push(difference);
    }

    /// Checks the thing with this index; `sightings` is its whole stream.
    pub(super) fn check(&self, sightings: &[&Sighting], checks: &mut Checks) {
        let sighting = sightings[self.index];
        if let Some(waited_us) = sighting.waited_us {
            return self.check_wait(sighting, waited_us, checks);
        }
        let before = self.index.checked_sub(1).map(|before| sightings[before]);
        self.latency.check(Some(self.index), sighting, checks);
        for (path, value) in &self.values {
            value.check((self.index, path), sighting, before, checks);
        }
        if !self.closed {
            return;
        }
        for (path, value) in &sighting.leaves {
            if !self.values.contains_key(path) {
                let says = format!(
                    "{path} is {}, and nothing stood there alone",
                    excerpt(value)
                );
                let size = value.chars().count() as u64;
                let content = Aspect::Content(Some(self.index), path.clone());
                let difference = Difference::at(sighting, content, size, says);
                checks.differences.push(difference);
            }
        }
    }
}
