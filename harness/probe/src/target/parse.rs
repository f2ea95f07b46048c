//! Reading a target file: YAML in, a target out, or what is wrong and how to fix it.

use thiserror::Error;

use super::file::Target;
use super::{check, lines};

/// Why a text is not a target file.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct TargetError {
    /// What is wrong.
    pub message: String,
    /// The line, from 1, where it is known.
    pub line: Option<u64>,
    /// One imperative sentence.
    pub fix: String,
}

impl Target {
    /// Reads a target file.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let target: Self = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            let words = error.without_snippet().to_string();
            let message = words.lines().next().unwrap_or("no YAML");
            // The line is reported separately.
            let message = message
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            TargetError {
                message,
                line,
                fix: "write it as `airtight schema target` says".to_owned(),
            }
        })?;
        check::check(&target).map_err(|wrong| TargetError {
            line: lines::line(text, &wrong.at),
            message: wrong.message,
            fix: wrong.fix.to_owned(),
        })?;
        Ok(target)
    }
}
