//! What the parts alone have in common, and how a part beside a neighbour differs from it.
//!
//! Things of one kind at one place form a stream. A stream that has the same number of things in each part alone
//! is steady: in another part, its third thing is compared with the third thing alone, and so on. For any other
//! stream, and for one that may have another number and has it, less is known: the range of the number of things, how
//! late they may be, and the texts that may occur in them.

mod count;
mod latency;
mod newcomers;
mod order;
mod value;
mod slot;
mod words;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use self::newcomers::Newcomers;
use self::order::StreamOrder;
use self::stream::LearnedStream;
use super::difference::{Aspect, Checks};
use super::known::Known;
use super::sighting::StreamName;
use super::streams::Streams;
use super::view::View;

/// How a place begins at which nobody is logged in.
const NOBODYS: &str = "stranger/";

/// What the parts alone have in common.
#[derive(Debug)]
pub(super) struct Learned {
    /// Where somebody acts or sees something alone. What is at any other place is the neighbour's.
    places: BTreeSet<String>,
    streams: BTreeMap<StreamName, LearnedStream>,
    orders: Vec<StreamOrder>,
    newcomers: Newcomers,
}

impl Learned {
    /// Learns from the parts that were run without a neighbour.
    pub(super) fn from(alone: &[View], known: &Known) -> Self {
        let parts: Vec<Streams<'_>> = alone
            .iter()
            .map(|view| Streams::of(view, |_| true))
            .collect();
        let places = alone.iter().flat_map(|view| &view.sightings);
        let places = places
            .map(|sighting| sighting.stream.place.clone())
            .collect();
        let names = parts.iter().flat_map(Streams::iter).map(|(name, _)| name);
        let names: BTreeSet<&StreamName> = names.collect();
        let streams = names
            .into_iter()
            .map(|name| (name.clone(), LearnedStream::of(name, &parts, known)));
        let streams: BTreeMap<StreamName, LearnedStream> = streams.collect();
        let steady = streams.iter().filter(|(_, stream)| stream.is_steady());
        let steady: Vec<&StreamName> = steady.map(|(name, _)| name).collect();
        let orders = StreamOrder::of(&steady, &parts);
        Self {
            places,
            streams,
            orders,
            newcomers: Newcomers::of(&parts, known),
        }
    }

    /// Compares a part beside a neighbour with it. Only places of the parts alone are compared.
    pub(super) fn check(&self, view: &View) -> Checks {
        let mut checks = Checks::default();
        // Many at one address may rightly be too many for a target: it says nothing of what it would have given.
        // A login that was too fast has no user yet.
        let mut too_fast = view.too_fast.iter();
        let is_compared = |place: &str| self.places.contains(place) || place.starts_with(NOBODYS);
        if let Some((place, found)) = too_fast.find(|(place, _)| is_compared(place)) {
            checks.doubts.push(format!("{place}: {found}"));
            return checks;
        }
        let part = Streams::of(view, |place| self.places.contains(place));
        for (name, sightings) in part.iter() {
            if !self.streams.contains_key(name) {
                self.newcomers.check(name, sightings, &mut checks);
            }
        }
        for (name, stream) in &self.streams {
            stream.check(name, &part, &mut checks);
        }
        for order in &self.orders {
            order.check(&part, &mut checks);
        }
        let Checks {
            differences,
            doubts,
            ..
        } = &mut checks;
        // If the harness itself was late, it may have seen anything that much later.
        differences.retain(|difference| match difference.aspect {
            Aspect::Latency(_) => difference.size > view.late_us,
            Aspect::Delay(_) => difference.size > view.noise_us,
            Aspect::Unseen if difference.size <= view.noise_us => {
                let (kind, late_ms) = (&difference.stream.kind, view.noise_us / 1000);
                doubts.push(format!(
                    "{kind}: it was met in each part alone, and not seen in time while the harness itself was late by {late_ms} ms"
                ));
                false
            }
            _ => true,
        });
        checks
    }
}
