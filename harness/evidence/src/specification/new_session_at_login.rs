//! A login gives a new session id.

use std::collections::BTreeSet;

use super::findings::finding;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::observation::What;

/// A login gives a session id that no browser has shown before.
pub(super) fn new_session_at_login(history: &History) -> Finding {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for observation in &history.observations {
        let What::LoggedIn { before, after } = &observation.what else {
            continue;
        };
        shown.extend(before.as_deref());
        chances += 1;
        if !shown.insert(after) {
            witnesses.push(Witness {
                seq: Some(observation.seq),
                says: format!(
                    "{} logged in and kept the session id {after}",
                    observation.place
                ),
                frame: String::new(),
                event: None,
            });
        }
    }
    finding(chances, witnesses, "nobody logged in")
}
