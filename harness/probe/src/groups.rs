//! What a run knows that no single browser does: who is in which group, which actions were begun by whom, and which
//! values of the server were seen where.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::Instant;

use evidence::{Marker, Member, Place, UserName};

use crate::lock::lock;

/// Actions that are known by their markers. Events of older ones have no group and no sender.
const ACTIONS: usize = 100_000;
/// Values of the server that are known.
const SECRETS: usize = 100_000;

/// What a run knows.
#[derive(Debug, Default)]
pub(crate) struct Groups(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    members: BTreeMap<String, Vec<Stay>>,
    actions: HashMap<Marker, Sender>,
    /// Tags of users whose events others must get too.
    shared: HashSet<String>,
    secrets: HashSet<(String, Place)>,
    /// Which user had which identity, by its digest, and since when.
    identities: HashMap<(UserName, String), Instant>,
    /// What the names of an action stand for, where its events are told from others by that.
    values: HashMap<Marker, (String, walk::Values)>,
    /// The latest membership of each group, as whoever made or joined it knows it.
    known: BTreeMap<String, walk::Membership>,
    /// Groups whose name the server has given out again, and to which group.
    replaced: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Stay {
    place: Place,
    who: Member,
    is_leaving: bool,
}

/// Who began an action, and in which group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) who: String,
    pub(crate) group: Option<String>,
}

impl Groups {
    /// What the names of an action stand for.
    pub(crate) fn means(&self, marker: &Marker, action: &str, values: walk::Values) {
        let mut known = lock(&self.0);
        if known.values.len() < ACTIONS {
            known
                .values
                .insert(marker.clone(), (action.to_owned(), values));
        }
    }

    /// The action that a marker stands in, and its values.
    pub(crate) fn values(&self, marker: &Marker) -> Option<(String, walk::Values)> {
        lock(&self.0).values.get(marker).cloned()
    }

    /// A login gave this user this identity. If one gave it before, when that was.
    pub(crate) fn gave(&self, user: &UserName, identity: &str) -> Option<Instant> {
        let mut known = lock(&self.0);
        let key = (user.clone(), identity.to_owned());
        let before = known.identities.get(&key).copied();
        if before.is_none() && known.identities.len() < SECRETS {
            known.identities.insert(key, Instant::now());
        }
        before
    }

    /// The members that the target has confirmed and that have not begun to leave.
    pub(crate) fn members(&self, group: &str) -> Vec<(Place, Member)> {
        let known = lock(&self.0);
        let stays = known.members.get(group).into_iter().flatten();
        let firm = stays.filter(|stay| !stay.is_leaving);
        firm.map(|stay| (stay.place.clone(), stay.who)).collect()
    }

    /// The groups of this kind of which a place is a member.
    pub(crate) fn of(&self, place: &Place, kind: &str) -> Vec<String> {
        let known = lock(&self.0);
        let is_member = |stays: &&Vec<Stay>| {
            let mut stays = stays.iter();
            stays.any(|stay| !stay.is_leaving && stay.place == *place)
        };
        let of_kind = known
            .members
            .iter()
            .filter(|(id, _)| id.split_once('/').is_some_and(|(known, _)| known == kind));
        let own = of_kind.filter(|(_, stays)| is_member(stays));
        own.map(|(id, _)| id.clone()).collect()
    }

    /// Whether a place is a member: this place itself, or its session or user.
    pub(crate) fn covers(&self, group: &str, place: &Place) -> bool {
        let members = self.members(group);
        members.iter().any(|(of, who)| match who {
            Member::Tab => of == place,
            Member::Session => (&of.user, &of.session) == (&place.user, &place.session),
            Member::User => of.user.is_some() && of.user == place.user,
        })
    }

    /// The groups of this kind that somebody has made or joined, by their ids.
    pub(crate) fn all_of(&self, kind: &str) -> Vec<String> {
        let known = lock(&self.0);
        let own = |id: &&String| id.split_once('/').is_some_and(|(own, _)| own == kind);
        let is_there = |id: &&String| !known.replaced.contains_key(*id);
        known
            .known
            .keys()
            .filter(own)
            .filter(is_there)
            .cloned()
            .collect()
    }

