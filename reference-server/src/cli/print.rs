//! Prints to standard output.

use std::io::{self, Write};

use super::failure::Failure;

/// Prints lines. It is not an error if the reader closes the pipe early.
pub(super) fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = lines
        .into_iter()
        .try_for_each(|line| writeln!(out, "{line}"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(error, "give it a standard output", 4))
        }
        _ => Ok(()),
    }
}
