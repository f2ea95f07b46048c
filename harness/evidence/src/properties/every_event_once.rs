//! What arrives once, and in order.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

mod ranges;

use self::ranges::Ranges;
use crate::finding::{Finding, Tally, Witness};
use crate::history::Scene;
use crate::judging::{Judge, Map, PlaceId, Recent, Seen, UserId};
use crate::marker::Marker;
use crate::observation::What;

/// No tab gets one number of its session's sequence twice, nor more events of an action than it makes.
///
/// Without numbers only the second half tells. It counts the events that an action brings exactly so often,
/// at its owner's tabs, anew for each connection of a tab: a page that is opened again may be shown what it was
/// shown before, and that before the target says that it is ready. Relies on: a marker is `Sent` before anything with it arrives, and once. Each user's last 100
/// actions are known.
pub(super) struct EveryEventOnce {
    tally: Tally,
    numbers: Map<PlaceId, Ranges>,
    /// The connections that each tab has had.
    connections: Map<PlaceId, Connections>,
    /// By marker.
    made: Recent<Made>,
}

/// Actions of a user whose events are counted: a copy comes soon after what it is a copy of.
const COUNTED: usize = 100;
/// Sorts of events, at each tab, that are counted before it is known what an action makes.
const EARLY: usize = 1000;

/// Which connection of a tab this is. It begins where the one before it ended.
#[derive(Clone, Copy, Default)]
struct Connections {
    number: u32,
    joined: bool,
}

/// What an action makes.
struct Made {
    user: Option<UserId>,
    /// Events by their name's hash, and how many are due; none before the confirmation.
    exactly: Option<Vec<(u64, u64)>>,
    came: Vec<Came>,
}

/// Events of one name at one tab.
struct Came {
    place: PlaceId,
    name: u64,
    /// Which connection of the tab it was.
    connection: u32,
    count: u64,
    last: u64,
}

impl Made {
    /// Counts one more; gives how many came, and of how many.
    fn receive(
        &mut self,
        place: PlaceId,
        name: u64,
        connection: u32,
        seq: u64,
    ) -> Option<(u64, u64)> {
        let due = match &self.exactly {
            Some(exactly) => Some(exactly.iter().find(|(event, _)| *event == name)?.1),
            None => None,
        };
        let known = self.came.iter_mut();
        let known = { known }.find(|came| came.place == place && came.name == name);
        let count = match known {
            Some(came) => {
                let goes_on = came.connection == connection;
                came.count = if goes_on { came.count + 1 } else { 1 };
                (came.connection, came.last) = (connection, seq);
                came.count
            }
            None => {
                if self.came.len() < EARLY || due.is_some() {
                    self.came.push(Came {
                        place,
                        name,
                        connection,
                        count: 1,
                        last: seq,
                    });
                }
                1
            }
        };
        due.map(|due| (count, due))
    }
}

fn hash(name: &str) -> u64 {
    foldhash::fast::FixedState::default().hash_one(name)
}

impl EveryEventOnce {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            numbers: Map::default(),
            connections: Map::default(),
            made: Recent::of(COUNTED),
        })
    }

    fn confirm(
        &mut self,
        seen: &Seen<'_>,
        marker: &Marker,
        yields: &BTreeMap<String, u64>,
        exact: &BTreeSet<String>,
    ) {
        let Some(made) = self.made.get_mut(marker.key()) else {
            return;
        };
        let exact = yields.iter().filter(|(event, _)| exact.contains(*event));
        let exact: Vec<(&String, u64)> = exact.map(|(event, due)| (event, *due)).collect();
        let connections = &self.connections;
        let now = |place| connections.get(&place).map_or(0, |now| now.number);
        made.came.retain(|came| now(came.place) == came.connection);
        for (event, due) in &exact {
            let name = hash(event);
            let early = made.came.iter().filter(|came| came.name == name);
            let mut early: Vec<&Came> = early.collect();
            early.sort_by_key(|came| seen.places.name(came.place));
            for came in early {
                self.tally.chance(came.count);
                if came.count > *due {
                    let place = seen.places.name(came.place);
                    self.tally.witness(|| Witness {
                        seq: Some(came.last),
                        says: format!(
                            "{place} got {} `{event}` of {marker}, which makes {due}",
                            came.count
                        ),
                        frame: String::new(),
                        event: Some((*event).clone()),
                    });
                }
            }
        }
        let exact = exact.into_iter().map(|(event, due)| (hash(event), due));
        let exact: Vec<(u64, u64)> = exact.collect();
        made.came
            .retain(|came| exact.iter().any(|(name, _)| *name == came.name));
        made.exactly = Some(exact);
    }

    fn receive(&mut self, seen: &Seen<'_>, event: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.tally.chance(1);
            if !self.numbers.entry(seen.id).or_default().insert(number) {
                let says = || format!("{} got number {number} again", seen.place);
                return self.tally.witness(|| seen.witness(says()));
            }
        }
        let connection = self.connections.get(&seen.id).map_or(0, |now| now.number);
        for found in seen.markers {
            let made = self.made.get_mut(found.key);
            let Some(made) = made.filter(|made| made.user == seen.user) else {
                continue;
            };
            let counted = made.receive(seen.id, hash(event), connection, seen.seq);
            let Some((count, due)) = counted else {
                continue;
            };
            self.tally.chance(1);
            if count > due {
                let (place, marker) = (seen.place, found.marker());
                let says =
                    || format!("{place} got {count} `{event}` of {marker}, which makes {due}");
                self.tally.witness(|| seen.witness(says()));
            }
        }
    }
}

