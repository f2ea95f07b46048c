//! When a session begins and ends.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::observation::{Place, UserName, What};

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. What was on its way already may still arrive and is no violation.
pub(super) fn silent_after_session_end(history: &History) -> Finding {
    let mut ended: BTreeMap<(Option<&UserName>, &str), u64> = BTreeMap::new();
    let mut sent: BTreeMap<&Marker, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        match &seen.what {
            What::SessionEnded => {
                ended.insert(session(&seen.place), seen.seq);
            }
            What::Sent { marker } => {
                sent.insert(marker, seen.seq);
                chances += ended.len() as u64;
            }
            What::Received { event, frame, .. } => {
                let Some(end) = ended.get(&session(&seen.place)) else {
                    continue;
                };
                for marker in Marker::find_all(frame.as_bytes()).collect::<BTreeSet<_>>() {
                    if sent.get(&marker).is_some_and(|sent| sent > end) {
                        witnesses.push(Witness {
                            seq: Some(seen.seq),
                            says: format!(
                                "{} got {marker}, sent after the session's end (#{end})",
                                seen.place
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
    Finding::judge(chances, witnesses, "nothing was sent after a session's end")
}

fn session(place: &Place) -> (Option<&UserName>, &str) {
    (place.user.as_ref(), &place.session)
}

/// A login gives a session id that no browser has shown before.
pub(super) fn new_session_at_login(history: &History) -> Finding {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        let What::LoggedIn { before, after } = &seen.what else {
            continue;
        };
        shown.extend(before.as_deref());
        chances += 1;
        if !shown.insert(after) {
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{} logged in and kept the session id {after}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }
    Finding::judge(chances, witnesses, "nobody logged in")
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
