//! What is wrong with a scenario file.

use std::error::Error;
use std::fmt;

use diagnostics::{Diagnostic, Place};
use reading::secret;

use reading::wrong::Wrong;

/// What is wrong with a file, where, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError(pub(crate) Box<Diagnostic>);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for ScenarioError {}

impl From<Diagnostic> for ScenarioError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(Box::new(diagnostic))
    }
}

impl ScenarioError {
    /// The mistake in the text of this file.
    pub(super) fn of(file: &str, text: &str, wrong: Wrong) -> Self {
        let Wrong {
            at,
            part,
            message,
            fix,
        } = wrong;
        let place = at.map_or_else(
            || Place::named(file),
            |at| at.place(file, text, part.as_deref()),
        );
        let diagnostic = Diagnostic::new(message, place, fix);
        secret::hidden_where(diagnostic, text, secret::is_named_in).into()
    }
}
