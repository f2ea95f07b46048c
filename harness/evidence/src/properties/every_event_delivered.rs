//! Everything that is due arrives.

#[cfg(test)]
mod tests;

mod cut;
mod histories;
mod debts;
mod tabs;

use std::collections::BTreeMap;

use self::cut::Cut;
use self::debts::{Debt, Debts, Due, Settlement};
use self::histories::Histories;
use self::tabs::OpenTabs;
use super::lateness::TOO_LATE_MS;
use super::server_close::{Delay, ServerClose};
use crate::audience::Later;
use crate::finding::{Finding, Witness};
use crate::history::Scene;
use crate::judge::{DeclaredAction, Exhibit, GroupId, Judge, MemberId, PlaceId, PlaceIds};
use crate::marker::Marker;
use crate::membership::{Member, Membership};
use crate::name::ActionId;
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "every_event_delivered",
    claim: "each of the owner's tabs gets what each of the owner's actions makes",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: EveryEventDelivered::start,
    cases: Cases {
        holds: "amy+ amy!1 amy<amy1",
        violated: "amy+ amy!1",
        undecided: "amy+",
    },
};

/// Each tab of the owner that stayed open from before an action was confirmed gets all its events,
/// and no tab misses a number of its session's sequence. Where the audience is declared, each open tab of it gets them:
/// one that stayed open, and a confirmed member, from before the action was sent. Where an event has a history that must
/// come, a tab that opens or joins later gets it too, and what came since it asked counts.
///
/// A debt for a membership ends when the scenario leaves the group, and not when the server ends the membership. An event
/// without a marker pays for any action that makes it.
///
/// An event that a tab should still get is a debt. A tab that the server closed is still owed what is due, until
/// the scenario closes it or its session ends. What comes after it has joined again pays for what it missed. If the
/// harness itself was late around the close, it may have missed the server's deadline, and the debt is in doubt.
///
/// What came cut short pays nothing: where nothing else comes, it is in doubt, because some servers show previews.
///
/// What another tab got long before a tab left without it is in doubt: had it stayed, it would be lost.
///
/// An action that its owner stopped, or may have stopped, owes only what it had made by then. What one tab got,
/// another should get; if it did not, that is in doubt.
///
/// Relies on: a marker is `Sent` before anything with it arrives, and once. A run, or a session, that says
/// `settled` waited for everything that was due, while the target answered and the harness was listening. If it says
/// that it could not, what is missing may still be on its way and is in doubt. In a run that was killed before it
/// settled, only a gap in the numbers is a loss; a gap is proof, however slow the machine.
#[derive(Default)]
struct EveryEventDelivered {
    tally: Tally,
    tabs: OpenTabs,
    debts: Debts,
    histories: Histories,
    /// What came cut short.
    cut: Cut,
    /// The last time that the harness was late.
    last_delay: Option<Delay>,
}

impl EveryEventDelivered {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    /// What a tab leaves behind that it should have had long before is in doubt: had it stayed, it would be lost.
    fn doubt(&mut self, left_behind: Vec<String>) {
        for says in left_behind {
            self.tally.doubt(|| says);
        }
    }

    fn close(&mut self, id: PlaceId) {
        self.tabs.close(id);
        self.debts.close(id);
        self.histories.close(id);
    }

    fn confirm(
        &mut self,
        exhibit: &Exhibit<'_>,
        (marker, id): (&Marker, &ActionId),
        yields: &BTreeMap<String, u64>,
    ) {
        if let Some(action) = exhibit.declared.action(marker.key()) {
            let due = self.due_of(exhibit, action, yields);
            self.debts.confirm(exhibit, (marker, id), due.into_iter());
        } else {
            let due = self.tabs.due_to_owner(exhibit.user, yields);
            self.debts.confirm(exhibit, (marker, id), due);
        }
        self.histories.confirm(marker, (id, exhibit.seq), yields);
    }

