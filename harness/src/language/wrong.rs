//! What is wrong with a scenario file, at a line.

/// A mistake in the file and its fix; whoever reads the file adds the path.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// From 1; none where the whole file is meant.
    pub(crate) line: Option<u64>,
    pub(crate) message: String,
    pub(crate) fix: String,
}

/// The mistake as an error.
pub(crate) fn wrong<T>(
    line: u64,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Result<T, Wrong> {
    Err(Wrong {
        line: Some(line),
        message: message.into(),
        fix: fix.into(),
    })
}
