//! One thing that a user saw, and the stream that it belongs to.

use super::leaves::Leaf;
use super::shape::shape;
use crate::finding::Witness;

/// Things of one kind at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StreamName {
    /// Where: user, session and tab.
    pub(super) place: String,
    /// What kind of thing: the event's name, or what was asked.
    pub(super) kind: String,
}

/// One thing that a user saw.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) stream: StreamName,
    pub(super) leaves: Vec<Leaf>,
    /// Microseconds since the part began.
    pub(super) at_us: u64,
    /// Microseconds since the event or action that it answers.
    pub(super) after_us: u64,
    pub(super) is_event: bool,
    /// Somebody's marker is in it.
    pub(super) is_marked: bool,
    /// The target said or sent it, so that its time is the target's.
    pub(super) is_targets: bool,
    /// For how many microseconds a step had waited that was not seen in time.
    pub(super) waited_us: Option<u64>,
    /// Its line in the history, and the frame.
    pub(super) witness: Witness,
}

impl Sighting {
    /// The shape of each of its values, with its path.
    pub(super) fn shapes(&self) -> Vec<(&str, String)> {
        let leaves = self.leaves.iter();
        leaves
            .map(|(path, value)| (path.as_str(), shape(value).0))
            .collect()
    }

    /// The value at this path.
    pub(super) fn value(&self, path: &str) -> Option<&str> {
        let found = self.leaves.iter().find(|(other, _)| other == path);
        found.map(|(_, value)| value.as_str())
    }
}
