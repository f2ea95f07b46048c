//! An error and its causes, in one line.

use std::error::Error;

/// `what: cause: its cause`.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        words += &format!(": {source}");
        cause = source.source();
    }
    words
}
