//! Why a file was not written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file was not written, or not surely.
#[derive(Debug, Error)]
#[error("cannot write {}", path.display())]
pub struct NotWritten {
    /// The file that was wanted.
    pub path: PathBuf,
    /// The error of the file system.
    pub source: io::Error,
}

impl NotWritten {
    pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// The error of the file system alone, for a caller that names the file itself.
impl From<NotWritten> for io::Error {
    fn from(error: NotWritten) -> Self {
        error.source
    }
}
