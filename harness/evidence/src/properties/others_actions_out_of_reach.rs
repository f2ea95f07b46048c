//! An action obeys its owner alone.

use crate::finding::Finding;
use crate::hashing::{Map, hash};
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, Recent, UserId};
use crate::name::{ActionId, UserName};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "others_actions_out_of_reach",
    claim: "no user reads, stops or deletes another user's action",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: OthersActionsOutOfReach::start,
    cases: Cases {
        holds: "amy+ bob+ amy!1 bob?amy1=no",
        violated: "amy+ bob+ amy!1 bob?amy1=yes",
        undecided: "amy+ bob+ amy!1 amy?amy1=yes",
    },
};

/// A request for an action by its id is granted to its owner alone.
///
/// If a target counts each user's actions from 1, one id is an action of several users. A user who has an action
/// with that id asks for their own. Each user's last 1,000 actions are known; a request for an older one is no chance.
#[derive(Default)]
struct OthersActionsOutOfReach {
    tally: Tally,
    owners_of: Recent<Owners>,
    names: Map<UserId, UserName>,
}

/// Whose an action of one id is. There may be a million ids, and most have one owner.
enum Owners {
    One(UserId),
    Several(Box<[UserId]>),
}

impl Owners {
    fn all(&self) -> &[UserId] {
        match self {
            Self::One(owner) => std::slice::from_ref(owner),
            Self::Several(owners) => owners,
        }
    }

    fn add(&mut self, user: UserId) {
        if !self.all().contains(&user) {
            *self = Self::Several([self.all(), &[user]].concat().into());
        }
    }
}

impl OthersActionsOutOfReach {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

fn key(action: &ActionId) -> u64 {
    hash(action.as_str())
}

impl Judge for OthersActionsOutOfReach {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        match (exhibit.what, exhibit.user, &exhibit.place.user) {
            (What::Confirmed { action, .. }, Some(user), Some(name)) => {
                match self.owners_of.get_mut(key(action)) {
                    Some(owners) => owners.add(user),
                    None => {
                        let owners = Owners::One(user);
                        self.owners_of.insert(Some(user), key(action), owners);
                    }
                }
                self.names.entry(user).or_insert_with(|| name.clone());
            }
            (
                What::Answered {
                    asked,
                    action: Some(action),
                    granted,
                    ..
                },
                user,
                _,
            ) => {
                let owners = self.owners_of.get(key(action)).map(Owners::all);
                let others =
                    owners.filter(|owners| user.is_none_or(|user| !owners.contains(&user)));
                let other = others.and_then(|owners| owners.first());
                let Some(owner) = other.and_then(|owner| self.names.get(owner)) else {
                    return;
                };
                self.tally.chance(1);
                if *granted {
                    let says = || {
                        format!(
                            "{} was granted `{asked}`, an action of {owner}",
                            exhibit.place
                        )
                    };
                    self.tally.witness(|| exhibit.witness(says()));
                }
            }
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.tally.finding("nobody asked for another user's action")
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::observation::What;
    use crate::test_histories::{check, history};
    use crate::verdict::Verdict::{Undecided, Violated};

    #[test]
    fn actions_belong_to_their_owner() {
        let property = &PROPERTY;
        check(property, "amy+ bob+ amy!1 ?", Undecided, "nobody asked");
        check(
            property,
            "amy+ bob+ amy!1 bob?amy1=no bob?amy1=yes",
            Violated,
            "an action of amy",
        );
    }

    #[test]
    fn one_id_may_be_an_action_of_several_users() {
        let property = &PROPERTY;
        let judge = |asker: &str| {
            let script = format!("amy+ bob+ cat+ amy!1 bob!1 {asker}?amy1=yes");
            let mut history = history(&script);
            for observation in &mut history.observations {
                match &mut observation.what {
                    What::Confirmed { action, .. }
                    | What::Answered {
                        action: Some(action),
                        ..
                    } => *action = "1".into(),
                    _ => {}
                }
            }
            property.judge(&history)
        };
        assert_eq!(judge("amy").verdict, Undecided);
        assert_eq!(judge("bob").verdict, Undecided);
        let found = judge("cat");
        assert_eq!(found.verdict, Violated);
        assert!(found.witnesses[0].says.ends_with("an action of amy"));
    }
}
