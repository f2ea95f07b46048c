//! How a place stands to whoever acted.

use std::fmt;

use evidence::{Place, Scope};
use targets::file::action::{Action, Takes};

/// How a place that saw something stands to the tab that acted; nearest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stands {
    /// It is that tab.
    Acting,
    /// Another tab of its session.
    Session,
    /// Another session of its user.
    User,
    /// Whom this parameter names.
    Named(String),
    /// Another user, who is a member of the group that this parameter names.
    Member(String),
    /// The same, but it became a member only after the action was confirmed.
    Late(String),
    /// Another user, who had left the group.
    Gone(String),
    /// Another user.
    Other,
    /// Somebody who has not logged in.
    Stranger,
}

impl Stands {
    /// As far as the places alone say it.
    pub(crate) fn of(place: &Place, acting: &Place) -> Self {
        if place.user != acting.user {
            return match place.user {
                Some(_) => Self::Other,
                None => Self::Stranger,
            };
        }
        match (place.session == acting.session, place.user.is_some()) {
            (true, _) if place.tab.is_none() || place.tab == acting.tab => Self::Acting,
            (true, _) => Self::Session,
            (false, true) => Self::User,
            (false, false) => Self::Stranger,
        }
    }

    /// The parameter that names this place, if one does.
    pub(crate) fn named<'a>(
        place: &Place,
        names: impl IntoIterator<Item = (&'a String, &'a Scope)>,
        action: &Action,
    ) -> Option<Self> {
        let mut names = names.into_iter();
        let found = names.find(|(parameter, scope)| {
            let takes = action.parameter(parameter);
            match (scope, takes) {
                (Scope::User(user), _) => place.user.as_ref() == Some(user),
                (Scope::Tab(tab), Some(Takes::Tab)) => place == tab,
                (Scope::Tab(tab), Some(Takes::Session)) => {
                    place.user == tab.user && place.session == tab.session
                }
                (Scope::Tab(tab), Some(Takes::User)) => {
                    place.user.is_some() && place.user == tab.user
                }
                _ => false,
            }
        });
        found.map(|(parameter, _)| Self::Named(parameter.clone()))
    }

    /// Whether an audience that lets this place see something lets that one see it, too.
    pub(crate) fn reaches(&self, other: &Self) -> bool {
        match self {
            Self::Stranger => true,
            Self::Other => *other != Self::Stranger,
            Self::User => *other <= Self::User,
            Self::Session => *other <= Self::Session,
            _ => self == other,
        }
    }
}

impl fmt::Display for Stands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acting => f.write_str("the tab that acted"),
            Self::Session => f.write_str("another tab of the session"),
            Self::User => f.write_str("another session of the user"),
            Self::Named(parameter) => write!(f, "whom `{parameter}` names"),
            Self::Member(group) => {
                write!(f, "another user who is a member of the group `{group}`")
            }
            Self::Late(group) => {
                write!(
                    f,
                    "another user who became a member of the group `{group}` only later"
                )
            }
            Self::Gone(group) => write!(f, "another user who had left the group `{group}`"),
            Self::Other => f.write_str("another user"),
            Self::Stranger => f.write_str("a stranger"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        let mut parts = text.split('/');
        let user = parts.next().filter(|user| *user != "-");
        Place {
            user: user.map(Into::into),
            session: parts.next().unwrap_or_default().to_owned(),
            tab: parts.next().map(str::to_owned),
        }
    }

    #[test]
    fn a_place_stands_somewhere_to_who_acted() {
        let check = |at: &str, to: &str, is: Stands| {
            assert_eq!(Stands::of(&place(at), &place(to)), is, "{at} to {to}");
        };
        check("alice/a/1", "alice/a/1", Stands::Acting);
        check("alice/a", "alice/a/1", Stands::Acting);
        check("alice/a/2", "alice/a/1", Stands::Session);
        check("alice/b/1", "alice/a/1", Stands::User);
        check("bob/a/1", "alice/a/1", Stands::Other);
        check("-/a/1", "alice/a/1", Stands::Stranger);
        check("-/b/1", "-/a/1", Stands::Stranger);
        check("-/a/1", "-/a/1", Stands::Acting);
    }
}
