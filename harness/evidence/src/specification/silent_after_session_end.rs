//! A session that has ended hears nothing more.

use std::collections::BTreeMap;

use super::findings::finding;
use super::markers::unique_in;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::name::UserName;
use crate::observation::What;
use crate::place::Place;

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. What was on its way already may still arrive and is no violation.
pub(super) fn silent_after_session_end(history: &History) -> Finding {
    let mut ended: BTreeMap<(Option<&UserName>, &str), u64> = BTreeMap::new();
    let mut sent: BTreeMap<&Marker, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (at, observation) in history.observations.iter().enumerate() {
        match &observation.what {
            What::SessionEnded => {
                ended.insert(session(&observation.place), observation.seq);
            }
            What::Sent { marker, .. } => {
                sent.insert(marker, observation.seq);
                chances += ended.len() as u64;
            }
            What::Received { event, frame, .. } => {
                let Some(end) = ended.get(&session(&observation.place)) else {
                    continue;
                };
                for marker in unique_in(&history.observations[..=at]) {
                    if sent.get(&marker).is_some_and(|sent| sent > end) {
                        witnesses.push(Witness {
                            seq: Some(observation.seq),
                            says: format!(
                                "{} got {marker}, sent after the session's end (#{end})",
                                observation.place
                            ),
                            frame: frame.clone(),
                            event: Some(event.clone()),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    finding(chances, witnesses, "nothing was sent after a session's end")
}

fn session(place: &Place) -> (Option<&UserName>, &str) {
    (place.user.as_ref(), &place.session)
}
