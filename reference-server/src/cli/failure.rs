//! Errors of the command line.

use std::fmt;

use diagnostics::{Diagnostic, Place};

use crate::ground::folded_name::NotAName;
use crate::http::listen::ListenError;
use crate::identity::users::UsersError;
use crate::operation::logging::LogError;
use crate::server::StartError;
use crate::settings::SettingsError;

/// What went wrong, where, the fix, and the exit code.
pub(super) struct Failure {
    diagnostic: Box<Diagnostic>,
    pub(super) code: u8,
}

impl Failure {
    pub(super) fn new(error: impl fmt::Display, place: Place, fix: &str, code: u8) -> Self {
        Self::of(Diagnostic::new(error, place, fix), code)
    }

    fn of(diagnostic: Diagnostic, code: u8) -> Self {
        Self {
            diagnostic: Box::new(diagnostic),
            code,
        }
    }

    /// For a terminal, with ANSI styles.
    pub(super) fn styled(&self) -> String {
        self.diagnostic.styled()
    }

    /// For a log. The journal makes an entry of each line and cuts its indentation, so that a caret would stand under
    /// another word.
    pub(super) fn in_one_line(&self) -> String {
        let Diagnostic {
            what, place, fix, ..
        } = &*self.diagnostic;
        format!("error: {what}; at: {place}; fix: {fix}")
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::of(error.diagnostic().clone(), 2)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::of(error.diagnostic(), 4)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::of(error.diagnostic(), 4)
    }
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        // A contradiction to what the service manager passed is wrong input.
        let code = match error {
            ListenError::NotOne(_) | ListenError::Both(_) => 2,
            _ => 4,
        };
        Self::of(error.diagnostic(), code)
    }
}

impl From<UsersError> for Failure {
    fn from(error: UsersError) -> Self {
        let code = if matches!(error, UsersError::File { .. } | UsersError::Hash(_)) {
            4
        } else {
            2
        };
        Self::of(error.diagnostic(), code)
    }
}

impl From<NotAName> for Failure {
    fn from(error: NotAName) -> Self {
        Self::from(UsersError::from(error))
    }
}
