//! Who has left a group hears nothing more of it.

use crate::finding::Finding;
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{DeclaredAction, Exhibit, GroupId, Judge, MemberId, PlaceId, PlaceIds};
use crate::membership::{Member, Membership};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "quiet_after_leaving",
    claim: "a place that has left a group gets nothing that is sent to the group later",
    extent: Extent::OnePart,
    needs: Needs::Declared,
    start: QuietAfterLeaving::start,
    cases: Cases {
        holds: "amy+ bob+ amy@red+ bob@red+ bob@red- amy!1{result>@red} amy<amy1",
        violated: "amy+ bob+ amy@red+ bob@red+ bob@red- amy!1{result>@red} amy<amy1 bob<amy1",
        undecided: "amy+ bob+ amy@red+ bob@red+ amy!1{result>@red} amy<amy1 bob<amy1 bob@red-",
    },
};

/// A place whose leaving was confirmed gets nothing that was sent to the group afterwards, unless it is meant for the
/// place without the group, or has a history and the place has joined again.
///
/// Relies on cause, not on clocks: what was sent before the confirmation may still arrive.
#[derive(Default)]
struct QuietAfterLeaving {
    tally: Tally,
    /// Who has left which group, and in which line. A member that asks to join again is forgotten.
    left: Map<(GroupId, MemberId), u64>,
    tabs: Map<PlaceId, PlaceIds>,
}

impl QuietAfterLeaving {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    fn member(&mut self, exhibit: &Exhibit<'_>, group: &str, who: Member, is: Membership) {
        let Some(group) = exhibit.declared.members.known(group) else {
            return;
        };
        let member = (group, MemberId::of(who, exhibit.ids()));
        match is {
            Membership::Left | Membership::Lost => _ = self.left.insert(member, exhibit.seq),
            Membership::Asking | Membership::Joined => _ = self.left.remove(&member),
            _ => {}
        }
    }

    /// In which line a place has left a group of this action, before it was sent.
    fn left(&self, action: &DeclaredAction, place: PlaceIds) -> Option<u64> {
        let left = self.left.iter().filter(|((group, member), line)| {
            **line < action.sent && member.covers(place) && action.groups().any(|own| own == *group)
        });
        left.map(|(_, line)| *line).max()
    }

    fn send(&mut self, exhibit: &Exhibit<'_>, key: u64) {
        let Some(action) = exhibit.declared.action(key) else {
            return;
        };
        if self.left.is_empty() || action.is_unmarked {
            return;
        }
        let members = &exhibit.declared.members;
        let tabs = self.tabs.values().filter(|tab| {
            self.left(action, **tab).is_some() && action.may_see(members, None, **tab).is_never()
        });
        self.tally.chance(tabs.count() as u64);
    }

    fn receive(&mut self, exhibit: &Exhibit<'_>, event: &str) {
        for found in exhibit.markers {
            let Some(action) = exhibit.declared.action(found.key) else {
                continue;
            };
            let members = &exhibit.declared.members;
            if !action
                .may_see(members, Some(event), exhibit.ids())
                .is_never()
            {
                continue;
            }
            if let Some(line) = self.left(action, exhibit.ids()) {
                let says = || {
                    let (place, marker) = (exhibit.place, found.marker());
                    format!("{place} got {marker}, sent to a group that it has left (#{line})")
                };
                self.tally.witness(|| exhibit.witness(says()));
            }
        }
    }
}

impl Judge for QuietAfterLeaving {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Joined {
                socketless: false, ..
            } => _ = self.tabs.insert(exhibit.place_id, exhibit.ids()),
            What::Left { .. } => _ = self.tabs.remove(&exhibit.place_id),
            What::SessionEnded => self.tabs.retain(|_, tab| tab.session != exhibit.session),
            What::Member {
                group,
                who,
                is,
                closed: false,
            } => self.member(exhibit, group, *who, *is),
            What::Sent { marker, .. } => self.send(exhibit, marker.key()),
            What::Received { event, .. } => self.receive(exhibit, event),
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding(
            "nothing was sent to a group after the target had confirmed that an open tab left it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn only_what_was_sent_after_a_confirmed_leave_is_judged() {
        let property = &PROPERTY;
        let red = "amy+ bob+ amy@red+ bob@red+";
        // On its way already; asked to leave, but not confirmed; joined again.
        for script in [
            "amy!1{result>@red} amy<amy1 bob@red- bob<amy1 amy!2{result>@red} amy<amy2",
            "bob@red- bob@red? amy!1{result>@red} bob<amy1 bob@red+ bob@red- amy!2{result>@red}",
        ] {
            check(property, &format!("{red} {script}"), Holds, "");
        }
        let asked = format!("{red} bob@red~ amy!1{{result>@red}} amy<amy1 bob<amy1");
        check(property, &asked, Undecided, "nothing was sent");
        let closed = format!("{red} bob@red- bob% amy!1{{result>@red}} amy<amy1");
        check(property, &closed, Undecided, "nothing was sent");
        let own = format!("{red} amy@red- amy!1{{result>@red,amy}} amy<amy1");
        check(property, &own, Undecided, "nothing was sent");
        let still = format!("{red} bob@red- amy!1{{result>@red}} amy<amy1 bob<amy1");
        check(property, &still, Violated, "a group that it has left (#7)");
    }
}
