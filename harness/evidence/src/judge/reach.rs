//! An audience in numbers: which places it has, surely or perhaps.

use super::ids::{PlaceIds, Places};
use super::members::{Admission, GroupId, MemberId, Members, Sending};
use super::sight::Sight;
use crate::audience::{Audience, Scope};
use crate::membership::Member;

/// The places of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    any: Vec<Part>,
    but: Vec<Part>,
}

/// The places of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Member(MemberId),
    Group(GroupId),
    Everyone,
    Anybody,
}

/// What a place must get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// How many times.
    pub(crate) times: u64,
    /// The groups that it must be a member of for that. Empty if it is due without any.
    pub(crate) groups: Vec<GroupId>,
}

impl Reach {
    pub(crate) fn of(audience: &Audience, places: &mut Places, members: &mut Members) -> Self {
        let mut parts = |scopes: &[Scope]| {
            let parts = scopes.iter().map(|scope| Part::of(scope, places, members));
            parts.collect()
        };
        Self {
            any: parts(&audience.any),
            but: parts(&audience.but),
        }
    }

    /// Each place of a user, or of a session where nobody is logged in.
    pub(crate) fn of_sender(place: PlaceIds) -> Self {
        Self {
            any: vec![Part::Member(MemberId::of(Member::User, place))],
            but: Vec::new(),
        }
    }

    /// Why this place may see what was sent so.
    pub(crate) fn may(
        &self,
        members: &Members,
        place: PlaceIds,
        per_join: bool,
        sending: Sending,
    ) -> Sight {
        let surely_in = |part: &Part| match part {
            Part::Group(group) => members.must(*group, place, per_join, sending.sent, false) > 0,
            part => part.covers(place),
        };
        let mut sight = Sight::default();
        if self.but.iter().any(surely_in) {
            return sight;
        }
        for part in &self.any {
            match part {
                Part::Group(group) => members
                    .may(*group, place, per_join, sending)
                    .for_each(|admission| sight.admit(admission)),
                part if part.covers(place) => sight.admit(Admission::Sure),
                _ => {}
            }
        }
        sight
    }

    /// What this place must get of what was sent in that line.
    pub(crate) fn must(
        &self,
        members: &Members,
        place: PlaceIds,
        per_join: bool,
        sent: u64,
        has_history: bool,
    ) -> Claim {
        let sending = Sending {
            sent,
            confirmed: None,
        };
        let perhaps_in = |part: &Part| match part {
            Part::Group(group) => members
                .may(*group, place, per_join, sending)
                .next()
                .is_some(),
            part => part.covers(place),
        };
        if self.but.iter().any(perhaps_in) {
            return Claim::default();
        }
        let mut claim = Claim::default();
        let mut is_due_anyway = false;
        for part in &self.any {
            if let Part::Group(group) = part {
                let times = members.must(*group, place, per_join, sent, has_history);
                if times > 0 {
                    claim.times += times;
                    claim.groups.push(*group);
                }
            } else {
                is_due_anyway |= part.covers(place);
            }
        }
        if is_due_anyway {
            claim.groups.clear();
        }
        claim.times = claim.times.max(u64::from(is_due_anyway));
        if !per_join {
            claim.times = claim.times.min(1);
        }
        claim
    }

    /// The most times that what comes once may come to this place.
    pub(crate) fn most(
        &self,
        members: &Members,
        place: PlaceIds,
        per_join: bool,
        sending: Sending,
    ) -> u64 {
        if !per_join {
            return 1;
        }
        let times = self.any.iter().map(|part| match part {
            Part::Group(group) => members.may(*group, place, true, sending).count() as u64,
            part => u64::from(part.covers(place)),
        });
        times.sum::<u64>().max(1)
    }

    /// Whether this place, which is in these groups, is part of it.
    pub(crate) fn is_for(&self, place: PlaceIds, is_in: &impl Fn(GroupId) -> bool) -> bool {
        let has = |part: &Part| match part {
            Part::Group(group) => is_in(*group),
            part => part.covers(place),
        };
        self.any.iter().any(has) && !self.but.iter().any(has)
    }

    /// Whether it is for everybody, perhaps without some.
    pub(crate) fn is_for_all(&self) -> bool {
        let mut any = self.any.iter();
        any.any(|part| matches!(part, Part::Everyone | Part::Anybody))
    }

    /// The groups in it.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.any.iter().filter_map(|part| match part {
            Part::Group(group) => Some(*group),
            _ => None,
        })
    }
}

impl Part {
    fn of(scope: &Scope, places: &mut Places, members: &mut Members) -> Self {
        match scope {
            Scope::Tab(place) => Self::Member(MemberId::of(Member::Tab, places.ids(place))),
            Scope::Session(place) => Self::Member(MemberId::of(Member::Session, places.ids(place))),
            Scope::User(user) => Self::Member(MemberId::User(places.user(user))),
            Scope::Group(group) => Self::Group(members.group(group)),
            Scope::Everyone => Self::Everyone,
            Scope::Anybody => Self::Anybody,
        }
    }

    /// Whether this place is in it. Of a group only its members say so.
    fn covers(self, place: PlaceIds) -> bool {
        match self {
            Self::Member(member) => member.covers(place),
            Self::Group(_) => false,
            Self::Everyone => place.user.is_some(),
            Self::Anybody => true,
        }
    }
}
