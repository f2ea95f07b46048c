//! What is wrong with a setting, where it stands, and how to mend it.

use thiserror::Error;

/// A setting that cannot be used, or a file of settings that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what}\n  at:  {at}\n  fix: {fix}")]
pub struct SettingsError {
    pub(super) what: String,
    pub(super) at: String,
    pub(super) fix: String,
}

/// The fix of every key that is none.
pub(super) const MAKE_A_KEY: &str = "make one with: openssl rand -hex 32";
