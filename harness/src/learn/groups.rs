//! Who is in which group, as far as the history has come.

use std::collections::BTreeMap;

use evidence::{Member, Membership, Place};

/// The memberships of a run.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Vec<Stay>>);

/// One membership, in lines of the history.
#[derive(Debug)]
struct Stay {
    place: Place,
    who: Member,
    asked: u64,
    is_over: bool,
    /// It ended with its tab. If the tab comes back, it is the same one.
    is_closed: bool,
}

/// How a place stands to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// A member, who asked for it in this line.
    Since(u64),
    /// It was one.
    Gone,
    /// It never was one.
    Never,
}

impl Groups {
    /// A membership goes on.
    pub(super) fn see(
        &mut self,
        group: &str,
        (place, who): (&Place, Member),
        is: Membership,
        seq: u64,
    ) {
        let stays = self.0.entry(group.to_owned()).or_default();
        let own = |stay: &Stay| stay.who == who && stay.place == *place;
        let open = stays
            .iter()
            .rposition(|stay| own(stay) && !stay.is_over && !stay.is_closed);
        match (is, open) {
            (Membership::Asking | Membership::Joined, None) => {
                let before = stays.iter().rposition(|stay| own(stay) && stay.is_closed);
                let asked = before.map_or(seq, |at| stays.remove(at).asked);
                stays.push(Stay {
                    place: place.clone(),
                    who,
                    asked,
                    is_over: false,
                    is_closed: false,
                });
            }
            (Membership::Refused, Some(at)) => _ = stays.remove(at),
            (Membership::Left | Membership::Lost, Some(at)) => stays[at].is_over = true,
            _ => {}
        }
    }

    /// The scenario closed this tab.
    pub(super) fn close(&mut self, place: &Place) {
        let stays = self.0.values_mut().flatten();
        let own = stays.filter(|stay| stay.who == Member::Tab && stay.place == *place);
        own.for_each(|stay| stay.is_closed |= !stay.is_over);
    }

    /// How this place stands to the group.
    pub(super) fn belongs(&self, group: &str, place: &Place) -> Belongs {
        let stays = self.0.get(group).into_iter().flatten();
        let mut belongs = Belongs::Never;
        for stay in stays.filter(|stay| stay.covers(place)) {
            belongs = match (stay.is_over || stay.is_closed, belongs) {
                (false, Belongs::Since(before)) => Belongs::Since(before.min(stay.asked)),
                (false, _) => Belongs::Since(stay.asked),
                (true, Belongs::Since(before)) => Belongs::Since(before),
                (true, _) => Belongs::Gone,
            };
        }
        belongs
    }
}

impl Stay {
    fn covers(&self, place: &Place) -> bool {
        let of = &self.place;
        match self.who {
            Member::User if of.user.is_some() => of.user == place.user,
            Member::Tab if of.tab.is_some() && place.tab.is_some() => of == place,
            _ => of.user == place.user && of.session == place.session,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tab(user: &str) -> Place {
        Place {
            user: Some(user.into()),
            session: "desktop".to_owned(),
            tab: Some("1".to_owned()),
        }
    }

    #[test]
    fn a_membership_begins_ends_and_comes_back_with_its_tab() {
        let (bob, mut groups) = (tab("bob"), Groups::default());
        let as_tab = (&bob, Member::Tab);
        assert_eq!(groups.belongs("red", &bob), Belongs::Never);
        groups.see("red", as_tab, Membership::Asking, 3);
        groups.see("red", as_tab, Membership::Joined, 4);
        assert_eq!(groups.belongs("red", &bob), Belongs::Since(3));
        assert_eq!(groups.belongs("red", &tab("amy")), Belongs::Never);
        groups.close(&bob);
        assert_eq!(groups.belongs("red", &bob), Belongs::Gone);
        groups.see("red", as_tab, Membership::Asking, 8);
        assert_eq!(groups.belongs("red", &bob), Belongs::Since(3));
        groups.see("red", as_tab, Membership::Left, 9);
        assert_eq!(groups.belongs("red", &bob), Belongs::Gone);
        groups.see("red", as_tab, Membership::Asking, 10);
        groups.see("red", as_tab, Membership::Refused, 11);
        assert_eq!(groups.belongs("red", &bob), Belongs::Gone);
    }
}
