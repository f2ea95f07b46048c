//! A session that has ended hears nothing more.

mod listeners;

use self::listeners::Listeners;
use crate::finding::Finding;
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, Recent, SessionId};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "silent_after_session_end",
    claim: "a session that has ended gets nothing that is made later",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: SilentAfterSessionEnd::start,
    cases: Cases {
        holds: "amy+ amy/phone+ amy- amy/phone!1 amy/phone<amy1",
        violated: "amy+ amy/phone+ amy- amy/phone!1 amy<amy1",
        undecided: "amy+ amy/phone+ amy/phone!1 amy<amy1 amy-",
    },
};

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. An event that was already on its way may still arrive, and is no violation. Once a session has
/// ended, the judge remembers each user's last 1,000 markers.
///
/// It had a chance only where a tab of the session was open at its end, and the scenario has not closed it since, and
/// what was sent would have been for this tab, had the session gone on.
#[derive(Default)]
struct SilentAfterSessionEnd {
    tally: Tally,
    ended: Map<SessionId, u64>,
    sent: Recent<u64>,
    listeners: Listeners,
}

impl SilentAfterSessionEnd {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for SilentAfterSessionEnd {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        self.listeners.see(exhibit);
        match exhibit.what {
            What::SessionEnded => {
                self.ended.insert(exhibit.session, exhibit.seq);
            }
            // What is sent before the first end is after none.
            What::Sent { marker, .. } if !self.ended.is_empty() => {
                self.sent.insert(exhibit.user, marker.key(), exhibit.seq);
                let would_hear = self.listeners.who_would_hear(exhibit, marker.key());
                self.tally.chance(would_hear);
            }
            What::Received { .. } => {
                let Some(end) = self.ended.get(&exhibit.session) else {
                    return;
                };
                for found in exhibit.markers {
                    if self.sent.get(found.key).is_some_and(|sent| sent > end) {
                        let marker = found.marker();
                        let says = format!(
                            "{} got {marker}, sent after the session's end (#{end})",
                            exhibit.place
                        );
                        self.tally.witness(|| exhibit.witness(says));
                    }
                }
            }
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding(
            "nothing was sent after a session's end that its open tabs would have got before it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn an_event_that_was_on_its_way_is_no_violation() {
        let property = &PROPERTY;
        check(
            property,
            "amy+ amy/phone+ amy!1 amy- amy<amy1 amy/phone!2 amy/phone<amy2",
            Holds,
            "",
        );
        check(
            property,
            "amy+ amy/phone+ amy- amy/phone!2 amy<amy2",
            Violated,
            "sent after the session's end",
        );
    }

    #[test]
    fn a_tab_that_would_have_heard_nothing_had_no_chance() {
        let property = &PROPERTY;
        for script in [
            // It has no socket.
            "amy+0 amy/phone+ amy- amy/phone!1",
            // The scenario has closed it.
            "amy+ amy/phone+ amy% amy- amy/phone!1",
            "amy+ amy/phone+ amy- amy% amy/phone!1",
            // The server had closed it long before.
            "amy+ amy/phone+ amy%1008 ~9 amy- amy/phone!1",
            // What is sent is for somebody else.
            "amy+ bob+ amy- bob!1",
            "amy+ bob+ amy- bob!1{result>bob}",
            "amy+ bob+ amy- bob!1{result>*,-amy}",
            "amy+ amy/phone+ amy- amy/phone!1{result>amy/phone/1;to>amy}",
            // It was in no group, or not any more.
            "amy+ amy/phone+ amy/phone@red+ amy- amy/phone!1{result>@red}",
            "amy+ bob+ amy@red+ bob@red+ amy@red- amy- bob!1{result>@red}",
            "amy+ bob+ amy@red+ bob@red+ amy@red^ ~9 amy- bob!1{result>@red}",
            "amy+ bob+ amy@red+ bob@red+ amy- bob!1{result>@red,unmarked}",
        ] {
            check(property, script, Undecided, "open tabs would have got");
        }
        for script in [
            "amy+0 amy+ amy/phone+ amy- amy/phone!1",
            "amy+ bob+ amy- bob!1{result>*}",
            "amy+ bob+ amy@red+ bob@red+ amy- bob!1{result>@red}",
            "amy+ bob+ amy@red:user+ bob@red+ amy- bob!1{result>@red}",
            // For its end the server closes the tab, and ends the membership.
            "amy+ amy/phone+ amy%1008 amy- amy/phone!1",
            "amy+ bob+ amy@red+ bob@red+ amy@red^ ~1 amy- bob!1{result>@red}",
        ] {
            check(property, script, Holds, "");
        }
    }
}
