//! The two streams of the terminal. `println!` and `eprintln!` panic when a stream cannot be written; these do not.

use std::fmt::Display;
use std::io::{self, Write};

use crate::failure::Failure;

/// The exit code, when the screen was written. A reader that has seen enough (`| head`) is no failure.
pub(super) fn end(written: io::Result<()>, code: u8) -> Result<u8, Failure> {
    // What has no line break at its end is still in the buffer, and is lost without a word when the process ends.
    match written.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::world(
            format!("cannot write: {error}"),
            "standard output",
            "name a place that can be written",
        )),
        _ => Ok(code),
    }
}

/// Says on standard error what went wrong. If nobody can read it there, the exit code still says so.
pub(super) fn complain(words: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{words}");
}
