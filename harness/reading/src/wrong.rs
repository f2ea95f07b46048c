//! What is wrong with a file, and where.

use crate::spot::Spot;

/// A mistake in the file and its fix; whoever reads the file adds the path and the line itself.
#[derive(Debug)]
pub struct Wrong {
    /// None where the whole file is meant.
    pub at: Option<Spot>,
    /// The part of what stands there that is wrong.
    pub part: Option<String>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub fix: String,
}

/// The mistake as an error.
///
/// # Errors
/// Always: it is one.
pub fn wrong<T>(
    at: impl Into<Option<Spot>>,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Result<T, Wrong> {
    Err(Wrong {
        at: at.into(),
        part: None,
        message: message.into(),
        fix: fix.into(),
    })
}
