//! What comes of an action: events, who may see them, and how many there are.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use super::number::{self, Number};
pub use super::number::{QueuedAt, Unit};
use crate::language::audience::Audience;
use crate::language::place::Place;
use crate::language::predicate::Predicate;
use crate::language::words::one_of;

/// An event of an action.
#[derive(Clone, Debug)]
pub struct Yield {
    /// Who may see it.
    pub to: Audience,
    /// How many come to each place.
    pub count: Count,
    /// Where its number stands.
    pub number: Option<Number>,
    /// Where it says when it was made.
    pub queued_at: Option<QueuedAt>,
    /// The place whose texts give the marker together.
    pub joined: Option<Place>,
    /// The place that tells one such stream from another.
    pub by: Option<Place>,
    /// Whether who becomes a member later gets it too.
    pub history: History,
    /// It comes once for each membership, not once for each tab.
    pub is_per_join: bool,
    /// Whether it carries the marker.
    pub marked: Marked,
    /// What the last one looks like.
    pub ends: Option<Predicate>,
    /// Which events of this name are meant.
    pub only: Option<Predicate>,
}

/// How many events come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least so many.
    pub least: Amount,
    /// And no more.
    pub is_exact: bool,
}

/// A number, or the parameter that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Number(u64),
    /// As many as this parameter says.
    Parameter(String),
}

/// What somebody gets who comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Nothing.
    None,
    /// It may come again.
    May,
    /// It must come again.
    Must,
}

/// Whether an event carries the marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It does.
    Yes,
    /// It may.
    May,
    /// It never does.
    No,
}

/// The most events that an action may owe to a place.
pub(crate) const MOST: u64 = 1_000_000_000;

pub(crate) const KEYS: [&str; 12] = [
    "to",
    "but",
    "count",
    "number",
    "queued_at",
    "joined",
    "by",
    "history",
    "per",
    "marked",
    "ends",
    "where",
];

/// Reads `yields`.
pub(crate) fn read_all(node: &Node) -> Result<Vec<(String, Yield)>, Wrong> {
    let all = node.map("yields")?.iter();
    all.map(|(event, node)| Ok((event.clone(), read(node, event)?)))
        .collect()
}

/// A count alone goes to the owner.
fn read(node: &Node, event: &str) -> Result<Yield, Wrong> {
    let mut made = Yield {
        to: Audience::owner(),
        count: Count {
            least: Amount::Number(1),
            is_exact: false,
        },
        number: None,
        queued_at: None,
        joined: None,
        by: None,
        history: History::None,
        is_per_join: false,
        marked: Marked::Yes,
        ends: None,
        only: None,
    };
    let Yaml::Map(_) = node.yaml else {
        made.count = count(node, event)?;
        return Ok(made);
    };
    let mut fields = Fields::of(node, &format!("the event `{event}`"), &KEYS)?;
    let (to, but) = (fields.take("to"), fields.take("but"));
    made.to = Audience::read(to, but)?;
    if let Some(node) = fields.take("count") {
        made.count = count(node, "count")?;
    }
    made.number = fields.take("number").map(number::read).transpose()?;
    made.queued_at = fields
        .take("queued_at")
        .map(number::queued_at)
        .transpose()?;
    made.joined = fields
        .take("joined")
        .map(|node| Place::read(node, "joined"))
        .transpose()?;
    made.by = fields
        .take("by")
        .map(|node| Place::read(node, "by"))
        .transpose()?;
    if let Some(node) = fields.take("history") {
        made.history = history(node)?;
    }
    if let Some(node) = fields.take("per") {
        one_of(node, "per", &[("join", ())])?;
        made.is_per_join = true;
    }
    if let Some(node) = fields.take("marked") {
        made.marked = match node.yaml {
            Yaml::Bool(true) => Marked::Yes,
            Yaml::Bool(false) => Marked::No,
            _ => one_of(node, "marked", &[("may", Marked::May)])?,
        };
    }
    made.ends = fields
        .take("ends")
        .map(|node| Predicate::read(node, "ends"))
        .transpose()?;
    made.only = fields
        .take("where")
        .map(|node| Predicate::read(node, "where"))
        .transpose()?;
    if let (Some(by), None) = (&made.by, &made.joined) {
        return wrong(
            node.setting("by").map(Node::key),
            format!("`by: {by}` tells streams apart, and nothing is joined"),
            "add `joined: PLACE`, or remove `by`",
        );
    }
    Ok(made)
}

fn history(node: &Node) -> Result<History, Wrong> {
    let words = [
        ("may", History::May),
        ("must", History::Must),
        ("none", History::None),
    ];
    match node.yaml {
        Yaml::Bool(true) => Ok(History::May),
        _ => one_of(node, "history", &words),
    }
}

fn count(node: &Node, what: &str) -> Result<Count, Wrong> {
    const FIX: &str =
        "write a number, as 3; the least number, as 1+; or a parameter, as steps or steps+";
    match &node.yaml {
        Yaml::Number(_) => Ok(Count {
            least: Amount::Number(node.number(what, 0, MOST)?),
            is_exact: true,
        }),
        Yaml::Text(text) => {
            let (least, is_exact) = match text.strip_suffix('+') {
                Some(least) => (least, false),
                None => (text.as_str(), true),
            };
            let least = match least.parse() {
                Ok(number) if number <= MOST => Amount::Number(number),
                Ok(_) => return wrong(node.at(), format!("`{what}` is {text}"), FIX),
                Err(_) if least.is_empty() || least.contains(char::is_whitespace) => {
                    return wrong(node.at(), format!("`{what}` is `{text}`"), FIX);
                }
                Err(_) => Amount::Parameter(least.to_owned()),
            };
            Ok(Count { least, is_exact })
        }
        _ => wrong(node.at(), format!("`{what}` is {}", node.is()), FIX),
    }
}
