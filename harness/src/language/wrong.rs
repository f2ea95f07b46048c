//! What is wrong with a scenario file, and where.

use super::spot::Spot;

/// A mistake in the file and its fix; whoever reads the file adds the path and the line itself.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// None where the whole file is meant.
    pub(crate) at: Option<Spot>,
    /// The part of what stands there that is wrong.
    pub(crate) part: Option<String>,
    pub(crate) message: String,
    pub(crate) fix: String,
}

/// The mistake as an error.
pub(crate) fn wrong<T>(
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
