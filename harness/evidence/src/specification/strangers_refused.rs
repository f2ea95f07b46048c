//! A user who has no session gets nothing.

use super::findings::finding;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::observation::{COMMENT, What};

/// Nobody without a session gets a socket, an event, or the answer to a request that needs a login.
///
/// Relies on: what strangers ask for needs a login; the recorder says whether it was granted.
pub(super) fn strangers_refused(history: &History) -> Finding {
    let strangers = history
        .observations
        .iter()
        .filter(|observation| observation.place.user.is_none());
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for observation in strangers {
        let (got, frame) = match &observation.what {
            // The refusal itself is written down where the opening ended.
            What::Received { says_no: true, .. } => continue,
            What::Received { event, .. } if event == COMMENT => continue,
            What::Refused { .. } | What::Answered { granted: false, .. } => {
                chances += 1;
                continue;
            }
            What::Joined {
                socketless: false, ..
            } => ("a socket".to_owned(), ""),
            What::Received { event, frame, .. } => (format!("event `{event}`"), frame.as_str()),
            What::Answered { asked, frame, .. } => {
                (format!("an answer to `{asked}`"), frame.as_str())
            }
            _ => continue,
        };
        chances += 1;
        witnesses.push(Witness {
            seq: Some(observation.seq),
            says: format!("{} got {got}", observation.place),
            frame: frame.to_owned(),
            event: None,
        });
    }
    finding(chances, witnesses, "no stranger tried")
}
