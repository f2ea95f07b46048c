//! Everything that is due arrives.

mod server_close;
#[cfg(test)]
mod tests;

mod debts;
mod tabs;

use self::debts::{Debts, Settlement};
use self::server_close::{Delay, ServerClose};
use self::tabs::OpenTabs;
use super::lateness::TOO_LATE_MS;
use crate::finding::{Finding, Witness};
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, PlaceId};
use crate::observation::What;
use crate::property::{Cases, Property, Scope};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "every_event_delivered",
    claim: "each of the owner's tabs gets what each of the owner's actions makes",
    scope: Scope::OnePart,
    start: EveryEventDelivered::start,
    cases: Cases {
        holds: "amy+ amy!1 amy<amy1",
        violated: "amy+ amy!1",
        undecided: "amy+",
    },
};

/// Each tab of the owner that stayed open from before an action was confirmed gets all its events,
/// and no tab misses a number of its session's sequence.
///
/// An event that a tab should still get is a debt. A tab that the server closed is still owed what is due, until
/// the scenario closes it or its session ends. What comes after it has joined again pays for what it missed. If the
/// harness itself was late around the close, it may have missed the server's deadline, and the debt is in doubt.
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
    /// The last time that the harness was late.
    last_delay: Option<Delay>,
}

impl EveryEventDelivered {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    fn close(&mut self, id: PlaceId) {
        self.tabs.close(id);
        self.debts.close(id);
    }

    /// The tab is still owed what is due, now and later: the scenario left it open.
    fn closed_by_server(&mut self, exhibit: &Exhibit<'_>, how: &str) {
        let close = ServerClose::new(how, exhibit.at_us, self.last_delay);
        if self.tabs.close_by_server(exhibit.place_id, &close) {
            self.debts.close_by_server(exhibit.place_id, &close);
        }
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
        let Settlement { paid, open } = match exhibit.user {
            None => self.debts.settle(|_| true),
            Some(_) => self
                .debts
                .settle(|id| self.tabs.belongs_to(id, exhibit.session)),
        };
        self.tally.chance(paid);
        for (marker, debt) in open {
            self.tally.chance(debt.due);
            if debt.came >= debt.due {
                continue;
            }
            let says = debt.says(&marker);
            match unsettled.cloned().or_else(|| debt.excuse()) {
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
            What::Joined { last_seq } => self.tabs.join(exhibit, *last_seq),
            What::Left { by_server: None } => self.close(id),
            What::Left {
                by_server: Some(how),
            } => self.closed_by_server(exhibit, how),
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS => self.was_late(Delay {
                at_us: exhibit.at_us,
                by_ms: *by_ms,
            }),
            What::SessionEnded => {
                for id in self.tabs.end_session(exhibit.session) {
                    self.debts.close(id);
                }
            }
            What::Sent { marker } => self.debts.send(exhibit.user, marker),
            What::Unanswered { marker } => self.debts.forget(marker),
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => {
                let tabs = self.tabs.of_user(exhibit.user);
                self.debts.confirm(exhibit, (marker, action), yields, tabs);
            }
            What::Stopped { action } => self.debts.stop(exhibit.user, action),
            What::Received { event, number, .. } => {
                for found in exhibit.markers {
                    self.debts.receive(id, event, found.key);
                }
                if let Some(number) = number {
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
