//! A setting that is wrong: what is wrong, where it stands, and how to fix it.

use thiserror::Error;

/// A setting that cannot be used, or a file of settings that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what}\n  at:  {at}\n  fix: {fix}")]
pub struct SettingsError {
    pub(super) what: String,
    pub(super) at: String,
    pub(super) fix: String,
}

/// The fix for every secret key that is refused.
pub(super) const MAKE_A_KEY: &str = "make one with: openssl rand -hex 32";
