//! Reads a list of steps, each by its kind. The kinds are given, because those with steps inside read lists as well.

use std::sync::Arc;

use diagnostics::meant;
use serde_json::Value;

use super::entry::{Entry, Settings};
use super::step_trait::{Step, StepAt};
use crate::language::spots::Spots;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

/// Levels of `repeat` and `together` inside each other.
const NESTING: usize = 8;

/// Reads the settings of a step.
type Read = fn(&Node, &Reader) -> Result<Arc<dyn Step>, Wrong>;

/// A kind of step: its line in the list of all.
#[derive(Debug)]
pub(crate) struct StepKind {
    /// As it stands in a file.
    pub(crate) name: &'static str,
    /// The JSON Schema of its settings.
    pub(crate) schema: fn() -> Value,
    /// Reads its settings.
    pub(super) read: Read,
}

impl StepKind {
    /// A step of this kind as it stands in a file.
    pub(super) fn entry(&self, settings: impl Into<Settings>) -> Entry {
        Entry::new(self.name, settings.into())
    }
}

/// The kinds of steps that there are, and how deep in the file they are read.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    kinds: &'static [StepKind],
    depth: usize,
}

impl Reader {
    /// Reads the steps of a file.
    pub(super) const fn of(kinds: &'static [StepKind]) -> Self {
        Self { kinds, depth: 0 }
    }

    /// Reads the steps inside a step.
    pub(super) const fn deeper(self) -> Self {
        let Self { kinds, depth } = self;
        Self {
            kinds,
            depth: depth + 1,
        }
    }

    /// The steps in the list `what`.
    pub(crate) fn steps(self, node: &Node, what: &str) -> Result<Vec<StepAt>, Wrong> {
        if self.depth > NESTING {
            return wrong(
                node.key(),
                format!("there are more than {NESTING} levels of `repeat` and `together`"),
                "flatten the steps",
            );
        }
        let items = node.list(what)?.iter();
        items.map(|item| self.step(item)).collect()
    }

    fn step(self, node: &Node) -> Result<StepAt, Wrong> {
        let entries = node.map("a step")?;
        let [(name, value)] = entries else {
            let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
            return wrong(
                entries.get(1).map_or(node.at(), |(_, second)| second.key()),
                format!("one step has {} names: {}", names.len(), names.join(", ")),
                "give each step an entry of its own, with its settings inside it",
            );
        };
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == name) else {
            let known: Vec<&str> = self.kinds.iter().map(|kind| kind.name).collect();
            return wrong(
                value.key(),
                format!("there is no step `{name}`"),
                meant(name, &known),
            );
        };
        Ok(StepAt {
            line: node.at().line(),
            spots: Spots::of(value),
            step: (kind.read)(value, &self)?,
        })
    }
}