    fn due_of<'a>(
        &self,
        exhibit: &Exhibit<'_>,
        action: &DeclaredAction,
        yields: &'a BTreeMap<String, u64>,
    ) -> Vec<Due<'a>> {
        let members = &exhibit.declared.members;
        let mut due = Vec::new();
        for (event, count) in yields {
            let own = action.events.get(event);
            if own.is_none() && action.is_unmarked {
                // Nobody could tell its events from others of this name.
                continue;
            }
            let later = own.is_some_and(|own| own.later == Later::Must);
            let before = if later { exhibit.seq } else { action.sent };
            for (tab, closed) in self.tabs.since_before(before, action.acting.place) {
                let claim = action.must_see(members, event, tab, later);
                due.push(Due {
                    tab,
                    event,
                    count: count.saturating_mul(claim.times),
                    groups: claim.groups,
                    is_unmarked: action.is_unmarked(event),
                    closed: closed.cloned(),
                });
            }
        }
        due
    }

    /// A tab opens, or joins `group`: it must get what has a history.
    fn owe_again(
        &mut self,
        exhibit: &Exhibit<'_>,
        tabs: &[(PlaceIds, Option<ServerClose>)],
        group: Option<GroupId>,
    ) {
        let members = &exhibit.declared.members;
        for (past, confirmed) in self.histories.all() {
            let Some(action) = exhibit.declared.action(past.marker.key()) else {
                continue;
            };
            for (tab, closed) in tabs {
                for (event, count) in &confirmed.yields {
                    let claim = action.must_see(members, event, *tab, true);
                    if group.is_some_and(|group| !claim.groups.contains(&group)) {
                        continue;
                    }
                    let due = Due {
                        tab: *tab,
                        event,
                        count: count.saturating_mul(claim.times),
                        groups: claim.groups,
                        is_unmarked: action.is_unmarked(event),
                        closed: closed.clone(),
                    };
                    self.debts.owe(exhibit, (past, confirmed), due);
                }
            }
        }
    }

    fn member(&mut self, exhibit: &Exhibit<'_>, group: &str, who: Member, is: Membership) {
        let Some(group) = exhibit.declared.members.known(group) else {
            return;
        };
        let member = MemberId::of(who, exhibit.ids());
        match is {
            Membership::Asking if !self.histories.is_empty() => {
                let declared = |key| exhibit.declared.action(key);
                self.histories.ask(member, group, declared);
            }
            Membership::Joined if !self.histories.is_empty() => {
                let members = &exhibit.declared.members;
                let tabs = self.tabs.of_member(member);
                // Who was a member before is none later.
                let tabs =
                    tabs.filter(|(tab, _)| members.must(group, *tab, true, exhibit.seq, true) == 1);
                let tabs: Vec<_> = tabs.map(|(tab, closed)| (tab, closed.cloned())).collect();
                self.owe_again(exhibit, &tabs, Some(group));
            }
            Membership::Leaving | Membership::Left => {
                let own = Debts::is_for(member, group);
                self.doubt(self.debts.left_behind(exhibit.at_us, own));
                self.debts.leave(member, group);
            }
            _ => {}
        }
    }

    fn join(&mut self, exhibit: &Exhibit<'_>, last: Option<u64>, socketless: bool) {
        let is_new = self.tabs.join(exhibit, last, socketless);
        if is_new && !self.histories.is_empty() {
            self.owe_again(exhibit, &[(exhibit.ids(), None)], None);
        }
    }

    fn receive(&mut self, exhibit: &Exhibit<'_>, event: &str) {
        if exhibit.markers.is_empty() && exhibit.declared.is_unmarked(event) {
            self.debts.receive_unmarked(exhibit.ids(), event);
        }
        for found in exhibit.markers {
            if !found.is_whole() {
                self.cut.see((found.key, exhibit.place_id), event);
                continue;
            }
            self.cut.complete((found.key, exhibit.place_id), event);
            self.debts
                .receive(exhibit.at_us, exhibit.place_id, event, found.key);
            self.histories.receive(exhibit.ids(), event, found.key);
        }
    }

    /// The tab is still owed what is due, now and later: the scenario left it open.
    fn closed_by_server(&mut self, exhibit: &Exhibit<'_>, how: &str) {
        let close = ServerClose::new(how, exhibit.at_us, self.last_delay);
        if self.tabs.close_by_server(exhibit.place_id, &close) {
            self.debts.close_by_server(exhibit.place_id, &close);
        }
        self.histories.close(exhibit.place_id);
    }

    fn was_late(&mut self, delay: Delay) {
        self.last_delay = Some(delay);
        self.debts.hear_of(delay);
        self.tabs.hear_of(delay);
    }

    fn number(&mut self, exhibit: &Exhibit<'_>, number: u64) {
        let Some(last) = self.tabs.number(exhibit.place_id, number) else {
            return;
        };
        self.tally.chance(1);
        if let Some(last) = last.filter(|last| number > last.saturating_add(1)) {
            let says = || format!("{} got number {number} right after {last}", exhibit.place);
            self.tally.witness(|| exhibit.witness(says()));
        }
    }

    fn settle(&mut self, exhibit: &Exhibit<'_>, unsettled: Option<&String>) {
        let session = exhibit.user.map(|_| exhibit.session);
        let Settlement { paid, open } = self.debts.settle(session);
        self.tally.chance(paid);
        for (marker, debt) in open {
            self.tally.chance(debt.due);
            if debt.came >= debt.due {
                continue;
            }
            let says = debt.says(&marker);
            let cut = || self.cut.excuse((marker.key(), debt.id), &debt.event);
            match { unsettled.cloned() }
                .or_else(|| debt.excuse())
                .or_else(cut)
            {
                Some(why) => self.tally.doubt(|| format!("{says}: {why}")),
                None => self.tally.witness(|| Witness {
                    seq: None,
                    says,
                    frame: String::new(),
                    event: Some(debt.event),
                }),
            }
        }
    }
}

