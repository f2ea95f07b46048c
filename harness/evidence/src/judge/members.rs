//! Who is a member of which group, and from when to when.
//!
//! A membership has two ends, because one place may join one group several times: its own, for events that come once
//! for each membership, and that of the first of them, for events that come once for each place.

use super::ids::{PlaceId, PlaceIds, SessionId, UserId};
use crate::hashing::Map;
use crate::membership::{Member, Membership};
use crate::observation::What;

/// How many memberships in one group are kept apart at one place. Older ones become one that spans them all, so that
/// nobody is accused for what is forgotten.
const APART: usize = 16;

/// A group as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupId(u32);

/// Which places a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MemberId {
    Tab(PlaceId, SessionId),
    Session(SessionId),
    User(UserId),
}

/// Between which lines an action may have reached those who were members: from its sending until its confirmation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) sent: u64,
    /// `None` until it is confirmed, and for ever if somebody who joins later gets it too.
    pub(crate) confirmed: Option<u64>,
}

/// A membership that may let its place see something, unless it is refused later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// The server confirmed it, or it is over.
    Sure,
    /// It is asked for in this line.
    Asked(u64),
}

/// All groups.
#[derive(Debug, Default)]
pub(crate) struct Members {
    ids: Map<String, GroupId>,
    groups: Map<GroupId, Map<MemberId, Vec<Stay>>>,
}

/// One membership, from being asked for to its end. Times are lines of the history.
#[derive(Clone, Debug)]
struct Stay {
    asked: u64,
    /// The line that asked for it, by which it is known. `asked` may be earlier, for a tab that comes back.
    id: u64,
    joined: Option<u64>,
    own: Ending,
    shared: Ending,
}

/// How a membership ends.
#[derive(Clone, Copy, Debug, Default)]
struct Ending {
    /// The scenario asked to end it.
    leaving: bool,
    over: Option<u64>,
    /// It ended because the scenario closed its tab. If the tab comes back, it may get what it missed.
    closed: bool,
}

/// How a membership was answered in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Good,
    Refused,
}

impl MemberId {
    pub(crate) const fn of(who: Member, place: PlaceIds) -> Self {
        match (who, place.user) {
            (Member::User, Some(user)) => Self::User(user),
            (Member::Tab, _) if place.is_tab => Self::Tab(place.place, place.session),
            _ => Self::Session(place.session),
        }
    }

    /// Whether this place is part of the member.
    pub(crate) fn covers(self, place: PlaceIds) -> bool {
        match self {
            Self::Tab(tab, session) => {
                tab == place.place || (!place.is_tab && session == place.session)
            }
            Self::Session(session) => session == place.session,
            Self::User(user) => place.user == Some(user),
        }
    }
}

