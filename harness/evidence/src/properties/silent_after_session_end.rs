//! When a session begins and ends.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::finding::{Finding, Tally, Witness};
use crate::history::Scene;
use crate::judging::{Judge, Map, Recent, Seen, SessionId};
use crate::observation::What;

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. What was on its way already may still arrive and is no violation. Each user's last
/// 1,000 markers are known.
#[derive(Default)]
pub(super) struct SilentAfterSessionEnd {
    tally: Tally,
    ended: Map<SessionId, u64>,
    sent: Recent<u64>,
}

impl SilentAfterSessionEnd {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for SilentAfterSessionEnd {
    fn see(&mut self, seen: &Seen<'_>) {
        match seen.what {
            What::SessionEnded => {
                self.ended.insert(seen.session, seen.seq);
            }
            What::Sent { marker } => {
                self.sent.insert(seen.user, marker.key(), seen.seq);
                self.tally.chance(self.ended.len() as u64);
            }
            What::Received { .. } => {
                let Some(end) = self.ended.get(&seen.session) else {
                    return;
                };
                for found in seen.markers {
                    if self.sent.get(found.key).is_some_and(|sent| sent > end) {
                        let marker = found.marker();
                        let says = format!(
                            "{} got {marker}, sent after the session's end (#{end})",
                            seen.place
                        );
                        self.tally.witness(|| seen.witness(says));
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

/// A login gives a session id that no browser has shown before.
#[derive(Default)]
pub(super) struct NewSessionAtLogin {
    tally: Tally,
    shown: HashSet<String, FixedState>,
}

impl NewSessionAtLogin {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for NewSessionAtLogin {
    fn see(&mut self, seen: &Seen<'_>) {
        let What::LoggedIn { before, after } = seen.what else {
            return;
        };
        self.shown.extend(before.clone());
        self.tally.chance(1);
        if !self.shown.insert(after.clone()) {
            self.tally.witness(|| Witness {
                seq: Some(seen.seq),
                says: format!("{} logged in and kept the session id {after}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("nobody logged in")
    }
}

#[cfg(test)]
mod tests {
    use crate::notation::check;
    use crate::properties::named;
    use crate::verdict::Verdict::{Holds, Violated};

    #[test]
    fn what_was_on_its_way_is_no_violation() {
        let property = named("silent_after_session_end").expect("listed");
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
