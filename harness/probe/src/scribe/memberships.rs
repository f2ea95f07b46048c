//! How far memberships of groups have come.

use evidence::{Member, Membership, Place, UserName, What};
use serde_json::Value;
use targets::file::identity::Owner;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::template::{Lookup, Made};
use walk::MemberSight;

use super::Scribe;
use crate::inbox::Taken;

impl Scribe {
    /// Memberships that the server ends by itself with what came.
    pub(super) fn lost(&self, place: &Place, came: &Came, raw: &str) -> Vec<What> {
        let mut whats = Vec::new();
        for (kind, group) in &self.site.target().groups {
            let Some(lost) = &group.lost else { continue };
            let own = self.site.groups.of(place, kind).into_iter();
            let fitting = own.filter(|id| {
                let name = id.split_once('/').map_or("", |(_, name)| name);
                let kept = self.site.groups.knows(id);
                lost.fits(came, &mut InGroup { name, kept }) == Ok(Fit::Yes)
            });
            let all: Vec<String> = fitting.collect();
            let named: Vec<&String> = all
                .iter()
                .filter(|id| {
                    id.split_once('/')
                        .is_some_and(|(_, name)| raw.contains(name))
                })
                .collect();
            // Where nobody can tell which one is meant, none is owed anything from here on.
            let is_clear = all.len() == 1 || named.len() == 1;
            let is = if is_clear {
                Membership::Lost
            } else {
                Membership::Leaving
            };
            let meant: Vec<String> = match named.as_slice() {
                [one] => vec![(*one).clone()],
                _ => all.clone(),
            };
            for id in meant {
                self.site.groups.leaving(&id, place);
                whats.push(member(id, group.member, is, false));
            }
        }
        whats
    }

    pub(super) fn goes_on(&self, place: &Place, (kind, name): (&str, &str), is: MemberSight) {
        let Some(group) = self.site.target().group(kind) else {
            return;
        };
        let id = format!("{kind}/{name}");
        let groups = &self.site.groups;
        let listed = group.listed(name);
        let user = place.user.as_ref().map(UserName::as_str);
        let is_listed =
            listed.is_some_and(|users| users.iter().any(|known| Some(known.as_str()) == user));
        let is = match is {
            MemberSight::Asking => Membership::Asking,
            MemberSight::Joined => {
                groups.joined(&id, place.clone(), who(group.member));
                if let Some(inbox) = self.inbox(place) {
                    // What is not written any more, the end of the run says.
                    let _ = inbox.begin_membership();
                }
                Membership::Joined
            }
            MemberSight::Refused => Membership::Refused,
            MemberSight::Leaving => {
                groups.leaving(&id, place);
                Membership::Leaving
            }
            MemberSight::Left => Membership::Left,
        };
        // Who is no member is known only where the file lists those who are.
        let closed = group.is_closed && listed.is_some() && !is_listed;
        self.take(place, Taken::of(vec![member(id, group.member, is, closed)]));
    }

    /// The groups that have a place's user without asking, and who is a member of them.
    fn own_by_list<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = (String, Owner)> + 'a {
        let user = place.user.as_ref().map(UserName::as_str);
        let groups = self.site.target().groups.iter();
        groups.flat_map(move |(kind, group)| {
            let own = group.members.iter();
            let own = own.filter(move |(_, users)| {
                let mut users = users.iter();
                users.any(|known| Some(known.as_str()) == user)
            });
            own.map(move |(name, _)| (format!("{kind}/{name}"), group.member))
        })
    }

    /// A tab of a user is about to open. What comes while it does is for a member already.
    pub(super) fn will_join_by_itself(&self, place: &Place) {
        self.by_itself(place, Membership::Asking);
    }

    /// It was not opened.
    pub(crate) fn joins_nothing(&self, place: &Place) {
        self.by_itself(place, Membership::Refused);
    }

    /// For each group of its user's of which it is no member yet.
    fn by_itself(&self, place: &Place, is: Membership) {
        let own = self.own_by_list(place);
        let new = own.filter(|(id, _)| !self.site.groups.covers(id, place));
        let whats: Vec<What> = new.map(|(id, who)| member(id, who, is, false)).collect();
        if !whats.is_empty() {
            self.take(place, Taken::of(whats));
        }
    }

    /// A tab of a user is open: it is a member of each group that has its user without asking.
    pub(crate) fn joins_by_itself(&self, place: &Place) {
        for (id, owner) in self.own_by_list(place) {
            self.site.groups.joined(&id, place.clone(), who(owner));
            let joined = member(id, owner, Membership::Joined, false);
            self.take(place, Taken::of(vec![joined]));
        }
    }

    /// The server closed the socket that a membership had opened.
    pub(super) fn membership_closed(&self, place: &Place, id: &str) {
        let kind = id.split_once('/').map_or(id, |(kind, _)| kind);
        let group = self.site.target().group(kind);
        let owner = group.map_or(Owner::Tab, |group| group.member);
        self.site.groups.leaving(id, place);
        let what = member(id.to_owned(), owner, Membership::Lost, false);
        self.take(place, Taken::of(vec![what]));
    }
}

/// What stands for the names in the words for the end of a membership.
struct InGroup<'a> {
    name: &'a str,
    /// What was kept when it was made or joined.
    kept: Option<walk::Membership>,
}

impl Lookup for InGroup<'_> {
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        if of.is_some() {
            return None;
        }
        match name {
            "group" | "name" => Some(Value::from(self.name)),
            _ => self.kept.as_ref()?.value(name),
        }
    }
}

const fn who(member: Owner) -> Member {
    match member {
        Owner::Tab => Member::Tab,
        Owner::Session => Member::Session,
        Owner::User => Member::User,
    }
}

fn member(group: String, owner: Owner, is: Membership, closed: bool) -> What {
    What::Member {
        group,
        who: who(owner),
        is,
        closed,
    }
}
