//! A target file as a command reads it: what is wrong with it is told at once, all of it.

use std::path::Path;

use diagnostics::Diagnostic;
use probe::Target;

use super::screen::complain;
use crate::failure::Failure;
use crate::input;

/// The target of the text, if nothing is wrong with it; else everything that is, told.
pub(super) fn parsed(name: &str, text: &str) -> Option<Target> {
    let tell = |mistakes: Vec<Diagnostic>| {
        mistakes
            .iter()
            .for_each(|mistake| complain(mistake.styled()));
    };
    targets::read(name, text).map_err(tell).ok()
}

pub(super) fn read(path: &Path) -> Result<(String, String), Failure> {
    let text = input::read_text(path).map_err(|error| {
        Failure::input(
            format!("cannot read the target file: {error}"),
            path.display(),
            "name a target file in UTF-8 that this user may read",
        )
    })?;
    Ok((path.display().to_string(), text))
}
