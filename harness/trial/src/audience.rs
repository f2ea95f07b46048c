//! Who may see what came of an action, and who must.

use std::collections::BTreeMap;

use targets::file::identity::Owner;
use targets::language::audience::{Audience, Scope};
use walk::Whereabouts;

/// What a parameter of an action names.
#[derive(Clone, Debug)]
pub(crate) enum Meant {
    /// A user's tab, for a user, a session or a tab.
    At(Whereabouts),
    /// A group.
    Group(Members),
}

/// Who is in a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// The places of the tabs that joined.
    pub(crate) joined: Vec<Whereabouts>,
    /// Who is a member: the tab that joined, its session, or its user.
    pub(crate) member: Owner,
    /// Users who are members without asking.
    pub(crate) users: Vec<String>,
    /// Whether each of them was confirmed.
    pub(crate) is_sure: bool,
}

/// What stands for a group that is named by kind and name, whatever the action takes.
pub(crate) fn key_of(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

/// An action that was done.
pub(crate) struct Doing<'a> {
    pub(crate) acting: &'a Whereabouts,
    /// Whose an action's events are by default.
    pub(crate) owner: Owner,
    pub(crate) meant: &'a BTreeMap<String, Meant>,
}

impl Doing<'_> {
    /// Whether the place is in the audience.
    pub(crate) fn is_in(&self, audience: &Audience, at: &Whereabouts) -> bool {
        let mut but = audience.but.iter();
        if but.any(|scope| self.is_of(scope, at)) {
            return false;
        }
        let mut any = audience.any.iter();
        any.any(|scope| self.is_of(scope, at))
    }

    /// Whether who is in the audience is known: a membership may have been asked for only.
    pub(crate) fn is_sure(&self, audience: &Audience) -> bool {
        audience.any.iter().all(|scope| match scope {
            Scope::Group(name) => match self.meant.get(name) {
                Some(Meant::Group(members)) => members.is_sure,
                _ => false,
            },
            Scope::TheGroup(kind, name) => match self.meant.get(&key_of(kind, name)) {
                Some(Meant::Group(members)) => members.is_sure,
                _ => false,
            },
            _ => true,
        })
    }

    fn is_of(&self, scope: &Scope, at: &Whereabouts) -> bool {
        let near = |owner: Owner, name: &str| match self.meant.get(name) {
            Some(Meant::At(of)) => is_near(owner, of, at),
            _ => false,
        };
        match scope {
            Scope::Tab => is_near(Owner::Tab, self.acting, at),
            Scope::Session => is_near(Owner::Session, self.acting, at),
            Scope::User => is_near(Owner::User, self.acting, at),
            Scope::Owner => is_near(self.owner, self.acting, at),
            Scope::TabOf(name) => near(Owner::Tab, name),
            Scope::SessionOf(name) => near(Owner::Session, name),
            Scope::UserOf(name) => near(Owner::User, name),
            Scope::Group(name) => match self.meant.get(name) {
                Some(Meant::Group(members)) => members.has(at),
                _ => false,
            },
            Scope::TheGroup(kind, name) => match self.meant.get(&key_of(kind, name)) {
                Some(Meant::Group(members)) => members.has(at),
                _ => false,
            },
            Scope::Everyone => at.user.is_some(),
            Scope::Anybody => true,
        }
    }
}

impl Members {
    pub(crate) fn has(&self, at: &Whereabouts) -> bool {
        let mut users = self.users.iter();
        let mut joined = self.joined.iter();
        users.any(|user| at.user.as_deref() == Some(user))
            || joined.any(|of| is_near(self.member, of, at))
    }
}

/// Whether a place is the same tab, in the same session, or of the same user. A browser is wherever one of its tabs is.
pub(crate) fn is_near(owner: Owner, of: &Whereabouts, at: &Whereabouts) -> bool {
    if of.user.is_none() || of.user != at.user {
        return false;
    }
    match owner {
        Owner::User => true,
        Owner::Session => of.session == at.session,
        Owner::Tab => of.session == at.session && (at.tab.is_none() || of.tab == at.tab),
    }
}

