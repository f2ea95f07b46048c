//! A login gives a new session id.

use crate::finding::{Finding, Witness};
use crate::hashing::Set;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "new_session_at_login",
    claim: "a login gives a session id that nobody has shown before",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: NewSessionAtLogin::start,
    cases: Cases {
        holds: "amy+ bob+",
        violated: "amy+ amy-same+",
        undecided: "?-",
    },
};

/// A login gives a session id that no browser has shown before.
#[derive(Default)]
struct NewSessionAtLogin {
    tally: Tally,
    shown: Set<String>,
}

impl NewSessionAtLogin {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for NewSessionAtLogin {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        let What::LoggedIn { before, after } = exhibit.what else {
            return;
        };
        self.shown.extend(before.clone());
        self.tally.chance(1);
        if !self.shown.insert(after.clone()) {
            self.tally.witness(|| Witness {
                seq: Some(exhibit.seq),
                says: format!(
                    "{} logged in and kept the session id {after}",
                    exhibit.place
                ),
                frame: String::new(),
                event: None,
            });
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("nobody logged in")
    }
}
