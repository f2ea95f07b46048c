//! What the parts alone have in common, and how a part beside a neighbour differs from it.
//!
//! Things of one kind at one place form a stream. A stream that has the same number of things in each part alone
//! is steady: in another part, its third thing is compared with the third thing alone, and so on. For any other
//! stream only two things are known: the range of the number of things, and the texts that may occur in them.

mod count;
mod latency;
mod order;
mod value;
mod slot;
mod words;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use self::order::StreamOrder;
use self::stream::LearnedStream;
use super::difference::{Aspect, Checks};
use super::sighting::StreamName;
use super::streams::Streams;
use super::view::View;

/// What the parts alone have in common.
#[derive(Debug)]
pub(super) struct Learned {
    users: BTreeSet<String>,
    streams: BTreeMap<StreamName, LearnedStream>,
    orders: Vec<StreamOrder>,
}

impl Learned {
    /// Learns from the parts that were run without a neighbour.
    pub(super) fn from(alone: &[View]) -> Self {
        let parts: Vec<Streams<'_>> = alone
            .iter()
            .map(|view| Streams::of(view, |_| true))
            .collect();
        let users = alone.iter().flat_map(|view| &view.sightings);
        let users = users.map(|sighting| sighting.user.clone()).collect();
        let names = parts.iter().flat_map(Streams::iter).map(|(name, _)| name);
        let names: BTreeSet<&StreamName> = names.collect();
        let streams = names
            .into_iter()
            .map(|name| (name.clone(), LearnedStream::of(name, &parts)));
        let streams: BTreeMap<StreamName, LearnedStream> = streams.collect();
        let steady = streams
            .iter()
            .filter(|(_, stream)| matches!(stream, LearnedStream::Steady(_)));
        let steady: Vec<&StreamName> = steady.map(|(name, _)| name).collect();
        let orders = StreamOrder::of(&steady, &parts);
        Self {
            users,
            streams,
            orders,
        }
    }

    /// Compares a part beside a neighbour with it. Only users who acted in the parts alone are compared.
    pub(super) fn check(&self, view: &View) -> Checks {
        let mut checks = Checks::default();
        let part = Streams::of(view, |user| self.users.contains(user));
        for (name, sightings) in part.iter() {
            if !self.streams.contains_key(name) {
                checks.count += 1;
                checks.count_of(name, 0, sightings);
            }
        }
        for (name, stream) in &self.streams {
            stream.check(name, part.get(name), &mut checks);
        }
        for order in &self.orders {
            order.check(&part, &mut checks);
        }
        // If the harness itself was late, it may have seen anything that much later.
        checks.differences.retain(|difference| {
            !matches!(difference.aspect, Aspect::Latency(_)) || difference.size > view.late_us
        });
        checks
    }
}
