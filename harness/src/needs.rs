//! What a scenario needs of a target: its words for actions are looked up in the target file.

use std::time::Duration;

use targets::Target;
use targets::file::action::Action;
use targets::needs::{Need, Wish};

/// The action of this name, or the one that fits this wish best; else why there is none, in words.
pub(crate) fn action<'a>(target: &'a Target, name: &str) -> Result<(&'a str, &'a Action), String> {
    let mut actions = target.actions.iter();
    if let Some((name, action)) = actions.find(|(known, _)| known == name) {
        return Ok((name, action));
    }
    let Some(wish) = Wish::from_word(name) else {
        return Err(format!("there is no action `{name}` in the target file"));
    };
    match target.action_for(wish) {
        Need::Found(found) => Ok(found),
        Need::NotApplicable(word) => Err(format!("the target file says `{word}`")),
        Need::NotMentioned(lines) => Err(format!(
            "no action of the target file is called `{name}`; write {}",
            lines.join(" or ")
        )),
    }
}

/// What a step needs of a target file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed<'a> {
    /// A surface of this name.
    Surface(&'a str),
    /// An action of this name, or one that fits this wish.
    Action(&'a str),
    /// An action that can be stopped.
    Stop,
    /// An action of which can be asked what it shows.
    Read,
    /// A kind of group.
    Group,
    /// A logout.
    Logout,
    /// The end of a session by its time.
    Expire,
}

/// The longest life of a session that a scenario waits for.
pub(crate) const LIFE: Duration = Duration::from_mins(5);

impl Needed<'_> {
    /// Whether the target file has it.
    pub(crate) fn of(self, target: &Target) -> Need<()> {
        let needs = |has: bool, denied: Option<&str>, lines: &[&str]| match (has, denied) {
            (true, _) => Need::Found(()),
            (false, Some(word)) => Need::NotApplicable(word.to_owned()),
            (false, None) => {
                Need::NotMentioned(lines.iter().map(|line| (*line).to_owned()).collect())
            }
        };
        let without = |word: &str| target.without.iter().any(|known| known == word);
        match self {
            Self::Surface(name) => match target.surface(name) {
                Need::Found(_) => Need::Found(()),
                Need::NotApplicable(word) => Need::NotApplicable(word),
                Need::NotMentioned(lines) => Need::NotMentioned(lines),
            },
            Self::Action(name) => match Wish::from_word(name) {
                _ if target.action(name).is_some() => Need::Found(()),
                Some(wish) => match target.action_for(wish) {
                    Need::Found(_) => Need::Found(()),
                    Need::NotApplicable(word) => Need::NotApplicable(word),
                    Need::NotMentioned(lines) => Need::NotMentioned(lines),
                },
                None => Need::NotApplicable(format!("no action is called `{name}`")),
            },
            Self::Stop => {
                let mut actions = target.actions.iter();
                let has = actions.any(|(_, action)| !action.way.stop.is_empty());
                let word = without("stop").then_some("without: [stop]");
                needs(
                    has,
                    word,
                    &[
                        "stop: {delete: \"/path/{id}\"} in an action",
                        "without: [stop]",
                    ],
                )
            }
            Self::Read => {
                let mut actions = target.actions.iter();
                let has = actions.any(|(_, action)| !action.read.is_empty());
                let word = without("read").then_some("without: [read]");
                needs(
                    has,
                    word,
                    &[
                        "read: {get: \"/path/{id}\"} in an action",
                        "without: [read]",
                    ],
                )
            }
            Self::Group => {
                let word = target.has_no_groups.then_some("groups: none");
                needs(
                    !target.groups.is_empty(),
                    word,
                    &["groups: {room: {join: …}}", "groups: none"],
                )
            }
            Self::Logout => {
                let word = target.login.is_none().then_some("login: none");
                let word = word.or_else(|| without("logout").then_some("without: [logout]"));
                needs(
                    !target.logout.is_empty(),
                    word,
                    &["logout: {post: /logout}", "without: [logout]"],
                )
            }
            Self::Expire => {
                let session = target.session.as_ref();
                let has = session.is_some_and(|session| {
                    !session.expire.is_empty() || session.lasts.is_some_and(|lasts| lasts <= LIFE)
                });
                let word = target.login.is_none().then_some("login: none");
                let word = word.or_else(|| without("expire").then_some("without: [expire]"));
                needs(has, word, &["session: {…, lasts: 5s}", "without: [expire]"])
            }
        }
    }
}
