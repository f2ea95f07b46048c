//! What an event says of itself: its number, in what the numbers rise, and when it was made.

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

/// When an event was made, by its own words.
#[derive(Clone, Debug)]
pub struct QueuedAt {
    /// Where it stands.
    pub place: Place,
    /// In which unit.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds since 1970.
    Microseconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Seconds since 1970.
    Seconds,
    /// A text in the form of RFC 3339.
    Rfc3339,
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

/// `{at: PLACE, unit: ms}`.
pub(crate) fn queued_at(node: &Node) -> Result<QueuedAt, Wrong> {
    let units = [
        ("us", Unit::Microseconds),
        ("ms", Unit::Milliseconds),
        ("s", Unit::Seconds),
        ("rfc3339", Unit::Rfc3339),
    ];
    let mut fields = Fields::of(node, "`queued_at`", &["at", "unit"])?;
    Ok(QueuedAt {
        place: Place::read(fields.need("at")?, "at")?,
        unit: one_of(fields.need("unit")?, "unit", &units)?,
    })
}
