//! A property: a claim, its judge, and the proof that it can fail.

use crate::history::Scene;
use crate::judge::Judge;

/// A claim, and the proof that it can fail.
pub struct Property {
    /// The name that scenarios use.
    pub name: &'static str,
    /// The claim, as a sentence.
    pub claim: &'static str,
    pub(crate) extent: Extent,
    pub(crate) needs: Needs,
    /// Starts a judge for a history with this header.
    pub(crate) start: fn(&Scene) -> Box<dyn Judge>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests run them"))]
    pub(crate) cases: Cases,
}

/// How much of a history a property is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One part. Its judge starts again with each part.
    OnePart,
    /// All parts together: its judge compares them.
    AllParts,
}

/// What a target must declare, before a property can be judged at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Whose an action is, which every target says.
    Nothing,
    /// More than that: its groups, or that an idle tab stays.
    Declared,
}

/// Example histories in the notation of `notation.rs`, one for each verdict. A test runs them all.
#[cfg_attr(not(test), expect(dead_code, reason = "only tests run them"))]
pub(crate) struct Cases {
    pub(crate) holds: &'static str,
    pub(crate) violated: &'static str,
    pub(crate) undecided: &'static str,
}

impl Property {
    /// Whether it compares several parts of a history. Only scenarios with neighbours have several.
    #[must_use]
    pub const fn compares_parts(&self) -> bool {
        matches!(self.extent, Extent::AllParts)
    }

    /// Whether it is undecided on each target that does not declare its groups, or that an idle tab stays.
    #[must_use]
    pub const fn needs_declared(&self) -> bool {
        matches!(self.needs, Needs::Declared)
    }
}
