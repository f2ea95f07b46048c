//! Where an event has its number, and in what the numbers rise.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::Wrong;

use crate::language::place::Place;
use crate::language::words::one_of;

/// The number of an event.
#[derive(Clone, Debug)]
pub struct Number {
    /// Where it stands.
    pub place: Place,
    /// In what it rises.
    pub within: Within,
}

/// In what numbers rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// In each tab.
    Tab,
    /// In each session.
    Session,
    /// In each group.
    Group,
    /// For each sender.
    Sender,
    /// In the whole system.
    Everyone,
}

const WORDS: [(&str, Within); 5] = [
    ("tab", Within::Tab),
    ("session", Within::Session),
    ("group", Within::Group),
    ("sender", Within::Sender),
    ("everyone", Within::Everyone),
];

/// A place, or `{number: PLACE, in: session}`.
pub(crate) fn read(node: &Node) -> Result<Number, Wrong> {
    if let Yaml::Map(_) = node.yaml
        && node.setting("number").is_some()
    {
        let mut fields = Fields::of(node, "`number`", &["number", "in"])?;
        return Ok(Number {
            place: Place::read(fields.need("number")?, "number")?,
            within: fields
                .take("in")
                .map_or(Ok(Within::Tab), |node| one_of(node, "in", &WORDS))?,
        });
    }
    Ok(Number {
        place: Place::read(node, "number")?,
        within: Within::Tab,
    })
}