    /// The name of a group of this kind that somebody has made or joined.
    pub(crate) fn any_of(&self, kind: &str) -> Option<String> {
        let known = lock(&self.0);
        let there = { known.known.keys() }.filter(|id| !known.replaced.contains_key(*id));
        let mut ids = there.filter_map(|id| id.split_once('/'));
        ids.find(|(own, _)| *own == kind)
            .map(|(_, name)| name.to_owned())
    }

    pub(crate) fn joined(&self, group: &str, place: Place, who: Member) {
        let mut known = lock(&self.0);
        let stays = known.members.entry(group.to_owned()).or_default();
        stays.push(Stay {
            place,
            who,
            is_leaving: false,
        });
    }

    /// One membership begins to end.
    pub(crate) fn leaving(&self, group: &str, place: &Place) {
        let mut known = lock(&self.0);
        let stays = known.members.get_mut(group).into_iter().flatten();
        if let Some(stay) = { stays }.find(|stay| stay.place == *place && !stay.is_leaving) {
            stay.is_leaving = true;
        }
    }

    /// A tab begins anew: what it was a member of as this tab, it is no more.
    pub(crate) fn leave_all(&self, tab: &Place) {
        let mut known = lock(&self.0);
        let stays = known.members.values_mut().flatten();
        let own = stays.filter(|stay| stay.who == Member::Tab && stay.place == *tab);
        own.for_each(|stay| stay.is_leaving = true);
    }

    /// What is known of a group by whoever made or joined it.
    pub(crate) fn knows(&self, group: &str) -> Option<walk::Membership> {
        lock(&self.0).known.get(group).cloned()
    }

    pub(crate) fn learn(&self, group: &str, membership: walk::Membership) {
        lock(&self.0).known.insert(group.to_owned(), membership);
    }

    /// A group was made. `names_it` are the values by which the server knows it: another of its kind that has one of them,
    /// and in which nobody is any more, has ended, and its name is this one's from now on. One that still has members has
    /// not: that the server takes the two for one is its fault.
    pub(crate) fn made(&self, group: &str, membership: &walk::Membership, names_it: &[&str]) {
        let mut known = lock(&self.0);
        let known = &mut *known;
        known.replaced.remove(group);
        let is_same = |other: &walk::Membership| {
            let mut names = names_it.iter();
            names.any(|name| {
                let own = membership.value(name);
                own.is_some() && own == other.value(name)
            })
        };
        let is_left = |id: &str| {
            // Where nobody has been yet, nobody has left.
            let mut stays = known.members.get(id).into_iter().flatten().peekable();
            stays.peek().is_some() && stays.all(|stay| stay.is_leaving)
        };
        let others = known.known.iter().filter(|(id, other)| {
            *id != group && other.group == membership.group && is_same(other) && is_left(id)
        });
        let ended: Vec<String> = others.map(|(id, _)| id.clone()).collect();
        for id in ended {
            known.replaced.insert(id, group.to_owned());
        }
    }

    /// Which group has this one's name since it has ended.
    pub(crate) fn replaced_by(&self, group: &str) -> Option<String> {
        lock(&self.0).replaced.get(group).cloned()
    }

    /// An action is about to begin. `is_shared` if others must get its events too.
    pub(crate) fn began(&self, marker: &Marker, sender: Sender, is_shared: bool) {
        let mut known = lock(&self.0);
        if known.actions.len() < ACTIONS {
            known.actions.insert(marker.clone(), sender);
        }
        if is_shared {
            known.shared.insert(marker.tag().to_owned());
        }
    }

    /// Who began the action of this marker.
    pub(crate) fn sender(&self, marker: &Marker) -> Option<Sender> {
        lock(&self.0).actions.get(marker).cloned()
    }

    /// Whether others must get what a user of this tag does.
    pub(crate) fn is_shared(&self, tag: &str) -> bool {
        lock(&self.0).shared.contains(tag)
    }

    /// A value of the server is seen at a place. Gives whether that is news.
    pub(crate) fn sees(&self, value: &str, place: &Place) -> bool {
        let mut known = lock(&self.0);
        known.secrets.len() < SECRETS && known.secrets.insert((value.to_owned(), place.clone()))
    }
}
