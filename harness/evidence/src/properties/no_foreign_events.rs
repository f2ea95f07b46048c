//! A user's events and answers stay with that user.

use crate::finding::Finding;
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge, UserId};
use crate::marker::Owners;
use crate::name::UserName;
use crate::observation::What;
use crate::property::{Cases, Property, Scope};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "no_foreign_events",
    claim: "no session sees, in any byte, what another user made",
    scope: Scope::OnePart,
    start: NoForeignEvents::start,
    cases: Cases {
        holds: "amy+ bob+ amy!1 amy<amy1",
        violated: "amy+ bob+ amy!1 bob<amy1",
        undecided: "amy+ amy!1 amy<amy1",
    },
};

/// No session sees, in any byte of a frame or an HTTP answer, a marker that is not its user's.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
/// A chance to leak is one frame seen while another user was logged in, or one that leaks.
struct NoForeignEvents {
    tally: Tally,
    owners: Owners,
    /// How many sessions each logged-in user has.
    present: Map<UserId, u32>,
    enough_users: bool,
}

impl NoForeignEvents {
    fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            owners: Owners::of(&scene.users),
            present: Map::default(),
            enough_users: scene.users.len() >= 2,
        })
    }

    fn count_present(&mut self, exhibit: &Exhibit<'_>) {
        let Some(user) = exhibit.user else { return };
        match exhibit.what {
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
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        self.count_present(exhibit);
        if let What::Settled {
            unheard: Some(why), ..
        } = exhibit.what
        {
            self.tally
                .doubt(|| format!("what came last was not heard: {why}"));
        }
        if exhibit.what.target_text().is_none() {
            return;
        }
        let own = exhibit
            .user
            .is_some_and(|user| self.present.contains_key(&user));
        let foreign = exhibit.markers.iter().filter_map(|found| {
            let owner = self.owners.owner_of(found);
            let is_own = owner.is_some() && owner == exhibit.place.user.as_ref();
            (!is_own).then_some((found, owner))
        });
        let mut foreign = foreign.peekable();
        let others = self.present.len() > usize::from(own);
        let chance = others || foreign.peek().is_some();
        self.tally.chance(u64::from(chance));
        for (found, owner) in foreign {
            let owner = owner.map_or("nobody in this scenario", UserName::as_str);
            let (place, marker, travel) = (exhibit.place, found.marker(), found.travel);
            let says = || format!("{place} got {marker}{travel}, owned by {owner}");
            self.tally.witness(|| exhibit.witness(says()));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::PROPERTY;
    use crate::test_histories::{check, history};
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn the_reason_of_a_close_is_searched_for_markers() {
        let property = &PROPERTY;
        let script = "amy+ bob+ bob!1 amy%bob1";
        check(property, script, Violated, "amy/desktop/1 got");
        check(property, "amy+ bob+ amy!1 amy%amy1", Holds, "");
    }

    /// If the target did not answer at the end, nobody knows what it sent last.
    #[test]
    fn a_run_that_could_not_listen_at_its_end_proves_no_silence() {
        let property = &PROPERTY;
        let quiet = "amy+ bob+ amy!1 amy<amy1";
        check(property, &format!("{quiet} ?."), Holds, "");
        let deaf = format!("{quiet} ?.deaf …");
        let says = "what came last was not heard: the target did not answer";
        check(property, &deaf, Undecided, says);
        let leaks = "amy+ bob+ amy!1 bob<amy1 ?.deaf …";
        check(property, leaks, Violated, "bob/desktop/1 got");
    }

    #[test]
    fn no_user_sees_anothers_event() {
        let property = &PROPERTY;
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
        // A leak counts as a chance, even if no other user is logged in.
        let leaked = property.judge(&history("amy+ bob+ amy- bob<amy1"));
        assert_eq!((leaked.verdict, leaked.chances), (Violated, 1));
        let own = property.judge(&history("amy+ bob+ amy- bob<bob1 bob<amy1"));
        assert_eq!((own.verdict, own.chances), (Violated, 1));
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
            let found = PROPERTY.judge(&history(&script));
            prop_assert_eq!(found.verdict, Holds, "{}", script);
        }

        #[test]
        fn a_planted_leak_is_always_found(mut script in clean(), at: prop::sample::Index) {
            script.insert(at.index(script.len() + 1), "cat<bob7".to_owned());
            let script = format!("amy+ bob+ cat+ {}", script.join(" "));
            let found = PROPERTY.judge(&history(&script));
            prop_assert_eq!(found.verdict, Violated, "{}", script);
            prop_assert_eq!(found.witnesses.len(), 1);
        }
    }
}
