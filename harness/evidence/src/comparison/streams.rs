//! What was seen in one part, as streams: things of one kind at one place, in the order in which they came.

use std::collections::BTreeMap;

use super::sighting::{Sighting, StreamName};
use super::view::View;

/// The streams of one part, by name.
#[derive(Debug, Default)]
pub(super) struct Streams<'a> {
    by_name: BTreeMap<&'a StreamName, Vec<&'a Sighting>>,
    /// How long the part lasted, in microseconds.
    pub(super) lasted_us: u64,
}

impl<'a> Streams<'a> {
    /// The streams of the places for which `includes` is true.
    pub(super) fn of(view: &'a View, includes: impl Fn(&str) -> bool) -> Self {
        let mut streams = Self {
            by_name: BTreeMap::new(),
            lasted_us: view.lasted_us,
        };
        for sighting in &view.sightings {
            if includes(&sighting.stream.place) {
                streams
                    .by_name
                    .entry(&sighting.stream)
                    .or_default()
                    .push(sighting);
            }
        }
        streams
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a StreamName, &[&'a Sighting])> {
        { self.by_name.iter() }.map(|(name, sightings)| (*name, sightings.as_slice()))
    }

    /// The things of this stream; none when there is no such stream.
    pub(super) fn get(&self, name: &StreamName) -> &[&'a Sighting] {
        self.by_name
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The things of two streams in the order in which they came; `true` marks things of the first stream.
    pub(super) fn merged(
        &self,
        first: &StreamName,
        second: &StreamName,
    ) -> Vec<(bool, &'a Sighting)> {
        let of = |name, is_first| self.get(name).iter().map(move |one| (is_first, *one));
        let mut all: Vec<(bool, &Sighting)> = of(first, true).chain(of(second, false)).collect();
        all.sort_by_key(|(_, sighting)| sighting.witness.seq);
        all
    }
}
