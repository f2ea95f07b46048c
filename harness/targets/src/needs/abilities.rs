//! The words of scenarios for what an action can do, and how a file says it.

use crate::file::action::{Ability, Action, Takes};
use crate::file::identity::Owner;
use crate::file::yields::{Amount, Yield};
use crate::language::audience::Scope;
use crate::target::Target;

/// What a scenario wishes an action to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Anything that everybody can do and understand.
    Any,
    /// It makes several events.
    SeveralEvents,
    /// It takes long.
    TakesLong,
    /// It can be stopped.
    CanBeStopped,
    /// It makes very many events.
    Floods,
    /// It goes to the members of a group.
    ToAGroup,
    /// It goes to one user, session or tab that it names.
    ToOneMember,
    /// It fails.
    Fails,
}

/// The words, in the order of the documentation.
pub const WORDS: [(&str, Wish); 8] = [
    ("any", Wish::Any),
    ("several events", Wish::SeveralEvents),
    ("takes long", Wish::TakesLong),
    ("can be stopped", Wish::CanBeStopped),
    ("floods", Wish::Floods),
    ("to a group", Wish::ToAGroup),
    ("to one member", Wish::ToOneMember),
    ("fails", Wish::Fails),
];

/// What a target can be without, and the wish that this denies, if it is one.
pub(crate) const WITHOUT: [(&str, Option<Wish>); 20] = [
    ("stop", Some(Wish::CanBeStopped)),
    ("read", None),
    ("ids", None),
    ("several", Some(Wish::SeveralEvents)),
    ("long", Some(Wish::TakesLong)),
    ("floods", Some(Wish::Floods)),
    ("fails", Some(Wish::Fails)),
    ("any", Some(Wish::Any)),
    ("several events", Some(Wish::SeveralEvents)),
    ("takes long", Some(Wish::TakesLong)),
    ("can be stopped", Some(Wish::CanBeStopped)),
    ("to a group", Some(Wish::ToAGroup)),
    ("to one member", Some(Wish::ToOneMember)),
    ("logout", None),
    ("leave", None),
    ("expire", None),
    ("polling", None),
    ("prompt", None),
    ("more users", None),
    // A user is at one place at a time: a new one ends the one before.
    ("second place", None),
];

/// Events of one name that are a flood where the file does not say it otherwise.
const FLOOD: u64 = 100;

impl Wish {
    /// The wish of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, wish)| *wish)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        let found = WORDS.iter().find(|(_, wish)| *wish == self);
        found.map_or("any", |(word, _)| word)
    }

    /// Whether an action is so: none where it is not, and else how far its events are from showing it.
    pub(super) fn fits(self, action: &Action) -> Option<u8> {
        let says = |ability: Ability| action.can.contains(&ability);
        let if_so = |is_so: bool| is_so.then_some(0);
        match self {
            Self::Any => Some(0),
            Self::SeveralEvents => several(action),
            Self::TakesLong => if_so(says(Ability::Long)),
            // What is over at once cannot be stopped in time.
            Self::CanBeStopped => {
                (!action.way.stop.is_empty()).then(|| u8::from(!says(Ability::Long)))
            }
            Self::Floods if says(Ability::Floods) => Some(0),
            Self::Floods => (most(action) >= FLOOD).then_some(1),
            Self::ToAGroup => if_so(goes_to(action, |scope| matches!(scope, Scope::Group(_)))),
            Self::ToOneMember => if_so(goes_to(action, |scope| {
                matches!(
                    scope,
                    Scope::UserOf(_) | Scope::SessionOf(_) | Scope::TabOf(_)
                )
            })),
            Self::Fails => if_so(says(Ability::Fails)),
        }
    }

    /// The lines of a file that would settle whether there is such an action.
    pub(super) fn lines(self) -> Vec<String> {
        let yes = match self {
            Self::Any => "actions: {NAME: {do: …}}",
            Self::SeveralEvents => "can: [several]",
            Self::TakesLong => "can: [long]",
            Self::CanBeStopped => "stop: {delete: \"/path/{id}\"}",
            Self::Floods => "can: [floods]",
            Self::ToAGroup => "yields: {EVENT: {to: {group: PARAMETER}}}",
            Self::ToOneMember => "yields: {EVENT: {to: {user: PARAMETER}}}",
            Self::Fails => "can: [fails]",
        };
        vec![yes.to_owned(), format!("without: [{}]", self.word())]
    }
}

/// Several events: by its own words, exactly several of one name, or several in all.
fn several(action: &Action) -> Option<u8> {
    let exact = { action.yields.iter() }
        .any(|(_, made)| made.count.is_exact && usual(action, &made.count.least) > 1);
    let all = action.yields.iter();
    let all: u64 = all.map(|(_, made)| usual(action, &made.count.least)).sum();
    if action.can.contains(&Ability::Several) {
        Some(0)
    } else if exact {
        Some(1)
    } else {
        (all > 1).then_some(2)
    }
}

