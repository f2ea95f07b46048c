//! Why a server does not start.

use std::io;
use std::path::{Path, PathBuf};

use diagnostics::{Diagnostic, Place};
use thiserror::Error;

use crate::identity::users::UsersError;
use crate::settings::Bind;

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The session folder cannot be used.
    #[error("cannot use the session folder: {source}")]
    Sessions {
        /// The value of SESSION_FILE_DIR.
        folder: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// The upload folder cannot be used.
    #[error("cannot use the upload folder: {source}")]
    Uploads {
        /// The value of UPLOAD_DIR.
        folder: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// The users file cannot be read, or no password can be hashed.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The listener cannot be used.
    #[error("cannot listen: {source}")]
    Listen {
        /// The value of BIND.
        bind: Bind,
        /// The error of the system.
        source: io::Error,
    },
}

impl StartError {
    pub(super) fn sessions(folder: &Path) -> impl FnOnce(io::Error) -> Self {
        let folder = folder.to_owned();
        move |source| Self::Sessions { folder, source }
    }

    pub(super) fn uploads(folder: &Path) -> impl FnOnce(io::Error) -> Self {
        let folder = folder.to_owned();
        move |source| Self::Uploads { folder, source }
    }

    /// The error as a person reads it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (place, fix) = match self {
            Self::Sessions { folder, .. } => (
                Place::named(folder.display()),
                "set SESSION_FILE_DIR to a folder that the server may write",
            ),
            Self::Uploads { folder, .. } => (
                Place::named(folder.display()),
                "set UPLOAD_DIR to a folder that the server may write",
            ),
            Self::Users(error) => return error.diagnostic(),
            Self::Listen { bind, .. } => (Place::named(bind), "set BIND to another address"),
        };
        Diagnostic::new(self, place, fix)
    }
}
