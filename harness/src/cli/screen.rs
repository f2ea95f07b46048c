//! The two streams of the terminal. `println!` and `eprintln!` panic when a stream cannot be written; these do not.

use std::fmt::Display;
use std::io::{self, Write};

use evidence::Verdict;

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

/// The end of a command that wrote reports after the screen. A report that is missing does not hide a violation: exit
/// code 4 would say that nothing was found out.
pub(super) fn end_with_reports(
    written: io::Result<()>,
    reports: Result<(), Failure>,
    code: u8,
) -> Result<u8, Failure> {
    match reports {
        Err(failure) if code == Verdict::Violated.exit_code() => complain(failure.styled()),
        reports => reports?,
    }
    end(written, code)
}

/// Says on standard error what went wrong. If nobody can read it there, the exit code still says so.
pub(super) fn complain(words: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{words}");
}
