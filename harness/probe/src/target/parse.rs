//! Reading a target file: YAML in, a target out, or what is wrong and how to fix it.

use std::fmt;
use std::str::Utf8Error;

use diagnostics::{Diagnostic, Place, meant};
use serde_saphyr::{Error, Location};

use super::file::Target;
use super::{check, lines, secrets};
use reading::{secret, yaml};

/// Stands for the file's name, which the text does not know.
const FILE: &str = "the target file";
const AS_SCHEMA: &str = "write it as `airtight schema target` says";

/// Why a text is not a target file. It shows no line that may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError(Box<Diagnostic>);

impl TargetError {
    fn new(text: &str, what: &str, at: Option<Location>, fix: &str) -> Self {
        let (place, is_secret) = place(text, at);
        let diagnostic = Diagnostic::new(what, place, fix);
        Self(Box::new(if is_secret {
            secret::hidden(diagnostic)
        } else {
            diagnostic
        }))
    }

    /// A name that is none of those that may stand there. It is shown wherever it stands: a name is no secret.
    fn unknown(text: &str, name: &str, at: Option<Location>, known: &[&str]) -> Self {
        let (place, is_secret) = place(text, at);
        let place = if is_secret { place.masked() } else { place };
        let what = format!("there is no `{name}` here");
        let fix = meant(name, known);
        Self(Box::new(Diagnostic::new(what, place, fix)))
    }

    /// The mistake in what stands behind these keys of a target file.
    #[must_use]
    pub fn at(text: &str, keys: &[&str], what: &str, fix: &str) -> Self {
        Self::new(text, what, lines::location(text, keys), fix)
    }

    /// The bytes are no text from this error on.
    #[must_use]
    pub fn not_utf8(bytes: &[u8], error: Utf8Error) -> Self {
        // What stands before it is as it is in the file, and in its place stands one sign.
        let (text, at) = (String::from_utf8_lossy(bytes), error.valid_up_to());
        let place = Place::span(FILE, &text, at..at + 1);
        let is_secret = secrets::may_be_in(&text, place.line().unwrap_or(0));
        let place = if is_secret { place.masked() } else { place };
        let what = "the file is not UTF-8";
        Self(Box::new(Diagnostic::new(what, place, "save it as UTF-8")))
    }

    /// The error, in a file of this name.
    #[must_use]
    pub fn in_file(self, file: impl fmt::Display) -> Diagnostic {
        let mut diagnostic = *self.0;
        diagnostic.place = diagnostic.place.in_file(file);
        diagnostic
    }
}

/// The place in a text, and whether its line may hold a secret.
fn place(text: &str, at: Option<Location>) -> (Place, bool) {
    let Some(at) = at else {
        return (Place::named(FILE), false);
    };
    let place = yaml::place(FILE, text, at, None);
    let number = place.line().unwrap_or(0);
    (place, secrets::may_be_in(text, number))
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// Reads a target file.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let target: Self = serde_saphyr::from_str(text).map_err(|error| {
            let at = error.location();
            match error.without_snippet() {
                Error::SerdeUnknownField {
                    field, expected, ..
                } => TargetError::unknown(text, field, at, expected),
                error => TargetError::new(text, &yaml::words(error), at, AS_SCHEMA),
            }
        })?;
        check::check(&target).map_err(|wrong| {
            let keys: Vec<&str> = wrong.at.iter().map(String::as_str).collect();
            TargetError::at(text, &keys, &wrong.message, wrong.fix)
        })?;
        Ok(target)
    }
}
