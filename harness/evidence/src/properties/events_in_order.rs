//! The numbers of events rise.

use crate::finding::Finding;
use crate::hashing::{Map, hash};
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, MemberId, PlaceId, PlaceIds};
use crate::membership::Membership;
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::{Tally, UNNUMBERED};

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "events_in_order",
    claim: "a tab gets its session's events in the order in which they were numbered",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: EventsInOrder::start,
    cases: Cases {
        holds: "amy+ amy<amy1#1 amy<amy2#2",
        violated: "amy+ amy<amy2#2 amy<amy1#1",
        undecided: "amy+ amy<amy1#1",
    },
};

/// In each tab the numbers rise, in each sequence for itself: the session's, or that of a group, a sender or everyone.
///
/// What has a history comes again to who joins later, so a number of another sequence is not judged then. Such a sequence
/// begins anew where the tab is opened again, or its member asks to join again.
#[derive(Default)]
struct EventsInOrder {
    tally: Tally,
    /// Of each tab's session.
    own: Map<PlaceId, u64>,
    /// Of the other sequences.
    others: Map<(PlaceId, u64), Highest>,
    is_numbered: bool,
}

struct Highest {
    ids: PlaceIds,
    number: u64,
}

impl EventsInOrder {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    fn receive(&mut self, exhibit: &Exhibit<'_>, number: u64, order: Option<&str>) {
        self.is_numbered = true;
        let highest = match order {
            None => self.own.insert(exhibit.place_id, number),
            Some(_) if exhibit.is_replay() => return,
            Some(order) => {
                let ids = exhibit.ids();
                let sequence = (exhibit.place_id, hash(order));
                let before = self.others.insert(sequence, Highest { ids, number });
                before.map(|before| before.number)
            }
        };
        let Some(before) = highest else { return };
        self.tally.chance(1);
        if number < before {
            let of = order.map_or_else(String::new, |order| format!(" of {order}"));
            let says = || format!("{} got number {number}{of} after {before}", exhibit.place);
            self.tally.witness(|| exhibit.witness(says()));
            self.keep(exhibit.place_id, order, before);
        }
    }

    /// The highest number stays what it was.
    fn keep(&mut self, place: PlaceId, order: Option<&str>, before: u64) {
        match order {
            None => _ = self.own.insert(place, before),
            Some(order) => {
                if let Some(highest) = self.others.get_mut(&(place, hash(order))) {
                    highest.number = before;
                }
            }
        }
    }

    /// The sequences of these places begin anew, but for their session's.
    fn begin(&mut self, is_begun: impl Fn(PlaceIds) -> bool) {
        self.others.retain(|_, highest| !is_begun(highest.ids));
    }
}

impl Judge for EventsInOrder {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Received {
                number: Some(number),
                order,
                ..
            } => self.receive(exhibit, *number, order.as_deref()),
            What::Joined { .. } | What::Left { .. } => {
                self.begin(|place| place.place == exhibit.place_id);
            }
            What::Member {
                who,
                is: Membership::Asking,
                ..
            } => {
                let member = MemberId::of(*who, exhibit.ids());
                self.begin(|place| member.covers(place));
            }
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        let no_chance = "no tab received two numbered events";
        if self.is_numbered {
            self.tally.finding(no_chance)
        } else {
            self.tally.finding(&format!("{no_chance}: {UNNUMBERED}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn each_sequence_has_its_own_order() {
        let property = &PROPERTY;
        let two = "amy+ amy<amy1#9 amy<amy2#1@room amy<amy3#10 amy<amy4#2@room";
        check(property, two, Holds, "");
        let back = "amy+ amy<amy1#3@room amy<amy2#1@room";
        check(property, back, Violated, "got number 1 of room after 3");
        let other = "amy+ amy<amy1#3@room amy<amy2#1@other";
        check(property, other, Undecided, "no tab received two");
        let none = "amy+ amy!1 amy<amy1";
        check(
            property,
            none,
            Undecided,
            "unnumbered: judged by markers only",
        );
    }

    #[test]
    fn a_history_comes_again_in_its_own_order() {
        let property = &PROPERTY;
        let sent =
            "amy+ amy!1{result>*,may} amy<amy1#1@all amy!2{result>*,may} amy<amy2#2@all bob+";
        let live = "amy!3{result>*,may} bob<amy3#3@all";
        let again = format!("{sent} {live} bob<amy1#1@all bob<amy2#2@all");
        check(property, &again, Holds, "");
        let again = format!("{sent} {live} amy<amy3#3@all amy<amy1#1@all");
        check(
            property,
            &again,
            Violated,
            "amy/desktop/1 got number 1 of all after 3",
        );
    }
}
