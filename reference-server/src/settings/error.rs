//! A setting that cannot be used, or a file of settings that cannot be read.

use std::fmt;

use diagnostics::{Diagnostic, Place};

/// What is wrong with the settings, where it stands, and how to fix it. It shows no secret.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsError(Box<Diagnostic>);

/// The fix for every secret key that is refused.
pub(super) const MAKE_A_KEY: &str = "set it to the output of `openssl rand -hex 32`";

impl SettingsError {
    pub(super) fn new(what: impl fmt::Display, place: Place, fix: impl fmt::Display) -> Self {
        Self(Box::new(Diagnostic::new(what, place, fix)))
    }

    /// The error as a person reads it.
    #[must_use]
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.0
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SettingsError {}