/// Those of tab, session and user that have all of these places and no other of those that are there, smallest first.
pub(crate) fn fitting(
    acting: &Whereabouts,
    places: &[&Whereabouts],
    there: &[&Whereabouts],
) -> Vec<Owner> {
    let all = [Owner::Tab, Owner::Session, Owner::User].into_iter();
    let is_so = |owner: &Owner| {
        let mut there = there.iter();
        there.all(|at| is_near(*owner, acting, at) == places.contains(at))
    };
    all.filter(is_so).collect()
}

/// The word of the file for it.
pub(crate) const fn word(owner: Owner) -> &'static str {
    match owner {
        Owner::Tab => "tab",
        Owner::Session => "session",
        Owner::User => "user",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Whereabouts {
        let mut parts = text.split('/').map(str::to_owned);
        Whereabouts {
            user: parts.next(),
            session: parts.next().unwrap_or_default(),
            tab: parts.next(),
        }
    }

    #[track_caller]
    fn check(to: &str, in_it: &str) {
        let text = format!(
            "target: x\nlogin: none\nsocket: {{protocol: websocket}}\ngroups: {{room: {{}}}}\nactions: {{a: {{takes: {{room: group, mate: user}}, do: {{send: \"{{marker}}\"}}, yields: {{e: {to}}}}}}}\n"
        );
        let target = targets::parse(&text).expect("a target");
        let audience = &target.actions[0].1.yields[0].1.to;
        let acting = place("alice/desktop/1");
        let members = Members {
            joined: vec![place("bob/desktop/1")],
            users: vec!["carol".to_owned()],
            ..Members::default()
        };
        let meant = BTreeMap::from([
            (
                "room".to_owned(),
                Meant::Group(Members {
                    member: Owner::Tab,
                    ..members
                }),
            ),
            ("mate".to_owned(), Meant::At(place("bob/desktop/1"))),
        ]);
        let doing = Doing {
            acting: &acting,
            owner: Owner::Session,
            meant: &meant,
        };
        let all = [
            "alice/desktop/1",
            "alice/desktop/2",
            "alice/phone/1",
            "bob/desktop/1",
            "bob/phone/1",
            "carol/desktop/1",
        ];
        let found = all
            .into_iter()
            .filter(|at| doing.is_in(audience, &place(at)));
        let found: Vec<&str> = found.collect();
        assert_eq!(found.join(" "), in_it, "{to}");
    }

    #[test]
    fn an_audience_has_its_places() {
        check("{to: tab}", "alice/desktop/1");
        check("{to: owner}", "alice/desktop/1 alice/desktop/2");
        check("{to: user, but: tab}", "alice/desktop/2 alice/phone/1");
        check("{to: {user: mate}}", "bob/desktop/1 bob/phone/1");
        check(
            "{to: [tab, {group: room}]}",
            "alice/desktop/1 bob/desktop/1 carol/desktop/1",
        );
        check(
            "{to: everyone, but: user}",
            "bob/desktop/1 bob/phone/1 carol/desktop/1",
        );
    }

    #[test]
    fn the_audiences_that_fit_are_seen() {
        let there = [
            "alice/desktop/1",
            "alice/desktop/2",
            "alice/phone/1",
            "bob/desktop/1",
        ]
        .map(place);
        let there: Vec<&Whereabouts> = there.iter().collect();
        let seen = |n: usize| fitting(there[0], &there[..n], &there);
        let all = [1, 2, 3, 4].map(seen);
        assert_eq!(
            all,
            [
                vec![Owner::Tab],
                vec![Owner::Session],
                vec![Owner::User],
                vec![]
            ]
        );
        // Who has one tab alone says little.
        let of_bob = fitting(there[3], &there[3..], &there);
        assert_eq!(of_bob, [Owner::Tab, Owner::Session, Owner::User]);
    }
}
