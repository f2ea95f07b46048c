//! The users file: one JSON object per line, with a folded name and an argon2id hash.
//!
//! It is replaced as a whole, so that a reader never sees half of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ground::folded_name::{FoldedName, NotAName};
use crate::ground::whole::{self, Outlasts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) user: FoldedName,
    pub(crate) hash: String,
}

/// Why the users file cannot be used.
#[derive(Debug, Error)]
pub enum UsersError {
    /// Not a possible user name.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// The user exists.
    #[error("there is a user `{0}` already")]
    Taken(String),
    /// The user does not exist.
    #[error("there is no user `{0}`")]
    Unknown(String),
    /// A password that is too short to be one.
    #[error("the password of `{0}` has fewer than 8 characters")]
    Password(String),
    /// A line that is not a user.
    #[error("line {line} of {path} is not a user: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
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
    /// The remedy, as one imperative sentence.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Name(name) => name.fix(),
            Self::Taken(_) => "choose another name, or remove that user first",
            Self::Unknown(_) => "see `reference-server user list`",
            Self::Password(_) => "give one password of at least 8 characters per name",
            Self::Line { .. } => "fix or remove the line",
            Self::File { .. } => {
                "name a users file that this user may read and write, in USERS_FILE"
            }
            Self::Hash(_) => "free some memory and try again",
        }
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
            serde_json::from_str(line).map_err(|source| UsersError::Line {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        })
        .collect()
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
    whole::replace(path, &beside, Outlasts::TheMachine, |file| {
        file.write_all(text.as_bytes())?;
        keep_owner(path, file)
    })
    .map_err(failed)
}

/// Gives the new file the owner of the old one: an operator may add users as root, and the service must read them.
fn keep_owner(old: &Path, new: &File) -> io::Result<()> {
    let old = match fs::metadata(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let now = new.metadata()?;
    if (old.uid(), old.gid()) != (now.uid(), now.gid()) {
        std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_back_and_a_bad_line_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("users");
        assert!(read(&path).expect("none").is_empty());
        let user = User {
            user: FoldedName::fold("Zoë B.").expect("a name"),
            hash: "x".to_owned(),
        };
        write(&path, &[user]).expect("written");
        assert_eq!(read(&path).expect("read")[0].user.as_str(), "zoë b.");
        fs::write(&path, "{\"user\":\"a\",\"hash\":\"x\"}\nnonsense\n").expect("written");
        assert!(read(&path).expect_err("bad").to_string().contains("line 2"));
    }
}
