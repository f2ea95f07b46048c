//! Why a server does not start.

use std::io;

use thiserror::Error;

use crate::identity::users::UsersError;

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The session folder cannot be used.
    #[error("cannot use the session folder: {0}")]
    Sessions(#[source] io::Error),
    /// The upload folder cannot be used.
    #[error("cannot use the upload folder: {0}")]
    Uploads(#[source] io::Error),
    /// The users file cannot be read, or no password can be hashed.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The listener cannot be used.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
}

impl StartError {
    /// The remedy, as one imperative sentence.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Sessions(_) => "give the server a folder it may write, in SESSION_FILE_DIR",
            Self::Uploads(_) => "give the server a folder it may write, in UPLOAD_DIR",
            Self::Users(error) => error.fix(),
            Self::Listen(_) => "choose another address in BIND",
        }
    }
}
