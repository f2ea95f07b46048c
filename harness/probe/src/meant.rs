//! Whom something is meant for: the audience of the target file, at the places of a run.

use std::collections::BTreeMap;

use evidence::{Audience, Place, Scope, UserName};
use targets::file::identity::Owner;
use targets::language::audience;

use crate::groups::Groups;

/// Whom a parameter of an action names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Place(Place),
    User(UserName),
    /// A group, by its id.
    Group(String),
}

/// Who acts, and whom the action names.
#[derive(Debug)]
pub(crate) struct Acting<'a> {
    /// The tab, or its session where no tab is open.
    pub(crate) place: &'a Place,
    pub(crate) owner: Owner,
    pub(crate) named: &'a BTreeMap<String, Named>,
    /// Nobody logs in: who is there is everyone.
    pub(crate) has_no_login: bool,
    /// The target has groups: some places are outside of what others see.
    pub(crate) has_groups: bool,
}

impl Acting<'_> {
    /// The audience at the places of this run.
    pub(crate) fn audience(&self, audience: &audience::Audience) -> Audience {
        let scopes = |all: &[audience::Scope]| all.iter().map(|scope| self.scope(scope)).collect();
        Audience {
            any: scopes(&audience.any),
            but: scopes(&audience.but),
        }
    }

    /// Whose it is by default.
    pub(crate) fn owner(&self) -> Scope {
        match self.owner {
            Owner::Tab => Scope::Tab(self.place.clone()),
            Owner::Session => self.session(),
            Owner::User => self.user(),
        }
    }

    fn session(&self) -> Scope {
        Scope::Session(session_of(self.place))
    }

    /// A stranger has only a session.
    pub(crate) fn user(&self) -> Scope {
        let user = self.place.user.clone();
        user.map_or_else(|| self.session(), Scope::User)
    }

    pub(crate) fn scope(&self, scope: &audience::Scope) -> Scope {
        use audience::Scope as Said;
        match scope {
            Said::Tab => Scope::Tab(self.place.clone()),
            Said::Session => self.session(),
            Said::User => self.user(),
            Said::Owner => self.owner(),
            Said::TabOf(name) => self.named(name, Scope::Tab),
            Said::SessionOf(name) => self.named(name, |place| Scope::Session(session_of(&place))),
            Said::UserOf(name) => self.named(name, |place| match place.user {
                Some(user) => Scope::User(user),
                None => Scope::Session(session_of(&place)),
            }),
            Said::Group(name) => match self.named.get(name) {
                Some(Named::Group(group)) => Scope::Group(group.clone()),
                _ => Scope::Tab(self.place.clone()),
            },
            Said::TheGroup(kind, name) => Scope::Group(format!("{kind}/{name}")),
            Said::Everyone if self.has_no_login => Scope::Anybody,
            Said::Everyone => Scope::Everyone,
            Said::Anybody => Scope::Anybody,
        }
    }

    /// The place that a parameter names; where only the user is known, each of the user's.
    fn named(&self, name: &str, of: impl Fn(Place) -> Scope) -> Scope {
        match self.named.get(name) {
            Some(Named::Place(place)) => of(place.clone()),
            Some(Named::User(user)) => Scope::User(user.clone()),
            Some(Named::Group(group)) => Scope::Group(group.clone()),
            // An action that names nobody is for whoever acts.
            None => Scope::Tab(self.place.clone()),
        }
    }
}

/// The session of a place.
pub(crate) fn session_of(place: &Place) -> Place {
    Place {
        tab: None,
        ..place.clone()
    }
}

/// Places that must get something: an audience as it was at one moment.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    any: Vec<Extent>,
    but: Vec<Extent>,
}

#[derive(Clone, Debug)]
enum Extent {
    Tab(Place),
    Session(Place),
    User(UserName),
    Everyone,
    Anybody,
}

impl Reach {
    /// The audience now.
    pub(crate) fn of(audience: &Audience, groups: &Groups) -> Self {
        let extents = |scopes: &[Scope]| {
            let all = scopes.iter().flat_map(|scope| Extent::of(scope, groups));
            all.collect()
        };
        Self {
            any: extents(&audience.any),
            but: extents(&audience.but),
        }
    }

    /// Whether this place is in it.
    #[must_use]
    pub fn covers(&self, place: &Place) -> bool {
        let is_in = |all: &[Extent]| all.iter().any(|extent| extent.covers(place));
        is_in(&self.any) && !is_in(&self.but)
    }
}

impl Extent {
    fn of(scope: &Scope, groups: &Groups) -> Vec<Self> {
        match scope {
            Scope::Tab(place) => vec![Self::Tab(place.clone())],
            Scope::Session(place) => vec![Self::Session(place.clone())],
            Scope::User(user) => vec![Self::User(user.clone())],
            Scope::Everyone => vec![Self::Everyone],
            Scope::Anybody => vec![Self::Anybody],
            Scope::Group(group) => {
                let members = groups.members(group).into_iter();
                let extent = |(place, who)| match who {
                    evidence::Member::Tab => Self::Tab(place),
                    evidence::Member::Session => Self::Session(place),
                    evidence::Member::User => match place.user {
                        Some(user) => Self::User(user),
                        None => Self::Session(place),
                    },
                };
                members.map(extent).collect()
            }
        }
    }

    fn covers(&self, place: &Place) -> bool {
        match self {
            Self::Tab(tab) => tab == place,
            Self::Session(session) => {
                session.user == place.user && session.session == place.session
            }
            Self::User(user) => place.user.as_ref() == Some(user),
            Self::Everyone => place.user.is_some(),
            Self::Anybody => true,
        }
    }
}
