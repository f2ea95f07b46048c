//! Who may see something: `to: {group: room}`, and a list is the union of its entries.

use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

use super::words::one_or_several;

/// Who may see something.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Where it stands; nowhere for the usual one.
    pub at: Option<Spot>,
    /// Whoever is in one of these.
    pub any: Vec<Scope>,
    /// And is not in one of these.
    pub but: Vec<Scope>,
}

/// A part of an audience. A name is that of a parameter of the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The tab that acted.
    Tab,
    /// Its session.
    Session,
    /// Its user.
    User,
    /// Whose an action's events are by default in this file.
    Owner,
    /// A tab that the action names.
    TabOf(String),
    /// A session that the action names.
    SessionOf(String),
    /// A user whom the action names.
    UserOf(String),
    /// The members of a group that the action names.
    Group(String),
    /// The members of this group, whoever acts: its kind, and its name.
    TheGroup(String, String),
    /// Everybody who is logged in; with `login: none`, every open tab.
    Everyone,
    /// Strangers too.
    Anybody,
}

const WORDS: [(&str, Scope); 6] = [
    ("tab", Scope::Tab),
    ("session", Scope::Session),
    ("user", Scope::User),
    ("owner", Scope::Owner),
    ("everyone", Scope::Everyone),
    ("anybody", Scope::Anybody),
];

const FIX: &str = "write tab, session, user, owner, everyone or anybody, or {tab: PARAMETER}, {session: PARAMETER}, {user: PARAMETER}, {group: PARAMETER} or {group: {KIND: NAME}}";

impl Audience {
    /// The owner alone.
    #[must_use]
    pub fn owner() -> Self {
        Self {
            at: None,
            any: vec![Scope::Owner],
            but: Vec::new(),
        }
    }

    /// Reads `to`, and `but` beside it.
    ///
    /// # Errors
    /// A part that is none.
    pub fn read(to: Option<&Node>, but: Option<&Node>) -> Result<Self, Wrong> {
        let scopes = |node: &Node| -> Result<Vec<Scope>, Wrong> {
            one_or_several(node).iter().map(Scope::read).collect()
        };
        let mut audience = Self::owner();
        if let Some(node) = to {
            audience.at = Some(node.at());
            audience.any = scopes(node)?;
        }
        if let Some(node) = but {
            audience.but = scopes(node)?;
        }
        Ok(audience)
    }

    /// The parameters that it names, and what each must be.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.any
            .iter()
            .chain(&self.but)
            .filter_map(|scope| match scope {
                Scope::TabOf(name) => Some((name.as_str(), "tab")),
                Scope::SessionOf(name) => Some((name.as_str(), "session")),
                Scope::UserOf(name) => Some((name.as_str(), "user")),
                Scope::Group(name) => Some((name.as_str(), "group")),
                _ => None,
            })
    }
}

impl Audience {
    /// The groups that it names by kind and name.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut all = self.any.iter().chain(&self.but);
        std::iter::from_fn(move || {
            all.find_map(|scope| match scope {
                Scope::TheGroup(kind, name) => Some((kind.as_str(), name.as_str())),
                _ => None,
            })
        })
    }
}

impl Scope {
    fn read(node: &Node) -> Result<Self, Wrong> {
        match &node.yaml {
            Yaml::Text(text) => {
                let found = WORDS.iter().find(|(word, _)| word == text);
                found.map_or_else(
                    || wrong(node.at(), format!("`{text}` is no audience"), FIX),
                    |(_, scope)| Ok(scope.clone()),
                )
            }
            Yaml::Map(entries) => match entries.as_slice() {
                [(word, named)] if word == "group" && matches!(named.yaml, Yaml::Map(_)) => {
                    match named.map(word)? {
                        [(kind, name)] => {
                            let name = name.text("the name of a group")?.to_owned();
                            Ok(Self::TheGroup(kind.clone(), name))
                        }
                        _ => wrong(named.at(), "a group has one kind and one name", FIX),
                    }
                }
                [(kind, name)] => {
                    let parameter = name.text(kind)?.to_owned();
                    match kind.as_str() {
                        "tab" => Ok(Self::TabOf(parameter)),
                        "session" => Ok(Self::SessionOf(parameter)),
                        "user" => Ok(Self::UserOf(parameter)),
                        "group" => Ok(Self::Group(parameter)),
                        _ => wrong(name.key(), format!("`{kind}` is no audience"), FIX),
                    }
                }
                _ => wrong(node.at(), "an entry of an audience has one name", FIX),
            },
            _ => wrong(node.at(), format!("an audience is {}", node.is()), FIX),
        }
    }
}
