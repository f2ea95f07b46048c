//! A machine that runs commands: a container in the tests.

use std::io;

use futures_util::future::LocalBoxFuture;

/// What a command left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub code: i64,
    /// Its standard output and then its standard error, as text.
    pub text: String,
}

/// Runs commands as root.
pub trait Machine {
    /// Runs a command to its end; the error says why it could not be run at all.
    fn run<'a>(&'a self, command: &'a [&'a str]) -> LocalBoxFuture<'a, io::Result<Output>>;
}