/// The events of one name with the usual parameters, of whichever has most.
fn most(action: &Action) -> u64 {
    let counts = action.yields.iter();
    counts
        .map(|(_, made)| usual(action, &made.count.least))
        .max()
        .unwrap_or(0)
}

fn usual(action: &Action, amount: &Amount) -> u64 {
    match amount {
        Amount::Number(number) => *number,
        Amount::Parameter(name) => match action.parameter(name) {
            Some(Takes::Value(value)) => value.as_u64().unwrap_or(0),
            _ => 0,
        },
    }
}

impl Action {
    /// Whether each of its events is for everybody, so that none of them can leak.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        let mut events = self.yields.iter();
        !self.yields.is_empty() && events.all(|(_, made)| is_for_all(made))
    }

    /// Whether any of its events is for everybody.
    #[must_use]
    pub fn reaches_all(&self) -> bool {
        let mut events = self.yields.iter();
        events.any(|(_, made)| is_for_all(made))
    }

    /// Whether nobody but the user who acts may ever see its text.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let is_own = |scope: &Scope| {
            matches!(
                scope,
                Scope::Tab | Scope::Session | Scope::User | Scope::Owner
            )
        };
        let names = |takes: &Takes| !matches!(takes, Takes::Marker(_) | Takes::Value(_));
        !goes_to(self, |scope| !is_own(scope)) && !self.takes.iter().any(|(_, takes)| names(takes))
    }

    /// Whether nobody could see any of its events by a leak: all are for everybody, without exception.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let mut events = self.yields.iter();
        self.is_for_all() && events.all(|(_, made)| made.to.but.is_empty())
    }
}

impl Target {
    /// Whether an action makes an event that is for another user, or for strangers.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        let is_others = |scope: &Scope| {
            matches!(
                scope,
                Scope::TabOf(_)
                    | Scope::SessionOf(_)
                    | Scope::UserOf(_)
                    | Scope::Group(_)
                    | Scope::TheGroup(..)
                    | Scope::Everyone
                    | Scope::Anybody
            )
        };
        self.actions
            .iter()
            .any(|(_, action)| goes_to(action, is_others))
    }

    /// Whether an action makes an event that is for another session than the one that acts.
    #[must_use]
    pub fn reaches_other_sessions(&self) -> bool {
        self.reaches(|scope| !matches!(scope, Scope::Tab | Scope::Session))
    }

    /// Whether one of these actions makes an event that is for another session of the same user, where each session makes
    /// a group of its own and nobody names anybody.
    #[must_use]
    pub fn reaches_own_sessions_by(&self, names: &[&str]) -> bool {
        let mut actions = names.iter().filter_map(|name| self.action(name));
        actions.any(|action| {
            self.reaches_by(action, |scope| {
                matches!(
                    scope,
                    Scope::User | Scope::TheGroup(..) | Scope::Everyone | Scope::Anybody
                )
            })
        })
    }

    fn reaches(&self, is_it: impl Fn(&Scope) -> bool) -> bool {
        let mut actions = self.actions.iter();
        actions.any(|(_, action)| self.reaches_by(action, &is_it))
    }

    /// An action without events may make any.
    fn reaches_by(&self, action: &Action, is_it: impl Fn(&Scope) -> bool) -> bool {
        let is_it = |scope: &Scope| match scope {
            Scope::Owner => self.owner == Owner::User,
            other => is_it(other),
        };
        action.yields.is_empty() || goes_to(action, is_it)
    }
}

fn is_for_all(made: &Yield) -> bool {
    let mut any = made.to.any.iter();
    any.any(|scope| matches!(scope, Scope::Everyone | Scope::Anybody))
}

fn goes_to(action: &Action, is_it: impl Fn(&Scope) -> bool) -> bool {
    let mut scopes = action.yields.iter().flat_map(|(_, made)| &made.to.any);
    scopes.any(is_it)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_goes_to_a_group_reaches_no_session_that_made_another() {
        let reaches = |audience: &str| {
            let file = format!(
                "target: x\nlogin: none\nsocket: {{}}\ngroups: {{room: {{join: {{post: /j}}}}}}\nactions: {{say: {{takes: {{room: {{group: room}}, \
                 text: marker}}, do: {{post: /s, body: \"{{text}}\"}}, yields: {{said: {{to: {audience}}}}}}}}}\n"
            );
            let target = crate::parse(&file).expect("a target");
            (
                target.reaches_other_sessions(),
                target.reaches_own_sessions_by(&["say"]),
            )
        };
        assert_eq!(reaches("{group: room}"), (true, false));
        assert_eq!(reaches("user"), (true, true));
        assert_eq!(reaches("[session, everyone]"), (true, true));
        assert_eq!(reaches("tab"), (false, false));
        assert_eq!(reaches("owner"), (false, false));
    }
}
