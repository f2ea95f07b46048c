//! What users do, and what comes of it.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use serde_json::Value;

use super::yields::{self, Marked, Yield};
use crate::language::place::Place;
use crate::language::step::{Step, read_all};
use crate::language::words::{flag, one_of, one_or_several};

/// What a user can do.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// Its parameters, in the order of the file.
    pub takes: Vec<(String, Takes)>,
    /// How it is done.
    pub way: Way,
    /// Other ways to do the same, by name.
    pub ways: Vec<(String, Way)>,
    /// How what it shows is read.
    pub read: Vec<Step>,
    /// What comes of it, by event.
    pub yields: Vec<(String, Yield)>,
    /// What scenarios may ask of it.
    pub can: Vec<Ability>,
    /// It carries no text: its events cannot be told from another's.
    pub is_unmarked: bool,
}

/// How something is done, and stopped.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// Its steps.
    pub act: Vec<Step>,
    /// Where its id stands in the last answer.
    pub id: Option<Place>,
    /// How it is stopped.
    pub stop: Vec<Step>,
}

/// What a parameter is.
#[derive(Clone, Debug, PartialEq)]
pub enum Takes {
    /// A user.
    User,
    /// A session.
    Session,
    /// A tab.
    Tab,
    /// A group of this kind, where the file has several.
    Group(Option<String>),
    /// A text that is looked for.
    Marker(Shape),
    /// Any value; this one where a scenario gives none.
    Value(Value),
}

impl Takes {
    /// Whether it names a user, by themselves or by a place of theirs.
    #[must_use]
    pub const fn names_somebody(&self) -> bool {
        matches!(self, Self::User | Self::Session | Self::Tab)
    }
}

/// The shape of a marker, where the target takes no letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Letters and digits.
    Text,
    /// So many digits.
    Digits(u64),
    /// An address of a mailbox.
    Email,
    /// A UUID.
    Uuid,
}

/// What scenarios may ask of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It makes several events.
    Several,
    /// It takes long.
    Long,
    /// It makes very many events.
    Floods,
    /// It fails.
    Fails,
}

/// The words for what an action can do.
pub(crate) const ABILITIES: [(&str, Ability); 4] = [
    ("several", Ability::Several),
    ("long", Ability::Long),
    ("floods", Ability::Floods),
    ("fails", Ability::Fails),
];

pub(crate) const KEYS: [&str; 9] = [
    "takes", "do", "id", "stop", "read", "yields", "can", "marked", "ways",
];

/// Reads an action. What it does not say itself, `each` says for all of them.
pub(crate) fn action(node: &Node, name: &str, each: Option<&Node>) -> Result<Action, Wrong> {
    let what = format!("the action `{name}`");
    let mut fields = Fields::of(node, &what, &KEYS)?;
    let shared = each.and_then(|each| each.setting("takes"));
    let mut parameters: Vec<(String, Takes)> = Vec::new();
    for node in [shared, fields.take("takes")].into_iter().flatten() {
        for (name, node) in node.map("takes")? {
            let taken = takes_one(node, name)?;
            parameters.retain(|(known, _)| known != name);
            parameters.push((name.clone(), taken));
        }
    }
    let mut take = |key: &str| fields.take(key).or_else(|| each?.setting(key));
    let Some(act) = take("do") else {
        return wrong(
            node.key(),
            format!("{what} does nothing"),
            "add `do:` with a step, as {post: /votes, json: {text: \"{marker}\"}}",
        );
    };
    let way = Way {
        act: read_all(act, "do")?,
        id: take("id").map(|node| Place::read(node, "id")).transpose()?,
        stop: take("stop").map_or(Ok(Vec::new()), |node| read_all(node, "stop"))?,
    };
    Ok(Action {
        takes: parameters,
        way,
        ways: take("ways").map_or(Ok(Vec::new()), ways)?,
        read: take("read").map_or(Ok(Vec::new()), |node| read_all(node, "read"))?,
        yields: take("yields").map_or(Ok(Vec::new()), yields::read_all)?,
        can: take("can").map_or(Ok(Vec::new()), |node| {
            let all = one_or_several(node).iter();
            all.map(|node| one_of(node, "can", &ABILITIES)).collect()
        })?,
        is_unmarked: take("marked").map_or(Ok(false), |node| Ok(!flag(node, "marked")?))?,
    })
}

fn ways(node: &Node) -> Result<Vec<(String, Way)>, Wrong> {
    let one = |(name, node): &(String, Node)| {
        let mut fields = Fields::of(node, &format!("the way `{name}`"), &["do", "id", "stop"])?;
        let way = Way {
            act: read_all(fields.need("do")?, "do")?,
            id: fields
                .take("id")
                .map(|node| Place::read(node, "id"))
                .transpose()?,
            stop: fields
                .take("stop")
                .map_or(Ok(Vec::new()), |node| read_all(node, "stop"))?,
        };
        Ok((name.clone(), way))
    };
    node.map("ways")?.iter().map(one).collect()
}

fn takes_one(node: &Node, name: &str) -> Result<Takes, Wrong> {
    match &node.yaml {
        Yaml::Text(text) => Ok(match text.as_str() {
            "user" => Takes::User,
            "session" => Takes::Session,
            "tab" => Takes::Tab,
            "group" => Takes::Group(None),
            "marker" => Takes::Marker(Shape::Text),
            _ => Takes::Value(node.json()),
        }),
        Yaml::Map(entries) => match entries.as_slice() {
            [(key, node)] if key == "marker" => Ok(Takes::Marker(shape(node)?)),
            [(key, node)] if key == "group" => {
                Ok(Takes::Group(Some(node.text("group")?.to_owned())))
            }
            [(key, node)] if key == "value" => Ok(Takes::Value(node.json())),
            _ => wrong(
                node.at(),
                format!("`{name}` does not say what is taken"),
                "write user, session, tab, group or marker, or a value to send where none is given, as {value: 5}",
            ),
        },
        _ => Ok(Takes::Value(node.json())),
    }
}

fn shape(node: &Node) -> Result<Shape, Wrong> {
    if let Yaml::Map(_) = node.yaml {
        let mut fields = Fields::of(node, "`marker`", &["digits"])?;
        let digits = fields.need("digits")?.number("digits", 6, 30)?;
        return Ok(Shape::Digits(digits));
    }
    let shapes = [
        ("text", Shape::Text),
        ("email", Shape::Email),
        ("uuid", Shape::Uuid),
    ];
    one_of(node, "marker", &shapes)
}

impl Action {
    /// Whether its user can do it alone: it needs neither a group nor somebody else.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        let mut takes = self.takes.iter();
        let needs_group = takes.any(|(_, takes)| matches!(takes, Takes::Group(_)));
        !needs_group && !self.needs_somebody()
    }

    /// Whether it names somebody else. A group is no such thing: a user can have one to themselves.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        let mut takes = self.takes.iter();
        takes.any(|(_, takes)| takes.names_somebody())
    }

    /// Whether one of its events carries its marker as a text that can be told from any other.
    #[must_use]
    pub fn is_marked(&self, made: &Yield) -> bool {
        let is_shaped =
            |takes: &Takes| matches!(takes, Takes::Marker(Shape::Digits(_) | Shape::Uuid));
        let has_shape = self.takes.iter().any(|(_, takes)| is_shaped(takes));
        !self.is_unmarked && !has_shape && made.marked != Marked::No
    }

    /// What a parameter is.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Takes> {
        let found = self.takes.iter().find(|(known, _)| known == name);
        found.map(|(_, takes)| takes)
    }
}
