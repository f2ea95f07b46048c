//! The settings of a map by name: their reading with the fix for a name that is not known, and their writing.

use diagnostics::meant;
use serde_json::Value;

use crate::node::Node;
use crate::spot::Spot;
use crate::wrong::{Wrong, wrong};

/// The entries of a map by name.
pub struct Fields<'a> {
    /// Where something is missing.
    owner: Option<Spot>,
    entries: Vec<(&'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// A map whose names are all known.
    ///
    /// # Errors
    /// When it is no map, or has another name.
    pub fn of(node: &'a Node, what: &str, known: &[&str]) -> Result<Self, Wrong> {
        let fields = Self::open(node, what)?;
        let unknown = fields
            .entries
            .iter()
            .find(|(name, _)| !known.contains(name));
        match unknown {
            None => Ok(fields),
            Some((name, node)) => wrong(
                node.key(),
                format!("there is no `{name}` in {what}"),
                meant(name, known),
            ),
        }
    }

    /// A map that may have names of its own.
    ///
    /// # Errors
    /// When it is no map.
    pub fn open(node: &'a Node, what: &str) -> Result<Self, Wrong> {
        let entries = node.map(what)?.iter();
        Ok(Self {
            owner: node.owner(),
            entries: entries.map(|(name, node)| (name.as_str(), node)).collect(),
        })
    }

    /// The setting of this name, which then counts as read.
    pub fn take(&mut self, name: &str) -> Option<&'a Node> {
        let at = self.entries.iter().position(|(key, _)| *key == name)?;
        Some(self.entries.remove(at).1)
    }

    /// The same of one that must be there.
    ///
    /// # Errors
    /// When it is missing.
    pub fn need(&mut self, name: &str) -> Result<&'a Node, Wrong> {
        let owner = self.owner;
        self.take(name).map_or_else(
            || {
                wrong(
                    owner,
                    format!("`{name}` is missing"),
                    format!("add `{name}:`"),
                )
            },
            Ok,
        )
    }

    /// What was not taken.
    pub fn rest(self) -> Vec<(&'a str, &'a Node)> {
        self.entries
    }
}

/// The settings as a file has them, without those that have no value.
pub fn written<'a>(all: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let given = all.into_iter();
    let given = given.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect())
}
