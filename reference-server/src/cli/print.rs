//! The only place that prints lines.

use std::io::{self, Write};

use super::failure::Failure;

/// Prints lines. A reader that has seen enough is no failure.
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
