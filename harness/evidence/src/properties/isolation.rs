//! Who sees what: a user's events, actions and answers stay with that user.

use std::collections::BTreeMap;

use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::observation::{ActionId, Observation, UserName, What};

/// No session sees, in any byte of a frame or an HTTP answer, a marker that is not its user's.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
/// A chance to leak is one frame seen while another user was logged in.
pub(super) fn no_foreign_events(history: &History) -> Finding {
    if history.scene.users.len() < 2 {
        return Finding::undecided("isolation needs two users");
    }
    let owners = history.owners();
    let mut present = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        count_present(&mut present, seen);
        let (frame, event) = match &seen.what {
            What::Received { frame, event, .. } => (frame, Some(event)),
            What::Answered { frame, .. } => (frame, None),
            What::Refused { reason } => (reason, None),
            _ => continue,
        };
        let others = present
            .keys()
            .any(|user| Some(user) != seen.place.user.as_ref());
        chances += u64::from(others);
        for marker in Marker::find_all(frame.as_bytes()) {
            let owner = owners.owner(&marker);
            if owner.is_some() && owner == seen.place.user.as_ref() {
                continue;
            }
            let owner = owner.map_or("nobody in this scenario", UserName::as_str);
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{} got {marker}, owned by {owner}", seen.place),
                frame: frame.clone(),
                event: event.cloned(),
            });
        }
    }
    Finding::judge(
        chances,
        witnesses,
        "nothing was received while another user was there",
    )
}

fn count_present(present: &mut BTreeMap<UserName, u32>, seen: &Observation) {
    let Some(user) = &seen.place.user else { return };
    match seen.what {
        What::LoggedIn { .. } => *present.entry(user.clone()).or_default() += 1,
        What::SessionEnded => {
            if let Some(sessions) = present.get_mut(user) {
                *sessions -= 1;
            }
            present.retain(|_, sessions| *sessions > 0);
        }
        _ => {}
    }
}

/// Nobody without a session gets a socket, an event, or the answer to a request that needs a login.
///
/// Relies on: what strangers ask for needs a login; the recorder says whether it was granted.
pub(super) fn strangers_refused(history: &History) -> Finding {
    let strangers = history
        .observations
        .iter()
        .filter(|seen| seen.place.user.is_none());
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in strangers {
        let (got, frame) = match &seen.what {
            What::Refused { .. } | What::Answered { granted: false, .. } => {
                chances += 1;
                continue;
            }
            What::Joined { .. } => ("a socket".to_owned(), ""),
            What::Received { event, frame, .. } => (format!("event `{event}`"), frame.as_str()),
            What::Answered { asked, frame, .. } => {
                (format!("an answer to `{asked}`"), frame.as_str())
            }
            _ => continue,
        };
        chances += 1;
        witnesses.push(Witness {
            seq: Some(seen.seq),
            says: format!("{} got {got}", seen.place),
            frame: frame.to_owned(),
            event: None,
        });
    }
    Finding::judge(chances, witnesses, "no stranger tried")
}

/// A request for an action by its id is granted to its owner alone.
pub(super) fn others_actions_out_of_reach(history: &History) -> Finding {
    let mut owner_of: BTreeMap<&ActionId, &UserName> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        match (&seen.what, &seen.place.user) {
            (What::Confirmed { action, .. }, Some(user)) => {
                owner_of.insert(action, user);
            }
            (
                What::Answered {
                    asked,
                    action: Some(action),
                    granted,
                    frame,
                },
                user,
            ) => {
                let Some(owner) = owner_of
                    .get(action)
                    .filter(|owner| Some(**owner) != user.as_ref())
                else {
                    continue;
                };
                chances += 1;
                if *granted {
                    witnesses.push(Witness {
                        seq: Some(seen.seq),
                        says: format!("{} was granted `{asked}`, an action of {owner}", seen.place),
                        frame: frame.clone(),
                        event: None,
                    });
                }
            }
            _ => {}
        }
    }
    Finding::judge(chances, witnesses, "nobody asked for another user's action")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::notation::{check, history};
    use crate::properties::named;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn no_user_sees_anothers_event() {
        let property = named("no_foreign_events").expect("listed");
        check(property, "amy+ bob+ amy<amy1", Holds, "");
        check(
            property,
            "amy+ bob+ bob<amy1",
            Violated,
            "#5: bob/desktop/1 got",
        );
        check(
            property,
            "amy+ amy<amy1",
            Undecided,
            "isolation needs two users",
        );
        check(property, "amy+ bob+ ?<amy1", Violated, "owned by amy");
        check(
            property,
            "amy+ bob+ bob<eve1",
            Violated,
            "owned by nobody in this scenario",
        );
        check(
            property,
            "amy+ amy<amy1 amy- bob+",
            Undecided,
            "while another user was there",
        );
    }

    #[test]
    fn actions_belong_to_their_owner() {
        let property = named("others_actions_out_of_reach").expect("listed");
        check(property, "amy+ bob+ amy!1 ?", Undecided, "nobody asked");
        check(
            property,
            "amy+ bob+ amy!1 bob?amy1=no bob?amy1=yes",
            Violated,
            "an action of amy",
        );
    }

    /// Deliveries among three users, each to its owner.
    fn clean() -> impl Strategy<Value = Vec<String>> {
        let users = prop::sample::select(vec!["amy", "bob", "cat"]);
        prop::collection::vec(
            (users, 1..9_u8).prop_map(|(user, i)| format!("{user}<{user}{i}")),
            1..60,
        )
    }

    proptest! {
        #[test]
        fn a_clean_history_is_never_accused(script in clean()) {
            let script = format!("amy+ bob+ cat+ {}", script.join(" "));
            let found = (named("no_foreign_events").expect("listed").judge)(&history(&script));
            prop_assert_eq!(found.verdict, Holds, "{}", script);
        }

        #[test]
        fn a_planted_leak_is_always_found(mut script in clean(), at: prop::sample::Index) {
            script.insert(at.index(script.len() + 1), "cat<bob7".to_owned());
            let script = format!("amy+ bob+ cat+ {}", script.join(" "));
            let found = (named("no_foreign_events").expect("listed").judge)(&history(&script));
            prop_assert_eq!(found.verdict, Violated, "{}", script);
            prop_assert_eq!(found.witnesses.len(), 1);
        }
    }
}
