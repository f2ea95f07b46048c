//! Nothing comes twice.

mod counted;
mod ranges;
#[cfg(test)]
mod tests;
mod unmarked;

use std::collections::{BTreeMap, BTreeSet};

use self::counted::{Count, CountedAction};
use self::ranges::Ranges;
use self::unmarked::Unmarked;
use crate::finding::{Finding, Witness};
use crate::hashing::{Map, hash};
use crate::history::Scene;
use crate::judge::{DeclaredAction, Exhibit, Judge, MemberId, PlaceId, PlaceIds, Recent};
use crate::marker::Marker;
use crate::membership::Membership;
use crate::observation::{What, bare};
use crate::place::Place;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::{Tally, UNNUMBERED};
use crate::verdict::Verdict;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "every_event_once",
    claim: "no tab gets an event twice",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: EveryEventOnce::start,
    cases: Cases {
        holds: "amy+ amy<amy1#1 amy<amy1#2",
        violated: "amy+ amy<amy1#1 amy<amy1#1",
        undecided: "amy+ amy<amy1",
    },
};

/// No tab gets a number of its sequence twice, nor more events of an action than the action makes.
///
/// If a target does not number its events, only the second half can be judged. It counts events whose exact number
/// is known, at each place that they are meant for: where no audience is declared, at each tab of their owner. The count
/// starts again with each connection of a tab: a page that is opened again may get the same events again, even before the
/// target says that it is ready. What has a history may come again to who asks to join again.
///
/// Events without a marker are counted together, until the run has settled.
///
/// Relies on: a marker is `Sent` before anything with it arrives, and once. Each user's last 100 actions are known.
struct EveryEventOnce {
    tally: Tally,
    ambient: BTreeSet<String>,
    /// Those of each tab's session, and those of other sequences.
    numbers: Map<PlaceId, Ranges>,
    others: Map<(PlaceId, u64), Ranges>,
    is_numbered: bool,
    connections: Map<PlaceId, TabConnection>,
    /// Each user's latest actions, by marker.
    actions: Recent<CountedAction>,
    unmarked: Unmarked,
}

/// How many actions of a user are counted: a copy comes soon after its original.
const COUNTED: usize = 100;

/// The connection that a tab has now. It begins where the one before it ended.
#[derive(Clone, Copy)]
struct TabConnection {
    ids: PlaceIds,
    number: u32,
    joined: bool,
    /// How often its member asked to join a group.
    asked: u32,
}

impl TabConnection {
    const fn of(ids: PlaceIds) -> Self {
        Self {
            ids,
            number: 0,
            joined: false,
            asked: 0,
        }
    }

    /// Its number among those between which the events of an action may come again.
    const fn number(&self, has_history: bool) -> u32 {
        if has_history {
            self.number + self.asked
        } else {
            self.number
        }
    }
}

