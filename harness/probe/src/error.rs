//! Why something could not be done at all, over HTTP or over a socket.
//!
//! One enum for both clients, because whoever asks one of them wants to know no more than whether it could be done.
//! What the target refuses is no error: that is an answer.

use std::error::Error as _;

use thiserror::Error;

use crate::recording::RecorderError;

/// Why something could not be done at all.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// No connection, or no answer in time.
    #[error("no answer to {asked}")]
    NoAnswer {
        /// Method and path.
        asked: String,
        /// The transport's words.
        #[source]
        source: reqwest::Error,
    },
    /// A socket could not be tried.
    #[error("no connection for {place}: {why}")]
    NoConnection {
        /// Whose socket.
        place: String,
        /// The transport's words.
        why: String,
    },
    /// A connection broke before the target had said that the socket is ready, and it did not say why.
    #[error("the connection of {place} broke before it was ready: {why}")]
    Broke {
        /// Whose socket.
        place: String,
        /// The transport's words.
        why: String,
    },
    /// A socket was opened and the target never said that it is ready, or what was missed.
    #[error("{place} waited {seconds} s for {event}")]
    NotReady {
        /// Whose socket.
        place: String,
        /// The event that never came, or the answer.
        event: String,
        /// How long.
        seconds: u64,
    },
    /// The certificate to trust is none.
    #[error("cannot trust {}: {why}", path.display())]
    Trust {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] native_tls::Error),
    /// The client cannot do it.
    #[error("the client cannot {0}")]
    NotOffered(&'static str),
    /// A header or a path that cannot be sent.
    #[error("`{0}` cannot be sent")]
    Unsendable(String),
    /// The socket is closed.
    #[error("{0} is closed")]
    Closed(String),
    /// Who measures was slower than what was measured.
    #[error("{0} readings found no room, and the figures without them say nothing")]
    Unmeasured(u64),
    /// The history cannot be written.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

impl ProbeError {
    /// The error and its innermost cause, or that the time was over.
    #[must_use]
    pub fn in_words(&self) -> String {
        if let Self::NoAnswer { source, .. } = self
            && source.is_timeout()
        {
            return format!("{self} in time");
        }
        self.source().map_or_else(
            || self.to_string(),
            |cause| format!("{self}: {}", innermost(cause)),
        )
    }
}

/// The cause of all the others: the outer ones only say what was tried.
pub(crate) fn innermost<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
