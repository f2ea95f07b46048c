//! A user's events and answers stay with that user.

use std::collections::BTreeMap;

use super::findings::doubted;
use super::markers::unique;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::name::UserName;
use crate::observation::{Observation, What};

/// No session sees, in any byte of a frame or an HTTP answer, a marker that is not its user's.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
/// A chance to leak is one frame seen while another user was logged in, or one that leaks.
pub(super) fn no_foreign_events(history: &History) -> Finding {
    if history.scene.users.len() < 2 {
        return Finding::undecided("isolation needs two users");
    }
    let owners = history.owners();
    let mut present = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut doubts = Vec::new();
    for observation in &history.observations {
        count_present(&mut present, observation);
        if let What::Settled {
            unheard: Some(why), ..
        } = &observation.what
        {
            doubts.push(format!("what came last was not heard: {why}"));
        }
        let (frame, event) = match &observation.what {
            What::Received { frame, event, .. } => (frame, Some(event)),
            What::Answered { frame, .. } => (frame, None),
            What::Refused { reason }
            | What::Left {
                by_server: Some(reason),
            } => (reason, None),
            _ => continue,
        };
        let others = present
            .keys()
            .any(|user| Some(user) != observation.place.user.as_ref());
        let mut foreign = unique(frame);
        foreign.retain(|marker| {
            let owner = owners.owner(marker);
            owner.is_none() || owner != observation.place.user.as_ref()
        });
        chances += u64::from(others || !foreign.is_empty());
        for marker in foreign {
            let owner = owners.owner(&marker);
            let owner = owner.map_or("nobody in this scenario", UserName::as_str);
            witnesses.push(Witness {
                seq: Some(observation.seq),
                says: format!("{} got {marker}, owned by {owner}", observation.place),
                frame: frame.clone(),
                event: event.cloned(),
            });
        }
    }
    doubted(
        chances,
        witnesses,
        &doubts,
        "nothing was received while another user was there",
    )
}

fn count_present(present: &mut BTreeMap<UserName, u32>, observation: &Observation) {
    let Some(user) = &observation.place.user else {
        return;
    };
    match observation.what {
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
