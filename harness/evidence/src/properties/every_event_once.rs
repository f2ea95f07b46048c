//! Nothing comes twice.

mod counted;
mod ranges;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::counted::{Count, CountedAction};
use self::ranges::Ranges;
use crate::finding::{Finding, Witness};
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, PlaceId, Recent};
use crate::marker::Marker;
use crate::observation::What;
use crate::place::Place;
use crate::property::{Cases, Property, Scope};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "every_event_once",
    claim: "no tab gets an event twice",
    scope: Scope::OnePart,
    start: EveryEventOnce::start,
    cases: Cases {
        holds: "amy+ amy<amy1#1 amy<amy1#2",
        violated: "amy+ amy<amy1#1 amy<amy1#1",
        undecided: "amy+ amy<amy1",
    },
};

/// No tab gets a number of its session's sequence twice, nor more events of an action than the action makes.
///
/// If a target does not number its events, only the second half can be judged. It counts events whose exact number
/// is known, at each tab of their owner. The count starts again with each connection of a tab: a page that is
/// opened again may get the same events again, even before the target says that it is ready.
///
/// Relies on: a marker is `Sent` before anything with it arrives, and once. Each user's last 100 actions are known.
struct EveryEventOnce {
    tally: Tally,
    numbers: Map<PlaceId, Ranges>,
    connections: Map<PlaceId, TabConnection>,
    /// Each user's latest actions, by marker.
    actions: Recent<CountedAction>,
}

/// How many actions of a user are counted: a copy comes soon after its original.
const COUNTED: usize = 100;

/// The connection that a tab has now. It begins where the one before it ended.
#[derive(Clone, Copy, Default)]
struct TabConnection {
    number: u32,
    joined: bool,
}

impl EveryEventOnce {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            numbers: Map::default(),
            connections: Map::default(),
            actions: Recent::of(COUNTED),
        })
    }

    fn confirm(
        &mut self,
        exhibit: &Exhibit<'_>,
        marker: &Marker,
        yields: &BTreeMap<String, u64>,
        exact: &BTreeSet<String>,
    ) {
        let Some(action) = self.actions.get_mut(marker.key()) else {
            return;
        };
        let exact = yields.iter().filter(|(event, _)| exact.contains(*event));
        let exact: Vec<(&str, u64)> = exact.map(|(event, due)| (event.as_str(), *due)).collect();
        let connections = &self.connections;
        action.keep_current(|place| connections.get(&place).map_or(0, |now| now.number));
        for (event, due) in &exact {
            let mut early = action.of_event(event);
            early.sort_by_key(|arrivals| exhibit.places.name(arrivals.place));
            for arrivals in early {
                let came = arrivals.count;
                self.tally.chance(came);
                if came > *due {
                    let place = exhibit.places.name(arrivals.place);
                    self.tally.witness(|| Witness {
                        seq: Some(arrivals.last_seq),
                        says: too_many(place, came, event, marker, *due),
                        frame: String::new(),
                        event: Some((*event).to_owned()),
                    });
                }
            }
        }
        action.confirm(&exact);
    }

    fn receive(&mut self, exhibit: &Exhibit<'_>, event: &str, number: Option<u64>) {
        let (id, place) = (exhibit.place_id, exhibit.place);
        if let Some(number) = number {
            self.tally.chance(1);
            if !self.numbers.entry(id).or_default().insert(number) {
                let says = || format!("{place} got number {number} again");
                return self.tally.witness(|| exhibit.witness(says()));
            }
        }
        let connection = self.connections.get(&id).map_or(0, |now| now.number);
        for found in exhibit.markers {
            let action = self.actions.get_mut(found.key);
            // Another user's event is a leak, not a copy.
            let Some(action) = action.filter(|action| action.user == exhibit.user) else {
                continue;
            };
            let count = action.receive(id, event, connection, exhibit.seq);
            let Some(Count { came, due }) = count else {
                continue;
            };
            self.tally.chance(1);
            if came > due {
                let says = || too_many(place, came, event, &found.marker(), due);
                self.tally.witness(|| exhibit.witness(says()));
            }
        }
    }
}

fn too_many(place: &Place, came: u64, event: &str, marker: &Marker, due: u64) -> String {
    format!("{place} got {came} `{event}` of {marker}, which makes {due}")
}

impl Judge for EveryEventOnce {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Joined { .. } => {
                let now = self.connections.entry(exhibit.place_id).or_default();
                // It came back, though nobody saw it leave.
                now.number += u32::from(now.joined);
                now.joined = true;
            }
            What::Left { .. } | What::Refused { .. } => {
                let now = self.connections.entry(exhibit.place_id).or_default();
                *now = TabConnection {
                    number: now.number + 1,
                    joined: false,
                };
            }
            What::Sent { marker } => {
                let action = CountedAction::new(exhibit.user);
                self.actions.insert(exhibit.user, marker.key(), action);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => self.confirm(exhibit, marker, yields, exact),
            What::Received { event, number, .. } => self.receive(exhibit, event, *number),
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        let no_chance = "no received event had a number, or came from an action that says exactly how many it makes";
        self.tally.finding(no_chance)
    }
}
