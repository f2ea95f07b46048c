//! The target file and the passwords of the users.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::{Diagnostic, Place};
use evidence::UserName;
use probe::Target;

use crate::failure::Failure;
use crate::input;
use crate::language::rule::{is_rule, meant_rule};

/// The target that is started when none is named.
const REFERENCE: &str = include_str!("../../../scenarios/targets/reference.yaml");

/// The name and the text of the target file, or of the reference server's.
pub(crate) fn target_text(file: Option<&Path>) -> Result<(String, String), Failure> {
    let Some(path) = file else {
        return Ok(("the built-in target".to_owned(), REFERENCE.to_owned()));
    };
    let bytes = input::read(path).map_err(|error| {
        Failure::input(
            format!("cannot read the target file: {error}"),
            path.display(),
            "name a target file that this user may read",
        )
    })?;
    let at = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|error| {
        let wrong = targets::not_utf8(&at, error.as_bytes(), error.utf8_error());
        Failure::wrong_input(wrong)
    })?;
    Ok((at, text))
}

/// The target file, or the reference server's.
pub(crate) fn read_target(file: Option<&Path>) -> Result<Target, Failure> {
    let (at, text) = target_text(file)?;
    let mut target = targets::read(&at, &text).map_err(Failure::wrong_inputs)?;
    target.folder = file.and_then(folder_of);
    match target.leaks.iter().find(|(_, rule)| !is_rule(rule)) {
        None => Ok(target),
        Some((event, rule)) => {
            let what = format!("there is no rule `{rule}`");
            let wrong = (what.as_str(), meant_rule(rule));
            let wrong = (wrong.0, wrong.1.as_str());
            Err(Failure::wrong_input(targets::wrong_at(
                &at,
                &text,
                &["leaks", event],
                wrong,
            )))
        }
    }
}

/// The folder of a file; the current one for a bare name.
pub(crate) fn folder_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    std::fs::canonicalize(folder).ok()
}

/// NAME=PASSWORD lines.
pub(crate) fn read_passwords(path: &Path) -> Result<BTreeMap<UserName, String>, Failure> {
    let text = input::read_text(path).map_err(|error| {
        Failure::input(
            format!("cannot read the passwords: {error}"),
            path.display(),
            "name a file of NAME=PASSWORD lines",
        )
    })?;
    passwords_in(&text, &path.display().to_string())
}

/// The lines of a text that came from `place`. No error shows one: any of them may hold a password.
pub(crate) fn passwords_in(text: &str, place: &str) -> Result<BTreeMap<UserName, String>, Failure> {
    let mut passwords = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some((name, password)) = line.split_once('=') else {
            let at = Place::bare(place, number, 1);
            let what = "this line is not NAME=PASSWORD";
            let fix = "put a `=` between the name and the password, one user in each line";
            return Err(Failure::wrong_input(Diagnostic::new(what, at, fix)));
        };
        passwords.insert(UserName::from(name.trim()), password.to_owned());
    }
    Ok(passwords)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn no_error_shows_a_password() {
        for text in [
            "alice=hunter2\nhunter2\n",
            "hunter2\nalice=hunter2\n",
            "alice:hunter2",
        ] {
            let failure = passwords_in(text, "users.txt").expect_err(text);
            let shown = failure.to_string() + &failure.styled();
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("--> users.txt:"), "{shown}");
        }
    }

    #[test]
    fn a_leak_breaks_a_rule_that_there_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("target.yaml");
        let text = REFERENCE.replacen("threads: ISO04", "threads: ISO77", 1);
        assert_ne!(text, REFERENCE);
        fs::write(&file, text).expect("written");
        let shown = read_target(Some(&file)).expect_err("no rule").to_string();
        assert!(
            shown.contains("there is no rule `ISO77`") && shown.contains("^^^^^"),
            "{shown}"
        );
        assert!(shown.contains("= fix: write `ISO07`"), "{shown}");
        assert!(read_target(None).is_ok());
    }

    #[test]
    fn a_target_file_that_is_no_text_is_wrong_at_its_first_such_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("target.yaml");
        let shown = |bytes: &[u8]| {
            fs::write(&file, bytes).expect("written");
            read_target(Some(&file)).expect_err("no text").to_string()
        };
        let wrong = shown(b"target: x\nbase: caf\xe9\n");
        assert!(wrong.contains("the file is not UTF-8"), "{wrong}");
        assert!(wrong.contains("target.yaml:2:10\n"), "{wrong}");
        let wrong = shown(b"start:\n  A: s3cret \xe9\n");
        assert!(wrong.contains("target.yaml:2:"), "{wrong}");
        assert!(!wrong.contains("s3cret"), "{wrong}");
    }
}
