//! Prints to standard output.

use std::io::{self, Write};

use diagnostics::Place;

use super::failure::Failure;

/// Prints lines. It is not an error if the reader closes the pipe early.
pub(super) fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = lines
        .into_iter()
        .try_for_each(|line| writeln!(out, "{line}"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            error,
            Place::named("standard output"),
            "give the command a standard output that it can write",
            4,
        )),
        _ => Ok(()),
    }
}
