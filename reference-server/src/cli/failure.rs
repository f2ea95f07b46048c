//! Errors of the command line.

use std::fmt;

use crate::ground::folded_name::NotAName;
use crate::ground::settings::SettingsError;
use crate::http::listen::ListenError;
use crate::identity::users::UsersError;
use crate::operation::logging::LogError;
use crate::server::StartError;

/// What went wrong, with the fix, and the exit code.
pub(super) struct Failure {
    pub(super) text: String,
    pub(super) code: u8,
}

impl Failure {
    pub(super) fn new(error: impl fmt::Display, fix: &str, code: u8) -> Self {
        let text = format!("error: {error}\n  fix: {fix}");
        Self { text, code }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let text = format!("error: {error}");
        Self { text, code: 2 }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(&error, error.fix(), 4)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::new(&error, error.fix(), 4)
    }
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        // A contradiction to what the service manager passed is wrong input.
        let code = match error {
            ListenError::NotOne(_) | ListenError::Both(_) => 2,
            _ => 4,
        };
        Self::new(&error, error.fix(), code)
    }
}

impl From<UsersError> for Failure {
    fn from(error: UsersError) -> Self {
        let code = if matches!(error, UsersError::File { .. } | UsersError::Hash(_)) {
            4
        } else {
            2
        };
        Self::new(&error, error.fix(), code)
    }
}

impl From<NotAName> for Failure {
    fn from(error: NotAName) -> Self {
        Self::from(UsersError::from(error))
    }
}
