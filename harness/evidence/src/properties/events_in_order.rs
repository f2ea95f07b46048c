//! The numbers of a tab's events rise.

use crate::finding::Finding;
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, PlaceId};
use crate::observation::What;
use crate::property::{Cases, Property, Scope};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "events_in_order",
    claim: "a tab gets its session's events in the order in which they were numbered",
    scope: Scope::OnePart,
    start: EventsInOrder::start,
    cases: Cases {
        holds: "amy+ amy<amy1#1 amy<amy2#2",
        violated: "amy+ amy<amy2#2 amy<amy1#1",
        undecided: "amy+ amy<amy1#1",
    },
};

/// In each tab the numbers rise.
#[derive(Default)]
struct EventsInOrder {
    tally: Tally,
    highest: Map<PlaceId, u64>,
}

impl EventsInOrder {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for EventsInOrder {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        let Some(number) = number(exhibit) else {
            return;
        };
        let Some(highest) = self.highest.get_mut(&exhibit.place_id) else {
            self.highest.insert(exhibit.place_id, number);
            return;
        };
        self.tally.chance(1);
        if number < *highest {
            let says = || format!("{} got number {number} after {highest}", exhibit.place);
            self.tally.witness(|| exhibit.witness(says()));
        } else {
            *highest = number;
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("no tab received two numbered events")
    }
}

const fn number(exhibit: &Exhibit<'_>) -> Option<u64> {
    match exhibit.what {
        What::Received { number, .. } => *number,
        _ => None,
    }
}
