//! The target file and the passwords of the users.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use evidence::UserName;
use probe::Target;

use crate::failure::Failure;

/// The target that is started when none is named.
const REFERENCE: &str = include_str!("../../../scenarios/targets/reference.yaml");

/// The target file, or the reference server's.
pub(crate) fn read_target(file: Option<&Path>) -> Result<Target, Failure> {
    let (text, at) = match file {
        None => (REFERENCE.to_owned(), "the built-in target".to_owned()),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::input(
                    format!("cannot read the target file: {error}"),
                    path.display(),
                    "name a target file that this user may read",
                )
            })?;
            (text, path.display().to_string())
        }
    };
    Target::parse(&text).map_err(|error| {
        let at = error
            .line
            .map_or_else(|| at.clone(), |line| format!("{at}:{line}"));
        Failure::input(error.message, at, error.fix)
    })
}

/// NAME=PASSWORD lines.
pub(crate) fn read_passwords(path: &Path) -> Result<BTreeMap<UserName, String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::input(
            format!("cannot read the passwords: {error}"),
            path.display(),
            "name a file of NAME=PASSWORD lines",
        )
    })?;
    passwords_in(&text, &path.display().to_string())
}

/// The lines of a text that came from `place`.
pub(crate) fn passwords_in(text: &str, place: &str) -> Result<BTreeMap<UserName, String>, Failure> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| match line.split_once('=') {
            Some((name, password)) => Ok((UserName::from(name.trim()), password.to_owned())),
            None => Err(Failure::input(
                "a line that is no NAME=PASSWORD",
                format!("{place}:{}", index + 1),
                "write one user a line",
            )),
        })
        .collect()
}