impl Judge for EveryEventDelivered {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        let id = exhibit.place_id;
        match exhibit.what {
            What::Joined {
                last_seq,
                socketless,
            } => self.join(exhibit, *last_seq, *socketless),
            What::Left { by_server: None } => {
                self.doubt(self.debts.left_behind(exhibit.at_us, Debts::is_of(id)));
                self.close(id);
            }
            What::Left {
                by_server: Some(how),
            } => self.closed_by_server(exhibit, how),
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS => self.was_late(Delay {
                at_us: exhibit.at_us,
                by_ms: *by_ms,
            }),
            What::SessionEnded => {
                let tabs = self.tabs.end_session(exhibit.session);
                let own = |debt: &Debt| debt.is_of_any(&tabs);
                self.doubt(self.debts.left_behind(exhibit.at_us, own));
                for id in tabs {
                    self.debts.close(id);
                }
                self.debts.end_session(exhibit.session);
                self.histories.end_session(exhibit.session);
            }
            What::Member {
                group,
                who,
                is,
                closed: false,
            } => self.member(exhibit, group, *who, *is),
            What::Sent { marker, .. } => {
                self.debts.send(exhibit.user, marker);
                if let Some(action) = exhibit.declared.action(marker.key()) {
                    self.histories.send(marker, action);
                }
            }
            What::Unanswered { marker }
            | What::Refused {
                marker: Some(marker),
                ..
            } => self.debts.forget(marker),
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => self.confirm(exhibit, (marker, action), yields),
            What::Stopped { action } => {
                self.debts.stop(exhibit.user, action);
                self.histories.stop(exhibit.user, action);
            }
            What::Received {
                event,
                number,
                order,
                ..
            } => {
                self.receive(exhibit, event);
                if let (Some(number), None) = (number, order) {
                    self.number(exhibit, *number);
                }
            }
            What::Settled { unsettled, .. } => self.settle(exhibit, unsettled.as_ref()),
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("nothing was due to an open tab")
    }
}
