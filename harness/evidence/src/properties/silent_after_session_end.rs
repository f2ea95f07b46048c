//! A session that has ended hears nothing more.

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
#[derive(Default)]
struct SilentAfterSessionEnd {
    tally: Tally,
    ended: Map<SessionId, u64>,
    sent: Recent<u64>,
}

impl SilentAfterSessionEnd {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for SilentAfterSessionEnd {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::SessionEnded => {
                self.ended.insert(exhibit.session, exhibit.seq);
            }
            // What is sent before the first end is after none.
            What::Sent { marker, .. } if !self.ended.is_empty() => {
                self.sent.insert(exhibit.user, marker.key(), exhibit.seq);
                self.tally.chance(self.ended.len() as u64);
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
        self.tally.finding("nothing was sent after a session's end")
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Violated};

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
}
