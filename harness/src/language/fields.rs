//! The settings of a step by name: their reading with the fix for a name that is not known, and their writing.

use serde_json::Value;

use super::node::Node;
use super::wrong::{Wrong, wrong};

/// The entries of a map by name.
pub(crate) struct Fields<'a> {
    line: u64,
    entries: Vec<(&'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// A map whose names are all known.
    pub(crate) fn of(node: &'a Node, what: &str, known: &[&str]) -> Result<Self, Wrong> {
        let fields = Self::open(node, what)?;
        let unknown = fields
            .entries
            .iter()
            .find(|(name, _)| !known.contains(name));
        match unknown {
            None => Ok(fields),
            Some((name, node)) => wrong(
                node.line,
                format!("there is no `{name}` in {what}"),
                meant(name, known),
            ),
        }
    }

    /// A map that may have names of its own.
    pub(crate) fn open(node: &'a Node, what: &str) -> Result<Self, Wrong> {
        let entries = node.map(what)?.iter();
        Ok(Self {
            line: node.line,
            entries: entries.map(|(name, node)| (name.as_str(), node)).collect(),
        })
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<&'a Node> {
        let at = self.entries.iter().position(|(key, _)| *key == name)?;
        Some(self.entries.remove(at).1)
    }

    pub(crate) fn need(&mut self, name: &str) -> Result<&'a Node, Wrong> {
        let line = self.line;
        self.take(name).map_or_else(
            || {
                wrong(
                    line,
                    format!("`{name}` is missing"),
                    format!("add `{name}:`"),
                )
            },
            Ok,
        )
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Vec<(&'a str, &'a Node)> {
        self.entries
    }
}

/// The settings as a file has them, without those that have no value: a step has its usual ones there.
pub(crate) fn written<'a>(all: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let given = all.into_iter();
    let given = given.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect())
}

/// The fix for a name that is not among `known`.
pub(crate) fn meant(name: &str, known: &[&str]) -> String {
    let close = known
        .iter()
        .map(|other| (distance(name, other), other))
        .min()
        .filter(|(far, _)| *far <= 2);
    let all = known.join(", ");
    close.map_or_else(
        || format!("use one of {all}"),
        |(_, close)| format!("write `{close}`, or one of {all}"),
    )
}

/// How many letters to add, drop or change; names far too long are far away.
fn distance(left: &str, right: &str) -> usize {
    if left.len() > right.len() + 4 {
        return usize::MAX;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[right.len()]
}
