//! A machine that answers commands: a container, and one day this one.

use std::fmt;
use std::future::Future;

/// What a command left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its exit code.
    pub code: i64,
    /// Its standard output and then its standard error, as text.
    pub text: String,
}

/// Runs commands as root.
pub trait Machine {
    /// Why a command could not be run at all.
    type Error: fmt::Display;

    /// Runs a command to its end.
    fn run(&self, command: &[&str]) -> impl Future<Output = Result<Said, Self::Error>>;
}