impl EveryEventOnce {
    fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            ambient: scene.ambient.clone(),
            numbers: Map::default(),
            others: Map::default(),
            is_numbered: false,
            connections: Map::default(),
            actions: Recent::of(COUNTED),
            unmarked: Unmarked::default(),
        })
    }

    fn connection(&mut self, exhibit: &Exhibit<'_>) -> &mut TabConnection {
        let new = || TabConnection::of(exhibit.ids());
        self.connections.entry(exhibit.place_id).or_insert_with(new)
    }

    /// A member asks to join a group: what has a history may come again to its places.
    fn ask(&mut self, member: MemberId) {
        let tabs = self.connections.values_mut();
        for tab in tabs.filter(|tab| member.covers(tab.ids)) {
            tab.asked += 1;
        }
        self.others.retain(|(place, _), _| {
            let tab = self.connections.get(place);
            !tab.is_some_and(|tab| member.covers(tab.ids))
        });
    }

    /// A new connection begins, in which numbers of other sequences may come again.
    fn begin(&mut self, place: PlaceId) {
        self.others.retain(|(other, _), _| *other != place);
    }

    fn confirm(
        &mut self,
        exhibit: &Exhibit<'_>,
        marker: &Marker,
        yields: &BTreeMap<String, u64>,
        exact: &BTreeSet<String>,
    ) {
        let declared = exhibit.declared.action(marker.key());
        let Some(action) = self.actions.get_mut(marker.key()) else {
            return;
        };
        let exact = yields.iter().filter(|(event, _)| exact.contains(*event));
        let exact: Vec<(&str, u64)> = exact.map(|(event, due)| (event.as_str(), *due)).collect();
        let connections = &self.connections;
        action.keep_current(|place, has_history| {
            let now = connections.get(&place);
            now.map_or(0, |now| now.number(has_history))
        });
        for (event, due) in &exact {
            let mut early = action.of_event(event);
            early.sort_by_key(|arrivals| exhibit.places.name(arrivals.place));
            for arrivals in early {
                let ids = exhibit.places.at(arrivals.place);
                let due = most(exhibit, declared, (event, *due), ids);
                let came = arrivals.count;
                self.tally.chance(came);
                if came > due {
                    let place = exhibit.places.name(arrivals.place);
                    self.tally.witness(|| Witness {
                        seq: Some(arrivals.last_seq),
                        says: too_many(place, came, event, marker, due),
                        frame: String::new(),
                        event: Some((*event).to_owned()),
                    });
                }
            }
        }
        action.confirm(&exact);
    }

    fn receive(
        &mut self,
        exhibit: &Exhibit<'_>,
        event: &str,
        number: Option<u64>,
        order: Option<&str>,
    ) {
        let (id, place) = (exhibit.place_id, exhibit.place);
        if let Some(number) = number.filter(|_| order.is_none() || !exhibit.is_replay()) {
            self.tally.chance(1);
            self.is_numbered = true;
            let numbers = match order {
                None => self.numbers.entry(id).or_default(),
                Some(order) => self.others.entry((id, hash(order))).or_default(),
            };
            if !numbers.insert(number) {
                let says = || format!("{place} got number {number} again");
                return self.tally.witness(|| exhibit.witness(says()));
            }
        }
        if exhibit.markers.is_empty() {
            return self.receive_unmarked(exhibit, event);
        }
        let now = *self
            .connections
            .get(&id)
            .unwrap_or(&TabConnection::of(exhibit.ids()));
        // A beginning of it, as in a piece of a stream, is no copy.
        for found in exhibit.markers.iter().filter(|found| found.is_whole()) {
            let Some(action) = self.actions.get_mut(found.key) else {
                continue;
            };
            let declared = exhibit.declared.action(found.key);
            // An event that is not meant for this place is a leak, not a copy.
            let is_meant = match declared {
                Some(declared) => {
                    let members = &exhibit.declared.members;
                    let sight = declared.may_see(members, Some(event), exhibit.ids());
                    !sight.is_never()
                }
                None => action.user == exhibit.user,
            };
            if !is_meant {
                continue;
            }
            let has_history = declared.is_some_and(|declared| declared.has_history(event));
            let connection = (now.number(has_history), has_history);
            let count = action.receive(id, event, connection, exhibit.seq);
            let Some(Count { came, due }) = count else {
                continue;
            };
            let due = most(exhibit, declared, (event, due), exhibit.ids());
            self.tally.chance(1);
            if came > due {
                let says = || too_many(place, came, event, &found.marker(), due);
                self.tally.witness(|| exhibit.witness(says()));
            }
        }
    }

    fn receive_unmarked(&mut self, exhibit: &Exhibit<'_>, event: &str) {
        if exhibit.declared.is_unmarked(event) && !self.ambient.contains(bare(event)) {
            self.unmarked.receive(exhibit.place_id, event, exhibit.seq);
        }
    }
}

/// The most events of this name that may come to a place.
fn most(
    exhibit: &Exhibit<'_>,
    declared: Option<&DeclaredAction>,
    (event, due): (&str, u64),
    place: PlaceIds,
) -> u64 {
    let members = &exhibit.declared.members;
    let times = declared.map_or(1, |declared| declared.most(members, event, place));
    due.saturating_mul(times)
}

fn too_many(place: &Place, came: u64, event: &str, marker: &Marker, due: u64) -> String {
    format!("{place} got {came} `{event}` of {marker}, which makes {due}")
}

impl Judge for EveryEventOnce {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Joined { .. } => {
                let now = self.connection(exhibit);
                // It came back, though nobody saw it leave.
                now.number += u32::from(now.joined);
                let again = std::mem::replace(&mut now.joined, true);
                if again {
                    self.begin(exhibit.place_id);
                }
            }
            What::Left { .. } | What::Refused { marker: None, .. } => {
                let now = self.connection(exhibit);
                (now.number, now.joined) = (now.number + 1, false);
                self.begin(exhibit.place_id);
            }
            What::Member {
                who,
                is: Membership::Asking,
                ..
            } => self.ask(MemberId::of(*who, exhibit.ids())),
            What::Sent { marker, .. } => {
                let action = CountedAction::new(exhibit.user);
                self.actions.insert(exhibit.user, marker.key(), action);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => self.confirm(exhibit, marker, yields, exact),
            What::Received {
                event,
                number,
                order,
                ..
            } => self.receive(exhibit, event, *number, order.as_deref()),
            What::Settled {
                unsettled: None, ..
            } if exhibit.user.is_none() => self.unmarked.settle(exhibit, &mut self.tally),
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        let no_chance = "no received event had a number, or came from an action that says exactly how many it makes";
        let finding = self.tally.finding(no_chance);
        let note = match finding.verdict {
            Verdict::Holds if !self.is_numbered => UNNUMBERED.to_owned(),
            _ => String::new(),
        };
        Finding { note, ..finding }
    }
}
