//! What is wrong with a scenario file.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::language::wrong::Wrong;

/// Letters that a message or a fix may have, as it may quote the file.
const MAX_WORDS: usize = 800;

/// What is wrong with a file, where, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    pub(crate) message: String,
    pub(crate) path: PathBuf,
    pub(crate) line: Option<u64>,
    pub(crate) fix: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  at:  {}", self.message, self.path.display())?;
        self.line.iter().try_for_each(|line| write!(f, ":{line}"))?;
        write!(f, "\n  fix: {}", self.fix)
    }
}

impl Error for ScenarioError {}

impl ScenarioError {
    /// The mistake in the file at this path.
    pub(super) fn of(path: &Path, Wrong { line, message, fix }: Wrong) -> Self {
        Self {
            message: printable(&message),
            path: path.to_owned(),
            line,
            fix: printable(&fix),
        }
    }
}

/// The words without what would move a terminal's cursor or fill its screen.
fn printable(words: &str) -> String {
    let cut = words.chars().nth(MAX_WORDS).map(|_| '…');
    words
        .chars()
        .take(MAX_WORDS)
        .chain(cut)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
