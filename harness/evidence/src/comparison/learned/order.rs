//! In which order the things of two steady streams come.

use crate::comparison::difference::{Aspect, Checks, Difference};
use crate::comparison::sighting::{Sighting, StreamName};
use crate::comparison::streams::Streams;

/// Two streams at one place whose things came in the same order in each part alone.
///
/// What comes over a socket is compared with its like alone, and answers with answers: where they come over two
/// connections, it is chance which is read first, however often it was the same.
#[derive(Debug)]
pub(super) struct StreamOrder {
    first: StreamName,
    second: StreamName,
    /// `true` for each thing of the first stream.
    order: Vec<bool>,
}

impl StreamOrder {
    /// The orders of each two of these streams at one place.
    pub(super) fn of(steady: &[&StreamName], parts: &[Streams<'_>]) -> Vec<Self> {
        let mut orders = Vec::new();
        let is_of_socket = |name: &StreamName| {
            let mut sightings = parts.iter().flat_map(|part| part.get(name));
            ["joined", "left"].contains(&name.kind.as_str())
                // An acknowledgement.
                || name.kind.starts_with("emit ")
                || sightings.any(|sighting| sighting.is_event)
        };
        for (index, first) in steady.iter().enumerate() {
            let others = steady[index + 1..].iter();
            let same = |second: &StreamName| {
                second.place == first.place && is_of_socket(first) == is_of_socket(second)
            };
            for second in others.filter(|second| same(second)) {
                let mut found = parts.iter().map(|part| {
                    let merged = part.merged(first, second).into_iter();
                    merged.map(|(is_first, _)| is_first).collect::<Vec<bool>>()
                });
                let Some(order) = found.next() else { continue };
                if found.all(|other| other == order) {
                    orders.push(Self {
                        first: (*first).clone(),
                        second: (*second).clone(),
                        order,
                    });
                }
            }
        }
        orders
    }

    /// Checks the order in a part beside a neighbour.
    pub(super) fn check(&self, part: &Streams<'_>, checks: &mut Checks) {
        let found = part.merged(&self.first, &self.second);
        // A number of things that differs was already reported.
        if found.len() != self.order.len() {
            return;
        }
        checks.count += 1;
        let at = found
            .iter()
            .zip(&self.order)
            .position(|((is_first, _), was)| is_first != was);
        let swapped = at.map(|at| self.swapped(found[at].1));
        checks.differences.extend(swapped);
    }

    fn swapped(&self, sighting: &Sighting) -> Difference {
        let is_first = sighting.stream.kind == self.first.kind;
        let other = if is_first { &self.second } else { &self.first };
        let says = format!("it came before `{}`, and after it alone", other.kind);
        Difference::at(sighting, Aspect::Order(other.kind.clone()), 1, says)
    }
}