impl Members {
    /// The number of a group.
    pub(crate) fn group(&mut self, name: &str) -> GroupId {
        if let Some(known) = self.ids.get(name) {
            return *known;
        }
        let id = GroupId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// The number of a group that was named before.
    pub(crate) fn known(&self, name: &str) -> Option<GroupId> {
        self.ids.get(name).copied()
    }

    /// Looks at the next line. `answered` hears of each membership that is decided by it.
    pub(crate) fn see(
        &mut self,
        place: PlaceIds,
        seq: u64,
        what: &What,
        answered: &mut impl FnMut(u64, Answer),
    ) {
        match what {
            What::Member {
                group,
                who,
                is,
                closed,
            } => {
                let group = self.group(group);
                if *closed {
                    return;
                }
                let members = self.groups.entry(group).or_default();
                let stays = members.entry(MemberId::of(*who, place)).or_default();
                step(stays, seq, *is, answered);
            }
            What::Left { by_server: None } => {
                self.close(seq, answered, |id| {
                    id == MemberId::Tab(place.place, place.session)
                });
            }
            What::SessionEnded => self.close(seq, answered, |id| match id {
                MemberId::Tab(_, session) | MemberId::Session(session) => session == place.session,
                MemberId::User(_) => false,
            }),
            _ => {}
        }
    }

    /// The scenario closes these members' tabs.
    fn close(
        &mut self,
        seq: u64,
        answered: &mut impl FnMut(u64, Answer),
        is_closed: impl Fn(MemberId) -> bool,
    ) {
        let members = self.groups.values_mut().flatten();
        for (_, stays) in members.filter(|(id, _)| is_closed(**id)) {
            for stay in stays.iter_mut().filter(|stay| stay.own.over.is_none()) {
                stay.own.close(seq);
                stay.shared.close(seq);
                answered(stay.id, Answer::Good);
            }
        }
    }

    /// The memberships that let this place see what was sent to the group.
    pub(crate) fn may<'a>(
        &'a self,
        group: GroupId,
        place: PlaceIds,
        per_join: bool,
        sending: Sending,
    ) -> impl Iterator<Item = Admission> + 'a {
        let stays = self.stays(group, place);
        let meet = stays.filter(move |stay| {
            let over = stay.ending(per_join).over;
            let asked_in_time = sending.confirmed.is_none_or(|end| stay.asked < end);
            asked_in_time && over.is_none_or(|over| over > sending.sent)
        });
        meet.map(|stay| match (stay.joined, stay.own.over) {
            (None, None) => Admission::Asked(stay.id),
            _ => Admission::Sure,
        })
    }

    /// How many memberships of this place must get what was sent to the group at that line, or, if it has a history,
    /// before they joined.
    pub(crate) fn must(
        &self,
        group: GroupId,
        place: PlaceIds,
        per_join: bool,
        sent: u64,
        has_history: bool,
    ) -> u64 {
        let stays = self.stays(group, place);
        let firm = stays.filter(|stay| {
            let end = stay.ending(per_join);
            let joined = stay
                .joined
                .is_some_and(|joined| has_history || joined < sent);
            joined && !end.leaving && end.over.is_none_or(|over| over > sent)
        });
        firm.count() as u64
    }

    /// The memberships of which this place is part.
    fn stays(&self, group: GroupId, place: PlaceIds) -> impl Iterator<Item = &Stay> {
        let members = self.groups.get(&group);
        let tab = MemberId::Tab(place.place, place.session);
        let named = [
            place.is_tab.then_some(tab),
            Some(MemberId::Session(place.session)),
            place.user.map(MemberId::User),
        ];
        let named = named.into_iter().flatten();
        let named = named.filter_map(move |id| members?.get(&id));
        // What a session is answered outside any tab may be for any of its tabs.
        let whole = members.filter(|_| !place.is_tab).into_iter().flatten();
        let tabs = whole.filter(move |(id, _)| matches!(id, MemberId::Tab(..)) && id.covers(place));
        named.chain(tabs.map(|(_, stays)| stays)).flatten()
    }
}

/// A membership of one member goes on.
fn step(stays: &mut Vec<Stay>, seq: u64, is: Membership, answered: &mut impl FnMut(u64, Answer)) {
    let asking = stays
        .iter()
        .position(|stay| stay.joined.is_none() && stay.own.over.is_none());
    match is {
        Membership::Asking => stays.push(Stay::asked(seq, stays.last())),
        Membership::Joined => {
            let at = asking.unwrap_or_else(|| {
                stays.push(Stay::asked(seq, stays.last()));
                stays.len() - 1
            });
            stays[at].joined = Some(seq);
            answered(stays[at].id, Answer::Good);
        }
        Membership::Refused => {
            if let Some(at) = asking {
                answered(stays.remove(at).id, Answer::Refused);
            }
        }
        Membership::Leaving => {
            if let Some(stay) = stays.iter_mut().find(|stay| !stay.own.leaving) {
                stay.own.leaving = true;
            }
            stays
                .iter_mut()
                .filter(|stay| stay.shared.over.is_none())
                .for_each(|stay| stay.shared.leaving = true);
        }
        Membership::Left | Membership::Lost => {
            let leaves = is == Membership::Left;
            if let Some(stay) = stays.iter_mut().find(|stay| stay.own.over.is_none()) {
                stay.own.end(seq, leaves);
                answered(stay.id, Answer::Good);
            }
            let open = stays.iter_mut().filter(|stay| stay.shared.over.is_none());
            open.for_each(|stay| stay.shared.end(seq, leaves));
        }
    }
    if stays.len() > APART && stays[0].own.over.is_some() {
        let oldest = stays.remove(0);
        stays[0].asked = oldest.asked;
    }
}

impl Stay {
    /// A membership that is asked for in this line, after that one.
    fn asked(seq: u64, before: Option<&Self>) -> Self {
        let back = before.filter(|before| before.own.closed);
        Self {
            asked: back.map_or(seq, |before| before.asked),
            id: seq,
            joined: None,
            own: Ending::default(),
            shared: Ending::default(),
        }
    }

    const fn ending(&self, per_join: bool) -> Ending {
        if per_join { self.own } else { self.shared }
    }
}

impl Ending {
    fn end(&mut self, seq: u64, leaves: bool) {
        self.leaving |= leaves;
        self.over.get_or_insert(seq);
    }

    fn close(&mut self, seq: u64) {
        self.closed |= self.over.is_none();
        self.end(seq, true);
    }
}
