//! Who sees what: a user's events, actions and answers stay with that user.

use std::hash::BuildHasher;

use crate::finding::{Finding, Tally};
use crate::history::Scene;
use crate::judging::{Judge, Map, Recent, Seen, UserId};
use crate::marker::Owners;
use crate::name::{ActionId, UserName};
use crate::observation::What;

/// No session sees, in any byte of a frame or an HTTP answer, a marker that is not its user's.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
/// A chance to leak is one frame seen while another user was logged in, or one that leaks.
pub(super) struct NoForeignEvents {
    tally: Tally,
    owners: Owners,
    /// Sessions of each user that is logged in.
    present: Map<UserId, u32>,
    enough_users: bool,
}

impl NoForeignEvents {
    pub(super) fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            owners: Owners::of(&scene.users),
            present: Map::default(),
            enough_users: scene.users.len() >= 2,
        })
    }

    fn count_present(&mut self, seen: &Seen<'_>) {
        let Some(user) = seen.user else { return };
        match seen.what {
            What::LoggedIn { .. } => *self.present.entry(user).or_default() += 1,
            What::SessionEnded => {
                if let Some(sessions) = self.present.get_mut(&user) {
                    *sessions -= 1;
                    if *sessions == 0 {
                        self.present.remove(&user);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Judge for NoForeignEvents {
    fn see(&mut self, seen: &Seen<'_>) {
        self.count_present(seen);
        if let What::Settled {
            unheard: Some(why), ..
        } = seen.what
        {
            self.tally
                .doubt(|| format!("what came last was not heard: {why}"));
        }
        if !matches!(
            seen.what,
            What::Received { .. }
                | What::Answered { .. }
                | What::Refused { .. }
                | What::Left { by_server: Some(_) }
        ) {
            return;
        }
        let own = seen
            .user
            .is_some_and(|user| self.present.contains_key(&user));
        let foreign = seen.markers.iter().filter_map(|found| {
            let owner = self.owners.owner_of(found);
            let is_own = owner.is_some() && owner == seen.place.user.as_ref();
            (!is_own).then_some((found, owner))
        });
        let mut foreign = foreign.peekable();
        let others = self.present.len() > usize::from(own);
        let chance = others || foreign.peek().is_some();
        self.tally.chance(u64::from(chance));
        for (found, owner) in foreign {
            let owner = owner.map_or("nobody in this scenario", UserName::as_str);
            let says = || format!("{} got {}, owned by {owner}", seen.place, found.marker());
            self.tally.witness(|| seen.witness(says()));
        }
    }

    fn end(self: Box<Self>) -> Finding {
        if !self.enough_users {
            return Finding::undecided("isolation needs two users");
        }
        self.tally
            .finding("nothing was received while another user was there")
    }
}

/// Nobody without a session gets a socket, an event, or the answer to a request that needs a login.
///
/// Relies on: what strangers ask for needs a login; the recorder says whether it was granted.
#[derive(Default)]
pub(super) struct StrangersRefused(Tally);

impl StrangersRefused {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for StrangersRefused {
    fn see(&mut self, seen: &Seen<'_>) {
        if seen.user.is_some() {
            return;
        }
        let got = match seen.what {
            What::Refused { .. } | What::Answered { granted: false, .. } => {
                self.0.chance(1);
                return;
            }
            What::Joined { .. } => "a socket".to_owned(),
            What::Received { event, .. } => format!("event `{event}`"),
            What::Answered { asked, .. } => format!("an answer to `{asked}`"),
            _ => return,
        };
        self.0.chance(1);
        let says = || format!("{} got {got}", seen.place);
        self.0.witness(|| crate::finding::Witness {
            event: None,
            ..seen.witness(says())
        });
    }

    fn end(self: Box<Self>) -> Finding {
        self.0.finding("no stranger tried")
    }
}

/// A request for an action by its id is granted to its owner alone.
///
/// Where each user's actions count from 1, one id is an action of several users: who has one of that id asks
/// for their own. Each user's last 1,000 actions are known; a request for an older one is no chance.
#[derive(Default)]
pub(super) struct OthersActionsOutOfReach {
    tally: Tally,
    owners_of: Recent<Vec<UserId>>,
    names: Map<UserId, UserName>,
}

impl OthersActionsOutOfReach {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

fn key(action: &ActionId) -> u64 {
    foldhash::fast::FixedState::default().hash_one(action.as_str())
}

impl Judge for OthersActionsOutOfReach {
    fn see(&mut self, seen: &Seen<'_>) {
        match (seen.what, seen.user, &seen.place.user) {
            (What::Confirmed { action, .. }, Some(user), Some(name)) => {
                match self.owners_of.get_mut(key(action)) {
                    Some(owners) if owners.contains(&user) => {}
                    Some(owners) => owners.push(user),
                    None => self.owners_of.insert(Some(user), key(action), vec![user]),
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
                let owners = self.owners_of.get(key(action));
                let others =
                    owners.filter(|owners| user.is_none_or(|user| !owners.contains(&user)));
                let other = others.and_then(|owners| owners.first());
                let Some(owner) = other.and_then(|owner| self.names.get(owner)) else {
                    return;
                };
                self.tally.chance(1);
                if *granted {
                    let says =
                        || format!("{} was granted `{asked}`, an action of {owner}", seen.place);
                    self.tally.witness(|| seen.witness(says()));
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
    use proptest::prelude::*;

    use crate::notation::{check, history};
    use crate::observation::What;
    use crate::properties::named;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn what_the_server_says_when_it_closes_is_looked_at() {
        let property = named("no_foreign_events").expect("listed");
        let script = "amy+ bob+ bob!1 amy%bob1";
        check(property, script, Violated, "amy/desktop/1 got");
        check(property, "amy+ bob+ amy!1 amy%amy1", Holds, "");
    }

    /// Nobody heard what a target that did not answer sent last.
    #[test]
    fn a_run_that_could_not_listen_at_its_end_proves_no_silence() {
        let property = named("no_foreign_events").expect("listed");
        let quiet = "amy+ bob+ amy!1 amy<amy1";
        check(property, &format!("{quiet} ?."), Holds, "");
        let deaf = format!("{quiet} ?.deaf …");
        let says = "what came last was not heard: the target did not answer";
        check(property, &deaf, Undecided, says);
        let leaks = "amy+ bob+ amy!1 bob<amy1 ?.deaf …";
        check(property, leaks, Violated, "bob/desktop/1 got");
    }

    #[test]
    fn what_a_stranger_got_is_told() {
        let property = named("strangers_refused").expect("listed");
        let says = "stranger/desktop/1 got event `result`";
        check(property, "amy+ ?<amy1", Violated, says);
        // The leak is that anything came, whichever event it was.
        let found = property.judge(&history("amy+ ?<amy1"));
        assert_eq!(found.witnesses[0].event, None);
    }

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
        // A leak was a chance, whoever is there.
        let leaked = property.judge(&history("amy+ bob+ amy- bob<amy1"));
        assert_eq!((leaked.verdict, leaked.chances), (Violated, 1));
        let own = property.judge(&history("amy+ bob+ amy- bob<bob1 bob<amy1"));
        assert_eq!((own.verdict, own.chances), (Violated, 1));
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

    #[test]
    fn one_id_may_be_an_action_of_several_users() {
        let property = named("others_actions_out_of_reach").expect("listed");
        let judge = |asker: &str| {
            let script = format!("amy+ bob+ cat+ amy!1 bob!1 {asker}?amy1=yes");
            let mut history = history(&script);
            for seen in &mut history.observations {
                match &mut seen.what {
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
            let found = named("no_foreign_events").expect("listed").judge(&history(&script));
            prop_assert_eq!(found.verdict, Holds, "{}", script);
        }

        #[test]
        fn a_planted_leak_is_always_found(mut script in clean(), at: prop::sample::Index) {
            script.insert(at.index(script.len() + 1), "cat<bob7".to_owned());
            let script = format!("amy+ bob+ cat+ {}", script.join(" "));
            let found = named("no_foreign_events").expect("listed").judge(&history(&script));
            prop_assert_eq!(found.verdict, Violated, "{}", script);
            prop_assert_eq!(found.witnesses.len(), 1);
        }
    }
}
