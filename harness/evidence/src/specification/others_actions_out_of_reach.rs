//! An action obeys its owner alone.

use std::collections::BTreeMap;

use super::findings::finding;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::name::{ActionId, UserName};
use crate::observation::What;

/// A request for an action by its id is granted to its owner alone.
pub(super) fn others_actions_out_of_reach(history: &History) -> Finding {
    let mut owners_of: BTreeMap<&ActionId, Vec<&UserName>> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for observation in &history.observations {
        match (&observation.what, &observation.place.user) {
            (What::Confirmed { action, .. }, Some(user)) => {
                owners_of.entry(action).or_default().push(user);
            }
            (
                What::Answered {
                    asked,
                    action: Some(action),
                    granted,
                    frame,
                    ..
                },
                user,
            ) => {
                let Some(owners) = owners_of.get(action) else {
                    continue;
                };
                if owners.iter().any(|owner| Some(*owner) == user.as_ref()) {
                    continue;
                }
                let owner = owners[0];
                chances += 1;
                if *granted {
                    witnesses.push(Witness {
                        seq: Some(observation.seq),
                        says: format!(
                            "{} was granted `{asked}`, an action of {owner}",
                            observation.place
                        ),
                        frame: frame.clone(),
                        event: None,
                    });
                }
            }
            _ => {}
        }
    }
    finding(chances, witnesses, "nobody asked for another user's action")
}