impl Judge for EveryEventOnce {
    fn see(&mut self, seen: &Seen<'_>) {
        match seen.what {
            What::Joined { .. } => {
                let now = self.connections.entry(seen.id).or_default();
                // It came back, and nobody had seen it go.
                now.number += u32::from(now.joined);
                now.joined = true;
            }
            What::Left { .. } | What::Refused { .. } => {
                let now = self.connections.entry(seen.id).or_default();
                *now = Connections {
                    number: now.number + 1,
                    joined: false,
                };
            }
            What::Sent { marker } => {
                let made = Made {
                    user: seen.user,
                    exactly: None,
                    came: Vec::new(),
                };
                self.made.insert(seen.user, marker.key(), made);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => self.confirm(seen, marker, yields, exact),
            What::Received { event, number, .. } => self.receive(seen, event, *number),
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        let no_chance =
            "no event was received that has a number, or a marker of which exactly so many are due";
        self.tally.finding(no_chance)
    }
}

/// In each tab the numbers rise.
#[derive(Default)]
pub(super) struct EventsInOrder {
    tally: Tally,
    highest: Map<PlaceId, u64>,
}

impl EventsInOrder {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for EventsInOrder {
    fn see(&mut self, seen: &Seen<'_>) {
        let Some(number) = number(seen) else { return };
        let Some(highest) = self.highest.get_mut(&seen.id) else {
            self.highest.insert(seen.id, number);
            return;
        };
        self.tally.chance(1);
        if number < *highest {
            let says = || format!("{} got number {number} after {highest}", seen.place);
            self.tally.witness(|| seen.witness(says()));
        } else {
            *highest = number;
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("no tab received two numbered events")
    }
}

const fn number(seen: &Seen<'_>) -> Option<u64> {
    match seen.what {
        What::Received { number, .. } => *number,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::notation::{check, history};
    use crate::properties::named;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn what_has_no_number_comes_once_as_well() {
        let property = named("every_event_once").expect("listed");
        check(property, "amy+ amy!1 amy<amy1", Holds, "");
        check(
            property,
            "amy+ amy!1 amy<amy1 amy<amy1",
            Violated,
            "#6: amy/desktop/1 got 2 `result` of",
        );
        let third = "amy+ amy!1 amy<amy1 amy<amy1 amy<amy1";
        check(property, third, Violated, "#7: amy/desktop/1 got 3");
        // A copy that was given a number of its own.
        let numbered = "amy+ amy!1 amy<amy1#1 amy<amy1#2";
        check(property, numbered, Violated, "which makes 1");
        // What has a number twice is told once.
        let found = property.judge(&history("amy+ amy!1 amy<amy1#1 amy<amy1#1"));
        assert_eq!((found.witnesses.len(), found.chances), (1, 3), "{found:?}");
        // Each tab has its own.
        let two = "amy+ amy/desktop/2+ amy!1 amy<amy1 amy/desktop/2<amy1";
        check(property, two, Holds, "");
        // Two actions make one each.
        check(property, "amy+ amy!1 amy!2 amy<amy1 amy<amy2", Holds, "");
    }

    #[test]
    fn what_came_before_the_confirmation_counts() {
        let property = named("every_event_once").expect("listed");
        check(property, "amy+ amy!?1 amy<amy1 amy!.1", Holds, "");
        check(
            property,
            "amy+ amy!?1 amy<amy1 amy<amy1 amy!.1",
            Violated,
            "#5: amy/desktop/1 got 2 `result` of",
        );
        check(
            property,
            "amy+ amy!?1 amy<amy1 amy!.1 amy<amy1",
            Violated,
            "#6: amy/desktop/1 got 2 `result` of",
        );
        let found = property.judge(&history("amy+ amy!?1 amy<amy1 amy!.1 amy<amy1"));
        assert_eq!(found.chances, 2, "{found:?}");
        // What was never confirmed owes nothing exactly.
        let unknown = "amy+ amy!?1 amy<amy1 amy<amy1";
        check(property, unknown, Undecided, "exactly so many");
    }

    #[test]
    fn what_may_repeat_is_left_alone() {
        let property = named("every_event_once").expect("listed");
        let repeated = "amy+ amy!*1 amy<amy1 amy<amy1";
        check(property, repeated, Undecided, "exactly so many");
        // An event that the action does not name.
        let other = "amy+ amy!1 amy<amy1 amy<\"x\" amy<\"x\"";
        check(property, other, Holds, "");
        // A page that is opened again may be shown it again.
        check(
            property,
            "amy+ amy!1 amy<amy1 amy% amy+ amy<amy1",
            Holds,
            "",
        );
        check(
            property,
            "amy+ amy!1 amy<amy1 amy% amy+ amy<amy1 amy<amy1",
            Violated,
            "got 2 `result`",
        );
        // Also before it is ready, and not twice over both.
        for again in [
            "amy+ amy!1 amy<amy1 amy% amy<amy1 amy+",
            "amy+ amy!1 amy<amy1 amy%1008 amy<amy1 amy+",
            "amy+ amy!?1 amy<amy1 amy% amy<amy1 amy+ amy!.1",
        ] {
            check(property, again, Holds, "");
        }
        let twice = "amy+ amy!1 amy<amy1 amy% amy<amy1 amy+ amy<amy1";
        check(property, twice, Violated, "got 2 `result`");
        let early = "amy+ amy!?1 amy<amy1 amy% amy+ amy<amy1 amy!.1";
        check(property, early, Holds, "");
        let earlier = "amy+ amy!?1 amy<amy1 amy% amy+ amy!.1 amy<amy1";
        check(property, earlier, Holds, "");
        // Somebody else's is a leak, and not a copy.
        let leaked = "amy+ bob+ amy!1 amy<amy1 bob<amy1 bob<amy1";
        check(property, leaked, Holds, "");
    }

    #[test]
    fn a_hundred_actions_of_a_user_are_counted() {
        let property = named("every_event_once").expect("listed");
        let after = |others: usize| {
            let others: String = (2..others + 2).map(|n| format!("amy!{n} ")).collect();
            format!("amy+ amy!1 amy<amy1 {others} amy<amy1")
        };
        check(property, &after(super::COUNTED - 1), Violated, "got 2");
        check(property, &after(super::COUNTED), Holds, "");
    }

    #[test]
    fn what_comes_early_is_counted_within_a_bound() {
        let mut made = super::Made {
            user: None,
            exactly: None,
            came: Vec::new(),
        };
        let place = crate::judging::PlaceId::default();
        for name in 0..super::EARLY as u64 + 9 {
            assert_eq!(made.receive(place, name, 0, 1), None);
        }
        assert_eq!(made.came.len(), super::EARLY);
        made.exactly = Some(vec![(5000, 1)]);
        assert_eq!(made.receive(place, 5000, 0, 1), Some((1, 1)));
        assert_eq!(made.receive(place, 5000, 0, 1), Some((2, 1)));
    }

    proptest! {
        #[test]
        fn a_doubled_or_moved_event_is_always_found(n in 2..40_u64, again: prop::sample::Index) {
            let again = 1 + again.index(usize::try_from(n).expect("small") - 1) as u64;
            let events: Vec<String> = (1..=n).chain([again]).map(|i| format!("amy<amy1#{i}")).collect();
            let history = history(&format!("amy+ {}", events.join(" ")));
            prop_assert_eq!(named("every_event_once").expect("listed").judge(&history).verdict, Violated);
            prop_assert_eq!(named("events_in_order").expect("listed").judge(&history).verdict, Violated);
        }
    }
}
