//! The users file: one JSON object per line, with a folded name and an argon2id hash.
//!
//! It is replaced as a whole, so that a reader never sees half of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use diagnostics::{Diagnostic, Place};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use thiserror::Error;
use whole_file::Outlasts;

use crate::ground::folded_name::{FoldedName, NotAName};

/// Only the service reads hashes.
const PRIVATE: u32 = 0o600;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) user: FoldedName,
    pub(crate) hash: String,
}

/// Why the users file cannot be used. Its `Display` is one line, for a log; neither it nor the diagnostic shows
/// anything of a line of the file, because that holds a hash.
#[derive(Debug, Error)]
pub enum UsersError {
    /// Not a possible user name.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// The user exists.
    #[error("there is a user `{user}` already")]
    Taken {
        /// The folded name.
        user: String,
        /// The file.
        path: PathBuf,
    },
    /// The user does not exist.
    #[error("there is no user `{user}`")]
    Unknown {
        /// The folded name.
        user: String,
        /// The file.
        path: PathBuf,
    },
    /// A password that is too short to be one.
    #[error("the password of `{0}` has fewer than 8 characters")]
    Password(String),
    /// A line that is not a user.
    #[error("{place}: {what}")]
    Line {
        /// Where it breaks off.
        place: Place,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file system returned an error.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// The hash function returned an error.
    #[error("cannot hash a password: {0}")]
    Hash(String),
}

impl UsersError {
    /// The error as a person reads it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (place, fix) = match self {
            Self::Name(name) => (Place::named("the command line"), name.fix()),
            Self::Taken { path, .. } => (
                Place::named(path.display()),
                "choose another name, or remove that user first",
            ),
            Self::Unknown { path, .. } => (
                Place::named(path.display()),
                "see `reference-server user list`",
            ),
            Self::Password(_) => (
                Place::named("standard input"),
                "give one password of at least 8 characters per name",
            ),
            Self::Line { place, what } => {
                let fix = "restore this line from a backup, or remove it and add the user again";
                return Diagnostic::new(what, place.clone(), fix);
            }
            Self::File { path, source } => {
                let what = format!("cannot use the users file: {source}");
                let fix = "set USERS_FILE to a file that this user may read and write";
                return Diagnostic::new(what, Place::named(path.display()), fix);
            }
            Self::Hash(_) => (
                Place::named("this machine"),
                "free some memory and try again",
            ),
        };
        Diagnostic::new(self, place, fix)
    }
}

/// All users. A missing file means no users.
pub(crate) fn read(path: &Path) -> Result<Vec<User>, UsersError> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|source| UsersError::File {
            path: path.to_owned(),
            source,
        })?,
    };
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| not_a_user(path, index, line, &error))
        })
        .collect()
}

fn not_a_user(path: &Path, index: usize, line: &str, error: &serde_json::Error) -> UsersError {
    // The reader's own words quote what it met, which may be a hash.
    let what = match error.classify() {
        Category::Data => "this line does not hold a `user` and a `hash`",
        Category::Eof => "this line is cut off",
        Category::Syntax | Category::Io => "this line is not JSON",
    };
    // The reader counts in bytes.
    let read = line.floor_char_boundary(error.column().saturating_sub(1));
    let column = line[..read].chars().count() + 1;
    let place = Place::bare(path.display(), index + 1, column);
    UsersError::Line { place, what }
}

/// Keeps other writers waiting until the returned file is dropped. Without it, one of two concurrent changes would be
/// lost. Blocks while another process holds the lock.
pub(crate) fn lock(path: &Path) -> Result<File, UsersError> {
    let failed = |source| UsersError::File {
        path: path.to_owned(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let folder = File::open(folder).map_err(failed)?;
    folder.lock().map_err(failed)?;
    Ok(folder)
}

/// Replaces the file as a whole.
pub(crate) fn write(path: &Path, users: &[User]) -> Result<(), UsersError> {
    let failed = |source| UsersError::File {
        path: path.to_owned(),
        source,
    };
    let beside = path.with_extension("new");
    let mut text = String::new();
    for user in users {
        text += &serde_json::to_string(user).map_err(|error| failed(error.into()))?;
        text.push('\n');
    }
    whole_file::replace(path, &beside, PRIVATE, Outlasts::TheMachine, |file| {
        file.write_all(text.as_bytes())?;
        // An operator may add users as root, and the service must read them.
        whole_file::keep_owner(path, file)
    })
    .map_err(|error| failed(error.source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("users");
        assert!(read(&path).expect("none").is_empty());
        let user = User {
            user: FoldedName::fold("Zoë B.").expect("a name"),
            hash: "x".to_owned(),
        };
        write(&path, &[user]).expect("written");
        assert_eq!(read(&path).expect("read")[0].user.as_str(), "zoë b.");
    }

    #[test]
    fn a_bad_line_is_named_by_its_place_and_nothing_of_it_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("users");
        let secret = "$argon2id$s3cret";
        let name_of_201 = format!("{secret}{}", "x".repeat(185));
        for (line, column, what) in [
            (format!("{secret}\n"), 1, "is not JSON"),
            (format!("\"{secret}\"\n"), 18, "does not hold"),
            (format!("[\"ä\", {secret}"), 7, "is not JSON"),
            (format!("{{\"{secret}\": 1}}"), 19, "does not hold"),
            (
                format!("{{\"user\": \"b\", \"hash\": \"{secret}"),
                39,
                "cut off",
            ),
            (
                format!("{{\"user\": \"{name_of_201}\"}}"),
                213,
                "does not hold",
            ),
        ] {
            fs::write(
                &path,
                format!("\n{{\"user\":\"a\",\"hash\":\"x\"}}\n{line}"),
            )
            .expect("written");
            let error = read(&path).expect_err("bad");
            let (log, shown) = (error.to_string(), error.diagnostic().to_string());
            for text in [&log, &shown] {
                assert!(text.contains(what), "{text}");
                assert!(text.contains(&format!("users:3:{column}")), "{text}");
                assert!(!text.contains("argon2id"), "{text}");
            }
            assert!(!format!("{error:?}").contains("argon2id"), "{error:?}");
        }
    }
}
